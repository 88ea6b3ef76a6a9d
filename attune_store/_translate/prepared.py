"""Prepared statements that differ from those that the connection has prepared."""

import psycopg

from attune_store import errors
from attune_store._translate.connection import Connection

_MIXED_UP = frozenset({"08P01", "26000", "42P05"})


def are_mixed_up(exc: psycopg.Error) -> bool:
    """Return whether the session has other statements than the connection has prepared.

    An 08P01 of PgBouncer itself can mean anything, but names no function of the server.
    """
    return exc.sqlstate in _MIXED_UP and exc.diag.source_function is not None


def refusal(
    conn: Connection, message: str, sqlstate: str, entity: str | None
) -> errors.UnavailableError:
    """Return the error, and close the connection: its next statement might be another client's."""
    conn.pgconn.finish()
    return errors.UnavailableError(
        f"{message}: the session's prepared statements are not those of this connection. Behind a"
        " pooler such as PgBouncer connect with prepare_threshold=None:"
        ' Store(kwargs={"prepare_threshold": None})',
        sqlstate=sqlstate,
        entity=entity,
    )


def forget_stale(conn: Connection | None, exc: psycopg.Error) -> bool:
    """Make the connection forget its prepared statements, if one returns other types than before.

    psycopg would run them again and again. Each is closed by name together with the next statement;
    DEALLOCATE ALL would also remove the one that was just prepared.
    """
    is_stale = exc.sqlstate == "0A000" and exc.diag.source_function == "RevalidateCachedQuery"
    if conn is None or not is_stale:
        return False
    prepared = conn._prepared  # pyright: ignore[reportPrivateUsage]
    names = list(prepared._names.values())  # pyright: ignore[reportPrivateUsage]
    prepared.clear()
    prepared._to_flush.clear()  # pyright: ignore[reportPrivateUsage]
    prepared._to_flush.extend(names)  # pyright: ignore[reportPrivateUsage]
    return True
