"""The commands for operators: what they show and what they change."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from attune_store import Execution, ExecutionStatus, Repositories, Store, WorkflowExecution
from attune_store._cli import changes
from attune_store._cli.app import app
from attune_store._cli.spans import in_units, parse_span
from attune_store.testing import (
    make_execution,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)

S = ExecutionStatus
HOSTILE = "a\x1b[31m\x9b\u202e\r\n[red]b"
ESCAPED = r"a\x1b[31m\x9b\u202e\r"
NOWHERE = ("--database-url", "host=127.0.0.1 port=1")


def run(*arguments: object, url: str | None = None, width: int = 80, **env: str) -> Result:
    environment = {"COLUMNS": str(width)} | env
    if url is not None:
        environment["DATABASE_URL"] = url
    return CliRunner().invoke(app, [str(one) for one in arguments], env=environment)


def succeed(*arguments: object, url: str) -> str:
    result = run(*arguments, url=url)
    assert result.exit_code == 0, result.output
    return result.stdout


def words(text: str) -> list[list[str]]:
    return [re.split(r"\s{2,}", line.strip()) for line in text.splitlines() if line.strip()]


@pytest.fixture
def repositories(database_url: str) -> Iterator[Repositories]:
    with Store(database_url) as store, store.autocommit() as repositories:
        yield repositories


def make_run(repositories: Repositories, *, name: str = "build") -> tuple[WorkflowExecution, int]:
    """Create a running workflow, and return the id of the execution of its only task."""
    definition = make_workflow_definition(repositories)
    execution = make_execution(repositories, status=S.RUNNING, config={"token": "geheim"})
    run = make_workflow_execution(
        repositories, execution=execution.id, workflow_def=definition.id, status=S.RUNNING
    )
    task = make_workflow_task_execution(
        repositories, workflow_execution=run.id, task_name=name, max_retries=2
    )
    return run, task.execution


def assert_fits(text: str) -> None:
    """Check that the output fits into 80 columns, with nothing cut off and no control characters."""
    assert "…" not in text
    assert not [line for line in text.splitlines() if len(line) > 80]
    assert not [one for one in text if not one.isprintable() and one != "\n"]


# --- work


def test_the_work_of_an_empty_database(database_url: str) -> None:
    lines = words(succeed("work", url=database_url))
    assert ["oldest waiting", "nothing waits"] in lines
    assert ["due retries", "0"] in lines
    assert ["workers", "0 alive, 0 lost"] in lines
    assert ["stuck", "0"] in lines


@pytest.fixture
def busy(repositories: Repositories) -> dict[str, Any]:
    """Create rows for everything that `work` shows."""
    workers = repositories.workers
    alive = workers.register("host-1:4711", lease=timedelta(minutes=5))
    lost = workers.register(HOSTILE, lease=timedelta(minutes=5))
    _, task = make_run(repositories)
    repositories.workflow_task_executions.claim_any(worker=alive.id, to=S.RUNNING)
    waiting = make_execution(repositories, action_ref=HOSTILE)
    held = make_execution(repositories, action_ref=HOSTILE)
    repositories.executions.claim(held.id, worker=lost.id)
    workers.retire(lost.id)
    retried = make_workflow_task_execution(repositories, status=S.FAILED, max_retries=1)
    repositories.workflow_task_executions.schedule_retry(retried.id, delay=timedelta(0))
    repositories.executions.claim(
        repositories.workflow_executions.get_by_id(retried.workflow_execution).execution,
        worker=alive.id,
    )
    return {"alive": alive, "lost": lost, "task": task, "waiting": waiting, "held": held}


def test_work(database_url: str, busy: dict[str, Any]) -> None:
    text = succeed("work", url=database_url)
    assert_fits(text)
    lines = words(text)
    assert ["status", "executions", "workflow runs", "tasks"] in lines
    assert ["requested", "1", "1", "0"] in lines
    assert ["running", "2", "1", "1"] in lines
    assert any(line[0] == "due retries" and line[1].startswith("1, the first") for line in lines)
    assert ["workers", "1 alive, 1 lost"] in lines
    assert ["stuck", "1"] in lines
    assert f"execution {busy['waiting'].id}, {ESCAPED}" in text
    assert re.search(rf"^{busy['alive'].id} +host-1:4711 +ends .* 1 +1\s*$", text, re.MULTILINE)
    assert re.search(rf"^{busy['lost'].id} +{re.escape(ESCAPED)}.* ended ", text, re.MULTILINE)
    assert re.search(rf"^{busy['held'].id} .*its worker was lost", text, re.MULTILINE)


def test_work_as_json(database_url: str, busy: dict[str, Any]) -> None:
    document = json.loads(succeed("work", "--json", url=database_url))
    assert list(document) == ["counts", "oldest_waiting", "due_retries", "workers", "stuck"]
    assert list(document["counts"]["executions"]) == list(S)
    assert document["counts"]["executions"]["requested"] == {"count": 1, "exact": True}
    assert document["oldest_waiting"]["action_ref"] == HOSTILE
    assert document["due_retries"]["count"] == 1
    assert [worker["lives"] for worker in document["workers"]] == [False, True]
    assert [(one["id"], one["reason"]) for one in document["stuck"]] == [(busy["held"].id, "lost")]


def test_idle_for_limits_what_is_stuck(database_url: str, repositories: Repositories) -> None:
    silent = make_execution(repositories, status=S.RUNNING)
    assert json.loads(succeed("work", "--json", url=database_url))["stuck"] == []
    (found,) = json.loads(succeed("work", "--idle-for", "0s", "--json", url=database_url))["stuck"]
    assert (found["id"], found["reason"]) == (silent.id, "idle")
    assert "no worker holds it" in succeed("work", "--idle-for", "0s", url=database_url)
    assert ["stuck", "0"] in words(
        succeed("work", "--idle-for", "0s", "--limit", 0, url=database_url)
    )


# --- list


def listed(*arguments: object, url: str) -> list[int]:
    return [row["id"] for row in json.loads(succeed("list", *arguments, "--json", url=url))]


def test_list(database_url: str, repositories: Repositories) -> None:
    worker = repositories.workers.register("host", lease=timedelta(minutes=5))
    run, task = make_run(repositories)
    waiting = make_execution(repositories, action_ref=HOSTILE, config={"token": "geheim"})
    held = make_execution(repositories)
    repositories.executions.claim(held.id, worker=worker.id, to=S.RUNNING)
    definition = repositories.workflow_definitions.get_by_id(run.workflow_def).ref
    everything = [held.id, waiting.id, task, run.execution]
    assert listed(url=database_url) == everything
    assert listed("--limit", 2, url=database_url) == everything[:2]
    assert listed("--status", "running", url=database_url) == [held.id, run.execution]
    assert listed("--status", "running", "--status", "requested", url=database_url) == everything
    assert listed("--worker", worker.id, url=database_url) == [held.id]
    assert listed("--definition", definition, url=database_url) == [run.execution]
    assert listed("--older-than", "1h", url=database_url) == []
    assert listed("--older-than", "0s", url=database_url) == everything
    text = succeed("list", url=database_url)
    assert_fits(text)
    assert ESCAPED in text
    assert "geheim" not in text + succeed("list", "--json", url=database_url)


def test_a_list_of_an_unknown_definition(database_url: str) -> None:
    result = run("list", "--definition", "core.nothing", url=database_url)
    assert result.exit_code == 1
    assert result.stderr == ("error: workflow_definition with ref='core.nothing' does not exist\n")


# --- show


def test_show_prints_the_config_only_on_request(
    database_url: str, repositories: Repositories
) -> None:
    run, _ = make_run(repositories)
    for options in [], ["--json"]:
        assert "geheim" not in succeed("show", run.execution, *options, url=database_url)
        shown = succeed("show", run.execution, "--show-config", *options, url=database_url)
        assert "geheim" in shown


def test_tables_fit_and_are_escaped(database_url: str, repositories: Repositories) -> None:
    run, task = make_run(repositories, name=HOSTILE)
    tasks = repositories.workflow_task_executions
    found = tasks.find_by_execution(task)
    assert found is not None
    tasks.start(found.id)
    tasks.complete(found.id)
    repositories.connection.execute(
        "UPDATE attune.workflow_execution SET paused = true, pause_reason = %s, error_message = %s",
        (HOSTILE, HOSTILE),
    )
    repositories.connection.execute(
        "UPDATE attune.workflow_task_execution SET duration_ms = 90061002"
    )
    text = succeed("show", run.execution, url=database_url)
    assert_fits(text)
    for line in words(text):
        if line[0] in {"paused", "error"}:
            assert line[1] == ESCAPED
    assert "1 d 01 h" in text
    assert text.count(ESCAPED) == 2
    assert [line for line in words(text) if ESCAPED.startswith(line[0]) and "completed" in line]


# --- tail


def test_tail_of_an_ended_execution(database_url: str, repositories: Repositories) -> None:
    done = make_execution(repositories, status=S.COMPLETED)
    failed = make_execution(repositories, status=S.FAILED)
    text = succeed("tail", done.id, url=database_url)
    assert [line[1:] for line in words(text)] == [["execution", "completed"]]
    assert run("tail", failed.id, url=database_url).exit_code == 1
    missing = run("tail", 4711, url=database_url)
    assert missing.exit_code == 1
    assert missing.stderr == "error: execution with id=4711 does not exist\n"


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_tail_follows_a_run(
    database_url: str, repositories: Repositories, options: list[str]
) -> None:
    """Each step is taken after the previous one was printed."""
    run, task = make_run(repositories, name="build\x1b[2J")
    tasks = repositories.workflow_task_executions
    found = tasks.find_by_execution(task)
    assert found is not None
    command = [sys.executable, "-m", "attune_store._cli", "tail", str(run.execution)]
    environment = os.environ | {"DATABASE_URL": database_url, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [*command, "--interval", "0.1", *options],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as follower:
        assert follower.stdout is not None

        def read() -> tuple[str | None, str, str]:
            assert follower.stdout is not None
            line = follower.stdout.readline()
            if options:
                event = json.loads(line)
                return event["task"], event["status"], event["note"]
            time, what, status, *note = re.split(r"\s{2,}", line.strip())
            assert re.fullmatch(r"\d\d:\d\d:\d\d", time)
            return None if what == "execution" else what, status, " ".join(note)

        name = "build\x1b[2J" if options else r"build\x1b[2J"
        first = {read(), read()}
        assert first == {(None, "running", ""), (name, "requested", "")}
        tasks.start(found.id)
        assert read() == (name, "running", "")
        tasks.fail(found.id, error="no", retry_delay=timedelta(hours=1))
        seen = read()
        assert seen[:2] == (name, "failed")
        assert re.fullmatch(r"retry 1 of 2 at \d\d:\d\d:\d\d", seen[2])
        repositories.workflow_executions.pause(run.id, reason=None)
        assert read() == (None, "running", "paused")
        repositories.workflow_executions.resume(run.id)
        assert read() == (None, "running", "")
        tasks.requeue(found.id)
        assert read()[:2] == (name, "requested")
        tasks.start(found.id)
        assert read()[:2] == (name, "running")
        tasks.complete(found.id)
        seen = read()
        assert seen[:2] == (name, "completed")
        assert re.fullmatch(r"\d+ ms|[\d.]+ s", seen[2])
        repositories.executions.finish(run.execution, to=S.COMPLETED)
        assert read() == (None, "completed", "")
        assert follower.stdout.read() == ""
    assert follower.returncode == 0


# --- cancel and requeue


def test_cancel(database_url: str, repositories: Repositories) -> None:
    run_, task = make_run(repositories)
    alone = make_execution(repositories)
    assert succeed("cancel", run_.execution, alone.id, url=database_url) == (
        f"execution {run_.execution} is cancelled\nexecution {alone.id} is cancelled\n"
    )
    assert repositories.executions.get_by_id(task).status == S.CANCELLED
    result = run("cancel", alone.id, 4711, run_.execution, "--json", url=database_url)
    assert result.exit_code == 1
    outcomes = json.loads(result.stdout)
    assert [(one["id"], one["kind"]) for one in outcomes] == [
        (alone.id, "ConflictError"),
        (4711, "NotFoundError"),
        (run_.execution, "ConflictError"),
    ]
    assert "execution 4711: execution with id=4711 does not exist" in result.stderr


def test_requeue(database_url: str, repositories: Repositories) -> None:
    run_, task = make_run(repositories)
    tasks = repositories.workflow_task_executions
    found = tasks.find_by_execution(task)
    assert found is not None
    tasks.start(found.id)
    tasks.fail(found.id, error="no")
    failed = make_execution(repositories, status=S.FAILED)
    done = make_execution(repositories, status=S.COMPLETED)
    assert succeed("requeue", task, failed.id, url=database_url) == (
        f"execution {task} is requested\nexecution {failed.id} is requested\n"
    )
    assert tasks.get_by_id(found.id).status == S.REQUESTED
    result = run("requeue", done.id, "--json", url=database_url)
    assert result.exit_code == 1
    assert json.loads(result.stdout)[0]["kind"] == "ConflictError"
    again = json.loads(run("cancel", failed.id, "--json", url=database_url).stdout)
    assert again == [{"id": failed.id, "status": "cancelled"}]
    assert repositories.executions.get_by_id(run_.execution).status == S.RUNNING


@pytest.mark.slow
@pytest.mark.unpooled("notifications come through no pooler")
def test_requeue_notifies_listeners(database_url: str, repositories: Repositories) -> None:
    failed = make_execution(repositories, status=S.FAILED)
    with Store(database_url) as store:
        wakeups = store.listen(timeout=30)
        assert next(wakeups).missed
        succeed("requeue", failed.id, url=database_url)
        assert next(wakeups).topic == "executions"


# --- prune


@pytest.fixture
def ended(repositories: Repositories) -> list[Execution]:
    """Create two failed executions, a completed tree of two, and a running one."""
    parent = make_execution(repositories, status=S.COMPLETED)
    child = make_execution(repositories, status=S.COMPLETED, parent=parent.id)
    make_execution(repositories, status=S.RUNNING)
    return [parent, child, *(make_execution(repositories, status=S.FAILED) for _ in range(2))]


def test_prune(database_url: str, repositories: Repositories, ended: list[Execution]) -> None:
    assert succeed("prune", "--older-than", "1d", url=database_url) == "deleted 0 executions\n"
    assert (
        succeed("prune", "--older-than", "0s", "--status", "failed", "--json", url=database_url)
        == '{\n  "executions": 2,\n  "dry_run": false\n}\n'
    )
    result = run("prune", "--older-than", "0s", url=database_url)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "deleted 2 executions\n", "")
    assert [row.status for row in repositories.executions.list()] == [S.RUNNING]
    assert ended


def test_a_dry_run_of_prune_writes_nothing(
    database_url: str, repositories: Repositories, ended: list[Execution]
) -> None:
    """It succeeds if nothing can be written."""
    before = repositories.executions.list()
    read_only: dict[str, Any] = {"PGOPTIONS": "-c default_transaction_read_only=on"}
    arguments = ("prune", "--older-than", "0s")
    result = run(*arguments, "--dry-run", url=database_url, **read_only)
    assert (result.exit_code, result.stdout) == (0, "would delete 4 executions\n")
    assert run(*arguments, url=database_url, **read_only).exit_code == 1
    assert json.loads(succeed(*arguments, "--dry-run", "--json", url=database_url)) == {
        "executions": 4,
        "dry_run": True,
    }
    assert repositories.executions.list() == before
    assert len(ended) == 4


def test_prune_pauses_after_each_batch(
    database_url: str, repositories: Repositories, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tree that can't be deleted counts, too, and is looked at once."""
    trees = [make_execution(repositories, status=S.FAILED) for _ in range(25)]
    make_execution(repositories, parent=trees[0].id, status=S.RUNNING)
    there: list[int] = []

    def pause(seconds: float) -> None:
        assert seconds > 0
        there.append(len(repositories.executions.list()))

    monkeypatch.setattr(changes, "sleep", pause)
    assert succeed("prune", "--older-than", "0s", url=database_url) == "deleted 24 executions\n"
    assert there == [17, 7, 2, 2]


def test_prune_shows_its_progress_on_a_terminal(database_url: str, ended: list[Execution]) -> None:
    result = run("prune", "--older-than", "0s", url=database_url, FORCE_COLOR="1")
    assert result.exit_code == 0
    assert f"{len(ended)}/{len(ended)}" in re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", result.stderr)


def test_prune_accepts_terminal_statuses_only(database_url: str) -> None:
    for options in [], ["--dry-run"]:
        result = run(
            "prune", "--older-than", "0s", "--status", "running", *options, url=database_url
        )
        assert result.exit_code == 1
        assert "expected terminal statuses, got running" in result.stderr
    assert run("prune", url=database_url).exit_code == 2


# --- spans of time


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("90m", 5400), ("30d", 2592000), ("1h30m", 5400), ("2w", 1209600)],
)
def test_durations_are_parsed(text: str, seconds: int) -> None:
    assert parse_span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1 d", "1.5h", "3x", "٣d", "40000d"])
def test_invalid_durations_are_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="expected a duration"):
        parse_span(text)
    assert run("prune", f"--older-than={text}").exit_code == 2


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (-5, "0 ms"),
        (2, "2 ms"),
        (999, "999 ms"),
        (1000, "1 s"),
        (59_999, "59.9 s"),
        (60_000, "1 min 00 s"),
        (3_599_000, "59 min 59 s"),
        (3_660_000, "1 h 01 min"),
        (90_061_002, "1 d 01 h"),
        (40_000_000_000, "462 d 23 h"),
    ],
)
def test_durations_are_formatted(milliseconds: int, text: str) -> None:
    assert in_units(timedelta(milliseconds=milliseconds)) == text


# --- when there is no database


@pytest.mark.parametrize(
    "command",
    [
        ["migrate"],
        ["status"],
        ["work"],
        ["list"],
        ["show", "1"],
        ["tail", "1"],
        ["prune", "--older-than", "1d"],
        ["prune", "--older-than", "1d", "--dry-run"],
        ["cancel", "1"],
        ["requeue", "1"],
    ],
    ids=" ".join,
)
def test_a_failed_connection_is_reported_as_json(command: list[str]) -> None:
    result = run(*command, *NOWHERE, "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["error"].startswith("can't connect to the database")
    assert (document["kind"], document["retryable"]) == ("UnavailableError", True)
    assert "error: can't connect" in result.stderr
    plain = run(*command, *NOWHERE)
    assert (plain.exit_code, plain.stdout) == (1, "")
