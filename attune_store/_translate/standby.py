"""Writes that are refused as the transaction is read-only (25006): by the caller, or by a standby."""

from attune_store import errors
from attune_store._translate.connection import Connection


def refusal(conn: Connection, message: str, entity: str | None) -> errors.StoreError:
    """The error; on a standby the connection is ended, so that the next one may find the primary."""
    if not _is_standby(conn):
        return errors.StoreError(message, sqlstate="25006", entity=entity)
    conn.pgconn.finish()
    return errors.ReadOnlyServerError(
        f"{message}: the server is a standby", sqlstate="25006", entity=entity
    )


def _is_standby(conn: Connection) -> bool:
    """PostgreSQL reports it with every change; a pooler in between may not."""
    reported = conn.info.parameter_status("in_hot_standby")
    return reported == "on" if reported is not None else not conn.read_only
