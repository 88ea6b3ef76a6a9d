"""Repair of a connection's prepared statements."""

import psycopg

from attune_store._translate.connection import Connection


def forget_failed(conn: Connection | None, exc: psycopg.Error) -> bool:
    """Make the connection forget its prepared statements, if it is those that failed.

    psycopg would run them again and again. Each is closed by its name with the next statement: a
    DEALLOCATE ALL would also take what that one has just prepared.
    """
    is_stale = exc.sqlstate == "0A000" and exc.diag.source_function == "RevalidateCachedQuery"
    is_missing = exc.sqlstate == "26000"
    if conn is None or not (is_stale or is_missing):
        return False
    prepared = conn._prepared  # pyright: ignore[reportPrivateUsage]
    names = list(prepared._names.values())  # pyright: ignore[reportPrivateUsage]
    prepared.clear()
    prepared._to_flush.clear()  # pyright: ignore[reportPrivateUsage]
    if is_stale:
        prepared._to_flush.extend(names)  # pyright: ignore[reportPrivateUsage]
    return True
