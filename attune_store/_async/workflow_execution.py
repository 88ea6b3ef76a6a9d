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
        with self._reading():
            return await queries.get_workflow_execution(self._conn, id=arguments.identifier(id))

    async def list(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowExecution]:
        """Return a page of all workflow executions, newest first.

        `limit` is the maximum number of rows, None for no limit. `after` is the last id of the page
        before, None for the first page (ListWorkflowExecutions).
        """
        with self._reading():
            return await queries.list_workflow_executions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_execution(self, execution_id: int, /) -> WorkflowExecution | None:
        """Return the workflow execution of this parent execution, or None.

        (GetWorkflowExecutionByExecution)
        """
        with self._reading():
            return await queries.get_workflow_execution_by_execution(
                self._conn, execution=arguments.identifier(execution_id, "execution_id")
            )

    async def find_summary(self, execution_id: int, /) -> WorkflowExecutionSummary | None:
        """Return one line on the workflow run of this parent execution, or None.

        (GetWorkflowExecutionSummary)
        """
        with self._reading():
            return await queries.get_workflow_execution_summary(
                self._conn, execution=arguments.identifier(execution_id, "execution_id")
            )

    async def find_by_status(
        self, status: ExecutionStatus, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowExecution]:
        """Return a page of the workflow executions in this status, newest first.

        `limit` is the maximum number of rows, None for no limit. `after` is the last id of the page
        before, None for the first page (ListWorkflowExecutionsByStatus).
        """
        with self._reading():
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

        `limit` is the maximum number of rows, None for no limit. `after` is the last id of the page
        before, None for the first page (ListPausedWorkflowExecutions).
        """
        with self._reading():
            return await queries.list_paused_workflow_executions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_workflow_def(
        self, workflow_def_id: int, /, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[WorkflowExecution]:
        """Return a page of the runs of a workflow definition, newest first.

        `limit` is the maximum number of rows, None for no limit. `after` is the last id of the page
        before, None for the first page (ListWorkflowExecutionsByWorkflowDef).
        """
        with self._reading():
            return await queries.list_workflow_executions_by_workflow_def(
                self._conn,
                workflow_def=arguments.identifier(workflow_def_id, "workflow_def_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def create(self, input: CreateWorkflowExecutionInput, /) -> WorkflowExecution:
        """Insert a workflow execution and return it (CreateWorkflowExecution).

        Raises AlreadyExistsError if the execution has one, ForeignKeyError if the execution or the
        workflow definition does not exist.
        """
        values = arguments.values(input, CreateWorkflowExecutionInput)
        with self._translating(values):
            return await queries.create_workflow_execution(self._conn, **values)

    async def delete(self, id: int, /) -> bool:
        """Delete a workflow execution.

        (DeleteWorkflowExecution); False: there was none. The executions stay
        """
        with self._translating({"id": id}, deleting=True):
            return bool(
                await queries.delete_workflow_execution(self._conn, id=arguments.identifier(id))
            )

    async def create_or_get(self, input: CreateWorkflowExecutionInput, /) -> CreateOrGet:
        """Insert a workflow execution, or return the one that its parent execution has.

        Safe when several callers race (CreateWorkflowExecutionIfAbsent). Raises ConflictError if
        the one that stands runs another workflow definition, ForeignKeyError if the execution or
        the workflow definition does not exist.
        """
        values = arguments.values(input, CreateWorkflowExecutionInput)
        while True:
            with self._translating(values):
                created = await queries.create_workflow_execution_if_absent(self._conn, **values)
            if created is not None:
                return CreateOrGet(created, created=True)
            existing = await self.find_by_execution(input.execution)
            if existing is None:
                continue  # It was deleted in between.
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
        """Return a workflow execution, locked against other changes until the transaction ends.

        Task rows can still be inserted (GetWorkflowExecutionForUpdate). Raises NotFoundError if
        there is no such row.
        """
        with self._reading():
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
        """Set the status if it is (one of) the expected (TransitionWorkflowExecution).

        Raises NotFoundError if there is no such workflow execution, ConflictError if it is in
        another status. `expected` is a status, or several.
        """
        id, allowed = arguments.identifier(id), arguments.statuses(expected)
        with self._translating():
            row = await queries.transition_workflow_execution(
                self._conn, id=id, expected=allowed, to=arguments.status(to, "to")
            )
        self._wake(row)
        return row or await self._refuse(id, allowed)

    async def pause(
        self, id: int, /, *, reason: str | None = None, wait: bool = False
    ) -> WorkflowExecution:
        """Let no further task be claimed, or replace the reason for it (PauseWorkflowExecution).

        With `wait` it returns when no claim that did not see the pause can still commit: it waits
        for the transactions that have written tasks, of whatever workflow, at most for the
        session's statement_timeout (StatementTimeoutError: the pause stands). That can't be had
        within a transaction (ValidationError), as others see the pause after the commit alone.
        Without it a claim that began before the pause was committed may still commit after it.
        Raises NotFoundError if there is no such row, ConflictError if it is terminal.
        """
        id = arguments.identifier(id)
        if wait and not self._commits_by_itself():
            raise errors.ValidationError(
                "wait: a pause waits on autocommit repositories only: others see it after the commit",
                entity=self._entity,
                field="wait",
                value=wait,
            )
        with self._translating():
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
        """Wait until those who may have claimed before the pause have ended (ListTaskWriters)."""
        with self._reading():
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
            with self._reading():
                writers = await queries.list_task_writers(self._conn, among=writers)

    async def cancel(self, id: int, /) -> WorkflowExecution:
        """Cancel a workflow run with all below it, in one transaction, and return it.

        Its execution, its unfinished tasks, their retries and executions, and the workflows of
        those. What has ended stays. Who works at a task learns of it by the next call
        (ConflictError) or by `find_by_worker`. Raises NotFoundError if there is no such row,
        ConflictError if it is terminal (CancelWorkflowTaskExecutionTree, LockWorkflowExecutionTree,
        CancelWorkflowExecutionTree, CancelExecutionTree).
        """
        standing = await self.get_by_id(id)
        if standing.status in TERMINAL:
            raise self._conflict(standing, NOT_TERMINAL)
        with self._translating():
            _, cancelled = await cancel_tree(self._conn, standing.execution)
        mine = [row for row in cancelled if row.id == id]
        return mine[0] if mine else await self._refuse(id, NOT_TERMINAL)

    async def count_by_status(
        self, *, workflow_def_id: int | None = None
    ) -> dict[ExecutionStatus, StatusCount]:
        """Count the workflow executions in each status (CountWorkflowExecutionsByStatus).

        Those that are not terminal are counted, the terminal ones estimated from the planner's
        statistics (`exact` tells), unless the table was never analysed. The runs of one definition
        are all counted, which reads them all (CountWorkflowExecutionsByWorkflowDefAndStatus).
        """
        if workflow_def_id is None:
            with self._reading():
                counts = await queries.count_workflow_executions_by_status(self._conn)
            return {row.status: StatusCount(row.count, row.exact) for row in counts}
        with self._reading():
            runs = await queries.count_workflow_executions_by_workflow_def_and_status(
                self._conn,
                workflow_def=arguments.identifier(workflow_def_id, "workflow_def_id"),
            )
        found = {row.status: row.count for row in runs}
        return {status: StatusCount(found.get(status, 0), True) for status in ExecutionStatus}

    async def resume(self, id: int, /) -> WorkflowExecution:
        """Let tasks be claimed again and clear the reason (ResumeWorkflowExecution).

        One that is not paused is returned unchanged. Raises NotFoundError if there is no such row,
        ConflictError if it is terminal.
        """
        id = arguments.identifier(id)
        while True:
            with self._translating():
                resumed = await queries.resume_workflow_execution(self._conn, id=id)
            if resumed is not None:
                self._wake(resumed)
                return resumed
            row = await self.get_by_id(id)
            if row.status in TERMINAL:
                raise self._conflict(row, NOT_TERMINAL)
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
        """Append to each list the names that it does not hold yet.

        Concurrent appends all survive (AppendWorkflowExecutionTasks). Raises NotFoundError if there
        is no such row.
        """
        with self._translating():
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
        """Append the names to one list and take them out of the others.

        (MoveWorkflowExecutionTasks) Raises NotFoundError if there is no such row.
        """
        with self._translating():
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
        """Set variables by their top-level keys; the others stay.

        Concurrent merges of different keys all survive (MergeWorkflowExecutionVariables). Raises
        NotFoundError if there is no such row.
        """
        with self._translating({"variables": variables}):
            row = await queries.merge_workflow_execution_variables(
                self._conn,
                id=arguments.identifier(id),
                variables=arguments.json_object(variables, "variables"),
            )
        return self._found(row, "id", id)
