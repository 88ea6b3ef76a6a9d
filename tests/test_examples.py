"""The examples run, and what they leave in the database is right, whoever was killed in between."""

import ast
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from pydantic import ValidationError

from attune_store import CreateExecutionInput, ExecutionStatus, Store, WorkflowExecution, errors
from examples.executor import library
from examples.executor.audit import audit
from examples.executor.clock import Clock
from examples.executor.definition import Definition, WorkflowFile
from examples.executor.engine import Engine
from examples.executor.expressions import ExpressionError, evaluate, render
from examples.executor.runs import Attempt, LostError
from examples.executor.worker import Count, Executor
from tests.waiting import LIMIT

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parent.parent / "examples"
FILES = sorted((EXAMPLES / "workflows").glob("*.yaml"))

# Every change of a task's status, as the server saw it: the tests do not take the engine's word.
TRAIL = """
CREATE TABLE trail (id bigserial, task bigint, was text, became text);
CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO trail (task, was, became) VALUES (NEW.id, OLD.status, NEW.status);
    RETURN NULL;
END $$;
CREATE TRIGGER follow AFTER UPDATE ON attune.workflow_task_execution FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION follow();
"""


def run(script: str, *arguments: str, **environment: str | None) -> str:
    """Run an example as a user does, warnings being errors; give what it printed."""
    env = {key: value for key, value in {**os.environ, **environment}.items() if value is not None}
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / script), *arguments],
        env=env,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def query(database_url: str, statement: str) -> list[Any]:
    """The rows of a query."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        cursor = conn.execute(statement)  # type: ignore[call-overload]
        return [] if cursor.description is None else cursor.fetchall()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A database of the test's own, with a trail of what happens to the tasks."""
    query(database_url, TRAIL)
    with Store(database_url, max_size=2) as store:
        yield store


def newest(store: Store, ref: str) -> WorkflowExecution:
    """The newest run of a workflow that is not part of another."""
    with store.autocommit() as repos:
        stored = repos.workflow_definitions.get_by_ref(ref)
        for run in repos.workflow_executions.find_by_workflow_def(stored.id):
            if repos.executions.get_by_id(run.execution).parent is None:
                return run
    raise AssertionError(f"{ref} has not run")


def test_the_demo_twice(database_url: str, store: Store) -> None:
    """Two demos in a row on one database; each kills an executor with `kill -9`."""
    printed = run("run_workflows.py", "--demo", DATABASE_URL=database_url)
    assert "kill -9 executor-" in printed
    assert "Every task was recorded once" in printed

    refs = [library.read_workflow(path)[0].ref for path in FILES]
    assert len(refs) >= 6
    with store.autocommit() as repos:
        definitions = repos.workflow_definitions.list(limit=None)
        assert sorted(refs) == [one.ref for one in definitions]
        for one in definitions:
            action = repos.actions.find_by_workflow_def(one.id)
            assert action is not None and action.ref == one.ref
        runs = repos.workflow_executions.list(limit=None)
    assert len(runs) == len(refs) + 2
    assert_recorded_once(database_url)
    lost = "SELECT count(*) FROM trail WHERE was = 'running' AND became = 'requested'"
    assert query(database_url, lost)[0][0] > 0, "nothing had to be taken up again"
    assert_outcomes(store)

    before = query(database_url, "SELECT max(updated) FROM attune.workflow_definition")
    run("run_workflows.py", "--demo", DATABASE_URL=database_url)
    assert query(database_url, "SELECT max(updated) FROM attune.workflow_definition") == before
    with store.autocommit() as repos:
        assert len(repos.workflow_executions.list(limit=None)) == 2 * len(runs)
        assert len(repos.workflow_definitions.list(limit=None)) == len(refs)
        for workflow in repos.workflow_executions.list(limit=None):
            assert audit(repos, workflow.execution) == []
    assert_recorded_once(database_url)
    assert_outcomes(store)


def assert_recorded_once(database_url: str) -> None:
    """Each task of the database ended once, and no row was made twice."""
    assert query(database_url, "SELECT status FROM attune.workflow_task_execution") != []
    ends = Counter(
        task for (task,) in query(database_url, "SELECT task FROM trail WHERE became = 'completed'")
    )
    completed = query(
        database_url, "SELECT id FROM attune.workflow_task_execution WHERE status = 'completed'"
    )
    assert ends == Counter(id for (id,) in completed)
    unfinished = """
        SELECT id FROM attune.workflow_task_execution
        WHERE NOT attune.is_terminal(status) OR next_retry_at IS NOT NULL
        UNION ALL SELECT id FROM attune.execution WHERE NOT attune.is_terminal(status)
        UNION ALL SELECT id FROM attune.workflow_execution WHERE NOT attune.is_terminal(status)
    """
    assert query(database_url, unfinished) == []
    orphans = """
        SELECT e.id FROM attune.execution e
        LEFT JOIN attune.workflow_task_execution t ON t.execution = e.id
        WHERE e.parent IS NOT NULL AND t.id IS NULL
    """
    assert query(database_url, orphans) == []


def assert_outcomes(store: Store) -> None:
    """What the newest run of each workflow came to."""
    invoices = newest(store, "billing.invoice_run")
    assert invoices.status is ExecutionStatus.COMPLETED
    assert invoices.completed_tasks == ["customers", "issue", "reconcile", "report"]
    assert invoices.skipped_tasks == ["escalate"]
    cents = sum(990 + customer % 7 * 1500 for customer in range(1001, 1211))
    assert invoices.variables["total_cents"] == cents
    with store.autocommit() as repos:
        issued = repos.workflow_task_executions.find_by_task_name(invoices.id, "issue")
        parent = repos.executions.get_by_id(invoices.execution)
    assert parent.result == {"issued": 210, "total_cents": cents}
    assert [task.task_index for task in issued] == list(range(210))
    assert [task.task_batch for task in issued] == [index // 70 for index in range(210)]
    assert any(task.retry_count for task in issued)
    assert at_once([(task.started_at, task.completed_at) for task in issued]) <= 24
    for batch in range(2):
        ended = [task.completed_at for task in issued if task.task_batch == batch]
        began = [task.started_at for task in issued if task.task_batch == batch + 1]
        assert max(filter(None, ended)) <= min(filter(None, began))

    backup = newest(store, "ops.nightly_backup")
    assert backup.status is ExecutionStatus.COMPLETED
    with store.autocommit() as repos:
        tasks = repos.workflow_task_executions.find_by_workflow_execution(backup.id)
    retries = {task.task_name: task.retry_count for task in tasks}
    assert retries["snapshot"] >= 1 and retries["upload"] >= 2

    access = newest(store, "iam.access_request")
    assert access.status is ExecutionStatus.COMPLETED
    assert access.variables["granted_by"] == "margaret"
    assert not access.paused and access.pause_reason is None

    release = newest(store, "web.release")
    assert release.status is ExecutionStatus.COMPLETED
    assert release.variables["containers"] == 48
    assert release.variables["approved_by"] == "grace"
    with store.autocommit() as repos:
        (build,) = repos.workflow_task_executions.find_by_task_name(release.id, "build")
        inner = repos.workflow_executions.find_by_execution(build.execution)
    assert inner is not None and inner.status is ExecutionStatus.COMPLETED
    assert inner.variables["commit"] == "c0ffee1"

    load = newest(store, "data.daily_load")
    assert load.status is ExecutionStatus.FAILED
    assert load.error_message == "quarantine leads to fail"
    assert load.skipped_tasks == ["publish_report"]

    incident = newest(store, "ops.incident")
    assert incident.status is ExecutionStatus.COMPLETED
    assert incident.failed_tasks == ["restart"]
    with store.autocommit() as repos:
        (restart,) = repos.workflow_task_executions.find_by_task_name(incident.id, "restart")
    assert restart.timed_out and restart.status is ExecutionStatus.TIMEOUT


def at_once(spans: list[tuple[datetime | None, datetime | None]]) -> int:
    """How many of the spans overlap at most."""
    changes = sorted(
        change for start, end in spans if start and end for change in ((start, 1), (end, -1))
    )
    running = most = 0
    for _, change in changes:
        running += change
        most = max(most, running)
    return most


SEVENTH = """
ref: zoo.feeding
label: Feed the animals
parameters:
  animals: {type: array, default: [lion, seal, owl, bear, crane, otter, ibex]}
vars: {portions: "{{ len(animals) * 2 }}"}
tasks:
  thaw:
    action: zoo.thaw
    input: {portions: "{{ portions }}"}
    publish: {thawed: "{{ result.portions }}"}
    next:
      - {when: succeeded and result.portions > 5, do: [feed]}
      - {when: result.portions <= 5, do: [complain]}
    simulate: {takes: 10s, result: {portions: "{{ input.portions }}"}}
  feed:
    action: zoo.feed
    with_items: "{{ animals }}"
    concurrency: 3
    batch_size: 5
    retry: {count: 2, delay: 5s}
    input: {animal: "{{ item }}", place: "{{ index }}"}
    publish: {fed: "{{ result.animal }}"}
    on_success: [close]
    simulate: {takes: [20s, 40s], fails: 1, result: {animal: "{{ input.animal }}"}}
  complain: {action: zoo.complain, on_success: [fail]}
  close: {action: zoo.close, simulate: {takes: 5s}}
output: {fed: "{{ fed }}"}
"""


def test_a_seventh_file_runs_without_a_change_of_code(
    database_url: str, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "feeding.yaml").write_text(SEVENTH)
    run("run_workflows.py", "--workflows", str(tmp_path), "--kill", DATABASE_URL=database_url)
    feeding = newest(store, "zoo.feeding")
    animals = ["lion", "seal", "owl", "bear", "crane", "otter", "ibex"]
    assert feeding.status is ExecutionStatus.COMPLETED
    assert feeding.completed_tasks == ["thaw", "feed", "close"]
    assert feeding.skipped_tasks == ["complain"]
    assert feeding.variables["thawed"] == 14 and feeding.variables["fed"] == animals
    with store.autocommit() as repos:
        fed = repos.workflow_task_executions.find_by_task_name(feeding.id, "feed")
        assert repos.executions.get_by_id(feeding.execution).result == {"fed": animals}
        assert audit(repos, feeding.execution) == []
    assert [task.retry_count for task in fed] == [1] * 7
    assert [task.result for task in fed] == [{"animal": animal} for animal in animals]
    assert_recorded_once(database_url)


def test_a_server_that_cuts_connections(database_url: str, store: Store, tmp_path: Path) -> None:
    """Whether a commit came through is not known then; it is recorded once all the same."""
    (tmp_path / "feeding.yaml").write_text(SEVENTH)
    cut = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'executor-%'
    """
    command = [sys.executable, str(EXAMPLES / "run_workflows.py"), "--workflows", str(tmp_path)]
    with subprocess.Popen(
        [*command, "--speed", "60"],
        env={**os.environ, "DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        cuts = 0
        while process.poll() is None:
            cuts += query(database_url, cut)[0][0]
            time.sleep(0.4)
        assert process.stdout is not None
        assert process.returncode == 0, process.stdout.read()
    assert cuts >= 3
    feeding = newest(store, "zoo.feeding")
    assert feeding.status is ExecutionStatus.COMPLETED
    with store.autocommit() as repos:
        assert audit(repos, feeding.execution) == []
    assert_recorded_once(database_url)


RIVALS = """
ref: test.rivals{n}
label: Retries, time-outs, failures and sub-workflows that end one another
tasks:
  first: {{action: test.a, simulate: {{takes: 1s}}, on_success: [one, two, many, slow]}}
  one: {{action: test.inner, on_success: [last], on_failure: [last]}}
  two: {{action: test.inner}}
  many:
    action: test.many
    with_items: [1, 2, 3, 4, 5, 6, 7, 8]
    concurrency: 6
    timeout: 10s
    retry: {{count: 3, delay: 1s}}
    simulate: {{takes: [1s, 12s], failure_rate: 0.5}}
  slow:
    action: test.slow
    timeout: 20s
    retry: {{count: 4, delay: 1s}}
    simulate: {{takes: [1s, 30s], hangs: 3}}
  last: {{action: test.z}}
"""
INNER = """
ref: test.inner
label: Inner
tasks:
  a:
    action: test.a
    retry: {count: 3, delay: 1s}
    simulate: {takes: [1s, 20s], failure_rate: 0.5}
  b: {action: test.b, timeout: 10s, retry: {count: 3, delay: 1s}, simulate: {takes: 5s, hangs: 2}}
  c: {action: test.c, simulate: {takes: [1s, 30s], failure_rate: 0.5}}
"""


def test_executors_wait_for_each_other_in_one_order(
    database_url: str, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "inner.yaml").write_text(INNER)
    for n in range(24):
        (tmp_path / f"rivals{n}.yaml").write_text(RIVALS.format(n=n))
    database = query(database_url, "SELECT current_database()")[0][0]
    query(database_url, f"ALTER DATABASE {database} SET deadlock_timeout = '10ms'")
    arguments = ("--workflows", str(tmp_path), "--executors", "4", "--speed", "20")
    run("run_workflows.py", *arguments, DATABASE_URL=database_url)
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert query(database_url, deadlocks)[0][0] == 0


@pytest.mark.parametrize("skew", ["-1 hour", "1 hour"])
def test_what_is_stale_is_seen_without_a_clock(database_url: str, store: Store, skew: str) -> None:
    """Stamps that are an hour off are those of a server whose clock is, or the executor's is."""
    begin(store, {"a": {"action": "test.a", "simulate": {"takes": "1h"}}})
    start_all(store, datetime.now(UTC))
    query(
        database_url,
        f"""
        ALTER TABLE attune.execution DISABLE TRIGGER ALL;
        UPDATE attune.execution SET updated = updated + interval '{skew}' WHERE parent IS NOT NULL
        """,
    )
    counts = [0] * len(Count)
    turns = count()
    patient = Executor(store, Clock(), counts, lease=LIMIT)
    patient.run(lambda: next(turns) < 3)
    assert counts[Count.TAKEN_UP] == 0
    hasty = Executor(store, Clock(), counts, lease=0.05)
    deadline = time.monotonic() + LIMIT
    hasty.run(lambda: not counts[Count.TAKEN_UP] and time.monotonic() < deadline)
    assert counts[Count.TAKEN_UP] == 1


def test_a_terminated_demo_leaves_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="attune-test-") as folder:
        env = {**os.environ, "TMPDIR": folder}
        env.pop("DATABASE_URL", None)
        command = [sys.executable, str(EXAMPLES / "run_workflows.py"), "--demo", "--speed", "1"]
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Stored")
            process.terminate()
            assert process.wait(timeout=LIMIT) == 143
        assert list(Path(folder).glob("attune-demo-*")) == []
        assert processes_of(folder) == []


def processes_of(folder: str) -> list[Any]:
    """The command lines that name the folder."""
    return [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline"])
        if any(folder in argument for argument in process.info["cmdline"] or ())
    ]


def test_the_examples_use_the_public_face_alone() -> None:
    for path in EXAMPLES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                inner = name.startswith(("attune_store.", "attune_queries", "tests"))
                assert not inner, f"{path.name} imports {name}"


def test_the_demo_brings_a_server_and_leaves_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="attune-test-") as folder:
        arguments = ("--demo", "--only", "iam.access_request", "--speed", "1200")
        run("run_workflows.py", *arguments, DATABASE_URL=None, TMPDIR=folder)
        assert list(Path(folder).glob("attune-demo-*")) == []
        assert processes_of(folder) == []


@pytest.mark.parametrize("script", ["sync_quickstart.py", "async_quickstart.py"])
def test_the_quickstarts_run_twice(script: str, empty_database_url: str) -> None:
    first = run(script, DATABASE_URL=empty_database_url)
    assert "greet is completed" in first or "40 tasks, 8 variables" in first
    assert first.splitlines()[-1] == run(script, DATABASE_URL=empty_database_url).splitlines()[-1]


# The engine, step by step


def begin(store: Store, tasks: dict[str, Any], ref: str = "test.flow", **more: Any) -> int:
    """Store a workflow, and ask for a run of it; give its execution."""
    definition = {"tasks": tasks, **more}
    file = WorkflowFile.model_validate({"ref": ref, "label": "Flow", **definition})
    with store.transaction() as tx:
        library.store_workflow(tx, file, definition)
        return tx.executions.create(CreateExecutionInput(action_ref=ref)).id


NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def find_run(store: Store, execution: int) -> WorkflowExecution:
    with store.autocommit() as repos:
        run = repos.workflow_executions.find_by_execution(execution)
    assert run is not None
    return run


def start_all(store: Store, now: datetime = NOW) -> dict[str, Attempt]:
    """Start whatever can be started; give the attempts by task and index."""
    attempts: dict[str, Attempt] = {}
    while True:
        with store.transaction() as tx:
            execution = Engine(tx, now).start_next()
        if execution is None:
            return attempts
        with store.transaction() as tx:
            attempt = Engine(tx, now).begin(execution)
        if attempt is not None:
            index = attempt.task.task_index
            attempts[attempt.task.task_name + ("" if index is None else f"[{index}]")] = attempt


def complete(store: Store, attempt: Attempt, result: Any = None, now: datetime = NOW) -> None:
    with store.transaction() as tx:
        Engine(tx, now + timedelta(seconds=1)).complete(attempt, result)


def fail(store: Store, attempt: Attempt, now: datetime = NOW) -> None:
    with store.transaction() as tx:
        Engine(tx, now + timedelta(seconds=1)).fail(attempt, "no")


def test_an_executor_that_was_given_up_changes_nothing(store: Store) -> None:
    execution = begin(
        store, {"a": {"action": "test.a", "on_success": ["b"]}, "b": {"action": "my.b"}}
    )
    slow = start_all(store)["a"]
    with store.transaction() as tx:
        assert Engine(tx, NOW).take_up(tx.executions.get_by_id(slow.execution.id))
    later = NOW + timedelta(minutes=1)
    quick = start_all(store, later)["a"]
    assert quick.task.id == slow.task.id
    with pytest.raises(LostError):
        complete(store, slow, {"by": "slow"}, later)
    with store.autocommit() as repos:
        task = repos.workflow_task_executions.get_by_id(slow.task.id)
        assert task.status is ExecutionStatus.RUNNING and task.result is None
    complete(store, quick, {"by": "quick"}, later)
    assert list(start_all(store, later)) == ["b"]
    with store.autocommit() as repos:
        run = repos.workflow_executions.find_by_execution(execution)
        assert run is not None and run.completed_tasks == ["a"]
        assert repos.workflow_task_executions.get_by_id(slow.task.id).result == {"by": "quick"}


def test_what_was_touched_is_not_taken_up_and_only_its_executor_touches_it(store: Store) -> None:
    begin(store, {"a": {"action": "test.a"}})
    attempt = start_all(store)["a"]
    with store.transaction() as tx:
        Engine(tx, NOW).touch(attempt)
    with pytest.raises(errors.ConflictError), store.transaction() as tx:
        Engine(tx, NOW).take_up(attempt.execution)
    with store.transaction() as tx:
        assert Engine(tx, NOW).take_up(tx.executions.get_by_id(attempt.execution.id))
    start_all(store, NOW + timedelta(minutes=1))
    with pytest.raises(LostError), store.transaction() as tx:
        Engine(tx, NOW).touch(attempt)


def test_what_was_claimed_and_not_begun_is_taken_up(store: Store) -> None:
    execution = begin(store, {"a": {"action": "test.a"}})
    for expected in (execution, None):
        with store.transaction() as tx:
            lost = Engine(tx, NOW).start_next()
        assert lost is not None and expected in (lost.id, None)
        with store.transaction() as tx:
            assert Engine(tx, NOW).take_up(lost)
        with pytest.raises(LostError), store.transaction() as tx:
            Engine(tx, NOW).begin(lost)
        if expected is not None:
            with store.transaction() as tx:
                again = Engine(tx, NOW).start_next()
                assert again is not None and Engine(tx, NOW).begin(again) is None
    complete(store, start_all(store)["a"])
    with store.autocommit() as repos:
        assert audit(repos, execution) == []


def test_a_sweep_that_broke_off_is_gone_on_with(store: Store) -> None:
    retry = {"action": "my.r", "timeout": "1s", "retry": {"count": 1, "delay": "5s"}}
    tasks = {
        "late": {"action": "my.l", "timeout": "1s", "on_failure": ["ask"]},
        "again": retry,
        "ask": {"approval": "Go on?", "timeout": "1s", "on_failure": ["end"]},
        "end": {"action": "my.e"},
    }
    execution = begin(store, tasks)
    start_all(store)
    moment = NOW + timedelta(seconds=2)
    with store.transaction() as tx:
        assert len(Engine(tx, moment).time_out()) == 2
    run = find_run(store, execution)
    with store.autocommit() as repos:
        (again,) = repos.workflow_task_executions.find_unfinished(run.id)
    assert again.task_name == "again" and again.next_retry_at == moment + timedelta(hours=1)
    with store.transaction() as tx:
        Engine(tx, moment).settle(again)
        Engine(tx, moment).go_on(run.id)
    with store.autocommit() as repos:
        again = repos.workflow_task_executions.get_by_id(again.id)
    assert again.next_retry_at == moment + timedelta(seconds=5)
    assert start_all(store, moment) == {} and find_run(store, execution).paused
    moment += timedelta(seconds=2)
    with store.transaction() as tx:
        assert [task.task_name for task in Engine(tx, moment).time_out()] == ["ask"]
    with store.transaction() as tx:
        Engine(tx, moment).go_on(run.id)
    complete(store, start_all(store, moment)["end"], now=moment)
    moment += timedelta(seconds=5)
    with store.transaction() as tx:
        assert Engine(tx, moment).claim_retry() is not None
    with store.transaction() as tx:
        Engine(tx, moment).go_on(run.id)
    complete(store, start_all(store, moment)["again"], now=moment)
    assert find_run(store, execution).status is ExecutionStatus.COMPLETED
    with store.autocommit() as repos:
        assert audit(repos, execution) == []


def test_a_join_waits_for_all_that_run_and_skips_when_one_does_not_lead_there(
    store: Store,
) -> None:
    tasks = {
        "a": {"action": "my.a", "on_success": ["all", "two"]},
        "b": {"action": "my.b", "on_success": ["all", "two"]},
        "c": {"action": "my.c", "on_success": ["all", "two"], "on_failure": ["sorry"]},
        "all": {"action": "my.all", "join": "all"},
        "two": {"action": "my.two", "join": 2},
        "sorry": {"action": "my.sorry"},
    }
    execution = begin(store, tasks)
    first = start_all(store)
    assert sorted(first) == ["a", "b", "c"]
    complete(store, first["a"])
    assert start_all(store) == {}
    complete(store, first["b"])
    two = start_all(store)
    assert list(two) == ["two"]
    fail(store, first["c"])
    sorry = start_all(store)
    assert list(sorry) == ["sorry"]
    complete(store, two["two"])
    complete(store, sorry["sorry"])
    with store.autocommit() as repos:
        run = repos.workflow_executions.find_by_execution(execution)
        assert run is not None and run.status is ExecutionStatus.COMPLETED
        assert run.skipped_tasks == ["all"] and run.failed_tasks == ["c"]
        assert audit(repos, execution) == []


def test_a_failure_that_leads_nowhere_cancels_the_rest(store: Store) -> None:
    inner = {"slow": {"action": "my.slow"}}
    begin(store, inner, ref="test.inner")
    start_all(store)
    tasks = {
        "bad": {"action": "my.bad"},
        "sub": {"action": "test.inner"},
        "other": {"action": "my.o"},
    }
    execution = begin(store, tasks)
    attempts = start_all(store)
    assert sorted(attempts) == ["bad", "other", "slow"]
    fail(store, attempts["bad"])
    with store.autocommit() as repos:
        run = repos.workflow_executions.find_by_execution(execution)
        assert run is not None and run.status is ExecutionStatus.FAILED
        assert run.error_message == "bad: no"
        assert repos.executions.get_by_id(execution).status is ExecutionStatus.FAILED
        for name in ("slow", "other"):
            task = repos.workflow_task_executions.get_by_id(attempts[name].task.id)
            assert task.status is ExecutionStatus.CANCELLED
        assert audit(repos, execution) == []


def test_no_item_begins_after_one_failed_for_good(store: Store) -> None:
    tasks = {"each": {"action": "my.x", "with_items": [1, 2, 3, 4, 5], "concurrency": 2}}
    execution = begin(store, tasks)
    attempts = start_all(store)
    assert sorted(attempts) == ["each[0]", "each[1]"]
    fail(store, attempts["each[0]"])
    assert start_all(store) == {}
    complete(store, attempts["each[1]"])
    with store.autocommit() as repos:
        run = repos.workflow_executions.find_by_execution(execution)
        assert run is not None and run.status is ExecutionStatus.FAILED
        items = repos.workflow_task_executions.find_by_task_name(run.id, "each")
    assert [str(item.status) for item in items] == ["failed", "completed"] + ["cancelled"] * 3


def test_an_answer_of_no_leads_to_the_failure_branch(store: Store) -> None:
    tasks = {
        "ask": {"approval": "Really, {{ who }}?", "on_success": ["go"], "on_failure": ["stay"]},
        "go": {"action": "my.go"},
        "stay": {"action": "my.stay"},
    }
    execution = begin(store, tasks, vars={"who": "ada"})
    assert start_all(store) == {}
    with store.autocommit() as repos:
        (run,) = repos.workflow_executions.find_paused()
        assert run.execution == execution and run.pause_reason == "Really, ada?"
        (task,) = repos.workflow_task_executions.find_unfinished(run.id)
    with store.transaction() as tx:
        Engine(tx, NOW).answer(task, approved=False, by="bob")
    assert list(start_all(store)) == ["stay"]


def test_a_bad_expression_fails_the_workflow_and_not_the_executor(store: Store) -> None:
    tasks = {"a": {"action": "my.a", "publish": {"x": "{{ nothing.here }}"}}}
    execution = begin(store, tasks)
    complete(store, start_all(store)["a"], {})
    with store.autocommit() as repos:
        run = repos.workflow_executions.find_by_execution(execution)
        assert run is not None and run.status is ExecutionStatus.FAILED
        assert "there is no 'nothing'" in (run.error_message or "")


def test_without_items_a_task_is_completed_at_once(store: Store) -> None:
    tasks = {
        "each": {"action": "my.x", "with_items": [], "on_success": ["b"]},
        "b": {"action": "my.b"},
    }
    begin(store, tasks)
    assert list(start_all(store)) == ["b"]


# The format


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_is_valid(path: Path) -> None:
    workflow, definition = library.read_workflow(path)
    assert Definition.model_validate(definition).tasks == workflow.tasks


@pytest.mark.parametrize(
    ("tasks", "message"),
    [
        ({}, "at least 1"),
        ({"a": {}}, "either an action or an approval"),
        ({"a": {"action": "my.a", "on_success": ["b"]}}, "a leads to b, which is no task"),
        (
            {
                "a": {"action": "my.a", "on_success": ["b"]},
                "b": {"action": "my.b", "next": [{"do": ["a"]}]},
            },
            "a, b form a circle",
        ),
        ({"a": {"action": "my.a", "concurrency": 2}}, "belong to with_items"),
        ({"a": {"action": "my.a", "color": "red"}}, "Extra inputs"),
        ({"a": {"action": "my.a", "timeout": "soon"}}, "valid number"),
    ],
)
def test_a_wrong_definition_says_what_is_wrong(tasks: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Definition.model_validate({"tasks": tasks})


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("a.b[1]", 2),
        ("sum(rows.n) + 1", 6),
        ("not failed and (a.b[0] == 1 or missing)", True),
        ("-a.b[0] if failed else 'ok'", "ok"),
        ("'x' in names", False),
        ("len(range(2, 10))", 8),
        ("true", True),
    ],
)
def test_expressions(expression: str, value: object) -> None:
    names: dict[str, Any] = {
        "a": {"b": [1, 2]},
        "rows": [{"n": 2}, {"n": 3}],
        "failed": False,
        "missing": None,
        "names": ["y"],
    }
    assert evaluate(expression, names) == value


@pytest.mark.parametrize("expression", ["nope", "().__class__", "a.b", "1 +", "f(1)", "lambda: 1"])
def test_expressions_that_are_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, {"a": 1})


def test_a_template_keeps_the_type_of_a_lone_expression() -> None:
    template = {"one": "{{ n }}", "text": "{{ n }} and {{ n + 1 }}", "list": ["{{ n > 1 }}", None]}
    expected = {"one": 2, "text": "2 and 3", "list": [True, None]}
    assert render(template, {"n": 2}) == expected  # type: ignore[arg-type]


# The guide


@pytest.mark.parametrize("page", ["tutorial", "guide"])
def test_a_page_prints_what_it_shows(page: str, empty_database_url: str, tmp_path: Path) -> None:
    text = (EXAMPLES.parent / "docs" / f"{page}.md").read_text()
    script = tmp_path / f"{page}.py"
    script.write_text(
        "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    )
    expected = "".join(re.findall(r"^```text\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    assert run(str(script), DATABASE_URL=empty_database_url) == expected
