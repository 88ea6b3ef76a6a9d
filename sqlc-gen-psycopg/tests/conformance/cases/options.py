"""Every option of the plugin, gen-python's among them."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import pytest
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
    """What works alike with all options that keep free functions and keywords."""
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
    """The values of a row of any kind."""
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
    """gen-python's options run unchanged, and both classes stand beside the functions."""
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
    """More parameters than the limit come as one argument."""
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
    """jsonb columns as models of the user's own, validated on the way in and out."""
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
