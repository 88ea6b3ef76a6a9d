"""Every command of sqlc."""

from __future__ import annotations

import psycopg
import pytest

from ..case import Q, Script, case, refusal

AUTHORS = """
CREATE TABLE authors (
    id bigserial PRIMARY KEY,
    name text NOT NULL,
    bio text
);
"""


@case(
    schema=AUTHORS,
    queries="""
    -- name: GetAuthor :one
    SELECT * FROM authors WHERE id = $1 LIMIT 1;

    -- name: ListAuthors :many
    SELECT * FROM authors ORDER BY name;

    -- name: CreateAuthor :one
    INSERT INTO authors (name, bio) VALUES ($1, $2) RETURNING *;

    -- name: UpdateAuthor :exec
    UPDATE authors SET name = $2, bio = $3 WHERE id = $1;

    -- name: DeleteAuthor :exec
    DELETE FROM authors WHERE id = $1;
    """,
)
def authors(q: Q) -> Script:
    assert (yield q.list_authors()) == []
    ann = yield q.create_author(name="Ann", bio=None)
    bob = yield q.create_author(name="Bob", bio="writes")
    assert (yield q.get_author(id=ann.id)) == ann
    assert (yield q.list_authors()) == [ann, bob]
    assert (yield q.update_author(id=ann.id, name="Zoe", bio="b")) is None
    assert [row.name for row in (yield q.list_authors())] == ["Bob", "Zoe"]
    yield q.delete_author(id=ann.id)
    assert (yield q.get_author(id=ann.id)) is None


@case(
    schema=AUTHORS,
    queries="""
    -- name: CreateAuthor :one
    INSERT INTO authors (name) VALUES ($1) RETURNING id;

    -- name: CountAuthors :one
    SELECT count(*) FROM authors;

    -- name: AnyAuthor :one
    SELECT EXISTS (SELECT 1 FROM authors WHERE name = $1);

    -- name: LongestName :one
    SELECT max(length(name)) AS longest FROM authors;

    -- name: InsertIfNew :one
    INSERT INTO authors (id, name) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING RETURNING name;

    -- name: Upsert :one
    INSERT INTO authors (id, name) VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING *;

    -- name: CountByName :one
    SELECT name, count(*) AS n FROM authors GROUP BY name HAVING count(*) > 1 LIMIT 1;

    -- name: CountIfAny :one
    SELECT count(*) AS n FROM authors HAVING count(*) > 0;
    """,
)
def one_certain(q: Q) -> Script:
    """The result is `T` if a row is certain, and `T | None` if not."""
    assert q.signature("create_author")["return"] == "int"
    assert q.signature("count_authors")["return"] == "int"
    assert q.signature("any_author")["return"] == "bool"
    assert q.signature("insert_if_new")["return"] == "str | None"
    assert q.signature("longest_name")["return"] == "int | None"
    assert q.signature("count_if_any")["return"] == "int | None"
    assert (yield q.longest_name()) is None
    assert (yield q.count_authors()) == 0
    assert (yield q.count_if_any()) is None
    first = yield q.create_author(name="A")
    assert type(first) is int
    assert (yield q.insert_if_new(id=first, name="B")) is None
    assert (yield q.insert_if_new(id=first + 1000, name="A")) == "A"
    assert (yield q.upsert(id=first, name="A")).name == "A"
    assert (yield q.count_by_name()).n == 2
    assert (yield q.any_author(name="A")) is True
    assert (yield q.any_author(name="Z")) is False
    assert (yield q.longest_name()) == 1


@case(
    schema=AUTHORS,
    queries="""
    -- name: InsertAuthor :exec
    INSERT INTO authors (id, name) VALUES ($1, $2);

    -- name: RenameAuthors :execrows
    UPDATE authors SET name = sqlc.arg(new_name) WHERE name = sqlc.arg(old_name);

    -- name: DeleteAuthors :execresult
    DELETE FROM authors WHERE name = $1;

    -- name: TruncateAuthors :exec
    TRUNCATE authors;

    -- name: CountAuthors :one
    SELECT count(*) FROM authors;
    """,
)
def exec_kinds(q: Q) -> Script:
    assert (yield q.insert_author(id=1, name="a")) is None
    yield q.insert_author(id=2, name="a")
    assert (yield q.rename_authors(new_name="b", old_name="a")) == 2
    assert (yield q.rename_authors(new_name="b", old_name="a")) == 0
    result = yield q.delete_authors(name="b")
    assert result.rowcount == 2
    assert result.statusmessage == "DELETE 2"
    yield q.insert_author(id=3, name="c")
    with pytest.raises(psycopg.errors.UniqueViolation):
        yield q.insert_author(id=3, name="c")
    yield q.truncate_authors()
    assert (yield q.count_authors()) == 0


@case(
    schema="""
    CREATE SCHEMA log;
    CREATE TYPE log.level AS ENUM ('debug', 'info', 'error');
    CREATE TABLE log.entry (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT now(),
        level log.level NOT NULL,
        message text,
        payload jsonb NOT NULL DEFAULT '{}',
        tags text[]
    );
    """,
    queries="""
    -- name: CopyEntries :copyfrom
    INSERT INTO log.entry (level, message, payload, tags) VALUES ($1, $2, $3, $4);

    -- name: ListEntries :many
    SELECT level, message, payload, tags FROM log.entry ORDER BY id;
    """,
)
def copyfrom_entries(q: Q) -> Script:
    """COPY uses the defaults, and supports enums, jsonb and arrays."""
    level = q.enums.Level
    rows = [
        {"level": level.INFO, "message": None, "payload": {"a": [1, None]}, "tags": ["x", "y,z"]},
        {"level": level.ERROR, "message": "\\N", "payload": [], "tags": None},
        {"level": level.DEBUG, "message": "tab\tnewline\nback\\slash", "payload": {}, "tags": []},
    ]
    assert (yield q.copy_entries(rows)) == 3
    assert (yield q.copy_entries([])) == 0
    assert (yield q.copy_entries(row for row in rows[:1])) == 1
    got = yield q.list_entries()
    assert [(row.level, row.message, row.payload, row.tags) for row in got] == [
        tuple(row.values()) for row in [*rows, rows[0]]
    ]


@case(
    schema=AUTHORS,
    queries="""
    -- name: CopyNames :copyfrom
    INSERT INTO authors (name) VALUES (sqlc.arg(name));

    -- name: ListNames :many
    SELECT name FROM authors ORDER BY id;
    """,
)
def copyfrom_one_column(q: Q) -> Script:
    names = [f"name {n}" for n in range(5000)]
    assert (yield q.copy_names({"name": name} for name in names)) == 5000
    assert (yield q.list_names()) == names


@case(
    schema="""
    CREATE TABLE books (
        book_id serial PRIMARY KEY,
        title text NOT NULL,
        tags varchar[] NOT NULL DEFAULT '{}',
        year integer
    );
    """,
    queries="""
    -- name: CreateBook :batchone
    INSERT INTO books (title, tags, year) VALUES ($1, $2, $3) RETURNING *;

    -- name: UpdateBook :batchexec
    UPDATE books SET title = $1, tags = $2 WHERE book_id = $3;

    -- name: BooksByYear :batchmany
    SELECT * FROM books WHERE year = $1 ORDER BY book_id;

    -- name: TitlesByYear :batchmany
    SELECT title FROM books WHERE year = $1 ORDER BY title;

    -- name: GetBook :batchone
    SELECT * FROM books WHERE book_id = $1;

    -- name: ListBooks :many
    SELECT * FROM books ORDER BY book_id;
    """,
)
def batch_books(q: Q) -> Script:
    made = yield q.create_book(
        [
            {"title": "A", "tags": [], "year": 2000},
            {"title": "B", "tags": ["x"], "year": 2000},
            {"title": "C", "tags": ["x", "y"], "year": None},
        ]
    )
    made = list(made)
    assert [(book.title, book.tags, book.year) for book in made] == [
        ("A", [], 2000),
        ("B", ["x"], 2000),
        ("C", ["x", "y"], None),
    ]
    yield q.update_book(
        [{"title": "AA", "tags": ["n"], "book_id": made[0].book_id} for _ in range(3)]
    )
    years = yield q.books_by_year([{"year": 2000}, {"year": 1999}])
    assert [[book.title for book in books] for books in years] == [["AA", "B"], []]
    titles = yield q.titles_by_year([{"year": 2000}])
    assert [list(found) for found in titles] == [["AA", "B"]]
    found = yield q.get_book([{"book_id": made[1].book_id}, {"book_id": -1}])
    assert list(found) == [made[1], None]
    assert list((yield q.get_book([]))) == []
    assert len((yield q.list_books())) == 3


@case(
    schema=AUTHORS,
    queries="""
    -- name: AddAuthor :batchexec
    INSERT INTO authors (id, name) VALUES ($1, $2);

    -- name: CountAuthors :one
    SELECT count(*) FROM authors;
    """,
)
def batch_error(q: Q) -> Script:
    """An error within a batch is the server's own, and rolls back the batch."""
    with pytest.raises(psycopg.errors.UniqueViolation):
        yield q.add_author([{"id": 1, "name": "a"}, {"id": 1, "name": "b"}, {"id": 2, "name": "c"}])
    assert (yield q.count_authors()) == 0
    yield q.add_author([{"id": n, "name": "a"} for n in range(2500)])
    assert (yield q.count_authors()) == 2500


@case(
    schema=AUTHORS,
    queries="""
    -- name: CopyAuthors :copyfrom
    INSERT INTO authors (name, bio) VALUES ($1, $2);

    -- name: ScanAuthors :many
    -- @stream
    SELECT * FROM authors WHERE id > $1 ORDER BY id;

    -- name: ScanNames :many
    -- @stream
    SELECT name FROM authors ORDER BY id;
    """,
)
def stream(q: Q) -> Script:
    """The streaming form of :many reads through a server-side cursor."""
    rows = [{"name": f"n{n}", "bio": None if n % 2 else "b"} for n in range(1500)]
    yield q.copy_authors(rows)
    got = yield q.scan_authors(id=0)
    assert [row.name for row in got] == [row["name"] for row in rows]
    assert (yield q.scan_authors(id=2**40)) == []
    assert len((yield q.scan_names())) == 1500


@case(
    schema=AUTHORS,
    queries="""
    -- name: MoveAuthors :many
    WITH gone AS (DELETE FROM authors WHERE bio IS NULL RETURNING id, name)
    INSERT INTO authors (name, bio) SELECT g.name, 'moved' FROM gone g RETURNING id, name, bio;

    -- name: InsertMany :many
    INSERT INTO authors (name)
    SELECT u.name FROM unnest(sqlc.arg(names)::text[]) AS u(name) RETURNING *;

    -- name: DeleteReturning :many
    DELETE FROM authors WHERE name = $1 RETURNING *;

    -- name: UpdateReturning :one
    UPDATE authors SET bio = $1 WHERE id = $2 RETURNING id, bio;
    """,
)
def dml_many(q: Q) -> Script:
    rows = yield q.insert_many(names=["b"])
    assert [(row.name, row.bio) for row in rows] == [("b", None)]
    moved = yield q.move_authors()
    assert [(row.name, row.bio) for row in moved] == [("b", "moved")]
    one = yield q.update_returning(bio=None, id=moved[0].id)
    assert one.bio is None
    assert (yield q.update_returning(bio="z", id=-1)) is None
    assert len((yield q.delete_returning(name="b"))) == 1


@case(
    schema=AUTHORS,
    queries={
        "author": """
        -- name: GetAuthor :one
        SELECT * FROM authors WHERE id = $1;
        """,
        "author_admin": """
        -- name: InsertAuthor :one
        INSERT INTO authors (name) VALUES ($1) RETURNING *;

        -- name: PurgeAuthors :execrows
        DELETE FROM authors;
        """,
    },
)
def several_files(q: Q) -> Script:
    """One module per query file."""
    assert sorted(q.modules) == ["author", "author_admin"]
    made = yield q.insert_author(name="x")
    assert (yield q.get_author(id=made.id)) == made
    assert (yield q.purge_authors()) == 1


@case(
    schema=AUTHORS,
    queries="""
    -- name: LockTable :exec
    LOCK TABLE authors IN EXCLUSIVE MODE;

    -- name: NotifyAuthors :exec
    NOTIFY authors;

    -- name: NotifyWith :exec
    SELECT pg_notify(sqlc.arg(channel), sqlc.arg(payload));

    -- name: SetTimeout :exec
    SELECT set_config('statement_timeout', sqlc.arg(timeout), true);

    -- name: AdvisoryLock :exec
    SELECT pg_advisory_xact_lock(sqlc.arg(key));

    -- name: TryLock :one
    SELECT pg_try_advisory_xact_lock(sqlc.arg(key)) AS locked;

    -- name: Refresh :exec
    SELECT setval('authors_id_seq', sqlc.arg(value)::bigint);
    """,
)
def exec_utilities(q: Q) -> Script:
    yield q.lock_table()
    yield q.notify_authors()
    yield q.notify_with(channel="c", payload="p")
    yield q.set_timeout(timeout="10s")
    yield q.advisory_lock(key=2**40)
    assert (yield q.try_lock(key=5)) is True
    yield q.refresh(value=10)


@case(
    schema=AUTHORS,
    queries="""
    -- name: InsertMany :many
    INSERT INTO authors (name, bio)
    SELECT u.name, u.bio FROM unnest(sqlc.arg(names)::text[], sqlc.arg(bios)::text[]) AS u(name, bio)
    RETURNING *;
    """,
    modes=("database",),
)
def unnest_columns(q: Q) -> Script:
    rows = yield q.insert_many(names=["a", "b"], bios=["x"])
    assert sorted((row.name, row.bio or "") for row in rows) == [("a", "x"), ("b", "")]


refusal(
    "execlastid",
    schema=AUTHORS,
    queries="""
    -- name: CreateAuthor :execlastid
    INSERT INTO authors (name) VALUES ($1);
    """,
    says=("CreateAuthor", "query.sql", "RETURNING", ":one"),
)
