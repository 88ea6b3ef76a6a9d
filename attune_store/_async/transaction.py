"""Transactions around several statements, with translated errors."""

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
    """Run the block in a transaction, or in a savepoint of the current one.

    Only the errors of BEGIN, COMMIT and the savepoint are translated here. `committed` is called
    after the end of a block that was not rolled back.
    """
    ends = conn.pgconn.transaction_status == TransactionStatus.IDLE
    block = conn.transaction()
    with translating(conn):
        await block.__aenter__()
    try:
        yield
        if conn.pgconn.transaction_status in _LOST:
            # The block has caught an error. PostgreSQL would turn COMMIT into ROLLBACK, and psycopg
            # sends none on a closed connection.
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
    """Run the block in a savepoint of the caller's transaction, or in its own transaction on autocommit."""
    if conn.pgconn.transaction_status == TransactionStatus.IDLE and not conn.autocommit:
        with translating(conn):
            # Begin here, or the block would commit, too. No tool traces this cursor.
            await AsyncCursor(conn).execute("")
    async with transaction(conn):
        yield
