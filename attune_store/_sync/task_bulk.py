"""Many workflow task executions at once (queries/workflow_task_execution.sql)."""

import builtins
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from attune_queries.enums import ExecutionStatus
from attune_queries.models import WorkflowTaskExecution
from attune_queries.workflow_task_execution import CopyWorkflowTaskExecutionsParams

from attune_store import _arguments as arguments
from attune_store._sync.queries import execution as executions
from attune_store._sync.queries import workflow_task_execution as queries
from attune_store._sync.workflow_task_execution_lists import WorkflowTaskExecutionLists
from attune_store._translate import Rows
from attune_store._wakeups import EXECUTIONS, TASKS
from attune_store._workflow import BulkOutcome, TaskFailure, TaskResult
from attune_store.inputs import CreateExecutionInput, CreateWorkflowTaskExecutionInput

_TASK = tuple(CreateWorkflowTaskExecutionInput.model_fields)
_CHILD = tuple(CreateExecutionInput.model_fields)


class TaskBulk(WorkflowTaskExecutionLists):
    """Creates and ends many workflow task executions at once."""

    def create_many(
        self, inputs: Iterable[CreateWorkflowTaskExecutionInput], /
    ) -> builtins.list[WorkflowTaskExecution]:
        """Insert tasks with one statement, and return them in the order of the inputs.

        Executions that are given as inputs are inserted, too. Raises the errors of `create()`, with
        the position of the input. Then none is inserted. Query: CreateWorkflowTaskExecutions.
        """
        given = arguments.several(inputs, CreateWorkflowTaskExecutionInput, "inputs")
        created = self._create(given, "inputs") if given else []
        self._wake(*created)
        return created

    def copy(self, inputs: Iterable[CreateWorkflowTaskExecutionInput], /) -> int:
        """Insert tasks with COPY, and return the number of tasks.

        Executions that are given as inputs are inserted, too. The iterable may be of any length, as
        memory use is constant. Raises the errors of `create()`, with the position of the input.
        After any error, also one of the iterable, none is inserted, and the transaction can
        continue. Queries: CreateExecutionIds, CopyWorkflowTaskExecutions.
        """
        return self._copy(
            inputs, CreateWorkflowTaskExecutionInput, _by_table, self._copy_part, _topics
        )

    def complete_many(
        self, results: Iterable[TaskResult], /, *, now: datetime | None = None
    ) -> BulkOutcome:
        """Complete running tasks with one statement.

        The outcome holds the ids that were completed, and for each other one the error that
        `complete()` would raise. `now` is the current time, None for the server's clock. Raises
        ValidationError if an id is given twice. Query: CompleteWorkflowTaskExecutions.
        """
        given = arguments.several(results, TaskResult, "results")
        ids = arguments.distinct((one.id for one in given), "results")
        now = arguments.optional_moment(now)
        if not given:
            return BulkOutcome([], [])
        attempts = [one.attempt for one in given]
        with self._translating(_values("results", given, "result")):
            rows = queries.complete_workflow_task_executions(
                self._conn,
                ids=ids,
                attempts=attempts,
                results=[one.result for one in given],
                now=now,
            )
        return self._outcome(dict(zip(ids, attempts, strict=True)), rows, ExecutionStatus.RUNNING)

    def fail_many(
        self, failures: Iterable[TaskFailure], /, *, now: datetime | None = None
    ) -> BulkOutcome:
        """Fail running tasks with one statement.

        The outcome holds the ids that were failed, and for each other one the error that `fail()`
        would raise. `now` is the current time, None for the server's clock. Raises ValidationError
        if an id is given twice. Query: FailWorkflowTaskExecutions.
        """
        given = arguments.several(failures, TaskFailure, "failures")
        ids = arguments.distinct((one.id for one in given), "failures")
        now = arguments.optional_moment(now)
        if not given:
            return BulkOutcome([], [])
        attempts = [one.attempt for one in given]
        with self._translating(_values("failures", given, "error")):
            rows = queries.fail_workflow_task_executions(
                self._conn,
                ids=ids,
                attempts=attempts,
                errors=[one.error for one in given],
                retry_delays=[one.retry_delay for one in given],
                now=now,
            )
        outcome = self._outcome(
            dict(zip(ids, attempts, strict=True)), rows, ExecutionStatus.RUNNING
        )
        if outcome.done and any(failure.retry_delay is not None for failure in given):
            self._wake_topics({TASKS})
        return outcome

    def _create_with_child(self, input: CreateWorkflowTaskExecutionInput) -> WorkflowTaskExecution:
        """Insert a task with its execution, if that is an input (CreateWorkflowTaskExecutions)."""
        (created,) = self._create([input], None)
        return created

    def _create(
        self, inputs: builtins.list[CreateWorkflowTaskExecutionInput], name: str | None
    ) -> builtins.list[WorkflowTaskExecution]:
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
        with self._translating(Rows(name, inputs, _by_table)):
            return queries.create_workflow_task_executions(self._conn, **columns)

    def _copy_part(self, inputs: builtins.list[CreateWorkflowTaskExecutionInput]) -> int:
        """Insert the executions that are inputs, and copy the tasks.

        (CreateExecutionIds, CopyWorkflowTaskExecutions)
        """
        children = [
            input.execution for input in inputs if isinstance(input.execution, CreateExecutionInput)
        ]
        rows: builtins.list[Any] = [*inputs]  # An input has the fields of a row.
        if children:
            ids = executions.create_execution_ids(self._conn, **arguments.columns(children))
            left = iter(ids)
            rows = [_with_child(input, left) for input in inputs]
        return queries.copy_workflow_task_executions(self._conn, rows)


def _values(name: str, given: Sequence[TaskResult | TaskFailure], field: str) -> Rows:
    """Return the values that an error may be about."""
    return Rows(
        name,
        given,
        lambda one: {"workflow_task_execution": {"id": one.id, field: getattr(one, field)}},
    )


def _by_table(input: CreateWorkflowTaskExecutionInput) -> dict[str, dict[str, Any]]:
    """Return the values of a task, and of its execution if it is created with the task, by table."""
    values = input.values()
    if not isinstance(input.execution, CreateExecutionInput):
        return {"workflow_task_execution": values}
    del values["execution"]
    return {"workflow_task_execution": values, "execution": input.execution.values()}


def _topics(inputs: list[CreateWorkflowTaskExecutionInput]) -> set[str]:
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
