"""The examples run, and leave a correct database, whichever worker was killed."""

import ast
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from executor import library
from executor.audit import audit

from attune_store import ExecutionStatus, Store, WorkflowExecution
from tests.waiting import LIMIT, until

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parent.parent / "examples"
FILES = sorted((EXAMPLES / "workflows").glob("*.yaml"))

# Every change of a task's status, as the server has seen it: the tests do not trust the engine.
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
    """Run an example as a user does, with warnings as errors, and return its output."""
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
    """Return the rows of a query."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        cursor = conn.execute(statement)
        return [] if cursor.description is None else cursor.fetchall()


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Return a database only for this test, with a trail of the changes of tasks."""
    query(database_url, TRAIL)
    with Store(database_url, max_size=2) as store:
        yield store


def newest(store: Store, ref: str) -> WorkflowExecution:
    """Return the newest run of a workflow that is not part of another one."""
    with store.autocommit() as repos:
        stored = repos.workflow_definitions.get_by_ref(ref)
        for run in repos.workflow_executions.find_by_workflow_def(stored.id):
            if repos.executions.get_by_id(run.execution).parent is None:
                return run
    raise AssertionError(f"{ref} has not run")


def test_the_demo_runs_twice_on_one_database(database_url: str, store: Store) -> None:
    """Each of them kills a worker with `kill -9`."""
    printed = run("run_workflows.py", "--demo", DATABASE_URL=database_url)
    assert "kill -9 worker-" in printed
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
    assert query(database_url, lost)[0][0] > 0, "nothing had to be given back"
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
    """Check that each task of the database ended once, and no row was created twice."""
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
    """Check the outcome of the newest run of each workflow."""
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
    """Return how many of the spans overlap at most."""
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


def test_a_new_workflow_file_runs_without_a_change_of_code(
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


def test_workflows_survive_lost_connections(
    database_url: str, store: Store, tmp_path: Path
) -> None:
    """Whether a commit succeeded is unknown then. It is still recorded once."""
    (tmp_path / "feeding.yaml").write_text(SEVENTH)
    cut = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'worker-%'
    """
    cuts = recorded = 0
    with started(database_url, tmp_path, "--speed", "60", "--lease", "10") as process:
        while process.poll() is None:
            before, recorded = recorded, query(database_url, "SELECT count(*) FROM trail")[0][0]
            if recorded > before:  # However slow it is, something is done between two cuts.
                cuts += query(database_url, cut)[0][0]
            time.sleep(0.2)
    assert cuts >= 3
    feeding = newest(store, "zoo.feeding")
    assert feeding.status is ExecutionStatus.COMPLETED
    with store.autocommit() as repos:
        assert audit(repos, feeding.execution) == []
    assert_recorded_once(database_url)


@contextmanager
def started(
    database_url: str, workflows: Path, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run the workflows of a folder while the block lasts. They must succeed."""
    command = [sys.executable, str(EXAMPLES / "run_workflows.py"), "--workflows", str(workflows)]
    printed = workflows / "printed"
    with (
        printed.open("wb") as output,
        subprocess.Popen(
            [*command, *arguments],
            env={**os.environ, "DATABASE_URL": database_url},
            stdout=output,
            stderr=output,
        ) as process,
    ):
        yield process
        assert process.wait(timeout=LIMIT) == 0, printed.read_text()


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


def test_steps_take_locks_in_one_order(database_url: str, store: Store, tmp_path: Path) -> None:
    (tmp_path / "inner.yaml").write_text(INNER)
    for n in range(24):
        (tmp_path / f"rivals{n}.yaml").write_text(RIVALS.format(n=n))
    database = query(database_url, "SELECT current_database()")[0][0]
    query(database_url, f"ALTER DATABASE {database} SET deadlock_timeout = '500ms'")
    arguments = ("--workflows", str(tmp_path), "--workers", "4", "--speed", "20")
    run("run_workflows.py", *arguments, DATABASE_URL=database_url)
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    assert query(database_url, deadlocks)[0][0] == 0


def test_results_of_a_worker_without_a_lease_are_refused(
    database_url: str, store: Store, tmp_path: Path
) -> None:
    """Others get its tasks. The results that it reports later are refused."""
    (tmp_path / "rivals.yaml").write_text(RIVALS.format(n=0))
    (tmp_path / "inner.yaml").write_text(INNER)
    # The worker may be stopped in a transaction, whose locks would stop the other one.
    database = query(database_url, "SELECT current_database()")[0][0]
    query(database_url, f"ALTER DATABASE {database} SET idle_in_transaction_session_timeout = '1s'")
    held = (
        "SELECT count(*) FROM attune.workflow_task_execution t JOIN attune.worker w ON w.id = t.worker"
        " WHERE t.status = 'running' AND w.name = 'worker-{}'"
    )
    released = "SELECT count(*) FROM trail WHERE was = 'running' AND became = 'requested'"

    def stopped_holder() -> psutil.Process | None:
        """Stop a worker that holds tasks."""
        for number, worker in enumerate(psutil.Process(process.pid).children(), 1):
            worker.suspend()
            if query(database_url, held.format(number))[0][0] > 1:
                return worker
            worker.resume()
        return None

    arguments = ("--workers", "2", "--lease", "0.5", "--speed", "10")
    with started(database_url, tmp_path, *arguments) as process:
        stopped = until(stopped_holder)
        until(lambda: query(database_url, released)[0][0] > 0)
        stopped.resume()
    assert_recorded_once(database_url)


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
    """Return the command lines that name the folder."""
    return [
        process.info["cmdline"]
        for process in psutil.process_iter(["cmdline"])
        if any(folder in argument for argument in process.info["cmdline"] or ())
    ]


def test_the_examples_use_only_public_names() -> None:
    for path in EXAMPLES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            for name in names:
                inner = name.startswith(("attune_store.", "attune_queries", "tests"))
                assert not inner or name == "attune_store.testing", f"{path.name} imports {name}"


def test_the_demo_starts_a_server_and_leaves_nothing() -> None:
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


# The guide


@pytest.mark.parametrize("page", ["tutorial", "guide", "pools", "from-sql"])
def test_each_page_prints_what_it_shows(page: str, empty_database_url: str, tmp_path: Path) -> None:
    text = (EXAMPLES.parent / "docs" / f"{page}.md").read_text()
    script = tmp_path / f"{page}.py"
    script.write_text(
        "\n".join(re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    )
    expected = "".join(re.findall(r"^```text\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    assert run(str(script), DATABASE_URL=empty_database_url) == expected
