"""Migrations: their files, up and down, in many processes at once, interrupted, and with dbmate."""

import multiprocessing
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import quote

import psycopg
import pytest
from attune_queries.catalog import CATALOG
from psycopg.conninfo import conninfo_to_dict

from attune_store import AsyncStore, Store, errors
from attune_store._async import migrate as async_migrate
from attune_store._async.migrate import migrate as migrate_async
from attune_store._migrations import Migration, Script, progress, read_migrations
from attune_store._sync import migrate as sync_migrate
from attune_store._sync.migrate import migrate
from tests.names import RUN
from tests.pooler import UNPREPARED
from tests.waiting import LIMIT, until_asleep, until_blocked

pytestmark = pytest.mark.slow

PROCESSES = 4
ROUNDS = 6


def connect(conninfo: str) -> psycopg.Connection[Any]:
    return psycopg.connect(conninfo, autocommit=True, **UNPREPARED)


def values(conninfo: str, query: LiteralString) -> list[Any]:
    with connect(conninfo) as conn:
        return [value for (value,) in conn.execute(query)]


def versions(conninfo: str) -> list[str]:
    return values(conninfo, "SELECT version FROM attune.schema_migrations ORDER BY 1")


def write(folder: Path, name: str, up: str, down: str = "", *, options: str = "") -> None:
    (folder / name).write_text(
        f"-- migrate:up{options}\n{up}\n\n-- migrate:down{options}\n{down}\n"
    )


# --- reading


def test_the_migrations_of_the_package_are_in_order() -> None:
    migrations = read_migrations()
    assert len(migrations) >= 10
    assert [one.version for one in migrations] == sorted(one.version for one in migrations)
    assert all(one.up.sql and one.down.sql for one in migrations)


def test_a_file_is_split_at_its_directives(tmp_path: Path) -> None:
    write(
        tmp_path, "002_b.sql", "CREATE TABLE b ();", "DROP TABLE b;", options=" transaction:false"
    )
    write(tmp_path, "001_a.sql", "-- a remark\nCREATE TABLE a ();", "DROP TABLE a;")
    (tmp_path / "README.md").write_text("no migration")
    assert read_migrations(tmp_path) == (
        Migration(
            "001",
            "001_a.sql",
            Script("-- a remark\nCREATE TABLE a ();"),
            Script("DROP TABLE a;"),
        ),
        Migration(
            "002",
            "002_b.sql",
            Script("CREATE TABLE b ();", transaction=False),
            Script("DROP TABLE b;", transaction=False),
        ),
    )


def test_invalid_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "001_a.sql").write_text("CREATE TABLE a ();")
    with pytest.raises(ValueError, match=r"001_a\.sql: expected one migrate:up"):
        read_migrations(tmp_path)


def test_a_version_can_be_used_once(tmp_path: Path) -> None:
    write(tmp_path, "001_a.sql", "SELECT 1;")
    write(tmp_path, "001_b.sql", "SELECT 1;")
    with pytest.raises(ValueError, match="the same version"):
        read_migrations(tmp_path)


def test_progress_sorts_applied_pending_and_unknown(tmp_path: Path) -> None:
    for name in ("001_a.sql", "002_b.sql", "003_c.sql"):
        write(tmp_path, name, "SELECT 1;")
    first, second, third = migrations = read_migrations(tmp_path)
    found = progress(migrations, ["001", "003", "007"])
    assert found.applied == (first, third)
    assert found.pending == (second,)
    assert found.unknown == ("007",)
    assert not found.is_newer
    assert not progress(migrations, ["001", "002", "003"]).is_newer
    assert progress(migrations, ["001", "002", "003", "007"]).is_newer


# --- there and back


def test_up_down_and_up_again(empty_database_url: str) -> None:
    everything = [migration.name for migration in read_migrations()]
    store = Store(empty_database_url)
    assert store.migrate() == everything
    assert store.migrate() == []
    assert store.migrate(down=2) == everything[: -2 - 1 : -1]
    assert store.migrate() == everything[-2:]
    assert store.migrate(down=len(everything) + 1) == everything[::-1]
    left = """
        SELECT oid::regclass::text FROM pg_class
        WHERE relnamespace = 'attune'::regnamespace AND relkind IN ('r', 'v')
        UNION ALL SELECT p.oid::regprocedure::text FROM pg_proc p
        WHERE pronamespace = 'attune'::regnamespace AND NOT EXISTS (
            SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e'
        )
        UNION ALL SELECT oid::regtype::text FROM pg_type
        WHERE typnamespace = 'attune'::regnamespace AND typtype = 'e'
    """
    assert values(empty_database_url, left) == ["attune.schema_migrations"]
    assert store.migrate() == everything


async def test_up_and_down_async(empty_database_url: str) -> None:
    everything = [migration.name for migration in read_migrations()]
    store = AsyncStore(empty_database_url)
    assert await store.migrate() == everything
    assert await store.migrate(down=1) == everything[-1:]
    assert await store.migrate() == everything[-1:]
    await store.check()


def test_migrate_works_with_prepared_statements(database_url: str) -> None:
    store = Store(database_url, kwargs={"prepare_threshold": 0})
    assert store.migrate(down=1) == store.migrate()
    assert store.check() == []


def test_a_negative_down_is_refused(empty_database_url: str) -> None:
    with pytest.raises(errors.ValidationError, match="down"):
        Store(empty_database_url).migrate(down=-1)


def test_a_newer_database_has_nothing_pending_and_is_not_reverted(database_url: str) -> None:
    store = Store(database_url)
    with connect(database_url) as conn:
        conn.execute("INSERT INTO attune.schema_migrations VALUES ('999')")
        assert store.migrate() == []
        with pytest.raises(errors.SchemaDriftError, match=r"\(999\): revert with the code"):
            store.migrate(down=1)
        last = read_migrations()[-1]
        conn.execute("DELETE FROM attune.schema_migrations WHERE version = %s", [last.version])
        with pytest.raises(errors.SchemaDriftError, match=rf"\(999\), and lacks {last.name}"):
            store.migrate()


def test_a_migrated_database_needs_no_rights_to_migrate(database_url: str) -> None:
    with connect(database_url) as conn:
        conn.execute("SET default_transaction_read_only = on")
        assert migrate(conn) == []


def test_whoever_owns_the_schema_can_migrate(tmp_path: Path, database_url: str) -> None:
    """Even without the right to create another schema."""
    write(tmp_path, "901_a.sql", "CREATE TABLE attune.a ();")
    owner = f"attune_test_{RUN}_owner"
    with connect(database_url) as conn:
        conn.execute(f"CREATE ROLE {owner}".encode())
        try:
            conn.execute(f"ALTER SCHEMA attune OWNER TO {owner}".encode())
            conn.execute(f"ALTER TABLE attune.schema_migrations OWNER TO {owner}".encode())
            conn.execute(f"SET ROLE {owner}".encode())
            migrations = [*read_migrations(), *read_migrations(tmp_path)]
            assert migrate(conn, migrations=migrations) == migrations[-1:]
        finally:
            conn.execute("RESET ROLE")
            conn.execute(f"REASSIGN OWNED BY {owner} TO CURRENT_USER".encode())
            conn.execute(f"DROP ROLE {owner}".encode())


def test_a_skipped_migration_is_applied_later(tmp_path: Path, empty_database_url: str) -> None:
    write(tmp_path, "001_a.sql", "CREATE TABLE attune.a ();")
    write(tmp_path, "003_c.sql", "CREATE TABLE attune.c ();")
    with connect(empty_database_url) as conn:
        migrate(conn, migrations=read_migrations(tmp_path))
        write(tmp_path, "002_b.sql", "CREATE TABLE attune.b ();")
        done = migrate(conn, migrations=read_migrations(tmp_path))
    assert [migration.name for migration in done] == ["002_b.sql"]


# --- adopting


@pytest.mark.parametrize(
    "loss",
    [
        "DELETE FROM attune.schema_migrations",
        "DROP TABLE attune.schema_migrations",
        "DELETE FROM attune.schema_migrations WHERE version > '010'",
        "UPDATE attune.schema_migrations SET version = '9' || version",
    ],
)
async def test_a_database_without_its_list_is_adopted(
    database_url: str, loss: LiteralString
) -> None:
    """Its rows are kept, other objects do not matter, and nothing is pending afterwards."""
    everything = versions(database_url)
    with connect(database_url) as conn:
        for adopting in "sync", "async":
            conn.execute(loss)
            conn.execute("CREATE TABLE IF NOT EXISTS attune.beside ()")
            conn.execute(
                "INSERT INTO attune.pack (ref, label, version) VALUES (%s, '', '1.0.0')", [adopting]
            )
            if adopting == "sync":
                names = Store(database_url).migrate(adopt=True)
            else:
                names = await AsyncStore(database_url).migrate(adopt=True)
            assert names
            assert versions(database_url) == everything
            assert Store(database_url).migrate(adopt=True) == []
            assert Store(database_url).migrate() == []
        conn.execute("DROP TABLE attune.beside")
        assert Store(database_url).check() == []
        assert values(database_url, "SELECT ref FROM attune.pack ORDER BY 1") == ["async", "sync"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            "DROP INDEX attune.workflow_task_execution_retry_idx",
            "workflow_task_execution_retry_idx",
        ),
        ("ALTER TABLE attune.pack DROP label", "column attune.pack.label"),
        ("DROP SCHEMA attune CASCADE", "migrations"),
    ],
)
def test_a_database_whose_schema_is_not_the_newest_is_not_adopted(
    database_url: str, change: LiteralString, named: str
) -> None:
    with connect(database_url) as conn:
        conn.execute("DELETE FROM attune.schema_migrations")
        conn.execute(change)
    with pytest.raises(errors.SchemaDriftError, match="can't be adopted") as failure:
        Store(database_url).migrate(adopt=True)
    assert named in " ".join(one.object for one in failure.value.differences)
    assert named in str(failure.value)
    with connect(database_url) as conn:
        row = conn.execute("SELECT to_regclass('attune.schema_migrations')").fetchone()
        if row != (None,):
            assert versions(database_url) == []


def test_an_error_of_an_object_that_exists_points_to_adopting(database_url: str) -> None:
    with connect(database_url) as conn:
        conn.execute("DELETE FROM attune.schema_migrations")
    with pytest.raises(errors.StoreError) as failure:
        Store(database_url).migrate()
    assert "run `attune-store migrate --adopt`" in failure.value.__notes__[-1]


def test_what_is_adopted_is_not_reverted(database_url: str) -> None:
    with pytest.raises(errors.ValidationError, match="down and adopt"):
        Store(database_url).migrate(adopt=True, down=1)


def test_a_table_of_another_tool_is_not_used_as_the_list(database_url: str) -> None:
    with connect(database_url) as conn:
        conn.execute("DROP TABLE attune.schema_migrations")
        conn.execute("CREATE TABLE attune.schema_migrations (version bigint, dirty boolean)")
    for adopt in False, True:
        with pytest.raises(errors.SchemaDriftError, match="has no column version"):
            Store(database_url).migrate(adopt=adopt)


@pytest.mark.parametrize(
    "oddity",
    [
        "ALTER TABLE attune.schema_migrations DROP CONSTRAINT schema_migrations_pkey;"
        " ALTER TABLE attune.schema_migrations ALTER version DROP NOT NULL;"
        " INSERT INTO attune.schema_migrations VALUES ('041'), (NULL)",
        "ALTER TABLE attune.schema_migrations SET SCHEMA public;"
        " CREATE VIEW attune.schema_migrations AS SELECT version FROM public.schema_migrations",
    ],
    ids=["twice and NULL", "a view"],
)
def test_a_list_that_can_be_read_is_one(database_url: str, oddity: LiteralString) -> None:
    """The check, and what applies migrations, agree."""
    with connect(database_url) as conn:
        conn.execute(oddity)
    store = Store(database_url)
    assert store.check() == []
    assert store.migrate() == []
    assert store.migrate(adopt=True) == []
    assert store.migrate(down=1) == [read_migrations()[-1].name]
    assert len(store.migrate()) == 1
    assert store.check() == []


def test_a_locked_list_is_not_waited_for(database_url: str) -> None:
    """Whoever holds it may never end, as a prepared transaction."""
    with connect(database_url) as other, other.transaction():
        other.execute("LOCK TABLE attune.schema_migrations")
        with pytest.raises(errors.StatementTimeoutError) as failure:
            Store(database_url).migrate()
    assert failure.value.retryable
    assert failure.value.__notes__ == ["while reading attune.schema_migrations"]


def test_many_processes_adopt_at_once(database_url: str) -> None:
    with connect(database_url) as conn:
        conn.execute("DELETE FROM attune.schema_migrations")
    with ThreadPoolExecutor(PROCESSES) as pool:
        done = [pool.submit(Store(database_url).migrate, adopt=True) for _ in range(PROCESSES)]
        assert sorted(len(one.result()) for one in done) == [0, 0, 0, len(read_migrations())]


# --- with data

ROWS: dict[str, LiteralString] = {
    "pack": "(ref, label, version) VALUES ('core', 'Core', '1.0.0')",
    "runtime": "(ref, name, pack, pack_ref) VALUES ('core.python', 'Python', 1, 'core')",
    "workflow_definition": """(ref, pack, pack_ref, label, version, definition)
        VALUES ('core.flow', 1, 'core', 'Flow', '1.0.0', '{}')""",
    "action": """(ref, pack, pack_ref, label, description, entrypoint, runtime)
        VALUES ('core.act', 1, 'core', 'Act', '', 'act.py', 1)""",
    "execution": "(action, action_ref) VALUES (1, 'core.act'), (1, 'core.act')",
    "workflow_execution": "(execution, workflow_def, task_graph) VALUES (1, 1, '{}')",
    "workflow_task_execution": """(workflow_execution, execution, task_name)
        VALUES (1, 2, 'build')""",
    "worker": "(name, lease_ms) VALUES ('host', 30000)",
    "workflow_task_attempt": """(workflow_task_execution, attempt, status)
        VALUES (1, 1, 'failed')""",
}


def test_rows_survive_every_migration(empty_database_url: str) -> None:
    migrations = read_migrations()
    written: set[str] = set()
    with connect(empty_database_url) as conn:
        for number in range(1, len(migrations) + 1):
            migrate(conn, migrations=migrations[:number])
            for table, row in ROWS.items():
                there = conn.execute("SELECT to_regclass(%s)", [f"attune.{table}"]).fetchone()
                if table not in written and there != (None,):
                    conn.execute(f"INSERT INTO attune.{table} {row}".encode())
                    written.add(table)
        assert written == {table.name for table in CATALOG.tables} == ROWS.keys()
        for table in written:
            assert conn.execute(f"SELECT count(*) > 0 FROM attune.{table}".encode()).fetchone() == (
                True,
            )
    Store(empty_database_url).check()


# --- failing half-way


def test_a_failed_migration_leaves_nothing(tmp_path: Path, empty_database_url: str) -> None:
    write(tmp_path, "001_a.sql", "CREATE TABLE attune.a ();")
    write(tmp_path, "002_b.sql", "CREATE TABLE attune.b (); SELECT 1 / 0;")
    with connect(empty_database_url) as conn:
        with pytest.raises(errors.StoreError) as failure:
            migrate(conn, migrations=read_migrations(tmp_path))
        assert failure.value.sqlstate == "22012"
        assert "002_b.sql" in failure.value.__notes__[0]
        assert versions(empty_database_url) == ["001"]
        assert values(empty_database_url, "SELECT to_regclass('attune.b')") == [None]
        write(tmp_path, "002_b.sql", "CREATE TABLE attune.b ();")
        migrate(conn, migrations=read_migrations(tmp_path))
    assert versions(empty_database_url) == ["001", "002"]


def test_a_killed_process_leaves_nothing(tmp_path: Path, empty_database_url: str) -> None:
    write(tmp_path, "001_a.sql", "CREATE TABLE attune.a ();")
    write(tmp_path, "002_b.sql", "CREATE TABLE attune.b (); SELECT pg_sleep(600);")
    process = multiprocessing.get_context("spawn").Process(
        target=_migrate_folder, args=(empty_database_url, tmp_path)
    )
    process.start()
    pids = until_asleep(empty_database_url)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with connect(empty_database_url) as conn:
        # The server would notice only at its next message to the client.
        conn.execute("SELECT pg_terminate_backend(%s, 10000)", pids)
        assert versions(empty_database_url) == ["001"]
        write(tmp_path, "002_b.sql", "CREATE TABLE attune.b ();")
        migrate(conn, migrations=read_migrations(tmp_path))
    assert versions(empty_database_url) == ["001", "002"]


def _migrate_folder(conninfo: str, folder: Path) -> None:
    with connect(conninfo) as conn:
        migrate(conn, migrations=read_migrations(folder))


# --- outside a transaction


async def test_a_migration_outside_a_transaction(tmp_path: Path, empty_database_url: str) -> None:
    options = " transaction:false"
    write(tmp_path, "001_a.sql", "CREATE TABLE attune.a (i int);", "DROP TABLE attune.a;")
    up, down = (
        "CREATE INDEX CONCURRENTLY a_i ON attune.a (i);",
        "DROP INDEX CONCURRENTLY attune.a_i;",
    )
    write(tmp_path, "002_a_i.sql", up, down, options=options)
    migrations = read_migrations(tmp_path)
    with connect(empty_database_url) as conn:
        assert migrate(conn, migrations=migrations) == list(migrations)
        assert migrate(conn, migrations=migrations, down=1) == [migrations[1]]
    connecting = psycopg.AsyncConnection.connect(empty_database_url, autocommit=True, **UNPREPARED)
    async with await connecting as aconn:
        assert await migrate_async(aconn, migrations=migrations) == [migrations[1]]
        assert await migrate_async(aconn, migrations=migrations, down=2) == list(migrations[::-1])
    assert versions(empty_database_url) == []


INDEX = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_i ON attune.a (i);"


def test_an_invalid_index_is_refused(tmp_path: Path, empty_database_url: str) -> None:
    write(
        tmp_path,
        "001_a.sql",
        "CREATE TABLE attune.a (i int); INSERT INTO attune.a VALUES (1), (1);",
    )
    write(tmp_path, "002_a_i.sql", INDEX, options=" transaction:false")
    migrations = read_migrations(tmp_path)
    with connect(empty_database_url) as conn:
        with pytest.raises(errors.AlreadyExistsError):
            migrate(conn, migrations=migrations)
        assert versions(empty_database_url) == ["001"]
        conn.execute("UPDATE attune.a SET i = 2 WHERE ctid = '(0,1)'")
        for _ in range(2):
            with pytest.raises(errors.StoreError, match=r"attune\.a_i is not valid") as failure:
                migrate(conn, migrations=migrations)
        remedy = str(failure.value).partition("run ")[2].partition(",")[0]
        conn.execute(remedy.encode())
        assert migrate(conn, migrations=migrations) == [migrations[1]]
        assert values(
            empty_database_url, "SELECT to_regclass('attune.schema_migrations_lease')"
        ) == [None]


@pytest.mark.parametrize("holds", ["lock", "lease"])
def test_a_wait_for_another_process_names_it_and_ends(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch, holds: str
) -> None:
    monkeypatch.setattr("attune_store._sync.migrate._PATIENCE", 0.2)
    store = Store(empty_database_url)
    with connect(empty_database_url) as other, other.transaction():
        (pid,) = other.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        with connect(empty_database_url) as admin:
            if holds == "lock":
                other.execute("SELECT pg_advisory_xact_lock(%s)", [0x617474756E65])
            else:
                admin.execute("CREATE SCHEMA attune")
                admin.execute(
                    "CREATE TABLE attune.schema_migrations_lease AS SELECT 'other' AS owner,"
                    " %s AS pid, clock_timestamp() + interval '1 minute' AS ends_at, '' AS statement",
                    [pid],
                )
            with pytest.raises(
                errors.UnavailableError, match=rf"\(pid {pid} on the server\)"
            ) as failure:
                store.migrate()
            assert failure.value.retryable
            assert not failure.value.outcome_unknown
            assert "end it with pg_terminate_backend" in str(failure.value)
            admin.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
            assert len(store.migrate()) == len(read_migrations())
        with pytest.raises(psycopg.OperationalError):
            other.execute("SELECT 1")


def test_a_running_statement_holds_the_lease(
    tmp_path: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although it takes longer than a minute, and runs in another session than the one that took the lease."""
    monkeypatch.setattr("attune_store._sync.migrate._PATIENCE", 0.2)
    write(tmp_path, "001_a.sql", "CREATE TABLE attune.a (i int);")
    write(
        tmp_path, "002_b.sql", f"SELECT pg_sleep(600) -- {'ä' * 1000}", options=" transaction:false"
    )
    migrations = read_migrations(tmp_path)
    with (
        connect(empty_database_url) as conn,
        connect(empty_database_url) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        done = pool.submit(migrate, conn, migrations=migrations)
        (pid,) = until_asleep(empty_database_url)
        other.execute("UPDATE attune.schema_migrations_lease SET pid = -1, ends_at = now()")
        try:
            with pytest.raises(errors.UnavailableError, match=rf"\(pid {pid} on the server\)"):
                migrate(other, migrations=migrations)
        finally:
            other.execute("SELECT pg_cancel_backend(%s)", [pid])
        with pytest.raises(errors.StatementTimeoutError):
            done.result()
        assert migrate(other, migrations=migrations[:1]) == []


def test_the_release_of_the_lease_does_not_wait_forever(
    tmp_path: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attune_store._sync.migrate._PATIENCE", 0.2)
    write(tmp_path, "001_a.sql", "CREATE TABLE attune.a (i int);")
    write(tmp_path, "002_b.sql", "INSERT INTO attune.a VALUES (1);", options=" transaction:false")
    with connect(empty_database_url) as conn, connect(empty_database_url) as other:
        migrate(conn, migrations=read_migrations(tmp_path)[:1])
        with other.transaction(), ThreadPoolExecutor(1) as pool:
            other.execute("LOCK TABLE attune.a")
            done = pool.submit(migrate, conn, migrations=read_migrations(tmp_path))
            until_blocked(empty_database_url)
            with connect(empty_database_url) as keeper, keeper.transaction():
                keeper.execute("SELECT pg_advisory_xact_lock(%s)", [0x617474756E65])
                other.execute("ROLLBACK")
                assert [migration.name for migration in done.result()] == ["002_b.sql"]
        assert migrate(conn, migrations=read_migrations(tmp_path)) == []


def test_migrate_waits_a_minute_for_another_process() -> None:
    assert sync_migrate._PATIENCE == async_migrate._PATIENCE == 60


# --- many at once


def test_many_processes_at_once(empty_database_url: str) -> None:
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(PROCESSES), context.Queue()
    processes = [
        context.Process(target=_race, args=(empty_database_url, barrier, results, number))
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    done = [results.get(timeout=LIMIT) for _ in range(PROCESSES * ROUNDS)]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    everything = [migration.name for migration in read_migrations()]
    leases = "SELECT to_regclass('attune.schema_migrations_lease')"
    assert values(empty_database_url, leases) == [None]
    locks = """
        SELECT pid FROM pg_locks WHERE locktype = 'advisory'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
    assert values(empty_database_url, locks) == []
    for number in range(ROUNDS):
        names = [names for round, names in done if round == number]
        assert sorted(names) == [[], [], [], everything], f"round {number}"


def _race(
    conninfo: str, barrier: Barrier, results: "Queue[tuple[int, list[str]]]", number: int
) -> None:
    store = Store(conninfo)
    for round in range(ROUNDS):
        barrier.wait(LIMIT)
        results.put((round, store.migrate()))
        barrier.wait(LIMIT)
        if number == round % PROCESSES:
            store.migrate(down=100)


# --- dbmate

dbmate_prepares = pytest.mark.unpooled("dbmate prepares its statements", mode="transaction")


def dbmate(conninfo: str, *command: str) -> str:
    """Run dbmate with the same settings as libpq, as far as possible: it accepts URLs only."""
    parts = {key: str(value) for key, value in conninfo_to_dict(conninfo).items()}
    user = quote(parts.get("user", "postgres"))
    password = f":{quote(parts['password'])}" if "password" in parts else ""
    host, port, name = parts["host"], parts.get("port", "5432"), parts["dbname"]
    if host.startswith("/"):
        address, query = "", f"host={quote(host)}&port={port}&"
    else:
        address, query = f"{host}:{port}", ""
    output = subprocess.run(
        [
            Path(sys.executable).parent / "dbmate",
            *("--no-dump-schema", "--env-file", os.devnull),
            *("--migrations-table", "attune.schema_migrations"),
            *("--migrations-dir", Path(__file__).parent.parent / "schema"),
            *command,
        ],
        env={
            "DATABASE_URL": f"postgres://{user}{password}@{address}/{name}?{query}sslmode=disable"
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return output.stdout


@dbmate_prepares
def test_dbmate_accepts_a_database_migrated_by_the_store(empty_database_url: str) -> None:
    Store(empty_database_url).migrate()
    assert "Pending: 0" in dbmate(empty_database_url, "status")
    assert "Applying" not in dbmate(empty_database_url, "up")
    dbmate(empty_database_url, "rollback")
    assert Store(empty_database_url).migrate() == [read_migrations()[-1].name]


@dbmate_prepares
def test_the_store_accepts_a_database_migrated_by_dbmate(empty_database_url: str) -> None:
    dbmate(empty_database_url, "up")
    store = Store(empty_database_url)
    assert store.migrate() == []
    store.check()
    assert len(store.migrate(down=100)) == len(read_migrations())
