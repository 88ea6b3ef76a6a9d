"""The errors of changes that the state of a row forbids."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from attune_queries.models import Worker, WorkflowTaskExecution

from attune_store._workflow import BulkOutcome
from attune_store.errors import ConflictError, NotFoundError


def in_state(
    entity: str, row: Any, expected: object, *, attempt: int | None = None
) -> ConflictError:
    """Return the error of a row in another attempt, or with another status."""
    if attempt is not None and row.attempt != attempt:
        return ConflictError(
            f"{entity} with id={row.id} is in attempt {row.attempt}, expected {attempt}",
            entity=entity,
            field="attempt",
            value=row.id,
            expected=attempt,
            actual=row.attempt,
        )
    return ConflictError(
        entity=entity, field="id", value=row.id, expected=expected, actual=row.status
    )


def changed(entity: str, row: Any, expected: datetime) -> ConflictError:
    """Return the error of a row that was updated since it was read."""
    return ConflictError(
        f"{entity} with id={row.id} was changed at {row.updated}, expected {expected}",
        entity=entity,
        field="updated",
        value=row.id,
        expected=expected,
        actual=row.updated,
    )


def held(entity: str, row: Any) -> ConflictError:
    """Return the error of a row that a worker holds."""
    return ConflictError(
        f"{entity} with id={row.id} is held by worker {row.worker}",
        entity=entity,
        field="worker",
        value=row.id,
        actual=row.worker,
    )


def no_retry_left(task: WorkflowTaskExecution) -> ConflictError:
    """Return the error of a task that has used all its retries."""
    return ConflictError(
        f"workflow_task_execution with id={task.id} has no retry left:"
        f" {task.retry_count} of {task.max_retries} are used",
        entity="workflow_task_execution",
        field="retry_count",
        value=task.id,
        expected=f"less than {task.max_retries}",
        actual=task.retry_count,
    )


def workflow_ended(task: WorkflowTaskExecution) -> ConflictError:
    """Return the error of a task whose workflow has ended."""
    return ConflictError(
        f"workflow_task_execution with id={task.id}: its workflow has ended",
        entity="workflow_task_execution",
        field="workflow_execution",
        value=task.id,
        expected="a workflow that has not ended",
        actual=task.workflow_execution,
    )


def lease_ended(worker: Worker) -> ConflictError:
    """Return the error of a worker that was ended."""
    return ConflictError(
        f"the lease of worker with id={worker.id} ended at {worker.ended_at}: register a new worker",
        entity="worker",
        field="lease",
        value=worker.id,
        expected="a worker that has not ended",
        actual=worker.ended_at,
    )


def outcome(
    entity: str, attempts: Mapping[int, int | None], rows: Iterable[Any], expected: object
) -> BulkOutcome:
    """Sort ids into those that were changed, and those that were not, with the error of each."""
    found = {row.id: row for row in rows}
    sorted_out = BulkOutcome([], [])
    for id, attempt in attempts.items():
        if (row := found.get(id)) is None:
            sorted_out.refused.append(NotFoundError(entity=entity, field="id", value=id))
        elif row.done:
            sorted_out.done.append(id)
        else:
            sorted_out.refused.append(in_state(entity, row, expected, attempt=attempt))
    return sorted_out
