"""Remember the error that aborted a transaction, to name it when a later statement is refused."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

from psycopg.pq import PipelineStatus, TransactionStatus

from attune_store import errors
from attune_store._translate.connection import Connection


class _Cause(NamedTuple):
    """The text of the error. The error itself would keep the connection alive by its traceback."""

    message: str
    retryable: bool


_causes: WeakKeyDictionary[Connection, _Cause] = WeakKeyDictionary()


def remember(conn: Connection, error: errors.StoreError) -> None:
    """Keep the error if it has aborted the connection's transaction."""
    if _is_aborted(conn):
        _causes.setdefault(conn, _Cause(str(error), error.retryable))


def forget(conn: Connection) -> None:
    """Forget the error of an earlier transaction."""
    if _causes and not _is_aborted(conn):
        _causes.pop(conn, None)


def refusal(conn: Connection | None, sqlstate: str | None, entity: str | None) -> errors.StoreError:
    """Return the error of a statement in an aborted transaction."""
    cause = _causes.get(conn) if conn is not None else None
    message, retryable = cause or _Cause("an earlier error", False)
    return errors.StoreError(
        f"the transaction was aborted by {message}",
        sqlstate=sqlstate,
        entity=entity,
        retryable=retryable,
    )


def _is_aborted(conn: Connection) -> bool:
    return (
        conn.pgconn.transaction_status == TransactionStatus.INERROR
        or conn.pgconn.pipeline_status == PipelineStatus.ABORTED
    )
