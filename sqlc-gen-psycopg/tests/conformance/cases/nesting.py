"""Statements in statements, many levels deep, and sets beside sets."""

from __future__ import annotations

from ..case import Q, Script, case
from .nullability import add

NODES = """
CREATE TABLE node (id int PRIMARY KEY, parent int REFERENCES node (id), label text NOT NULL, note text);
"""


def tree(levels: int) -> str:
    """Nodes with their children, and so on."""
    kids = ""
    for level in reversed(range(levels)):
        above = f"n{level}.parent = n{level - 1}.id" if level else "n0.parent IS NULL"
        kids = (
            f"(SELECT coalesce(jsonb_agg(jsonb_build_object('id', n{level}.id{kids})), '[]')"
            f" FROM node AS n{level} WHERE {above})"
        )
        kids = f", 'kids', {kids}" if level else kids
    return kids


def ancestor(levels: int, column: str) -> str:
    """Return nested scalar subqueries."""
    found = f"SELECT n{levels}.{column} FROM node AS n{levels} WHERE n{levels}.id = n{levels - 1}.parent"
    for level in reversed(range(1, levels)):
        found = f"SELECT ({found}) FROM node AS n{level} WHERE n{level}.id = n{level - 1}.parent"
    return f"({found})"


@case(
    schema=NODES,
    queries=f"""
    -- name: Four :one
    SELECT {tree(4)} AS tree;

    -- name: Twelve :one
    SELECT {tree(12)} AS tree;

    -- name: Counted :many
    SELECT n0.id, coalesce({ancestor(8, "label")}, 'none') AS eighth, {ancestor(8, "id")} AS found
    FROM node AS n0 ORDER BY n0.id;
    """,
    annotations={"four": "JsonValue", "twelve": "JsonValue"},
)
def deep_json(q: Q) -> Script:
    yield q.sql(
        "INSERT INTO node SELECT n, nullif(n - 1, 0), 'n' || n FROM generate_series(1, 9) n"
    )
    assert (yield q.four()) == [
        {"id": 1, "kids": [{"id": 2, "kids": [{"id": 3, "kids": [{"id": 4}]}]}]}
    ]
    twelve = yield q.twelve()
    assert "'kids': [{'id': 9, 'kids': []}]" in str(twelve)
    rows = yield q.counted()
    assert [(row.eighth, row.found) for row in rows[7:]] == [("none", None), ("n1", 1)]


add(
    "views_over_views",
    """
    -- name: Sixth :many
    SELECT * FROM v6;

    -- name: Joined :many
    SELECT a.note, b.label FROM v6 AS a LEFT JOIN v5 AS b ON b.id = a.id + 1;
    """,
    schema=NODES
    + "CREATE VIEW v0 AS SELECT id, label, note FROM node;\n"
    + "".join(
        f"CREATE VIEW v{n} AS SELECT a.id, b.label, a.note FROM v{n - 1} a JOIN v{n - 1} b"
        " ON b.id = a.id;\n"
        for n in range(1, 7)
    ),
)
add(
    "recursion_brings_nulls",
    """
    -- name: Shifted :many
    WITH RECURSIVE r (a, b, c, d, e, n) AS (
        SELECT 1, 1, 1, 1, NULL::int, 1
        UNION ALL SELECT b, c, d, e, e, n + 1 FROM r WHERE n < 6
    ) SELECT a, b, c, d, e, n FROM r;

    -- name: Path :many
    WITH RECURSIVE r AS (
        SELECT id, parent, ARRAY[label] AS path FROM node WHERE parent IS NULL
        UNION ALL SELECT n.id, n.parent, r.path || n.label FROM node n JOIN r ON r.id = n.parent
    ) SELECT id, parent, path FROM r;

    -- name: Above :many
    WITH RECURSIVE r AS (
        SELECT id, parent FROM node
        UNION SELECT r.parent, n.parent FROM r LEFT JOIN node n ON n.id = r.parent
        WHERE r.id IS NOT NULL
    ) SELECT id, parent FROM r;
    """,
    schema=NODES,
)
add(
    "recursion_in_a_recursion",
    """
    -- name: InATerm :many
    WITH RECURSIVE r (x, n) AS (
        SELECT id, 1 FROM node
        UNION ALL SELECT (
            WITH RECURSIVE s (y, m) AS (
                SELECT r.x, 1 UNION ALL SELECT nullif(s.y, s.y), m + 1 FROM s WHERE m < 2
            ) SELECT min(y) FROM s WHERE m = 2
        ), n + 1 FROM r WHERE n < 2
    ) SELECT x, n FROM r;
    """,
    schema=NODES,
    modes=("database",),
)
add(
    "sets_side_by_side",
    """
    -- name: InOneExpression :many
    SELECT generate_series(1, 3) + generate_series(1, 2) AS n;

    -- name: Several :many
    SELECT generate_series(1, 3) AS three, generate_series(1, 2) AS two, 1 AS one;

    -- name: BesideTheOrder :many
    SELECT generate_series(1, 2) AS n FROM node ORDER BY generate_series(1, 3);

    -- name: InTheOrder :many
    SELECT generate_series(1, 3) AS n FROM node ORDER BY generate_series(1, 3);

    -- name: Nested :many
    SELECT generate_series(1, generate_series(1, 3)) AS n;

    -- name: Empty :one
    SELECT 1 AS one ORDER BY generate_series(1, 0);
    """,
    {"in_the_order": "list[int]", "nested": "list[int]", "empty": "int | None"},
    schema=NODES,
    loose=("several[].three",),
)
add(
    "json_aggregates",
    """
    -- name: Filtered :many
    SELECT parent, JSON_ARRAYAGG(id) FILTER (WHERE id > 100) AS ids FROM node GROUP BY parent;

    -- name: Running :many
    SELECT id, JSON_ARRAYAGG(id) OVER (ORDER BY id) AS ids FROM node;

    -- name: Behind :many
    SELECT JSON_ARRAYAGG(id) OVER w AS ids FROM node
    WINDOW w AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING);

    -- name: First :one
    SELECT JSON_ARRAYAGG(id) OVER () AS ids FROM node WHERE id > 100;

    -- name: All :one
    SELECT JSON_OBJECTAGG(label : id RETURNING jsonb) AS ids FROM node;
    """,
    {"running": "list[RunningRow]"},
    schema=NODES,
    modes=("database",),
    since=16,
)
add(
    "aggregates_of_an_outer_query",
    """
    -- name: Counted :many
    SELECT (SELECT count(a.id) WHERE false) AS n, (SELECT count(b.id) FROM node AS b) AS m
    FROM node AS a;

    -- name: Gathered :many
    SELECT ARRAY(SELECT max(a.id) FROM node AS b GROUP BY b.id) AS found
    FROM node AS a WHERE a.id > 100;

    -- name: OfBoth :many
    SELECT (SELECT count(a.id + b.id) FROM node AS b WHERE b.id > 100) AS n FROM node AS a;
    """,
    {"gathered": "list[list[int | None]]", "of_both": "list[int]"},
    schema=NODES,
)
