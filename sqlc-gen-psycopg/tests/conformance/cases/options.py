"""Every option of the plugin, including those of gen-python."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import uuid
from decimal import Decimal
from typing import Any

import pytest
from psycopg.types.range import Range
from pydantic import BaseModel, ValidationError

from ..case import Q, Script, case

SCHEMA = """
CREATE TYPE book_kind AS ENUM ('fiction', 'non-fiction');
CREATE TABLE authors (id bigserial PRIMARY KEY, name text NOT NULL, bio text);
CREATE TABLE books (
    id bigserial PRIMARY KEY,
    author_id bigint NOT NULL REFERENCES authors (id),
    kind book_kind NOT NULL DEFAULT 'fiction',
    title text NOT NULL,
    published date,
    span int4range
);
CREATE TABLE unused_things (id integer PRIMARY KEY);
"""
QUERIES = """
-- name: CreateAuthor :one
INSERT INTO authors (name, bio) VALUES ($1, $2) RETURNING *;

-- name: CreateBook :one
INSERT INTO books (author_id, kind, title, published, span) VALUES ($1, $2, $3, $4, $5) RETURNING *;

-- name: GetAuthor :one
SELECT * FROM authors WHERE id = $1;

-- name: ListBooks :many
SELECT sqlc.embed(books), authors.name FROM books JOIN authors ON authors.id = books.author_id
ORDER BY books.id;

-- name: CountBooks :one
SELECT count(*) FROM books;

-- name: DeleteAuthor :execrows
DELETE FROM authors WHERE id = $1;
"""


def use(q: Q, models: Any) -> Script:
    """Call what works with all options that keep free functions and keywords."""
    ann = yield q.create_author(name="Ann", bio=None)
    kinds = list(q.enums.BookKind)
    book = yield q.create_book(
        author_id=ann.id, kind=kinds[1], title="T", published=dt.date(2024, 1, 1), span=None
    )
    assert book.kind is kinds[1] and book.published == dt.date(2024, 1, 1)
    assert (yield q.get_author(id=ann.id)) == ann
    assert isinstance(ann, models.Author) and isinstance(book, models.Book)
    (row,) = yield q.list_books()
    assert book in vars_of(row) and "Ann" in vars_of(row)
    assert (yield q.count_books()) == 1
    assert (yield q.delete_author(id=-1)) == 0


def vars_of(row: Any) -> list[Any]:
    """Return the values of a row of any kind."""
    if dataclasses.is_dataclass(row):
        return [getattr(row, item.name) for item in dataclasses.fields(row)]
    return list(vars(row).values())


@case(
    schema=SCHEMA,
    queries=QUERIES,
    options={
        "emit_sync_querier": True,
        "emit_async_querier": True,
        "emit_pydantic_models": True,
        "emit_str_enum": True,
        "emit_exact_table_names": False,
    },
)
def gen_python_block(q: Q) -> Script:
    """gen-python's options run unchanged, and both classes exist in addition to the functions."""
    yield from use(q, q.models)
    query = q.package.__name__.removesuffix(".aio")
    module = __import__(f"{query}.query", fromlist=["Querier"])
    assert {"Querier", "AsyncQuerier"} <= set(module.__all__)
    kind = "AsyncQuerier" if type(q.conn).__name__.startswith("Async") else "Querier"
    querier = getattr(module, kind)(q.conn)
    made = yield q.on(querier, "create_author", name="Q", bio="b")
    assert (yield q.on(querier, "get_author", id=made.id)) == made
    assert (yield q.on(querier, "delete_author", id=made.id)) == 1


@case(schema=SCHEMA, queries=QUERIES, options={"emit_sync_querier": True})
def sync_only(q: Q) -> Script:
    yield from use(q, q.models)


@case(schema=SCHEMA, queries=QUERIES, options={"emit_async_querier": True})
def async_only(q: Q) -> Script:
    yield from use(q, q.models)


@case(schema=SCHEMA, queries=QUERIES, options={"emit_pydantic_models": False})
def dataclass_by_gen_python(q: Q) -> Script:
    assert dataclasses.is_dataclass(q.models.Author)
    yield from use(q, q.models)


@case(schema=SCHEMA, queries=QUERIES, options={"model": "dataclass", "frozen": False})
def dataclass_not_frozen(q: Q) -> Script:
    author = q.models.Author(id=1, name="x", bio=None)
    author.name = "y"
    yield from use(q, q.models)


@case(schema=SCHEMA, queries=QUERIES, options={"frozen": False})
def pydantic_not_frozen(q: Q) -> Script:
    author = q.models.Author(id=1, name="x", bio=None)
    author.name = "y"
    yield from use(q, q.models)


@case(schema=SCHEMA, queries=QUERIES)
def pydantic_frozen(q: Q) -> Script:
    author = q.models.Author(id=1, name="x", bio=None)
    with pytest.raises(ValidationError):
        author.name = "y"
    assert issubclass(q.models.Author, BaseModel)
    yield from use(q, q.models)


@case(
    schema=SCHEMA,
    queries=QUERIES,
    options={"base_class": "conformance_base.Base"},
    files={
        "conformance_base.py": '"""A base class."""\n\nfrom pydantic import BaseModel\n\n\n'
        'class Base(BaseModel):\n    """Shouts."""\n\n    def shout(self) -> str:\n'
        '        """Say it loudly."""\n        return repr(self).upper()\n'
    },
)
def base_class(q: Q) -> Script:
    assert "NAME='X'" in q.models.Author(id=1, name="x", bio=None).shout()
    yield from use(q, q.models)


@case(schema=SCHEMA, queries=QUERIES, options={"emit_str_enum": False})
def plain_enum(q: Q) -> Script:
    import enum

    assert not issubclass(q.enums.BookKind, enum.StrEnum)
    assert issubclass(q.enums.BookKind, str)
    yield from use(q, q.models)


@case(schema=SCHEMA, queries=QUERIES, options={"emit_exact_table_names": True})
def exact_table_names(q: Q) -> Script:
    assert hasattr(q.models, "Authors") and hasattr(q.models, "UnusedThings")
    assert not hasattr(q.models, "Author")
    author = yield q.create_author(name="x", bio=None)
    yield q.create_book(
        author_id=author.id, kind=list(q.enums.BookKind)[0], title="", published=None, span=None
    )
    assert (yield q.get_author(id=author.id)) == author
    assert len((yield q.list_books())) == 1
    assert (yield q.count_books()) == 1
    assert (yield q.delete_author(id=-1)) == 0


@case(schema=SCHEMA, queries=QUERIES, options={"inflection_exclude_table_names": ["books"]})
def inflection_excluded(q: Q) -> Script:
    assert hasattr(q.models, "Books") and hasattr(q.models, "Author")
    yield q.sql("SELECT 1")


@case(schema=SCHEMA, queries=QUERIES, options={"omit_unused_models": True})
def omit_unused_models(q: Q) -> Script:
    assert not hasattr(q.models, "UnusedThing")
    yield from use(q, q.models)


@case(
    schema="CREATE SCHEMA shop; CREATE TYPE shop.kind AS ENUM ('a');"
    "CREATE TABLE shop.items (id integer PRIMARY KEY, kind shop.kind NOT NULL);",
    queries="""
    -- name: ListItems :many
    SELECT * FROM shop.items;
    """,
    options={"emit_schema_name_prefix": True},
)
def schema_name_prefix(q: Q) -> Script:
    assert hasattr(q.models, "ShopItem") and hasattr(q.enums, "ShopKind")
    assert (yield q.list_items()) == []


@case(schema=SCHEMA, queries=QUERIES, options={"query_parameter_limit": 2})
def parameter_limit(q: Q) -> Script:
    """More parameters than the limit are one argument."""
    author = yield q.create_author(name="x", bio=None)
    query = __import__(f"{q.package.__name__.removesuffix('.aio')}.query", fromlist=["query"])
    params = query.CreateBookParams(
        author_id=author.id,
        kind=list(q.enums.BookKind)[0],
        title="t",
        published=None,
        span=None,
    )
    book = yield q.create_book(params)
    assert book.title == "t" and (yield q.create_book(arg=params)).id != book.id


@case(schema=SCHEMA, queries=QUERIES, options={"query_parameter_limit": 0})
def parameter_limit_zero(q: Q) -> Script:
    query = __import__(f"{q.package.__name__.removesuffix('.aio')}.query", fromlist=["query"])
    author = yield q.create_author(query.CreateAuthorParams(name="x", bio=None))
    assert (yield q.get_author(query.GetAuthorParams(id=author.id))) == author
    assert (yield q.count_books()) == 0


@case(
    schema=SCHEMA,
    queries=QUERIES,
    options={"rename": {"authors": "Writer", "bio": "biography", "book_kind": "Genre"}},
)
def rename(q: Q) -> Script:
    author = yield q.create_author(name="x", biography="b")
    assert isinstance(author, q.models.Writer) and author.biography == "b"
    assert hasattr(q.enums, "Genre")


@case(
    schema="""
    CREATE TABLE settings (
        id uuid PRIMARY KEY,
        doc jsonb NOT NULL,
        maybe jsonb,
        amount numeric(12, 2) NOT NULL,
        docs jsonb[] NOT NULL DEFAULT '{}'
    );
    """,
    queries="""
    -- name: PutSettings :one
    INSERT INTO settings (id, doc, maybe, amount) VALUES ($1, $2, $3, $4)
    ON CONFLICT (id) DO UPDATE SET doc = excluded.doc, maybe = excluded.maybe RETURNING *;

    -- name: GetDoc :one
    SELECT doc FROM settings WHERE id = $1;

    -- name: ListSettings :many
    SELECT id, doc, maybe FROM settings ORDER BY id;

    -- name: SetDoc :execrows
    UPDATE settings SET doc = sqlc.arg(doc) WHERE id = sqlc.arg(id);
    """,
    options={
        "overrides": [
            {"column": "settings.doc", "python_type": "conformance_docs.Preferences"},
            {"column": "public.settings.maybe", "python_type": "conformance_docs.Point"},
        ]
    },
    files={
        "conformance_docs.py": '"""Documents."""\n\nfrom pydantic import BaseModel\nfrom typing_extensions import TypedDict\n\n\n'
        ""
        'class Preferences(BaseModel):\n    """Preferences."""\n\n    theme: str\n'
        "    sizes: list[int] = []\n\n\n"
        'class Point(TypedDict):\n    """A point."""\n\n    x: int\n    y: int\n'
    },
)
def typed_jsonb(q: Q) -> Script:
    """jsonb columns as models of the user, validated on the way in and out."""
    import conformance_docs as docs  # type: ignore[import-not-found]

    id_ = uuid.UUID(int=1)
    row = yield q.put_settings(
        id=id_, doc=docs.Preferences(theme="dark"), maybe={"x": 1, "y": 2}, amount=Decimal(1)
    )
    assert row.doc == docs.Preferences(theme="dark") and row.maybe == {"x": 1, "y": 2}
    assert (yield q.get_doc(id=id_)) == row.doc
    assert (yield q.set_doc(doc=docs.Preferences(theme="light", sizes=[1]), id=id_)) == 1
    (listed,) = yield q.list_settings()
    assert listed.doc.sizes == [1] and listed.maybe == {"x": 1, "y": 2}
    yield q.sql("UPDATE settings SET maybe = NULL")
    assert (yield q.list_settings())[0].maybe is None
    with pytest.raises(ValidationError):
        yield q.put_settings(id=id_, doc={"theme": 1}, maybe=None, amount=Decimal(1))


@case(
    schema="CREATE TABLE t (id integer PRIMARY KEY, sure text, unsure text NOT NULL);"
    "CREATE VIEW v AS SELECT id, sure FROM t WHERE sure IS NOT NULL;",
    queries="""
    -- name: Everything :many
    SELECT * FROM t;
    -- name: View :many
    SELECT * FROM v;
    """,
    options={"overrides": [{"column": "v.*", "nullable": False}]},
)
def nullable_override(q: Q) -> Script:
    assert q.models.V.model_fields["sure"].annotation is str
    assert (yield q.view()) == []
    assert (yield q.everything()) == []


JSON_SCHEMA = """
CREATE DOMAIN document AS jsonb;
CREATE TABLE papers (
    id integer PRIMARY KEY, body jsonb NOT NULL, more json, every jsonb[] NOT NULL DEFAULT '{}', own document
);
"""
JSON_QUERIES = """
-- name: CreatePaper :one
INSERT INTO papers (id, body, more, every, own) VALUES ($1, $2, $3, $4, $5) RETURNING *;

-- name: SetBody :execrows
UPDATE papers SET body = CASE WHEN sqlc.arg(set_body)::bool THEN sqlc.arg(body)::jsonb ELSE body END
WHERE id = sqlc.arg(id);

-- name: PapersWith :many
SELECT id FROM papers WHERE body @> sqlc.arg(part)::jsonb ORDER BY id;

-- name: AddPapers :copyfrom
INSERT INTO papers (id, body, more) VALUES ($1, $2, $3);
"""
ENCODED = json.dumps({"a": 1})


@case(schema=JSON_SCHEMA, queries=JSON_QUERIES, options={"refuse_json_str": True})
def json_str_refused(q: Q) -> Script:
    """An encoded document is refused as an argument. The annotation says what is accepted."""
    some = "dict[str, JsonValue] | list[JsonValue] | int | float | bool"
    assert q.signature("papers_with")["part"] == some
    assert q.signature("create_paper")["own"] == f"{some} | None"
    given = {"id": 1, "body": {"a": 1}, "more": ["x"], "every": [{"b": 2}], "own": None}
    row = yield q.create_paper(**given)
    assert row == q.models.Paper(**given)
    for wrong in ({"body": ENCODED}, {"more": "x"}, {"every": [ENCODED]}, {"own": ENCODED}):
        (name,) = wrong
        with pytest.raises(TypeError, match=f"{name}: expected a JSON value, got str; pass the"):
            yield q.create_paper(**given | {"id": 2} | wrong)
    with pytest.raises(TypeError, match="body: expected"):
        yield q.set_body(id=1, body=ENCODED)
    with pytest.raises(TypeError, match="part: expected"):
        yield q.papers_with(part=ENCODED)
    with pytest.raises(TypeError, match="more: expected"):
        yield q.add_papers([{"id": 3, "body": 1, "more": ENCODED}])
    assert (yield q.set_body(id=1)) == 1
    assert (yield q.set_body(id=1, body=[1, "x", None])) == 1
    assert (yield q.papers_with(part=["x"])) == [1]
    assert (yield q.add_papers([{"id": 3, "body": {}, "more": None}])) == 1


@case(schema=JSON_SCHEMA, queries=JSON_QUERIES)
def json_str_encoded_twice(q: Q) -> Script:
    """Without the option a str is a JSON string, even if it is a document."""
    row = yield q.create_paper(id=1, body=ENCODED, more="x", every=[ENCODED], own="y")
    assert (row.body, row.more, row.every, row.own) == (ENCODED, "x", [ENCODED], "y")
    assert (yield q.set_body(id=1, body=ENCODED)) == 1
    assert (yield q.papers_with(part={"a": 1})) == []
    assert (yield q.papers_with(part=ENCODED)) == [1]
    assert (yield q.add_papers([])) == 0


PARAMS_SCHEMA = """
CREATE TABLE events (
    id integer PRIMARY KEY, copy text NOT NULL, _key text, span int4range, at timestamptz, doc jsonb
);
"""
PARAMS_QUERIES = """
-- name: CreateEvent :one
INSERT INTO events (id, copy, _key, span, at, doc) VALUES ($1, $2, $3, $4, $5, $6) RETURNING *;

-- name: UpdateEvent :execrows
UPDATE events SET
    copy = CASE WHEN sqlc.arg(set_copy)::bool THEN sqlc.arg(copy) ELSE copy END,
    at = CASE WHEN sqlc.arg(set_at)::bool THEN sqlc.narg(at) ELSE at END,
    span = sqlc.narg(span)
WHERE id = sqlc.arg(id);

-- name: DeleteEvent :execrows
DELETE FROM events WHERE id = $1 AND copy = $2;

-- name: AddEvents :copyfrom
INSERT INTO events (id, copy, _key) VALUES ($1, $2, $3);

-- name: FindEvents :batchmany
SELECT copy FROM events WHERE id = $1 ORDER BY id;
"""


@case(
    schema=PARAMS_SCHEMA,
    queries=PARAMS_QUERIES,
    options={"params": "pydantic", "query_parameter_limit": 2, "emit_sync_querier": True},
)
def pydantic_params(q: Q) -> Script:
    """The classes of parameters are pydantic models, with the names of models."""
    params = q.modules["query"]
    assert issubclass(params.CreateEventParams, BaseModel)
    assert [*params.CreateEventParams.model_fields] == ["id", "copy_", "key", "span", "at", "doc"]
    noon = dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC)
    event = params.CreateEventParams(
        id=1, copy_="c", key=None, span=Range(1, 5), at=noon, doc={"a": [1]}
    )
    with pytest.raises(ValidationError):
        params.CreateEventParams(id="one", copy_="c", key=None, span=None, at=None, doc=None)
    with pytest.raises(ValidationError):
        event.id = 2
    row = yield q.create_event(event)
    assert (row.copy_, row.key, row.span, row.at, row.doc) == (
        "c",
        None,
        Range(1, 5),
        noon,
        {"a": [1]},
    )
    assert (yield q.update_event(params.UpdateEventParams(id=1, span=None, at=None))) == 1
    assert (yield q.delete_event(id=1, copy="d")) == 0
    rows = [{"id": 2, "copy_": "e", "key": "k"}]
    assert (yield q.add_events(rows)) == 1
    found = [{"id": 1}, {"id": 2}, {"id": 3}]
    assert (yield q.find_events(found)) == [["c"], ["e"], []]


@case(
    schema=PARAMS_SCHEMA,
    queries=PARAMS_QUERIES,
    options={
        "params": "pydantic",
        "frozen": False,
        "query_parameter_limit": 0,
        "refuse_json_str": True,
    },
)
def pydantic_params_not_frozen(q: Q) -> Script:
    """They are mutable if models are, and refuse an encoded document when they are created."""
    params = q.modules["query"]
    made = params.DeleteEventParams(id=1, copy_="c")
    made.id = 2
    assert (yield q.delete_event(made)) == 0
    values = {"id": 1, "copy_": "c", "key": None, "span": None, "at": None}
    with pytest.raises(ValidationError):
        params.CreateEventParams(**values, doc=ENCODED)
    row = yield q.create_event(params.CreateEventParams(**values, doc=3))
    assert row.doc == 3
    assert type(row.doc) is int
    assert (yield q.update_event(params.UpdateEventParams(id=1, span=None))) == 1
    assert (yield q.add_events([])) == 0
    assert (yield q.find_events([{"id": 1}])) == [["c"]]
