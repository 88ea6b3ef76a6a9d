"""Read what the schema check compares: the catalog, rights, migrations, and the description of every query."""

from collections.abc import Sequence
from dataclasses import replace
from time import sleep
from typing import Any

import psycopg
import pydantic
from attune_queries import check as queries
from attune_queries.catalog import CATALOG, READ_CATALOG, Catalog, parse_catalog
from attune_queries.check import GetLiveRoleRow, ListSessionSettingsRow
from attune_queries.manifest import QUERIES
from psycopg import Connection, RawCursor
from psycopg.rows import tuple_row

from attune_store import errors
from attune_store._drift.answers import Answer, Answers
from attune_store._drift.compare import compare
from attune_store._drift.likeness import namable
from attune_store._drift.schemas import missing_schema, moved_schema
from attune_store._drift.settings import too_short_transactions
from attune_store._drift.state import State
from attune_store._printable import printable
from attune_store._sync.describe import describe, in_words, is_of_the_server
from attune_store._sync.migrate import read_progress
from attune_store._translate import translating
from attune_store.errors import Difference

# Catalog functions raise these errors, or return NULL, if their object is dropped while they run.
# An error that is raised so many times with the same text has another cause.
_CHANGING = {"XX000", "42P01", "42703", "42704", "42883"}
_ATTEMPTS, _ALIKE = 30, 5

_BY_DEFAULT = "which every role may use by default: grant it again, or check as another role"

# Without these settings no generated function runs, or not for long enough. A generated function
# sets the others.
_NEEDED = """
    SET LOCAL statement_timeout TO '30s';
    SET LOCAL client_encoding TO 'UTF8';
    SET LOCAL "DateStyle" TO 'ISO, MDY'
"""

# The tables and views of the code. The database may have many others.
_TABLES = [table.name for table in CATALOG.tables]
_NAMES = _TABLES + [view.name for view in CATALOG.views]

_ALL_NAMES = _NAMES + [enum.name for enum in CATALOG.enums]

# Queries that the check does not run itself.
_STATEMENTS = [query for query in QUERIES if query.module != "check"]


def check(conn: Connection[Any], /) -> list[Difference]:
    """Return the differences between the live schema and the one that the code was generated from.

    No lock is waited for longer than two seconds; then StatementTimeoutError names the table. The
    connection must be outside a transaction.
    """
    failures: list[str] = []
    while True:
        try:
            return _check(conn)
        except errors.StatementTimeoutError as exc:
            raise _naming_locked(conn, exc) from exc
        except errors.StoreError as exc:
            if exc.sqlstate == "42501":
                raise errors.StoreError(f"nothing was compared: {exc}, {_BY_DEFAULT}") from exc
            if exc.sqlstate not in _CHANGING:
                raise
            failures.append(str(exc))
            if failures[-_ALIKE:] == failures[-1:] * _ALIKE:
                raise errors.StoreError(f"the schema can't be read: {exc}") from exc
        except pydantic.ValidationError:  # A definition is NULL because its object was dropped.
            failures.append("objects were dropped during the check")
        if len(failures) == _ATTEMPTS:
            raise errors.StoreError(
                f"the schema is being changed: {failures[-1]}; check again later", retryable=True
            )
        sleep(0.05)


def _check(conn: Connection[Any]) -> list[Difference]:
    schema = CATALOG.schema
    with translating(conn, reading=True):
        with conn.transaction():
            conn.execute(_NEEDED)
            settings = queries.list_session_settings(conn)
            queries.configure_check(conn)
            role = queries.get_live_role(conn, schema=schema)
            if (reason := too_short_transactions(settings, role)) is not None:
                raise errors.StatementTimeoutError(reason, sqlstate="25P04")
            catalog = _read_catalog(conn, schema)
            if not any(table.name in _TABLES for table in catalog.tables):
                namesakes = queries.list_namesakes(conn, schema=schema, names=_ALL_NAMES)
                home = moved_schema(_ALL_NAMES, namesakes)
                if home is not None or not role.schema_exists:
                    return [missing_schema(schema, home, is_replaced=role.schema_exists)]
            state = _read_state(conn, settings, role, catalog)
            listed = state.migrations
            visible = role.usage and (listed is None or (listed.is_list and listed.readable))
            progress = read_progress(conn) if visible else None
            described, locked = ([], []) if not role.usage else describe(conn, _STATEMENTS)
            state = replace(state, locked=locked)
            answers = Answers()
            while True:
                found = compare(CATALOG, catalog, state, progress, described, _STATEMENTS, answers)
                if not answers.open:
                    return found
                _answer(conn, answers)


def _read_state(
    conn: Connection[Any],
    settings: Sequence[ListSessionSettingsRow],
    role: GetLiveRoleRow,
    live: Catalog,
) -> State:
    schema, names = CATALOG.schema, [*_NAMES, *namable(CATALOG, live)]
    return State(
        settings=settings,
        options=conn.info.options,
        locked=(),
        role=role,
        migrations=queries.find_migration_list(conn, schema=schema),
        relations=queries.list_live_relations(conn, schema=schema, names=names),
        namesakes=queries.list_namesakes(conn, schema=schema, names=_ALL_NAMES),
        lacking_columns=queries.list_lacking_column_rights(conn, schema=schema, names=names),
        rules=queries.list_live_rules(conn, schema=schema, names=names),
        lacking_of_owners=queries.list_lacking_owner_rights(conn, schema=schema, names=names),
        refused_functions=queries.list_refused_functions(conn, schema=schema),
        refused_sequences=queries.list_refused_sequences(conn, schema=schema, names=names),
        unenforced_tables=queries.list_unenforced_tables(conn, schema=schema),
        growing_indexes=queries.list_growing_indexes(conn, schema=schema),
        sequences=queries.list_sequences_of_ids(conn, schema=schema, names=names),
        holders=queries.list_foreign_holders(conn, schema=schema, names=names),
        published=queries.list_published_tables(conn, schema=schema, names=names),
        operator_classes=queries.list_operator_classes(conn),
        all_domains=queries.list_domains(conn),
        insert_triggers=queries.list_insert_triggers(conn, schema=schema),
        policies=queries.list_policies(conn, schema=schema),
        refused_checks=queries.list_refused_checks(conn, schema=schema),
        refused_defaults=queries.list_refused_defaults(conn, schema=schema),
    )


def _read_catalog(conn: Connection[Any], schema: str) -> Catalog:
    with RawCursor(conn, row_factory=tuple_row) as cursor:
        cursor.execute(READ_CATALOG, (schema,))
        row = cursor.fetchone()
    return parse_catalog(row and row[0])


def _answer(conn: Connection[Any], answers: Answers) -> None:
    """Run the queries that a comparison needs. Each reads one row, and takes half a second at most."""
    for statement in answers.open:
        try:
            with conn.transaction(force_rollback=True):
                conn.execute("SET LOCAL statement_timeout = '500ms'")
                with conn.cursor(row_factory=tuple_row) as cursor:
                    cursor.execute(statement.encode())
                    answers.given[statement] = Answer(cursor.fetchone() or ())
        except psycopg.Error as exc:
            if is_of_the_server(exc) and not isinstance(exc, psycopg.errors.QueryCanceled):
                raise
            answers.given[statement] = Answer(sqlstate=exc.sqlstate, message=in_words(exc))
    answers.open.clear()


def _naming_locked(
    conn: Connection[Any], exc: errors.StatementTimeoutError
) -> errors.StatementTimeoutError:
    """Return an error that names the locked tables, and who locks them."""
    why = str(exc)
    if exc.sqlstate == "55P03":
        try:
            locks = queries.list_locks(conn, schema=CATALOG.schema)
        except psycopg.errors.InsufficientPrivilege:
            why = "a lock on a table; pg_locks, which this role may not read, has its name"
        else:
            held = (f"{CATALOG.schema}.{lock.relation} (by {lock.holder})" for lock in locks)
            why = printable(f"a lock on {', '.join(held)}") if locks else why
    return errors.StatementTimeoutError(f"nothing was compared: {why}", sqlstate=exc.sqlstate)
