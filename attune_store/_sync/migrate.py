"""Apply migrations, in agreement with `dbmate --migrations-table attune.schema_migrations`."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from typing import Any, LiteralString
from uuid import uuid4

from psycopg import Connection, sql
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
    """Apply the pending migrations, or revert the last `down` ones. Return them in that order.

    The connection is an autocommit one. Each migration is one transaction with its version row;
    only one process at a time applies it. On a newer database there is nothing to apply, and
    reverting raises SchemaDriftError. Raises UnavailableError if another process takes longer than
    a minute.
    """
    if migrations is None:
        migrations = read_migrations()
    steps = checked_steps(read_progress(conn, migrations), down)
    run = Run(conn, down=bool(down))
    done: list[Migration] = []
    try:
        for migration in steps:
            try:
                with translating(conn):
                    if run.apply(migration):
                        done.append(migration)
            except errors.StoreError as exc:
                exc.add_note(f"while migrating {'down' if down else 'up'}: {migration.name}")
                if exc.sqlstate in _DUPLICATES:
                    exc.add_note(_ADOPTION)
                raise
    finally:
        with translating(conn):
            run.release()
    return done


def read_progress(
    conn: Connection[Any], /, migrations: Sequence[Migration] | None = None
) -> Progress:
    """Read which migrations were applied to the database.

    Raises StatementTimeoutError if another transaction has locked their list for two seconds.
    """
    try:
        with translating(conn, reading=True):
            with conn.transaction():
                versions = _read_versions(conn)
    except errors.StatementTimeoutError as exc:
        exc.add_note("while reading attune.schema_migrations")
        raise
    return progress(read_migrations() if migrations is None else migrations, versions)


def _read_versions(conn: Connection[Any]) -> list[str]:
    conn.execute("SET LOCAL lock_timeout = '2s'")
    row = (conn.execute(_LIST)).fetchone()
    if row is None:
        return []
    if row != (True,):
        raise errors.SchemaDriftError(
            "attune.schema_migrations has no column version of type varchar: another table has this"
            " name, rename it"
        )
    cursor = conn.execute(_VERSIONS)
    return [version for (version,) in cursor.fetchall()]


def checked_steps(progress: Progress, down: int = 0) -> tuple[Migration, ...]:
    """Return the migrations to run. Raise SchemaDriftError if others are applied that this code lacks."""
    steps, unknown = progress.steps(down), ", ".join(progress.unknown)
    if unknown and down:
        raise errors.SchemaDriftError(
            f"the database has migrations that this code does not know ({unknown}):"
            " revert with the code that has them"
        )
    if unknown and steps:
        pending = ", ".join(migration.name for migration in steps)
        raise errors.SchemaDriftError(
            f"the database has migrations that this code does not know ({unknown}), and lacks"
            f" {pending}: migrate with code that has all of them"
        )
    return steps


def as_script(steps: Sequence[Migration], *, down: bool) -> str:
    """Return the SQL of the migrations and of their version rows, as psql runs it."""
    parts = [] if down else [_BOOKKEEPING]
    for migration in steps:
        script = migration.down if down else migration.up
        record = sql.SQL(_FORGET if down else _REMEMBER).format(migration.version).as_string()
        body = [script.sql, f"{record};"]
        if script.transaction:
            body = ["BEGIN;", *body, "COMMIT;"]
        parts.append("\n".join((f"-- {migration.name}", *body)))
    return "\n\n".join(parts)


class Run:
    """The migrations of one call. From the first to the last one it holds a lease, which is a table.

    The transaction of each migration also takes an advisory lock, so that two runs can't both find
    the lease free. Neither belongs to a session, because a pooler may give the session to another
    client.
    """

    def __init__(self, conn: Connection[Any], *, down: bool = False) -> None:
        self._conn = conn
        self._down = down
        self._owner = uuid4().hex
        self._has_lease = False

    def apply(self, migration: Migration) -> bool:
        """Apply a migration while no other process migrates. Return False if another one has applied it."""
        script = migration.down if self._down else migration.up
        with self.alone():
            if self._is_done(migration.version):
                return False
            self._conn.execute(_LEASES)
            statement = "" if script.transaction else script.sql
            self._conn.execute(_TAKE_LEASE, [self._owner, statement])
            if script.transaction:
                self._conn.execute(script.sql.encode())
                self._record(migration.version)
        self._has_lease = True
        if not script.transaction:
            self._conn.execute(script.sql.encode())
            _refuse_invalid_index(self._conn, script)
            self._record(migration.version)
        return True

    def replace_list(self, migrations: Sequence[Migration]) -> None:
        """Replace the list of applied migrations by these."""
        self._conn.execute("DELETE FROM attune.schema_migrations")
        for migration in migrations:
            self._record(migration.version)

    @contextmanager
    def alone(self) -> Generator[None]:
        """Wait until no other process migrates, and open a transaction that keeps others out."""
        deadline = monotonic() + _PATIENCE
        while True:
            with self._conn.transaction():
                if (holder := self._holder()) is None:
                    yield
                    return
            if monotonic() > deadline:
                raise errors.UnavailableError(
                    f"another process is migrating the database (pid {holder} on the server):"
                    " wait for it, or end it with pg_terminate_backend"
                )
            sleep(0.05)

    def release(self) -> None:
        """Release the lease. If this is not possible, it ends with the session or after a minute."""
        deadline = monotonic() + _PATIENCE
        while self._has_lease and self._conn.pgconn.transaction_status == TransactionStatus.IDLE:
            with self._conn.transaction():
                if self._locks():
                    if self._value(_OWNER) == self._owner:
                        self._conn.execute("DROP TABLE attune.schema_migrations_lease")
                    return
            if monotonic() > deadline:
                return
            sleep(0.05)

    def _holder(self) -> int | None:
        """Take the lock until the end of the transaction, or return the pid of another run.

        This does not wait on the server, because CREATE INDEX CONCURRENTLY would wait for the
        transaction.
        """
        if not self._locks():
            lock_holder: int | None = self._value(_LOCK_HOLDER, _LOCK)
            return lock_holder or 0
        # Whoever may not create a schema needs none that exists.
        if not self._value("SELECT to_regclass('attune.schema_migrations') IS NOT NULL"):
            self._conn.execute(_BOOKKEEPING)
        if not self._value("SELECT to_regclass('attune.schema_migrations_lease') IS NOT NULL"):
            return None
        lease_holder: int | None = self._value(_LEASE_HOLDER, self._owner)
        return lease_holder

    def _locks(self) -> bool:
        return self._value("SELECT pg_try_advisory_xact_lock(%s)", _LOCK) is True

    def _is_done(self, version: str) -> bool:
        query: LiteralString = (
            "SELECT EXISTS (SELECT FROM attune.schema_migrations WHERE version = %s)"
        )
        return self._value(query, version) is not self._down

    def _record(self, version: str) -> None:
        self._conn.execute(sql.SQL(_FORGET if self._down else _REMEMBER).format(version))

    def _value(self, query: LiteralString, *parameters: object) -> Any:
        """Return the first value of the first row, or None."""
        row = (self._conn.execute(query, parameters)).fetchone()
        return None if row is None else row[0]


def _refuse_invalid_index(conn: Connection[Any], script: Script) -> None:
    """Raise StoreError if an interrupted build has left an invalid index, which the migration skipped."""
    cursor = conn.execute(_INVALID_INDEXES)
    for name, unqualified in cursor.fetchall():
        if unqualified in script.sql:
            raise errors.StoreError(
                f"the index {name} is not valid, as an attempt to build it was interrupted:"
                f" run DROP INDEX CONCURRENTLY {name}, then migrate again"
            )


_DUPLICATES = {"42P06", "42P07", "42710", "42723"}
_ADOPTION = (
    "the database has this already: if it has all of the schema, and the list of its migrations is"
    " lost, run `attune-store migrate --adopt`"
)

# No row if there is no list yet. It may be a view of one that is elsewhere.
_LIST = """
    SELECT c.relkind IN ('r', 'p', 'v', 'm', 'f') AND EXISTS (
        SELECT FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attname = 'version' AND a.atttypid IN ('varchar'::regtype, 'text'::regtype)
    )
    FROM pg_class c WHERE c.oid = to_regclass('attune.schema_migrations')
"""
_VERSIONS = (
    "SELECT DISTINCT version FROM attune.schema_migrations WHERE version IS NOT NULL ORDER BY 1"
)
_REMEMBER: LiteralString = "INSERT INTO attune.schema_migrations (version) VALUES ({})"
_FORGET: LiteralString = "DELETE FROM attune.schema_migrations WHERE version = {}"
_BOOKKEEPING: LiteralString = """\
CREATE SCHEMA IF NOT EXISTS attune;
CREATE TABLE IF NOT EXISTS attune.schema_migrations (version varchar PRIMARY KEY);"""
_LEASES = """
    CREATE TABLE IF NOT EXISTS attune.schema_migrations_lease (
        owner text NOT NULL, pid integer NOT NULL, ends_at timestamptz NOT NULL, statement text NOT NULL
    )
"""
# The session that runs the statement holds the lease, whichever session a pooler has used. If none
# does, the lease is free when its session has ended or its time is over. The server may have
# truncated the text of the query.
_LEASE_HOLDER = """
    SELECT coalesce(running.pid, l.pid) FROM attune.schema_migrations_lease l
    LEFT JOIN pg_stat_activity running ON running.datname = current_database()
        AND running.state = 'active' AND running.query <> '' AND starts_with(l.statement, running.query)
    WHERE l.owner <> %s AND (
        running.pid IS NOT NULL
        OR l.ends_at > clock_timestamp() AND EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = l.pid)
    )
"""
_TAKE_LEASE = """
    WITH earlier AS (DELETE FROM attune.schema_migrations_lease)
    INSERT INTO attune.schema_migrations_lease
    VALUES (%s, pg_backend_pid(), clock_timestamp() + interval '1 minute', %s)
"""
_OWNER = "SELECT owner FROM attune.schema_migrations_lease"
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
