"""More schema files: objects that are renamed, moved, dropped and created again, and kinds of functions."""

SCRIPTS = {
    "schemas, dropped and made again": """
        CREATE SCHEMA app;
        CREATE SCHEMA kept;
        CREATE TYPE app.mood AS ENUM ('sad');
        CREATE DOMAIN app.short AS text NOT NULL;
        CREATE TYPE app.pair AS (x int, y text);
        CREATE TYPE app.span AS RANGE (subtype = date);
        CREATE TABLE app.t (id text, gone serial);
        CREATE TABLE kept.t (id text);
        CREATE TABLE kept.child (more int) INHERITS (app.t);
        CREATE FUNCTION app.f(n int) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
        CREATE FUNCTION kept.f(n int) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$;
        DROP SCHEMA app CASCADE;
        CREATE SCHEMA IF NOT EXISTS app;
        CREATE TABLE IF NOT EXISTS app.t (id bigint NOT NULL);
        CREATE TABLE IF NOT EXISTS kept.t (other int);
        CREATE FUNCTION app.f(n int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
    """,
    "a schema with another name": """
        CREATE SCHEMA app;
        CREATE SCHEMA other;
        CREATE TYPE app.mood AS ENUM ('sad');
        CREATE DOMAIN app.short AS text;
        CREATE TYPE app.pair AS (x int, mood app.mood);
        CREATE TYPE app.span AS RANGE (subtype = date);
        CREATE TABLE app.t (id serial, moods app.mood[], pair app.pair, span app.span, short app.short);
        CREATE TABLE other.t (mood app.mood);
        CREATE FUNCTION app.f(m app.mood) RETURNS app.short LANGUAGE sql AS $$ SELECT 'x' $$;
        ALTER SCHEMA app RENAME TO attic;
    """,
    "elements of a schema": """
        CREATE SCHEMA app
            CREATE TABLE t (id int NOT NULL)
            CREATE VIEW v AS SELECT id FROM t;
        CREATE TABLE t (note text);
    """,
    "types with other names": """
        CREATE SCHEMA app;
        CREATE TYPE feeling AS ENUM ('sad');
        CREATE DOMAIN label AS text NOT NULL;
        CREATE DOMAIN title AS label;
        CREATE TYPE pair AS (x int, y label);
        CREATE TYPE pairs AS (p pair, q pair[]);
        CREATE TYPE span AS RANGE (subtype = date, multirange_type_name = spans);
        CREATE TYPE daterange AS RANGE (subtype = date);
        CREATE TYPE ofranges AS RANGE (subtype = int);
        CREATE TABLE t (label label, feelings feeling[], pair pair, span span, spans spans);
        CREATE FUNCTION f(a label, b feeling[], OUT c pair, OUT d span) LANGUAGE sql
            AS $$ SELECT NULL::pair, NULL::span $$;
        CREATE FUNCTION g(feeling) RETURNS feeling LANGUAGE sql AS $$ SELECT $1 $$;
        ALTER TYPE feeling RENAME TO mood;
        ALTER DOMAIN label RENAME TO called;
        ALTER TYPE pair RENAME TO couple;
        ALTER TYPE couple RENAME ATTRIBUTE x TO first;
        ALTER TYPE span RENAME TO period;
        ALTER TYPE spans RENAME TO periods;
        ALTER TYPE mood SET SCHEMA app;
        ALTER DOMAIN called SET SCHEMA app;
        ALTER TYPE couple SET SCHEMA app;
        ALTER TYPE periods SET SCHEMA app;
    """,
    "types, dropped and made again": """
        CREATE TYPE mood AS ENUM ('sad');
        CREATE TYPE kept AS ENUM ('sad');
        CREATE DOMAIN short AS text NOT NULL;
        CREATE TYPE pair AS (x int, y text);
        CREATE TYPE span AS RANGE (subtype = date);
        CREATE TYPE period AS RANGE (subtype = timestamptz);
        DROP TYPE mood, pair;
        DROP DOMAIN short;
        DROP TYPE span;
        DROP TYPE IF EXISTS never_there;
        CREATE DOMAIN mood AS int;
        CREATE TYPE short AS (z int);
        CREATE TABLE t (mood mood, short short, kept kept);
    """,
    "domains": """
        CREATE DOMAIN a AS int CHECK (VALUE > 0);
        CREATE DOMAIN b AS text NOT NULL;
        CREATE DOMAIN c AS text NOT NULL;
        CREATE DOMAIN d AS text;
        ALTER DOMAIN a ADD CONSTRAINT odd CHECK (VALUE % 2 = 1);
        ALTER DOMAIN b DROP NOT NULL;
        ALTER DOMAIN c SET DEFAULT 'x';
        ALTER DOMAIN d SET NOT NULL;
        CREATE TABLE t (a a, b b, c c, d d);
    """,
    "functions": """
        CREATE SCHEMA app;
        CREATE FUNCTION one(a int, text, c int DEFAULT 1, d int = 2) RETURNS text LANGUAGE sql AS $$ SELECT '' $$;
        CREATE FUNCTION two(IN a int, OUT x int, OUT y text) LANGUAGE sql AS $$ SELECT 1, '' $$;
        CREATE FUNCTION two_rows(IN a int, OUT x int, INOUT y text) RETURNS SETOF record
            LANGUAGE sql AS $$ SELECT 1, '' $$;
        CREATE FUNCTION single(IN a int, OUT x bigint) LANGUAGE sql AS $$ SELECT 1::bigint $$;
        CREATE FUNCTION singles(IN a int, OUT x bigint) RETURNS SETOF bigint LANGUAGE sql AS $$ SELECT 1::bigint $$;
        CREATE FUNCTION rows() RETURNS TABLE (id int, note text[]) LANGUAGE sql AS $$ SELECT 1, '{}'::text[] $$;
        CREATE FUNCTION a_row() RETURNS TABLE (id int) LANGUAGE sql AS $$ SELECT 1 $$;
        CREATE FUNCTION of_any(n int, VARIADIC rest text[]) RETURNS int LANGUAGE sql AS $$ SELECT n $$;
        CREATE FUNCTION echo(anyelement) RETURNS anyelement LANGUAGE sql AS $$ SELECT $1 $$;
        CREATE FUNCTION over(a int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
        CREATE FUNCTION over(a text) RETURNS text LANGUAGE sql AS $$ SELECT '' $$;
        CREATE OR REPLACE FUNCTION over(a int) RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;
        CREATE FUNCTION old(a int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
        CREATE FUNCTION gone(a int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
        ALTER FUNCTION old(int) RENAME TO new;
        ALTER FUNCTION new(int) SET SCHEMA app;
        DROP FUNCTION gone(int);
        CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
        CREATE FUNCTION app.halved(int) RETURNS numeric LANGUAGE sql AS $$ SELECT $1 / 2.0 $$;
        CREATE AGGREGATE half(int) (SFUNC = int4pl, STYPE = int, FINALFUNC = app.halved);
        CREATE AGGREGATE amount(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
    """,
    "names of columns in views": """
        CREATE TABLE t (id int NOT NULL, note text, doc jsonb);
        CREATE VIEW subqueries AS SELECT (SELECT count(*) FROM t), (SELECT max(id) AS top FROM t),
            ARRAY(SELECT id FROM t), EXISTS (SELECT 1 FROM t);
        CREATE VIEW calls AS SELECT current_date, localtime(0), current_user, session_user,
            greatest(id, 2), coalesce(note, ''), nullif(id, 1), pg_catalog.lower(note) FROM t;
        CREATE VIEW casts AS SELECT (id + 1)::bigint, note::varchar, 'x'::bpchar FROM t;
        CREATE VIEW cases AS SELECT CASE WHEN id > 1 THEN 0 ELSE length(note) END FROM t;
        CREATE VIEW more_cases AS SELECT CASE WHEN id > 1 THEN id ELSE 0 END, ARRAY[id],
            note COLLATE "C" FROM t;
        CREATE VIEW operators AS SELECT doc -> 'a' FROM t;
        CREATE VIEW compared AS SELECT id = ANY (SELECT id FROM t) FROM t;
        CREATE VIEW windows AS SELECT row_number() OVER () FROM t;
        CREATE VIEW parts AS SELECT (ARRAY[id])[1], (pg_catalog.pg_identify_object(1, 2, 3)).name FROM t;
        CREATE VIEW listed (a, b) AS SELECT id, note, doc FROM t;
    """,
    "views and tables of queries": """
        CREATE TABLE t (id int NOT NULL, note text);
        CREATE VIEW seen AS SELECT id FROM t;
        CREATE OR REPLACE VIEW seen AS SELECT id, note FROM t;
        CREATE VIEW old AS SELECT note FROM t;
        ALTER VIEW old RENAME TO new;
        ALTER VIEW new RENAME COLUMN note TO remark;
        CREATE VIEW gone AS SELECT id FROM t;
        DROP VIEW gone;
        CREATE VIEW gone AS SELECT note FROM t;
        CREATE MATERIALIZED VIEW kept AS SELECT id, count(*) AS total FROM t GROUP BY id;
        DROP MATERIALIZED VIEW kept;
        CREATE MATERIALIZED VIEW kept AS SELECT id FROM t;
        CREATE TABLE filled AS SELECT id, note, 1 AS one FROM t;
        CREATE TABLE IF NOT EXISTS filled AS SELECT note FROM t;
        CREATE TABLE called (a, b) AS SELECT id, note FROM t;
    """,
    "views over joins and functions": """
        CREATE TABLE t (id int NOT NULL, note text, gone int);
        CREATE TABLE u (id int NOT NULL, size numeric);
        CREATE VIEW starred AS SELECT t.*, u.size FROM t CROSS JOIN u;
        CREATE VIEW other AS SELECT u.*, u.size AS twice FROM t CROSS JOIN u;
        CREATE VIEW naturally AS SELECT * FROM t NATURAL JOIN u;
        CREATE VIEW using_it AS SELECT * FROM t JOIN u USING (id);
        CREATE VIEW one_side AS SELECT u.* FROM t JOIN u USING (id);
        CREATE VIEW named AS SELECT * FROM (t JOIN u USING (id)) AS j (one, two, three);
        CREATE VIEW recordset AS SELECT r.* FROM json_to_recordset('[]') AS r (x int, y text[], z date);
        CREATE VIEW series AS SELECT * FROM generate_series(1, 2) WITH ORDINALITY AS s (a, b);
        CREATE VIEW together AS SELECT * FROM ROWS FROM (generate_series(1, 2), unnest('{a}'::text[])) AS s (a, b);
        CREATE VIEW unnested AS SELECT * FROM unnest('{1}'::int[], '{a}'::text[]) AS s (a, b);
        CREATE VIEW plain AS SELECT * FROM current_date, lower('A');
        CREATE TABLE docs (doc xml);
        CREATE VIEW of_xml AS SELECT x.* FROM docs, XMLTABLE(
            '/a' PASSING doc COLUMNS n FOR ORDINALITY, a int PATH 'b' DEFAULT 1, c xml
        ) AS x;
        CREATE VIEW sampled AS SELECT * FROM t TABLESAMPLE SYSTEM (1);
        CREATE VIEW listed (a, b) AS VALUES (1, 'x'), (2, NULL);
        CREATE VIEW recursed AS WITH RECURSIVE r (a, b) AS (
            SELECT 1, 'x' UNION ALL SELECT a + 1, b || 'y' FROM r WHERE a < 3
        ) SELECT * FROM r;
    """,
    "tables like others": """
        CREATE SCHEMA app;
        CREATE TABLE app.base (id int PRIMARY KEY, note text, at timestamptz NOT NULL);
        CREATE TABLE copied (LIKE app.base INCLUDING ALL, extra text NOT NULL);
        CREATE TABLE pointed (LIKE app.base);
        CREATE TABLE child (LIKE app.base, own text) INHERITS (app.base);
        CREATE TYPE pair AS (x int, y text);
        CREATE TABLE of_pair (LIKE pair, z int);
        ALTER TABLE app.base DROP COLUMN at;
        ALTER TABLE app.base ADD COLUMN late int;
    """,
    "a parent with another name": """
        CREATE TABLE one (id int NOT NULL);
        CREATE TABLE two (id int NOT NULL);
        CREATE TABLE of_one () INHERITS (one);
        CREATE TABLE of_two () INHERITS (two);
        CREATE TABLE of_both () INHERITS (two, one);
        ALTER TABLE one RENAME TO uno;
        ALTER TABLE two ADD COLUMN note text NOT NULL;
        ALTER TABLE uno ADD COLUMN more text NOT NULL;
        ALTER TABLE two RENAME COLUMN note TO remark;
    """,
    "sizes of types": """
        CREATE TABLE t (
            a numeric(10), b numeric(10, 2), c varchar(20), d char(3), e timestamptz(0), f bit(8),
            g numeric(10)[]
        );
        ALTER TABLE t ALTER c TYPE varchar(30), ALTER d TYPE text;
    """,
    "fields of intervals": """
        CREATE TABLE t (
            a interval, b interval(3), c interval year, d interval month, e interval day,
            f interval hour, g interval minute, h interval second, i interval second(2),
            j interval year to month, k interval day to hour, l interval day to minute,
            m interval day to second, n interval day to second(1), o interval hour to minute,
            p interval hour to second, q interval minute to second
        );
    """,
    "names of constraints": """
        CREATE TABLE t (
            a int, b int NOT NULL, c int, CONSTRAINT positive CHECK (a > 0), UNIQUE (b)
        );
        ALTER TABLE t RENAME CONSTRAINT positive TO more_than_zero;
        ALTER TABLE t DROP CONSTRAINT more_than_zero;
        ALTER TABLE t ADD CONSTRAINT big CHECK (b > 10);
        ALTER TABLE t ADD CONSTRAINT key PRIMARY KEY (c, b);
    """,
    "names of NOT NULL": """
        CREATE TABLE t (a int CONSTRAINT a_known NOT NULL, c int CONSTRAINT c_known NOT NULL);
        ALTER TABLE t RENAME CONSTRAINT a_known TO known;
        ALTER TABLE t DROP CONSTRAINT c_known;
    """,
    "names of sequences that are cut off": """
        CREATE TABLE a_table_whose_name_goes_on_and_on_1 (
            a_column_whose_name_goes_on_and_on_1 serial
        );
        CREATE TABLE a_table_whose_name_goes_on_and_on_2 (
            a_column_whose_name_goes_on_and_on_1 bigserial
        );
    """,
    "statements about what is not there": """
        ALTER TABLE IF EXISTS never ADD COLUMN a int;
        ALTER TABLE IF EXISTS never RENAME COLUMN a TO b;
        ALTER VIEW IF EXISTS never RENAME TO ever;
        DROP TABLE IF EXISTS never;
        DROP SCHEMA IF EXISTS never;
        DROP FUNCTION IF EXISTS never(int);
        ALTER SEQUENCE IF EXISTS never OWNED BY NONE;
        CREATE TABLE t (id int);
        ALTER TABLE t DROP COLUMN IF EXISTS never, DROP CONSTRAINT IF EXISTS never;
        ALTER TABLE t ADD COLUMN IF NOT EXISTS id text NOT NULL;
        CREATE SEQUENCE s;
        ALTER SEQUENCE s OWNED BY NONE;
    """,
}

# Scripts that need a newer server than the oldest, with its version.
SINCE = {"names of NOT NULL": 18}
