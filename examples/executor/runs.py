"""A run as an engine reads it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from attune_store import (
    Execution,
    WorkflowDefinition,
    WorkflowExecution,
    WorkflowTaskExecution,
)

from .definition import Definition, Task
from .expressions import ExpressionError, render

LED_TO = "_led_to"
"""The variable that says what each task that is over led to."""


# A run's graph does not change.
_definitions: dict[tuple[int, datetime], Definition] = {}
_MOST = 1000


class LostError(Exception):
    """The attempt is no longer the one that runs: it was taken up by somebody else."""


@dataclass(frozen=True)
class Attempt:
    """An attempt at a task: what an executor has in hand."""

    execution: Execution
    task: WorkflowTaskExecution
    spec: Task
    names: dict[str, JsonValue]


def prove(attempt: Attempt, task: WorkflowTaskExecution) -> None:
    """Raise LostError unless the task is still at the attempt that was begun."""
    began = attempt.task.started_at, attempt.task.retry_count
    if began != (task.started_at, task.retry_count):
        raise LostError(f"task {task.id} was taken up by somebody else")


def definition_of(run: WorkflowExecution) -> Definition:
    """The graph as it was when the run began."""
    key = run.id, run.created
    if key not in _definitions:
        if len(_definitions) >= _MOST:
            _definitions.clear()
        _definitions[key] = Definition.model_validate(run.task_graph)
    return _definitions[key]


def spec_of(run: WorkflowExecution, name: str) -> Task:
    """What the graph says about a task."""
    return definition_of(run).tasks[name]


def items_of(run: WorkflowExecution, spec: Task) -> list[JsonValue]:
    """The items of a task; one without items has a single one, which is None."""
    if spec.with_items is None:
        return [None]
    items = render(spec.with_items, run.variables)
    if not isinstance(items, list):
        raise ExpressionError(f"with_items: {spec.with_items!r} is not a list")
    return items


def delay_of(spec: Task, task: WorkflowTaskExecution) -> timedelta | None:
    """How long a task waits for its next attempt; None: it has no retries."""
    if spec.retry is None:
        return None
    return timedelta(seconds=spec.retry.delay * spec.retry.backoff**task.retry_count)


def defaults_of(stored: WorkflowDefinition) -> dict[str, JsonValue]:
    """The parameters that have a default."""
    properties = as_object(as_object(stored.param_schema).get("properties"))
    return {
        name: schema["default"]
        for name, schema in properties.items()
        if isinstance(schema, dict) and "default" in schema
    }


def as_object(value: JsonValue) -> dict[str, JsonValue]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def led_to_of(run: WorkflowExecution) -> dict[str, list[str]]:
    """What each task that is over led to."""
    return {
        name: [str(target) for target in targets] if isinstance(targets, list) else []
        for name, targets in as_object(run.variables.get(LED_TO)).items()
    }
