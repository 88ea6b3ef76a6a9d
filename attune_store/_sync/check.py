"""Reading what the schema check compares: catalog, rights, migrations, and every query prepared."""

from collections.abc import Sequence
from itertools import chain
from time import sleep
from typing import Any

import psycopg
import pydantic
from attune_queries import check as queries
from attune_queries.catalog import CATALOG, READ_CATALOG, Catalog, parse_catalog
from attune_queries.manifest import QUERIES, Query
from psycopg import Connection, RawCursor
from psycopg.rows import tuple_row

from attune_store import errors
from attune_store._describe import describing
from attune_store._drift import Answer, Answers, Described, State, compare
from attune_store._sync.migrate import read_progress
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
            conn.execute(_NEEDED)
            queries.configure_check(conn)
            state = _read_state(conn, schema)
            if not state.role.schema_exists:
                return [_no_schema(schema)]
            catalog = _read_catalog(conn, schema)
            visible = state.role.usage and state.role.migrations
            progress = read_progress(conn) if visible else None
            described = _describe(conn, _STATEMENTS) if state.role.usage else []
            answers = Answers()
            while True:
                found = compare(CATALOG, catalog, state, progress, described, _STATEMENTS, answers)
                if not answers.open:
                    return found
                _answer(conn, answers)


def _is_of_the_server(exc: psycopg.Error) -> bool:
    """Whether it is no fault of the statement: lost, locked, cancelled, or internal."""
    state = exc.sqlstate
    return state is None or state == "55P03" or state[:2] in {"08", "57", "XX"}


def _no_schema(schema: str) -> Difference:
    remedy = "run `attune-store migrate`"
    return Difference(Severity.BREAKING, f"schema {schema}", "present", None, (), remedy)


def _read_state(conn: Connection[Any], schema: str) -> State:
    return State(
        role=queries.get_live_role(conn, schema=schema),
        relations=queries.list_live_relations(conn, schema=schema, names=_NAMES),
        lacking_columns=queries.list_lacking_column_rights(conn, schema=schema, names=_NAMES),
        rules=queries.list_live_rules(conn, schema=schema, names=_NAMES),
        lacking_of_owners=queries.list_lacking_owner_rights(conn, schema=schema, names=_NAMES),
        refused_functions=queries.list_refused_functions(conn, schema=schema),
        refused_sequences=queries.list_refused_sequences(conn, schema=schema),
        unenforced_tables=queries.list_unenforced_tables(conn, schema=schema),
        growing_indexes=queries.list_growing_indexes(conn, schema=schema),
        odd_sequences=queries.list_odd_sequences(conn, schema=schema),
        operator_classes=queries.list_operator_classes(conn),
        plain_domains=queries.list_plain_domains(conn),
        insert_triggers=queries.list_insert_triggers(conn, schema=schema),
        refused_defaults=queries.list_refused_defaults(conn, schema=schema),
    )


def _read_catalog(conn: Connection[Any], schema: str) -> Catalog:
    with RawCursor(conn, row_factory=tuple_row) as cursor:
        cursor.execute(READ_CATALOG, (schema,))
        row = cursor.fetchone()
    return parse_catalog(row and row[0])


def _answer(conn: Connection[Any], answers: Answers) -> None:
    """Run what a comparison has to know; each statement reads one row, and half a second at most."""
    for statement in answers.open:
        try:
            with conn.transaction(force_rollback=True):
                conn.execute("SET LOCAL statement_timeout = '500ms'")
                with conn.cursor(row_factory=tuple_row) as cursor:
                    cursor.execute(statement.encode())
                    answers.given[statement] = Answer(cursor.fetchone() or ())
        except psycopg.Error as exc:
            if _is_of_the_server(exc) and not isinstance(exc, psycopg.errors.QueryCanceled):
                raise
            answers.given[statement] = Answer(sqlstate=exc.sqlstate)
    answers.open.clear()


def _describe(conn: Connection[Any], statements: Sequence[Query]) -> list[Described]:
    """Prepare every query, and ask for the types of its parameters and columns."""
    answers: list[tuple[list[int], list[int]] | psycopg.Error] = []
    conn.execute("SAVEPOINT described")
    for query in statements:
        try:
            answers.append(conn.wait(describing(conn.pgconn, query.sql)))
        except psycopg.Error as exc:
            if _is_of_the_server(exc):
                raise
            answers.append(exc)
            conn.execute("ROLLBACK TO SAVEPOINT described")
    oids = {oid for answer in answers if isinstance(answer, tuple) for oid in chain(*answer)}
    names = {row.oid: row.name for row in queries.list_type_names(conn, oids=list(oids))}
    described: list[Described] = []
    for query, answer in zip(statements, answers, strict=True):
        if isinstance(answer, psycopg.Error):
            message = answer.diag.message_primary or str(answer)
            described.append(Described(query, refusal=message, sqlstate=answer.sqlstate))
        else:
            parameters, columns = (tuple(names[oid] for oid in side) for side in answer)
            described.append(Described(query, parameters, columns))
    return described


def _naming_locked(
    conn: Connection[Any], exc: errors.StatementTimeoutError
) -> errors.StatementTimeoutError:
    """An error that names the tables which others lock, or want to."""
    locks = queries.list_locks(conn, schema=CATALOG.schema)
    names = ", ".join(f"{CATALOG.schema}.{lock.relation} (by process {lock.pid})" for lock in locks)
    message = f"nothing was compared, because of a lock on {names}" if locks else str(exc)
    return errors.StatementTimeoutError(message, sqlstate=exc.sqlstate)
