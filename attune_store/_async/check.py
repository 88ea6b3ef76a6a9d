"""Read what the schema check compares: the catalog, rights, migrations, and the description of every query."""

from asyncio import sleep
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import psycopg
import pydantic
from attune_queries.aio import check as queries
from attune_queries.catalog import CATALOG, READ_CATALOG, Catalog, parse_catalog
from attune_queries.check import GetLiveRoleRow, ListSessionSettingsRow
from attune_queries.manifest import QUERIES
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.rows import tuple_row

from attune_store import errors
from attune_store._async.describe import describe, in_words, is_of_the_server
from attune_store._async.migrate import read_progress
from attune_store._drift.answers import Answer, Answers
from attune_store._drift.compare import compare
from attune_store._drift.likeness import namable
from attune_store._drift.schemas import missing_schema, moved_schema
from attune_store._drift.settings import too_short_transactions
from attune_store._drift.state import State
from attune_store._printable import printable
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


async def check(conn: AsyncConnection[Any], /) -> list[Difference]:
    """Return the differences between the live schema and the one that the code was generated from.

    No lock is waited for longer than two seconds; then StatementTimeoutError names the table. The
    connection must be outside a transaction.
    """
    failures: list[str] = []
    while True:
        try:
            return await _check(conn)
        except errors.StatementTimeoutError as exc:
            raise await _naming_locked(conn, exc) from exc
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
        await sleep(0.05)


async def _check(conn: AsyncConnection[Any]) -> list[Difference]:
    schema = CATALOG.schema
    with translating(conn, reading=True):
        async with conn.transaction():
            await conn.execute(_NEEDED)
            settings = await queries.list_session_settings(conn)
            await queries.configure_check(conn)
            role = await queries.get_live_role(conn, schema=schema)
            if (reason := too_short_transactions(settings, role)) is not None:
                raise errors.StatementTimeoutError(reason, sqlstate="25P04")
            catalog = await _read_catalog(conn, schema)
            if not any(table.name in _TABLES for table in catalog.tables):
                namesakes = await queries.list_namesakes(conn, schema=schema, names=_ALL_NAMES)
                home = moved_schema(_ALL_NAMES, namesakes)
                if home is not None or not role.schema_exists:
                    return [missing_schema(schema, home, is_replaced=role.schema_exists)]
            state = await _read_state(conn, settings, role, catalog)
            listed = state.migrations
            visible = role.usage and (listed is None or (listed.is_list and listed.readable))
            progress = await read_progress(conn) if visible else None
            described, locked = ([], []) if not role.usage else await describe(conn, _STATEMENTS)
            state = replace(state, locked=locked)
            answers = Answers()
            while True:
                found = compare(CATALOG, catalog, state, progress, described, _STATEMENTS, answers)
                if not answers.open:
                    return found
                await _answer(conn, answers)


async def _read_state(
    conn: AsyncConnection[Any],
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
        migrations=await queries.find_migration_list(conn, schema=schema),
        relations=await queries.list_live_relations(conn, schema=schema, names=names),
        namesakes=await queries.list_namesakes(conn, schema=schema, names=_ALL_NAMES),
        lacking_columns=await queries.list_lacking_column_rights(conn, schema=schema, names=names),
        rules=await queries.list_live_rules(conn, schema=schema, names=names),
        lacking_of_owners=await queries.list_lacking_owner_rights(conn, schema=schema, names=names),
        refused_functions=await queries.list_refused_functions(conn, schema=schema),
        refused_sequences=await queries.list_refused_sequences(conn, schema=schema, names=names),
        unenforced_tables=await queries.list_unenforced_tables(conn, schema=schema),
        growing_indexes=await queries.list_growing_indexes(conn, schema=schema),
        sequences=await queries.list_sequences_of_ids(conn, schema=schema, names=names),
        holders=await queries.list_foreign_holders(conn, schema=schema, names=names),
        published=await queries.list_published_tables(conn, schema=schema, names=names),
        operator_classes=await queries.list_operator_classes(conn),
        all_domains=await queries.list_domains(conn),
        insert_triggers=await queries.list_insert_triggers(conn, schema=schema),
        policies=await queries.list_policies(conn, schema=schema),
        refused_checks=await queries.list_refused_checks(conn, schema=schema),
        refused_defaults=await queries.list_refused_defaults(conn, schema=schema),
    )


async def _read_catalog(conn: AsyncConnection[Any], schema: str) -> Catalog:
    async with AsyncRawCursor(conn, row_factory=tuple_row) as cursor:
        await cursor.execute(READ_CATALOG, (schema,))
        row = await cursor.fetchone()
    return parse_catalog(row and row[0])


async def _answer(conn: AsyncConnection[Any], answers: Answers) -> None:
    """Run the queries that a comparison needs. Each reads one row, and takes half a second at most."""
    for statement in answers.open:
        try:
            async with conn.transaction(force_rollback=True):
                await conn.execute("SET LOCAL statement_timeout = '500ms'")
                async with conn.cursor(row_factory=tuple_row) as cursor:
                    await cursor.execute(statement.encode())
                    answers.given[statement] = Answer(await cursor.fetchone() or ())
        except psycopg.Error as exc:
            if is_of_the_server(exc) and not isinstance(exc, psycopg.errors.QueryCanceled):
                raise
            answers.given[statement] = Answer(sqlstate=exc.sqlstate, message=in_words(exc))
    answers.open.clear()


async def _naming_locked(
    conn: AsyncConnection[Any], exc: errors.StatementTimeoutError
) -> errors.StatementTimeoutError:
    """Return an error that names the locked tables, and who locks them."""
    why = str(exc)
    if exc.sqlstate == "55P03":
        try:
            locks = await queries.list_locks(conn, schema=CATALOG.schema)
        except psycopg.errors.InsufficientPrivilege:
            why = "a lock on a table; pg_locks, which this role may not read, has its name"
        else:
            held = (f"{CATALOG.schema}.{lock.relation} (by {lock.holder})" for lock in locks)
            why = printable(f"a lock on {', '.join(held)}") if locks else why
    return errors.StatementTimeoutError(f"nothing was compared: {why}", sqlstate=exc.sqlstate)
