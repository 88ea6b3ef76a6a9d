"""Conditions of the analysis that no other case tests."""

from __future__ import annotations

from .nullability import SCHEMA, add
from .schemas import add as add_with_parameters

add_with_parameters(
    "parameters_that_look_tested",
    SCHEMA,
    """
    -- name: Limited :one
    SELECT coalesce((SELECT count(*) FROM b LIMIT $1), 0) AS n;

    -- name: Equal :many
    SELECT id FROM a WHERE note = (SELECT 'x' LIMIT $1);

    -- name: Flagged :execrows
    UPDATE a SET name = CASE
        WHEN sqlc.arg(set_name)::bool THEN sqlc.arg(name)::text WHEN id = 1 THEN 'one' ELSE name
    END WHERE id = sqlc.arg(id);
    """,
    {
        "limited(limit)": "int",
        "equal(limit)": "int",
        "flagged(set_name)": "bool",
        "flagged(name)": "str",
    },
)
add_with_parameters(
    "parameters_of_unnest",
    SCHEMA,
    """
    -- name: Unnested :many
    SELECT x.id FROM pg_catalog.unnest($1::int[]) AS x (id);
    """,
    {"unnested(id)": "list[int]"},
)
add(
    "natural_joins",
    """
    -- name: Full :many
    SELECT id, name, label FROM a NATURAL FULL JOIN (SELECT id + 2 AS id, label FROM b) AS c;

    -- name: Right :many
    SELECT id, name, label FROM a NATURAL RIGHT JOIN (SELECT id + 2 AS id, label FROM b) AS c;
    """,
    modes=("database",),
)
add(
    "literals_of_a_recursion",
    """
    -- name: Gathered :one
    WITH RECURSIVE r (a, n) AS (SELECT 'x', 1 UNION ALL SELECT r.a, r.n + 1 FROM r WHERE r.n < 3)
    SELECT array_agg(r.a) AS found FROM r;
    """,
    {"gathered": "list[str] | None"},
    loose=("gathered",),
)
add(
    "rows_beside_what_is_none",
    """
    -- name: Mixed :many
    SELECT id, (id, name) IN ((1, 'x'), pair) AS found FROM t WHERE (id, name) IN (pair, (2, 'y')) OR true;
    """,
    schema="""
    CREATE TYPE pair AS (x integer, y text);
    CREATE TABLE t (id integer NOT NULL, name text NOT NULL, pair pair);
    """,
)
add(
    "conditions_on_merged_columns",
    """
    -- name: Merged :many
    SELECT CASE WHEN id > 1 THEN id ELSE 0 END AS n, count(*) FILTER (WHERE id > 2) AS total
    FROM a FULL JOIN b USING (id) GROUP BY id;
    """,
    modes=("database",),
)
add(
    "values_alone",
    """
    -- name: Listed :many
    VALUES (1, 'x'), (2, 'y');
    """,
    modes=("database",),
)
