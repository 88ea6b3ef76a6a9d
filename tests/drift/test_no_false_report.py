"""A database with the expected schema has no difference, whatever else happens in it."""

import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from attune_store import CreateExecutionInput, CreatePackInput, Store, UpdatePackInput, errors

pytestmark = pytest.mark.slow


def test_no_difference_under_load(database_url: str) -> None:
    """Clients read and write while statistics and indexes are made. None blocks the other."""
    stop = threading.Event()
    failures: list[Exception] = []

    def client(number: int) -> None:
        with Store(database_url, max_size=1) as store:
            done = 0
            while not stop.is_set():
                done += 1
                with store.transaction() as tx:
                    ref = f"pack-{number}-{done}"
                    pack = tx.packs.create(CreatePackInput(ref=ref, label="A", version="1.0.0"))
                    tx.packs.update(pack.id, UpdatePackInput(tags=["a"]))
                    tx.executions.create(CreateExecutionInput(action_ref="core.echo"))
                    tx.executions.claim_next(limit=3)
                    tx.packs.delete(pack.id)

    def upkeep(_: int) -> None:
        with psycopg.connect(database_url, autocommit=True) as conn:
            while not stop.is_set():
                conn.execute("VACUUM (ANALYZE) attune.execution")
                conn.execute("REINDEX TABLE attune.runtime")

    def guarded(work: Callable[[int], None], number: int) -> None:
        try:
            work(number)
        except Exception as exc:
            failures.append(exc)

    jobs = [(client, 0), (client, 1), (upkeep, 2)]
    threads = [threading.Thread(target=guarded, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    try:
        until = time.monotonic() + 3
        while time.monotonic() < until:
            Store(database_url).check()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures


def test_no_difference_with_other_settings_of_the_database(database_url: str) -> None:
    """The settings of new sessions that affect the text of definitions."""
    settings = {
        "search_path": "attune, public",
        "quote_all_identifiers": "on",
        "DateStyle": "SQL, DMY",
        "IntervalStyle": "iso_8601",
        "TimeZone": "Australia/Lord_Howe",
        "bytea_output": "escape",
        "standard_conforming_strings": "off",
        "default_transaction_isolation": "serializable",
        "default_transaction_deferrable": "on",
        "statement_timeout": "20s",
        "extra_float_digits": "-5",
        "xmloption": "document",
        "plan_cache_mode": "force_generic_plan",
        "row_security": "off",
        "idle_in_transaction_session_timeout": "1min",
        "enable_hashjoin": "off",
        "join_collapse_limit": "1",
    }
    with psycopg.connect(database_url, autocommit=True) as conn:
        name = sql.Identifier(conn.info.dbname)
        for setting, value in settings.items():
            # Only search_path is a list of names.
            names = value.split(", ") if setting == "search_path" else [value]
            values = sql.SQL(", ").join(map(sql.Literal, names))
            statement = sql.SQL("ALTER DATABASE {} SET {} TO {}")
            conn.execute(statement.format(name, sql.Identifier(setting), values))
    with psycopg.connect(database_url) as writer:
        writer.execute("SET idle_in_transaction_session_timeout = 0")
        writer.execute("DELETE FROM attune.pack")
        Store(database_url).check()
    Store(make_conninfo(database_url, options="-c search_path=pg_temp")).check()


def test_no_difference_with_other_objects_in_the_database(database_url: str) -> None:
    """Objects in the same schema that no query of ours uses."""
    with psycopg.connect(database_url) as conn:
        conn.execute(
            """
            CREATE EXTENSION hstore SCHEMA attune;
            CREATE EXTENSION file_fdw SCHEMA attune;
            CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
            CREATE FOREIGN TABLE attune.lines (line text) SERVER files OPTIONS (filename '/dev/null');
            CREATE MATERIALIZED VIEW attune.daily AS SELECT count(*) AS n FROM attune.execution;
            CREATE UNIQUE INDEX daily_n ON attune.daily (n);
            CREATE AGGREGATE attune.total (bigint) (sfunc = int8pl, stype = bigint);
            CREATE SEQUENCE attune.numbers;
            CREATE DOMAIN attune.percent AS integer CHECK (value BETWEEN 0 AND 100);
            CREATE TYPE attune.pair AS (a integer, b integer);
            CREATE COLLATION attune.plain (locale = 'C');
            CREATE STATISTICS attune.pack_statistics ON id, ref FROM attune.pack;
            COMMENT ON COLUMN attune.pack.label IS 'Another comment.';
            """
        )
    Store(database_url).check()


def test_no_difference_with_two_thousand_other_tables(database_url: str) -> None:
    """Each is a harmless line, and none of them hides or changes another one."""
    with psycopg.connect(database_url, autocommit=True, prepare_threshold=None) as conn:
        conn.execute(
            """
            DO $$ BEGIN
                FOR number IN 1..2000 LOOP
                    EXECUTE format(
                        'CREATE TABLE attune.beside_%s (
                            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ref text NOT NULL UNIQUE,
                            label text CHECK (length(label) > 0), before bigint REFERENCES attune.beside_%s
                        )', number, greatest(number - 1, 1)
                    );
                    IF number % 100 = 0 THEN COMMIT; END IF;
                END LOOP;
            END $$
            """
        )
        conn.execute("ALTER TABLE attune.pack RENAME label TO title")
    with pytest.raises(errors.SchemaDriftError) as failure:
        Store(database_url).check()
    first, *others = failure.value.differences
    assert first.object == "column attune.pack.label"
    assert len(others) == 2000
    assert {one.severity for one in others} == {errors.Severity.HARMLESS}


def test_no_difference_with_two_thousand_other_types_and_functions(database_url: str) -> None:
    """Not even if one of ours is missing, for which each may be another name."""
    with psycopg.connect(database_url, autocommit=True, prepare_threshold=None) as conn:
        conn.execute(
            """
            DO $$ BEGIN
                FOR number IN 1..2000 LOOP
                    EXECUTE format('CREATE TYPE attune.kind_%s AS ENUM (''pending'', ''failed'')', number);
                    EXECUTE format(
                        'CREATE FUNCTION attune.changed_%s() RETURNS trigger LANGUAGE plpgsql'
                        ' AS ''BEGIN RETURN NEW; END''', number
                    );
                    IF number % 100 = 0 THEN COMMIT; END IF;
                END LOOP;
            END $$
            """
        )
        conn.execute("DROP FUNCTION attune.set_updated() CASCADE")
    with pytest.raises(errors.SchemaDriftError) as failure:
        Store(database_url).check()
    first, *others = failure.value.differences
    assert first.object == "function attune.set_updated()"
    assert len(others) == 4000
    assert {one.severity for one in others} == {errors.Severity.HARMLESS}
