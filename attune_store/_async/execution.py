"""The execution repository (queries/execution.sql)."""

import builtins
from collections.abc import Collection
from operator import attrgetter

from attune_queries import rows
from attune_queries.enums import ExecutionStatus
from attune_queries.models import Execution

from attune_store import _arguments as arguments
from attune_store._async.base import AsyncRepository
from attune_store._async.queries import execution as queries
from attune_store.inputs import CreateExecutionInput, UpdateExecutionInput


class AsyncExecutionRepository(AsyncRepository[Execution, UpdateExecutionInput]):
    """Finds, creates, changes and deletes executions."""

    _entity = "execution"
    _row_factory = staticmethod(rows.execution)
    _update_input = UpdateExecutionInput

    async def find_by_id(self, id: int, /) -> Execution | None:
        """Return the execution with this id, or None (GetExecution)."""
        with self._reading():
            return await queries.get_execution(self._conn, id=arguments.identifier(id))

    async def list(
        self, *, limit: int | None = 1000, after: int | None = None
    ) -> builtins.list[Execution]:
        """Return a page of all executions, newest first, from behind the id `after`.

        (ListExecutions)
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
        """Return a page of the executions in this status, newest first (ListExecutionsByStatus)."""
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

        (ListExecutionsByParent)
        """
        with self._reading():
            return await queries.list_executions_by_parent(
                self._conn,
                parent=arguments.identifier(parent_id, "parent_id"),
                limit=arguments.optional_limit(limit),
                after=arguments.optional_identifier(after),
            )

    async def create(self, input: CreateExecutionInput, /) -> Execution:
        """Insert an execution and return it (CreateExecution).

        Raises ForeignKeyError if the action or the parent does not exist.
        """
        values = arguments.values(input, CreateExecutionInput)
        with self._translating(values):
            return await queries.create_execution(self._conn, **values)

    async def delete(self, id: int, /) -> bool:
        """Delete an execution (DeleteExecution); False: there was none. Its children stay."""
        with self._translating({"id": id}, deleting=True):
            return bool(await queries.delete_execution(self._conn, id=arguments.identifier(id)))

    async def claim(
        self,
        id: int,
        /,
        *,
        expected: ExecutionStatus = ExecutionStatus.REQUESTED,
        to: ExecutionStatus = ExecutionStatus.SCHEDULING,
    ) -> Execution | None:
        """Set the status if it is the expected; None: somebody else was first, or there is no such
        row.

        (TransitionExecution)
        """
        with self._translating():
            return await queries.transition_execution(
                self._conn,
                id=arguments.identifier(id),
                expected=[arguments.status(expected, "expected")],
                to=arguments.status(to, "to"),
            )

    async def claim_next(self, *, limit: int = 1) -> builtins.list[Execution]:
        """Make the oldest requested executions scheduling and return them, oldest first.

        No two callers get the same one (ClaimNextExecutions).
        """
        with self._translating():
            claimed = await queries.claim_next_executions(self._conn, limit=arguments.limit(limit))
        return sorted(claimed, key=attrgetter("id"))

    async def transition(
        self,
        id: int,
        /,
        *,
        expected: ExecutionStatus | Collection[ExecutionStatus],
        to: ExecutionStatus,
    ) -> Execution:
        """Set the status if it is (one of) the expected (TransitionExecution).

        Raises NotFoundError if there is no such execution, ConflictError if it is in another
        status.
        """
        id, allowed = arguments.identifier(id), arguments.statuses(expected)
        with self._translating():
            row = await queries.transition_execution(
                self._conn, id=id, expected=allowed, to=arguments.status(to, "to")
            )
        return row or await self._refuse(id, allowed)
