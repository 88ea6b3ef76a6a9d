"""Types and NULLs of combinations of values: arrays, ranges, rows, choices, subqueries."""

from __future__ import annotations

from .nullability import add

add(
    "arrays_of_arrays",
    """
    -- name: Grids :many
    SELECT coalesce(grid, '{}') AS filled, coalesce('{}', grid) AS turned, grid || grid AS both,
        CASE WHEN id > 1 THEN grid ELSE '{}' END AS chosen, CASE WHEN id > 1 THEN '{}' ELSE grid END AS other,
        array[grid] AS deeper, ARRAY[list, list] AS two, grid[1][1] AS item, grid[1:1] AS part,
        nullif(grid, '{}') AS not_empty, (SELECT g.grid FROM grids g LIMIT 1) AS some, array_agg(list) AS lists
    FROM grids GROUP BY id, grid, list;

    -- name: United :many
    SELECT grid FROM grids UNION ALL SELECT '{}' FROM grids;

    -- name: UnitedAfter :many
    SELECT '{}'::int[] AS grid FROM grids UNION ALL SELECT grid FROM grids;

    -- name: Gathered :many
    SELECT ARRAY(SELECT list FROM grids) AS lists, ARRAY(SELECT id FROM grids) AS ids FROM grids;
    """,
    schema="CREATE TABLE grids (id integer NOT NULL, grid integer[][] NOT NULL, list integer[] NOT NULL);",
    modes=("database",),
    loose=("grids[].not_empty", "grids[].some", "grids[].item"),
)
add(
    "null_elements",
    """
    -- name: Elements :many
    SELECT ARRAY[note, name] AS made, ARRAY[name] AS certain, array_append(tags, note) AS appended,
        array_prepend(note, tags) AS prepended, tags || note AS joined, note || tags AS turned, tags || tags AS both,
        array_cat(tags, ARRAY[note]) AS cat, array_remove(ARRAY[note], NULL) AS removed,
        array_replace(tags, '1', note) AS replaced, array_fill(n, ARRAY[2]) AS filled,
        string_to_array(name, ',') AS split, string_to_array(name, ',', '1') AS split_null,
        string_to_array(name, NULL) AS letters, regexp_split_to_array(name, ',') AS parts,
        '{a,NULL}'::text[] AS literal, '{a,"NULL"}'::text[] AS quoted, '{1,2}'::int[] AS plain,
        coalesce(ARRAY[note], tags) AS filled_in, CASE WHEN id > 1 THEN tags ELSE ARRAY[note] END AS chosen,
        trim_array(ARRAY[note], 0) AS trimmed, ARRAY[note]::varchar[] AS cast
    FROM a;

    -- name: Gathered :many
    SELECT n, array_agg(note) AS notes, array_agg(name) AS names, array_agg(note) FILTER (WHERE note IS NOT NULL) AS known
    FROM a GROUP BY n;

    -- name: OfSubquery :many
    SELECT ARRAY(SELECT note FROM a) AS notes, ARRAY(SELECT name FROM a) AS names,
        (SELECT array_agg(note) FROM a) AS gathered;

    -- name: Fields :many
    SELECT x.notes, y.notes AS others FROM (SELECT array_agg(note) AS notes FROM a) AS x
    CROSS JOIN (SELECT array_agg(name) AS notes FROM a) AS y;

    -- name: Matched :many
    SELECT regexp_match(name, '(1)|(2)') AS optional, regexp_match(name, '(.)') AS certain,
        regexp_match(name, '(1)?(.)') AS group, regexp_match(name, $1) AS unknown FROM a;

    -- name: AnyOf :many
    SELECT name = ANY(ARRAY[note, name]) AS found, name = ANY(tags) AS tagged, name <> ALL(ARRAY[note]) AS other FROM a;

    -- name: ValueLists :many
    SELECT v.list FROM (VALUES (ARRAY['x']), (ARRAY[NULL]::text[])) AS v(list);
    """,
    modes=("database",),
    loose=(
        *("elements[].quoted[]", "elements[].chosen[]", "elements[].replaced[]"),
        *("any_of[].found", "matched[].certain", "matched[].group", "matched[].unknown[]"),
    ),
)
add(
    "subqueries_as_conditions",
    """
    -- name: In :many
    SELECT n IN (SELECT id FROM b) AS left_null, id IN (SELECT value::int FROM b) AS right_null,
        id IN (SELECT a_id FROM b) AS certain, id NOT IN (SELECT value::int FROM b) AS not_in,
        id = ANY (SELECT a_id FROM b) AS any_certain, n > ALL (SELECT a_id FROM b) AS all_null,
        (id, big) IN (SELECT a_id, id FROM b) AS rows, (id, n) IN (SELECT a_id, id FROM b) AS rows_null,
        (id, big) IN (SELECT a_id, value FROM b) AS rows_right, EXISTS (SELECT 1 FROM b WHERE b.value > 0) AS exists,
        (id, name) = (SELECT b.id, b.label FROM b WHERE false) AS compared
    FROM a;

    -- name: ByParameter :many
    SELECT id FROM a WHERE ($1, $2) IN (SELECT b.a_id, b.label FROM b);

    -- name: ByValue :many
    SELECT id FROM a WHERE $1 IN (SELECT b.label FROM b) OR $2 > ALL (SELECT b.value FROM b);

    -- name: InList :many
    SELECT id IN (1, n) AS list_null, n IN (1, 2) AS left_null, id IN (1, 2) AS certain,
        (id, n) IN ((1, 2), (3, 4)) AS rows_null, (id, big) IN ((1, 2), (3, 4)) AS rows FROM a;

    -- name: ListOfParameters :many
    SELECT id FROM a WHERE id IN ($1, $2) AND big BETWEEN $3 AND $4 AND (id, name) IN (($5, $6), ($7, $8));

    -- name: Array :many
    SELECT id FROM a WHERE $1 = ANY(tags) AND name = ANY($2) AND id <> ALL($3);
    """,
    modes=("database",),
    loose=("in_list[].rows_null",),
)
add(
    "same_in_static_mode",
    """
    -- name: ListOfParameters :many
    SELECT id FROM a WHERE id IN ($1, $2) AND big BETWEEN $3 AND $4;

    -- name: Pairs :many
    SELECT id FROM a WHERE (id, name) IN (($1, $2), ($3, $4));

    -- name: Array :many
    SELECT id FROM a WHERE $1 = ANY(tags) AND name = ANY($2::text[]) AND id <> ALL($3::int[]);

    -- name: Arithmetic :many
    SELECT id FROM a WHERE big > $1 * 2 AND n + $2 > id AND at > now() - $3::interval AND -($4::int) < n;

    -- name: Functions :many
    SELECT left(name, $1) AS initial, repeat(name, $2) AS repeated, coalesce(note, $3::text) AS noted, greatest(n, $4::int) AS most,
        substr(name, $5, $6) AS part, round(big / 3.0, $7) AS rounded, date_trunc($8, at) AS day,
        concat(name, $9::text) AS joined, nullif(name, $10) AS other, make_interval(days => $11, hours => $12) AS span
    FROM a;

    -- name: Choices :many
    SELECT CASE WHEN id > $1 THEN $2::text ELSE name END AS named, CASE id WHEN $3::int THEN big ELSE 4 END AS number FROM a;

    -- name: Distinct :many
    SELECT id FROM a WHERE name IS DISTINCT FROM $1 AND $2 IS NOT DISTINCT FROM big;

    -- name: Limited :many
    SELECT id FROM a ORDER BY id LIMIT $1 OFFSET $2;

    -- name: Values :many
    SELECT v.id FROM a AS v JOIN b ON b.id = $1 AND b.label = $2;

    -- name: Having :many
    SELECT name, count(*) AS total FROM a GROUP BY name HAVING count(*) > $1 AND max(big) < $2;

    -- name: Ordered :many
    SELECT id FROM a ORDER BY CASE WHEN name = $1 THEN 0 ELSE 1 END, id;

    -- name: Window :many
    SELECT lag(name, $1, $2) OVER (ORDER BY id) AS previous, ntile($3) OVER (ORDER BY id) AS part FROM a;

    -- name: Aggregated :many
    SELECT string_agg(name, $1) AS names, array_agg(big + $2) AS bigs, count(*) FILTER (WHERE n > $3) AS total FROM a;
    """,
    loose=("functions[].day", "functions[].other"),
)
add(
    "whole_rows_and_their_parts",
    """
    -- name: Parts :many
    SELECT (p.pair).x, (p.pair).y AS y, (p.certain).x AS other, p.pairs[1] AS first, (p.pairs[1]).y AS deep FROM p;

    -- name: OfOuter :many
    SELECT (q.certain).x AS x FROM p LEFT JOIN p AS q ON q.id = p.id + 3;

    -- name: Written :exec
    UPDATE p SET pair.x = $1, certain = ROW($2, $3) WHERE id = $4;
    """,
    schema="""
    CREATE TYPE pair AS (x integer, y text);
    CREATE TABLE p (id integer NOT NULL, pair pair, certain pair NOT NULL, pairs pair[] NOT NULL);
    """,
    modes=("database",),
)
add(
    "ranges_and_their_ends",
    """
    -- name: Ends :many
    SELECT lower(r) AS low, upper(r) AS high, lower(name) AS text, isempty(r) AS empty, r * r AS both, r + r AS sum,
        range_merge(m) AS merged, lower(m) AS start, unnest(m) AS part, int4range(id, id + 1) AS made,
        int4range(NULL, n) AS open, multirange(r) AS many, range_agg(r) OVER (ORDER BY id) AS gathered,
        r @> 1 AS holds, r @> r AS covers, upper_inf(o) AS endless, lower(o) AS other
    FROM t;
    """,
    schema="""
    CREATE TABLE t (id integer NOT NULL, n integer, name text NOT NULL, r int4range NOT NULL, m int4multirange NOT NULL,
        o tstzrange);
    """,
    modes=("database",),
    loose=("ends[].start", "ends[].low", "ends[].high"),
)
