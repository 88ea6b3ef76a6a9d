"""The workflow task execution repository (queries/workflow_task_execution.sql)."""

import builtins
import math
from collections.abc import Collection
from datetime import datetime, timedelta
from operator import attrgetter

from attune_queries.enums import ExecutionStatus
from attune_queries.models import WorkflowTaskExecution
from pydantic import JsonValue

from attune_store import _arguments as arguments
from attune_store import errors
from attune_store._sync.queries import workflow_task_execution as queries
from attune_store._sync.workflow_task_execution_lists import WorkflowTaskExecutionLists
from attune_store._workflow import NOT_TERMINAL, RETRYABLE, STARTABLE, TERMINAL
from attune_store.inputs import CreateWorkflowTaskExecutionInput


class WorkflowTaskExecutionRepository(WorkflowTaskExecutionLists):
    """Finds, creates, changes and deletes workflow task executions."""

    def find_by_id(self, id: int, /) -> WorkflowTaskExecution | None:
        """Return the workflow task execution with this id, or None (GetWorkflowTaskExecution)."""
        with self._reading():
            return queries.get_workflow_task_execution(self._conn, id=arguments.identifier(id))

    def list(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return a page of all workflow task executions, newest first, from behind the id `after`.

        (ListWorkflowTaskExecutions)
        """
        with self._reading():
            return queries.list_workflow_task_executions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    def find_by_execution(self, execution_id: int, /) -> WorkflowTaskExecution | None:
        """Return the workflow task execution of this child execution, or None.

        (GetWorkflowTaskExecutionByExecution)
        """
        with self._reading():
            return queries.get_workflow_task_execution_by_execution(
                self._conn, execution=arguments.identifier(execution_id, "execution_id")
            )

    def count_in_flight(self, workflow_execution_id: int, /, task_name: str) -> int:
        """Count the items of a task that are scheduling, scheduled, running or canceling.

        (CountInFlightWorkflowTaskExecutions)
        """
        with self._reading():
            return queries.count_in_flight_workflow_task_executions(
                self._conn,
                workflow_execution=arguments.identifier(
                    workflow_execution_id, "workflow_execution_id"
                ),
                task_name=arguments.text(task_name, "task_name"),
            )

    def has_failed(self, workflow_execution_id: int, /, task_name: str) -> bool:
        """Tell whether an item of a task failed, timed out or was abandoned, and awaits no retry.

        (ExistsFailedWorkflowTaskExecution)
        """
        with self._reading():
            return queries.exists_failed_workflow_task_execution(
                self._conn,
                workflow_execution=arguments.identifier(
                    workflow_execution_id, "workflow_execution_id"
                ),
                task_name=arguments.text(task_name, "task_name"),
            )

    def create(self, input: CreateWorkflowTaskExecutionInput, /) -> WorkflowTaskExecution:
        """Insert a workflow task execution and return it (CreateWorkflowTaskExecution).

        Raises AlreadyExistsError if the execution or the item has one, ForeignKeyError if the
        workflow execution or the execution does not exist.
        """
        values = arguments.values(input, CreateWorkflowTaskExecutionInput)
        with self._translating(values):
            return queries.create_workflow_task_execution(self._conn, **values)

    def delete(self, id: int, /) -> bool:
        """Delete a workflow task execution.

        (DeleteWorkflowTaskExecution); False: there was none. Its execution stays
        """
        with self._translating({"id": id}, deleting=True):
            return bool(
                queries.delete_workflow_task_execution(self._conn, id=arguments.identifier(id))
            )

    def claim_next(
        self, workflow_execution_id: int, /, task_name: str, *, limit: int = 1
    ) -> builtins.list[WorkflowTaskExecution]:
        """Make the next requested items of a task scheduling and return them, by index.

        None while the workflow is paused or terminal; no two callers get the same one
        (ClaimNextWorkflowTaskExecutions).
        """
        with self._translating():
            claimed = queries.claim_next_workflow_task_executions(
                self._conn,
                workflow_execution=arguments.identifier(
                    workflow_execution_id, "workflow_execution_id"
                ),
                task_name=arguments.text(task_name, "task_name"),
                limit=arguments.limit(limit),
            )
        return sorted(claimed, key=_by_index)

    def transition(
        self,
        id: int,
        /,
        *,
        expected: ExecutionStatus | Collection[ExecutionStatus],
        to: ExecutionStatus,
    ) -> WorkflowTaskExecution:
        """Set the status if it is (one of) the expected (TransitionWorkflowTaskExecution).

        `to` is neither running nor terminal: `start`, `complete`, `fail`, `cancel` and
        `time_out_overdue` do those, with their stamps. What an earlier attempt left (its outcome,
        its retry) is cleared. Raises NotFoundError if there is no such row, ConflictError if it is
        in another status.
        """
        id, allowed = arguments.identifier(id), arguments.statuses(expected)
        to = arguments.status(to, "to")
        if to is ExecutionStatus.RUNNING or to in TERMINAL:
            raise errors.ValidationError(
                f"to: {to} is set by start, complete, fail, cancel or time_out_overdue",
                entity=self._entity,
                field="to",
                value=to,
            )
        with self._translating():
            row = queries.transition_workflow_task_execution(
                self._conn, id=id, expected=allowed, to=to
            )
        return row or self._refuse(id, allowed)

    def start(self, id: int, /, *, now: datetime | None = None) -> WorkflowTaskExecution:
        """Make a requested, scheduling or scheduled task running (StartWorkflowTaskExecution).

        Raises NotFoundError if there is no such row, ConflictError if it is in another status.
        """
        id = arguments.identifier(id)
        with self._translating():
            row = queries.start_workflow_task_execution(
                self._conn, id=id, now=arguments.optional_moment(now)
            )
        return row or self._refuse(id, STARTABLE)

    def complete(
        self, id: int, /, *, result: JsonValue = None, now: datetime | None = None
    ) -> WorkflowTaskExecution:
        """Make a running task completed, with its result (CompleteWorkflowTaskExecution).

        Raises NotFoundError if there is no such row, ConflictError if it is in another status.
        """
        id = arguments.identifier(id)
        with self._translating({"result": result}):
            row = queries.complete_workflow_task_execution(
                self._conn,
                id=id,
                result=arguments.json(result, "result"),
                now=arguments.optional_moment(now),
            )
        return row or self._refuse(id, ExecutionStatus.RUNNING)

    def fail(
        self,
        id: int,
        /,
        *,
        error: JsonValue,
        retry_delay: timedelta | None = None,
        now: datetime | None = None,
    ) -> WorkflowTaskExecution:
        """Make a running task failed, with its error (FailWorkflowTaskExecution).

        With `retry_delay` it awaits a retry that is due that long after `now`, if it has one left;
        `next_retry_at` of the row tells. Raises NotFoundError if there is no such row,
        ConflictError if it is in another status.
        """
        id = arguments.identifier(id)
        with self._translating({"error": error}):
            row = queries.fail_workflow_task_execution(
                self._conn,
                id=id,
                error=arguments.json(error, "error"),
                retry_delay=arguments.optional_delay(retry_delay, "retry_delay"),
                now=arguments.optional_moment(now),
            )
        return row or self._refuse(id, ExecutionStatus.RUNNING)

    def cancel(self, id: int, /, *, now: datetime | None = None) -> WorkflowTaskExecution:
        """Cancel a task that is not terminal or awaits a retry (CancelWorkflowTaskExecution).

        The outcome of an attempt that awaited a retry stays. Raises NotFoundError if there is no
        such row, ConflictError if it is terminal.
        """
        id = arguments.identifier(id)
        with self._translating():
            row = queries.cancel_workflow_task_execution(
                self._conn, id=id, now=arguments.optional_moment(now)
            )
        return row or self._refuse(id, NOT_TERMINAL)

    def schedule_retry(
        self,
        id: int,
        /,
        *,
        at: datetime | None = None,
        delay: timedelta | None = None,
        error: JsonValue = None,
    ) -> WorkflowTaskExecution:
        """Let a failed or timed-out task await a retry (ScheduleWorkflowTaskExecutionRetry).

        It is due `at` a time, or after a `delay` that the server adds to its own clock: give one of
        the two. `error` replaces the stored one. Raises NotFoundError if there is no such row, ConflictError
        if it is in another status or has no retry left.
        """
        id = arguments.identifier(id)
        if (at is None) is (delay is None):
            raise errors.ValidationError(
                "schedule_retry: expected exactly one of `at` and `delay`",
                entity=self._entity,
                field="at",
                value=at,
            )
        with self._translating({"next_retry_at": at, "error": error}):
            row = queries.schedule_workflow_task_execution_retry(
                self._conn,
                id=id,
                at=arguments.optional_moment(at, "at"),
                delay=arguments.optional_delay(delay, "delay"),
                error=arguments.json(error, "error"),
            )
        if row is not None:
            return row
        refused = self.get_by_id(id)
        if refused.status not in RETRYABLE:
            raise self._conflict(refused, RETRYABLE)
        raise errors.ConflictError(
            f"workflow_task_execution with id={id} has no retry left:"
            f" {refused.retry_count} of {refused.max_retries} are used",
            entity=self._entity,
            field="retry_count",
            value=id,
            expected=f"less than {refused.max_retries}",
            actual=refused.retry_count,
        )

    def claim_due_retries(
        self, *, limit: int = 100, now: datetime | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Make the tasks whose retry is longest due scheduling and return them, by id.

        None whose workflow is paused or terminal; no two callers get the same one
        (ClaimDueRetries).
        """
        with self._translating():
            claimed = queries.claim_due_retries(
                self._conn, limit=arguments.limit(limit), now=arguments.optional_moment(now)
            )
        return sorted(claimed, key=attrgetter("id"))

    def time_out_overdue(
        self,
        *,
        retry_delay: timedelta | None = None,
        limit: int = 100,
        now: datetime | None = None,
    ) -> builtins.list[WorkflowTaskExecution]:
        """Make running tasks that are past `started_at + timeout_seconds` timeout, return them by
        id.

        With `retry_delay`, those with a retry left await one that is due that long after `now`. The
        longest overdue go first; no two callers get the same one
        (TimeOutOverdueWorkflowTaskExecutions).
        """
        with self._translating():
            overdue = queries.time_out_overdue_workflow_task_executions(
                self._conn,
                retry_delay=arguments.optional_delay(retry_delay, "retry_delay"),
                limit=arguments.limit(limit),
                now=arguments.optional_moment(now),
            )
        return sorted(overdue, key=attrgetter("id"))


def _by_index(task: WorkflowTaskExecution) -> float:
    """Items by index; the one without an index comes last, as in the lists."""
    return math.inf if task.task_index is None else task.task_index
