"""Functions, operators, casts and windows of PostgreSQL that return NULL for arguments that are not NULL."""

from __future__ import annotations

import datetime
import decimal

from ..case import Q, Script, case

LEASE = """
CREATE TABLE lease (
    id uuid PRIMARY KEY, since timestamptz NOT NULL, until timestamptz NOT NULL,
    on_day date NOT NULL, local timestamp NOT NULL, j jsonb NOT NULL, a lseg NOT NULL,
    n numeric NOT NULL, words text NOT NULL, tags text[] NOT NULL, span int4range NOT NULL
);
"""
ROW = """
INSERT INTO lease VALUES
    ('00000000-0000-0000-0000-0000000000a1', '2024-02-29 12:00+00', '2024-03-01 12:00+00',
     '2024-02-29', '2024-02-29 12:00', '{"a": true}', '[(0,2),(2,0)]', 1.50, '1.5', '{x}', '[1,5)'),
    ('41db1265-8bc1-4ab3-992f-885799a4af1d', '2024-02-29 12:00+00', 'infinity',
     '-infinity', 'infinity', '{}', '[(0,0),(1,1)]', 'NaN', '', '{}', 'empty')
"""
WORDS = """
CREATE EXTENSION hstore;
CREATE TABLE word (
    id int PRIMARY KEY, v tsvector NOT NULL, h hstore NOT NULL, j jsonb NOT NULL, t text NOT NULL
);
"""
TWO_WORDS = """
INSERT INTO word VALUES
    (1, 'a', 'a=>NULL', '{"a": null}', 'xz'), (2, 'a:1', 'b=>1', '{"list": [1, null]}', 'no')
"""


@case(
    schema=LEASE,
    queries="""
    -- name: Months :many
    SELECT extract(month FROM until) AS m, until::time AS t, until::timetz AS tz,
        date_part('day', on_day) AS d, extract(hour FROM local) AS h, local::time(0) AS lt
    FROM lease ORDER BY id;

    -- name: Years :many
    SELECT extract(year FROM until) AS y, extract(epoch FROM local) AS e,
        date_part('isoyear', on_day) AS i, extract(hour FROM until::time) AS h,
        extract(day FROM since - since) AS d
    FROM lease ORDER BY id;

    -- name: Written :many
    SELECT to_char(until, 'YYYY') AS year, to_char(n, '9.9') AS n, to_number('7', '9') AS seven
    FROM lease ORDER BY id;

    -- name: Read :many
    SELECT to_number('7', CASE WHEN words = '' THEN '' ELSE '9' END) AS n FROM lease ORDER BY id;

    -- name: Path :many
    SELECT j @@ '$.a' AS p FROM lease ORDER BY id;

    -- name: Found :many
    SELECT j @? 'strict $.a' AS p, jsonb_path_exists(j, '$.a') AS there,
        jsonb_path_exists(j, 'strict $.a', silent => true) AS silent,
        jsonb_path_exists(j, 'strict $.a', '{}', true) AS quiet,
        j @@ ANY (ARRAY['$.a']::jsonpath[]) AS any_path, n = ANY (ARRAY[1, 2]) AS any_number
    FROM lease ORDER BY id;

    -- name: Matches :many
    SELECT to_tsvector('simple', words) @@ to_tsquery('simple', 'x') AS p FROM lease;

    -- name: Numbers :many
    SELECT scale(n) AS s, min_scale(n) AS m, a # a AS x, a ## a AS y FROM lease ORDER BY id;

    -- name: Server :one
    SELECT pg_last_xact_replay_timestamp() AS replayed, txid_current_if_assigned() AS tx;

    -- name: Bounds :many
    SELECT lower(span) AS low, upper(span) AS high, lower(words) AS small FROM lease ORDER BY id;

    -- name: Sizes :many
    SELECT array_length(tags, 1) AS length, cardinality(tags) AS number, array_ndims(tags) AS depth
    FROM lease ORDER BY id;

    -- name: Joined :one
    SELECT array_to_string(ARRAY[1, 2], sqlc.narg(sep)::text) AS s;

    -- name: JoinedBy :one
    SELECT array_to_string(ARRAY[1, NULL], sqlc.arg(sep)::text) AS s,
        array_to_string(ARRAY[1, NULL], ',', sqlc.narg(missing)::text) AS t;

    -- name: Table :many
    SELECT t.part FROM string_to_table('a,b', ',', sqlc.arg(missing)::text) AS t(part);

    -- name: Built :one
    SELECT concat(VARIADIC sqlc.narg(parts)::text[]) AS parted, num_nulls(VARIADIC sqlc.arg(items)::int[]) AS n,
        concat(sqlc.narg(part)::text) AS one, jsonb_build_array(sqlc.narg(part)::text) AS made;
    """,
)
def values(q: Q) -> Script:
    yield q.sql("DELETE FROM lease")
    yield q.sql(ROW)
    [first, last] = yield q.months()
    assert (first.m, first.t, first.d, first.h) == (3, datetime.time(12), 29, 12)
    assert (last.m, last.t, last.tz, last.d, last.h, last.lt) == (None,) * 6
    [_, last] = yield q.years()
    assert last.y == decimal.Decimal("Infinity")
    [first, last] = yield q.written()
    assert (first.year, last.year) == ("2024", None)
    assert (yield q.read()) == [7, None]
    assert (yield q.path()) == [True, None]
    [first, last] = yield q.found()
    assert (first.p, first.there, first.silent, first.quiet, first.any_path) == (True,) * 5
    assert (last.p, last.there, last.silent, last.quiet, last.any_path) == (
        None,
        False,
        None,
        None,
        None,
    )
    yield q.matches()
    [first, last] = yield q.numbers()
    assert (first.s, last.s, last.m, last.x, last.y) == (2, None, None, None, None)
    row = yield q.server()
    assert row.replayed is None
    [first, last] = yield q.bounds()
    assert (first.low, last.low, last.high) == (1, None, None)
    [first, last] = yield q.sizes()
    assert (first.length, last.length, last.number) == (1, None, 0)
    assert (yield q.joined(sep=None)) is None
    assert (yield q.joined(sep="-")) == "1-2"
    row = yield q.joined_by(sep="-", missing=None)
    assert (row.s, row.t) == ("1", "1")
    assert (yield q.table(missing="b")) == ["a", None]
    row = yield q.built(parts=None, items=[1], part=None)
    assert (row.parted, row.n, row.one, row.made) == (None, 0, "", [None])


@case(
    schema=LEASE,
    since=17,
    queries="""
    -- name: Made :many
    SELECT uuid_extract_timestamp(id) AS made, uuid_extract_version(id) AS v FROM lease ORDER BY id;
    """,
)
def uuids(q: Q) -> Script:
    yield q.sql("DELETE FROM lease")
    yield q.sql(ROW)
    [zero, four] = yield q.made()
    assert (zero.made, zero.v, four.made, four.v) == (None, None, None, 4)
    yield q.sql("UPDATE lease SET id = 'a6cc5730-2261-11ee-9c43-2eb5a363657c' WHERE n = 'NaN'")
    [_, one] = yield q.made()
    assert (one.made.tzinfo, one.v) == (datetime.UTC, 1)


@case(
    schema=LEASE,
    since=18,
    queries="""
    -- name: Elements :many
    SELECT v.e::int AS n FROM lease, jsonb_array_elements(j) AS v(e) ORDER BY n;

    -- name: Many :many
    SELECT ARRAY(SELECT e FROM jsonb_array_elements(j) AS e)::int[] AS n FROM lease;

    -- name: Whole :many
    SELECT (j -> 'a')::bool AS a, int4(j -> 'n') AS n FROM lease ORDER BY id;

    -- name: Fresh :one
    SELECT uuidv7() AS id;
    """,
)
def json_null(q: Q) -> Script:
    yield q.sql("DELETE FROM lease")
    yield q.sql(ROW)
    [first, _] = yield q.whole()
    assert (first.a, first.n) == (True, None)
    yield q.sql("DELETE FROM lease WHERE n = 'NaN'")
    yield q.sql("UPDATE lease SET j = '[1, null]'")
    assert (yield q.elements()) == [1, None]
    assert (yield q.many()) == [[1, None]]
    yield q.fresh()


@case(
    schema="CREATE TABLE score (id int PRIMARY KEY, name text NOT NULL, points int NOT NULL);",
    queries="""
    -- name: Buckets :many
    SELECT ntile(sqlc.narg(buckets)::int) OVER (ORDER BY id) AS bucket FROM score;

    -- name: BucketsOf :many
    SELECT ntile(sqlc.arg(buckets)::int) OVER (ORDER BY id) AS bucket FROM score;

    -- name: Previous :many
    SELECT lag(name, sqlc.narg(steps)::int, 'none') OVER (ORDER BY id) AS before,
        lead(name, 1, sqlc.narg(missing)::text) OVER (ORDER BY id) AS after,
        lag(name, 1, 'none') OVER w AS named, lag(name) OVER w AS plain
    FROM score WINDOW w AS (ORDER BY id) ORDER BY id;

    -- name: Framed :many
    SELECT first_value(name) OVER (ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 PRECEDING) AS before,
        last_value(name) OVER w AS after, sum(points) OVER w AS rest, count(*) OVER w AS left,
        first_value(name) OVER (ORDER BY id ROWS 1 PRECEDING EXCLUDE CURRENT ROW) AS other,
        nth_value(name, 2) OVER (ORDER BY id) AS second, first_value(name) OVER (ORDER BY id) AS first
    FROM score WINDOW w AS (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) ORDER BY id;

    -- name: Partitions :many
    SELECT row_number() OVER w AS n, rank() OVER w AS r, cume_dist() OVER w AS c
    FROM score WINDOW w AS (ORDER BY id ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING);
    """,
)
def windows(q: Q) -> Script:
    yield q.sql("DELETE FROM score")
    yield q.sql("INSERT INTO score VALUES (1, 'a', 1), (2, 'b', 2)")
    assert (yield q.buckets(buckets=None)) == [None, None]
    assert (yield q.buckets_of(buckets=1)) == [1, 1]
    [first, second] = yield q.previous(steps=None, missing=None)
    assert (first.before, first.after, first.named, first.plain) == (None, "b", "none", None)
    assert (second.before, second.after) == (None, None)
    [first, second] = yield q.framed()
    assert (first.before, second.before, first.after, second.after) == (None, "a", "b", None)
    assert (second.rest, second.left, first.other, first.second) == (None, 0, None, None)
    yield q.partitions()


@case(
    schema=WORDS,
    queries="""
    -- name: Lexemes :many
    SELECT u.lexeme, u.positions, u.weights FROM word, unnest(word.v) AS u;

    -- name: Fields :many
    SELECT e.key, e.value FROM word, jsonb_each_text(j) AS e;

    -- name: Pairs :many
    SELECT e.key, e.value, avals(h) AS everything FROM word, each(h) AS e ORDER BY e.key;
    """,
    modes=("database",),
)
def columns(q: Q) -> Script:
    yield q.sql("DELETE FROM word")
    yield q.sql(TWO_WORDS)
    found = yield q.lexemes()
    assert [row.positions for row in found] == [None, [1]]
    [row, _] = yield q.fields()
    assert row.value is None
    [first, _] = yield q.pairs()
    assert (first.value, first.everything) == (None, [None])


@case(
    schema=WORDS,
    queries="""
    -- name: Matched :many
    SELECT regexp_match(t, 'x(y)?') AS m, substring(t FROM 'x.') AS s, substring(t FROM 2) AS rest
    FROM word ORDER BY id;

    -- name: Slices :many
    SELECT h -> ARRAY['a', 'b'] AS two, h -> 'a' AS one, h ? 'a' AS there FROM word ORDER BY id;

    -- name: Elements :many
    SELECT e FROM word, jsonb_array_elements_text(j -> 'list') AS e ORDER BY id;
    """,
)
def elements(q: Q) -> Script:
    yield q.sql("DELETE FROM word")
    yield q.sql(TWO_WORDS)
    found = yield q.matched()
    assert [row.m for row in found] == [[None], None]
    found = yield q.slices()
    assert [row.two for row in found] == [[None, None], [None, "1"]]
    assert (yield q.elements()) == ["1", None]
