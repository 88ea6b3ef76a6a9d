"""Expressions in unusual places: keys of grouping sets, parts of columns, functions of the user."""

from __future__ import annotations

import datetime as dt
import decimal

from psycopg.types.range import Range

from ..case import Q, Script, case

D = decimal.Decimal


@case(
    schema="""
    CREATE TABLE sales (
        id int PRIMARY KEY, region text NOT NULL, product text NOT NULL, qty int NOT NULL, day date NOT NULL
    );
    """,
    queries="""
    -- name: ByNumber :many
    SELECT region, date_trunc('month', day) AS month, count(*) AS n FROM sales GROUP BY ROLLUP (1, 2) ORDER BY 1, 2;

    -- name: ByAlias :many
    SELECT extract(year FROM day) AS year, sum(qty) AS sold FROM sales GROUP BY CUBE (year) ORDER BY year;

    -- name: ByExpression :many
    SELECT coalesce(upper(region), '?') AS label, sum(qty) AS sold
    FROM sales GROUP BY GROUPING SETS ((coalesce(upper(region), '?')), (product)) ORDER BY label;

    -- name: PlainKey :many
    SELECT region, product, sum(qty) AS sold FROM sales GROUP BY region, ROLLUP (product) ORDER BY region, product;

    -- name: Quantiles :one
    SELECT percentile_cont(ARRAY[0.5, 1]) WITHIN GROUP (ORDER BY qty) AS spread FROM sales;

    -- name: Padded :many
    SELECT generate_series(1, 3) AS n, regexp_matches(region, '(.)') AS first FROM sales;

    -- name: Literals :one
    SELECT -2147483648 AS low, 2147483648 AS high, 9223372036854775808 AS huge;
    """,
    loose=("padded[].n",),
)
def grouping_sets(q: Q) -> Script:
    yield q.sql(
        "INSERT INTO sales VALUES (1, 'n', 'a', 2, '2024-01-05'), (2, 'n', 'b', 3, '2024-02-05')"
    )
    rows = yield q.by_number()
    assert [(row.region, row.n) for row in rows] == [("n", 1), ("n", 1), ("n", 2), (None, 2)]
    assert q.signature("by_number") == {"return": "list[ByNumberRow]"}
    rows = yield q.by_alias()
    assert [(row.year, row.sold) for row in rows] == [(D(2024), 5), (None, 5)]
    rows = yield q.by_expression()
    assert [row.label for row in rows] == ["N", None, None]
    rows = yield q.plain_key()
    assert [(row.region, row.product, row.sold) for row in rows] == [
        ("n", "a", 2),
        ("n", "b", 3),
        ("n", None, 5),
    ]
    assert (yield q.quantiles()) == [2.5, 3.0]
    rows = yield q.padded()
    assert [row.first for row in rows] == [["n"], None, None] * 2
    row = yield q.literals()
    assert (row.low, row.high, row.huge) == (-(2**31), 2**31, D(2**63))


@case(
    schema="""
    CREATE TYPE address AS (street text, zip int);
    CREATE DOMAIN code AS text NOT NULL;
    CREATE TABLE boards (
        id int PRIMARY KEY, marks int[] NOT NULL, grid int[][] NOT NULL, home address, corner point NOT NULL,
        code code, due timestamp, label text
    );
    """,
    queries="""
    -- name: Mark :exec
    UPDATE boards SET marks[1] = $1, grid[1][2] = $2, home.zip = $3 WHERE id = $4;

    -- name: Move :exec
    UPDATE boards SET home = ROW($1, $2)::address, (code, label) = ($3, $4) WHERE id = $5;

    -- name: Corner :many
    SELECT id, corner[0] AS x, (home).zip AS zip FROM boards;

    -- name: Several :execrows
    INSERT INTO boards (id, marks, grid, corner, code, due) VALUES
        ($1, '{}', '{}', '(0,0)', $2, now()), ($3, '{}', '{}', '(0,0)', $4, $5);

    -- name: Ordered :many
    SELECT id FROM boards WHERE label = $1 AND $1::int > 0 AND id + $2 > 1;
    """,
    loose=("corner[].x",),
)
def parts_of_columns(q: Q) -> Script:
    done = yield q.several(id=1, code="a", id_2=2, code_2="b", due=dt.datetime(2024, 1, 2, 3, 4))
    assert done == 2
    yield q.mark(marks=5, grid=6, home=7, id=1)
    yield q.move(street="s", zip=8, code="c", label="9", id=2)
    rows = yield q.corner()
    assert sorted((row.id, row.x, row.zip) for row in rows) == [(1, 0.0, 7), (2, 0.0, 8)]
    assert (yield q.ordered(label="9", id=1)) == [2]


@case(
    schema="""
    CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL);
    CREATE FUNCTION listed(at_most int) RETURNS TABLE (id int, label text)
        LANGUAGE sql AS $$ SELECT id, name FROM items WHERE id <= at_most ORDER BY id $$;
    CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql AS $$ SELECT 2 * a $$;
    CREATE FUNCTION twice(a text) RETURNS text LANGUAGE sql AS $$ SELECT a || a $$;
    CREATE FUNCTION same(a anyelement) RETURNS anyelement LANGUAGE sql AS $$ SELECT a $$;
    CREATE FUNCTION first_of(VARIADIC xs int[]) RETURNS int LANGUAGE sql AS $$ SELECT xs[1] $$;
    CREATE FUNCTION nothing(a int) RETURNS void LANGUAGE sql AS $$ SELECT $$;
    CREATE AGGREGATE total (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
    CREATE AGGREGATE mean (float8) (
        SFUNC = float8_accum, STYPE = float8[], FINALFUNC = float8_avg, INITCOND = '{0,0,0}'
    );
    """,
    queries="""
    -- name: Listed :many
    SELECT * FROM listed($1);

    -- name: Pairs :many
    SELECT * FROM jsonb_each('{"a": 1}'::jsonb) AS pair;

    -- name: Chosen :many
    SELECT twice(id) AS i, twice(name) AS t, same(name) AS n, same(id) AS s, first_of(id, 2, 3) AS f FROM items;

    -- name: Aggregates :one
    SELECT total(id) AS all_of_them, mean(id) AS mean FROM items;

    -- name: Nothing :one
    SELECT nothing(1);

    -- name: NothingMore :many
    SELECT nothing(id), id FROM items;
    """,
    loose=(
        "listed[].id",
        "listed[].label",
        "chosen[].i",
        "chosen[].t",
        "chosen[].n",
        "chosen[].s",
        "chosen[].f",
        "aggregates.all_of_them",
    ),
)
def functions_of_ones_own(q: Q) -> Script:
    yield q.sql("INSERT INTO items VALUES (1, 'a'), (2, 'b')")
    rows = yield q.listed(at_most=1)
    assert [(row.id, row.label) for row in rows] == [(1, "a")]
    rows = yield q.pairs()
    assert [(row.key, row.value) for row in rows] == [("a", 1)]
    rows = yield q.chosen()
    assert [(row.i, row.t, row.n, row.s, row.f) for row in rows] == [
        (2, "aa", "a", 1, 1),
        (4, "bb", "b", 2, 2),
    ]
    row = yield q.aggregates()
    assert (row.all_of_them, row.mean) == (3, 1.5)
    assert (yield q.nothing()) is None
    rows = yield q.nothing_more()
    assert [(row.nothing, row.id) for row in rows] == [(None, 1), (None, 2)]


@case(
    schema="""
    CREATE TABLE items (id int PRIMARY KEY, name text NOT NULL);
    CREATE FUNCTION listed(at_most int) RETURNS TABLE (number int, label text)
        LANGUAGE sql AS $$ SELECT id, name FROM items WHERE id <= at_most ORDER BY id $$;
    """,
    queries="""
    -- name: Joined :many
    SELECT l.*, i.name FROM items i LEFT JOIN listed(sqlc.arg(at_most)) AS l ON true ORDER BY i.id;

    -- name: All :many
    SELECT * FROM items, listed(items.id);
    """,
    loose=("all[].number", "all[].label"),
    modes=("static",),
)
def stars_over_functions(q: Q) -> Script:
    yield q.sql("INSERT INTO items VALUES (1, 'a'), (2, 'b')")
    rows = yield q.joined(at_most=1)
    assert [(row.number, row.label, row.name) for row in rows] == [(1, "a", "a"), (1, "a", "b")]
    rows = yield q.all()
    assert len(rows) == 3


@case(
    schema="""
    CREATE TABLE facts (id int PRIMARY KEY, a int, b text, xs int[]);
    """,
    queries="""
    -- name: RowsDiffer :many
    SELECT a, b FROM facts WHERE NOT ((a, b) = (1, 'x')) ORDER BY id;

    -- name: RowsAgree :many
    SELECT a, b FROM facts WHERE (a, b) = (1, 'x');

    -- name: InNoArray :many
    SELECT a, xs FROM facts WHERE NOT (a = ANY (xs)) ORDER BY id;

    -- name: InArray :many
    SELECT a, xs FROM facts WHERE a = ANY (xs);

    -- name: InNoSet :many
    SELECT a FROM facts WHERE a NOT IN (SELECT id FROM facts WHERE b = 'none') ORDER BY id;

    -- name: InSet :many
    SELECT a FROM facts WHERE a IN (SELECT id FROM facts);

    -- name: Passed :many
    SELECT CASE WHEN a IS NULL OR b IS NULL THEN 0 ELSE a END AS both,
        CASE WHEN NOT (a IS NOT NULL AND b IS NOT NULL) THEN '' ELSE b END AS neither,
        CASE WHEN a IS NULL OR a > 5 THEN 0 ELSE a END AS low
    FROM facts ORDER BY id;

    -- name: Between :many
    SELECT id FROM facts WHERE now() BETWEEN $1 AND $1 + interval '1 day' AND id = nullif($2, 0);

    -- name: Within :many
    SELECT id FROM facts WHERE int4range(id, id + 9) @> $1 AND id <@ $2::int4range;
    """,
)
def what_conditions_say(q: Q) -> Script:
    yield q.sql(
        "INSERT INTO facts VALUES (1, 1, 'x', '{1}'), (2, 2, NULL, '{}'), (3, NULL, 'x', '{}')"
    )
    rows = yield q.rows_differ()
    assert [(row.a, row.b) for row in rows] == [(2, None)]
    rows = yield q.rows_agree()
    assert [(row.a, row.b) for row in rows] == [(1, "x")]
    rows = yield q.in_no_array()
    assert [(row.a, row.xs) for row in rows] == [(2, []), (None, [])]
    rows = yield q.in_array()
    assert [(row.a, row.xs) for row in rows] == [(1, [1])]
    assert (yield q.in_no_set()) == [1, 2, None]
    assert (yield q.in_set()) == [1, 2]
    rows = yield q.passed()
    assert [(row.both, row.neither, row.low) for row in rows] == [
        (1, "x", 1),
        (0, "", 2),
        (0, "", 0),
    ]
    assert q.signature("passed")["return"] == "list[PassedRow]"
    assert (yield q.within(id=Range(2, 4), id_2=Range(1, 2))) == [1]


@case(
    schema="""
    CREATE TABLE owners (id int PRIMARY KEY, name text NOT NULL);
    CREATE TABLE pets (id int PRIMARY KEY, owner_id int NOT NULL, name text NOT NULL);
    """,
    queries="""
    -- name: Counted :many
    SELECT o.name, c.pets, c.first, l.name AS latest
    FROM owners o
    LEFT JOIN LATERAL (SELECT count(*) AS pets, min(p.name) AS first FROM pets p WHERE p.owner_id = o.id) c ON true
    LEFT JOIN LATERAL (SELECT p.name FROM pets p WHERE p.owner_id = o.id ORDER BY p.id DESC LIMIT 1) l ON true
    ORDER BY o.id;

    -- name: SomeCounted :many
    SELECT o.name, c.pets FROM owners o LEFT JOIN (SELECT count(*) AS pets FROM pets) c ON c.pets > o.id ORDER BY o.id;

    -- name: Put :one
    INSERT INTO owners (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name
    RETURNING id, (xmax = 0) AS is_new;
    """,
)
def a_row_that_is_always_there(q: Q) -> Script:
    yield q.sql(
        "INSERT INTO owners VALUES (1, 'a'), (2, 'b'); INSERT INTO pets VALUES (1, 1, 'x'), (2, 1, 'y')"
    )
    rows = yield q.counted()
    assert [(row.pets, row.first, row.latest) for row in rows] == [(2, "x", "y"), (0, None, None)]
    rows = yield q.some_counted()
    assert [row.pets for row in rows] == [2, None]
    assert not (yield q.put(id=2, name="c")).is_new
    assert (yield q.put(id=3, name="c")).is_new


@case(
    schema="""
    CREATE TABLE a (id integer PRIMARY KEY, x text NOT NULL);
    CREATE TABLE b (id integer PRIMARY KEY, a_id integer NOT NULL, x integer NOT NULL);
    """,
    queries="""
    -- name: Joined :many
    SELECT j.a, j.label, j.b, j.number FROM (a LEFT JOIN b ON b.a_id = a.id)
        AS j (a, label, b, a_again, number) ORDER BY j.a;
    """,
    modes=("database",),
)
def names_of_a_join(q: Q) -> Script:
    """Columns with the same name on both sides, which the column aliases of the join rename."""
    yield q.sql("INSERT INTO a VALUES (1, 'one'), (2, 'two')")
    yield q.sql("INSERT INTO b VALUES (10, 1, 100)")
    first, second = yield q.joined()
    assert (first.label, first.b, first.number) == ("one", 10, 100)
    assert (second.label, second.b, second.number) == ("two", None, None)
