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
from attune_store import _conflicts as conflicts
from attune_store._async.block import AsyncBlock
from attune_store._async.queries import workflow_task_execution as queries
from attune_store._async.task_bulk import AsyncTaskBulk, by_table, topics
from attune_store._async.task_claims import AsyncTaskClaims
from attune_store._async.workflow_task_execution_lists import AsyncWorkflowTaskExecutionLists
from attune_store._wakeups import TASKS
from attune_store._workflow import (
    CLAIMED,
    NOT_TERMINAL,
    REQUEUEABLE,
    RETRYABLE,
    STARTABLE,
    BulkOutcome,
    TaskFailure,
    TaskResult,
)
from attune_store.inputs import CreateWorkflowTaskExecutionInput


class AsyncWorkflowTaskExecutionRepository(AsyncWorkflowTaskExecutionLists):
    """Finds, creates, changes and deletes workflow task executions."""

    def __init__(self, conn: AsyncConnection[Any], /, *, _block: AsyncBlock | None = None) -> None:
        super().__init__(conn, _block=_block)
        self._claims = AsyncTaskClaims(conn, self._writing)
        self._bulk = AsyncTaskBulk(conn, self._translating)

    async def create(self, input: CreateWorkflowTaskExecutionInput, /) -> WorkflowTaskExecution:
        """Insert a task and return it.

        If `execution` is an input, the execution is inserted, too. Raises AlreadyExistsError if the
        execution or the item already has a task, ForeignKeyError if the workflow execution or the
        execution does not exist, ConflictError if the task is not terminal and its workflow has
        ended. Queries: CreateWorkflowTaskExecution, CreateWorkflowTaskExecutions.
        """
        values = arguments.values(input, CreateWorkflowTaskExecutionInput)
        if not isinstance(input.execution, int):
            (created,) = await self._bulk.create([input], None)
        else:
            with self._translating(values):
                created = await queries.create_workflow_task_execution(self._conn, **values)
        self._wake(created)
        return created

    async def create_many(
        self, inputs: Iterable[CreateWorkflowTaskExecutionInput], /
    ) -> builtins.list[WorkflowTaskExecution]:
        """Insert tasks with one statement, and return them in the order of the inputs.

        Executions that are given as inputs are inserted, too. Raises the errors of `create()`, with
        the position of the input. Then none is inserted. Query: CreateWorkflowTaskExecutions.
        """
        given = arguments.several(inputs, CreateWorkflowTaskExecutionInput, "inputs")
        created = await self._bulk.create(given, "inputs") if given else []
        self._wake(*created)
        return created

    async def copy(self, inputs: Iterable[CreateWorkflowTaskExecutionInput], /) -> int:
        """Insert tasks with COPY, and return the number of tasks.

        Executions that are given as inputs are inserted, too. The iterable may be of any length, as
        memory use is constant. Raises the errors of `create()`, with the position of the input.
        After any error, also one of the iterable, none is inserted, and the transaction can
        continue. Queries: CreateExecutionIds, CopyWorkflowTaskExecutions.
        """
        return await self._copy(
            inputs, CreateWorkflowTaskExecutionInput, by_table, self._bulk.copy, topics
        )

    async def delete(self, id: int, /) -> bool:
        """Delete a task and return True, or return False if there is none.

        Its execution is kept. Query: DeleteWorkflowTaskExecution.
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
        """Claim requested items of a task, and return them ordered by index.

        No items are claimed while the workflow is paused, or after it or the worker has ended. No
        two callers get the same one. `worker` is the id of the worker that holds them. `to` is the
        new status: RUNNING saves the call of `start()`. `limit` is the maximum number of rows.
        Query: ClaimNextWorkflowTaskExecutions.
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
        """Claim requested tasks and due retries of all workflows, and return them ordered by id.

        Requested tasks are claimed by item number, then id, so that a large workflow does not delay
        others. Retries are claimed by the time at which they are due. A claim starts with either
        kind at random, so that neither blocks the other. Tasks of paused and ended workflows are
        left out. No two callers get the same one. `task_names` limits the claim to these names.
        `worker` is the id of the worker that holds the tasks; after it has ended, it gets none.
        `to` is the new status: RUNNING saves the call of `start()`, and `now` is then the start.
        `limit` is the maximum number of rows. Queries: ClaimAnyWorkflowTaskExecutions,
        ClaimAnyWorkflowTaskExecutionsByTaskName.
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
        """Set the status of a task and of its execution if the task has an expected one.

        `to` is neither running nor terminal; `start()`, `complete()`, `fail()`, `cancel()` and
        `time_out()` set those. The outcome and the retry of an earlier attempt are cleared.
        `expected` is one status or several. `attempt` is the attempt that the caller holds, None
        for any. Raises NotFoundError if there is no such task, ConflictError if it has another
        status or is in another attempt. Query: TransitionWorkflowTaskExecution.
        """
        attempt = arguments.optional_attempt(attempt)
        id, allowed = arguments.identifier(id), arguments.statuses(expected)
        to = arguments.transition_status(to)
        with self._writing:
            row = await queries.transition_workflow_task_execution(
                self._conn, id=id, expected=allowed, to=to, attempt=attempt
            )
        self._wake(row)
        return row or await self._refuse(id, allowed, attempt=attempt)

    async def start(
        self, id: int, /, *, attempt: int | None = None, now: datetime | None = None
    ) -> WorkflowTaskExecution:
        """Start a scheduling or scheduled task and its execution, and return the task.

        Without `attempt` a requested task can be started, too: this is a new attempt. `now` is the
        current time, None for the server's clock. Raises NotFoundError if there is no such task,
        ConflictError if it has another status or is in another attempt. Query:
        StartWorkflowTaskExecution.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        with self._writing:
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
        """Complete a running task and its execution, and return the task.

        An execution that has ended is kept as it is. `result` is stored in both. `attempt` is the
        attempt that the caller holds, None for any. `now` is the current time, None for the
        server's clock. Raises NotFoundError if there is no such task, ConflictError if it is not
        running or in another attempt. Query: CompleteWorkflowTaskExecution.
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
        """Fail a running task and its execution, and return the task.

        `retry_delay` schedules a retry that is due that long after `now`, if the task has one left:
        then `next_retry_at` is set, and the execution is scheduled. None schedules no retry.
        `attempt` is the attempt that the caller holds, None for any. `now` is the current time,
        None for the server's clock. Raises NotFoundError if there is no such task, ConflictError if
        it is not running or in another attempt. Query: FailWorkflowTaskExecution.
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

    async def complete_many(
        self, results: Iterable[TaskResult], /, *, now: datetime | None = None
    ) -> BulkOutcome:
        """Complete running tasks with one statement.

        The outcome holds the ids that were completed, and for each other one the error that
        `complete()` would raise. `now` is the current time, None for the server's clock. Raises
        ValidationError if an id is given twice. Query: CompleteWorkflowTaskExecutions.
        """
        given = arguments.several(results, TaskResult, "results")
        attempts, rows = await self._bulk.complete(given, now)
        return conflicts.outcome(self._entity, attempts, rows, ExecutionStatus.RUNNING)

    async def fail_many(
        self, failures: Iterable[TaskFailure], /, *, now: datetime | None = None
    ) -> BulkOutcome:
        """Fail running tasks with one statement.

        The outcome holds the ids that were failed, and for each other one the error that `fail()`
        would raise. `now` is the current time, None for the server's clock. Raises ValidationError
        if an id is given twice. Query: FailWorkflowTaskExecutions.
        """
        given = arguments.several(failures, TaskFailure, "failures")
        attempts, rows = await self._bulk.fail(given, now)
        outcome = conflicts.outcome(self._entity, attempts, rows, ExecutionStatus.RUNNING)
        if outcome.done and any(failure.retry_delay is not None for failure in given):
            self._wake_topics({TASKS})
        return outcome

    async def time_out(
        self,
        id: int,
        /,
        *,
        retry_delay: timedelta | None = None,
        attempt: int | None = None,
        now: datetime | None = None,
    ) -> WorkflowTaskExecution:
        """Time out a running task and its execution, and return the task.

        The task need not be overdue. `retry_delay` schedules a retry that is due that long after
        `now`, if the task has one left; None schedules no retry. `attempt` is the attempt that the
        caller holds, None for any. `now` is the current time, None for the server's clock. Raises
        NotFoundError if there is no such task, ConflictError if it is not running or in another
        attempt. Query: TimeOutWorkflowTaskExecution.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        with self._writing:
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
        """Cancel a task and its execution, and return the task.

        A failed or timed-out task can be cancelled while a retry is scheduled; its outcome is kept.
        `attempt` is the attempt that the caller holds, None for any. `now` is the current time,
        None for the server's clock. Raises NotFoundError if there is no such task, ConflictError if
        it is terminal or in another attempt. Query: CancelWorkflowTaskExecution.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        with self._writing:
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
        """Schedule a retry of a failed or timed-out task, and return the task.

        Give one of `at`, the time at which the retry is due, and `delay`, which the server adds to
        its own clock. `error` replaces the stored error, unless it is None. The execution becomes
        scheduled. `attempt` is the attempt that the caller holds, None for any. Raises
        NotFoundError if there is no such task, ConflictError if it has another status, no retry
        left, or is in another attempt. Query: ScheduleWorkflowTaskExecutionRetry.
        """
        id, attempt = arguments.identifier(id), arguments.optional_attempt(attempt)
        arguments.exactly_one(at=at, delay=delay)
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
            raise conflicts.in_state(self._entity, refused, RETRYABLE, attempt=attempt)
        raise conflicts.no_retry_left(refused)

    async def claim_due_retries(
        self, *, worker: int | None = None, limit: int = 100, now: datetime | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Claim tasks whose retry is due, the longest due first, and return them ordered by id.

        Tasks of paused and ended workflows are left out. No two callers get the same one. `worker`
        is the id of the worker that holds them; after it has ended, it gets none. `limit` is the
        maximum number of rows. `now` is the current time, None for the server's clock. Query:
        ClaimDueRetries.
        """
        return await self._claims.claim_due_retries(worker, limit, now)

    async def time_out_overdue(
        self,
        *,
        retry_delay: timedelta | None = None,
        limit: int = 100,
        now: datetime | None = None,
    ) -> builtins.list[WorkflowTaskExecution]:
        """Time out tasks that run longer than `timeout_seconds`, and return them ordered by id.

        The longest overdue are first. No two callers get the same one. `retry_delay` schedules a
        retry that is due that long after `now`, for tasks that have one left: their executions
        become scheduled, the others timeout. `limit` is the maximum number of rows. `now` is the
        current time, None for the server's clock. Query: TimeOutOverdueWorkflowTaskExecutions.
        """
        overdue = await self._claims.time_out_overdue(retry_delay, limit, now)
        self._wake(*overdue)
        return overdue

    async def release_expired(
        self, *, max_losses: int = 3, limit: int = 100
    ) -> builtins.list[WorkflowTaskExecution]:
        """Make tasks of expired and retired workers claimable, and return them ordered by id.

        The workers end. The server's clock counts. A task becomes requested, without using up a
        retry, and its `losses` rises by one; with more than `max_losses` it becomes abandoned
        instead. If it is canceling, or its workflow has ended, it becomes cancelled. Its execution
        gets the same status. Tasks that were claimed without a worker are left alone. `limit` is
        the maximum number of rows. Query: ReleaseExpiredWorkflowTaskExecutions.
        """
        released = await self._claims.release_expired(max_losses, limit)
        self._wake(*released)
        return released

    async def requeue(self, id: int, /) -> WorkflowTaskExecution:
        """Make a task and its execution requested again, and return the task.

        This uses up no retry, and sets `losses` to 0. Raises NotFoundError if there is no such
        task, ConflictError if it is requested, completed or cancelled, if a live worker holds it,
        or if its workflow has ended. Query: RequeueWorkflowTaskExecution.
        """
        id = arguments.identifier(id)
        with self._writing:
            row = await queries.requeue_workflow_task_execution(self._conn, id=id)
        if row is not None:
            self._wake(row)
            return row
        refused = await self.get_by_id(id)
        if refused.status not in REQUEUEABLE:
            raise conflicts.in_state(self._entity, refused, REQUEUEABLE)
        if refused.worker is not None:
            raise conflicts.held(self._entity, refused)
        raise conflicts.workflow_ended(refused)
