"""Less common statements, functions in FROM, rows as values, parameters by their macro."""

from __future__ import annotations

from ..case import refusal
from .schemas import add

add(
    "whole_rows",
    """
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE pet (id integer NOT NULL, name text, mood mood, tags text[] NOT NULL, at timestamptz);
    CREATE FUNCTION pet_of(n integer) RETURNS pet LANGUAGE sql
        AS $$ SELECT * FROM pet WHERE id = n LIMIT 1 $$;
    """,
    """
    -- name: OnePet :one
    SELECT pet_of(sqlc.arg(id));

    -- name: Pets :many
    SELECT id, pet_of(id) AS whole FROM pet;

    -- name: AllPets :many
    SELECT array_agg(pet_of(id)) AS pets FROM pet GROUP BY mood;
    """,
    {"one_pet": "Pet | None", "all_pets": "list[list[Pet | None]]"},
    loose=("all_pets[][]", "pets[].whole"),
)
add(
    "arg_and_narg",
    "CREATE TABLE t (id integer PRIMARY KEY, a text, b text NOT NULL, n integer);",
    """
    -- name: Found :many
    SELECT id FROM t WHERE b LIKE '%' || @q || '%' OR a LIKE '%' || sqlc.narg(r) || '%';

    -- name: Compared :many
    SELECT id FROM t WHERE a = @x AND b = @y AND b = sqlc.narg(z);

    -- name: Written :exec
    UPDATE t SET b = upper(@b) || '-x', n = @n + 1 WHERE id = @id;
    """,
    {
        "found(q)": "str",
        "found(r)": "str | None",
        "compared(x)": "str | None",
        "compared(y)": "str",
        "compared(z)": "str | None",
        "written(b)": "str",
        "written(n)": "int | None",
    },
    modes=("static",),
)
add(
    "utilities",
    "CREATE TABLE t (id integer PRIMARY KEY);",
    """
    -- name: Path :one
    SHOW search_path;

    -- name: Settings :many
    SHOW ALL;

    -- name: Plan :one
    EXPLAIN (FORMAT JSON, COSTS OFF) SELECT * FROM t;

    -- name: Clear :exec
    TRUNCATE t RESTART IDENTITY;

    -- name: Hold :exec
    LOCK TABLE t IN EXCLUSIVE MODE;
    """,
    {"path": "str", "plan": "JsonValue"},
    loose=("settings[].description",),
    modes=("static",),
)
add(
    "functions_in_from",
    "CREATE TABLE t (id integer PRIMARY KEY, s text, items integer[] NOT NULL);",
    """
    -- name: Together :many
    SELECT x.a, x.b FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY['u', 'v', 'w'])) AS x (a, b);

    -- name: Items :many
    SELECT t.id, item FROM t, unnest(t.items) item;

    -- name: Left :many
    SELECT t.id, u.item FROM t LEFT JOIN LATERAL unnest(t.items) u (item) ON true;

    -- name: Numbered :many
    SELECT u.item, u.n FROM t, unnest(t.items) WITH ORDINALITY AS u (item, n);
    """,
    loose=("together[].b",),
)
refusal(
    "function_of_no_schema",
    schema="CREATE TABLE t (id integer PRIMARY KEY, name text NOT NULL);",
    queries="""
    -- name: Frobnicated :many
    SELECT id, frobnicate(name) AS odd FROM t;
    """,
    says=("Frobnicated", "column odd", "frobnicate(...)::type", "CREATE FUNCTION"),
)
