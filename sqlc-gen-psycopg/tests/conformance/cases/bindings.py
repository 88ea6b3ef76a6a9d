"""Each name that a module defines has one meaning, whatever the names of queries and tables."""

from __future__ import annotations

import datetime as dt
import importlib
from typing import Any

from ..case import Call, Q, Script, case


def _module(q: Q, name: str) -> Any:
    """Return the sync module of a query file, which has its classes."""
    return importlib.import_module(f"{q.package.__name__.removesuffix('.aio')}.{name}")


def _querier(q: Q) -> Any:
    """Return a Querier on the connection, or an AsyncQuerier."""
    kind = "AsyncQuerier" if type(q.conn).__name__.startswith("Async") else "Querier"
    return getattr(_module(q, "query"), kind)(q.conn)


LINKS = "CREATE TABLE links (id bigint PRIMARY KEY, url text NOT NULL, hits int);"


@case(
    schema=LINKS,
    queries="""
    -- name: TouchURL :execrows
    UPDATE links SET hits = hits + 1 WHERE id = @id;
    -- name: TouchUrl :execrows
    DELETE FROM links WHERE id = @id;
    -- name: StatURL :one
    SELECT id, hits FROM links WHERE id = @id;
    -- name: StatUrl :one
    SELECT hits, url FROM links WHERE id = @id;
    -- name: HitsOfURL :one
    SELECT hits FROM links WHERE hits = sqlc.narg(value) OR id = 1;
    -- name: HitsOfUrl :one
    SELECT url FROM links WHERE url = sqlc.narg(value) OR id = 1;
    -- name: PutURL :copyfrom
    INSERT INTO links (id, url) VALUES ($1, $2);
    -- name: PutUrl :copyfrom
    INSERT INTO links (url, hits, id) VALUES ($1, $2, $3);
    -- name: put_url :batchexec
    UPDATE links SET url = $2 WHERE id = $1;
    """,
    options={"emit_sync_querier": True, "emit_async_querier": True},
)
def differ_in_case(q: Q) -> Script:
    """Queries whose names differ only in the case of an acronym run their own statements."""
    functions = {item.name: item.function for item in q.module("manifest").QUERIES}
    assert len(set(functions.values())) == 9

    def call(query: str, **values: object) -> Call:
        return Call(functions[query], keywords=values)

    def put(query: str, *rows: dict[str, object]) -> Call:
        return Call(functions[query], (list(rows),))

    assert (yield put("PutURL", {"id": 1, "url": "a"})) == 1
    assert (yield put("PutUrl", {"id": 2, "url": "b", "hits": 7})) == 1
    yield put("put_url", {"id": 2, "url": "c"})
    assert (yield call("TouchURL", id=2)) == 1
    first, second = (yield call("StatURL", id=2)), (yield call("StatUrl", id=2))
    assert vars(first) == {"id": 2, "hits": 8} and vars(second) == {"hits": 8, "url": "c"}
    assert type(first) is not type(second)
    assert (yield call("HitsOfURL", value=None)) is None
    assert (yield call("HitsOfUrl", value=None)) == "a"
    assert (yield call("TouchUrl", id=2)) == 1
    assert (yield call("StatURL", id=2)) is None


@case(
    schema="CREATE TABLE z (id int PRIMARY KEY, n text);",
    queries="""
    -- name: Scalar :many
    SELECT id, n FROM z;
    -- name: Tuple :many
    SELECT n, id FROM z;
    -- name: TupleRow :exec
    DELETE FROM z WHERE id = $1;
    -- name: Dataclass :many
    SELECT n FROM z WHERE n IS NOT DISTINCT FROM sqlc.narg(tuple_row);
    -- name: Missing :one
    SELECT count(*) FROM z WHERE n IS NULL;
    -- name: Psycopg :one
    SELECT n FROM z WHERE n = @psycopg;
    -- name: Querier :one
    SELECT id FROM z LIMIT 1;
    -- name: _datetime :one
    SELECT now();
    -- name: _conn :one
    SELECT n AS _datetime, now() AS datetime FROM z;
    -- name: __init__ :one
    SELECT 1 AS one;
    -- name: __secret :many
    SELECT id, 1 AS one FROM z;
    -- name: Any :many
    SELECT id, 2 AS "Any" FROM z;
    -- name: Range :many
    SELECT int4range(id, 9) AS range FROM z;
    -- name: Stat :one
    SELECT id, n, 1 AS one FROM z;
    -- name: StatRow :exec
    DELETE FROM z WHERE n = 'stat';
    -- name: stat_row :exec
    DELETE FROM z WHERE n = 'row';
    -- name: Stat_ :one
    SELECT n, id, 2 AS two FROM z;
    """,
    options={"emit_sync_querier": True, "emit_async_querier": True},
)
def called_like_imports(q: Q) -> Script:
    """Queries named like an import of the module, or like a definition of another query."""
    functions = {item.name: item.function for item in q.module("manifest").QUERIES}
    assert len(set(functions.values())) == 17
    assert functions["Scalar"] == "scalar" and functions["Range"] == "range_"
    module = q.modules["query"]
    querier = _querier(q)
    yield q.sql("INSERT INTO z VALUES (1, NULL), (2, 'two')")
    for on in (None, querier):

        def call(query: str, on: object = on, **values: object) -> Call:
            return Call(functions[query], keywords=values, target=on)

        assert [vars(row) for row in (yield call("Scalar"))][0] == {"id": 1, "n": None}
        assert [vars(row) for row in (yield call("Tuple"))][1] == {"n": "two", "id": 2}
        yield call("TupleRow", id=3)
        assert (yield call("Dataclass", tuple_row_=None)) == [None]
        assert (yield call("Missing")) == 1
        assert (yield call("Psycopg", psycopg_="two")) == "two"
        assert (yield call("Querier")) == 1
        assert (yield call("_datetime")).tzinfo is not None
        assert (yield call("_conn")).datetime is None
        assert (yield call("__init__")) == 1
        assert len((yield call("__secret"))) == 2
        assert (yield call("Any"))[0].Any == 2
        assert [found.upper for found in (yield call("Range"))] == [9, 9]
        assert vars((yield call("Stat"))) == {"id": 1, "n": None, "one": 1}
        assert vars((yield call("Stat_"))) == {"n": None, "id": 1, "two": 2}
        yield call("StatRow")
        yield call("stat_row")
    assert module.__all__ and len(set(module.__all__)) == len(module.__all__)


@case(
    schema='CREATE TABLE books (id int PRIMARY KEY, title text, "TITLE" text, due timestamptz);',
    queries="""
    -- name: Title :many
    SELECT title FROM books WHERE title = sqlc.narg(title) OR sqlc.narg(title)::text IS NULL;
    -- name: Shout :many
    SELECT id FROM books WHERE "TITLE" = $1 AND title = sqlc.arg('SHOUT');
    -- name: TITLE2 :many
    SELECT id, due FROM books WHERE "TITLE" = sqlc.narg('title2_row') OR id = 1;
    -- name: Due :many
    SELECT due FROM books WHERE due IS NOT DISTINCT FROM sqlc.narg(due_row) OR due > @datetime;
    -- name: Spans :many
    SELECT tstzrange(due, NULL) FROM books WHERE id > sqlc.arg('Range') AND title <> @codecs;
    """,
    options={"emit_sync_querier": True, "emit_async_querier": True},
)
def hidden_by_parameters(q: Q) -> Script:
    """Parameters named like their query, its constant or its row factory."""
    querier = _querier(q)
    yield q.sql("INSERT INTO books VALUES (1, 'x', 'X', '2024-01-01'), (2, NULL, NULL, NULL)")
    assert (yield q.title(title="x")) == ["x"]
    assert (yield q.on(querier, "title", title=None)) == ["x", None]
    keys = [key for key in q.signature("shout") if key != "return"]
    assert (yield q.shout(**dict(zip(keys, ["X", "x"], strict=True)))) == [1]
    (row,) = yield q.title2(title2_row=None)
    assert row.id == 1
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert (yield q.due(due_row=None, datetime=now)) == [None]
    assert (yield q.spans(Range=0, codecs_="y"))[0].upper is None


@case(
    schema="""
    CREATE TYPE "fooBar" AS ENUM ('a', 'b');
    CREATE TYPE foobar AS ENUM ('c');
    CREATE TYPE missing AS ENUM ('d');
    CREATE TYPE mood AS ENUM ('e');
    CREATE TYPE mood_array AS ENUM ('f');
    CREATE SCHEMA crm;
    CREATE TYPE crm.pair AS (a int, b text);
    CREATE TYPE crm_pair AS (x text);
    CREATE TABLE "siteURL" (id int PRIMARY KEY, bars "fooBar"[], others foobar[], gone missing[]);
    CREATE TABLE "siteUrl" (id int PRIMARY KEY, moods mood[], arrays mood_array[], uuid uuid);
    CREATE TABLE site_url (id int PRIMARY KEY, p crm.pair, q crm_pair);
    CREATE TABLE "Row" (id int PRIMARY KEY, "m²" int, "ﬁ" int, fi int);
    """,
    queries="""
    -- name: Sites :many
    SELECT * FROM "siteURL";
    -- name: OtherSites :many
    SELECT * FROM "siteUrl";
    -- name: MoreSites :many
    SELECT * FROM site_url;
    -- name: Rows :many
    SELECT * FROM "Row";
    -- name: PutBars :exec
    INSERT INTO "siteURL" (id, bars, others, gone) VALUES ($1, $2, $3, $4);
    -- name: PutPairs :exec
    INSERT INTO site_url (id, p, q) VALUES ($1, $2, $3);
    -- name: PutMoods :exec
    INSERT INTO "siteUrl" (id, moods, arrays) VALUES ($1, $2, $3);
    """,
)
def types_and_tables(q: Q) -> Script:
    """Models, row factories and codecs of types whose names differ only in case, or are derived."""
    manifest = {item.name: item.names for item in q.module("manifest").QUERIES}

    def put(query: str, *values: object) -> Call:
        function = next(f for f in manifest if f == query)
        name = {item.name: item.function for item in q.module("manifest").QUERIES}[function]
        return Call(name, keywords=dict(zip(manifest[query], values, strict=True)))

    enums = {
        tuple(item.value for item in getattr(q.enums, name)): getattr(q.enums, name)
        for name in q.enums.__all__
    }
    bar, other, gone = enums["a", "b"], enums["c",], enums["d",]
    yield put("PutBars", 1, [bar("a"), bar("b")], [other("c")], [gone("d")])
    yield put("PutBars", 2, None, None, None)
    yield put("PutMoods", 1, [enums["e",]("e")], [enums["f",]("f")])
    yield put("PutMoods", 2, None, None)
    pairs = [getattr(q.models, name) for name in q.models.__all__ if "Pair" in name]
    crm = next(pair for pair in pairs if "a" in pair.model_fields)
    own = next(pair for pair in pairs if "x" in pair.model_fields)
    yield put("PutPairs", 1, crm(a=1, b=None), own(x="x"))
    yield put("PutPairs", 2, None, None)
    first, second = yield q.sites()
    assert list(vars(first).values()) == [1, [bar("a"), bar("b")], [other("c")], [gone("d")]]
    assert list(vars(second).values()) == [2, None, None, None]
    moods = (yield q.other_sites())[0]
    assert list(vars(moods).values()) == [1, [enums["e",]("e")], [enums["f",]("f")], None]
    site = (yield q.more_sites())[0]
    assert (site.p, site.q) == (crm(a=1, b=None), own(x="x"))
    yield q.sql('INSERT INTO "Row" VALUES (1, 2, 3, NULL)')
    (row,) = yield q.rows_()
    assert list(vars(row).values()) == [1, 2, 3, None]


DOCUMENTS = {
    "models/__init__.py": "",
    "models/shop.py": "from pydantic import BaseModel\n\n\nclass Settings(BaseModel):\n    theme: str\n",
    "bindings_docs/__init__.py": "",
    "bindings_docs/models.py": "from pydantic import BaseModel\n\n\n"
    "class Settings(BaseModel):\n    size: int\n\n\nclass Base(BaseModel):\n    pass\n",
    "bindings_docs/more.py": "from pydantic import BaseModel\n\n\n"
    "class Settings(BaseModel):\n    colour: str\n",
}


@case(
    schema="CREATE TABLE users (id int PRIMARY KEY, a jsonb, b jsonb, c jsonb, bindings_docs int);",
    queries="""
    -- name: Users :many
    SELECT * FROM users;
    -- name: models :one
    SELECT a, b FROM users WHERE id = @models;
    -- name: bindings_docs :one
    SELECT c FROM users WHERE id = @bindings_docs;
    -- name: PutUser :exec
    INSERT INTO users (id, a, b, c, bindings_docs) VALUES ($1, $2, $3, $4, $5);
    """,
    options={
        "base_class": "bindings_docs.models.Base",
        "query_parameter_limit": 4,
        "overrides": [
            {"column": "users.a", "python_type": "models.shop.Settings"},
            {"column": "users.b", "python_type": "bindings_docs.models.Settings"},
            {"column": "users.c", "python_type": "bindings_docs.more.Settings"},
        ],
    },
    files=DOCUMENTS,
)
def modules_of_the_users(q: Q) -> Script:
    """Types with the same name, from modules named like generated ones, or like a query."""
    import bindings_docs.models as docs  # type: ignore[import-not-found]
    import bindings_docs.more as more  # type: ignore[import-not-found]
    import models.shop as shop  # type: ignore[import-not-found]

    a, b, c = shop.Settings(theme="dark"), docs.Settings(size=1), more.Settings(colour="red")
    bundle = _module(q, "query").PutUserParams
    yield q.put_user(bundle(1, a, b, c, None))
    yield q.put_user(bundle(2, None, None, None, 3))
    first, second = yield q.users()
    assert (first.a, first.b, first.c, first.bindings_docs) == (a, b, c, None)
    assert (second.a, second.b, second.c, second.bindings_docs) == (None, None, None, 3)
    functions = {item.name: item.function for item in q.module("manifest").QUERIES}
    row = yield getattr(q, functions["models"])(models_=1)
    assert (row.a, row.b) == (a, b)
    assert (yield getattr(q, functions["bindings_docs"])(bindings_docs=1)) == c


@case(
    schema="CREATE TABLE t (id int PRIMARY KEY, uuid uuid, int int, other uuid, str text);",
    queries={
        "dataclass": """
        -- name: Put :exec
        INSERT INTO t (uuid, int, other, id, str) VALUES ($1, $2, $3, $4, $5);
        -- name: Copy :copyfrom
        INSERT INTO t (uuid, int, other, id, str) VALUES ($1, $2, $3, $4, $5);
        -- name: Change :one
        UPDATE t SET uuid = CASE WHEN @set_uuid::bool THEN sqlc.narg(uuid) ELSE uuid END
        WHERE id = @id RETURNING uuid, other, int, str;
        """,
        "Final": """
        -- name: All :many
        SELECT * FROM t;
        """,
    },
    options={"query_parameter_limit": 1, "model": "dataclass"},
)
def fields_called_like_types(q: Q) -> Script:
    """Fields of parameters named like the types of others; files named like an import."""
    import uuid

    one = uuid.UUID(int=1)
    module = _module(q, "dataclass")
    yield q.put(module.PutParams(one, 1, None, 1, None))
    yield q.copy([{"id": 2, "uuid": None, "int": None, "other": one, "str": "s"}])
    found = yield q.all()
    assert [(row.id, row.uuid, row.int, row.other, row.str) for row in found] == [
        (1, one, 1, None, None),
        (2, None, None, one, "s"),
    ]
    row = yield q.change(module.ChangeParams(id=1, uuid=None))
    assert row.uuid is None


UNDERSCORES = """
CREATE TABLE sink (id int PRIMARY KEY, __deleted text, __ts_ms bigint, _synced timestamptz, deleted bool);
"""
UNDERSCORED = """
-- name: All :many
SELECT * FROM sink ORDER BY id;
-- name: ById :one
SELECT id FROM sink WHERE id = sqlc.arg(__key);
-- name: Put :exec
INSERT INTO sink (id, __deleted, _synced, deleted) VALUES ($1, $2, $3, $4);
-- name: Some :many
SELECT __deleted, _synced FROM sink WHERE _synced IS NOT DISTINCT FROM sqlc.narg(_synced);
-- name: Copy :copyfrom
INSERT INTO sink (id, __ts_ms) VALUES ($1, $2);
-- name: Change :one
UPDATE sink SET __ts_ms = CASE WHEN @set___ts_ms::bool THEN sqlc.narg(__ts_ms) ELSE __ts_ms END,
    _synced = CASE WHEN @set__synced::bool THEN sqlc.narg(_synced) ELSE _synced END
WHERE id = @__id RETURNING *;
"""


def _underscores(q: Q, put: Any, by_id: Any, some: Any, change: Any) -> Script:
    yield put(1, "gone", None, None)
    yield put(2, None, dt.datetime(2024, 1, 1, tzinfo=dt.UTC), True)
    assert (yield q.copy([{"id": 3, "ts_ms": None}, {"id": 4, "ts_ms": 5}])) == 2
    rows = yield q.all()
    assert [(row.id, row.deleted, row.ts_ms, row.deleted_2) for row in rows] == [
        (1, "gone", None, None),
        (2, None, None, True),
        (3, None, None, None),
        (4, None, 5, None),
    ]
    assert rows[0].synced is None
    assert (yield by_id(1)) == 1
    assert len((yield some(None))) == 3
    row = yield change({"id": 4, "ts_ms": None})
    assert (row.ts_ms, row.synced) == (None, None)


for _model in ("pydantic", "dataclass"):

    @case(
        schema=UNDERSCORES,
        queries=UNDERSCORED,
        options={"model": _model, "emit_sync_querier": True, "emit_async_querier": True},
        name=f"underscores_in_a_{_model}_and_a_querier",
    )
    def underscores_and_a_querier(q: Q) -> Script:
        """No name begins with an underscore, which a class would mangle or treat as private."""
        querier = _querier(q)
        yield from _underscores(
            q,
            lambda id_, gone, synced, deleted: q.on(
                querier, "put", id=id_, deleted=gone, synced=synced, deleted_2=deleted
            ),
            lambda key: q.on(querier, "by_id", key=key),
            lambda synced: q.some(synced=synced),
            lambda values: q.change(**values),
        )
        yield q.put(id=9, deleted=None, synced=None, deleted_2=None)
        assert (yield q.by_id(key=9)) == 9

    @case(
        schema=UNDERSCORES,
        queries=UNDERSCORED,
        options={"model": _model, "query_parameter_limit": 0, "emit_sync_querier": True},
        name=f"underscores_in_a_{_model}_and_params",
    )
    def underscores_and_params(q: Q) -> Script:
        """Params have the names of the rows of a COPY."""
        query, querier = _module(q, "query"), _querier(q)
        yield from _underscores(
            q,
            lambda *values: q.put(query.PutParams(*values)),
            lambda key: q.on(querier, "by_id", query.ByIdParams(key=key)),
            lambda synced: q.some(query.SomeParams(synced=synced)),
            lambda values: q.change(query.ChangeParams(**values)),
        )
        assert query.PutParams._fields == ("id", "deleted", "synced", "deleted_2")
        assert (yield q.by_id(query.ByIdParams(key=1))) == 1
