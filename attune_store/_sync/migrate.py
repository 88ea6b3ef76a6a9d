"""Applying migrations, in agreement with `dbmate --migrations-table attune.schema_migrations`."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from time import sleep
from typing import Any, LiteralString

from psycopg import Connection

from attune_store import errors
from attune_store._migrations import Migration, Progress, Script, progress, read_migrations
from attune_store._translate import translating

_LOCK = 0x617474756E65  # "attune"


def migrate(
    conn: Connection[Any],
    /,
    *,
    down: int = 0,
    migrations: Sequence[Migration] | None = None,
) -> list[Migration]:
    """Apply the pending migrations, or take back the last `down` ones; return them in that order.

    The connection is an autocommit one. Each step is one transaction with its version row, and only
    one process at a time does this. Raises SchemaDriftError if the database has a version that is
    not among the migrations.
    """
    if migrations is None:
        migrations = read_migrations()
    if not _steps(read_progress(conn, migrations), down):
        return []
    with _locked(conn):
        with translating(conn):
            conn.execute("CREATE SCHEMA IF NOT EXISTS attune")
            conn.execute(
                "CREATE TABLE IF NOT EXISTS attune.schema_migrations (version varchar PRIMARY KEY)"
            )
        steps = _steps(read_progress(conn, migrations), down)
        for migration in steps:
            try:
                with translating(conn):
                    if down:
                        _run(conn, migration.down, _FORGET, migration.version)
                    else:
                        _run(conn, migration.up, _REMEMBER, migration.version)
            except errors.StoreError as exc:
                exc.add_note(f"while migrating {'down' if down else 'up'}: {migration.name}")
                raise
    return steps


def read_progress(
    conn: Connection[Any], /, migrations: Sequence[Migration] | None = None
) -> Progress:
    """Read which migrations the database has."""
    with translating(conn):
        cursor = conn.execute("SELECT to_regclass('attune.schema_migrations') IS NOT NULL")
        versions: list[str] = []
        if cursor.fetchone() == (True,):
            cursor = conn.execute("SELECT version FROM attune.schema_migrations ORDER BY 1")
            versions = [version for (version,) in cursor.fetchall()]
    return progress(read_migrations() if migrations is None else migrations, versions)


_REMEMBER = "INSERT INTO attune.schema_migrations (version) VALUES (%s)"
_FORGET = "DELETE FROM attune.schema_migrations WHERE version = %s"


def _steps(progress: Progress, down: int) -> list[Migration]:
    if progress.unknown:
        raise errors.SchemaDriftError(
            "the database has migrations that this version does not know:"
            f" {', '.join(progress.unknown)}"
        )
    return list(progress.applied[: -down - 1 : -1] if down else progress.pending)


def _run(conn: Connection[Any], script: Script, record: LiteralString, version: str) -> None:
    if not script.transaction:
        conn.execute(script.sql.encode())
        conn.execute(record, [version])
        return
    with conn.transaction():
        conn.execute(script.sql.encode())
        conn.execute(record, [version])


@contextmanager
def _locked(conn: Connection[Any]) -> Generator[None]:
    """Hold the advisory lock; polled: one that waits would stop CREATE INDEX CONCURRENTLY."""
    with translating(conn):
        while not _locks(conn, "SELECT pg_try_advisory_lock(%s)"):
            sleep(0.05)
    try:
        yield
    finally:
        if not conn.closed:
            _locks(conn, "SELECT pg_advisory_unlock(%s)")


def _locks(conn: Connection[Any], query: LiteralString) -> bool:
    return (conn.execute(query, [_LOCK])).fetchone() == (True,)
