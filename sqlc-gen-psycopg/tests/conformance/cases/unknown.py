"""Unknown parts of a statement are refused by name, or described by the server."""

from __future__ import annotations

from ..case import Q, Script, case, refusal

SCHEMA = """
CREATE TABLE t (id int PRIMARY KEY, n int, p point NOT NULL DEFAULT '(0,0)');
CREATE FUNCTION points(point, int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT nullif($2, 1)';
CREATE OPERATOR <@@> (LEFTARG = point, RIGHTARG = int, FUNCTION = points);
"""

refusal(
    "operator",
    schema=SCHEMA,
    queries="-- name: Near :many\nSELECT id, coalesce(p <@@> n, 1) AS near FROM t;",
    says=("Near", "column near", "the operator <@@>", "::type", "`database`"),
)
refusal(
    "field",
    schema=SCHEMA,
    queries="-- name: Part :many\nSELECT (ROW(id, n)).f1 AS part FROM t;",
    says=("Part", "column part", "the field f1", "::type"),
)
for _function in ("max(gone(n))", "sum(gone(n))", "coalesce(gone(n), 1)", "(SELECT gone(n))"):
    refusal(
        "function_in_" + _function.strip("(").split("(")[0].split()[0].lower(),
        schema=SCHEMA,
        queries=f"-- name: Gone :many\nSELECT {_function} AS x FROM t;",
        says=("Gone: column x: the function gone()", "is not known", "gone(...)::type"),
    )
refusal(
    "column_of_a_view",
    schema=f"{SCHEMA}CREATE VIEW v AS SELECT id, p <@@> n AS near FROM t;",
    queries="-- name: V :many\nSELECT * FROM v;",
    says=("public.v.near: the operator <@@> is not known", "V: column near", "`database`"),
)

TYPED = """
CREATE TYPE mood AS ENUM ('calm');
CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL, day date, doc jsonb, mood mood, ids int[]);
"""
for _name, _condition, _operator in (
    ("numbers", "id = name", "int4 = text"),
    ("dates", "day > id", "date > int4"),
    ("labels", "mood <> name", "public.mood <> text"),
    ("documents", "doc = name", "jsonb = text"),
    ("in", "name IN (1, id)", "text = int4"),
    ("between", "name BETWEEN 'a' AND id", "text <= int4"),
    ("arrays", "ids @> name", "int4[] @> text"),
):
    refusal(
        f"operator_of_{_name}",
        schema=TYPED,
        queries=f"-- name: Wrong :many\nSELECT id FROM t WHERE {_condition};",
        says=("Wrong: ", f"PostgreSQL has no operator {_operator}", "::type"),
    )


@case(
    schema=SCHEMA,
    queries="""
    -- name: Near :many
    SELECT id, p <@@> n AS near, coalesce(p <@@> n, 1) AS known FROM t;
    """,
    modes=("database",),
    annotations={"near.near": "int | None", "near.known": "int"},
)
def of_the_server(q: Q) -> Script:
    yield q.sql("INSERT INTO t VALUES (1, 1), (2, 2)")
    assert [(row.near, row.known) for row in (yield q.near())] == [(None, 1), (2, 2)]


@case(
    schema=f"""{SCHEMA}
    CREATE VIEW v AS SELECT id, p <@@> n AS near, array_agg(p <@@> n) OVER () AS every FROM t;
    """,
    queries="-- name: List :many\nSELECT * FROM v;",
    modes=("database",),
    annotations={"list_.near": "int | None", "list_.every": "list[int | None] | None"},
)
def of_a_view(q: Q) -> Script:
    yield q.sql("INSERT INTO t VALUES (1, 1), (2, 2)")
    assert [(row.near, row.every) for row in (yield q.list_())] == [
        (None, [None, 2]),
        (2, [None, 2]),
    ]


@case(
    schema="""
    CREATE TABLE t (id int PRIMARY KEY, name text NOT NULL);
    CREATE FUNCTION same(int, text) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1::text = $2';
    CREATE OPERATOR = (LEFTARG = int, RIGHTARG = text, FUNCTION = same);
    """,
    queries="-- name: Same :many\nSELECT id FROM t WHERE id = name;",
)
def operators_of_your_own(q: Q) -> Script:
    yield q.sql("INSERT INTO t VALUES (1, '1'), (2, 'x')")
    assert (yield q.same()) == [1]


@case(
    schema=SCHEMA,
    queries="""
    -- name: Near :many
    SELECT id, (p <@@> n)::int AS near FROM t;

    -- name: Compared :many
    SELECT (p <@@> n) = 1 AS one, (p <@@> n) IS NULL AS none FROM t;
    """,
    annotations={"near.near": "int | None", "compared.one": "bool | None", "compared.none": "bool"},
)
def with_a_cast(q: Q) -> Script:
    yield q.sql("INSERT INTO t VALUES (1, 1), (2, 2)")
    assert [row.near for row in (yield q.near())] == [None, 2]


@case(
    schema=SCHEMA,
    queries="""
    -- name: Merge :many
    MERGE INTO t USING (VALUES (1), (2)) AS s (id) ON t.id = s.id
    WHEN MATCHED THEN UPDATE SET n = 0 WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)
    RETURNING merge_action(), t.id;

    -- name: Between :many
    SELECT n BETWEEN SYMMETRIC 1 AND 0 AS inside, 1 NOT BETWEEN SYMMETRIC n AND 0 AS outside FROM t;
    """,
    modes=("database",),
    since=17,
    annotations={"merge.merge_action": "str", "between.inside": "bool | None"},
)
def merge_action(q: Q) -> Script:
    yield q.sql("INSERT INTO t VALUES (1, 1)")
    assert {row.merge_action for row in (yield q.merge())} == {"UPDATE", "INSERT"}
