"""Schema files that rename, move, drop, inherit and redefine, and the effect on queries."""

from __future__ import annotations

from ..case import MODES, Mode, Q, Script, case


def add(
    name: str,
    schema: str,
    queries: str,
    expected: dict[str, str] | None = None,
    loose: tuple[str, ...] = (),
    modes: tuple[Mode, ...] = MODES,
) -> None:
    """Add a case whose queries the attack calls. `expected` lists parts of signatures."""

    def script(q: Q) -> Script:
        yield q.sql("SELECT 1")
        for place, annotation in (expected or {}).items():
            function, _, parameter = place.partition("(")
            found = q.signature(function)[parameter.rstrip(")") or "return"]
            assert found == annotation, f"{place}: {found}, not {annotation}"

    case(schema=schema, queries=queries, loose=loose, name=name, modes=modes)(script)


add(
    "moved",
    """
    CREATE SCHEMA attic;
    CREATE TYPE colour AS ENUM ('red', 'green');
    ALTER TYPE colour ADD VALUE 'blue' AFTER 'red';
    ALTER TYPE colour RENAME TO paint;
    CREATE TABLE attic.boxes (a integer, b text, c integer NOT NULL DEFAULT 1, p paint NOT NULL);
    ALTER TYPE paint SET SCHEMA attic;
    ALTER TABLE attic.boxes ADD COLUMN d uuid NOT NULL, DROP COLUMN a, ALTER COLUMN b SET NOT NULL;
    ALTER TABLE attic.boxes ALTER COLUMN c TYPE bigint;
    ALTER TABLE attic.boxes RENAME COLUMN b TO label;
    ALTER TABLE attic.boxes ALTER label DROP NOT NULL;
    ALTER TABLE attic.boxes RENAME TO crates;
    ALTER TABLE attic.crates SET SCHEMA public;
    CREATE TABLE IF NOT EXISTS crates (other integer);
    CREATE TABLE gone (id integer);
    DROP TABLE gone;
    """,
    """
    -- name: Crates :many
    SELECT * FROM crates;

    -- name: PutCrate :one
    INSERT INTO crates (label, c, p, d) VALUES ($1, $2, $3, $4) RETURNING *;

    -- name: Painted :many
    SELECT label, d FROM crates WHERE p = $1 OR p = ANY (sqlc.arg(more)::attic.paint[]);
    """,
    {"painted": "list[PaintedRow]", "put_crate": "Crate", "put_crate(label)": "str | None"},
)
add(
    "keyed_later",
    """
    CREATE TABLE source (code text, amount numeric, seen date NOT NULL);
    CREATE TABLE copy_of (LIKE source INCLUDING ALL);
    ALTER TABLE copy_of ADD PRIMARY KEY (code);
    CREATE TABLE filled AS SELECT code, seen, 1 AS one FROM source;
    """,
    """
    -- name: PutCopy :one
    INSERT INTO copy_of (code, amount, seen) VALUES ($1, $2, $3) RETURNING code;

    -- name: Copies :many
    SELECT * FROM copy_of WHERE code = sqlc.arg(code);

    -- name: Filled :many
    SELECT code, seen, one FROM filled;
    """,
    {"put_copy": "str", "put_copy(code)": "str", "put_copy(amount)": "Decimal | None"},
)
add(
    "inherited",
    """
    CREATE TABLE party (id text PRIMARY KEY, name text NOT NULL, legal text);
    CREATE TABLE firm (founded date NOT NULL, name text, PRIMARY KEY (id)) INHERITS (party);
    ALTER TABLE party ADD COLUMN country text;
    ALTER TABLE party ALTER legal SET NOT NULL;
    CREATE TABLE reading (id integer NOT NULL, at date NOT NULL, v integer, PRIMARY KEY (id, at))
        PARTITION BY RANGE (at);
    CREATE TABLE reading_2024 PARTITION OF reading
        FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    ALTER TABLE reading ALTER v SET NOT NULL;
    """,
    """
    -- name: Firms :many
    SELECT id, name, legal, founded FROM firm;

    -- name: FirmCountries :many
    SELECT p.country FROM party p;

    -- name: Readings :many
    SELECT id, at, v FROM reading_2024 WHERE at >= sqlc.arg(since);
    """,
)
add(
    "views_as_made",
    """
    CREATE TABLE base (id integer PRIMARY KEY, name text NOT NULL, note text);
    CREATE VIEW early AS SELECT base.*, 1 AS one FROM base;
    CREATE VIEW named AS SELECT id AS key, upper(name) AS heading FROM base;
    ALTER TABLE base ADD COLUMN more integer;
    ALTER TABLE base RENAME COLUMN name TO title;
    ALTER TABLE base ALTER note SET NOT NULL;
    """,
    """
    -- name: Early :many
    SELECT id, name, note, one FROM early;

    -- name: Named :many
    SELECT key, heading FROM named WHERE heading = $1;
    """,
    modes=("static",),
)
add(
    "types_changed",
    """
    CREATE TYPE pair AS (x integer, y text);
    ALTER TYPE pair RENAME TO couple;
    CREATE DOMAIN grade AS integer CHECK (VALUE > 0);
    ALTER DOMAIN grade RENAME TO mark;
    CREATE TABLE work (c couple, m mark, ms mark[]);
    """,
    """
    -- name: Works :many
    SELECT c, m, ms, (c).x, (c).y FROM work;

    -- name: PutWork :exec
    INSERT INTO work (c, m, ms) VALUES ($1, $2, $3);
    """,
    modes=("static",),
)
add(
    "system_relations",
    "CREATE TABLE plain (id integer PRIMARY KEY);",
    """
    -- name: Zones :many
    SELECT * FROM pg_catalog.pg_timezone_names LIMIT 3;

    -- name: ColumnsOf :many
    SELECT column_name, ordinal_position, is_nullable FROM information_schema.columns
    WHERE table_name = sqlc.arg(name)::text;

    -- name: Relations :many
    SELECT oid, relname, relkind, relnatts FROM pg_catalog.pg_class WHERE relname = sqlc.arg(name) LIMIT 3;
    """,
    modes=("static",),
)
add(
    "rows_compared",
    "CREATE TABLE person (first text, age integer NOT NULL, u uuid);",
    """
    -- name: Listed :many
    SELECT * FROM person WHERE (first, age) IN (($1, $2), ($3, $4));

    -- name: Compared :many
    SELECT * FROM person WHERE (age, u) = ($1, $2) OR (age, first) >= ($3, $4);

    -- name: Among :many
    SELECT first FROM person WHERE (age, $1) IN (VALUES (1, 'a'::text), (2, 'b'));
    """,
)
add(
    "nothing_selected",
    "CREATE TABLE person (first text, age integer NOT NULL);",
    """
    -- name: Rows :many
    SELECT FROM person LIMIT 5;

    -- name: Values :many
    SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS v (n, s);

    -- name: PutPerson :batchone
    INSERT INTO person (first, age) VALUES ($1, $2) RETURNING first;
    """,
    {"rows_": "list[RowsRow]", "put_person": "list[str | None]"},
    modes=("static",),
)

add(
    "null_elements",
    """
    CREATE TABLE note (
        id integer PRIMARY KEY, page integer NOT NULL, word text, n integer,
        tags text[] NOT NULL, title text NOT NULL
    );
    CREATE VIEW page AS
        SELECT page, array_agg(word) AS words, array_agg(title) AS titles FROM note GROUP BY page;
    """,
    """
    -- name: Gathered :many
    SELECT page, array_agg(word) AS words, array_agg(title ORDER BY id) AS titles,
        array_agg(word) FILTER (WHERE word IS NOT NULL) AS known,
        coalesce(array_agg(n), '{}') AS numbers
    FROM note GROUP BY page;

    -- name: Made :many
    SELECT ARRAY[word, title] AS a, ARRAY[title] AS b, ARRAY(SELECT word FROM note) AS c,
        tags || word AS d, tags || title AS e, array_append(tags, word) AS f,
        array_remove(ARRAY[word], NULL) AS g, ARRAY[n, 1]::bigint[] AS h, ARRAY[[n, 1], [2, 3]] AS i
    FROM note;

    -- name: Pages :many
    SELECT * FROM page;

    -- name: Unnested :many
    SELECT word, title FROM (SELECT array_agg(word) AS w, array_agg(title) AS t FROM note) g,
        unnest(g.w) AS u (word), unnest(g.t) AS v (title);

    -- name: Chosen :many
    SELECT CASE WHEN id > 0 THEN ARRAY[word] ELSE tags END AS chosen FROM note
    UNION ALL SELECT tags FROM note;
    """,
    {"chosen": "list[list[str | None]]"},
)
