"""Items in FROM: functions with a column list, joins that merge columns, joins with an alias."""

from __future__ import annotations

from .nullability import SCHEMA, add

add(
    "columns_of_a_record",
    """
    -- name: Records :many
    SELECT r.x, r.y FROM a CROSS JOIN json_to_recordset('[{"x": 1}]') AS r(x integer, y text);

    -- name: Record :one
    SELECT r.x, r.y, r.at FROM jsonb_to_record('{"y": "z"}') AS r(x int[], y text, at timestamptz);

    -- name: OneOfRecord :many
    SELECT r.x FROM jsonb_to_recordset('[{"x": 1}, {}]') AS r(x bigint);
    """,
    {"one_of_record": "list[int | None]"},
    loose=("record", "record.y", "records[].x"),
    modes=("database",),
)
add(
    "rows_from",
    """
    -- name: Beside :many
    SELECT s.one, s.other FROM ROWS FROM (generate_series(1, 2), unnest(ARRAY['a', 'b', 'c'])) AS s(one, other);

    -- name: Numbered :many
    SELECT s.one, s.other, s.n
    FROM ROWS FROM (generate_series(1, 3), generate_series(1, 2)) WITH ORDINALITY AS s(one, other, n);

    -- name: SeveralArrays :many
    SELECT u.x, u.y FROM unnest(ARRAY[1, 2], ARRAY['a']) AS u(x, y);
    """,
    modes=("database",),
    loose=("beside[].other", "numbered[].one", "several_arrays[].x"),
)
add(
    "merged_columns",
    """
    -- name: RightUsing :many
    SELECT id, name, label FROM a RIGHT JOIN (SELECT id + 3 AS id, label FROM b) AS c USING (id);

    -- name: FullOfNullable :many
    SELECT n, c.label FROM a FULL JOIN (SELECT value::int AS n, label FROM b) AS c USING (n);

    -- name: LeftOfNullable :many
    SELECT n, c.label FROM a LEFT JOIN (SELECT id AS n, label FROM b) AS c USING (n);

    -- name: RightOfNullable :many
    SELECT n, name FROM (SELECT id AS n, name FROM a) AS c RIGHT JOIN (SELECT n FROM a) AS d USING (n);

    -- name: InnerOfNullable :many
    SELECT n, a.n AS again, a.n + 1 AS more FROM a JOIN (SELECT id AS n FROM b) AS c USING (n);

    -- name: NaturalLeft :many
    SELECT id, name, label FROM a NATURAL LEFT JOIN (SELECT id + 2 AS id, label FROM b) AS c;

    -- name: UsingTwice :many
    SELECT id, c.label, d.flag FROM a
    LEFT JOIN (SELECT id + 2 AS id, label FROM b) AS c USING (id)
    LEFT JOIN (SELECT id + 3 AS id, flag FROM b) AS d USING (id);

    -- name: NamedJoin :many
    SELECT j.id, j.name, j.label FROM (a LEFT JOIN (SELECT id + 2 AS id, label FROM b) AS c USING (id)) AS j;

    -- name: NamedJoinColumns :many
    SELECT j.* FROM ((SELECT id, note FROM a) AS x CROSS JOIN (SELECT label FROM b) AS y) AS j(a_id, a_note);

    -- name: UsingAlias :many
    SELECT u.id, a.name, c.label FROM a JOIN (SELECT id, label FROM b) AS c USING (id) AS u;

    -- name: AllOfUsing :many
    SELECT * FROM (SELECT id, note FROM a) AS x FULL JOIN (SELECT id + 2 AS id, label FROM b) AS y USING (id);
    """,
    modes=("database",),
)
add(
    "left_join_on_true",
    """
    -- name: OneRow :many
    SELECT a.id, c.total FROM a LEFT JOIN (SELECT count(*) AS total FROM b) AS c ON true;

    -- name: NoRow :many
    SELECT a.id, c.label FROM a LEFT JOIN (SELECT label FROM b WHERE id > 99) AS c ON true;

    -- name: OneOfTwo :many
    SELECT c.total, d.label FROM a
    LEFT JOIN ((SELECT count(*) AS total FROM b) AS c CROSS JOIN (SELECT label FROM b WHERE false) AS d)
    ON true;

    -- name: NotTrue :many
    SELECT a.id, c.total FROM a LEFT JOIN (SELECT count(*) AS total FROM b) AS c ON false;

    -- name: FullOfOne :many
    SELECT a.name, c.total FROM a FULL JOIN (SELECT count(*) AS total FROM b) AS c ON true;

    -- name: Certain :many
    WITH c AS (SELECT count(*) AS total FROM b) SELECT a.id, c.total FROM a LEFT JOIN c ON true;

    -- name: CertainLimited :many
    SELECT a.id, c.total FROM a LEFT JOIN (SELECT count(*) AS total FROM b OFFSET 1) AS c ON true;

    -- name: CertainHaving :many
    SELECT a.id, c.total FROM a LEFT JOIN (SELECT count(*) AS total FROM b HAVING count(*) > 99) AS c ON true;

    -- name: CertainLimitNone :many
    SELECT a.id, c.total FROM a LEFT JOIN (SELECT count(*) AS total FROM b LIMIT 0) AS c ON true;
    """,
    loose=("full_of_one[].total",),
)
add(
    "scalar_subqueries_without_a_row",
    """
    -- name: Certain :one
    SELECT (SELECT count(*) FROM b) AS total, (SELECT 1) AS one,
        (SELECT count(*) FROM b HAVING count(*) > 99) AS having,
        (SELECT count(*) FROM b LIMIT 0) AS none, (SELECT count(*) FROM b OFFSET 1) AS skipped,
        (SELECT count(*) FROM b LIMIT 1) AS limited, (SELECT 1 WHERE false) AS never,
        (SELECT count(*) FROM b GROUP BY label LIMIT 1) AS grouped,
        (SELECT generate_series(1, 0)) AS series, (SELECT 1 UNION SELECT 1) AS united,
        (SELECT 1 INTERSECT SELECT 2) AS common, (SELECT 1 EXCEPT SELECT 1) AS rest,
        (SELECT count(*) + generate_series(1, 0) FROM b) AS counted_series,
        (SELECT count(*) OVER () FROM b LIMIT 1) AS windowed,
        (SELECT DISTINCT count(*) FROM b) AS distinct_count,
        (SELECT count(*) FROM b LIMIT NULL) AS unlimited;

    -- name: CertainFrom :one
    SELECT (SELECT x.n FROM (SELECT count(*) AS n FROM b) AS x) AS nested,
        (SELECT x.n FROM (SELECT count(*) AS n FROM b) AS x WHERE x.n > 99) AS filtered,
        (SELECT x.n FROM (VALUES (1)) AS x(n)) AS value,
        (SELECT x.n FROM (VALUES (1), (2)) AS x(n) LIMIT 1) AS first;
    """,
    loose=(
        "certain.unlimited",
        "certain_from.first",
    ),
    modes=("database",),
)
add(
    "explain",
    """
    -- name: Plan :many
    EXPLAIN SELECT id FROM a;

    -- name: JsonPlan :many
    EXPLAIN (FORMAT json) SELECT id FROM a;

    -- name: XmlPlan :many
    EXPLAIN (COSTS false, FORMAT xml) SELECT id FROM a;

    -- name: YamlPlan :many
    EXPLAIN (FORMAT yaml) SELECT id FROM a;

    -- name: VerbosePlan :many
    EXPLAIN (VERBOSE, COSTS false) SELECT id FROM a;
    """,
    {
        "plan": "list[str]",
        "json_plan": "list[JsonValue]",
        "xml_plan": "list[str]",
        "yaml_plan": "list[str]",
    },
)
add(
    "system_columns",
    """
    -- name: System :many
    SELECT ctid, xmin, xmax, cmin, cmax, tableoid FROM a;

    -- name: SystemOfOuter :many
    SELECT b.ctid, b.xmin, a.tableoid, b.cmax FROM a LEFT JOIN b ON b.a_id = a.id + 2;
    """,
    modes=("database",),
)
add(
    "lateral_functions",
    """
    -- name: Elements :many
    SELECT e FROM a CROSS JOIN jsonb_array_elements_text(jsonb_build_array(a.name, NULL)) AS e;

    -- name: Pairs :many
    SELECT p.key, p.value FROM a CROSS JOIN jsonb_each_text(jsonb_build_object('k', a.note)) AS p;

    -- name: Matches :many
    SELECT m FROM a CROSS JOIN regexp_matches(a.name, '(1)|(2)') AS m;

    -- name: Strings :many
    SELECT s FROM a CROSS JOIN string_to_table('x,y', ',', a.note) AS s;

    -- name: Gathered :many
    SELECT u FROM (SELECT array_agg(note) AS notes FROM a) AS s CROSS JOIN unnest(s.notes) AS u;

    -- name: GatheredCertain :many
    SELECT u FROM (SELECT array_agg(name) AS names FROM a) AS s CROSS JOIN unnest(s.names) AS u;

    -- name: GatheredBoth :many
    SELECT u.name, u.note FROM (SELECT array_agg(name) AS names, array_agg(note) AS notes FROM a) AS s
    CROSS JOIN unnest(s.names, s.notes) AS u(name, note);
    """,
    {"gathered_certain": "list[str]", "gathered": "list[str | None]"},
    modes=("database",),
    loose=("gathered_both[].name", "strings[]"),
)
add(
    "views_of_views",
    """
    -- name: OfView :many
    SELECT w.more, w.note, w.twice FROM v LEFT JOIN w ON w.id = v.id + 2;

    -- name: KnownOfView :many
    SELECT v.note, v.note || 'x' AS longer FROM v WHERE v.note > '';
    """,
    schema=SCHEMA
    + """
    CREATE VIEW v AS SELECT id, note, n + 1 AS more FROM a;
    CREATE VIEW w AS SELECT id, note, more, more * 2 AS twice FROM v WHERE more IS NOT NULL;
    """,
)
