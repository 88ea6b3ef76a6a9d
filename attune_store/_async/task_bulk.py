"""Many workflow task executions at once (queries/workflow_task_execution.sql)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from attune_queries.enums import ExecutionStatus
from attune_queries.models import WorkflowTaskExecution
from attune_queries.workflow_task_execution import (
    CompleteWorkflowTaskExecutionsRow,
    CopyWorkflowTaskExecutionsParams,
    FailWorkflowTaskExecutionsRow,
)
from psycopg import AsyncConnection

from attune_store import _arguments as arguments
from attune_store._async.queries import execution as executions
from attune_store._async.queries import workflow_task_execution as queries
from attune_store._translate import Rows, translating
from attune_store._wakeups import EXECUTIONS, TASKS
from attune_store._workflow import TaskFailure, TaskResult
from attune_store.inputs import CreateExecutionInput, CreateWorkflowTaskExecutionInput

_TASK = tuple(CreateWorkflowTaskExecutionInput.model_fields)
_CHILD = tuple(CreateExecutionInput.model_fields)


class AsyncTaskBulk:
    """The bulk changes of a repository, on its connection."""

    def __init__(
        self, conn: AsyncConnection[Any], writing: Callable[[Rows], translating], /
    ) -> None:
        self._conn = conn
        self._writing = writing

    async def create(
        self, inputs: list[CreateWorkflowTaskExecutionInput], name: str | None
    ) -> list[WorkflowTaskExecution]:
        """Insert tasks, and their executions that are inputs (CreateWorkflowTaskExecutions).

        `name` is what the caller calls the inputs, None if there is only one.
        """
        given = [input.execution for input in inputs]
        children = [one if isinstance(one, CreateExecutionInput) else None for one in given]
        columns: dict[str, Any] = {
            **{field: [getattr(input, field) for input in inputs] for field in _TASK},
            "execution": [one if isinstance(one, int) else None for one in given],
            **{
                f"child_{field}": [child and getattr(child, field) for child in children]
                for field in _CHILD
            },
        }
        with self._writing(Rows(name, inputs, by_table)):
            return await queries.create_workflow_task_executions(self._conn, **columns)

    async def copy(self, inputs: list[CreateWorkflowTaskExecutionInput]) -> int:
        """Insert the executions that are inputs, and copy the tasks.

        (CreateExecutionIds, CopyWorkflowTaskExecutions)
        """
        children = [
            input.execution for input in inputs if isinstance(input.execution, CreateExecutionInput)
        ]
        rows: list[Any] = [*inputs]  # An input has the fields of a row.
        if children:
            ids = await executions.create_execution_ids(self._conn, **arguments.columns(children))
            left = iter(ids)
            rows = [_with_child(input, left) for input in inputs]
        return await queries.copy_workflow_task_executions(self._conn, rows)

    async def complete(
        self, results: list[TaskResult], now: datetime | None
    ) -> tuple[dict[int, int | None], list[CompleteWorkflowTaskExecutionsRow]]:
        """Complete running tasks (CompleteWorkflowTaskExecutions).

        Return the attempt of each id, and the rows of those that exist.
        """
        attempts = _attempts("results", results)
        now = arguments.optional_moment(now)
        if not results:
            return {}, []
        with self._writing(_values("results", results, "result")):
            rows = await queries.complete_workflow_task_executions(
                self._conn,
                ids=[*attempts],
                attempts=[*attempts.values()],
                results=[one.result for one in results],
                now=now,
            )
        return attempts, rows

    async def fail(
        self, failures: list[TaskFailure], now: datetime | None
    ) -> tuple[dict[int, int | None], list[FailWorkflowTaskExecutionsRow]]:
        """Fail running tasks (FailWorkflowTaskExecutions).

        Return the attempt of each id, and the rows of those that exist.
        """
        attempts = _attempts("failures", failures)
        now = arguments.optional_moment(now)
        if not failures:
            return {}, []
        with self._writing(_values("failures", failures, "error")):
            rows = await queries.fail_workflow_task_executions(
                self._conn,
                ids=[*attempts],
                attempts=[*attempts.values()],
                errors=[one.error for one in failures],
                retry_delays=[one.retry_delay for one in failures],
                now=now,
            )
        return attempts, rows


def _attempts(name: str, given: Sequence[TaskResult | TaskFailure]) -> dict[int, int | None]:
    """Return the attempt of each id. Raise ValidationError for an id that is given twice."""
    ids = arguments.distinct((one.id for one in given), name)
    return dict(zip(ids, (one.attempt for one in given), strict=True))


def _values(name: str, given: Sequence[TaskResult | TaskFailure], field: str) -> Rows:
    """Return the values that an error may be about."""
    return Rows(
        name,
        given,
        lambda one: {"workflow_task_execution": {"id": one.id, field: getattr(one, field)}},
    )


def by_table(input: CreateWorkflowTaskExecutionInput) -> dict[str, dict[str, Any]]:
    """Return the values of a task, and of its execution if it is created with the task, by table."""
    values = input.values()
    if not isinstance(input.execution, CreateExecutionInput):
        return {"workflow_task_execution": values}
    del values["execution"]
    return {"workflow_task_execution": values, "execution": input.execution.values()}


def topics(inputs: list[CreateWorkflowTaskExecutionInput]) -> set[str]:
    """Return the topics of claims that may find these tasks."""
    if any(input.status is ExecutionStatus.REQUESTED for input in inputs):
        return {EXECUTIONS, TASKS}
    return {TASKS} if any(input.next_retry_at is not None for input in inputs) else set()


def _with_child(
    input: CreateWorkflowTaskExecutionInput, ids: Iterator[int]
) -> CopyWorkflowTaskExecutionsParams:
    """Return the row of a task, with the next id if its execution was created."""
    values: dict[str, Any] = vars(input)
    if isinstance(input.execution, CreateExecutionInput):
        values = {**values, "execution": next(ids)}
    return CopyWorkflowTaskExecutionsParams(**values)
