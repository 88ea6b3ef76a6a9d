"""The reading methods of the execution repository (queries/execution.sql)."""

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
        with self._reading:
            return await queries.get_execution(self._conn, id=arguments.identifier(id))

    async def list(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Execution]:
        """Return a page of all executions, newest first.

        `limit` is the maximum number of rows, None for all. `after` is the id of the last row of
        the previous page, None for the first page. Query: ListExecutions.
        """
        with self._reading:
            return await queries.list_executions(
                self._conn,
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_status(
        self, status: ExecutionStatus, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Execution]:
        """Return a page of the executions with this status, newest first.

        `limit` is the maximum number of rows, None for all. `after` is the id of the last row of
        the previous page, None for the first page. Query: ListExecutionsByStatus.
        """
        with self._reading:
            return await queries.list_executions_by_status(
                self._conn,
                status=arguments.status(status),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_parent(
        self, parent_id: int, /, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Execution]:
        """Return a page of the child executions of an execution, newest first.

        `limit` is the maximum number of rows, None for all. `after` is the id of the last row of
        the previous page, None for the first page. Query: ListExecutionsByParent.
        """
        with self._reading:
            return await queries.list_executions_by_parent(
                self._conn,
                parent=arguments.identifier(parent_id, "parent_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def find_by_worker(
        self, worker_id: int, /, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Execution]:
        """Return a page of the executions that a worker holds, newest first.

        This includes executions of a claim whose result did not reach the worker. `limit` is the
        maximum number of rows, None for all. `after` is the id of the last row of the previous
        page, None for the first page. Query: ListExecutionsByWorker.
        """
        with self._reading:
            return await queries.list_executions_by_worker(
                self._conn,
                worker=arguments.identifier(worker_id, "worker_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def count_by_status(self) -> dict[ExecutionStatus, StatusCount]:
        """Return the number of executions with each status.

        Statuses that are not terminal are counted. Terminal ones are estimated from the planner's
        statistics (`exact` is False), unless the table was never analyzed. Query:
        CountExecutionsByStatus.
        """
        with self._reading:
            counts = await queries.count_executions_by_status(self._conn)
        return {row.status: StatusCount(row.count, row.exact) for row in counts}
