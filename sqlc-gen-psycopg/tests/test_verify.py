"""`verify` accepts code that works, and finds code that does not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conformance import server
from run_sqlc import generate
from sqlc_gen_psycopg.problems import Problems
from sqlc_gen_psycopg.verify import verify

SCHEMA = """
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION ltree;
CREATE EXTENSION cube;
CREATE DOMAIN pos AS integer CHECK (VALUE > 0);
CREATE DOMAIN more_pos AS pos;
CREATE DOMAIN code AS varchar(20);
CREATE DOMAIN tags AS text[];
CREATE DOMAIN email AS citext NOT NULL;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE "Mixed Case" AS ENUM ('x');
CREATE TYPE pair AS (x pos, y text);
CREATE DOMAIN good_mood AS mood;
CREATE DOMAIN good_pair AS pair;
CREATE TYPE span AS RANGE (subtype = pos);
CREATE TABLE f (
    id serial PRIMARY KEY, p pos, ps pos[], mp more_pos, mps more_pos[], c code, cs code[],
    t tags, e email, es email[], ci citext, cis citext[], h hstore, hs hstore[], l ltree,
    q cube, m mood, ms mood[], gm good_mood, gms good_mood[], mc "Mixed Case", mcs "Mixed Case"[],
    pr pair, prs pair[], gp good_pair, s span, ss span[],
    v varchar(5), b char(3), bs char(3)[], n numeric(5, 2), at timestamptz(3), i interval(0), x "char"
);
"""
COLUMNS = (
    "id, p, ps, mp, mps, c, cs, t, e, es, ci, cis, h, hs, l, q, m, ms, gm, gms, mc, mcs, pr, prs, gp,"
    " s, ss, v, b, bs, n, at, i, x"
)
QUERIES = f"""
-- name: All :many
SELECT * FROM f;

-- name: Put :exec
INSERT INTO f ({COLUMNS}) VALUES ({", ".join(f"${number}" for number in range(1, 35))});

-- name: Some :many
SELECT id FROM f WHERE p = ANY (sqlc.arg(several)::pos[]) AND e = sqlc.arg(email)::email
    AND m = sqlc.arg(mood)::mood AND x = sqlc.arg(x);
"""
OVERRIDES = [
    {"column": "f.cis", "python_type": "collections.deque"},
    {"column": "f.n", "python_type": "decimal.Decimal"},
]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Return the server."""
    with server.running() as found:
        yield found


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a package that was generated without a database."""
    folder = tmp_path_factory.mktemp("verified")
    assert not generate(folder, SCHEMA, QUERIES, {"overrides": OVERRIDES})
    return folder / "library"


@contextmanager
def database(url: str, schema: str) -> Iterator[str]:
    """Return a database with this schema."""
    name = f"verified_{os.getpid()}"
    assert not server.create(url, {name: schema.replace("DATABASE_NAME", name)})
    try:
        yield server.database_url(url, name)
    finally:
        server.drop(url, [name])


@pytest.mark.parametrize(
    "change",
    [
        "",
        """
        CREATE SCHEMA other;
        ALTER TYPE mood SET SCHEMA other;
        ALTER TYPE pair SET SCHEMA other;
        ALTER DOMAIN pos SET SCHEMA other;
        ALTER TYPE "Mixed Case" SET SCHEMA other;
        ALTER TYPE span SET SCHEMA other;
        ALTER DATABASE DATABASE_NAME SET search_path TO other, public;
        """,
        """
        CREATE SCHEMA ext;
        ALTER EXTENSION citext SET SCHEMA ext;
        ALTER EXTENSION cube SET SCHEMA ext;
        """,
        "ALTER TABLE f ALTER p TYPE int, ALTER c TYPE varchar(7), ALTER t TYPE text[];",
        "ALTER TABLE f ALTER gm TYPE mood, ALTER gp TYPE pair, ALTER ms TYPE good_mood[];",
    ],
)
def test_verify_accepts_code_that_works(url: str, package: Path, change: str) -> None:
    """With any name of a domain, of an extension's type, or of a type on the search_path."""
    with database(url, SCHEMA + change) as own:
        assert verify(own, package) == 3


@pytest.mark.parametrize(
    ("before", "after", "generated", "there"),
    [
        ("pos AS integer", "pos AS bigint", "'integer'", "'bigint'"),
        ("code AS varchar(20)", "code AS text", "'character varying[]'", "'text[]'"),
        ("tags AS text[]", "tags AS integer[]", "'text[]'", "'integer[]'"),
        ("email AS citext", "email AS text", "'citext'", "'text'"),
        (" ci citext", " ci text", "'citext'", "'text'"),
        ("cis citext[]", "cis citext", "'citext[]'", "'citext'"),
        ("hs hstore[]", "hs jsonb[]", "'hstore[]'", "'jsonb[]'"),
        ("l ltree", "l lquery", "'ltree'", "'lquery'"),
        (" ms mood[]", " ms text[]", "'public.mood[]'", "'text[]'"),
        ("gm good_mood", 'gm "Mixed Case"', "'public.mood'", "'public.Mixed Case'"),
        ("prs pair[]", "prs mood[]", "'public.pair[]'", "'public.mood[]'"),
        (" s span", " s int4range", "'public.span'", "'int4range'"),
        ("at timestamptz(3)", "at timestamp(3)", "with time zone", "without time zone"),
        (" b char(3)", " b varchar(3)", "'character'", "'character varying'"),
        ('x "char"', "x char", "'\"char\"'", "'character'"),
        ("id serial", "id bigserial", "'integer'", "'bigint'"),
        ("n numeric(5, 2)", "n float", "'numeric'", "'double precision'"),
        (" v varchar(5),", "", "All", 'column "v" does not exist'),
        (
            " m mood,",
            " m hidden.mood,",
            "'public.mood'",
            "'hidden.mood'",
        ),
    ],
)
def test_verify_finds_wrong_types(
    url: str, package: Path, before: str, after: str, generated: str, there: str
) -> None:
    """The message names the real type, and the one in the code."""
    assert SCHEMA.count(before) == 1
    schema = "CREATE SCHEMA hidden; CREATE TYPE hidden.mood AS ENUM ('sad', 'ok');"
    with (
        database(url, schema + SCHEMA.replace(before, after)) as own,
        pytest.raises(Problems) as raised,
    ):
        verify(own, package)
    message = str(raised.value)
    assert "query.sql: All" in message
    assert generated in message and there in message
