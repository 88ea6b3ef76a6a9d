"""The simulated work of an attempt: its duration and its result, the same for the same seed."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from .expressions import ExpressionError, render
from .runs import Attempt


@dataclass(frozen=True)
class Outcome:
    """When and how an attempt will end. One that hangs never ends, but times out."""

    ends: datetime
    result: JsonValue = None
    error: str | None = None
    hangs: bool = False


def simulate(attempt: Attempt, seed: int) -> Outcome:
    """Return how an attempt ends."""
    task, plan = attempt.task, attempt.spec.simulate
    key = (seed, attempt.spec.action_ref, task.task_name, task.task_index, task.retry_count)
    chance = random.Random(repr(key))
    takes = chance.uniform(*plan.takes) if isinstance(plan.takes, tuple) else plan.takes
    began, limit = task.started_at, task.timeout_seconds
    assert began is not None  # It is running.
    if limit is not None and (task.retry_count < plan.hangs or takes > limit):
        return Outcome(began + timedelta(seconds=limit), hangs=True)
    ends = began + timedelta(seconds=takes)
    if task.retry_count < plan.hangs + plan.fails or chance.random() < plan.failure_rate:
        return Outcome(ends, error=plan.error)
    try:
        return Outcome(ends, result=render(plan.result, attempt.names))
    except ExpressionError as exc:
        return Outcome(ends, error=str(exc))
