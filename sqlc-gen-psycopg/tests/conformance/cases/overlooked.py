"""NULLs that are easily overlooked."""

from __future__ import annotations

from .nullability import SCHEMA, add

add(
    "merged_columns_that_a_join_misses",
    """
    -- name: MergedWithin :many
    SELECT id, id + 1 AS more FROM (SELECT n AS x FROM a) AS c
    LEFT JOIN (a JOIN (SELECT id, label FROM b) AS d USING (id)) ON c.x = a.id + 30;

    -- name: MergedOnTheLeft :many
    SELECT id, id + 1 AS more FROM (a JOIN (SELECT id, label FROM b) AS d USING (id))
    RIGHT JOIN (SELECT n AS x FROM a) AS c ON c.x = a.id + 30;

    -- name: MissedThenMerged :many
    SELECT d.id + 1 AS more FROM a LEFT JOIN (SELECT id + 3 AS id, label FROM b) AS d USING (id)
    JOIN (SELECT id FROM a) AS e USING (id);
    """,
    modes=("database",),
)
add(
    "certain_rows_that_are_none",
    """
    -- name: JoinedOnFalse :many
    SELECT a.id, c.total + d.total AS total FROM a LEFT JOIN (
        (SELECT count(*) AS total FROM b) AS c JOIN (SELECT count(*) AS total FROM b) AS d ON c.total > 99
    ) ON true;

    -- name: NoPair :one
    SELECT c.total FROM (SELECT count(*) AS total FROM b) AS c
    JOIN (SELECT count(*) AS total FROM b) AS d ON c.total > 99;

    -- name: NoValue :one
    SELECT x.n FROM (VALUES (1) LIMIT 0) AS x(n);

    -- name: NoValueAfter :one
    SELECT x.n FROM (VALUES (1) OFFSET 1) AS x(n);

    -- name: NoUsing :one
    SELECT x.n FROM (SELECT count(*) AS n FROM b) AS x JOIN (SELECT count(*) + 99 AS n FROM b) AS y USING (n);

    -- name: OnePair :one
    SELECT c.total FROM (SELECT count(*) AS total FROM b) AS c
    CROSS JOIN (SELECT count(*) AS total FROM b) AS d;

    -- name: MaybePair :one
    SELECT c.total FROM (SELECT count(*) AS total FROM b) AS c
    LEFT JOIN (SELECT count(*) AS total FROM b) AS d ON c.total > 99;
    """,
    {
        "no_pair": "int | None",
        "no_value": "int | None",
        "no_using": "int | None",
        "one_pair": "int",
        "maybe_pair": "int",
    },
    modes=("database",),
)
add(
    "recursion_that_moves_a_null",
    """
    -- name: Moved :many
    WITH RECURSIVE r AS (
        SELECT 1 AS a, 2 AS b, 3 AS c, 4 AS d, 5 AS e, 6 AS f, 0 AS depth
        UNION ALL
        SELECT b, c, d, e, f, NULL::int, depth + 1 FROM r WHERE depth < 7
    )
    SELECT a, b, c, d, e, f, depth FROM r;
    """,
)
add(
    "slices_without_a_bound",
    """
    -- name: Slices :many
    SELECT tags[1:n] AS upto, tags[n:] AS onwards, tags[1:2] AS two, tags[:] AS everything, s.known[1:2] AS some
    FROM a LEFT JOIN (SELECT id + 3 AS id, tags AS known FROM a) AS s ON s.id = a.id;
    """,
)
add(
    "rows_of_functions",
    """
    -- name: OneOf :one
    SELECT p.id, p.name FROM one_of(sqlc.arg(id)) AS p;

    -- name: AllOfOne :many
    SELECT a.id, p.id AS other, p.id + 1 AS more FROM a CROSS JOIN LATERAL one_of(a.id + 2) AS p;

    -- name: SetOf :many
    SELECT p.id, p.name FROM set_of(sqlc.arg(id)) AS p;

    -- name: TakenApart :many
    SELECT (one_of(a.id + 3)).id FROM a;
    """,
    loose=("one_of",),
    schema=SCHEMA
    + """
    CREATE FUNCTION one_of(wanted integer) RETURNS a LANGUAGE sql AS $$ SELECT * FROM a WHERE id = wanted $$;
    CREATE FUNCTION set_of(lowest integer) RETURNS SETOF a LANGUAGE sql AS $$ SELECT * FROM a WHERE id >= $1 $$;
    """,
)
add(
    "functions_with_the_names_of_builtins",
    """
    -- name: OwnLower :many
    SELECT note || 'x' AS longer FROM a WHERE app.lower(note) = 'none';

    -- name: OwnUpper :many
    SELECT note || 'x' AS longer FROM a WHERE pg_catalog.upper(note) > '';
    """,
    {"own_lower": "list[str | None]", "own_upper": "list[str]"},
    schema=SCHEMA
    + """
    CREATE SCHEMA app;
    CREATE FUNCTION app.lower(given text) RETURNS text LANGUAGE sql
        AS $$ SELECT coalesce(pg_catalog.lower(given), 'none') $$;
    """,
)
add(
    "conditions_that_a_null_passes",
    """
    -- name: NotInNothing :many
    SELECT n + 1 AS more FROM a WHERE NOT (n = ANY(sqlc.arg(list)::int[]));

    -- name: NotAll :many
    SELECT n + 1 AS more FROM a WHERE n <> ALL(ARRAY[]::int[]);

    -- name: InNoRow :many
    SELECT n + 1 AS more FROM a WHERE n NOT IN (SELECT id FROM b WHERE false);

    -- name: RowsDiffer :many
    SELECT n + 1 AS more FROM a WHERE (id, n) <> (0, 1);

    -- name: RowsAreLess :many
    SELECT n + 1 AS more FROM a WHERE (id, n) < (99, 1);

    -- name: EitherOfTwo :many
    SELECT n + 1 AS more FROM a WHERE n > 0 OR id > 0;

    -- name: BothOfTwo :many
    SELECT n + 1 AS more FROM a WHERE (n > 0 AND id > 0) OR (n < 0 AND name > '');

    -- name: NotBoth :many
    SELECT n + 1 AS more FROM a WHERE NOT (n > 0 AND id < 0);

    -- name: NotEither :many
    SELECT n + 1 AS more, note || 'x' AS longer FROM a WHERE NOT (n > 99 OR note IS NULL);

    -- name: NotNotTrue :many
    SELECT n + 1 AS more FROM a WHERE (n > 0) IS NOT TRUE;

    -- name: NotFalse :many
    SELECT n + 1 AS more FROM a WHERE (n > 99) IS NOT FALSE;

    -- name: IsFalse :many
    SELECT n + 1 AS more FROM a WHERE (n > 99) IS FALSE;

    -- name: IsKnown :many
    SELECT n + 1 AS more FROM a WHERE (n > 99) IS NOT UNKNOWN;

    -- name: NotUnknown :many
    SELECT n + 1 AS more FROM a WHERE NOT ((n > 99) IS UNKNOWN);

    -- name: Distinct :many
    SELECT n + 1 AS more FROM a WHERE n IS DISTINCT FROM 0;

    -- name: NotDistinct :many
    SELECT n + 1 AS more FROM a WHERE n IS NOT DISTINCT FROM b_id;

    -- name: NullIf :many
    SELECT n + 1 AS more, b_id + 1 AS other FROM a WHERE nullif(n, b_id) IS NOT NULL;

    -- name: Coalesced :many
    SELECT n + 1 AS more FROM a WHERE coalesce(n, 1) > 0;

    -- name: Concatenated :many
    SELECT note || 'x' AS longer FROM a WHERE concat(note, name) > '';

    -- name: CaseInWhere :many
    SELECT n + 1 AS more FROM a WHERE CASE WHEN n IS NULL THEN true ELSE n > 0 END;

    -- name: Between :many
    SELECT n + 1 AS more, b_id + 1 AS other FROM a WHERE NOT (n BETWEEN 99 AND b_id);

    -- name: InList :many
    SELECT n + 1 AS more, b_id + 1 AS other FROM a WHERE id IN (1, n, b_id, 3, 4, 5);

    -- name: AnyOfTags :many
    SELECT id FROM a WHERE note = ANY(tags);

    -- name: InnerThenOuter :many
    SELECT b.value + 1 AS more FROM a JOIN b ON b.value > 0 AND a.id = b.id;

    -- name: OuterCondition :many
    SELECT a.n + 1 AS more, b.value + 1 AS other FROM a LEFT JOIN b ON a.n > 0 AND b.value > 0 AND a.id = b.id;

    -- name: OuterThenWhere :many
    SELECT b.label || 'x' AS longer, b.value + 1 AS more FROM a LEFT JOIN b ON a.id = b.id + 1 WHERE b.flag;
    """,
    loose=("not_unknown[]", "null_if[].more", "outer_then_where[].more"),
)
add(
    "branches_that_a_null_takes",
    """
    -- name: Branches :many
    SELECT
        CASE WHEN n > 0 THEN n ELSE 0 END AS known,
        CASE WHEN n > 0 THEN 0 ELSE n END AS failed,
        CASE WHEN n IS NULL THEN 0 ELSE n END AS filled,
        CASE WHEN n IS NULL OR b_id IS NULL THEN 0 ELSE n + b_id END AS both,
        CASE WHEN n IS NULL AND b_id IS NULL THEN 0 ELSE n END AS neither,
        CASE WHEN n IS NULL THEN 0 WHEN b_id IS NULL THEN n ELSE n + b_id END AS chain,
        CASE WHEN NOT (n IS NOT NULL) THEN 0 ELSE n END AS negated,
        CASE WHEN n IS NOT NULL THEN n END AS without,
        CASE WHEN note IS NULL THEN '' WHEN length(note) > 9 THEN note ELSE note END AS text,
        CASE n WHEN 1 THEN n ELSE n END AS compared,
        CASE WHEN (n > 0) IS TRUE THEN n ELSE 0 END AS sure,
        CASE WHEN (n > 0) IS NOT TRUE THEN 0 ELSE n END AS unsure
    FROM a;

    -- name: AfterBranch :many
    SELECT CASE WHEN n IS NOT NULL THEN n ELSE 0 END AS filled, n + 1 AS more FROM a;
    """,
    loose=("branches[].unsure",),
)
add(
    "grouping_sets_in_expressions",
    """
    -- name: Cubed :many
    SELECT n, b_id, coalesce(n, 0) + 1 AS filled, id + 1 AS more, count(*) AS total
    FROM a GROUP BY CUBE (n, b_id, id);

    -- name: Sets :many
    SELECT name, id, max(big) AS biggest, upper(name) AS upper FROM a GROUP BY GROUPING SETS ((name, id), (name));

    -- name: EmptySet :many
    SELECT max(big) AS biggest, sum(id) AS total FROM a WHERE false GROUP BY GROUPING SETS ((name), ());

    -- name: EmptyGroup :many
    SELECT max(big) AS biggest FROM a WHERE false GROUP BY ();

    -- name: Nested :many
    SELECT name, id, max(big) AS biggest FROM a GROUP BY GROUPING SETS ((name), ROLLUP (id));

    -- name: Beside :many
    SELECT name, id, max(big) AS biggest FROM a GROUP BY name, ROLLUP (id);

    -- name: OfExpression :many
    SELECT id + 1 AS more, (id + 1) * 2 AS twice, count(*) AS total FROM a GROUP BY ROLLUP (id + 1);

    -- name: ByNumber :many
    SELECT id, name || '!' AS loud FROM a GROUP BY ROLLUP (1, 2);

    -- name: ByAlias :many
    SELECT name || '!' AS loud, count(*) AS total FROM a GROUP BY ROLLUP (loud);

    -- name: HavingKey :many
    SELECT name, count(*) AS total FROM a GROUP BY ROLLUP (name) HAVING name IS NOT NULL;

    -- name: HavingCertain :many
    SELECT n, n + 1 AS more, count(*) AS total FROM a GROUP BY n HAVING n > 0;
    """,
    loose=("having_key[].name", "sets[].name", "sets[].upper"),
)
add(
    "frames_without_the_row",
    """
    -- name: Frames :many
    SELECT id,
        sum(big) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) AS before,
        sum(big) OVER (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) AS after,
        sum(big) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS rest,
        sum(big) OVER (ORDER BY id ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW) AS others,
        sum(big) OVER (PARTITION BY id ROWS UNBOUNDED PRECEDING EXCLUDE GROUP) AS none,
        max(name) OVER (ORDER BY id RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS highest,
        max(name) OVER (ORDER BY id GROUPS BETWEEN 1 FOLLOWING AND 1 FOLLOWING) AS following,
        count(*) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) AS counted,
        max(name) FILTER (WHERE id > 99) OVER (ORDER BY id) AS filtered,
        first_value(name) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) AS first,
        last_value(name) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND CURRENT ROW) AS last,
        last_value(note) OVER (ORDER BY id) AS last_note,
        nth_value(name, 1) OVER (ORDER BY id) AS nth,
        lag(note, 1, 'x') OVER (ORDER BY id) AS previous,
        lag(name, 1, note) OVER (ORDER BY id DESC) AS previous_or_note,
        lag(name, 1, 'x') OVER (ORDER BY id) AS previous_or_x,
        lead(name) OVER (ORDER BY id) AS next,
        lead(note, 1, 'x') OVER (ORDER BY id) AS next_note,
        array_agg(note) OVER (ORDER BY id) AS notes,
        string_agg(name, ',') OVER (ORDER BY id) AS names
    FROM a;

    -- name: NamedFrames :many
    SELECT max(name) OVER w AS whole, max(name) OVER (w ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING) AS before,
        max(name) OVER f AS framed
    FROM a WINDOW w AS (ORDER BY id), f AS (ORDER BY id ROWS BETWEEN 2 PRECEDING AND 1 PRECEDING);

    -- name: FrameOfParameter :many
    SELECT sum(big) OVER (ORDER BY id ROWS BETWEEN $1 PRECEDING AND $2 FOLLOWING) AS total FROM a;

    -- name: GroupedWindow :many
    SELECT name, sum(max(big)) OVER (ORDER BY name) AS running, sum(count(*)) OVER () AS total FROM a GROUP BY name;
    """,
    loose=("frames[].nth", "frames[].previous_or_note", "frame_of_parameter[]"),
)
