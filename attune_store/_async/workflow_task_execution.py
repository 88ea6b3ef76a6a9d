"""The workflow task execution repository (queries/workflow_task_execution.sql)."""

import builtins
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from attune_queries.enums import ExecutionStatus
from attune_queries.models import WorkflowTaskExecution
from psycopg import AsyncConnection
from pydantic import JsonValue

from attune_store import _arguments as arguments
from attune_store import errors
from attune_store._async.block import AsyncBlock
from attune_store._async.queries import workflow_task_execution as queries
from attune_store._async.task_bulk import AsyncTaskBulk
from attune_store._async.task_claims import AsyncTaskClaims
from attune_store._workflow import (
    CLAIMED,
    NOT_TERMINAL,
    REQUEUEABLE,
    RETRYABLE,
    STARTABLE,
    TERMINAL,
)
from attune_store.inputs import CreateWorkflowTaskExecutionInput


class AsyncWorkflowTaskExecutionRepository(AsyncTaskBulk):
    """Finds, creates, changes and deletes workflow task executions."""

    def __init__(self, conn: AsyncConnection[Any], /, *, _block: AsyncBlock | None = None) -> None:
        super().__init__(conn, _block=_block)
        self._claims = AsyncTaskClaims(conn, self._translating)

    async def create(self, input: CreateWorkflowTaskExecutionInput, /) -> WorkflowTaskExecution:
        """Insert a workflow task execution and return it (CreateWorkflowTaskExecution).

        An execution that is given as an input is inserted with it (CreateWorkflowTaskExecutions).
        Raises AlreadyExistsError if the execution or the item has one, ForeignKeyError if the
        workflow execution or the execution does not exist.
        """
        values = arguments.values(input, CreateWorkflowTaskExecutionInput)
        if not isinstance(input.execution, int):
            created = await self._create_with_child(input)
        else:
            with self._translating(values):
                created = await queries.create_workflow_task_execution(self._conn, **values)
        self._wake(created)
        return created

    async def delete(self, id: int, /) -> bool:
        """Delete a workflow task execution.

        (DeleteWorkflowTaskExecution); False: there was none. Its execution stays
        """
        with self._translating({"id": id}, deleting=True):
            return bool(
                await queries.delete_workflow_task_execution(
                    self._conn, id=arguments.identifier(id)
                )
            )

    async def claim_next(
        self,
        workflow_execution_id: int,
        /,
        task_name: str,
        *,
        worker: int | None = None,
        to: ExecutionStatus = ExecutionStatus.SCHEDULING,
        limit: int = 1,
    ) -> builtins.list[WorkflowTaskExecution]:
        """Make the next requested items of a task scheduling and return them, by index.

        `worker` holds them; `to=RUNNING` saves the call of `start`. None while the workflow is
        paused or terminal, or once the worker has ended; no two callers get the same one. `limit`
        is the maximum number of rows (ClaimNextWorkflowTaskExecutions).
        """
        return await self._claims.claim_next(workflow_execution_id, task_name, worker, to, limit)

    async def claim_any(
        self,
        *,
        task_names: Iterable[str] | None = None,
        worker: int | None = None,
        to: ExecutionStatus = ExecutionStatus.SCHEDULING,
        limit: int = 1,
        now: datetime | None = None,
    ) -> builtins.list[WorkflowTaskExecution]:
        """Make requested tasks and due retries of all workflows scheduling and return them, by id.

        Those with one of the names, if names are given. Requested ones come by item number, then
        id, so that a workflow with many items does not hold up the first items of others; retries
        come by the time that they are due. A claim begins with either kind at random, so that
        neither waits for the other. `worker` holds them; `to=RUNNING` saves the call of `start`,
        and `now` is when they start. None of workflows that are paused or terminal, or once the
        worker has ended; no two callers get the same one. `limit` is the maximum number of rows
        (ClaimAnyWorkflowTaskExecutions, ClaimAnyWorkflowTaskExecutionsByTaskName).
        """
        return await self._claims.claim_any(task_names, worker, to, limit, now)

    async def transition(
        self,
        id: int,
        /,
        *,
        expected: ExecutionStatus | Collection[ExecutionStatus],
        to: ExecutionStatus,
        attempt: int | None = None,
    ) -> WorkflowTaskExecution:
        """Set the status if it is (one of) the expected (TransitionWorkflowTaskExecution).

        `to` is neither running nor terminal: `start`, `complete`, `fail`, `cancel` and `time_out`
        do those, with their stamps. What an earlier attempt left (its outcome, its retry) is
        cleared, and its execution gets the same status. Raises NotFoundError if there is no such
        row, ConflictError if it is in another status, or another attempt than the one that is
        given. `expected` is a status, or several. `attempt` is the attempt that the caller holds,
        None for whichever is present.
        """
        attempt = arguments.optional_attempt(attempt)
        id, allowed = arguments.identifier(id), arguments.statuses(expected)
        to = arguments.status(to, "to")
        if to is ExecutionStatus.RUNNING or to in TERMINAL:
            raise errors.ValidationError(
                f"to: {to} is set by start, complete, fail, cancel or time_out",
                entity=self._entity,
                field="to",
                value=to,
            )
        with self._translating():
            row = await queries.transition_workflow_task_execution(
                self._conn, id=id, expected=allowed, to=to, attempt=attempt
            )
        self._wake(row)
        return row or await self._refuse(id, allowed, attempt=attempt)

    async def start(
        self, id: int, /, *, attempt: int | None = None, now: datetime | None = None
    ) -> WorkflowTaskExecution:
        """Make a scheduling or scheduled task running, and its execution.

        (StartWorkflowTaskExecution) A requested one, too, if no `attempt` is given: that is an
        attempt of its own. Raises NotFoundError if there is no such row, ConflictError if it is in
        another status, or another attempt than the one that is given. `now` is the time that
        counts, None for the server's clock.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        with self._translating():
            row = await queries.start_workflow_task_execution(
                self._conn, id=id, attempt=attempt, now=arguments.optional_moment(now)
            )
        expected = STARTABLE if attempt is None else CLAIMED
        return row or await self._refuse(id, expected, attempt=attempt)

    async def complete(
        self,
        id: int,
        /,
        *,
        result: JsonValue = None,
        attempt: int | None = None,
        now: datetime | None = None,
    ) -> WorkflowTaskExecution:
        """Make a running task completed, with its result, and its execution likewise.

        (CompleteWorkflowTaskExecution) An execution that has ended stays as it is. Raises
        NotFoundError if there is no such row, ConflictError if it is in another status, or another
        attempt than the one that is given. `attempt` is the attempt that the caller holds, None for
        whichever is present. `now` is the time that counts, None for the server's clock.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        with self._translating({"result": result}):
            row = await queries.complete_workflow_task_execution(
                self._conn,
                id=id,
                result=arguments.json(result, "result"),
                attempt=attempt,
                now=arguments.optional_moment(now),
            )
        return row or await self._refuse(id, ExecutionStatus.RUNNING, attempt=attempt)

    async def fail(
        self,
        id: int,
        /,
        *,
        error: JsonValue,
        retry_delay: timedelta | None = None,
        attempt: int | None = None,
        now: datetime | None = None,
    ) -> WorkflowTaskExecution:
        """Make a running task failed, with its error, and its execution (FailWorkflowTaskExecution).

        With `retry_delay` it awaits a retry that is due that long after `now`, if it has one left:
        `next_retry_at` of the row tells, and its execution is scheduled. Raises NotFoundError if
        there is no such row, ConflictError if it is in another status, or another attempt than the
        one that is given. `attempt` is the attempt that the caller holds, None for whichever is
        present.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        with self._translating({"error": error}):
            row = await queries.fail_workflow_task_execution(
                self._conn,
                id=id,
                error=arguments.json(error, "error"),
                retry_delay=arguments.optional_delay(retry_delay, "retry_delay"),
                attempt=attempt,
                now=arguments.optional_moment(now),
            )
        self._wake(row)
        return row or await self._refuse(id, ExecutionStatus.RUNNING, attempt=attempt)

    async def time_out(
        self,
        id: int,
        /,
        *,
        retry_delay: timedelta | None = None,
        attempt: int | None = None,
        now: datetime | None = None,
    ) -> WorkflowTaskExecution:
        """Make a running task timeout, and its execution (TimeOutWorkflowTaskExecution).

        One that `find_overdue` returned, or that took too long by another measure. The rest is as
        with `fail`. `attempt` is the attempt that the caller holds, None for whichever is present.
        `retry_delay` is how long a row waits for its retry, None for no retry. `now` is the time
        that counts, None for the server's clock.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        with self._translating():
            row = await queries.time_out_workflow_task_execution(
                self._conn,
                id=id,
                retry_delay=arguments.optional_delay(retry_delay, "retry_delay"),
                attempt=attempt,
                now=arguments.optional_moment(now),
            )
        self._wake(row)
        return row or await self._refuse(id, ExecutionStatus.RUNNING, attempt=attempt)

    async def cancel(
        self, id: int, /, *, attempt: int | None = None, now: datetime | None = None
    ) -> WorkflowTaskExecution:
        """Cancel a task that is not terminal or awaits a retry, and its execution.

        (CancelWorkflowTaskExecution) The outcome of an attempt that awaited a retry stays. Raises
        NotFoundError if there is no such row, ConflictError if it is terminal, or in another
        attempt than the one that is given. `attempt` is the attempt that the caller holds, None for
        whichever is present. `now` is the time that counts, None for the server's clock.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        with self._translating():
            row = await queries.cancel_workflow_task_execution(
                self._conn, id=id, attempt=attempt, now=arguments.optional_moment(now)
            )
        return row or await self._refuse(id, NOT_TERMINAL, attempt=attempt)

    async def schedule_retry(
        self,
        id: int,
        /,
        *,
        at: datetime | None = None,
        delay: timedelta | None = None,
        error: JsonValue = None,
        attempt: int | None = None,
    ) -> WorkflowTaskExecution:
        """Let a failed or timed-out task await a retry (ScheduleWorkflowTaskExecutionRetry).

        It is due `at` a time, or after a `delay` that the server adds to its own clock: give one of
        the two. `error` replaces the stored one. Its execution is scheduled. Raises NotFoundError
        if there is no such row, ConflictError if it is in another status or has no retry left, or
        in another attempt than the one that is given. `attempt` is the attempt that the caller
        holds, None for whichever is present.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        if (at is None) is (delay is None):
            raise errors.ValidationError(
                "schedule_retry: expected exactly one of `at` and `delay`",
                entity=self._entity,
                field="at",
                value=at,
            )
        with self._translating({"next_retry_at": at, "error": error}):
            row = await queries.schedule_workflow_task_execution_retry(
                self._conn,
                id=id,
                at=arguments.optional_moment(at, "at"),
                delay=arguments.optional_delay(delay, "delay"),
                error=arguments.json(error, "error"),
                attempt=attempt,
            )
        if row is not None:
            self._wake(row)
            return row
        refused = await self.get_by_id(id)
        if refused.status not in RETRYABLE or attempt not in (None, refused.attempt):
            raise self._conflict(refused, RETRYABLE, attempt=attempt)
        raise errors.ConflictError(
            f"workflow_task_execution with id={id} has no retry left:"
            f" {refused.retry_count} of {refused.max_retries} are used",
            entity=self._entity,
            field="retry_count",
            value=id,
            expected=f"less than {refused.max_retries}",
            actual=refused.retry_count,
        )

    async def claim_due_retries(
        self, *, worker: int | None = None, limit: int = 100, now: datetime | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Make the tasks whose retry is longest due scheduling and return them, by id.

        `worker` holds them. None whose workflow is paused or terminal, or once the worker has
        ended; no two callers get the same one. `limit` is the maximum number of rows. `now` is the
        time that counts, None for the server's clock (ClaimDueRetries).
        """
        return await self._claims.claim_due_retries(worker, limit, now)

    async def time_out_overdue(
        self,
        *,
        retry_delay: timedelta | None = None,
        limit: int = 100,
        now: datetime | None = None,
    ) -> builtins.list[WorkflowTaskExecution]:
        """Time out running tasks that are past `started_at + timeout_seconds`; return them by id.

        With `retry_delay`, those with a retry left await one that is due that long after `now`. The
        longest overdue go first; no two callers get the same one. Their executions become timeout,
        or scheduled where a retry is awaited. `limit` is the maximum number of rows
        (TimeOutOverdueWorkflowTaskExecutions).
        """
        overdue = await self._claims.time_out_overdue(retry_delay, limit, now)
        self._wake(*overdue)
        return overdue

    async def release_expired(
        self, *, max_losses: int = 3, limit: int = 100
    ) -> builtins.list[WorkflowTaskExecution]:
        """Take tasks from workers whose lease ran out or that retired, and return them, by id.

        Those workers end, by the server's clock. A task becomes requested again, at no cost of a
        retry, and `losses` rises; beyond `max_losses` it becomes abandoned. A canceling one, or one
        of a workflow that has ended, becomes cancelled. Their executions become the same. Tasks
        that were claimed without a worker stay as they are. `limit` is the maximum number of rows
        (ReleaseExpiredWorkflowTaskExecutions).
        """
        released = await self._claims.release_expired(max_losses, limit)
        self._wake(*released)
        return released

    async def requeue(self, id: int, /) -> WorkflowTaskExecution:
        """Make a task requested again that nobody works at (RequeueWorkflowTaskExecution).

        At no cost of a retry; what it has lost is forgotten, its execution is requested, too.
        Raises NotFoundError if there is no such row, ConflictError if it is requested, completed or
        cancelled, a worker that lives holds it, or its workflow has ended.
        """
        id = arguments.identifier(id)
        with self._translating():
            row = await queries.requeue_workflow_task_execution(self._conn, id=id)
        if row is not None:
            self._wake(row)
            return row
        refused = await self.get_by_id(id)
        if refused.status not in REQUEUEABLE:
            raise self._conflict(refused, REQUEUEABLE)
        if refused.worker is not None:
            raise self._held(refused)
        raise errors.ConflictError(
            f"workflow_task_execution with id={id}: its workflow has ended",
            entity=self._entity,
            field="workflow_execution",
            value=id,
            expected="a workflow that has not ended",
            actual=refused.workflow_execution,
        )
