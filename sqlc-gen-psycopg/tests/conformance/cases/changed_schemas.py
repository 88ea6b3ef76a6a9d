"""Schemas that change existing objects: renamed, moved, dropped, altered."""

from __future__ import annotations

from .schemas import add

add(
    "dropped_and_made_again",
    """
    CREATE SCHEMA app;
    CREATE TYPE app.mood AS ENUM ('sad');
    CREATE TABLE app.t (id text, gone integer);
    CREATE VIEW app.v AS SELECT id FROM app.t;
    CREATE FUNCTION app.f(n integer) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
    DROP SCHEMA app CASCADE;
    CREATE SCHEMA app;
    CREATE TABLE app.t (id bigint NOT NULL);
    CREATE FUNCTION app.f(n integer) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;
    CREATE TABLE twice (id text);
    DROP TABLE twice;
    CREATE TABLE twice (id integer NOT NULL, note text);
    CREATE VIEW seen AS SELECT id FROM twice;
    DROP VIEW seen;
    CREATE VIEW seen AS SELECT note FROM twice;
    CREATE DOMAIN short AS text NOT NULL;
    DROP DOMAIN short;
    CREATE DOMAIN short AS integer;
    CREATE TABLE shorts (id integer NOT NULL, short short);
    CREATE FUNCTION g(n integer) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
    DROP FUNCTION g(integer);
    CREATE FUNCTION g(n integer) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
    DROP TABLE IF EXISTS never_there;
    """,
    """
    -- name: App :many
    SELECT id, app.f(1) AS f FROM app.t;

    -- name: Twice :many
    SELECT id, note, g(id) AS g FROM twice;

    -- name: Seen :many
    SELECT note FROM seen;

    -- name: Shorts :many
    SELECT id, short FROM shorts;
    """,
    {"seen": "list[str | None]"},
    loose=("app[].f", "twice[].g"),
)
add(
    "renamed_and_moved",
    """
    CREATE SCHEMA app;
    CREATE TYPE feeling AS ENUM ('sad', 'ok');
    CREATE DOMAIN label AS text NOT NULL;
    CREATE TYPE pair AS (x integer, y text);
    CREATE TABLE person (id integer PRIMARY KEY, label label, feeling feeling, pair pair, nick text);
    CREATE TABLE child (extra integer NOT NULL) INHERITS (person);
    CREATE FUNCTION one_of(id integer) RETURNS person LANGUAGE sql AS $$ SELECT NULL::person $$;
    CREATE FUNCTION plus(n integer) RETURNS bigint LANGUAGE sql STRICT AS $$ SELECT n + 1 $$;
    ALTER TYPE feeling RENAME TO mood;
    ALTER DOMAIN label RENAME TO title;
    ALTER TYPE pair RENAME TO couple;
    ALTER TYPE couple RENAME ATTRIBUTE x TO first;
    ALTER TABLE person RENAME TO people;
    ALTER TABLE people RENAME COLUMN nick TO nickname;
    ALTER FUNCTION plus(integer) RENAME TO more;
    ALTER TABLE people SET SCHEMA app;
    ALTER DOMAIN title SET SCHEMA app;
    ALTER FUNCTION more(integer) SET SCHEMA app;
    """,
    """
    -- name: People :many
    SELECT id, label, feeling, nickname, (pair).first AS first, app.more(id) AS more FROM app.people;

    -- name: Children :many
    SELECT id, label, feeling, nickname, extra FROM child;

    -- name: Whole :many
    SELECT pair FROM app.people;
    """,
    loose=("people[].more",),
)
add(
    "altered",
    """
    CREATE DOMAIN code AS text;
    CREATE DOMAIN called AS text NOT NULL;
    CREATE TYPE pair AS (x integer, y text);
    CREATE TABLE t (id integer, a text, b text NOT NULL, c integer, code code, called called, pair pair, n integer NOT NULL);
    ALTER TABLE t ADD COLUMN d text NOT NULL DEFAULT 'x';
    ALTER TABLE t ADD COLUMN IF NOT EXISTS d integer;
    ALTER TABLE t ALTER COLUMN a SET NOT NULL;
    ALTER TABLE t ALTER COLUMN b DROP NOT NULL;
    ALTER TABLE t ALTER COLUMN c TYPE bigint;
    ALTER TABLE t DROP COLUMN pair;
    ALTER TABLE t DROP COLUMN IF EXISTS never_there;
    ALTER TABLE t ALTER COLUMN n ADD GENERATED ALWAYS AS IDENTITY;
    ALTER TABLE t ADD CONSTRAINT t_key PRIMARY KEY (id);
    CREATE TABLE u (pair pair);
    ALTER DOMAIN code SET NOT NULL;
    ALTER DOMAIN called DROP NOT NULL;
    CREATE TABLE checked (id integer, CONSTRAINT known CHECK (id IS NOT NULL), UNIQUE (id));
    ALTER TABLE checked ADD CONSTRAINT positive CHECK (id > 0);
    CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
    ALTER DOMAIN positive ADD CONSTRAINT odd CHECK (VALUE % 2 = 1);
    CREATE TABLE v (positive positive);
    """,
    """
    -- name: All :many
    SELECT id, a, b, c, code, called, d, n FROM t;

    -- name: Add :one
    INSERT INTO t (id, a, b, c, code, called) VALUES ($1, $2, $3, $4, $5, $6) RETURNING *;

    -- name: Pairs :many
    SELECT (pair).y AS y, (pair).x AS x FROM u;

    -- name: Checked :many
    SELECT id FROM checked;

    -- name: Positive :many
    SELECT positive FROM v;
    """,
)
add(
    "made_of_others",
    """
    CREATE TABLE base (id integer PRIMARY KEY, note text, at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE copied (LIKE base INCLUDING ALL, extra text NOT NULL);
    CREATE TABLE inherited (more integer) INHERITS (base, copied);
    CREATE TABLE gathered AS SELECT id, note, count(*) AS total FROM base GROUP BY id, note;
    CREATE TYPE pair AS (x integer, y text);
    CREATE TYPE span AS RANGE (subtype = date);
    CREATE TABLE spans (id integer NOT NULL, span span, spans span[]);
    ALTER TABLE base ADD COLUMN late integer;
    ALTER TABLE base ALTER COLUMN note SET NOT NULL;
    CREATE FUNCTION a_set(n integer) RETURNS SETOF integer LANGUAGE sql AS $$ SELECT n $$;
    CREATE FUNCTION defaulted(n integer, m integer DEFAULT 2) RETURNS integer LANGUAGE sql AS $$ SELECT n $$;
    CREATE FUNCTION variadic_of(n integer, VARIADIC rest text[]) RETURNS integer LANGUAGE sql AS $$ SELECT n $$;
    CREATE FUNCTION echo(x anyelement) RETURNS anyelement LANGUAGE sql AS $$ SELECT x $$;
    CREATE FUNCTION nothing() RETURNS void LANGUAGE sql AS $$ SELECT $$;
    """,
    """
    -- name: Copied :many
    SELECT * FROM copied;

    -- name: Inherited :many
    SELECT id, note, at, extra, more FROM inherited;

    -- name: Gathered :many
    SELECT * FROM gathered;

    -- name: Spans :many
    SELECT id, span, lower(span) AS start, spans FROM spans;

    -- name: Calls :one
    SELECT defaulted(1) AS first, defaulted(1, 3) AS second, variadic_of(2, 'a', 'b') AS third,
        defaulted(n => 1, m => 3) AS named, echo(1) AS number, echo('x'::text) AS text;

    -- name: InList :many
    SELECT a_set(1) AS s;

    -- name: Nothing :exec
    SELECT nothing();
    """,
    loose=(
        *("calls.first", "calls.second", "calls.third", "calls.named", "calls.number"),
        *("calls.text", "in_list[]"),
    ),
)
add(
    "rows_of_user_functions",
    """
    CREATE FUNCTION both_of(IN n integer, OUT x integer, OUT y text) LANGUAGE sql AS $$ SELECT n, 'y' $$;
    CREATE FUNCTION one_out(n integer, OUT x bigint) LANGUAGE sql AS $$ SELECT n::bigint $$;
    CREATE FUNCTION a_table(n integer) RETURNS TABLE (id integer, note text) LANGUAGE sql AS $$ SELECT n, NULL $$;
    CREATE FUNCTION one_column(n integer) RETURNS TABLE (id integer) LANGUAGE sql AS $$ SELECT n $$;
    CREATE FUNCTION a_set(n integer) RETURNS SETOF integer LANGUAGE sql AS $$ SELECT n $$;
    """,
    """
    -- name: OneOut :many
    SELECT o FROM one_out(1) AS o;

    -- name: Outs :many
    SELECT o.x, o.y FROM both_of(1) AS o;

    -- name: Tables :many
    SELECT t.id, t.note FROM a_table(1) AS t;

    -- name: Columns :many
    SELECT c.id FROM one_column(1) AS c;

    -- name: Sets :many
    SELECT s FROM a_set(1) AS s;
    """,
    loose=("one_out[]", "outs[].x", "outs[].y", "tables[].id", "columns[]", "sets[]"),
    modes=("database",),
)
add(
    "parameters_of_merge",
    """
    CREATE TABLE a (id integer PRIMARY KEY, name text NOT NULL, note text, n integer, big bigint NOT NULL DEFAULT 0);
    """,
    """
    -- name: MergeAll :execrows
    MERGE INTO a USING (SELECT $1::int AS id, $2::text AS note) AS s ON a.id = s.id
    WHEN MATCHED AND a.n > $3 THEN DELETE
    WHEN MATCHED THEN UPDATE SET note = $4, name = $5, big = a.big + $6
    WHEN NOT MATCHED AND s.id > $7 THEN INSERT (id, name, note, n) VALUES (s.id, $8, $9, $10)
    WHEN NOT MATCHED THEN DO NOTHING;

    -- name: MergeValues :execrows
    MERGE INTO a USING a AS s ON a.id = s.id
    WHEN NOT MATCHED THEN INSERT VALUES (s.id, $1, $2, $3, $4);

    -- name: MergeTwice :execrows
    MERGE INTO a USING a AS s ON a.id = s.id
    WHEN MATCHED THEN UPDATE SET (note, name) = ($1, $2)
    WHEN NOT MATCHED THEN INSERT (id, name, note) VALUES (s.id, $1, $3);
    """,
    {
        "merge_all(note_2)": "str | None",
        "merge_all(name)": "str",
        "merge_all(note_3)": "str | None",
        "merge_all(n_2)": "int | None",
        "merge_values(name)": "str",
        "merge_values(note)": "str | None",
        "merge_values(n)": "int | None",
        "merge_values(big)": "int",
        "merge_twice(note)": "str",
        "merge_twice(name)": "str",
        "merge_twice(note_2)": "str | None",
    },
)
