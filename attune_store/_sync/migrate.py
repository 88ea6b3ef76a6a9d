"""Applying migrations, in agreement with `dbmate --migrations-table attune.schema_migrations`."""

from collections.abc import Sequence
from time import monotonic, sleep
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.pq import TransactionStatus

from attune_store import errors
from attune_store._migrations import Migration, Progress, Script, progress, read_migrations
from attune_store._translate import translating

_PATIENCE = 60.0  # seconds to wait for another process
_LOCK = 0x617474756E65  # "attune"


def migrate(
    conn: Connection[Any],
    /,
    *,
    down: int = 0,
    migrations: Sequence[Migration] | None = None,
) -> list[Migration]:
    """Apply the pending migrations, or revert the last `down` ones; return them in that order.

    The connection is an autocommit one. Each step is one transaction with its version row; only one
    process at a time applies it. Raises SchemaDriftError if the database has a version that is not
    among the migrations, UnavailableError if another process takes longer than a minute.
    """
    if migrations is None:
        migrations = read_migrations()
    steps = _steps(read_progress(conn, migrations), down)
    done: list[Migration] = []
    for migration in steps:
        script = migration.down if down else migration.up
        try:
            with translating(conn):
                if _apply(conn, migration.version, script, down=bool(down)):
                    done.append(migration)
        except errors.StoreError as exc:
            exc.add_note(f"while migrating {'down' if down else 'up'}: {migration.name}")
            raise
    return done


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


def _steps(progress: Progress, down: int) -> list[Migration]:
    if progress.unknown:
        raise errors.SchemaDriftError(
            "the database has migrations that this version does not know:"
            f" {', '.join(progress.unknown)}"
        )
    return list(progress.applied[: -down - 1 : -1] if down else progress.pending)


def _apply(conn: Connection[Any], version: str, script: Script, *, down: bool) -> bool:
    """Apply a step once nobody else is at it; False: somebody else has applied it."""
    deadline = monotonic() + _PATIENCE
    while True:
        with conn.transaction():
            holder = _holder(conn)
            if holder is None:
                if _is_done(conn, version, down=down):
                    return False
                if script.transaction:
                    conn.execute(script.sql.encode())
                    _record(conn, version, down=down)
                    return True
                conn.execute(_LEASE)
        if holder is None:
            break
        if monotonic() > deadline:
            raise errors.UnavailableError(
                f"another process is migrating the database (pid {holder} on the server):"
                " wait for it, or end it with pg_terminate_backend"
            )
        sleep(0.05)
    _apply_alone(conn, version, script, down=down)
    return True


def _apply_alone(conn: Connection[Any], version: str, script: Script, *, down: bool) -> None:
    """Apply a step that can't run in a transaction, under the lease."""
    try:
        conn.execute(script.sql.encode())
        _refuse_invalid_index(conn, script)
        with conn.transaction():
            _record(conn, version, down=down)
            conn.execute(_RELEASE)
    except BaseException:
        # A connection that is lost leaves the lease, which ends with the session or by its time.
        if conn.pgconn.transaction_status == TransactionStatus.IDLE:
            conn.execute(_RELEASE)
        raise


def _holder(conn: Connection[Any]) -> int | None:
    """Lock until the end of the transaction; or return the pid of who holds the lock or a lease.

    It does not wait in the server: a transaction that waits would stop CREATE INDEX CONCURRENTLY.
    """
    if _value(conn, "SELECT pg_try_advisory_xact_lock(%s)", _LOCK):
        conn.execute("CREATE SCHEMA IF NOT EXISTS attune")
        conn.execute(
            "CREATE TABLE IF NOT EXISTS attune.schema_migrations (version varchar PRIMARY KEY)"
        )
        if not _value(conn, "SELECT to_regclass('attune.schema_migrations_lease') IS NULL"):
            lease_holder: int | None = _value(conn, _LEASE_HOLDER)
            return lease_holder
        return None
    lock_holder: int | None = _value(conn, _LOCK_HOLDER, _LOCK)
    return lock_holder or 0


def _is_done(conn: Connection[Any], version: str, *, down: bool) -> bool:
    query: LiteralString = "SELECT EXISTS (SELECT FROM attune.schema_migrations WHERE version = %s)"
    return _value(conn, query, version) is not down


def _record(conn: Connection[Any], version: str, *, down: bool) -> None:
    if down:
        conn.execute("DELETE FROM attune.schema_migrations WHERE version = %s", [version])
    else:
        conn.execute("INSERT INTO attune.schema_migrations (version) VALUES (%s)", [version])


def _refuse_invalid_index(conn: Connection[Any], script: Script) -> None:
    """Raise StoreError if the step was content with the ruin of an earlier attempt at its index."""
    cursor = conn.execute(_INVALID_INDEXES)
    for name, unqualified in cursor.fetchall():
        if unqualified in script.sql:
            raise errors.StoreError(
                f"the index {name} is not valid, as an attempt to build it was interrupted:"
                f" run DROP INDEX CONCURRENTLY {name}, then migrate again"
            )


def _value(conn: Connection[Any], query: LiteralString, *parameters: object) -> Any:
    """The first value of the first row, or None."""
    row = (conn.execute(query, parameters)).fetchone()
    return None if row is None else row[0]


# The table is there while a step runs outside a transaction: whoever holds the lock may run the step
# that is next, unless the lease's session lives and its time is not up. Behind a pooler a session
# outlives its client.
_LEASE = """
    DROP TABLE IF EXISTS attune.schema_migrations_lease;
    CREATE TABLE attune.schema_migrations_lease AS
        SELECT pg_backend_pid() AS pid, clock_timestamp() + interval '5 minutes' AS ends_at;
"""
_RELEASE = "DROP TABLE IF EXISTS attune.schema_migrations_lease"
_LEASE_HOLDER = """
    SELECT l.pid FROM attune.schema_migrations_lease l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.ends_at > clock_timestamp()
"""
_LOCK_HOLDER = """
    SELECT pid FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32) + objid::bigint = %s
"""
_INVALID_INDEXES = """
    SELECT i.indexrelid::regclass::text, c.relname
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relnamespace = 'attune'::regnamespace
"""
