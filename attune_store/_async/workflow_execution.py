"""The workflow execution repository (queries/workflow_execution.sql)."""

import asyncio
import builtins
import math
from collections.abc import Collection, Iterable, Mapping
from time import monotonic

from attune_queries import rows
from attune_queries.enums import ExecutionStatus
from attune_queries.models import WorkflowExecution, WorkflowExecutionSummary
from attune_queries.workflow_execution import LIST_WORKFLOW_EXECUTIONS
from psycopg.pq import TransactionStatus
from pydantic import JsonValue

from attune_store import _arguments as arguments
from attune_store import _conflicts as conflicts
from attune_store import errors
from attune_store._async.base import AsyncStreamedRepository
from attune_store._async.cancellation import cancel_tree
from attune_store._async.queries import workflow_execution as queries
from attune_store._workflow import NOT_TERMINAL, TERMINAL, CreateOrGet, StatusCount, TaskList
from attune_store.inputs import CreateWorkflowExecutionInput, UpdateWorkflowExecutionInput


class AsyncWorkflowExecutionRepository(
    AsyncStreamedRepository[WorkflowExecution, UpdateWorkflowExecutionInput]
):
    """Finds, creates, changes and deletes workflow executions."""

    _entity = "workflow_execution"
    _row_factory = staticmethod(rows.workflow_execution)
    _list = LIST_WORKFLOW_EXECUTIONS
    _update_input = UpdateWorkflowExecutionInput

    async def find_by_id(self, id: int, /) -> WorkflowExecution | None:
        """Return the workflow execution with this id, or None (GetWorkflowExecution)."""
        with self._reading:
            return await queries.get_workflow_execution(self._conn, id=arguments.identifier(id))

    async def list(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowExecution]:
        """Return a page of all workflow executions, newest first.

        `limit` is the maximum number of rows, None for all. `after` is the id of the last row of
        the previous page, None for the first page. Query: ListWorkflowExecutions.
        """
        with self._reading:
            return await queries.list_workflow_executions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_execution(self, execution_id: int, /) -> WorkflowExecution | None:
        """Return the workflow execution of an execution, or None.

        Query: GetWorkflowExecutionByExecution.
        """
        with self._reading:
            return await queries.get_workflow_execution_by_execution(
                self._conn, execution=arguments.identifier(execution_id, "execution_id")
            )

    async def find_summary(self, execution_id: int, /) -> WorkflowExecutionSummary | None:
        """Return a summary of the workflow execution of an execution, or None.

        Query: GetWorkflowExecutionSummary.
        """
        with self._reading:
            return await queries.get_workflow_execution_summary(
                self._conn, execution=arguments.identifier(execution_id, "execution_id")
            )

    async def find_by_status(
        self, status: ExecutionStatus, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowExecution]:
        """Return a page of the workflow executions with this status, newest first.

        `limit` is the maximum number of rows, None for all. `after` is the id of the last row of
        the previous page, None for the first page. Query: ListWorkflowExecutionsByStatus.
        """
        with self._reading:
            return await queries.list_workflow_executions_by_status(
                self._conn,
                status=arguments.status(status),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_paused(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowExecution]:
        """Return a page of the paused workflow executions, newest first.

        `limit` is the maximum number of rows, None for all. `after` is the id of the last row of
        the previous page, None for the first page. Query: ListPausedWorkflowExecutions.
        """
        with self._reading:
            return await queries.list_paused_workflow_executions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_workflow_def(
        self, workflow_def_id: int, /, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowExecution]:
        """Return a page of the runs of a workflow definition, newest first.

        `limit` is the maximum number of rows, None for all. `after` is the id of the last row of
        the previous page, None for the first page. Query: ListWorkflowExecutionsByWorkflowDef.
        """
        with self._reading:
            return await queries.list_workflow_executions_by_workflow_def(
                self._conn,
                workflow_def=arguments.identifier(workflow_def_id, "workflow_def_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def create(self, input: CreateWorkflowExecutionInput, /) -> WorkflowExecution:
        """Insert a workflow execution and return it.

        Raises AlreadyExistsError if the execution has one, ForeignKeyError if the execution or the
        workflow definition does not exist. Query: CreateWorkflowExecution.
        """
        values = arguments.values(input, CreateWorkflowExecutionInput)
        with self._translating(values):
            return await queries.create_workflow_execution(self._conn, **values)

    async def delete(self, id: int, /) -> bool:
        """Delete a workflow execution and return True, or return False if there is none.

        Its tasks are deleted, too. The executions are kept. Query: DeleteWorkflowExecution.
        """
        with self._translating({"id": id}, deleting=True):
            return bool(
                await queries.delete_workflow_execution(self._conn, id=arguments.identifier(id))
            )

    async def create_or_get(self, input: CreateWorkflowExecutionInput, /) -> CreateOrGet:
        """Insert a workflow execution, or return the one that the execution has.

        Callers may race: one inserts the row, the others get it. Raises ConflictError if the
        existing one runs another workflow definition, ForeignKeyError if the execution or the
        workflow definition does not exist. Query: CreateWorkflowExecutionIfAbsent.
        """
        values = arguments.values(input, CreateWorkflowExecutionInput)
        while True:
            with self._translating(values):
                created = await queries.create_workflow_execution_if_absent(self._conn, **values)
            if created is not None:
                return CreateOrGet(created, created=True)
            existing = await self.find_by_execution(input.execution)
            if existing is None:
                continue  # Another caller has deleted it.
            if existing.workflow_def != input.workflow_def:
                raise errors.ConflictError(
                    f"workflow_execution with execution={input.execution} runs"
                    f" workflow_def={existing.workflow_def}, expected {input.workflow_def}",
                    entity=self._entity,
                    field="workflow_def",
                    value=input.workflow_def,
                    expected=input.workflow_def,
                    actual=existing.workflow_def,
                )
            return CreateOrGet(existing, created=False)

    async def lock(self, id: int, /) -> WorkflowExecution:
        """Lock a workflow execution until the transaction ends, and return it.

        Other transactions can't change it, but can insert tasks. Raises NotFoundError if there is
        no such row. Query: GetWorkflowExecutionForUpdate.
        """
        with self._reading:
            row = await queries.get_workflow_execution_for_update(
                self._conn, id=arguments.identifier(id)
            )
        return self._found(row, "id", id)

    async def transition(
        self,
        id: int,
        /,
        *,
        expected: ExecutionStatus | Collection[ExecutionStatus],
        to: ExecutionStatus,
    ) -> WorkflowExecution:
        """Set the status of a workflow execution if it has an expected one, and return the row.

        `expected` is one status or several. Raises NotFoundError if there is no such row,
        ConflictError if it has another status. Query: TransitionWorkflowExecution.
        """
        id, allowed = arguments.identifier(id), arguments.statuses(expected)
        with self._writing:
            row = await queries.transition_workflow_execution(
                self._conn, id=id, expected=allowed, to=arguments.status(to, "to")
            )
        self._wake(row)
        return row or await self._refuse(id, allowed)

    async def pause(
        self, id: int, /, *, reason: str | None = None, wait: bool = False
    ) -> WorkflowExecution:
        """Pause a workflow execution, so that no task can be claimed, and return it.

        `reason` replaces the reason of an earlier pause. A claim that began before the pause was
        committed may still commit afterwards. `wait` waits until this is impossible, that is, for
        all transactions that have written tasks; it raises StatementTimeoutError after the
        session's `statement_timeout`, and ValidationError within a transaction, because others see
        the pause only after the commit. Raises NotFoundError if there is no such row, ConflictError
        if it is terminal. Query: PauseWorkflowExecution.
        """
        id = arguments.identifier(id)
        if wait and not self._commits_by_itself():
            raise errors.ValidationError(
                "wait: expected repositories of autocommit(), as others see a pause after the commit",
                entity=self._entity,
                field="wait",
                value=wait,
            )
        with self._writing:
            row = await queries.pause_workflow_execution(
                self._conn, id=id, reason=arguments.optional_text(reason, "reason")
            )
        if row is None:
            await self._refuse(id, NOT_TERMINAL)
        elif wait:
            await self._wait_for_task_writers()
        return row

    def _commits_by_itself(self) -> bool:
        idle = self._conn.pgconn.transaction_status == TransactionStatus.IDLE
        return self._conn.autocommit and idle

    async def _wait_for_task_writers(self) -> None:
        """Wait until the transactions that may have claimed before the pause have ended (ListTaskWriters)."""
        with self._reading:
            milliseconds = await queries.get_statement_timeout(self._conn)
            writers = await queries.list_task_writers(self._conn, among=None)
        patience = milliseconds / 1000 or math.inf
        begun, pause = monotonic(), 0.002
        while writers:
            if monotonic() - begun > patience:
                raise errors.StatementTimeoutError(
                    f"the workflow is paused, but {len(writers)} transactions that wrote tasks before"
                    f" did not end within {patience:g} s",
                    entity=self._entity,
                )
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.05)
            with self._reading:
                writers = await queries.list_task_writers(self._conn, among=writers)

    async def cancel(self, id: int, /) -> WorkflowExecution:
        """Cancel a workflow execution and all below it in one transaction, and return it.

        This includes its execution, its tasks with their retries and executions, and their
        workflows. What has ended is kept as it is. A worker learns of it from its next call, which
        raises ConflictError, or from `find_by_worker()`. Raises NotFoundError if there is no such
        row, ConflictError if it is terminal. Queries: CancelWorkflowTaskExecutionTree,
        LockWorkflowExecutionTree, CancelWorkflowExecutionTree, CancelExecutionTree.
        """
        standing = await self.get_by_id(id)
        if standing.status in TERMINAL:
            raise conflicts.in_state(self._entity, standing, NOT_TERMINAL)
        with self._writing:
            _, cancelled = await cancel_tree(self._conn, standing.execution)
        mine = [row for row in cancelled if row.id == id]
        return mine[0] if mine else await self._refuse(id, NOT_TERMINAL)

    async def count_by_status(
        self, *, workflow_def_id: int | None = None
    ) -> dict[ExecutionStatus, StatusCount]:
        """Return the number of workflow executions with each status.

        Statuses that are not terminal are counted. Terminal ones are estimated from the planner's
        statistics (`exact` is False), unless the table was never analyzed. `workflow_def_id` counts
        the runs of one definition, which reads all of them. Queries:
        CountWorkflowExecutionsByStatus, CountWorkflowExecutionsByWorkflowDefAndStatus.
        """
        if workflow_def_id is None:
            with self._reading:
                counts = await queries.count_workflow_executions_by_status(self._conn)
            return {row.status: StatusCount(row.count, row.exact) for row in counts}
        with self._reading:
            runs = await queries.count_workflow_executions_by_workflow_def_and_status(
                self._conn,
                workflow_def=arguments.identifier(workflow_def_id, "workflow_def_id"),
            )
        found = {row.status: row.count for row in runs}
        return {status: StatusCount(found.get(status, 0), True) for status in ExecutionStatus}

    async def resume(self, id: int, /) -> WorkflowExecution:
        """Resume a paused workflow execution, and return it.

        If it is not paused, it is returned unchanged. Raises NotFoundError if there is no such row,
        ConflictError if it is terminal. Query: ResumeWorkflowExecution.
        """
        id = arguments.identifier(id)
        while True:
            with self._writing:
                resumed = await queries.resume_workflow_execution(self._conn, id=id)
            if resumed is not None:
                self._wake(resumed)
                return resumed
            row = await self.get_by_id(id)
            if row.status in TERMINAL:
                raise conflicts.in_state(self._entity, row, NOT_TERMINAL)
            if not row.paused:
                return row

    async def append_tasks(
        self,
        id: int,
        /,
        *,
        current: Iterable[str] = (),
        completed: Iterable[str] = (),
        failed: Iterable[str] = (),
        skipped: Iterable[str] = (),
    ) -> WorkflowExecution:
        """Append task names to the lists of a workflow execution, and return the row.

        A name that a list already has is not added again. Concurrent calls don't lose names. Raises
        NotFoundError if there is no such row. Query: AppendWorkflowExecutionTasks.
        """
        with self._writing:
            row = await queries.append_workflow_execution_tasks(
                self._conn,
                id=arguments.identifier(id),
                current=arguments.names(current, "current"),
                completed=arguments.names(completed, "completed"),
                failed=arguments.names(failed, "failed"),
                skipped=arguments.names(skipped, "skipped"),
            )
        return self._found(row, "id", id)

    async def move_tasks(
        self, id: int, /, names: Iterable[str], *, to: TaskList
    ) -> WorkflowExecution:
        """Append task names to one list, remove them from the others, and return the row.

        Raises NotFoundError if there is no such row. Query: MoveWorkflowExecutionTasks.
        """
        with self._writing:
            row = await queries.move_workflow_execution_tasks(
                self._conn,
                id=arguments.identifier(id),
                names=arguments.names(names),
                to=arguments.task_list(to),
            )
        return self._found(row, "id", id)

    async def merge_variables(
        self, id: int, /, variables: Mapping[str, JsonValue]
    ) -> WorkflowExecution:
        """Set variables by their top-level keys, keep the others, and return the row.

        Concurrent calls with different keys don't lose values. Raises NotFoundError if there is no
        such row. Query: MergeWorkflowExecutionVariables.
        """
        with self._translating({"variables": variables}):
            row = await queries.merge_workflow_execution_variables(
                self._conn,
                id=arguments.identifier(id),
                variables=arguments.json_object(variables, "variables"),
            )
        return self._found(row, "id", id)
