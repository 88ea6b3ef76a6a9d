"""The reading methods of the workflow task execution repository (queries/workflow_task_execution.sql)."""

import builtins
from datetime import datetime

from attune_queries import rows
from attune_queries.enums import ExecutionStatus
from attune_queries.models import WorkflowTaskAttempt, WorkflowTaskDetail, WorkflowTaskExecution
from attune_queries.workflow_task_execution import LIST_WORKFLOW_TASK_EXECUTIONS

from attune_store import _arguments as arguments
from attune_store._async.base import AsyncStreamedRepository
from attune_store._async.queries import workflow_task_execution as queries
from attune_store._workflow import StatusCount
from attune_store.inputs import UpdateWorkflowTaskExecutionInput


class AsyncWorkflowTaskExecutionLists(
    AsyncStreamedRepository[WorkflowTaskExecution, UpdateWorkflowTaskExecutionInput]
):
    """Finds, lists and counts workflow task executions."""

    _entity = "workflow_task_execution"
    _row_factory = staticmethod(rows.workflow_task_execution)
    _list = LIST_WORKFLOW_TASK_EXECUTIONS
    _update_input = UpdateWorkflowTaskExecutionInput

    async def find_by_id(self, id: int, /) -> WorkflowTaskExecution | None:
        """Return the task with this id, or None (GetWorkflowTaskExecution)."""
        with self._reading:
            return await queries.get_workflow_task_execution(
                self._conn, id=arguments.identifier(id)
            )

    async def list(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return a page of all tasks, newest first.

        `limit` is the maximum number of rows, None for all. `after` is the id of the last row of
        the previous page, None for the first page. Query: ListWorkflowTaskExecutions.
        """
        with self._reading:
            return await queries.list_workflow_task_executions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_execution(self, execution_id: int, /) -> WorkflowTaskExecution | None:
        """Return the task of an execution, or None (GetWorkflowTaskExecutionByExecution)."""
        with self._reading:
            return await queries.get_workflow_task_execution_by_execution(
                self._conn, execution=arguments.identifier(execution_id, "execution_id")
            )

    async def count_in_flight(self, workflow_execution_id: int, /, task_name: str) -> int:
        """Return the number of scheduling, scheduled, running and canceling items of a task.

        Query: CountInFlightWorkflowTaskExecutions.
        """
        with self._reading:
            return await queries.count_in_flight_workflow_task_executions(
                self._conn,
                workflow_execution=arguments.identifier(
                    workflow_execution_id, "workflow_execution_id"
                ),
                task_name=arguments.text(task_name, "task_name"),
            )

    async def has_failed(self, workflow_execution_id: int, /, task_name: str) -> bool:
        """Return True if an item failed, timed out or was abandoned, and no retry is scheduled.

        Query: ExistsFailedWorkflowTaskExecution.
        """
        with self._reading:
            return await queries.exists_failed_workflow_task_execution(
                self._conn,
                workflow_execution=arguments.identifier(
                    workflow_execution_id, "workflow_execution_id"
                ),
                task_name=arguments.text(task_name, "task_name"),
            )

    async def find_by_workflow_execution(
        self,
        workflow_execution_id: int,
        /,
        *,
        limit: int | None = None,
        after: tuple[str, int | None] | None = None,
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return the tasks of a workflow, ordered by name and index.

        `limit` is the maximum number of rows, None for all. `after` is the `(task_name,
        task_index)` of the last row of the previous page, None for the first page. Query:
        ListWorkflowTaskExecutionsByWorkflowExecution.
        """
        after_name, after_index = arguments.optional_item(after)
        with self._reading:
            return await queries.list_workflow_task_executions_by_workflow_execution(
                self._conn,
                workflow_execution=arguments.identifier(
                    workflow_execution_id, "workflow_execution_id"
                ),
                limit=arguments.optional_limit(limit),
                after_name=after_name,
                after_index=after_index,
            )

    async def find_by_task_name(
        self,
        workflow_execution_id: int,
        /,
        task_name: str,
        *,
        limit: int | None = None,
        after: tuple[str, int | None] | None = None,
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return the items of one task of a workflow, ordered by index.

        `limit` is the maximum number of rows, None for all. `after` is the `(task_name,
        task_index)` of the last row of the previous page, None for the first page. Query:
        ListWorkflowTaskExecutionsByTaskName.
        """
        with self._reading:
            return await queries.list_workflow_task_executions_by_task_name(
                self._conn,
                workflow_execution=arguments.identifier(
                    workflow_execution_id, "workflow_execution_id"
                ),
                task_name=arguments.text(task_name, "task_name"),
                limit=arguments.optional_limit(limit),
                after_index=arguments.index_after(after, task_name),
            )

    async def find_unfinished(
        self,
        workflow_execution_id: int,
        /,
        *,
        task_name: str | None = None,
        limit: int | None = None,
        after: tuple[str, int | None] | None = None,
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return the tasks of a workflow that are not terminal or have a retry scheduled.

        They are ordered by name and index. `task_name` limits the list to one task, None to no
        task. `limit` is the maximum number of rows, None for all. `after` is the `(task_name,
        task_index)` of the last row of the previous page, None for the first page. Queries:
        ListUnfinishedWorkflowTaskExecutions, ListUnfinishedWorkflowTaskExecutionsByTaskName.
        """
        workflow_execution = arguments.identifier(workflow_execution_id, "workflow_execution_id")
        limit = arguments.optional_limit(limit)
        if task_name is not None:
            task_name = arguments.text(task_name, "task_name")
            after_index = arguments.index_after(after, task_name)
            with self._reading:
                return await queries.list_unfinished_workflow_task_executions_by_task_name(
                    self._conn,
                    workflow_execution=workflow_execution,
                    task_name=task_name,
                    limit=limit,
                    after_index=after_index,
                )
        after_name, after_index = arguments.optional_item(after)
        with self._reading:
            return await queries.list_unfinished_workflow_task_executions(
                self._conn,
                workflow_execution=workflow_execution,
                limit=limit,
                after_name=after_name,
                after_index=after_index,
            )

    async def find_details(
        self, workflow_execution_id: int, /
    ) -> builtins.list[WorkflowTaskDetail]:
        """Return a summary of each task of a workflow, ordered by name and index.

        Query: ListWorkflowTaskDetails.
        """
        with self._reading:
            return await queries.list_workflow_task_details(
                self._conn,
                workflow_execution=arguments.identifier(
                    workflow_execution_id, "workflow_execution_id"
                ),
            )

    async def find_overdue(
        self, *, limit: int = 100, now: datetime | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return the tasks that run longer than `timeout_seconds`, the longest overdue first.

        `time_out()` ends one of them, `time_out_overdue()` many. `limit` is the maximum number of
        rows. `now` is the current time, None for the server's clock. Query:
        ListOverdueWorkflowTaskExecutions.
        """
        with self._reading:
            return await queries.list_overdue_workflow_task_executions(
                self._conn, limit=arguments.limit(limit), now=arguments.optional_moment(now)
            )

    async def find_by_status(
        self, status: ExecutionStatus, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return a page of the tasks with this status, newest first.

        `limit` is the maximum number of rows, None for all. `after` is the id of the last row of
        the previous page, None for the first page. Query: ListWorkflowTaskExecutionsByStatus.
        """
        with self._reading:
            return await queries.list_workflow_task_executions_by_status(
                self._conn,
                status=arguments.status(status),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_worker(
        self, worker_id: int, /, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return a page of the tasks that a worker holds, newest first.

        This includes tasks of a claim whose result did not reach the worker. `limit` is the maximum
        number of rows, None for all. `after` is the id of the last row of the previous page, None
        for the first page. Query: ListWorkflowTaskExecutionsByWorker.
        """
        with self._reading:
            return await queries.list_workflow_task_executions_by_worker(
                self._conn,
                worker=arguments.identifier(worker_id, "worker_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def count_by_status(self) -> dict[ExecutionStatus, StatusCount]:
        """Return the number of tasks with each status.

        Statuses that are not terminal are counted. Terminal ones are estimated from the planner's
        statistics (`exact` is False), unless the table was never analyzed. Query:
        CountWorkflowTaskExecutionsByStatus.
        """
        with self._reading:
            counts = await queries.count_workflow_task_executions_by_status(self._conn)
        return {row.status: StatusCount(row.count, row.exact) for row in counts}

    async def find_attempts(self, id: int, /) -> builtins.list[WorkflowTaskAttempt]:
        """Return the attempts of a task, oldest first.

        The last one is the current attempt, unless the task is requested or has a retry scheduled.
        Query: ListWorkflowTaskAttempts.
        """
        with self._reading:
            attempts = await queries.list_workflow_task_attempts(
                self._conn, id=arguments.identifier(id)
            )
        return [WorkflowTaskAttempt(**dict(attempt)) for attempt in attempts]

    async def find_pending_retries(
        self,
        *,
        limit: int | None = 1000,
        after: tuple[datetime | None, int] | None = None,
        now: datetime | None = None,
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return a page of the tasks whose retry is due, the longest due first.

        Tasks of paused and ended workflows are left out. `now` is the current time, None for the
        server's clock. `limit` is the maximum number of rows, None for all. `after` is the
        `(next_retry_at, id)` of the last row of the previous page, None for the first page. Query:
        ListPendingRetries.
        """
        after_time, after_id = arguments.optional_retry(after)
        with self._reading:
            return await queries.list_pending_retries(
                self._conn,
                now=arguments.optional_moment(now),
                limit=arguments.optional_limit(limit),
                after_time=after_time,
                after_id=after_id,
            )

    async def find_retryable(
        self, *, limit: int | None = 1000, after: tuple[datetime | None, int] | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return a page of the failed and timed-out tasks that can be retried, ordered by id.

        They have a retry left, and none is scheduled. Tasks of ended workflows are left out.
        `limit` is the maximum number of rows, None for all. `after` is the `(next_retry_at, id)` of
        the last row of the previous page (its `next_retry_at` is None), None for the first page.
        Query: ListRetryableWorkflowTaskExecutions.
        """
        _, after_id = arguments.optional_retry(after)
        with self._reading:
            return await queries.list_retryable_workflow_task_executions(
                self._conn, limit=arguments.optional_limit(limit), after=after_id
            )

    async def find_timed_out(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return a page of the tasks whose last attempt timed out, newest first.

        `limit` is the maximum number of rows, None for all. `after` is the id of the last row of
        the previous page, None for the first page. Query: ListTimedOutWorkflowTaskExecutions.
        """
        with self._reading:
            return await queries.list_timed_out_workflow_task_executions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )
