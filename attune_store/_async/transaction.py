"""Transactions around several statements, with translated errors."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from psycopg.pq import TransactionStatus

from attune_store._translate import translating

_LOST = {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}


class transaction:
    """Run the block in a transaction, or in a savepoint of the current one.

    Only the errors of BEGIN, COMMIT and the savepoint are translated here. `committed` is called
    after the end of a block that was not rolled back.
    """

    __slots__ = "_block", "_commits", "_committed", "_conn"

    def __init__(
        self,
        conn: AsyncConnection[Any],
        *,
        reading: bool = False,
        committed: Callable[[], None] | None = None,
    ) -> None:
        self._conn = conn
        self._committed = committed
        self._block = conn.transaction()
        is_outermost = conn.pgconn.transaction_status == TransactionStatus.IDLE
        self._commits = is_outermost and not reading

    async def __aenter__(self) -> None:
        with translating(self._conn):
            await self._block.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if exc is not None:
            return await self._block.__aexit__(kind, exc, traceback)
        try:
            await self._refuse_lost()
        except BaseException as lost:
            await self._block.__aexit__(type(lost), lost, lost.__traceback__)
            raise
        with translating(self._conn, committing=self._commits):
            await self._block.__aexit__(None, None, None)
        if self._committed is not None:
            self._committed()
        return None

    async def _refuse_lost(self) -> None:
        """Raise the error of a transaction that can't be committed, as the block caught it.

        PostgreSQL would turn COMMIT into ROLLBACK, and psycopg sends none on a closed connection.
        """
        if self._conn.pgconn.transaction_status in _LOST:
            with translating(self._conn):
                await self._conn.execute("SELECT 1")


@asynccontextmanager
async def all_or_nothing(conn: AsyncConnection[Any]) -> AsyncGenerator[None]:
    """Run the block in a savepoint of the caller's transaction, or in its own transaction on autocommit."""
    if conn.pgconn.transaction_status == TransactionStatus.IDLE and not conn.autocommit:
        with translating(conn):
            # Begin here, or the block would commit, too. No tool traces this cursor.
            await AsyncCursor(conn).execute("")
    async with transaction(conn):
        yield
