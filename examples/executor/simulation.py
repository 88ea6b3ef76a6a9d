"""What the simulated work of an attempt takes and comes to: the same for the same seed."""

import random
from dataclasses import dataclass

from pydantic import JsonValue

from .expressions import ExpressionError, render
from .runs import Attempt


@dataclass(frozen=True)
class Outcome:
    """How an attempt will end."""

    seconds: float
    result: JsonValue = None
    error: str | None = None
    hangs: bool = False


def simulate(attempt: Attempt, seed: int) -> Outcome:
    """Decide how an attempt ends."""
    task, plan = attempt.task, attempt.spec.simulate
    key = (seed, attempt.execution.action_ref, task.task_name, task.task_index, task.retry_count)
    chance = random.Random(repr(key))
    takes = plan.takes
    seconds = chance.uniform(*takes) if isinstance(takes, tuple) else takes
    if task.retry_count < plan.hangs:
        return Outcome(seconds, hangs=True)
    if task.retry_count < plan.hangs + plan.fails or chance.random() < plan.failure_rate:
        return Outcome(seconds, error=plan.error)
    try:
        return Outcome(seconds, result=render(plan.result, attempt.names))
    except ExpressionError as exc:
        return Outcome(seconds, error=str(exc))
