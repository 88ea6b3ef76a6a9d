"""The base classes of repositories: the connection, the translation of errors, `get_*` and `update`."""

import builtins
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Any, ClassVar, Generic, LiteralString, NoReturn, Protocol, TypeVar

from attune_queries.support import AsyncCursor
from psycopg import AsyncConnection
from psycopg.pq import PipelineStatus, TransactionStatus
from psycopg.rows import AsyncRowFactory

from attune_store import _arguments as arguments
from attune_store import _conflicts as conflicts
from attune_store import errors
from attune_store._async.block import AsyncBlock
from attune_store._async.transaction import all_or_nothing
from attune_store._input import CreateInput, UpdateInput
from attune_store._translate import Rows, translating
from attune_store._update import compose_update
from attune_store._wakeups import CLAIMABLE_BY, topics_of


class Entity(Protocol):
    """The attributes that all models have."""

    @property
    def id(self) -> int: ...
    @property
    def updated(self) -> datetime: ...


_PAGE, _PART = 1000, 100  # rows of a stream that are made into models at a time

Row = TypeVar("Row", bound=Entity)
Changes = TypeVar("Changes", bound=UpdateInput)
Input = TypeVar("Input", bound=CreateInput)


class AsyncReadRepository(ABC, Generic[Row]):
    """The rows of one table, on the connection of the caller. No method commits."""

    _entity: ClassVar[str]

    def __init__(self, conn: AsyncConnection[Any], /, *, _block: AsyncBlock | None = None) -> None:
        self._conn = conn
        self._block = _block
        self._reading = translating(conn, self._entity, reading=True, block=_block)
        self._writing = translating(conn, self._entity, block=_block)

    @abstractmethod
    async def find_by_id(self, id: int, /) -> Row | None:
        """Return the row with this id, or None."""

    async def get_by_id(self, id: int, /) -> Row:
        """Return the row with this id. Raise NotFoundError if there is none."""
        return self._found(await self.find_by_id(id), "id", id)

    def _translating(
        self, values: Mapping[str, Any] | Rows, *, deleting: bool = False
    ) -> translating:
        """Translate the errors of a statement that writes."""
        return translating(
            self._conn, self._entity, values=values, deleting=deleting, block=self._block
        )

    def _wake(self, *rows: object) -> None:
        """Notify those who wait for rows like these, once they are committed."""
        if self._block is not None and self._block.wakes:
            self._wake_topics({topic for row in rows for topic in topics_of(row)})

    def _wake_topics(self, topics: set[str]) -> None:
        """Notify those who wait for these topics, once the rows are committed."""
        if self._block is not None:
            self._block.wake(topics)
            pgconn = self._conn.pgconn
            is_idle = pgconn.transaction_status == TransactionStatus.IDLE
            if is_idle and pgconn.pipeline_status == PipelineStatus.OFF:  # commits now
                self._block.committed()

    def _found(self, row: Row | None, field: str, value: object) -> Row:
        if row is None:
            raise errors.NotFoundError(entity=self._entity, field=field, value=value)
        return row

    async def _refuse(self, id: int, expected: object, *, attempt: int | None = None) -> NoReturn:
        """Raise an error for a guarded change that found no row: missing, or another attempt or status."""
        raise conflicts.in_state(self._entity, await self.get_by_id(id), expected, attempt=attempt)


class AsyncRepository(AsyncReadRepository[Row], Generic[Row, Changes]):
    """The rows of a table with an update input."""

    _row_factory: AsyncRowFactory[Row]
    _update_input: type[Changes]

    async def update(
        self, id: int, input: Changes, /, *, expected_updated: datetime | None = None
    ) -> Row:
        """Write the fields that are given and return the row.

        A field that is not given keeps its value; None sets it to NULL. If all values are equal to
        those of the row, nothing is written. `expected_updated` is the `updated` of the row as the
        caller read it, None to overwrite later changes. Raises NotFoundError if there is no such
        row, ConflictError if the row was changed since `expected_updated`.
        """
        id = arguments.identifier(id)
        changes = arguments.values(input, self._update_input)
        expected_updated = arguments.optional_moment(expected_updated, "expected_updated")
        written = await self._write(id, changes, expected_updated) if changes else None
        if written is not None:
            if changes.keys() & CLAIMABLE_BY:
                self._wake(written)
            return written
        row = await self.get_by_id(id)
        if expected_updated is not None and row.updated != expected_updated:
            raise conflicts.changed(self._entity, row, expected_updated)
        return row

    async def _write(
        self, id: int, changes: Mapping[str, Any], expected_updated: datetime | None
    ) -> Row | None:
        guarded = expected_updated is not None
        update = compose_update(self._entity, frozenset(changes), guarded=guarded)
        with self._translating(changes):
            parameters = update.parameters(id, changes, expected_updated)
            async with AsyncCursor(self._conn, row_factory=self._row_factory) as cursor:
                await cursor.execute(update.statement, parameters, binary=True)
                return await cursor.fetchone()


class AsyncStreamedRepository(AsyncRepository[Row, Changes]):
    """The rows of a table that can have more rows than fit into a list."""

    _list: ClassVar[LiteralString]
    """The statement of `list`, with the id and the limit as parameters."""

    async def stream(self, *, after: int | None = None) -> AsyncIterator[Row]:
        """Yield all rows, newest first.

        `after` is the id to start after, None to start with the newest row. Rows are read in pages,
        so that memory use is constant, and the connection can run other statements in between. No
        snapshot is held: rows that are created or deleted meanwhile may be included or not; all
        others are yielded once.
        """
        after = arguments.optional_identifier(after)
        more = True
        while more:
            more = False
            async with AsyncCursor(self._conn, row_factory=self._row_factory) as cursor:
                with self._reading:
                    await cursor.execute(self._list, (after, _PAGE), binary=True)
                while rows := await self._some(cursor):
                    for row in rows:
                        yield row
                    more, after = True, rows[-1].id

    async def _some(self, cursor: AsyncCursor[Row]) -> builtins.list[Row]:
        """Make models of a part of a page, too few to start the garbage collector."""
        with self._reading:
            return await cursor.fetchmany(_PART)

    async def _copy(
        self,
        inputs: Iterable[Input],
        expected: type[Input],
        by_table: Callable[[Input], Mapping[str, Mapping[str, Any]]],
        write: Callable[[builtins.list[Input]], Awaitable[int]],
        topics: Callable[[builtins.list[Input]], set[str]],
    ) -> int:
        """Write inputs part by part, all or none of them. Return their number."""
        if self._conn.pgconn.pipeline_status != PipelineStatus.OFF:
            # Refuse it here: rolling back to a savepoint would undo the other calls as well.
            raise errors.StoreError(
                "copy can't be used in a pipeline; use create_many", entity=self._entity
            )
        copied, claimable = 0, set[str]()
        with self._block.statement() if self._block is not None else nullcontext():
            async with all_or_nothing(self._conn):
                for first, part in arguments.parts(inputs, expected, "inputs"):
                    rows = Rows("inputs", part, by_table, first)
                    with translating(self._conn, self._entity, values=rows):
                        copied += await write(part)
                    claimable |= topics(part)
            self._wake_topics(claimable)
        return copied


class AsyncNamedRepository(AsyncRepository[Row, Changes]):
    """The rows of a table with a ref."""

    @abstractmethod
    async def find_by_ref(self, ref: str) -> Row | None:
        """Return the row with this ref, or None."""

    async def get_by_ref(self, ref: str) -> Row:
        """Return the row with this ref. Raise NotFoundError if there is none."""
        return self._found(await self.find_by_ref(ref), "ref", ref)
