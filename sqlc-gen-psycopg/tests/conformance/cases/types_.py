"""Every type as scalar, array and grid, parameter and result, nullable and not, with a case for each."""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import re
import uuid
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range
from pydantic import JsonValue

from ..case import Q, Script, case

UTC = dt.UTC

_TABLE = """
CREATE TABLE thing (
    id bigint PRIMARY KEY,
    v {type} NOT NULL,
    n {type},
    vs {type}[] NOT NULL,
    ns {type}[],
    grid {type}[][] NOT NULL,
    ngrid {type}[][]
);
COMMENT ON COLUMN thing.v IS 'A {type} that is never NULL.';
"""

_QUERIES = """
-- name: CreateThing :one
INSERT INTO thing (id, v, n, vs, ns, grid, ngrid)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING *;

-- name: GetThing :one
SELECT * FROM thing WHERE id = $1;

-- name: GetValue :one
SELECT v FROM thing WHERE id = $1;

-- name: GetNullable :one
SELECT n FROM thing WHERE id = $1;

-- name: ListValues :many
SELECT v FROM thing ORDER BY id;

-- name: ListNullables :many
SELECT id, n, ns, ngrid FROM thing ORDER BY id;

-- name: ListArrays :many
SELECT vs FROM thing ORDER BY id;

-- name: SetNullable :execrows
UPDATE thing SET n = sqlc.narg(n), ns = sqlc.narg(ns) WHERE id = sqlc.arg(id);

-- name: SetValue :exec
UPDATE thing SET v = sqlc.arg(v), vs = sqlc.arg(vs) WHERE id = sqlc.arg(id);

-- name: Echo :one
SELECT sqlc.arg(x)::{type} AS x;

-- name: EchoArray :one
SELECT sqlc.arg(xs)::{type}[] AS xs;

-- name: CopyThings :copyfrom
INSERT INTO thing (id, v, n, vs, ns, grid, ngrid) VALUES ($1, $2, $3, $4, $5, $6, $7);
"""

_EQUALITY = """
-- name: FindByValues :many
SELECT id FROM thing WHERE v = ANY(sqlc.arg(vs)::{type}[]) ORDER BY id;

-- name: FindByValue :many
SELECT id FROM thing WHERE v = $1 ORDER BY id;

-- name: FindOptional :many
SELECT id FROM thing WHERE sqlc.narg(v)::{type} IS NULL OR v = sqlc.narg(v) ORDER BY id;
"""

Samples = Sequence[Any] | Callable[[Q], Sequence[Any]]


def same(left: Any, right: Any) -> bool:
    """Return whether values are equal, with NaN equal to itself."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float | Decimal) and isinstance(right, float | Decimal):
        return left == right or (math.isnan(left) and math.isnan(right))
    return type(left) is type(right) and bool(left == right)


def add(
    name: str,
    type_: str,
    samples: Samples,
    *,
    before: str = "",
    equality: bool = True,
) -> None:
    """Add a case for a type, with a round trip for each sample."""

    def script(q: Q) -> Script:
        values = list(samples(q) if callable(samples) else samples)
        first = values[0]
        row = yield q.create_thing(id=1, v=first, n=None, vs=[], ns=None, grid=[], ngrid=None)
        assert (row.n, row.vs, row.ns, row.grid, row.ngrid) == (None, [], None, [], None)
        for id_, value in enumerate(values, 2):
            grid = [[value, first], [first, value]]
            row = yield q.create_thing(
                id=id_, v=value, n=value, vs=[value], ns=values, grid=grid, ngrid=grid
            )
            assert same(row.v, value), (row.v, value)
            assert same(row.n, value), (row.n, value)
            assert same(row.vs, [value]), (row.vs, value)
            assert same(row.ns, values), (row.ns, values)
            assert same(row.grid, grid), (row.grid, grid)
            assert same(row.ngrid, grid), (row.ngrid, grid)
            assert same((yield q.echo(x=value)), value)
            assert same((yield q.get_value(id=id_)), value)
            assert same((yield q.get_nullable(id=id_)), value)
        assert same((yield q.echo_array(xs=values)), values)
        assert (yield q.echo_array(xs=[])) == []
        assert (yield q.get_nullable(id=1)) is None
        assert (yield q.get_value(id=0)) is None
        assert same((yield q.list_values()), [first, *values])
        assert same((yield q.list_arrays()), [[], *([value] for value in values)])
        assert (yield q.set_nullable(id=2, n=None, ns=None)) == 1
        assert (yield q.set_nullable(id=2, n=values[-1], ns=[])) == 1
        yield q.set_value(id=2, v=values[-1], vs=values)
        row = yield q.get_thing(id=2)
        assert same(row.v, values[-1]) and same(row.vs, values) and row.ns == []
        assert (yield q.get_thing(id=0)) is None
        if equality:
            found = yield q.find_by_values(vs=[values[-1]])
            assert 2 in found
            assert (yield q.find_by_values(vs=[])) == []
            assert 2 in (yield q.find_by_value(v=values[-1]))
            assert len((yield q.find_optional(v=None))) == len(values) + 1
        rows = yield q.list_nullables()
        assert len(rows) == len(values) + 1
        copies = [
            {
                "id": 100 + n,
                "v": value,
                "n": None,
                "vs": [value],
                "ns": [],
                "grid": [[value]],
                "ngrid": None,
            }
            for n, value in enumerate(values)
        ]
        assert (yield q.copy_things(copies)) == len(values)
        row = yield q.get_thing(id=100)
        assert same(row.v, first) and row.n is None and same(row.grid, [[first]])

    case(
        schema=before + _TABLE.format(type=type_),
        queries=(_QUERIES + (_EQUALITY if equality else "")).format(type=type_),
        name=name,
        # With a database, all types are in one case, `everything`, at the end.
        modes=("static",),
    )(script)
    _ALL[name] = (type_, before)


_ALL: dict[str, tuple[str, str]] = {}


add("smallint", "smallint", [0, -32768, 32767])
add("integer", "integer", [0, -(2**31), 2**31 - 1])
add("bigint", "bigint", [0, -(2**63), 2**63 - 1])
add("int_aliases", "int4", [7])
add("int8_alias", "int8", [2**40])
add("real", "real", [0.5, -1e30, math.inf, -math.inf, math.nan])
add("double", "double precision", [0.1, 1.7976931348623157e308, 5e-324, math.inf, math.nan])
add("float8_alias", "float8", [2.5])
add("numeric", "numeric", [Decimal("0"), Decimal("1e-50"), Decimal("9" * 60), Decimal("NaN")])
add("numeric_scaled", "numeric(10,2)", [Decimal("0.00"), Decimal("-99999999.99")])
add("decimal_alias", "decimal(6,3)", [Decimal("1.500")])
add("boolean", "boolean", [True, False])
add("bool_alias", "bool", [False, True])
add("text", "text", ["", "plain", "ünï ☃ 𝄞", "a'b\"c\\d\n\t,{}%s $1", "NULL", "x" * 5000])
add("varchar", "varchar(20)", ["", "abc", "{a,b}"])
add("varchar_unbound", "character varying", ["", "long" * 50])
add("char", "char(3)", ["abc", "xyz"])
add("bpchar_alias", "character(2)", ["ab"])
add("inner_char", '"char"', ["a", "z"])
add("name", "name", ["pg_class", "x"])
add(
    "citext",
    "citext",
    ["Ann", "ÖL"],
    before="CREATE EXTENSION citext;",
)
add("bytea", "bytea", [b"", b"\x00\xff\\x", bytes(range(256))])
add("date", "date", [dt.date(2024, 2, 29), dt.date.min, dt.date.max])
add("time", "time", [dt.time(0), dt.time(23, 59, 59, 999999)])
add("timetz", "timetz", [dt.time(1, tzinfo=UTC), dt.time(12, 30, tzinfo=UTC)])
add(
    "timestamp",
    "timestamp",
    [dt.datetime(2024, 1, 1), dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999999)],
)
add("timestamp_long", "timestamp without time zone", [dt.datetime(2024, 6, 1, 12)])
add(
    "timestamptz",
    "timestamptz",
    [dt.datetime(2024, 1, 1, tzinfo=UTC), dt.datetime(1900, 1, 1, 1, 2, 3, 4, tzinfo=UTC)],
)
add(
    "timestamptz_long",
    "timestamp with time zone",
    [dt.datetime(9999, 12, 31, 23, tzinfo=UTC), dt.datetime(1, 1, 2, tzinfo=UTC)],
)
add(
    "interval",
    "interval",
    [dt.timedelta(0), dt.timedelta(days=-3, microseconds=1), dt.timedelta(days=40, hours=30)],
)
add("uuid", "uuid", [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)])
add("money", "money", lambda q: _money(q))
add("inet", "inet", lambda q: _inet(q))
add("cidr", "cidr", lambda q: _cidr(q))
add("macaddr", "macaddr", ["08:00:2b:01:02:03"])
add("macaddr8", "macaddr8", ["08:00:2b:01:02:03:04:05"])
add("bit", "bit(3)", ["101", "000"])
add("varbit", "bit varying", ["", "1", "0101"])
add("varbit_sized", "varbit(8)", ["1", "01010101"])
_JSON: list[Any] = [
    {},
    [],
    {"a": [1, 2.5, None, True, "ü☃"], "b": {"c": {}}},
    "text",
    0,
    12345678901234567890123,
    False,
]
add("json", "json", _JSON, equality=False)
add("jsonb", "jsonb", _JSON)
add("oid", "oid", lambda q: _by_annotation(q, [0, 2**32 - 1]))
add("xid", "xid", lambda q: _by_annotation(q, [3, 42]))
add("xid8", "xid8", lambda q: _by_annotation(q, [3, 2**40]))
add("cid", "cid", lambda q: _by_annotation(q, [0, 5]))
add("tid", "tid", ["(0,1)", "(7,9)"])
add("regclass", "regclass", ["pg_class", "pg_type"], equality=False)
add("regtype", "regtype", ["integer", "text"], equality=False)
add("pg_lsn", "pg_lsn", ["0/0", "16/B374D848"])
add("jsonpath", "jsonpath", ['$."a"', '$."a"[*]'], equality=False)
add("point", "point", ["(1,2)", "(-1.5,0)"], equality=False)
add("line", "line", ["{1,2,3}"])
add("lseg", "lseg", ["[(0,0),(1,1)]"])
add("box", "box", ["(1,1),(0,0)", "(2.5,3),(0,-1)"])
add("path", "path", ["[(0,0),(1,1)]", "((0,0),(1,1),(2,0))"])
add("polygon", "polygon", ["((0,0),(1,1),(2,0))"], equality=False)
add("circle", "circle", ["<(0,0),1>"])
add("tsvector", "tsvector", ["'a':1 'b':2", ""])
add("tsquery", "tsquery", ["'a' & 'b'"])
add("ltree", "ltree", ["a.b.c", "x"], before="CREATE EXTENSION ltree;")
add("lquery", "lquery", ["a.*"], before="CREATE EXTENSION ltree;", equality=False)
add("vector", "vector", ["[1,2,3]", "[0,0,0.5]"], before="CREATE EXTENSION vector;")
add("vector_sized", "vector(3)", ["[1,2,3]"], before="CREATE EXTENSION vector;")
add(
    "hstore",
    "hstore",
    [{}, {"a": "1", "b": None, 'c"d': "=>,\\"}],
    before="CREATE EXTENSION hstore;",
)
add("int4range", "int4range", [Range(1, 5), Range(empty=True), Range(None, None)])
add("int8range", "int8range", [Range(-(2**60), 2**60), Range(1, None)])
add("numrange", "numrange", [Range(Decimal("1.5"), Decimal("2.5"), "[]"), Range(None, Decimal(0))])
add(
    "tsrange",
    "tsrange",
    [Range(dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)), Range(dt.datetime(2024, 1, 1), None)],
)
add(
    "tstzrange",
    "tstzrange",
    [
        Range(dt.datetime(2024, 1, 1, tzinfo=UTC), dt.datetime(2024, 1, 2, tzinfo=UTC)),
        Range(None, dt.datetime(2024, 1, 1, tzinfo=UTC)),
    ],
)
add("daterange", "daterange", [Range(dt.date(2024, 1, 1), dt.date(2025, 1, 1)), Range(empty=True)])
add("int4multirange", "int4multirange", [Multirange([Range(1, 3), Range(5, 9)]), Multirange()])
add("int8multirange", "int8multirange", [Multirange([Range(2**40, None)])])
add("nummultirange", "nummultirange", [Multirange([Range(Decimal(1), Decimal(2))])])
add(
    "tsmultirange",
    "tsmultirange",
    [Multirange([Range(dt.datetime(2024, 1, 1), dt.datetime(2024, 2, 1))])],
)
add(
    "tstzmultirange",
    "tstzmultirange",
    [Multirange([Range(dt.datetime(2024, 1, 1, tzinfo=UTC), None)]), Multirange()],
)
add(
    "datemultirange",
    "datemultirange",
    [Multirange([Range(dt.date(2024, 1, 1), dt.date(2024, 2, 1))])],
)
add(
    "range_custom",
    "floatrange",
    [Range(0.5, 1.5), Range(None, 2.0)],
    before="CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);",
)
add(
    "enum",
    "mood",
    lambda q: list(q.enums.Mood),
    before="CREATE TYPE mood AS ENUM ('happy', 'sad', 'so so', 'it''s, {odd} \"label\"');",
)
add(
    "enum_schema",
    "hr.status",
    lambda q: list(q.enums.Status),
    before="CREATE SCHEMA hr; CREATE TYPE hr.status AS ENUM ('open', 'closed');",
)
add(
    "enum_quoted",
    '"Order Status"',
    lambda q: list(q.enums.OrderStatus),
    before="CREATE TYPE \"Order Status\" AS ENUM ('NEW', 'Paid', '1st');",
)
add(
    "domain_text",
    "email",
    ["a@b", "ü@x"],
    before="CREATE DOMAIN email AS text CHECK (VALUE ~ '@');",
)
add(
    "domain_citext",
    "handle",
    ["Ann", "bob"],
    before="CREATE EXTENSION citext; CREATE DOMAIN handle AS citext CHECK (length(VALUE) < 9);",
)
add(
    "domain_numeric",
    "amount",
    [Decimal("0.00"), Decimal("12.50")],
    before="CREATE DOMAIN amount AS numeric(12,2) CHECK (VALUE >= 0);",
)
add(
    "domain_int",
    "positive",
    [1, 2**31 - 1],
    before="CREATE DOMAIN positive AS integer CHECK (VALUE > 0);",
)
add(
    "domain_domain",
    "tiny",
    [1, 9],
    before="CREATE DOMAIN positive AS integer CHECK (VALUE > 0);"
    "CREATE DOMAIN tiny AS positive CHECK (VALUE < 10);",
)
add(
    "domain_uuid",
    "public_id",
    [uuid.UUID(int=7)],
    before="CREATE DOMAIN public_id AS uuid;",
)
add(
    "domain_jsonb",
    "object",
    [{}, {"a": [1]}],
    before="CREATE DOMAIN object AS jsonb CHECK (jsonb_typeof(VALUE) = 'object');",
)
add(
    "domain_enum",
    "working_day",
    lambda q: list(q.enums.Day)[:2],
    before="CREATE TYPE day AS ENUM ('mon', 'tue', 'sun');"
    "CREATE DOMAIN working_day AS day CHECK (VALUE <> 'sun');",
    equality=False,
)
add(
    "domain_timestamptz",
    "instant",
    [dt.datetime(2024, 1, 1, tzinfo=UTC)],
    before="CREATE DOMAIN instant AS timestamptz;",
)
add(
    "domain_schema",
    "app.slug",
    ["a-b", "c"],
    before="CREATE SCHEMA app; CREATE DOMAIN app.slug AS varchar(40) CHECK (VALUE ~ '^[a-z-]+$');",
)
add(
    "composite",
    "address",
    lambda q: [
        q.models.Address(street='1, Main "St"', zip="12345", floor=None),
        q.models.Address(street=None, zip=None, floor=-1),
    ],
    before="CREATE TYPE address AS (street text, zip varchar(9), floor integer);",
    # `v = $1` makes the parameter a record, and PostgreSQL reads no text of a record.
    equality=False,
)
add(
    "composite_rich",
    "line_item",
    lambda q: [
        q.models.LineItem(
            sku="a",
            price=Decimal("1.50"),
            tags=["x", "y,z"],
            unit=q.enums.Unit.KG,
            meta={"a": [1]},
            at=dt.datetime(2024, 1, 1, tzinfo=UTC),
        ),
        q.models.LineItem(sku=None, price=None, tags=None, unit=None, meta=None, at=None),
        q.models.LineItem(sku="", price=None, tags=[], unit=None, meta={}, at=None),
    ],
    before="CREATE TYPE unit AS ENUM ('kg', 'piece'); CREATE TYPE line_item AS"
    " (sku text, price numeric, tags text[], unit unit, meta jsonb, at timestamptz);",
    equality=False,
)
add(
    "composite_nested",
    "person",
    lambda q: [
        q.models.Person(name="Ann", home=q.models.Place(city="Ulm", spot="(1,2)"), others=[]),
        q.models.Person(name="Bob", home=None, others=[q.models.Place(city="x", spot=None)]),
    ],
    before="CREATE TYPE place AS (city text, spot point);"
    "CREATE TYPE person AS (name text, home place, others place[]);",
    equality=False,
)
add(
    "composite_schema",
    "geo.span",
    lambda q: [q.models.Span(a=1, b=2), q.models.Span(a=None, b=None)],
    before="CREATE SCHEMA geo; CREATE TYPE geo.span AS (a integer, b integer);",
    equality=False,
)


def _everything() -> None:
    columns = ["id bigint PRIMARY KEY"]
    queries = [
        "-- name: Everything :many\nSELECT * FROM everything ORDER BY id;",
        "-- name: Outer :many\nSELECT e.id, o.* FROM everything e"
        " LEFT JOIN everything o ON o.id = e.id + 3;",
    ]
    before: dict[str, None] = {}
    for name, (type_, statements) in _ALL.items():
        before |= dict.fromkeys(
            part.strip() for part in re.split(r";(?=\s*(?:CREATE|$))", statements)
        )
        columns += [f"{name}_v {type_}", f"{name}_a {type_}[]", f"{name}_g {type_}[][]"]
        if name in ("domain_text", "domain_schema"):
            continue  # The attack has no sample that their CHECKs accept, so each has a case of its own.
        title = "".join(part.title() for part in name.split("_"))
        queries.append(
            f"-- name: Echo{title} :one\nSELECT sqlc.arg(x)::{type_} AS x,"
            f" sqlc.narg(n)::{type_} AS n, sqlc.arg(xs)::{type_}[] AS xs;"
        )
        queries.append(
            f"-- name: Set{title} :execrows\nUPDATE everything SET {name}_v = sqlc.arg(v),"
            f" {name}_a = sqlc.arg(a), {name}_g = sqlc.arg(g) WHERE id = sqlc.arg(id);"
        )

    def script(q: Q) -> Script:
        assert (yield q.everything()) == []

    case(
        schema=";\n".join(part for part in before if part)
        + f";\nCREATE TABLE everything ({', '.join(columns)});",
        queries="\n\n".join(queries),
        name="everything",
    )(script)


def _by_annotation(q: Q, values: list[int]) -> list[Any]:
    """Numbers, or their text if the plugin reads the type as text."""
    return [str(value) for value in values] if q.signature("echo")["x"] == "str" else list(values)


def _money(q: Q) -> list[Any]:
    texts = ["$0.00", "$1,234.56", "-$92,233,720,368,547,758.08"]
    if q.signature("echo")["x"] == "str":
        return texts
    return [Decimal(text.replace("$", "").replace(",", "")) for text in texts]


def _inet(q: Q) -> list[Any]:
    texts = ["10.0.0.1", "::1", "192.168.1.5/24", "2001:db8::1/64"]
    if q.signature("echo")["x"] == "str":
        return texts
    return [(ipaddress.ip_interface if "/" in t else ipaddress.ip_address)(t) for t in texts]


def _cidr(q: Q) -> list[Any]:
    texts = ["10.0.0.0/8", "2001:db8::/32"]
    if q.signature("echo")["x"] == "str":
        return texts
    return [ipaddress.ip_network(text) for text in texts]


_everything()


@case(
    schema="""
    CREATE TYPE mood AS ENUM ('happy', 'sad');
    CREATE DOMAIN good AS mood;
    CREATE TYPE mood_range AS RANGE (subtype = mood);
    CREATE TYPE day AS (title text, mood mood);
    CREATE TABLE diary (
        id integer PRIMARY KEY, mood mood NOT NULL, maybe mood, moods mood[] NOT NULL,
        good good NOT NULL, span mood_range NOT NULL, day day NOT NULL
    );
    """,
    queries="""
    -- name: CreateDiary :exec
    INSERT INTO diary (id, mood, maybe, moods, good, span, day)
    VALUES (1, $1, $2, $3, $4, $5, $6);
    -- name: GetDiary :one
    SELECT * FROM diary WHERE id = $1;
    -- name: ListMoods :many
    SELECT mood FROM diary;
    -- name: ListMaybe :many
    SELECT id, maybe FROM diary;
    -- name: ListArrays :many
    SELECT moods FROM diary;
    -- name: ListGood :many
    SELECT good FROM diary;
    -- name: ListSpans :many
    SELECT span FROM diary;
    -- name: ListDays :many
    SELECT day FROM diary;
    """,
)
def unknown_label(q: Q) -> Script:
    """A label that was added to the database later, in each place of a result."""
    mood = q.enums.Mood
    lists = (q.list_moods, q.list_maybe, q.list_arrays, q.list_good, q.list_spans, q.list_days)
    yield q.create_diary(
        mood=mood.SAD,
        maybe=mood.SAD,
        moods=[mood.HAPPY, mood.SAD],
        good=mood.SAD,
        span=Range(mood.HAPPY, mood.SAD),
        day=q.models.Day(title="today", mood=mood.SAD),
    )
    diary = yield q.get_diary(id=1)
    assert diary.moods == [mood.HAPPY, mood.SAD]
    assert diary.day.mood is mood.SAD
    for find in lists:
        assert len((yield find())) == 1
    yield q.sql("ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'")
    unknown = q.module("support").UnknownLabelError
    assert issubclass(unknown, ValueError)
    for find in (lambda: q.get_diary(id=1), *lists):
        with pytest.raises(unknown, match="'blue', which Mood does not have") as failure:
            yield find()
        assert failure.value.enum is mood
        assert failure.value.label == "blue"
    yield q.sql("ALTER TYPE mood RENAME VALUE 'blue' TO 'sad'")


@case(
    schema="CREATE TABLE plans (id integer PRIMARY KEY, every interval NOT NULL, due timestamp);",
    queries="""
    -- name: CreatePlan :one
    INSERT INTO plans (id, every) VALUES ($1, $2) RETURNING every;
    -- name: AMonth :one
    SELECT interval '1 month' AS every, interval '1 year' AS yearly, (interval '1 month')::text AS said;
    -- name: PlanText :one
    SELECT every::text FROM plans WHERE id = $1;
    """,
)
def interval_of_a_month(q: Q) -> Script:
    """Python has no months: a month is 30 days, as in psycopg."""
    month = yield q.a_month()
    assert (month.every, month.yearly, month.said) == (
        dt.timedelta(days=30),
        dt.timedelta(days=365),
        "1 mon",
    )
    assert (yield q.create_plan(id=1, every=month.every)) == dt.timedelta(days=30)
    assert (yield q.plan_text(id=1)) == "30 days"


@case(
    schema="CREATE TABLE docs (id integer PRIMARY KEY, body jsonb NOT NULL, more jsonb, every jsonb[]);",
    queries="""
    -- name: CreateDoc :exec
    INSERT INTO docs (id, body, more) VALUES ($1, $2, $3);
    -- name: CreateNull :exec
    INSERT INTO docs (id, body) VALUES ($1, 'null'::jsonb);
    -- name: GetDoc :one
    SELECT * FROM docs WHERE id = $1;
    -- name: GetBody :one
    SELECT body FROM docs WHERE id = $1;
    -- name: GetMore :one
    SELECT more FROM docs WHERE id = $1;
    -- name: MoreIsNull :one
    SELECT more IS NULL FROM docs WHERE id = $1;
    -- name: BodyIsNull :one
    SELECT jsonb_typeof(body) = 'null' FROM docs WHERE id = $1;
    -- name: AllMore :one
    SELECT array_agg(more) FROM docs;
    """,
    annotations={"get_body": "JsonValue | None", "get_more": "JsonValue | None"},
)
def null_in_json(q: Q) -> Script:
    """None as an argument is NULL. In a result, None is the null of JSON or NULL."""
    hints = q.models.Doc.__annotations__
    assert (hints["body"], hints["more"]) == (JsonValue, JsonValue | None)
    assert hints["every"] == list[JsonValue] | None
    assert q.signature("create_doc")["more"] == "JsonValue | None"
    assert q.signature("create_doc")["body"] == "JsonValue"
    returned = q.function("all_more").__annotations__["return"]
    assert returned == list[JsonValue | None] | None
    yield q.create_doc(id=1, body={"a": None}, more=None)
    yield q.create_null(id=2)
    assert (yield q.get_body(id=2)) is None
    assert (yield q.body_is_null(id=2)) is True
    assert (yield q.get_more(id=1)) is None
    assert (yield q.more_is_null(id=1)) is True
    assert (yield q.get_doc(id=1)).body == {"a": None}
    assert (yield q.all_more()) == [None, None]


@case(
    schema="""
    CREATE SCHEMA app;
    CREATE TYPE floats AS RANGE (subtype = double precision);
    CREATE TYPE app.pos_range AS RANGE (subtype = integer);
    CREATE TYPE app.dates AS RANGE (subtype = date, multirange_type_name = app.calendar);
    CREATE TYPE fresh AS RANGE (subtype = date, multirange_type_name = stale_multirange);
    CREATE TABLE thing (
        f floats, fs floats_multirange, p app.pos_range, ps app.pos_multirange,
        d app.dates, ds app.calendar NOT NULL, many app.calendar[], s fresh, ss stale_multirange
    );
    """,
    queries="""
    -- name: Put :one
    INSERT INTO thing (f, fs, p, ps, d, ds, many, s, ss) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    RETURNING *;

    -- name: Computed :many
    SELECT lower(fs) AS low, range_merge(ds) AS merged, unnest(fs) AS part, multirange(d) AS alone,
        ps * ps AS both, upper(d) AS high, isempty(fs) AS nothing
    FROM thing;

    -- name: Gathered :one
    SELECT range_agg(d) AS all_days, range_intersect_agg(ds) AS shared FROM thing;

    -- name: Within :many
    SELECT f FROM thing WHERE fs @> sqlc.arg(f)::floats;
    """,
    loose=("computed[].low", "computed[].both", "computed[].nothing"),
)
def multiranges_of_users(q: Q) -> Script:
    days = Range(dt.date(2024, 1, 1), dt.date(2024, 2, 1))
    put = yield q.put(
        f=Range(1.5, 2.5),
        fs=Multirange([Range(1.5, 2.5)]),
        p=None,
        ps=Multirange([Range(1, 3)]),
        d=days,
        ds=Multirange([days]),
        many=[Multirange([days]), Multirange()],
        s=days,
        ss=Multirange([days]),
    )
    assert (put.fs, put.many[0], put.ss) == (Multirange([Range(1.5, 2.5)]), put.ds, put.ds)
    (row,) = yield q.computed()
    assert (row.low, row.merged, row.alone) == (1.5, days, Multirange([days]))
    assert (yield q.gathered()).all_days == Multirange([days])
    assert (yield q.within(f=Range(1.6, 1.7))) == [Range(1.5, 2.5)]
