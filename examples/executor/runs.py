"""The parts of a run that an engine reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import JsonValue

from attune_store import (
    Repositories,
    WorkflowDefinition,
    WorkflowExecution,
    WorkflowTaskExecution,
)

from .definition import Definition, Task
from .expressions import ExpressionError, render

LED_TO = "_led_to"
"""The variable with the next tasks of each task that is over."""

INPUTS = "_inputs"
"""The variable with the inputs of tasks whose items do not all begin at once."""

# The graph of a run does not change.
_definitions: dict[tuple[int, datetime], Definition] = {}
_MOST = 1000


@dataclass(frozen=True)
class Attempt:
    """An attempt at a task: what a worker needs, and what expressions may name."""

    task: WorkflowTaskExecution
    spec: Task
    names: dict[str, JsonValue]


def attempt_at(tx: Repositories, task: WorkflowTaskExecution) -> Attempt:
    """Return the attempt of a claimed task."""
    run = tx.workflow_executions.get_by_id(task.workflow_execution)
    config = as_object(tx.executions.get_by_id(task.execution).config)
    return Attempt(task, spec_of(run, task.task_name), {**run.variables, "input": config})


def definition_of(run: WorkflowExecution) -> Definition:
    """Return the graph as it was when the run began."""
    key = run.id, run.created
    if key not in _definitions:
        if len(_definitions) >= _MOST:
            _definitions.clear()
        _definitions[key] = Definition.model_validate(run.task_graph)
    return _definitions[key]


def spec_of(run: WorkflowExecution, name: str) -> Task:
    """Return the task in the graph."""
    return definition_of(run).tasks[name]


def inputs_of(run: WorkflowExecution, spec: Task) -> list[JsonValue]:
    """Return the inputs of a task's items. A task without items has one."""
    if spec.with_items is None:
        return [render(spec.input, run.variables)]
    items = render(spec.with_items, run.variables)
    if not isinstance(items, list):
        raise ExpressionError(f"with_items: {spec.with_items!r} is not a list")
    return [
        render(spec.input, {**run.variables, "item": item, "index": index})
        for index, item in enumerate(items)
    ]


def kept_inputs_of(run: WorkflowExecution, name: str) -> list[JsonValue]:
    """Return the inputs of a task whose items do not all begin at once, or none."""
    inputs = as_object(run.variables.get(INPUTS)).get(name)
    return inputs if isinstance(inputs, list) else []


def next_items(spec: Task, count: int, *, begun: int = 0, unfinished: int = 0) -> range:
    """Return the indices of the items that may begin now. `begun` items have begun."""
    end = count
    if spec.batch_size:
        # The rest of the batch. The next one begins when this one is over.
        batch = begun // spec.batch_size
        is_full = begun % spec.batch_size == 0
        end = min(end, begun if is_full and unfinished else (batch + 1) * spec.batch_size)
    if spec.concurrency:
        end = min(end, begun + spec.concurrency - unfinished)
    return range(begun, end)


def delay_of(spec: Task, task: WorkflowTaskExecution) -> timedelta | None:
    """Return the time until a task's next attempt, or None if it has none left."""
    if spec.retry is None or task.retry_count >= task.max_retries:
        return None
    return timedelta(seconds=spec.retry.delay * spec.retry.backoff**task.retry_count)


def defaults_of(stored: WorkflowDefinition) -> dict[str, JsonValue]:
    """Return the parameters that have a default."""
    properties = as_object(as_object(stored.param_schema).get("properties"))
    return {
        name: schema["default"]
        for name, schema in properties.items()
        if isinstance(schema, dict) and "default" in schema
    }


def led_to_of(run: WorkflowExecution) -> dict[str, list[str]]:
    """Return the next tasks of each task that is over."""
    return {
        name: [str(target) for target in targets] if isinstance(targets, list) else []
        for name, targets in as_object(run.variables.get(LED_TO)).items()
    }


def as_object(value: JsonValue) -> dict[str, JsonValue]:
    """Return the value if it is an object, or an empty object."""
    return value if isinstance(value, dict) else {}
