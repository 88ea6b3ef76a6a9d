"""Nullability of joins, expressions, aggregates and subqueries, attacked with NULLs."""

from __future__ import annotations

from ..case import MODES, OLDEST, Mode, Q, Script, case

# Two tables with a nullable link, filled with every combination.
SCHEMA = """
CREATE TABLE a (
    id integer PRIMARY KEY,
    name text NOT NULL,
    note text,
    b_id integer,
    n integer,
    at timestamptz,
    tags text[] NOT NULL DEFAULT '{}',
    doc jsonb,
    big bigint NOT NULL DEFAULT 0
);
CREATE TABLE b (
    id integer PRIMARY KEY,
    a_id integer NOT NULL,
    label text NOT NULL,
    value numeric,
    flag boolean NOT NULL DEFAULT false
);
"""


def add(
    name: str,
    queries: str,
    expected: dict[str, str] | None = None,
    loose: tuple[str, ...] = (),
    schema: str = SCHEMA,
    modes: tuple[Mode, ...] = MODES,
    since: int = OLDEST,
) -> None:
    """Add a case whose queries the attack calls. `expected` lists result columns as `T | None`."""

    def script(q: Q) -> Script:
        yield q.sql("SELECT 1")

    case(
        schema=schema,
        queries=queries,
        annotations=expected,
        loose=loose,
        name=name,
        modes=modes,
        since=since,
    )(script)


add(
    "left_join",
    """
    -- name: Pairs :many
    SELECT a.id, a.note, b.id AS b_id, b.label, b.value
    FROM a LEFT JOIN b ON b.a_id = a.id + 2 ORDER BY a.id;

    -- name: Names :many
    SELECT a.name, b.label || a.name AS joined FROM a LEFT JOIN b ON b.id = a.b_id;

    -- name: OnlyLabel :many
    SELECT b.label FROM a LEFT JOIN b ON b.a_id = a.id + 3;

    -- name: Starred :many
    SELECT b.* FROM a LEFT JOIN b ON b.a_id = a.id + 3;
    """,
    {"only_label": "list[str | None]"},
)
add(
    "right_join",
    """
    -- name: Pairs :many
    SELECT a.id, a.name, b.id AS b_id, b.label
    FROM a RIGHT JOIN b ON b.a_id = a.id + 2 ORDER BY b.id;
    """,
)
add(
    "full_join",
    """
    -- name: Pairs :many
    SELECT a.id, a.name, b.id AS b_id, b.label FROM a FULL OUTER JOIN b ON b.a_id = a.id + 2;

    -- name: Merged :many
    SELECT coalesce(a.id, b.id, 0) AS id FROM a FULL JOIN b ON b.id = a.id + 2;
    """,
)
add(
    "using_join",
    """
    -- name: InnerUsing :many
    SELECT id, a.name, b.label FROM a JOIN b USING (id);

    -- name: LeftUsing :many
    SELECT id, label FROM a LEFT JOIN (SELECT id + 2 AS id, label FROM b) AS c USING (id);

    -- name: FullUsing :many
    SELECT id, name, label FROM a FULL JOIN (SELECT id + 3 AS id, label FROM b) c USING (id);

    -- name: NaturalPairs :many
    SELECT id, name, label FROM a NATURAL JOIN b;
    """,
    modes=("database",),
)
add(
    "join_chain",
    """
    -- name: Chain :many
    SELECT a.id, b.label, c.name AS third
    FROM a LEFT JOIN b ON b.a_id = a.id + 1 LEFT JOIN a AS c ON c.id = b.id;

    -- name: InnerAfterLeft :many
    SELECT a.id, b.label, c.name AS third
    FROM a LEFT JOIN b ON b.a_id = a.id + 1 JOIN a AS c ON c.id = a.id;

    -- name: LeftOfGroup :many
    SELECT a.id, b.label, c.name AS third
    FROM a LEFT JOIN (b JOIN a AS c ON c.id = b.a_id) ON b.a_id = a.id + 2;

    -- name: CrossJoined :many
    SELECT a.id, b.label FROM a CROSS JOIN b ORDER BY 1, 2;

    -- name: Comma :many
    SELECT a.id, b.label, b.value FROM a, b WHERE a.id = b.a_id;
    """,
)
add(
    "lateral",
    """
    -- name: LatestB :many
    SELECT a.id, latest.label, latest.value
    FROM a LEFT JOIN LATERAL (
        SELECT b.label, b.value FROM b WHERE b.a_id = a.id + 2 ORDER BY b.id DESC LIMIT 1
    ) AS latest ON true ORDER BY a.id;

    -- name: InnerLateral :many
    SELECT a.id, latest.label FROM a
    CROSS JOIN LATERAL (SELECT b.label FROM b WHERE b.a_id = a.id LIMIT 1) AS latest;

    -- name: LateralCount :many
    SELECT a.id, c.n FROM a
    CROSS JOIN LATERAL (SELECT count(*) AS n FROM b WHERE b.a_id = a.id) AS c;
    """,
)
add(
    "left_subquery",
    """
    -- name: LeftSubquery :many
    SELECT a.id, s.label, s.total
    FROM a LEFT JOIN (
        SELECT label, a_id, count(*) AS total FROM b GROUP BY label, a_id
    ) AS s ON s.a_id = a.id + 2;

    -- name: FromSubquery :many
    SELECT s.id, s.note, s.twice FROM (SELECT id, note, id * 2 AS twice FROM a) AS s;
    """,
)
add(
    "scalar_subquery",
    """
    -- name: Scalars :many
    SELECT a.id,
        (SELECT b.label FROM b WHERE b.a_id = a.id + 2 LIMIT 1) AS label,
        (SELECT count(*) FROM b WHERE b.a_id = a.id) AS total,
        EXISTS (SELECT 1 FROM b WHERE b.a_id = a.id) AS has_b,
        ARRAY(SELECT b.label FROM b WHERE b.a_id = a.id ORDER BY b.id) AS labels,
        (SELECT max(b.id) FROM b WHERE b.a_id = a.id + 2) AS newest,
        coalesce((SELECT sum(b.value) FROM b WHERE b.a_id = a.id), 0)::numeric AS amount
    FROM a ORDER BY a.id;

    -- name: IsIn :many
    SELECT id IN (SELECT a_id FROM b) AS inside FROM a;

    -- name: NoteIn :many
    SELECT note IN ('1', '3') AS inside FROM a;
    """,
)
add(
    "ctes",
    """
    -- name: WithCte :many
    WITH recent AS (SELECT id, note, name FROM a WHERE id > $1)
    SELECT id, note, name FROM recent ORDER BY id;

    -- name: CteLeftJoin :many
    WITH totals AS (SELECT a_id, count(*) AS n, sum(value) AS amount FROM b GROUP BY a_id)
    SELECT a.id, totals.n, totals.amount FROM a LEFT JOIN totals ON totals.a_id = a.id + 2;

    -- name: Recursive :many
    WITH RECURSIVE up AS (
        SELECT r.id, r.b_id, r.name, 1 AS depth FROM a AS r WHERE r.id = $1
        UNION ALL
        SELECT a.id, a.b_id, a.name, up.depth + 1 FROM a JOIN up ON a.id = up.b_id
        WHERE up.depth < 5
    )
    SELECT id, b_id, name, depth FROM up;

    -- name: CteChain :many
    WITH x AS (SELECT id, n FROM a), y AS (SELECT id, coalesce(n, 0) AS n FROM x)
    SELECT x.n AS raw, y.n AS filled FROM x JOIN y ON y.id = x.id;
    """,
)
add(
    "unions",
    """
    -- name: NullableSecond :many
    SELECT name AS text FROM a UNION ALL SELECT note FROM a;

    -- name: BothCertain :many
    SELECT name AS text FROM a UNION SELECT label FROM b;

    -- name: WithNull :many
    SELECT id, name FROM a UNION ALL SELECT id, NULL FROM b;

    -- name: NullFirst :many
    SELECT NULL::text AS name, 1 AS kind UNION ALL SELECT label, 2 FROM b;

    -- name: Excepted :many
    SELECT note FROM a EXCEPT SELECT label FROM b;

    -- name: Intersected :many
    SELECT id FROM a INTERSECT SELECT a_id FROM b;
    """,
    {"both_certain": "list[str]", "nullable_second": "list[str | None]"},
)
add(
    "aggregates",
    """
    -- name: Totals :one
    SELECT count(*) AS rows, count(note) AS notes, sum(id) AS total, avg(n) AS mean,
        max(name) AS last, min(at) AS first, bool_or(n > 1) AS some, array_agg(name) AS names,
        string_agg(name, ',') AS joined, jsonb_agg(doc) AS docs, max(big) AS biggest
    FROM a;

    -- name: Grouped :many
    SELECT n, count(*) AS rows, sum(id) AS total, max(name) AS last, max(note) AS last_note,
        array_agg(name ORDER BY id) AS names, bool_and(id > 0) AS positive,
        string_agg(name, ',' ORDER BY id) AS joined, min(at) AS first
    FROM a GROUP BY n;

    -- name: Filtered :many
    SELECT name, count(*) FILTER (WHERE n > 1) AS some, sum(id) FILTER (WHERE n > 100) AS total
    FROM a GROUP BY name;

    -- name: Filled :one
    SELECT coalesce(sum(id), 0)::bigint AS total, coalesce(array_agg(name), '{}')::text[] AS names,
        coalesce(max(n), -1) AS highest FROM a;

    -- name: Rolled :many
    SELECT name, flag, count(*) AS rows FROM (SELECT a.name, b.flag FROM a JOIN b ON b.a_id = a.id) s
    GROUP BY ROLLUP (name, flag);

    -- name: Statistics :one
    SELECT stddev(id) AS deviation, variance(n) AS spread, corr(id, n) AS related,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY id) AS median,
        mode() WITHIN GROUP (ORDER BY name) AS usual FROM a;

    -- name: DistinctCount :one
    SELECT count(DISTINCT name) AS names, count(DISTINCT (name, n)) AS pairs FROM a;
    """,
)
add(
    "windows",
    """
    -- name: Windows :many
    SELECT id, row_number() OVER (ORDER BY id) AS position, rank() OVER (ORDER BY n) AS rank,
        dense_rank() OVER (ORDER BY n) AS dense, ntile(2) OVER (ORDER BY id) AS half,
        lag(name) OVER (ORDER BY id) AS previous, lead(name, 1, 'none') OVER (ORDER BY id) AS next,
        first_value(note) OVER (PARTITION BY id) AS first, count(*) OVER () AS total,
        sum(big) OVER (ORDER BY id) AS running, percent_rank() OVER (ORDER BY id) AS share,
        cume_dist() OVER (ORDER BY id) AS cume
    FROM a;

    -- name: NamedWindow :many
    SELECT id, last_value(name) OVER w AS last, nth_value(name, 2) OVER w AS second,
        avg(n) OVER w AS mean
    FROM a WINDOW w AS (PARTITION BY b_id ORDER BY id);
    """,
)
add(
    "casts",
    """
    -- name: Casts :many
    SELECT id::text AS id_text, note::varchar AS note, n::bigint AS n, CAST(n AS text) AS n_text,
        (doc ->> 'k')::int AS k, at::date AS day, big::numeric AS amount, id::bigint::text AS again
    FROM a;

    -- name: MaxCast :one
    SELECT max(n)::bigint AS highest, count(*)::int AS rows FROM a;

    -- name: NullCast :one
    SELECT NULL::integer AS nothing, 1::smallint AS one, '2024-01-01'::date AS day;
    """,
)
add(
    "case_expressions",
    """
    -- name: Cases :many
    SELECT
        CASE WHEN id > 2 THEN 'big' ELSE 'small' END AS size,
        CASE WHEN id > 2 THEN 'big' END AS maybe,
        CASE id WHEN 1 THEN name WHEN 2 THEN note ELSE 'x' END AS mixed,
        CASE WHEN name IS NULL THEN 0 ELSE n END AS number,
        CASE WHEN n IS NOT NULL THEN name ELSE name END AS certain
    FROM a;
    """,
)
add(
    "coalesce_and_nullif",
    """
    -- name: Fallbacks :many
    SELECT coalesce(note, 'none') AS note, coalesce(note, name) AS either, coalesce(n, b_id) AS both,
        coalesce(note, doc ->> 'x') AS text, nullif(name, '1') AS not_one, nullif(n, 1) AS n,
        greatest(n, 0) AS at_least, greatest(n, b_id) AS greater, least(id, big) AS smaller
    FROM a;

    -- name: FirstOf :many
    SELECT coalesce(sqlc.narg(given)::text, note) AS text FROM a;

    -- name: FirstOfCertain :many
    SELECT coalesce(sqlc.narg(given)::text, name) AS text FROM a;
    """,
)
add(
    "operators",
    """
    -- name: Operators :many
    SELECT id + 1 AS plus, n * 2 AS twice, name || '!' AS loud, note || '!' AS loud_note,
        id > 1 AS bigger, n > 1 AS n_bigger, note IS NULL AS no_note, note IS NOT NULL AS has_note,
        NOT (id > 1) AS not_bigger, id > 1 AND n > 1 AS both, -n AS minus,
        note IS DISTINCT FROM name AS differs, tags @> ARRAY['1'] AS tagged, tags || ARRAY['x'] AS more,
        name LIKE '1%' AS starts, name ~ '^1' AS matches, id BETWEEN 1 AND 2 AS inside
    FROM a;

    -- name: Truth :many
    SELECT (n > 1) IS TRUE AS sure, (n > 1) IS UNKNOWN AS unsure, n > 1 OR id > 3 AS either FROM a;

    -- name: Subscripts :many
    SELECT tags[1] AS first, tags[1:2] AS firsts, array_length(tags, 1) AS size,
        cardinality(tags) AS total FROM a;
    """,
)
add(
    "functions",
    """
    -- name: Texts :many
    SELECT upper(name) AS upper, lower(note) AS lower, length(name) AS size, trim(note) AS trimmed,
        concat(note, '-', name) AS joined, concat_ws(',', note, name) AS listed,
        substring(name FROM 1 FOR 2) AS part, replace(name, '1', 'x') AS replaced,
        split_part(name, ',', 1) AS split, left(name, 1) AS initial, md5(name) AS hash,
        format('%s-%s', name, note) AS formatted, position('1' IN name) AS place
    FROM a;

    -- name: Times :many
    SELECT now() AS now, current_date AS today, date_trunc('day', at) AS day,
        extract(epoch FROM at) AS epoch, at + interval '1 day' AS later, age(at) AS age,
        at AT TIME ZONE 'UTC' AS local, to_char(at, 'YYYY') AS year,
        current_timestamp - at AS since, make_interval(days => id) AS span
    FROM a;

    -- name: Numbers :many
    SELECT abs(n) AS absolute, round(big / 3.0, 2) AS rounded, floor(id / 2.0) AS floor,
        mod(id, 2) AS rest, power(id, 2) AS power, random() AS chance, id % 2 AS odd,
        id / 2 AS half, ceil(n::numeric) AS ceil
    FROM a;

    -- name: Made :one
    SELECT gen_random_uuid() AS id, version() AS version, pi() AS pi, current_user AS "user";
    """,
)
add(
    "row_values",
    """
    -- name: Compare :many
    SELECT (a.id, a.n) < (b.id, b.a_id) AS less, (a.id, a.big) = (b.id, b.a_id) AS equal
    FROM a JOIN b ON true;

    -- name: After :many
    SELECT id FROM a WHERE (name, id) > (sqlc.arg(name), sqlc.arg(id)) ORDER BY name, id LIMIT 2;
    """,
)
add(
    "constants",
    """
    -- name: Constants :one
    SELECT 1 AS one, 'x' AS x, true AS yes, NULL AS nothing, 1.5 AS half, ARRAY[1, 2] AS list,
        'infinity'::float8 AS endless, 10000000000 AS long, '{}'::text[] AS none, now() AS now;

    -- name: Unnamed :one
    SELECT 1, 'two', $1::int + 1;

    -- name: OneValue :one
    SELECT sqlc.arg(x)::int * 2;

    -- name: MaybeValue :one
    SELECT sqlc.narg(x)::int * 2 AS x;
    """,
    {"one_value": "int", "maybe_value": "int | None"},
)
add(
    "set_returning",
    """
    -- name: Series :many
    SELECT g FROM generate_series(1, sqlc.arg(n)::int) AS g;

    -- name: SeriesColumn :many
    SELECT g.n, a.name FROM generate_series(1, 10) AS g(n) LEFT JOIN a ON a.id = g.n;

    -- name: Unnested :many
    SELECT a.id, t.tag FROM a CROSS JOIN unnest(a.tags) AS t(tag);

    -- name: UnnestedLeft :many
    SELECT a.id, t.tag, t.n FROM a LEFT JOIN unnest(a.tags) WITH ORDINALITY AS t(tag, n) ON true;

    -- name: Days :many
    SELECT d::date AS day FROM generate_series('2024-01-01'::date, '2024-01-03', '1 day') AS d;

    -- name: Words :many
    SELECT word FROM a CROSS JOIN regexp_split_to_table(a.name, ',') AS word;
    """,
)
add(
    "where_not_null",
    """
    -- name: WithNote :many
    -- @notnull note
    SELECT id, note FROM a WHERE note IS NOT NULL;

    -- name: NotesOnly :many
    -- @notnull note
    SELECT note FROM a WHERE note IS NOT NULL;

    -- name: ForcedNullable :many
    -- @nullable total
    SELECT count(*) AS total FROM a;
    """,
    {"notes_only": "list[str]", "forced_nullable": "list[int | None]"},
    loose=("forced_nullable[]",),
)
add(
    "group_by_key",
    """
    -- name: ByKey :many
    SELECT a.*, count(b.id) AS total FROM a LEFT JOIN b ON b.a_id = a.id GROUP BY a.id;

    -- name: DistinctOn :many
    SELECT DISTINCT ON (b_id) b_id, id, note FROM a ORDER BY b_id, id DESC;

    -- name: Having :many
    SELECT b_id, count(*) AS total FROM a WHERE b_id IS NOT NULL GROUP BY b_id HAVING count(*) > 0;
    """,
)
add(
    "identity_and_generated",
    """
    -- name: Everything :many
    SELECT * FROM kinds ORDER BY always_id;

    -- name: InsertKind :one
    INSERT INTO kinds (base) VALUES ($1) RETURNING *;

    -- name: UpdateKind :many
    UPDATE kinds SET base = $1 RETURNING always_id, doubled, label;
    """,
    schema="""
    CREATE TABLE kinds (
        always_id bigint GENERATED ALWAYS AS IDENTITY,
        default_id integer GENERATED BY DEFAULT AS IDENTITY,
        serial_id serial,
        small_id smallserial,
        big_id bigserial,
        base integer,
        doubled integer GENERATED ALWAYS AS (base * 2) STORED,
        label text GENERATED ALWAYS AS ('n' || coalesce(base, 0)::text) STORED NOT NULL,
        made timestamptz NOT NULL DEFAULT now()
    );
    """,
)
add(
    "key_added_later",
    """
    -- name: Everything :many
    SELECT * FROM later;

    -- name: Linked :many
    SELECT l.id, l.code, l.extra, k.id AS other FROM later l JOIN keyed k ON k.id = l.id;
    """,
    schema="""
    CREATE TABLE later (id integer, code text, extra text);
    ALTER TABLE later ADD PRIMARY KEY (id);
    ALTER TABLE later ALTER COLUMN code SET NOT NULL;
    ALTER TABLE later ADD COLUMN added integer NOT NULL DEFAULT 1;
    ALTER TABLE later RENAME COLUMN added TO renamed;
    CREATE TABLE keyed (id integer, kind text, CONSTRAINT keyed_key PRIMARY KEY (id, kind));
    """,
)
add(
    "domain_not_null",
    """
    -- name: Everything :many
    SELECT * FROM person;

    -- name: Outer :many
    SELECT p.id, q.email FROM person p LEFT JOIN person q ON q.id = p.id + 3;
    """,
    schema="""
    CREATE DOMAIN email AS text NOT NULL CHECK (VALUE <> '');
    CREATE TABLE person (id integer PRIMARY KEY, email email, nick text);
    """,
)
add(
    "views",
    """
    -- name: Inner :many
    SELECT * FROM a_with_b;

    -- name: Outer :many
    SELECT * FROM a_maybe_b;

    -- name: OuterColumn :many
    SELECT label FROM a_maybe_b;

    -- name: Totals :many
    SELECT * FROM b_totals;

    -- name: Stacked :many
    SELECT * FROM stacked;

    -- name: JoinedView :many
    SELECT a.id, v.total FROM a LEFT JOIN b_totals v ON v.a_id = a.id + 2;
    """,
    schema=SCHEMA
    + """
    CREATE VIEW a_with_b AS SELECT a.id, a.note, b.label FROM a JOIN b ON b.a_id = a.id;
    CREATE VIEW a_maybe_b AS
        SELECT a.id, a.name, b.label, b.value, b.flag FROM a LEFT JOIN b ON b.a_id = a.id + 2;
    CREATE VIEW b_totals AS
        SELECT a_id, count(*) AS total, sum(value) AS amount, max(label) AS last FROM b GROUP BY a_id;
    CREATE VIEW stacked AS
        SELECT m.id, m.label, t.total FROM a_maybe_b m LEFT JOIN b_totals t ON t.a_id = m.id + 2;
    """,
    # The view's own SQL knows this better than any catalog.
)
add(
    "materialized_view",
    """
    -- name: Everything :many
    SELECT * FROM b_by_a ORDER BY a_id;

    -- name: RefreshIt :exec
    REFRESH MATERIALIZED VIEW b_by_a;
    """,
    schema=SCHEMA
    + """
    CREATE MATERIALIZED VIEW b_by_a AS
        SELECT a.id AS a_id, count(b.id) AS total, min(b.label) AS first, a.note
        FROM a LEFT JOIN b ON b.a_id = a.id + 2 GROUP BY a.id;
    """,
)
add(
    "returning",
    """
    -- name: InsertA :one
    INSERT INTO a (id, name, note) VALUES (sqlc.arg(id)::int + 100, $1, $2)
    RETURNING id, note, n, upper(note) AS upper, coalesce(note, '') AS filled;

    -- name: UpdateFrom :many
    UPDATE a SET note = b.label FROM b WHERE b.a_id = a.id RETURNING a.id, a.note, b.value, b.label;

    -- name: CteReturning :many
    WITH changed AS (UPDATE a SET n = n + 1 RETURNING id, n)
    SELECT c.id, c.n, b.label FROM changed c LEFT JOIN b ON b.a_id = c.id + 2;
    """,
)
add(
    "returning_using",
    """
    -- name: DeleteUsing :many
    DELETE FROM a USING b WHERE b.a_id = a.id AND b.flag RETURNING a.id, a.note, b.label;

    -- name: DeleteUsingCte :many
    WITH old AS (SELECT id, label FROM b)
    DELETE FROM a USING old WHERE old.id = a.id RETURNING a.id, a.note;
    """,
    modes=("database",),
)
add(
    "merge",
    """
    -- name: MergeB :execrows
    MERGE INTO b USING (SELECT $1::int AS id, $2::text AS label) AS s
    ON b.id = s.id
    WHEN MATCHED THEN UPDATE SET label = s.label
    WHEN NOT MATCHED THEN INSERT (id, a_id, label) VALUES (s.id, s.id, s.label);
    """,
)
add(
    "json_expressions",
    """
    -- name: Reads :many
    SELECT doc -> 'k' AS k, doc ->> 'k' AS k_text, doc #> '{a,b}' AS deep, doc #>> '{a,b}' AS deep_text,
        doc ? 'k' AS has_k, doc @> '{"k": 1}' AS holds, jsonb_typeof(doc) AS kind, doc - 'k' AS without,
        doc || '{"x": 1}' AS with_x, jsonb_array_length(coalesce(doc -> 'list', '[]')) AS size
    FROM a;

    -- name: Builds :many
    SELECT jsonb_build_object('id', id, 'note', note) AS object, to_jsonb(a) AS whole,
        jsonb_build_array(id, n) AS list, row_to_json(a) AS row, to_jsonb(note) AS note
    FROM a;

    -- name: Aggregated :one
    SELECT jsonb_agg(a.name) AS names, jsonb_object_agg(a.name, a.note) AS by_name,
        coalesce(jsonb_agg(a.name), '[]')::jsonb AS filled, json_agg(a) AS rows FROM a;

    -- name: Keys :many
    SELECT a.id, k.key FROM a CROSS JOIN LATERAL jsonb_object_keys(a.doc) AS k(key);

    -- name: Pairs :many
    SELECT a.id, e.key, e.value FROM a CROSS JOIN LATERAL jsonb_each(a.doc) AS e(key, value);

    -- name: Elements :many
    SELECT e.value ->> 'x' AS x FROM a
    CROSS JOIN LATERAL jsonb_array_elements(jsonb_build_array(a.doc)) AS e(value);

    -- name: SetPath :execrows
    UPDATE a SET doc = jsonb_set(coalesce(doc, '{}'), '{k}', sqlc.arg(value)::jsonb) WHERE id = $1;

    -- name: ByKey :many
    SELECT id FROM a WHERE doc ->> 'k' = sqlc.arg(k)::text OR doc @> sqlc.arg(part)::jsonb;
    """,
)
