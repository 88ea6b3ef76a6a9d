"""What reads executions (queries/execution.sql)."""

import builtins

from attune_queries import rows
from attune_queries.enums import ExecutionStatus
from attune_queries.execution import LIST_EXECUTIONS
from attune_queries.models import Execution

from attune_store import _arguments as arguments
from attune_store._async.base import AsyncStreamedRepository
from attune_store._async.queries import execution as queries
from attune_store._workflow import StatusCount
from attune_store.inputs import UpdateExecutionInput


class AsyncExecutionLists(AsyncStreamedRepository[Execution, UpdateExecutionInput]):
    """Finds, lists and counts executions."""

    _entity = "execution"
    _row_factory = staticmethod(rows.execution)
    _list = LIST_EXECUTIONS
    _update_input = UpdateExecutionInput

    async def find_by_id(self, id: int, /) -> Execution | None:
        """Return the execution with this id, or None (GetExecution)."""
        with self._reading():
            return await queries.get_execution(self._conn, id=arguments.identifier(id))

    async def list(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Execution]:
        """Return a page of all executions, newest first.

        `limit` is the maximum number of rows, None for no limit. `after` is the last id of the page
        before, None for the first page (ListExecutions).
        """
        with self._reading():
            return await queries.list_executions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_status(
        self, status: ExecutionStatus, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Execution]:
        """Return a page of the executions in this status, newest first (ListExecutionsByStatus).

        `limit` is the maximum number of rows, None for no limit. `after` is the last id of the page
        before, None for the first page.
        """
        with self._reading():
            return await queries.list_executions_by_status(
                self._conn,
                status=arguments.status(status),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_parent(
        self, parent_id: int, /, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Execution]:
        """Return a page of the executions that this one started, newest first.

        `limit` is the maximum number of rows, None for no limit. `after` is the last id of the page
        before, None for the first page (ListExecutionsByParent).
        """
        with self._reading():
            return await queries.list_executions_by_parent(
                self._conn,
                parent=arguments.identifier(parent_id, "parent_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_worker(
        self, worker_id: int, /, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Execution]:
        """Return a page of the executions that this worker holds, newest first.

        Also what it claimed in a call whose answer it never got. `limit` is the maximum number of
        rows, None for no limit. `after` is the last id of the page before, None for the first page
        (ListExecutionsByWorker).
        """
        with self._reading():
            return await queries.list_executions_by_worker(
                self._conn,
                worker=arguments.identifier(worker_id, "worker_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def count_by_status(self) -> dict[ExecutionStatus, StatusCount]:
        """Count the executions in each status (CountExecutionsByStatus).

        Those that are not terminal are counted, the terminal ones estimated from the planner's
        statistics (`exact` tells), unless the table was never analysed.
        """
        with self._reading():
            counts = await queries.count_executions_by_status(self._conn)
        return {row.status: StatusCount(row.count, row.exact) for row in counts}
