"""What an engine reads from a run."""

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
"""The variable that says what each task that is over led to."""

INPUTS = "_inputs"
"""The variable that keeps the inputs of tasks whose items do not all begin at once."""

# A run's graph does not change.
_definitions: dict[tuple[int, datetime], Definition] = {}
_MOST = 1000


@dataclass(frozen=True)
class Attempt:
    """An attempt at a task: what a worker has in hand, and what expressions may name."""

    task: WorkflowTaskExecution
    spec: Task
    names: dict[str, JsonValue]


def attempt_at(tx: Repositories, task: WorkflowTaskExecution) -> Attempt:
    """What somebody who has claimed a task needs to know."""
    run = tx.workflow_executions.get_by_id(task.workflow_execution)
    config = as_object(tx.executions.get_by_id(task.execution).config)
    return Attempt(task, spec_of(run, task.task_name), {**run.variables, "input": config})


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


def inputs_of(run: WorkflowExecution, spec: Task) -> list[JsonValue]:
    """The inputs of a task's items; a task without items has a single one."""
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
    """The inputs of a task whose items do not all begin at once; else there are none."""
    inputs = as_object(run.variables.get(INPUTS)).get(name)
    return inputs if isinstance(inputs, list) else []


def next_items(spec: Task, count: int, *, begun: int = 0, unfinished: int = 0) -> range:
    """The indices of the items that may begin now, of so many; those before them have begun."""
    end = count
    if spec.batch_size:
        # The rest of the batch; the next one begins when nothing of the one before is left.
        batch = begun // spec.batch_size
        is_full = begun % spec.batch_size == 0
        end = min(end, begun if is_full and unfinished else (batch + 1) * spec.batch_size)
    if spec.concurrency:
        end = min(end, begun + spec.concurrency - unfinished)
    return range(begun, end)


def delay_of(spec: Task, task: WorkflowTaskExecution) -> timedelta | None:
    """How long a task waits for its next attempt; None: it has none left."""
    if spec.retry is None or task.retry_count >= task.max_retries:
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


def led_to_of(run: WorkflowExecution) -> dict[str, list[str]]:
    """What each task that is over led to."""
    return {
        name: [str(target) for target in targets] if isinstance(targets, list) else []
        for name, targets in as_object(run.variables.get(LED_TO)).items()
    }


def as_object(value: JsonValue) -> dict[str, JsonValue]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}
