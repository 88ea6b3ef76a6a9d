"""Writes in a read-only transaction (25006), set by the caller or by a standby."""

from attune_store import errors
from attune_store._translate.connection import Connection


def refusal(conn: Connection, message: str, entity: str | None) -> errors.StoreError:
    """Return the error. On a standby, close the connection, so that the next one may reach the primary."""
    if not _is_standby(conn):
        return errors.StoreError(message, sqlstate="25006", entity=entity)
    conn.pgconn.finish()
    return errors.ReadOnlyServerError(
        f"{message}: the server is a standby", sqlstate="25006", entity=entity
    )


def _is_standby(conn: Connection) -> bool:
    """Return whether the server is a standby. PostgreSQL reports this; a pooler may not."""
    reported = conn.info.parameter_status("in_hot_standby")
    return reported == "on" if reported is not None else not conn.read_only
