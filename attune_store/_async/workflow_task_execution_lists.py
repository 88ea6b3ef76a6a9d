"""What reads workflow task executions (queries/workflow_task_execution.sql)."""

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
    """Finds and counts tasks, lists those of a workflow, and those that something has to happen to."""

    _entity = "workflow_task_execution"
    _row_factory = staticmethod(rows.workflow_task_execution)
    _list = LIST_WORKFLOW_TASK_EXECUTIONS
    _update_input = UpdateWorkflowTaskExecutionInput

    async def find_by_id(self, id: int, /) -> WorkflowTaskExecution | None:
        """Return the workflow task execution with this id, or None (GetWorkflowTaskExecution)."""
        with self._reading():
            return await queries.get_workflow_task_execution(
                self._conn, id=arguments.identifier(id)
            )

    async def list(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return a page of all workflow task executions, newest first.

        `limit` is the maximum number of rows, None for no limit. `after` is the last id of the page
        before, None for the first page (ListWorkflowTaskExecutions).
        """
        with self._reading():
            return await queries.list_workflow_task_executions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_execution(self, execution_id: int, /) -> WorkflowTaskExecution | None:
        """Return the workflow task execution of this child execution, or None.

        (GetWorkflowTaskExecutionByExecution)
        """
        with self._reading():
            return await queries.get_workflow_task_execution_by_execution(
                self._conn, execution=arguments.identifier(execution_id, "execution_id")
            )

    async def count_in_flight(self, workflow_execution_id: int, /, task_name: str) -> int:
        """Count the items of a task that are scheduling, scheduled, running or canceling.

        (CountInFlightWorkflowTaskExecutions)
        """
        with self._reading():
            return await queries.count_in_flight_workflow_task_executions(
                self._conn,
                workflow_execution=arguments.identifier(
                    workflow_execution_id, "workflow_execution_id"
                ),
                task_name=arguments.text(task_name, "task_name"),
            )

    async def has_failed(self, workflow_execution_id: int, /, task_name: str) -> bool:
        """Tell whether an item of a task failed, timed out or was abandoned, and awaits no retry.

        (ExistsFailedWorkflowTaskExecution)
        """
        with self._reading():
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
        """Return a workflow's tasks, all by default, by name and index.

        `after` is the `(task_name, task_index)` of the last one seen. `limit` is the maximum number
        of rows, None for no limit (ListWorkflowTaskExecutionsByWorkflowExecution).
        """
        after_name, after_index = arguments.optional_item(after)
        with self._reading():
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
        """Return the items of one task of a workflow, all by default, by index.

        `after` is the `(task_name, task_index)` of the last one seen. `limit` is the maximum number
        of rows, None for no limit (ListWorkflowTaskExecutionsByTaskName).
        """
        with self._reading():
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
        """Return a workflow's tasks that are not terminal or await a retry, all by default.

        By name and index; of one name, if it is given. `after` is the `(task_name, task_index)` of
        the last one seen. `limit` is the maximum number of rows, None for no limit
        (ListUnfinishedWorkflowTaskExecutions, ListUnfinishedWorkflowTaskExecutionsByTaskName).
        """
        workflow_execution = arguments.identifier(workflow_execution_id, "workflow_execution_id")
        limit = arguments.optional_limit(limit)
        if task_name is not None:
            task_name = arguments.text(task_name, "task_name")
            after_index = arguments.index_after(after, task_name)
            with self._reading():
                return await queries.list_unfinished_workflow_task_executions_by_task_name(
                    self._conn,
                    workflow_execution=workflow_execution,
                    task_name=task_name,
                    limit=limit,
                    after_index=after_index,
                )
        after_name, after_index = arguments.optional_item(after)
        with self._reading():
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
        """Return one line on each task of a workflow, by name and index.

        (ListWorkflowTaskDetails)
        """
        with self._reading():
            return await queries.list_workflow_task_details(
                self._conn,
                workflow_execution=arguments.identifier(
                    workflow_execution_id, "workflow_execution_id"
                ),
            )

    async def find_overdue(
        self, *, limit: int = 100, now: datetime | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return the running tasks that are past `started_at + timeout_seconds`.

        The longest overdue first. They stay as they are: `time_out` ends one, `time_out_overdue`
        many. `limit` is the maximum number of rows, None for no limit. `now` is the time that
        counts, None for the server's clock (ListOverdueWorkflowTaskExecutions).
        """
        with self._reading():
            return await queries.list_overdue_workflow_task_executions(
                self._conn, limit=arguments.limit(limit), now=arguments.optional_moment(now)
            )

    async def find_by_status(
        self, status: ExecutionStatus, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return a page of the tasks in this status, newest first.

        `limit` is the maximum number of rows, None for no limit. `after` is the last id of the page
        before, None for the first page (ListWorkflowTaskExecutionsByStatus).
        """
        with self._reading():
            return await queries.list_workflow_task_executions_by_status(
                self._conn,
                status=arguments.status(status),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_worker(
        self, worker_id: int, /, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return a page of the tasks that this worker holds, newest first.

        Also what it claimed in a call whose answer it never got. `limit` is the maximum number of
        rows, None for no limit. `after` is the last id of the page before, None for the first page
        (ListWorkflowTaskExecutionsByWorker).
        """
        with self._reading():
            return await queries.list_workflow_task_executions_by_worker(
                self._conn,
                worker=arguments.identifier(worker_id, "worker_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def count_by_status(self) -> dict[ExecutionStatus, StatusCount]:
        """Count the tasks in each status (CountWorkflowTaskExecutionsByStatus).

        Those that are not terminal are counted, the terminal ones estimated from the planner's
        statistics (`exact` tells), unless the table was never analysed.
        """
        with self._reading():
            counts = await queries.count_workflow_task_executions_by_status(self._conn)
        return {row.status: StatusCount(row.count, row.exact) for row in counts}

    async def find_attempts(self, id: int, /) -> builtins.list[WorkflowTaskAttempt]:
        """Return the attempts at a task, oldest first, the present one last.

        A task that waits to be claimed has no present one (ListWorkflowTaskAttempts).
        """
        with self._reading():
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
        """Return a page of the tasks whose retry is due at `now`, the longest due first.

        None whose workflow is paused or terminal. `after` is the `(next_retry_at, id)` of the last
        one seen. `limit` is the maximum number of rows, None for no limit (ListPendingRetries).
        """
        after_time, after_id = arguments.optional_retry(after)
        with self._reading():
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
        """Return a page of the tasks that failed or timed out, have a retry left and await none.

        By id; none whose workflow is terminal. `after` is the `(next_retry_at, id)` of the last one
        seen, whose time is None. `limit` is the maximum number of rows, None for no limit
        (ListRetryableWorkflowTaskExecutions).
        """
        _, after_id = arguments.optional_retry(after)
        with self._reading():
            return await queries.list_retryable_workflow_task_executions(
                self._conn, limit=arguments.optional_limit(limit), after=after_id
            )

    async def find_timed_out(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowTaskExecution]:
        """Return a page of the tasks whose last attempt ran out of time, newest first.

        `limit` is the maximum number of rows, None for no limit. `after` is the last id of the page
        before, None for the first page (ListTimedOutWorkflowTaskExecutions).
        """
        with self._reading():
            return await queries.list_timed_out_workflow_task_executions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )
