"""Reading what the schema check compares: catalog, rights, migrations, and every query prepared."""

from collections.abc import Mapping, Sequence
from itertools import chain
from time import sleep
from typing import Any, LiteralString

import psycopg
import pydantic
from attune_queries.catalog import CATALOG, READ_CATALOG, Catalog, parse_catalog
from attune_queries.manifest import QUERIES, Query
from psycopg import Connection, RawCursor
from psycopg.rows import tuple_row

from attune_store import errors
from attune_store._describe import describing
from attune_store._drift import (
    READ_STATE,
    Described,
    Place,
    Report,
    State,
    compare_catalogs,
    compare_guarantees,
    compare_migrations,
    compare_queries,
    compare_rights,
    parse_state,
    trials,
)
from attune_store._migrations import Progress
from attune_store._sync.migrate import read_progress
from attune_store._translate import translating
from attune_store.errors import Difference, Severity

# What catalog functions raise, or leave empty, when their object goes away under them.
_CHANGING = {"XX000", "42P01", "42703", "42704", "42883"}
_ATTEMPTS = 30

# What the text of definitions depends on, and how long to wait for whom.
_SETTINGS: LiteralString = """
SELECT set_config(s.name, s.setting, true) FROM (VALUES
    ('transaction_read_only', 'on'), ('lock_timeout', '2s'), ('statement_timeout', '30s'),
    ('idle_in_transaction_session_timeout', '0'), ('jit', 'off'),
    ('search_path', ''), ('quote_all_identifiers', 'off'), ('IntervalStyle', 'postgres'),
    ('DateStyle', 'ISO, MDY'), ('TimeZone', 'UTC'), ('bytea_output', 'hex'),
    ('standard_conforming_strings', 'on'), ('extra_float_digits', '1'),
    ('client_encoding', 'UTF8')
) AS s (name, setting)
"""

_LOCKED: LiteralString = """
SELECT DISTINCT c.relname, l.pid
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_class c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relkind IN ('r', 'p', 'v')
    AND l.mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')
    AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
    AND l.pid <> pg_backend_pid()
ORDER BY c.relname, l.pid
"""


def check(conn: Connection[Any], /) -> list[Difference]:
    """Return how the live schema differs from the one that the code was generated from.

    Waits for no lock longer than two seconds: then raises StatementTimeoutError, which names the
    table. The connection is one outside a transaction.
    """
    failure: Exception | None = None
    for _ in range(_ATTEMPTS):
        try:
            return _check(conn)
        except errors.StatementTimeoutError as exc:
            raise _naming_locked(conn, exc) from exc
        except errors.StoreError as exc:
            if exc.sqlstate not in _CHANGING:
                raise
            failure = exc
        except pydantic.ValidationError as exc:
            failure = exc
        sleep(0.05)
    raise errors.StoreError(
        f"the schema can't be read, or is being changed: {failure}", retryable=True
    ) from failure


def _check(conn: Connection[Any]) -> list[Difference]:
    schema = CATALOG.schema
    with translating(conn, reading=True):
        with conn.transaction():
            conn.execute(_SETTINGS)
            state = parse_state(_read(conn, READ_STATE, schema))
            if not state.exists:
                return [_no_schema(schema)]
            live = parse_catalog(_read(conn, READ_CATALOG, schema))
            tried = _try(conn, live)
            visible = state.usage and state.migrations
            progress = read_progress(conn) if visible else None
            described = _describe(conn, QUERIES) if state.usage else []
    return _compare(state, live, tried, progress, described)


def _compare(
    state: State,
    live: Catalog,
    tried: Mapping[Place, Severity],
    progress: Progress | None,
    described: Sequence[Described],
) -> list[Difference]:
    pending = progress.pending if progress else ()
    text = "\n".join(migration.up.sql for migration in pending)
    report = Report(CATALOG.schema, QUERIES, text)
    if state.usage or not state.migrations:
        compare_migrations(report, progress, state.role)
    compare_catalogs(report, CATALOG, live, state, tried)
    compare_guarantees(report, CATALOG, state)
    compare_rights(report, CATALOG, state)
    compare_queries(report, described)
    return report.differences


def _is_of_the_server(exc: psycopg.Error) -> bool:
    """Whether it is no fault of the statement: lost, locked, cancelled, or internal."""
    state = exc.sqlstate
    return state is None or state == "55P03" or state[:2] in {"08", "57", "XX"}


def _no_schema(schema: str) -> Difference:
    remedy = "run `attune-store migrate`"
    return Difference(Severity.BREAKING, f"schema {schema}", "present", None, (), remedy)


def _read(conn: Connection[Any], query: LiteralString, schema: str) -> Any:
    with RawCursor(conn, row_factory=tuple_row) as cursor:
        cursor.execute(query, (schema,))
        row = cursor.fetchone()
    return row and row[0]


def _try(conn: Connection[Any], live: Catalog) -> dict[Place, Severity]:
    """What an INSERT that leaves out an added column comes to, unless nothing comes of it."""
    tried: dict[Place, Severity] = {}
    for place, statement in trials(CATALOG, live):
        try:
            with conn.transaction(force_rollback=True):
                conn.execute("SET LOCAL statement_timeout = '500ms'")
                cursor = conn.execute(statement.encode())
                if False in (cursor.fetchone() or ()):
                    tried[place] = Severity.BREAKING
        except (psycopg.IntegrityError, psycopg.DataError):
            tried[place] = Severity.BREAKING
        except psycopg.Error as exc:
            if _is_of_the_server(exc) and not isinstance(exc, psycopg.errors.QueryCanceled):
                raise
            tried[place] = Severity.RISKY  # nobody knows
    return tried


def _describe(conn: Connection[Any], queries: Sequence[Query]) -> list[Described]:
    """Prepare every query, and ask for the types of its parameters and columns."""
    answers: list[tuple[list[int], list[int]] | str] = []
    conn.execute("SAVEPOINT described")
    for query in queries:
        try:
            answers.append(conn.wait(describing(conn.pgconn, query.sql)))
        except psycopg.Error as exc:
            if _is_of_the_server(exc):
                raise
            answers.append(exc.diag.message_primary or str(exc))
            conn.execute("ROLLBACK TO SAVEPOINT described")
    oids = {oid for answer in answers if not isinstance(answer, str) for oid in chain(*answer)}
    cursor = conn.execute(
        "SELECT t.oid, pg_catalog.format_type(t.oid, NULL) FROM unnest(%s::oid[]) AS t (oid)",
        [list(oids)],
    )
    names: dict[int, str] = dict(cursor.fetchall())
    described: list[Described] = []
    for query, answer in zip(queries, answers, strict=True):
        if isinstance(answer, str):
            described.append(Described(query, refusal=answer))
        else:
            parameters, columns = (tuple(names[oid] for oid in side) for side in answer)
            described.append(Described(query, parameters, columns))
    return described


def _naming_locked(
    conn: Connection[Any], exc: errors.StatementTimeoutError
) -> errors.StatementTimeoutError:
    """An error that names the tables which others lock, or want to."""
    with RawCursor(conn, row_factory=tuple_row) as cursor:
        cursor.execute(_LOCKED, (CATALOG.schema,))
        locked = cursor.fetchall()
    names = ", ".join(f"{CATALOG.schema}.{name} (by process {pid})" for name, pid in locked)
    message = f"nothing was compared, because of a lock on {names}" if locked else str(exc)
    return errors.StatementTimeoutError(message, sqlstate=exc.sqlstate)
