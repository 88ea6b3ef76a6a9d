"""The SQL and the programs of docs/tracing.md, on a server that logs, explains and counts statements."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from attune_store import CreatePackInput, Store, UpdatePackInput
from attune_store._embedded import _pg_ctl, start, stop
from tests.waiting import until

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs/tracing.md").read_text()
BLOCKS = [
    (language, re.sub(r"^    ", "", block, flags=re.MULTILINE) if indent else block)
    for indent, language, block in re.findall(
        r"^( *)```(sql|python)\n(.*?)^ *```", TEXT, re.DOTALL | re.MULTILINE
    )
]
PACK = CreatePackInput(ref="deploy", label="geheim-4711", version="1.0.0")


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, Path]]:
    """Yield the URL and the log of a server that loads pg_stat_statements, after the SQL of the page."""
    with tempfile.TemporaryDirectory(prefix="attune-tracing-", ignore_cleanup_errors=True) as name:
        data = Path(name) / "data"
        log = data / "log"
        try:
            url = start(data)
            with psycopg.connect(url, autocommit=True) as conn:
                conn.execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
            assert _pg_ctl(data, "restart", "-w", "-m", "fast", "-l", str(log))
            Store(url).migrate()
            with psycopg.connect(url, autocommit=True) as conn:
                conn.execute("CREATE EXTENSION pg_stat_statements")
                for language, block in BLOCKS:
                    if language == "sql":
                        for statement in block.splitlines():
                            conn.execute(statement.encode())
                for name in "log_min_duration_statement", "auto_explain.log_min_duration":
                    conn.execute(
                        f"ALTER SYSTEM SET {name} = 0".encode()
                    )  # no statement is slow here
                conn.execute("SELECT pg_reload_conf()")
            until(lambda: setting(url) == "0")
            yield url, log
        finally:
            stop(data)


def setting(url: str) -> str:
    """Return the setting of new sessions."""
    with psycopg.connect(url) as conn:
        return str(conn.execute("SHOW log_min_duration_statement").fetchall()[0][0])


def test_the_log_names_the_query(server: tuple[str, Path]) -> None:
    url, log = server
    with Store(url, kwargs={"application_name": "worker"}) as store, store.transaction() as tx:
        pack = tx.packs.create(PACK)
        tx.packs.update(pack.id, UpdatePackInput(description="shown"))
    until(lambda: log.read_text().count("UpdatePack") >= 2)
    written = log.read_text()
    for name in "CreatePack", "UpdatePack":
        comment = rf"/\* name: {name} :one \*/"
        line = (
            rf"postgres@postgres worker LOG:  duration: \d+\.\d+ ms  execute <unnamed>: {comment}"
        )
        assert re.search(line, written)
        assert re.search(rf"duration: .* plan:\s+Query Text: {comment}", written)
    assert PACK.label not in written
    assert "IS DISTINCT FROM 'shown'" in written


PRINTED = {
    "print(query.sql)": r"queries/execution.sql, attune_queries.execution.list_executions\n/\* name",
    "pg_stat_statements": r"'ListPacks': \d+ calls of \d+\.\d\d ms",
    "PsycopgInstrumentor": r"^$",
    "log_slow_queries": r"^$",
    "measure": r"^\['GetPackByRef', 'ListPacks'\]\n$",
}
"""The output of a program, by a text in it."""


@pytest.mark.parametrize("mark", PRINTED)
def test_each_program_of_the_page_runs(server: tuple[str, Path], mark: str) -> None:
    url, _ = server
    with Store(url) as store, store.autocommit() as repos:
        repos.connection.execute("SELECT pg_stat_statements_reset()")  # the migrations
        repos.packs.list()
    (program,) = (text for language, text in BLOCKS if language == "python" and mark in text)
    parts = {key: str(value) for key, value in conninfo_to_dict(url).items()}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=os.environ
        | {
            "DATABASE_URL": url,
            "PGHOST": parts["host"],
            "PGUSER": "postgres",
            "PGDATABASE": "postgres",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert re.search(PRINTED[mark], done.stdout)


def test_each_program_is_run() -> None:
    assert len(PRINTED) == sum(language == "python" for language, _ in BLOCKS)


def test_the_steps_find_the_query() -> None:
    commands = re.findall(r"`(grep [^`]+)`", TEXT)
    for command in commands:
        done = subprocess.run(
            command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert "ListExecutions" in done.stdout
    assert len(commands) == 2
