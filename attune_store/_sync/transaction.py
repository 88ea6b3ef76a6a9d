"""Transactions around several statements, with translated errors."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus

from attune_store._translate import translating

_LOST = {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}


@contextmanager
def transaction(
    conn: Connection[Any],
    *,
    reading: bool = False,
    committed: Callable[[], None] | None = None,
) -> Generator[None]:
    """Run the block in a transaction, or in a savepoint of the current one.

    Only the errors of BEGIN, COMMIT and the savepoint are translated here. `committed` is called
    after the end of a block that was not rolled back.
    """
    ends = conn.pgconn.transaction_status == TransactionStatus.IDLE
    block = conn.transaction()
    with translating(conn):
        block.__enter__()
    try:
        yield
        if conn.pgconn.transaction_status in _LOST:
            # The block has caught an error. PostgreSQL would turn COMMIT into ROLLBACK, and psycopg
            # sends none on a closed connection.
            with translating(conn):
                conn.execute("SELECT 1")
    except BaseException as exc:
        if not block.__exit__(type(exc), exc, exc.__traceback__):
            raise
    else:
        with translating(conn, committing=ends and not reading):
            block.__exit__(None, None, None)
        if committed is not None:
            committed()


@contextmanager
def all_or_nothing(conn: Connection[Any]) -> Generator[None]:
    """Run the block in a savepoint of the caller's transaction, or in its own transaction on autocommit."""
    if conn.pgconn.transaction_status == TransactionStatus.IDLE and not conn.autocommit:
        with translating(conn):
            # Begin here, or the block would commit, too. No tool traces this cursor.
            Cursor(conn).execute("")
    with transaction(conn):
        yield
