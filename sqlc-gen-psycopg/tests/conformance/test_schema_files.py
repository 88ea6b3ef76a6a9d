"""The contents of schema files, compared with the result on the server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlc_gen_psycopg.analysis import Database, Routine, read_schema
from sqlc_gen_psycopg.read_database import read_database

from .schema_scripts import SCRIPTS as MORE
from .schema_scripts import SINCE

SCRIPTS = {
    # --- partitions
    "attach": """
        CREATE TABLE p (a int NOT NULL, b text) PARTITION BY RANGE (a);
        CREATE TABLE c (b text, a int NOT NULL);
        ALTER TABLE ONLY p ATTACH PARTITION c DEFAULT;
        ALTER TABLE p ADD COLUMN d date NOT NULL;
    """,
    "attach, then drop": """
        CREATE TABLE p (a int NOT NULL, b text) PARTITION BY RANGE (a);
        CREATE TABLE c (a int NOT NULL, b text);
        ALTER TABLE p ATTACH PARTITION c DEFAULT;
        ALTER TABLE p DROP COLUMN b;
    """,
    "detach": """
        CREATE TABLE p (a int NOT NULL, b text, z int) PARTITION BY RANGE (a);
        CREATE TABLE c PARTITION OF p DEFAULT;
        ALTER TABLE p DETACH PARTITION c;
        ALTER TABLE p DROP COLUMN b;
        ALTER TABLE p ALTER a DROP NOT NULL, ADD COLUMN d date, ALTER z TYPE bigint;
        ALTER TABLE p RENAME COLUMN z TO y;
    """,
    "partitions of partitions": """
        CREATE TABLE p (a int NOT NULL, b text) PARTITION BY LIST (a);
        CREATE TABLE c (a int NOT NULL, b text) PARTITION BY LIST (b);
        CREATE TABLE d (b text, a int NOT NULL);
        ALTER TABLE ONLY c ATTACH PARTITION d FOR VALUES IN ('x');
        ALTER TABLE ONLY p ATTACH PARTITION c FOR VALUES IN (1);
        ALTER TABLE p ADD COLUMN e uuid, ALTER b SET NOT NULL;
        ALTER TABLE p RENAME COLUMN b TO bb;
        ALTER TABLE c DETACH PARTITION d;
        ALTER TABLE p ADD COLUMN f uuid;
    """,
    "a partition that says more": """
        CREATE TABLE p (a int, b int) PARTITION BY RANGE (a);
        CREATE TABLE c PARTITION OF p (b NOT NULL) DEFAULT;
        CREATE TABLE d PARTITION OF p (PRIMARY KEY (a)) FOR VALUES FROM (1) TO (3);
        ALTER TABLE p DROP COLUMN b;
    """,
    "an index is attached too": """
        CREATE TABLE p (a int NOT NULL) PARTITION BY RANGE (a);
        CREATE TABLE c PARTITION OF p DEFAULT;
        CREATE INDEX pi ON ONLY p (a);
        CREATE INDEX ci ON c (a);
        ALTER INDEX pi ATTACH PARTITION ci;
    """,
    # --- inheritance
    "no inherit": """
        CREATE TABLE p (a int NOT NULL, b text);
        CREATE TABLE c () INHERITS (p);
        ALTER TABLE c NO INHERIT p;
        ALTER TABLE p DROP COLUMN b, ALTER a DROP NOT NULL, ADD COLUMN d date;
    """,
    "inherit": """
        CREATE TABLE p (a int, b text, z int);
        CREATE TABLE c (z int, b text, a int, own int);
        ALTER TABLE c INHERIT p;
        ALTER TABLE p ADD COLUMN d date, ALTER a SET NOT NULL;
        ALTER TABLE p DROP COLUMN b;
        ALTER TABLE p RENAME COLUMN z TO y;
    """,
    "only this table": """
        CREATE TABLE p (a int, b text, z int NOT NULL);
        CREATE TABLE c () INHERITS (p);
        CREATE TABLE d () INHERITS (c);
        ALTER TABLE ONLY p ALTER a SET NOT NULL;
        ALTER TABLE ONLY p ALTER z DROP NOT NULL;
        ALTER TABLE ONLY p DROP COLUMN b;
        ALTER TABLE c DROP COLUMN b;
    """,
    "declared by the child too": """
        CREATE TABLE p (a int NOT NULL, b text);
        CREATE TABLE c (b text) INHERITS (p);
        ALTER TABLE p DROP COLUMN b;
    """,
    "added where the child has it": """
        CREATE TABLE p (a int);
        CREATE TABLE c (b int) INHERITS (p);
        CREATE TABLE d () INHERITS (c);
        ALTER TABLE p ADD COLUMN b int;
        ALTER TABLE p DROP COLUMN b;
    """,
    "two parents": """
        CREATE TABLE p (a int, b int);
        CREATE TABLE q (b int NOT NULL, d int);
        CREATE TABLE c () INHERITS (p, q);
        ALTER TABLE p DROP COLUMN b;
        ALTER TABLE c NO INHERIT p;
        ALTER TABLE q DROP COLUMN d;
    """,
    "a diamond": """
        CREATE TABLE p (a int, x int);
        CREATE TABLE q () INHERITS (p);
        CREATE TABLE r () INHERITS (p);
        CREATE TABLE c () INHERITS (q, r);
        ALTER TABLE p ADD COLUMN z int;
        ALTER TABLE p RENAME COLUMN a TO b;
        ALTER TABLE p ALTER z SET NOT NULL;
        ALTER TABLE p ALTER b TYPE bigint;
        ALTER TABLE p DROP COLUMN x;
    """,
    "renamed parents": """
        CREATE SCHEMA app;
        CREATE TABLE p (a int, b text);
        CREATE TABLE c () INHERITS (p);
        ALTER TABLE p RENAME TO q;
        ALTER TABLE q SET SCHEMA app;
        ALTER TABLE app.q ADD COLUMN d date, DROP COLUMN b;
    """,
    "dropped with its children": """
        CREATE TABLE p (a int, b text);
        CREATE TABLE c () INHERITS (p);
        CREATE TABLE d () INHERITS (c);
        DROP TABLE p CASCADE;
        CREATE TABLE p (a int);
        CREATE TABLE c (x int);
        ALTER TABLE p ADD COLUMN b int;
    """,
    # --- keys and NOT NULL
    "a primary key of all": """
        CREATE TABLE p (a int, b int);
        CREATE TABLE c () INHERITS (p);
        ALTER TABLE p ADD CONSTRAINT k PRIMARY KEY (a);
    """,
    "a primary key by an index": """
        CREATE TABLE t (a int, b int);
        ALTER TABLE t RENAME COLUMN b TO bb;
        CREATE UNIQUE INDEX i ON t (bb);
        ALTER TABLE t RENAME COLUMN bb TO c;
        ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY USING INDEX i;
    """,
    "a dropped primary key": """
        CREATE TABLE t (a int PRIMARY KEY, b int);
        ALTER TABLE t DROP CONSTRAINT t_pkey;
    """,
    "added columns": """
        CREATE TABLE p (a int);
        CREATE TABLE c () INHERITS (p);
        ALTER TABLE p ADD COLUMN b int PRIMARY KEY, ADD IF NOT EXISTS a text, ADD c serial;
    """,
    "domains that allow NULL or don't": """
        CREATE DOMAIN d AS int NOT NULL;
        CREATE DOMAIN e AS int;
        CREATE TABLE t (a int, b d, c d, f d, g e);
        ALTER TABLE t ALTER a TYPE d, ALTER b TYPE int, ALTER c DROP NOT NULL;
        ALTER DOMAIN e SET NOT NULL;
    """,
    # --- tables of a type
    "a table of a type": """
        CREATE TYPE ty AS (a int, b text, x int);
        CREATE TABLE t OF ty (a NOT NULL);
        ALTER TYPE ty RENAME TO tz;
        ALTER TYPE tz ADD ATTRIBUTE z int CASCADE, DROP ATTRIBUTE x CASCADE;
        ALTER TYPE tz RENAME ATTRIBUTE b TO bb CASCADE;
        ALTER TYPE tz ALTER ATTRIBUTE z TYPE bigint CASCADE;
    """,
    "a table made one of a type": """
        CREATE TYPE ty AS (a int, b text);
        CREATE TABLE t (a int, b text);
        CREATE TABLE u OF ty;
        ALTER TABLE t OF ty;
        ALTER TABLE u NOT OF;
        ALTER TYPE ty ADD ATTRIBUTE z int CASCADE;
    """,
    # --- sequences
    "sequences": """
        CREATE SCHEMA app;
        CREATE SEQUENCE s;
        CREATE SEQUENCE IF NOT EXISTS app.s AS smallint;
        CREATE TABLE t (
            a serial, b int GENERATED ALWAYS AS IDENTITY, c smallserial,
            d bigint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME public.made START WITH 5)
        );
        CREATE TABLE t_a (seq int);
        ALTER TABLE t RENAME TO u;
        ALTER SEQUENCE t_b_seq RENAME TO bees;
        ALTER TABLE t_c_seq RENAME TO sees;
        CREATE SEQUENCE moved;
        ALTER SEQUENCE moved SET SCHEMA app;
        CREATE SEQUENCE gone;
        DROP SEQUENCE gone;
    """,
    "sequences go where their table goes": """
        CREATE SCHEMA app;
        CREATE TABLE t (a serial, b int);
        CREATE SEQUENCE s OWNED BY t.b;
        CREATE SEQUENCE r;
        ALTER SEQUENCE r OWNED BY public.t.b;
        CREATE TABLE dropped (a serial);
        ALTER TABLE t SET SCHEMA app;
        DROP TABLE dropped;
    """,
    "names of sequences": """
        CREATE TABLE t_id_seq (a int);
        CREATE TABLE t (id serial, k int);
        ALTER TABLE t ALTER k SET NOT NULL;
        ALTER TABLE t ALTER k ADD GENERATED BY DEFAULT AS IDENTITY;
        CREATE TABLE a_table_whose_name_is_as_long_as_a_name_may_be_in_postgresql (
            the_identifier serial, a_column_whose_name_is_rather_long_and_so_gets_cut_off serial
        );
    """,
}


@pytest.mark.parametrize("name", SCRIPTS | MORE)
def test_schema(url: str, tmp_path: Path, name: str) -> None:
    """Relations, types and functions are those on the server."""
    script = (SCRIPTS | MORE)[name]
    path = tmp_path / "schema.sql"
    path.write_text(script)
    read = Database()
    read_schema(read, [path])
    with psycopg.connect(url) as conn:
        if (since := SINCE.get(name, 0)) > conn.info.server_version // 10000:
            pytest.skip(f"PostgreSQL {since}")
        conn.execute(script.encode())
        made = read_database(conn)
        conn.rollback()
    assert _columns(read) == _columns(made)
    assert _composites(read) == _composites(made)
    assert _routines(read) == _routines(made)
    for kind in ("domains", "enums", "ranges", "multiranges"):
        assert getattr(read, kind) == getattr(made, kind)


def test_statements_about_unknown_objects_are_ignored(tmp_path: Path) -> None:
    """They may be in a file that is not listed, or that can't be read."""
    path = tmp_path / "schema.sql"
    path.write_text("""
        CREATE TABLE t (LIKE other.t, a int NOT NULL);
        CREATE TABLE c (a int) INHERITS (other.t);
        CREATE TABLE p (a int) PARTITION BY LIST (a);
        ALTER TABLE p ATTACH PARTITION other.t DEFAULT;
        ALTER TABLE p DETACH PARTITION other.t;
        ALTER TABLE t INHERIT other.t;
        ALTER TABLE t NO INHERIT other.t;
        ALTER TABLE other.t ADD COLUMN b int;
        ALTER TABLE other.t RENAME COLUMN b TO c;
        ALTER TABLE other.t RENAME CONSTRAINT b TO c;
        ALTER TABLE other.t SET SCHEMA public;
        ALTER DOMAIN other.d SET NOT NULL;
        ALTER SEQUENCE other.s OWNED BY t.a;
        CREATE UNIQUE INDEX ON other.t (a);
        ALTER TABLE t ADD PRIMARY KEY USING INDEX other_index;
    """)
    unreadable = tmp_path / "latin.sql"
    unreadable.write_bytes("CREATE TABLE é (a int);".encode("latin-1"))
    read = Database()
    read_schema(read, [tmp_path / "missing.sql", unreadable, path])
    assert _columns(read) == {
        "public.t": [("a", "int4", False, ())],
        "public.c": [("a", "int4", True, ())],
        "public.p": [("a", "int4", True, ())],
    }


def _columns(
    database: Database,
) -> dict[str, list[tuple[str, str | None, bool, tuple[str, ...]]]]:
    """The server reports no column of a view as NOT NULL."""
    return {
        ".".join(key): [
            (
                column.name,
                column.type,
                column.nullable or relation.query is not None,
                () if relation.query is not None else column.modifiers,
            )
            for column in relation.columns
        ]
        for key, relation in database.relations.items()
    }


def _composites(database: Database) -> dict[str, list[tuple[str, str | None]]]:
    return {
        ".".join(key): [(field.name, field.type) for field in fields]
        for key, fields in database.composites.items()
    }


def _routines(database: Database) -> dict[str, list[Routine]]:
    """Return the functions except those that create ranges. One with a single column has the type of that."""
    return {
        ".".join(key): sorted(
            (
                replace(
                    routine,
                    out=tuple(
                        replace(out, dimensions=0) for out in routine.out[1:] and routine.out
                    ),
                    names=routine.names if any(routine.names) else (),
                )
                for routine in routines
            ),
            key=lambda routine: routine.arguments,
        )
        for key, routines in database.routines.items()
        if database.key(routines[0].returns) not in database.ranges | database.multiranges
    }
