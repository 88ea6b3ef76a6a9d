"""Arguments by name, columns with the same name, rows of records, and functions of enums."""

from __future__ import annotations

import datetime
import decimal
import math
import uuid

import pytest

from ..case import Q, Script, case, refusal

TABLES = """
CREATE TABLE a (id int PRIMARY KEY, n int, j jsonb);
CREATE TABLE b (id bigint PRIMARY KEY, a int NOT NULL, n text);
"""


@case(
    schema=TABLES,
    queries="""
    -- name: Day :one
    SELECT make_date(year => $1, month => $2, day => 3) AS day;

    -- name: Mixed :one
    SELECT make_date($1, day => sqlc.arg(day), month => 2) AS day;

    -- name: Put :many
    SELECT jsonb_set(jsonb_in => j, path => $1, replacement => $2) AS j FROM a;
    """,
    annotations={"day": "date", "mixed": "date", "put": "list[Optional[JsonValue]]"},
)
def arguments_by_name(q: Q) -> Script:
    assert (yield q.day(year=2024, month=2)) == datetime.date(2024, 2, 3)
    assert (yield q.mixed(year=2024, day=4)) == datetime.date(2024, 2, 4)
    yield q.sql("INSERT INTO a (id, j) VALUES (1, '{}'), (2, NULL)")
    assert (yield q.put(path=["x"], replacement=1)) == [{"x": 1}, None]


@case(
    schema=TABLES,
    queries="""
    -- name: OneRecord :many
    SELECT * FROM jsonb_to_record($1) AS r(x bigint);

    -- name: Records :many
    SELECT a.id, r FROM a, jsonb_to_recordset(j) AS r(x bigint);
    """,
)
def records_of_one_column(q: Q) -> Script:
    assert (yield q.one_record(jsonb_to_record={"x": 5})) == [5]
    yield q.sql("""INSERT INTO a (id, j) VALUES (1, '[{"x": 3}, {}]')""")
    assert [(row.id, row.x) for row in (yield q.records())] == [(1, 3), (1, None)]


@case(
    schema=TABLES,
    queries="""
    -- name: Both :many
    SELECT * FROM a JOIN b ON b.a = a.id;

    -- name: One :many
    WITH j AS (SELECT a.id, b.id, b.a FROM a JOIN b ON b.a = a.id) SELECT a FROM j;
    """,
    annotations={"both.id_2": "int", "both.n_2": "str | None"},
)
def columns_of_one_name(q: Q) -> Script:
    yield q.sql("INSERT INTO a (id) VALUES (1)")
    yield q.sql("INSERT INTO b VALUES (2, 1, 'x')")
    assert [(row.id, row.id_2, row.n_2) for row in (yield q.both())] == [(1, 2, "x")]
    assert (yield q.one()) == [1]


for _name, _query in {
    "join": "SELECT j.* FROM (a JOIN b ON b.a = a.id) AS j",
    "subquery": "SELECT * FROM (SELECT * FROM a JOIN b ON b.a = a.id) AS j",
    "cte": "WITH j AS (SELECT a.*, b.* FROM a JOIN b ON b.a = a.id) SELECT j.* FROM j",
}.items():
    refusal(
        f"star_over_a_{_name}_with_a_name_twice",
        schema=TABLES,
        queries=f"-- name: Twice :many\n{_query};",
        says=("Twice", "`*` of j", "more than one column", "AS a_n, b.n AS b_n"),
    )
refusal(
    "one_parameter_of_two_types",
    schema=TABLES,
    queries="-- name: Torn :many\nSELECT a.id FROM a, b WHERE $1 IN (a.id, b.id);",
    says=("Torn", "parameter id", "$1::integer IN (a.id, b.id)"),
)

MOOD = "CREATE TYPE mood AS ENUM ('calm', 'cross');\n"
FUNCTIONS = {
    "price": ("numeric", "1.50"),
    "since": ("date", "2024-02-03"),
    "noon": ("timestamp", "2024-02-03 12:00"),
    "lasts": ("interval", "90 minutes"),
    "key": ("uuid", "00000000-0000-0000-0000-000000000001"),
    "limit": ("float8", "infinity"),
    "rank": ("int", None),
    "next": ("mood", "cross"),
}


def _function(name: str, returns: str, value: str | None) -> str:
    written = "NULL" if value is None else f"'{value}'"
    return (
        f'CREATE FUNCTION "{name}"(mood) RETURNS {returns} IMMUTABLE LANGUAGE sql'
        f" AS $$ SELECT {written}::{returns} $$;\n"
    )


@case(
    schema=MOOD
    + "CREATE TABLE t (id int PRIMARY KEY, mood mood);\n"
    + "".join(_function(name, *given) for name, given in FUNCTIONS.items()),
    queries="-- name: Moods :many\nSELECT mood FROM t;",
    options={"enum_functions": [f'public."{name}"' for name in FUNCTIONS]},
    modes=("database",),
)
def functions_of_enums(q: Q) -> Script:
    mood = q.enums.Mood.CALM
    assert mood.price == decimal.Decimal("1.50")
    assert mood.since == datetime.date(2024, 2, 3)
    assert mood.noon == datetime.datetime(2024, 2, 3, 12)
    assert mood.lasts == datetime.timedelta(minutes=90)
    assert mood.key == uuid.UUID(int=1)
    assert mood.limit == math.inf
    assert mood.rank is None
    assert mood.next is q.enums.Mood.CROSS
    assert (yield q.moods()) == []


@case(
    schema="""
    CREATE TYPE part AS (label text, body jsonb, more jsonb[]);
    CREATE TABLE t (id int PRIMARY KEY, part part, parts part[]);
    """,
    queries="""
    -- name: Put :exec
    INSERT INTO t (id, part, parts) VALUES ($1, $2, $3);

    -- name: All :many
    SELECT * FROM t;
    """,
    options={"refuse_json_str": True},
)
def json_str_within_a_composite(q: Q) -> Script:
    part = q.models.Part
    good = part(label="x", body={"a": 1}, more=[[1], None])
    yield q.put(id=1, part=good, parts=[good])
    assert (yield q.all()) == [q.models.T(id=1, part=good, parts=[good])]
    for wrong, name in (
        (part(label=None, body="{}", more=None), "body"),
        (part(label=None, body=None, more=["{}"]), "more"),
    ):
        with pytest.raises(TypeError, match=f"Part.{name}: expected a JSON value, got str"):
            yield q.put(id=2, part=wrong, parts=None)
        with pytest.raises(TypeError, match=f"Part.{name}: expected"):
            yield q.put(id=2, part=None, parts=[wrong])
