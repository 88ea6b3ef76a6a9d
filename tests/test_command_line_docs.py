"""The commands of docs/operating.md print what the page shows."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from attune_store import ExecutionStatus, Store
from attune_store.testing import (
    make_execution,
    make_pack,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)

pytestmark = pytest.mark.slow

S = ExecutionStatus
PAGE = Path(__file__).parent.parent / "docs" / "operating.md"
BLOCKS = re.findall(r"^```console\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)

FOLDER = "/home/ann/.local/share/attune-store/postgres"
_TIME = re.compile(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d")
_SPAN = re.compile(r"\d+(\.\d+)? (ms|s|min|h|d)( \d\d (s|min|h))?\b")


@pytest.fixture
def database(empty_database_url: str) -> str:
    """Return the database that the page shows, with ids from 1."""
    with Store(empty_database_url) as store:
        store.migrate()
        with store.autocommit() as repositories:
            executions, tasks = repositories.executions, repositories.workflow_task_executions
            alive = repositories.workers.register("web-1:4711", lease=timedelta(hours=1))
            lost = repositories.workers.register("web-2:4712", lease=timedelta(hours=1))
            definition = make_workflow_definition(
                repositories, pack=make_pack(repositories, ref="deploy"), ref="deploy.rollout"
            )
            parent = make_execution(
                repositories, action_ref="deploy.rollout", config={"token": "s3cret"}
            )
            executions.claim(parent.id, worker=alive.id, to=S.RUNNING)
            run = make_workflow_execution(
                repositories, execution=parent.id, workflow_def=definition.id, status=S.RUNNING
            )
            for name in "build", "test", "migrate":
                execution = make_execution(repositories, action_ref=f"deploy.{name}")
                make_workflow_task_execution(
                    repositories,
                    workflow_execution=run.id,
                    execution=execution.id,
                    task_name=name,
                    max_retries=2,
                )
            (build,) = tasks.claim_any(task_names=["build"], worker=alive.id, to=S.RUNNING)
            tasks.complete(build.id)
            repositories.workflow_executions.append_tasks(run.id, completed=["build"])
            tasks.claim_any(task_names=["test"], worker=alive.id, to=S.RUNNING)
            tasks.claim_any(task_names=["migrate"], worker=lost.id, to=S.RUNNING)
            repositories.workers.retire(lost.id)
            make_execution(repositories, action_ref="mail.send")
            for _ in range(2):
                executions.finish(
                    make_execution(repositories, action_ref="mail.send").id, to=S.FAILED
                )
    with psycopg.connect(empty_database_url) as conn:
        conn.execute("SET session_replication_role = replica")
        conn.execute(
            "UPDATE attune.execution SET finished_at = now() - interval '40 days' WHERE id = 7"
        )
    return empty_database_url


@pytest.fixture
def data() -> Iterator[Path]:
    """Return a folder for the embedded server, which other users can reach."""
    with tempfile.TemporaryDirectory(prefix="attune-", ignore_cleanup_errors=True) as folder:
        yield Path(folder) / "data"


def normal(text: str) -> list[str]:
    """Return the lines without what differs between runs: times, and the widths of columns."""
    text = _SPAN.sub("SPAN", _TIME.sub("TIME", text))
    lines = [re.sub(r"─+", "─", " ".join(line.split())) for line in text.splitlines()]
    return [line for line in lines if line]


def test_each_command_prints_what_the_page_shows(database: str, data: Path) -> None:
    environment = os.environ | {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
        "DATABASE_URL": database,
        "ATTUNE_STORE_DATA": str(data),
        "COLUMNS": "80",
    }
    asked: list[str] = []
    try:
        for block in BLOCKS:
            for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
                done = subprocess.run(
                    ["bash", "-c", command],
                    env=environment,
                    cwd=data.parent,
                    capture_output=True,
                    text=True,
                    check=False,
                )
                printed = done.stdout + (done.stderr if done.returncode else "")
                assert normal(printed) == normal(shown.replace(FOLDER, str(data))), command
                asked.append(" ".join(re.sub(r"^.*attune-store ", "", command).split()[:2]))
    finally:
        subprocess.run(["attune-store", "server", "stop"], env=environment, check=False)
    names = {words.split()[0] for words in asked}
    assert names >= {"work", "list", "show", "tail", "cancel", "requeue", "prune", "server"}
