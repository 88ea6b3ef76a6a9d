"""A statement with an operator that PostgreSQL does not have is refused, and no other one."""

from collections.abc import Iterator
from itertools import product

import psycopg
import pytest
from conformance import server
from psycopg.pq import ExecStatus
from sqlc_gen_psycopg.analysis import Database
from sqlc_gen_psycopg.analysis.signatures import is_known, operator

OPERATORS = ("=", "<", "+", "-", "||", "~~", "~", "@>", "&&", "->", "?")
TYPES = (
    *("bool", "int2", "int4", "int8", "numeric", "float4", "float8", "money", "text", "varchar"),
    *("bpchar", "name", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid"),
    *("json", "jsonb", "bytea", "inet", "cidr", "macaddr", "bit", "varbit", "point", "box", "path"),
    *("circle", "tsvector", "tsquery", "oid", "regclass", "pg_lsn", "xid", "tid", "jsonpath"),
    *("int4range", "daterange", "int4multirange", "int4[]", "text[]", "varchar[]", "jsonb[]"),
)


@pytest.fixture(scope="module")
def conn() -> Iterator[psycopg.Connection]:
    with server.running() as url, psycopg.connect(url, autocommit=True) as conn:
        yield conn


def test_all_operators_of_the_server_are_known(conn: psycopg.Connection) -> None:
    database = Database(has_all_operators=True)
    refused: list[str] = []
    verdicts = {True: 0, False: 0}
    for name, left, right in product(OPERATORS, TYPES, TYPES):
        statement = f"SELECT NULL::{left} {name} NULL::{right}"
        is_there = conn.pgconn.prepare(b"", statement.encode()).status == ExecStatus.COMMAND_OK
        is_missing = operator(database, name, left, right) is None
        assert is_known(database, left)
        verdicts[is_there] += 1
        if is_there and is_missing:
            refused.append(statement)
    assert not refused, "\n".join(refused)
    assert verdicts[True] > 700
    assert verdicts[False] > 10000


@pytest.mark.parametrize("type_", ["citext", "record", "anyarray", "public.thing", "public.mood"])
def test_operators_of_other_types_are_not_refused(type_: str) -> None:
    database = Database(has_all_operators=type_ != "public.mood", enums={("public", "mood")})
    assert not is_known(database, type_)
