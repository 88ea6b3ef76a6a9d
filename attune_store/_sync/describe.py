"""Prepare the queries of the code on a live database, as far as locks allow."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import psycopg
from attune_queries import check as queries
from attune_queries.catalog import CATALOG
from attune_queries.manifest import Query
from psycopg import Connection, sql
from psycopg.errors import InsufficientPrivilege, LockNotAvailable

from attune_store._describe import describing
from attune_store._drift.queries import Described


def describe(
    conn: Connection[Any], statements: Sequence[Query]
) -> tuple[list[Described], list[str]]:
    """Return the types of each query's parameters and columns.

    Also return the tables that others have locked against writes, as CREATE INDEX does. Queries
    that write them are left out. Raises LockNotAvailable if the tables can't even be read.
    """
    answers: dict[Query, tuple[list[int], list[int]] | psycopg.Error] = {}
    locked: list[str] = []
    conn.execute("SAVEPOINT described")
    for query in statements:
        if any(_writes(query, table) for table in locked):
            continue
        try:
            answers[query] = conn.wait(describing(conn.pgconn, query.sql))
        except LockNotAvailable:
            conn.execute("ROLLBACK TO SAVEPOINT described")
            locked = locked or _locked_tables(conn)
            if not any(table in query.sql for table in locked):
                raise
            # It has waited for them once.
            conn.execute("SET LOCAL lock_timeout = '100ms'; SAVEPOINT described")
        except psycopg.Error as exc:
            if is_of_the_server(exc):
                raise
            answers[query] = exc
            conn.execute("ROLLBACK TO SAVEPOINT described")
    oids = {
        oid for answer in answers.values() if isinstance(answer, tuple) for oid in chain(*answer)
    }
    names = {row.oid: row.name for row in queries.list_type_names(conn, oids=list(oids))}
    described: list[Described] = []
    for query, answer in answers.items():
        if isinstance(answer, psycopg.Error):
            described.append(Described(query, refusal=in_words(answer), sqlstate=answer.sqlstate))
        else:
            parameters, columns = (tuple(names[oid] for oid in side) for side in answer)
            described.append(Described(query, parameters, columns))
    return described, locked


def is_of_the_server(exc: psycopg.Error) -> bool:
    """Return whether the statement is not the cause: a lost connection, a lock, a cancellation..."""
    state = exc.sqlstate
    return state is None or state == "55P03" or state[:2] in {"08", "57", "XX"}


def in_words(exc: psycopg.Error) -> str:
    """Return PostgreSQL's own message, with its detail."""
    parts = (exc.diag.message_primary or str(exc), exc.diag.message_detail)
    return ": ".join(part for part in parts if part)


def _writes(query: Query, table: str) -> bool:
    target = f"{CATALOG.schema}.{table}"
    return any(
        f"{command} {target}{end}" in query.sql
        for command in ("INSERT INTO", "UPDATE", "DELETE FROM", "MERGE INTO")
        for end in (" ", "\n")
    )


def _locked_tables(conn: Connection[Any]) -> list[str]:
    """Return the tables that can be read, but not written, until another transaction has ended."""
    locked: list[str] = []
    for table in CATALOG.tables:
        for mode in "ACCESS SHARE", "ROW EXCLUSIVE":
            statement = sql.SQL("LOCK TABLE {} IN {} MODE NOWAIT").format(
                sql.Identifier(CATALOG.schema, table.name), sql.SQL(mode)
            )
            try:
                with conn.transaction(force_rollback=True):
                    conn.execute(statement)
            except LockNotAvailable:
                if mode == "ROW EXCLUSIVE":
                    locked.append(table.name)
                break
            except (InsufficientPrivilege, psycopg.errors.UndefinedTable):
                break
    return locked
