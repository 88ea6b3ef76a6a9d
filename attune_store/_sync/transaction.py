"""Transactions around several statements, with translated errors."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from psycopg import Connection, Cursor
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
        conn: Connection[Any],
        *,
        reading: bool = False,
        committed: Callable[[], None] | None = None,
    ) -> None:
        self._conn = conn
        self._committed = committed
        self._block = conn.transaction()
        is_outermost = conn.pgconn.transaction_status == TransactionStatus.IDLE
        self._commits = is_outermost and not reading

    def __enter__(self) -> None:
        with translating(self._conn):
            self._block.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        if exc is not None:
            return self._block.__exit__(kind, exc, traceback)
        try:
            self._refuse_lost()
        except BaseException as lost:
            self._block.__exit__(type(lost), lost, lost.__traceback__)
            raise
        with translating(self._conn, committing=self._commits):
            self._block.__exit__(None, None, None)
        if self._committed is not None:
            self._committed()
        return None

    def _refuse_lost(self) -> None:
        """Raise the error of a transaction that can't be committed, as the block caught it.

        PostgreSQL would turn COMMIT into ROLLBACK, and psycopg sends none on a closed connection.
        """
        if self._conn.pgconn.transaction_status in _LOST:
            with translating(self._conn):
                self._conn.execute("SELECT 1")


@contextmanager
def all_or_nothing(conn: Connection[Any]) -> Generator[None]:
    """Run the block in a savepoint of the caller's transaction, or in its own transaction on autocommit."""
    if conn.pgconn.transaction_status == TransactionStatus.IDLE and not conn.autocommit:
        with translating(conn):
            # Begin here, or the block would commit, too. No tool traces this cursor.
            Cursor(conn).execute("")
    with transaction(conn):
        yield
