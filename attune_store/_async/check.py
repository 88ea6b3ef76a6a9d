"""Reading what the schema check compares: catalog, rights, migrations, and every query prepared."""

from asyncio import sleep
from collections.abc import Sequence
from itertools import chain
from typing import Any

import psycopg
import pydantic
from attune_queries.aio import check as queries
from attune_queries.catalog import CATALOG, READ_CATALOG, Catalog, parse_catalog
from attune_queries.manifest import QUERIES, Query
from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.rows import tuple_row

from attune_store import errors
from attune_store._async.migrate import read_progress
from attune_store._describe import describing
from attune_store._drift import Answer, Answers, Described, State, compare
from attune_store._translate import translating
from attune_store.errors import Difference, Severity

# What catalog functions raise, or leave empty, when their object goes away under them.
_CHANGING = {"XX000", "42P01", "42703", "42704", "42883"}
_ATTEMPTS = 30

# Without these, no generated function runs, and the others are set by one.
_NEEDED = "SET LOCAL client_encoding TO 'UTF8'; SET LOCAL \"DateStyle\" TO 'ISO, MDY'"

# The tables and views of the code: many others may stand beside them.
_NAMES = [table.name for table in CATALOG.tables] + [view.name for view in CATALOG.views]

# Those that the check does not run itself.
_STATEMENTS = [query for query in QUERIES if query.module != "check"]


async def check(conn: AsyncConnection[Any], /) -> list[Difference]:
    """Return how the live schema differs from the one that the code was generated from.

    Waits for no lock longer than two seconds: then raises StatementTimeoutError, which names the
    table. The connection is one outside a transaction.
    """
    failure: Exception | None = None
    for _ in range(_ATTEMPTS):
        try:
            return await _check(conn)
        except errors.StatementTimeoutError as exc:
            raise await _naming_locked(conn, exc) from exc
        except errors.StoreError as exc:
            if exc.sqlstate not in _CHANGING:
                raise
            failure = exc
        except pydantic.ValidationError as exc:
            failure = exc
        await sleep(0.05)
    raise errors.StoreError(
        f"the schema can't be read, or is being changed: {failure}", retryable=True
    ) from failure


async def _check(conn: AsyncConnection[Any]) -> list[Difference]:
    schema = CATALOG.schema
    with translating(conn, reading=True):
        async with conn.transaction():
            await conn.execute(_NEEDED)
            await queries.configure_check(conn)
            state = await _read_state(conn, schema)
            if not state.role.schema_exists:
                return [_no_schema(schema)]
            catalog = await _read_catalog(conn, schema)
            visible = state.role.usage and state.role.migrations
            progress = await read_progress(conn) if visible else None
            described = await _describe(conn, _STATEMENTS) if state.role.usage else []
            answers = Answers()
            while True:
                found = compare(CATALOG, catalog, state, progress, described, _STATEMENTS, answers)
                if not answers.open:
                    return found
                await _answer(conn, answers)


def _is_of_the_server(exc: psycopg.Error) -> bool:
    """Whether it is no fault of the statement: lost, locked, cancelled, or internal."""
    state = exc.sqlstate
    return state is None or state == "55P03" or state[:2] in {"08", "57", "XX"}


def _no_schema(schema: str) -> Difference:
    remedy = "run `attune-store migrate`"
    return Difference(Severity.BREAKING, f"schema {schema}", "present", None, (), remedy)


async def _read_state(conn: AsyncConnection[Any], schema: str) -> State:
    return State(
        role=await queries.get_live_role(conn, schema=schema),
        relations=await queries.list_live_relations(conn, schema=schema, names=_NAMES),
        lacking_columns=await queries.list_lacking_column_rights(conn, schema=schema, names=_NAMES),
        rules=await queries.list_live_rules(conn, schema=schema, names=_NAMES),
        lacking_of_owners=await queries.list_lacking_owner_rights(
            conn, schema=schema, names=_NAMES
        ),
        refused_functions=await queries.list_refused_functions(conn, schema=schema),
        refused_sequences=await queries.list_refused_sequences(conn, schema=schema),
        unenforced_tables=await queries.list_unenforced_tables(conn, schema=schema),
        growing_indexes=await queries.list_growing_indexes(conn, schema=schema),
        odd_sequences=await queries.list_odd_sequences(conn, schema=schema),
        operator_classes=await queries.list_operator_classes(conn),
        plain_domains=await queries.list_plain_domains(conn),
        insert_triggers=await queries.list_insert_triggers(conn, schema=schema),
        refused_defaults=await queries.list_refused_defaults(conn, schema=schema),
    )


async def _read_catalog(conn: AsyncConnection[Any], schema: str) -> Catalog:
    async with AsyncRawCursor(conn, row_factory=tuple_row) as cursor:
        await cursor.execute(READ_CATALOG, (schema,))
        row = await cursor.fetchone()
    return parse_catalog(row and row[0])


async def _answer(conn: AsyncConnection[Any], answers: Answers) -> None:
    """Run what a comparison has to know; each statement reads one row, and half a second at most."""
    for statement in answers.open:
        try:
            async with conn.transaction(force_rollback=True):
                await conn.execute("SET LOCAL statement_timeout = '500ms'")
                async with conn.cursor(row_factory=tuple_row) as cursor:
                    await cursor.execute(statement.encode())
                    answers.given[statement] = Answer(await cursor.fetchone() or ())
        except psycopg.Error as exc:
            if _is_of_the_server(exc) and not isinstance(exc, psycopg.errors.QueryCanceled):
                raise
            answers.given[statement] = Answer(sqlstate=exc.sqlstate)
    answers.open.clear()


async def _describe(conn: AsyncConnection[Any], statements: Sequence[Query]) -> list[Described]:
    """Prepare every query, and ask for the types of its parameters and columns."""
    answers: list[tuple[list[int], list[int]] | psycopg.Error] = []
    await conn.execute("SAVEPOINT described")
    for query in statements:
        try:
            answers.append(await conn.wait(describing(conn.pgconn, query.sql)))
        except psycopg.Error as exc:
            if _is_of_the_server(exc):
                raise
            answers.append(exc)
            await conn.execute("ROLLBACK TO SAVEPOINT described")
    oids = {oid for answer in answers if isinstance(answer, tuple) for oid in chain(*answer)}
    names = {row.oid: row.name for row in await queries.list_type_names(conn, oids=list(oids))}
    described: list[Described] = []
    for query, answer in zip(statements, answers, strict=True):
        if isinstance(answer, psycopg.Error):
            message = answer.diag.message_primary or str(answer)
            described.append(Described(query, refusal=message, sqlstate=answer.sqlstate))
        else:
            parameters, columns = (tuple(names[oid] for oid in side) for side in answer)
            described.append(Described(query, parameters, columns))
    return described


async def _naming_locked(
    conn: AsyncConnection[Any], exc: errors.StatementTimeoutError
) -> errors.StatementTimeoutError:
    """An error that names the tables which others lock, or want to."""
    locks = await queries.list_locks(conn, schema=CATALOG.schema)
    names = ", ".join(f"{CATALOG.schema}.{lock.relation} (by process {lock.pid})" for lock in locks)
    message = f"nothing was compared, because of a lock on {names}" if locks else str(exc)
    return errors.StatementTimeoutError(message, sqlstate=exc.sqlstate)
