"""Transactions around several statements, with their errors translated."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, AsyncCursor
from psycopg.pq import TransactionStatus

from attune_store._translate import translating

_LOST = {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}


@asynccontextmanager
async def transaction(
    conn: AsyncConnection[Any],
    *,
    reading: bool = False,
    committed: Callable[[], None] | None = None,
) -> AsyncGenerator[None]:
    """Run the block in a transaction, or in a savepoint of the one that is under way.

    Only the errors of its own statements are translated here. `committed` is called after the end of
    a block that was not rolled back.
    """
    ends = conn.pgconn.transaction_status == TransactionStatus.IDLE
    block = conn.transaction()
    with translating(conn):
        await block.__aenter__()
    try:
        yield
        if conn.pgconn.transaction_status in _LOST:
            # An error was swallowed: PostgreSQL would take a COMMIT for a ROLLBACK, and psycopg
            # sends none on a connection that is closed.
            with translating(conn):
                await conn.execute("SELECT 1")
    except BaseException as exc:
        if not await block.__aexit__(type(exc), exc, exc.__traceback__):
            raise
    else:
        with translating(conn, committing=ends and not reading):
            await block.__aexit__(None, None, None)
        if committed is not None:
            committed()


@asynccontextmanager
async def all_or_nothing(conn: AsyncConnection[Any]) -> AsyncGenerator[None]:
    """Run the block in a savepoint of the caller's transaction, on autocommit in one of its own."""
    if conn.pgconn.transaction_status == TransactionStatus.IDLE and not conn.autocommit:
        with translating(conn):
            # Begins, as the block would also commit; by a cursor that no tool traces.
            await AsyncCursor(conn).execute("")
    async with transaction(conn):
        yield
