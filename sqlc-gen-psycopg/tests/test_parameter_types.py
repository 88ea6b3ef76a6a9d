"""The types of parameters, and whether PostgreSQL finds one, are compared with a server."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from conformance import server
from psycopg.pq import DiagnosticField, ExecStatus
from sqlc_gen_psycopg.analysis import Database, analyse, read_schema

FILE = Path(__file__).with_name("parameter_types.sql")
SCHEMA, _, STATEMENTS = FILE.read_text().partition("-- statements\n")
# PostgreSQL's messages for a parameter, a function and an operator for which it finds no type.
NO_TYPE = {"42P18", "42P08", "42725"}
NAMES = """
    SELECT array_agg(CASE WHEN n.nspname = 'pg_catalog' THEN '' ELSE n.nspname || '.' END
        || coalesce(e.typname, t.typname) || CASE WHEN e.oid IS NULL THEN '' ELSE '[]' END
        ORDER BY u.number)
    FROM unnest(%s::oid[]) WITH ORDINALITY u (oid, number)
    JOIN pg_type t ON t.oid = u.oid
    LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
    JOIN pg_namespace n ON n.oid = coalesce(e.typnamespace, t.typnamespace)
"""


@pytest.fixture(scope="module")
def conn() -> Iterator[psycopg.Connection]:
    """Return a connection to a database with the schema."""
    name = server.own_name("parameter_types")
    with server.running() as url:
        assert not server.create(url, {name: SCHEMA})
        with psycopg.connect(server.database_url(url, name), autocommit=True) as conn:
            yield conn
        server.drop(url, [name])


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Return the schema as the analysis knows it without a database."""
    path = tmp_path_factory.mktemp("schema") / "schema.sql"
    path.write_text(SCHEMA)
    found = Database()
    read_schema(found, [path])
    return found


def test_parameters_have_the_types_of_the_server(
    conn: psycopg.Connection, database: Database
) -> None:
    wrong: list[str] = []
    verdicts = {"types": 0, "none": 0}
    for statement in STATEMENTS.splitlines():
        there = prepared(conn, statement)
        if there is None:
            continue  # invalid for another reason, on a server of this version
        analysis = analyse(database, statement)
        assert analysis is not None, statement
        known = [type_ for _, type_ in sorted(analysis.parameters.items())]
        here = [] if analysis.undetermined else known
        if there and analysis.missing:
            wrong.append(f"{statement}: without {analysis.missing[0]}, which the server has")
        verdicts["types" if there else "none"] += 1
        if here != there:
            wrong.append(f"{statement}: {here or 'refused'}, but the server: {there or 'refuses'}")
    assert not wrong, "\n".join(wrong)
    assert verdicts["types"] > 380
    assert verdicts["none"] > 50


def prepared(conn: psycopg.Connection, statement: str) -> list[str] | None:
    """Return the types of the parameters on the server, or none if it finds none for one of them."""
    result = conn.pgconn.prepare(b"", statement.encode())
    if result.status != ExecStatus.COMMAND_OK:
        state = (result.error_field(DiagnosticField.SQLSTATE) or b"").decode()
        return [] if state in NO_TYPE else None
    described = conn.pgconn.describe_prepared(b"")
    oids = [described.param_type(number) for number in range(described.nparams)]
    row = conn.execute(NAMES, (oids,)).fetchone()
    assert row is not None
    return list(row[0])
