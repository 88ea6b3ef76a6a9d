"""Slices next to comments and literals, with casts, in any part of a statement."""

from __future__ import annotations

import decimal

from ..case import Q, Script, case, refusal

D = decimal.Decimal
TOYS = """
CREATE SCHEMA play;
CREATE TYPE play.mood AS ENUM ('calm', 'cross');
CREATE TABLE play.toys (
    id bigint PRIMARY KEY,
    name varchar(20) NOT NULL,
    mood play.mood NOT NULL DEFAULT 'calm',
    price numeric(10, 2),
    box integer
);
INSERT INTO play.toys VALUES
    (1, 'ball', 'calm', 1.5, 1), (2, 'kite', 'cross', NULL, 2), (3, 'top', 'calm', 3, NULL);
"""
TOY = "CREATE TABLE toys (id bigint PRIMARY KEY, name text NOT NULL, box integer);"


@case(
    schema=TOYS,
    queries="""
    -- name: BeforeComment :many
    SELECT id FROM play.toys WHERE id IN (sqlc.slice('ids')/*SLICE:ids*/) ORDER BY id;

    -- name: AfterComment :many
    SELECT id FROM play.toys WHERE id IN (/* the ids */ sqlc.slice('ids')) ORDER BY id;

    -- name: AmidComments :many
    SELECT id /* id IN ($1) */ FROM play.toys WHERE id /* é */ NOT IN -- IN (
        ( -- not these
        sqlc.slice(ids) /* /* nested */ */
        ) ORDER BY id; -- IN (sqlc.slice(ids))

    -- name: InLiteral :many
    SELECT id, 'é IN ($1)' AS one, 'IN (sqlc.slice(ids))' AS two FROM play.toys
    WHERE name <> ' IN ($1)' AND id IN (sqlc.slice(ids)) ORDER BY id;

    -- name: Several :many
    SELECT id FROM play.toys
    WHERE id IN (sqlc.slice(ids)) OR name NOT IN (sqlc.slice(names)) AND box IN (sqlc.slice(boxes))
    ORDER BY id;

    -- name: Twice :many
    SELECT id FROM play.toys WHERE id IN (sqlc.slice(ids)) OR box in(sqlc.slice(ids)) ORDER BY id;

    -- name: WithCast :many
    SELECT id FROM play.toys
    WHERE mood IN (sqlc.slice(moods)::play.mood) AND price IN (CAST(sqlc.slice(prices) AS numeric(10, 2)))
        AND lower(name) NOT IN (sqlc.slice(names)::varchar(20)::text /* text */)
    ORDER BY id;

    -- name: Nested :many
    WITH boxed AS (SELECT t.id FROM play.toys t WHERE t.box IN (sqlc.slice(boxes)))
    SELECT t.id FROM play.toys t
    JOIN play.toys other ON other.id = t.id AND other.name IN (sqlc.slice(names))
    WHERE t.id IN (SELECT boxed.id FROM boxed)
        OR EXISTS (SELECT FROM play.toys u WHERE u.id = t.id AND NOT u.id IN ((sqlc.slice(ids))))
    ORDER BY t.id;

    -- name: ArrayAlready :many
    SELECT id FROM play.toys WHERE id = ANY (sqlc.slice(ids)) ORDER BY id;

    -- name: OfMany :batchmany
    SELECT id FROM play.toys WHERE id IN (sqlc.slice(ids)) AND name <> sqlc.arg(name) ORDER BY id;

    -- name: Paint :execrows
    UPDATE play.toys SET box = sqlc.arg(box) WHERE id IN (sqlc.slice(ids));
    """,
)
def anywhere(q: Q) -> Script:
    """A slice is a list, whatever comments and literals are around it."""
    for name in ("before_comment", "after_comment", "amid_comments", "twice", "array_already"):
        assert q.signature(name)["ids"] == "list[int]", name
    assert q.signature("several")["boxes"] == "list[int]"
    assert q.signature("with_cast")["moods"] == "list[Mood]"
    assert (yield q.before_comment(ids=[1, 3])) == [1, 3]
    assert (yield q.after_comment(ids=[2])) == [2]
    assert (yield q.amid_comments(ids=[2])) == [1, 3]
    assert (yield q.amid_comments(ids=[])) == [1, 2, 3]
    (row,) = yield q.in_literal(ids=[1])
    assert (row.one, row.two) == ("é IN ($1)", "IN (sqlc.slice(ids))")
    assert (yield q.several(ids=[3], names=["kite"], boxes=[1, 2])) == [1, 3]
    assert (yield q.twice(ids=[2])) == [2]
    calm = q.module("enums").Mood.CALM
    assert (yield q.with_cast(moods=[calm], prices=[D("1.5"), D(3)], names=["ball"])) == [3]
    assert (yield q.nested(boxes=[1], names=["ball", "kite"], ids=[2])) == [1]
    assert (yield q.array_already(ids=[])) == []
    assert (yield q.of_many([{"ids": [1, 2], "name": "kite"}, {"ids": [], "name": ""}])) == [
        [1],
        [],
    ]
    assert (yield q.paint(box=9, ids=[1, 2])) == 2


for name, condition in {
    "beside_a_value": "id IN (1, sqlc.slice(ids))",
    "as_a_row": "(id, box) IN (sqlc.slice(ids))",
    "within_a_row": "(id, box) IN ((sqlc.slice(ids), 1))",
    "within_a_call": "id IN (abs(sqlc.slice(ids)))",
    "compared": "id = sqlc.slice(ids)",
    "used_elsewhere": "id IN (sqlc.slice(ids)) AND box <> sqlc.arg(ids)",
    "without_parentheses": "true = id IN (sqlc.slice(ids))",
    "with_a_cast": "id + sqlc.slice(ids)::int = 1",
}.items():
    refusal(
        name,
        schema=TOY,
        queries=f"-- name: Find :many\nSELECT * FROM toys WHERE {condition};",
        says=("query.sql: Find: sqlc.slice(ids)", "`id IN (sqlc.slice(ids))`", "sqlc.arg(ids)"),
    )
refusal(
    "in_copy",
    schema=TOY,
    queries="-- name: Load :copyfrom\nINSERT INTO toys (id, name) VALUES (sqlc.slice(ids), @name);",
    says=("query.sql: Load: sqlc.slice(ids)",),
)
