"""Values are the same whether the server sends them as text or in binary."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from conformance import server
from psycopg.rows import tuple_row
from sqlc_gen_psycopg.templates.support.cursors import Cursor
from sqlc_gen_psycopg.templates.support.results import utc_range
from sqlc_gen_psycopg.types import BINARY

MOMENTS = [
    *("infinity", "-infinity", "0044-03-15 00:00:00+00 BC", "10000-01-01 00:00:00+00"),
    *("0001-01-02 00:00:00+00", "9999-12-30 23:59:59.999999+00", "1970-01-01 00:00:00+00"),
    *("1883-11-18 12:03:58.000001+00", "2024-03-10 07:00:00+00", "2024-11-03 05:59:59.9+00"),
]
DOCUMENTS = [
    *('{"b": 1, "a": [1.50, null, "\\u00e9"]}', "null", '"x"', "123456789012345678901234567890"),
    f"{'[' * 300}{']' * 300}",  # more levels than the fast decoder accepts
]
VALUES = {
    "bool": ["t", "f"],
    "bpchar": ["", "a  "],
    "bytea": ["", r"\x00ff5c"],
    "cidr": ["10.0.0.0/8", "::1/128"],
    "date": ["infinity", "-infinity", "0044-03-15 BC", "10000-01-01", "0001-01-01", "9999-12-31"],
    "float8": ["0.1", "1e308", "5e-324", "-0", "Infinity", "-Infinity", "NaN"],
    "inet": ["10.0.0.1", "10.0.0.1/8", "::1", "::1/64"],
    "int2": ["-32768", "32767"],
    "int4": ["-2147483648", "2147483647"],
    "int8": ["-9223372036854775808", "9223372036854775807"],
    "json": DOCUMENTS,
    "jsonb": DOCUMENTS,
    "name": ["", "a name"],
    "numeric": [
        *("0", "-0.00", "1.10", "100", "10000.0000", "1e-20", "1e500", "-1234567890123.123456789"),
        *("NaN", "Infinity", "-Infinity"),
    ],
    "oid": ["0", "4294967295"],
    "text": ["", "é", "a\nb", "NULL"],
    "timestamp": MOMENTS,
    "timestamptz": MOMENTS,
    "uuid": ["00000000-0000-0000-0000-000000000001"],
    "varchar": ["", "é"],
}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    name = server.own_name("formats")
    with server.running() as url:
        assert not server.create(url, {name: "CREATE TYPE mood AS ENUM ('sad', 'très gai')"})
        yield server.database_url(url, name)
        server.drop(url, [name])


def read(conn: psycopg.Connection[Any], expression: str, *, binary: bool) -> str:
    """Return the value that is read, or the class of the error."""
    with Cursor(conn, row_factory=tuple_row) as cursor:
        cursor.execute(f"SELECT {expression}".encode(conn.info.encoding), (), binary=binary)
        try:
            return repr([utc_range(value) for value in cursor.fetchone() or ()])
        except (psycopg.DataError, OverflowError) as exc:
            return repr(exc.__class__)


@pytest.mark.parametrize("zone", ["UTC", "America/St_Johns", "Asia/Kathmandu"])
@pytest.mark.parametrize("encoding", ["UTF8", "LATIN1"])
def test_a_value_is_the_same_in_both_formats(url: str, zone: str, encoding: str) -> None:
    assert VALUES.keys() == BINARY
    with psycopg.connect(url, client_encoding=encoding, options=f"-c timezone={zone}") as conn:
        for name, values in (*VALUES.items(), ("mood", ["sad", "très gai"])):
            literals = [f"'{value}'::{name}" for value in values]
            expressions = [*literals, f"NULL::{name}"]
            if name != "mood":
                expressions += [f"ARRAY[{literal}, NULL]" for literal in literals]
                expressions += [f"'{{}}'::{name}[]", f"ARRAY[[{literals[0]}], [NULL::{name}]]"]
            for expression in expressions:
                as_text = read(conn, expression, binary=False)
                assert read(conn, expression, binary=True) == as_text, expression
