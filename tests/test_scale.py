"""The SQL and the program of docs/scale.md, on a database with an old execution."""

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from attune_store import CreateExecutionInput, ExecutionStatus, Store, errors

pytestmark = pytest.mark.slow

TEXT = (Path(__file__).parent.parent / "docs" / "scale.md").read_text()
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_the_page_runs_from_top_to_bottom(database_url: str) -> None:
    ended = CreateExecutionInput(action_ref="core.a", status=ExecutionStatus.COMPLETED)
    with Store(database_url, max_size=1) as store, store.autocommit() as repos:
        old, young = repos.executions.create_many([ended, ended])
        with psycopg.connect(database_url) as conn:
            conn.execute("SET session_replication_role = replica")  # no trigger sets the time
            conn.execute(
                "UPDATE attune.execution SET created = a, updated = a"
                " FROM (SELECT now() - interval '1 year') last (a) WHERE id = %s",
                [old.id],
            )
        for language, block in BLOCKS:
            match language:
                case "sql":
                    with psycopg.connect(database_url) as conn:
                        conn.execute(block.encode())
                case "python":
                    command = [sys.executable, "-W", "error", "-c", block]
                    environment = os.environ | {"DATABASE_URL": database_url}
                    subprocess.run(command, env=environment, check=True)
                case _:
                    assert language == "text"
        assert repos.executions.list() == [young]
        assert {one.severity for one in store.check(severity="risky")} == {errors.Severity.HARMLESS}
