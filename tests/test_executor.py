"""The executor of the examples, step by step, and the format of its workflows."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from executor import library
from executor.audit import audit
from executor.clock import Clock
from executor.definition import Definition, Task, WorkflowFile
from executor.engine import Engine
from executor.expressions import ExpressionError, evaluate, render
from executor.runs import next_items
from executor.worker import Worker
from pydantic import ValidationError

from attune_store import ExecutionStatus, Store, WorkflowExecution, WorkflowTaskExecution, errors
from tests.waiting import LIMIT

pytestmark = pytest.mark.slow

S = ExecutionStatus
FILES = sorted((Path(__file__).parent.parent / "examples" / "workflows").glob("*.yaml"))
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    with Store(database_url, notify=True, max_size=4) as store:
        yield store


def save(store: Store, tasks: dict[str, Any], ref: str = "test.flow", **more: Any) -> None:
    """Store a workflow."""
    definition = {"tasks": tasks, **more}
    file = WorkflowFile.model_validate({"ref": ref, "label": "Flow", **definition})
    with store.transaction() as tx:
        library.store_workflow(tx, file, definition)


def begin(
    store: Store, tasks: dict[str, Any], ref: str = "test.flow", now: datetime = NOW, **more: Any
) -> int:
    """Store a workflow and begin a run of it. Return its execution."""
    save(store, tasks, ref, **more)
    with store.transaction() as tx:
        return Engine(tx, now).start(ref).id


def run_of(store: Store, execution: int) -> WorkflowExecution:
    with store.autocommit() as repos:
        run = repos.workflow_executions.find_by_execution(execution)
    assert run is not None
    return run


def rows_of(store: Store, execution: int) -> dict[str, WorkflowTaskExecution]:
    """Return the tasks of a run, by name and index."""
    with store.autocommit() as repos:
        rows = repos.workflow_task_executions.find_by_workflow_execution(
            run_of(store, execution).id
        )
    return {_name(row): row for row in rows}


def _name(row: WorkflowTaskExecution) -> str:
    return row.task_name + ("" if row.task_index is None else f"[{row.task_index}]")


def claim(
    store: Store, now: datetime = NOW, worker: int | None = None
) -> dict[str, WorkflowTaskExecution]:
    """Claim all claimable tasks, and return them by name and index."""
    with store.transaction() as tx:
        claimed = tx.workflow_task_executions.claim_any(
            to=S.RUNNING, limit=1000, now=now, worker=worker
        )
    return {_name(row): row for row in claimed}


def complete(
    store: Store, task: WorkflowTaskExecution, result: Any = None, now: datetime = NOW
) -> None:
    with store.transaction() as tx:
        Engine(tx, now + SECOND).complete(task, result)


def fail(store: Store, task: WorkflowTaskExecution, now: datetime = NOW) -> None:
    with store.transaction() as tx:
        Engine(tx, now + SECOND).fail(task, "no")


def answer(store: Store, task: WorkflowTaskExecution, *, approved: bool) -> None:
    with store.transaction() as tx:
        Engine(tx, NOW + SECOND).answer(task, approved=approved, by="bob")


def time_out(store: Store, now: datetime) -> int:
    """Time out overdue tasks, and return the number of attempts."""
    with store.autocommit() as repos:
        overdue = repos.workflow_task_executions.find_overdue(now=now)
    for task in overdue:
        with store.transaction() as tx:
            Engine(tx, now).time_out(task)
    return len(overdue)


def findings(store: Store, execution: int) -> list[str]:
    with store.autocommit() as repos:
        return [finding.text for finding in audit(repos, execution)]


# Workers


def perform(worker: Worker, store: Store, execution: int) -> None:
    """Let a worker work until a run is over."""
    over = threading.Event()
    ends = threading.Timer(LIMIT, over.set)
    ends.start()
    worker.run(lambda: not over.is_set() and not run_of(store, execution).status.is_terminal)
    ends.cancel()
    assert run_of(store, execution).status.is_terminal


def a_worker(store: Store, lease: timedelta = timedelta(seconds=1)) -> Worker:
    return Worker(store, Clock(100), "worker", lease=lease)


def test_a_worker_completes_a_run(store: Store) -> None:
    tasks = {
        "a": {"action": "my.a", "on_success": ["each"], "simulate": {"takes": "1s"}},
        "each": {
            "action": "my.x",
            "with_items": [1, 2, 3],
            "concurrency": 2,
            "retry": {"count": 2, "delay": "1s"},
            "simulate": {"takes": "2s", "fails": 1, "result": {"n": "{{ input.n }}"}},
            "input": {"n": "{{ item }}"},
            "publish": {"sum": "{{ sum(result.n) }}"},
        },
    }
    worker = a_worker(store)
    execution = begin(store, tasks, now=datetime.now(UTC), output={"sum": "{{ sum }}"})
    perform(worker, store, execution)
    with store.autocommit() as repos:
        assert repos.executions.get_by_id(execution).result == {"sum": 6}
        (registered,) = repos.workers.list()
        assert registered.name == "worker" and registered.ended_at is not None
    assert {row.last_worker for row in rows_of(store, execution).values()} == {registered.id}
    assert [row.retry_count for row in rows_of(store, execution).values()] == [0, 1, 1, 1]
    assert findings(store, execution) == []


def test_a_worker_finds_the_tasks_of_a_claim_without_an_answer(store: Store) -> None:
    task = {"action": "my.a", "simulate": {"takes": "1s"}}
    execution = begin(store, {"a": task}, now=datetime.now(UTC))
    worker, claimed = a_worker(store), list[str]()

    def go_on() -> bool:
        with store.autocommit() as repos:
            for registered in repos.workers.list(limit=1):
                claimed.extend(claim(store, datetime.now(UTC), registered.id))
        return not run_of(store, execution).status.is_terminal

    worker.run(go_on)
    assert claimed == ["a"]
    assert rows_of(store, execution)["a"].attempt == 1
    assert findings(store, execution) == []


def test_a_worker_that_lost_its_lease_registers_again(store: Store) -> None:
    """Its tasks are released, and possibly claimed by itself under the new lease. Its old results are refused."""
    task = {"action": "my.a", "simulate": {"takes": "50s"}}
    execution = begin(store, {"a": task}, now=datetime.now(UTC))
    ended: list[int] = []

    def go_on() -> bool:
        with store.autocommit() as repos:
            for registered in repos.workers.list():
                if not ended and repos.workflow_task_executions.find_by_worker(registered.id):
                    ended.append(repos.workers.retire(registered.id).id)
        return not run_of(store, execution).status.is_terminal

    a_worker(store).run(go_on)
    row = rows_of(store, execution)["a"]
    assert row.losses == 1 and row.last_worker not in (None, *ended)
    assert findings(store, execution) == []


def test_a_worker_stops_while_it_holds_tasks(store: Store) -> None:
    execution = begin(store, {"a": {"action": "my.a", "simulate": {"takes": "9d"}}})
    a_worker(store).run(lambda: not rows_of(store, execution)["a"].worker)
    (task,) = claim_after_release(store).values()
    assert (task.task_name, task.losses) == ("a", 1)


def test_a_worker_raises_unexpected_errors(store: Store) -> None:
    execution = begin(store, {"a": {"action": "my.a", "simulate": {"takes": "0s"}}})
    with store.autocommit() as repos:
        repos.connection.execute("UPDATE attune.workflow_task_execution SET task_name = 'b'")
    with pytest.raises(KeyError, match="b"):
        perform(a_worker(store), store, execution)


def claim_after_release(store: Store) -> dict[str, WorkflowTaskExecution]:
    with store.transaction() as tx:
        Engine(tx, NOW).release()
    return claim(store)


def test_a_released_attempt_changes_nothing(store: Store) -> None:
    tasks = {"a": {"action": "test.a", "on_success": ["b"]}, "b": {"action": "my.b"}}
    execution = begin(store, tasks)
    with store.autocommit() as repos:
        dead = repos.workers.register("dead", lease=timedelta(seconds=30)).id
    slow = claim(store, worker=dead)["a"]
    with store.autocommit() as repos:
        repos.workers.retire(dead)
    quick = claim_after_release(store)["a"]
    assert (quick.id, quick.losses) == (slow.id, 1)
    with pytest.raises(errors.ConflictError) as failure:
        complete(store, slow, {"by": "slow"})
    assert failure.value.field == "attempt"
    complete(store, quick, {"by": "quick"})
    with pytest.raises(errors.ConflictError):
        fail(store, slow)
    assert rows_of(store, execution)["a"].result == {"by": "quick"}
    complete(store, claim(store)["b"])
    assert findings(store, execution) == []


def test_a_task_that_was_lost_too_often_fails_the_run(store: Store) -> None:
    execution = begin(store, {"a": {"action": "my.a"}, "b": {"action": "my.b"}})
    claimed = claim(store)
    assert sorted(claimed) == ["a", "b"]
    with store.autocommit() as repos:
        repos.workflow_task_executions.requeue(claimed["a"].id)
    for _ in range(4):
        with store.autocommit() as repos:
            dead = repos.workers.register("dead", lease=timedelta(seconds=30)).id
        assert list(claim(store, worker=dead)) == ["a"]
        with store.transaction() as tx:
            tx.workers.retire(dead)
            Engine(tx, NOW).release()
    run = run_of(store, execution)
    assert run.status is S.FAILED and run.error_message == "a: its worker was lost 4 times"
    rows = rows_of(store, execution)
    assert (rows["a"].status, rows["b"].status) == (S.ABANDONED, S.CANCELLED)
    assert findings(store, execution) == []


# Sweeps


def test_a_time_out_continues_the_run(store: Store) -> None:
    tasks = {
        "late": {"action": "my.l", "timeout": "1s", "on_failure": ["ask"]},
        "again": {"action": "my.r", "timeout": "1s", "retry": {"count": 1, "delay": "5s"}},
        "ask": {"approval": "Go on?", "timeout": "1s", "on_failure": ["end"]},
        "end": {"action": "my.e"},
    }
    execution = begin(store, tasks)
    assert sorted(claim(store)) == ["again", "late"]
    assert time_out(store, NOW + SECOND) == 0
    moment = NOW + 2 * SECOND
    assert time_out(store, moment) == 2
    again = rows_of(store, execution)["again"]
    assert (again.status, again.next_retry_at) == (S.TIMEOUT, moment + 5 * SECOND)
    assert run_of(store, execution).paused and claim(store, moment) == {}
    moment += 2 * SECOND
    assert time_out(store, moment) == 1
    assert not run_of(store, execution).paused
    complete(store, claim(store, moment)["end"], now=moment)
    moment += 5 * SECOND
    complete(store, claim(store, moment)["again"], now=moment)
    assert run_of(store, execution).status is S.COMPLETED
    assert findings(store, execution) == []


def test_an_attempt_that_has_ended_is_not_timed_out(store: Store) -> None:
    execution = begin(store, {"a": {"action": "my.a", "timeout": "1s"}})
    task = claim(store)["a"]
    complete(store, task)
    with pytest.raises(errors.ConflictError), store.transaction() as tx:
        Engine(tx, NOW).time_out(task)
    assert findings(store, execution) == []


# Steps


def test_a_join_waits_for_all_tasks_and_is_skipped_if_one_does_not_lead_there(
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
    first = claim(store)
    assert sorted(first) == ["a", "b", "c"]
    complete(store, first["a"])
    assert claim(store) == {}
    complete(store, first["b"])
    two = claim(store)
    assert list(two) == ["two"]
    fail(store, first["c"])
    sorry = claim(store)
    assert list(sorry) == ["sorry"]
    complete(store, two["two"])
    complete(store, sorry["sorry"])
    with store.autocommit() as repos:
        run = repos.workflow_executions.find_by_execution(execution)
        assert run is not None and run.status is S.COMPLETED
        assert run.skipped_tasks == ["all"] and run.failed_tasks == ["c"]
        assert audit(repos, execution) == []


def test_a_failure_without_a_next_task_cancels_the_rest(store: Store) -> None:
    inner = {"slow": {"action": "my.slow"}}
    save(store, inner, ref="test.inner")
    tasks = {
        "bad": {"action": "my.bad"},
        "sub": {"action": "test.inner"},
        "other": {"action": "my.o"},
    }
    execution = begin(store, tasks)
    attempts = claim(store)
    assert sorted(attempts) == ["bad", "other", "slow"]
    fail(store, attempts["bad"])
    with store.autocommit() as repos:
        run = repos.workflow_executions.find_by_execution(execution)
        assert run is not None and run.status is S.FAILED
        assert run.error_message == "bad: no"
        assert repos.executions.get_by_id(execution).status is S.FAILED
        for name in ("slow", "other"):
            task = repos.workflow_task_executions.get_by_id(attempts[name].id)
            assert task.status is S.CANCELLED
        assert audit(repos, execution) == []


def test_no_item_begins_after_an_item_without_retries_failed(store: Store) -> None:
    tasks = {"each": {"action": "my.x", "with_items": [1, 2, 3, 4, 5], "concurrency": 2}}
    execution = begin(store, tasks)
    attempts = claim(store)
    assert sorted(attempts) == ["each[0]", "each[1]"]
    fail(store, attempts["each[0]"])
    assert claim(store) == {}
    complete(store, attempts["each[1]"])
    with store.autocommit() as repos:
        run = repos.workflow_executions.find_by_execution(execution)
        assert run is not None and run.status is S.FAILED
        items = repos.workflow_task_executions.find_by_task_name(run.id, "each")
    assert [str(item.status) for item in items] == ["failed", "completed"]


def test_a_rejected_approval_follows_on_failure(store: Store) -> None:
    tasks = {
        "ask": {"approval": "Really, {{ who }}?", "on_success": ["go"], "on_failure": ["stay"]},
        "go": {"action": "my.go"},
        "stay": {"action": "my.stay"},
    }
    execution = begin(store, tasks, vars={"who": "ada"})
    assert claim(store) == {}
    with store.autocommit() as repos:
        (run,) = repos.workflow_executions.find_paused()
        assert run.execution == execution and run.pause_reason == "Really, ada?"
        (task,) = repos.workflow_task_executions.find_unfinished(run.id)
    answer(store, task, approved=False)
    assert list(claim(store)) == ["stay"]


def test_an_invalid_expression_fails_only_its_workflow(store: Store) -> None:
    tasks = {"a": {"action": "my.a", "publish": {"x": "{{ nothing.here }}"}}}
    execution = begin(store, tasks)
    complete(store, claim(store)["a"], {})
    with store.autocommit() as repos:
        run = repos.workflow_executions.find_by_execution(execution)
        assert run is not None and run.status is S.FAILED
        assert "there is no 'nothing'" in (run.error_message or "")


def test_a_task_without_items_is_completed_at_once(store: Store) -> None:
    tasks = {
        "each": {"action": "my.x", "with_items": [], "on_success": ["b"]},
        "b": {"action": "my.b"},
    }
    begin(store, tasks)
    assert list(claim(store)) == ["b"]


def test_items_that_run_a_workflow_respect_the_concurrency(store: Store) -> None:
    inner = {"one": {"action": "my.one", "input": {"n": "{{ n }}"}}}
    save(store, inner, "test.inner", output={"n": "{{ n }}"})
    tasks = {
        "each": {
            "action": "test.inner",
            "with_items": [1, 2, 3],
            "concurrency": 2,
            "input": {"n": "{{ item }}"},
            "publish": {"all": "{{ result.n }}"},
        }
    }
    execution = begin(store, tasks, output={"all": "{{ all }}"})
    with store.autocommit() as repos:
        configs = [repos.executions.get_by_id(row.execution).config for row in claimable(store)]
    assert configs == [{"n": 1}, {"n": 2}]
    for _ in range(3):
        complete(store, claim_one(store))
    with store.autocommit() as repos:
        assert repos.executions.get_by_id(execution).result == {"all": [1, 2, 3]}
    assert findings(store, execution) == []


def claimable(store: Store) -> list[WorkflowTaskExecution]:
    with store.autocommit() as repos:
        return sorted(
            repos.workflow_task_executions.find_by_status(S.REQUESTED), key=lambda row: row.id
        )


def claim_one(store: Store) -> WorkflowTaskExecution:
    with store.autocommit() as repos:
        (task,) = repos.workflow_task_executions.claim_any(to=S.RUNNING, now=NOW)
    return task


def test_a_workflow_that_ends_at_once_ends_its_task(store: Store) -> None:
    save(store, {"none": {"action": "my.x", "with_items": []}}, "test.inner")
    tasks = {
        "sub": {"action": "test.inner", "with_items": [1, 2, 3], "concurrency": 1},
        "other": {"action": "test.inner"},
    }
    execution = begin(store, tasks)
    assert run_of(store, execution).status is S.COMPLETED
    assert findings(store, execution) == []


def test_an_invalid_inner_workflow_fails_its_task(store: Store) -> None:
    save(store, {"a": {"action": "my.a"}}, "test.inner", vars={"x": "{{ nothing }}"})
    tasks = {
        "sub": {"action": "test.inner", "on_failure": ["sorry"]},
        "sorry": {"action": "my.sorry"},
    }
    execution = begin(store, tasks)
    complete(store, claim(store)["sorry"])
    error = rows_of(store, execution)["sub"].error
    assert isinstance(error, dict) and "there is no 'nothing'" in str(error["message"])
    assert run_of(store, execution).status is S.COMPLETED
    assert findings(store, execution) == []


def test_an_invalid_run_leaves_no_rows(store: Store) -> None:
    with pytest.raises(ExpressionError, match="there is no 'nothing'"):
        begin(store, {"a": {"action": "my.a"}}, vars={"x": "{{ nothing }}"})
    with pytest.raises(ValueError, match=r"my.a is no workflow"), store.transaction() as tx:
        Engine(tx, NOW).start("my.a")
    with store.autocommit() as repos:
        assert repos.executions.list() == []


def test_a_workflow_as_a_task_has_no_retry_and_no_timeout(store: Store) -> None:
    save(store, {"a": {"action": "my.a"}}, "test.inner")
    execution = begin(store, {"sub": {"action": "test.inner", "timeout": "1m"}})
    run = run_of(store, execution)
    assert run.status is S.FAILED and "has no retry and no timeout" in str(run.error_message)


def test_a_run_is_paused_until_all_questions_are_answered(store: Store) -> None:
    tasks = {"one": {"approval": "One?"}, "two": {"approval": "Two?"}}
    execution = begin(store, tasks)
    rows = rows_of(store, execution)
    answer(store, rows["one"], approved=True)
    assert run_of(store, execution).paused
    answer(store, rows["two"], approved=True)
    run = run_of(store, execution)
    assert run.status is S.COMPLETED and not run.paused
    assert findings(store, execution) == []


def test_a_completed_task_does_not_end_a_pause(store: Store) -> None:
    execution = begin(
        store, {"a": {"action": "my.a", "on_success": ["b"]}, "b": {"action": "my.b"}}
    )
    task = claim(store)["a"]
    with store.autocommit() as repos:
        repos.workflow_executions.pause(run_of(store, execution).id, reason="Wait for Monday")
    complete(store, task)
    assert run_of(store, execution).paused and claim(store) == {}
    with store.autocommit() as repos:
        repos.workflow_executions.resume(run_of(store, execution).id)
    assert list(claim(store)) == ["b"]


def test_a_cancelled_run_does_not_change(store: Store) -> None:
    save(store, {"slow": {"action": "my.slow"}}, "test.inner")
    tasks = {"ask": {"approval": "Really?"}, "sub": {"action": "test.inner"}}
    execution = begin(store, tasks)
    slow = claim(store)["slow"]
    with store.autocommit() as repos:
        repos.workflow_executions.cancel(run_of(store, execution).id)
    with pytest.raises(errors.ConflictError):
        complete(store, slow)
    assert run_of(store, execution).current_tasks == ["ask", "sub"]
    assert findings(store, execution) == []


@pytest.mark.parametrize(
    ("limits", "begun", "unfinished", "next_"),
    [
        ({}, 0, 0, range(10)),
        ({"concurrency": 3}, 0, 0, range(3)),
        ({"concurrency": 3}, 5, 2, range(5, 6)),
        ({"concurrency": 3}, 9, 1, range(9, 10)),
        ({"batch_size": 4}, 0, 0, range(4)),
        ({"batch_size": 4}, 4, 1, range(4, 4)),
        ({"batch_size": 4}, 4, 0, range(4, 8)),
        ({"batch_size": 4}, 8, 0, range(8, 10)),
        ({"batch_size": 4, "concurrency": 3}, 3, 2, range(3, 4)),
        ({"batch_size": 4, "concurrency": 3}, 4, 2, range(4, 4)),
    ],
)
def test_the_next_items_to_begin(
    limits: dict[str, int], begun: int, unfinished: int, next_: range
) -> None:
    spec = Task.model_validate({"action": "my.x", "with_items": [], **limits})
    assert next_items(spec, 10, begun=begun, unfinished=unfinished) == next_


# The format


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_workflow_file_is_valid(path: Path) -> None:
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
def test_an_invalid_definition_is_refused_with_a_reason(
    tasks: dict[str, Any], message: str
) -> None:
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
def test_expressions_are_evaluated(expression: str, value: object) -> None:
    names: dict[str, Any] = {
        "a": {"b": [1, 2]},
        "rows": [{"n": 2}, {"n": 3}],
        "failed": False,
        "missing": None,
        "names": ["y"],
    }
    assert evaluate(expression, names) == value


@pytest.mark.parametrize("expression", ["nope", "().__class__", "a.b", "1 +", "f(1)", "lambda: 1"])
def test_invalid_expressions_are_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        evaluate(expression, {"a": 1})


def test_a_template_of_one_expression_keeps_its_type() -> None:
    template = {"one": "{{ n }}", "text": "{{ n }} and {{ n + 1 }}", "list": ["{{ n > 1 }}", None]}
    expected = {"one": 2, "text": "2 and 3", "list": [True, None]}
    assert render(template, {"n": 2}) == expected  # type: ignore[arg-type]
