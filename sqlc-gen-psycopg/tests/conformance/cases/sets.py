"""Sets in the target list, and whole rows that a filter keeps from being NULL."""

from __future__ import annotations

from ..case import Q, Script, case
from .nullability import add

TEAMS = """
CREATE TABLE team (id int PRIMARY KEY, note text, doc jsonb, n int, tags text[]);
CREATE TABLE mate (id int PRIMARY KEY, team int, nick text NOT NULL);
CREATE FUNCTION maybe(text) RETURNS SETOF text STRICT LANGUAGE sql AS 'VALUES (NULL), ($1)';
"""


@case(
    schema=TEAMS,
    queries="""
    -- name: Whole :many
    SELECT t.id, array_agg(m) FILTER (WHERE m.id IS NOT NULL) AS ms,
        coalesce(array_agg(m) FILTER (WHERE m.id IS NOT NULL), '{}') AS ms0
    FROM team t LEFT JOIN mate m ON m.team = t.id GROUP BY t.id ORDER BY t.id;

    -- name: ByRow :many
    SELECT t.id, coalesce(array_agg(m) FILTER (WHERE m IS NOT NULL), '{}') AS whole,
        coalesce(array_agg(m) FILTER (WHERE NOT (m IS NULL)), '{}') AS negated,
        coalesce(array_agg(m) FILTER (WHERE m IS DISTINCT FROM NULL), '{}') AS distinct_,
        coalesce(array_agg(m) FILTER (WHERE m.nick > ''), '{}') AS compared
    FROM team t LEFT JOIN mate m ON m.team = t.id GROUP BY t.id ORDER BY t.id;

    -- name: Columns :many
    SELECT coalesce(array_agg(m.nick) FILTER (WHERE m.id IS NOT NULL), '{}') AS nicks,
        coalesce(array_agg(m.team) FILTER (WHERE m IS NOT NULL), '{}') AS teams,
        coalesce(array_agg(m.team) FILTER (WHERE m.id IS NOT NULL), '{}') AS maybe_teams,
        coalesce(array_agg(m.nick) FILTER (WHERE t.id > 0), '{}') AS maybe_nicks
    FROM team t LEFT JOIN mate m ON m.id = t.id GROUP BY t.id;

    -- name: Unfiltered :many
    SELECT array_agg(m) AS ms FROM team t LEFT JOIN mate m ON m.team = t.id GROUP BY t.id;

    -- name: Branches :many
    SELECT CASE WHEN m.id IS NULL THEN 'none' ELSE m.nick END AS nick,
        CASE WHEN m.id = 1 THEN m.nick ELSE 'none' END AS first,
        CASE WHEN t.id = 3 THEN m.nick ELSE 'none' END AS other
    FROM team t LEFT JOIN mate m ON m.team = t.id;

    -- name: Present :many
    SELECT jsonb_typeof(to_jsonb(m)) AS kind, m.nick, m.team
    FROM team t LEFT JOIN mate m ON m.id = t.id WHERE NOT (m IS NULL);
    """,
    annotations={
        "whole.ms": "list[Mate] | None",
        "whole.ms0": "list[Mate]",
        "by_row.whole": "list[Mate]",
        "by_row.negated": "list[Mate]",
        "by_row.distinct_": "list[Mate]",
        "by_row.compared": "list[Mate]",
        "columns.nicks": "list[str]",
        "columns.teams": "list[int]",
        "columns.maybe_teams": "list[int | None]",
        "columns.maybe_nicks": "list[str | None]",
        "unfiltered": "list[list[Mate | None]]",
        "branches.nick": "str",
        "branches.first": "str",
        "branches.other": "str | None",
        "present.kind": "str",
        "present.nick": "str",
    },
)
def filtered_rows(q: Q) -> Script:
    yield q.sql("INSERT INTO team (id) VALUES (1), (2), (3)")
    yield q.sql("INSERT INTO mate VALUES (1, 1, 'a'), (2, NULL, 'b')")
    rows = yield q.whole()
    assert [row.ms0 for row in rows] == [[q.models.Mate(id=1, team=1, nick="a")], [], []]
    assert [row.ms is None for row in rows] == [False, True, True]
    columns = yield q.columns()
    assert [None] in [row.maybe_teams for row in columns]
    assert None in [row.other for row in (yield q.branches())]
    unfiltered = yield q.unfiltered()
    assert [None] in unfiltered


add(
    "sets_of_null",
    """
    -- name: Keys :many
    SELECT DISTINCT jsonb_object_keys(doc) FROM team;

    -- name: Field :many
    SELECT (jsonb_each(doc)).key FROM team;

    -- name: FieldValue :many
    SELECT (jsonb_each_text('{"a": null, "b": 1}'::jsonb)).value;

    -- name: Upper :many
    SELECT upper(jsonb_object_keys(doc)) || '!' AS key FROM team;

    -- name: Series :many
    SELECT generate_series(1, n) FROM team;

    -- name: Words :many
    SELECT regexp_split_to_table(note, ',') FROM team;

    -- name: Pieces :many
    SELECT string_to_table(note, ',') FROM team;

    -- name: NullPieces :many
    SELECT string_to_table('a,b', ',', 'a') AS piece FROM team;

    -- name: Tags :many
    SELECT unnest(tags) AS tag FROM team;

    -- name: Gathered :many
    SELECT unnest(ARRAY[note, 'x']) AS tag FROM team;

    -- name: Subscripts :many
    SELECT generate_subscripts(tags, 1) AS at FROM team;

    -- name: Beside :many
    SELECT jsonb_object_keys(doc) AS key, generate_series(1, n) AS n FROM team;

    -- name: Texts :many
    SELECT jsonb_array_elements_text('[1, null]'::jsonb) AS text FROM team;

    -- name: Own :many
    SELECT maybe(note) FROM team;

    -- name: InFrom :many
    SELECT k, t.id FROM team t, jsonb_object_keys(t.doc) AS k;

    -- name: OfNone :many
    SELECT k, t.id FROM team t LEFT JOIN jsonb_object_keys(t.doc) AS k ON true;
    """,
    {
        "keys": "list[str]",
        "field": "list[str]",
        "field_value": "list[str | None]",
        "upper": "list[str]",
        "series": "list[int]",
        "words": "list[str]",
        "pieces": "list[str]",
        "null_pieces": "list[str | None]",
        "tags": "list[str]",
        "gathered": "list[str | None]",
        "subscripts": "list[int]",
        "texts": "list[str | None]",
        "own": "list[str | None]",
    },
    schema=TEAMS,
    loose=(),
)


@case(
    schema="""
    CREATE TABLE a (id int PRIMARY KEY, x int NOT NULL, y int, z int);
    CREATE TABLE b (id int PRIMARY KEY, x int NOT NULL);
    CREATE TABLE c (id int PRIMARY KEY, z int);
    """,
    queries="""
    -- name: Third :many
    SELECT id, b.id AS b_id, c.z FROM a LEFT JOIN b USING (id) JOIN c USING (id);

    -- name: Within :many
    SELECT x, c.id FROM c LEFT JOIN (a JOIN b USING (x)) ON c.z = a.y;

    -- name: Whole :many
    SELECT id, a.id AS a_id, b.id AS b_id FROM a FULL JOIN b USING (id);

    -- name: WholeThenInner :many
    SELECT id, a.id AS a_id, b.id AS b_id FROM (a FULL JOIN b USING (id)) JOIN c USING (id);

    -- name: Beside :many
    SELECT a.id AS a_id, d.id AS d_id FROM a JOIN b USING (id), c LEFT JOIN a AS d USING (z);
    """,
    annotations={
        "third.id": "int",
        "third.b_id": "int | None",
        "within.x": "int | None",
        "whole.id": "int",
        "whole_then_inner.id": "int",
        "beside.a_id": "int",
    },
    modes=("database",),
)
def joins_using(q: Q) -> Script:
    """A column that USING has merged says nothing about the relations that may be missing."""
    yield q.sql("INSERT INTO a VALUES (1, 1, 1, 1), (2, 2, NULL, NULL)")
    yield q.sql("INSERT INTO b VALUES (1, 1), (3, 3)")
    yield q.sql("INSERT INTO c VALUES (1, 1), (2, NULL), (3, 2)")
    assert {(row.id, row.b_id) for row in (yield q.third())} == {(1, 1), (2, None)}
    assert {row.x for row in (yield q.within())} == {1, None}
    rows = [(1, 1, 1), (2, 2, None), (3, None, 3)]
    for found in ((yield q.whole()), (yield q.whole_then_inner())):
        assert sorted((row.id, row.a_id, row.b_id) for row in found) == rows
