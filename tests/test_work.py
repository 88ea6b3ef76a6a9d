"""The queries of the command line about all executions, in both twins."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from attune_store import ExecutionStatus, errors
from attune_store._async import work as async_work
from attune_store._sync import work as sync_work
from attune_store._workflow import TERMINAL
from attune_store.testing import (
    make_execution,
    make_workflow_execution,
    make_workflow_task_execution,
)
from tests.pages import read_in_order_of_insertion
from tests.twin import Twin

S = ExecutionStatus
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


def ask(twin: Twin, function: str, **arguments: Any) -> Any:
    """Call a function of `work` in this twin."""
    module = async_work if twin.kind == "async" else sync_work
    return twin.run(getattr(module, function)(twin.connection, **arguments))


def prunable(twin: Twin, finished_before: datetime = FAR) -> int:
    count = ask(twin, "count_prunable", finished_before=finished_before, statuses=tuple(TERMINAL))
    return int(count)


def read(twin: Twin, *, unchanged_since: datetime = NOW - HOUR, limit: int = 100) -> Any:
    return ask(twin, "read_work", unchanged_since=unchanged_since, limit=limit)


def search(twin: Twin, **conditions: Any) -> list[int]:
    return [row.id for row in ask(twin, "search_executions", **{"limit": 100} | conditions)]


def stuck(twin: Twin, **arguments: Any) -> set[tuple[int, str]]:
    return {(row.id, row.reason) for row in read(twin, **arguments).stuck}


def set_back(twin: Twin, table: str, id: int, column: str, moment: datetime = NOW - HOUR) -> None:
    """Set a time of a row, which the triggers would not allow to be in the past."""
    twin.execute("SET LOCAL session_replication_role = replica")
    twin.execute(f"UPDATE attune.{table} SET {column} = %s WHERE id = %s", (moment, id))
    twin.execute("SET LOCAL session_replication_role = origin")


def make_worker(twin: Twin) -> int:
    return twin.repositories.workers.register("host", lease=timedelta(seconds=30)).id


def lose(twin: Twin, worker: int) -> None:
    """Let the lease of a worker expire, before anybody has noticed."""
    set_back(twin, "worker", worker, "heartbeat_at")


# --- search


def test_search_returns_executions_that_meet_each_condition(twin: Twin) -> None:
    worker = make_worker(twin)
    waiting, held, failed = (make_execution(twin.repositories).id for _ in range(3))
    twin.repositories.executions.claim(held, worker=worker)
    twin.repositories.executions.finish(failed, to=S.FAILED)
    run = make_workflow_execution(twin.repositories)
    make_workflow_execution(twin.repositories)
    ref = twin.repositories.workflow_definitions.get_by_id(run.workflow_def).ref
    set_back(twin, "execution", waiting, "created", NOW - 2 * HOUR)
    assert search(twin)[-3:] == [failed, held, waiting]
    assert search(twin, limit=2) == search(twin)[:2]
    assert search(twin, statuses=[S.FAILED, S.SCHEDULING]) == [failed, held]
    assert search(twin, worker=worker) == [held]
    other = make_worker(twin)
    task = make_workflow_task_execution(twin.repositories, workflow_execution=run.id)
    twin.repositories.workflow_task_executions.claim_any(worker=other)
    assert search(twin, worker=other) == [task.execution]
    assert search(twin, created_before=NOW - HOUR) == [waiting]
    assert search(twin, definition=ref) == [run.execution]
    assert search(twin, definition=ref, statuses=[S.FAILED]) == []


def test_search_refuses_an_unknown_definition(twin: Twin) -> None:
    with pytest.raises(errors.NotFoundError, match=r"core\.nothing"):
        search(twin, definition="core.nothing")


def test_search_returns_pages(twin: Twin) -> None:
    first, second = (make_execution(twin.repositories).id for _ in range(2))
    module = (async_work if twin.kind == "async" else sync_work).queries
    page = twin.run(
        module.search_executions(
            twin.connection,
            statuses=None,
            worker=None,
            created_before=None,
            workflow_def=None,
            after=second,
            limit=1,
        )
    )
    assert [row.id for row in page] == [first]


# --- counts


def test_the_counts_of_each_table(twin: Twin) -> None:
    make_workflow_task_execution(twin.repositories)
    counts = read(twin).counts
    assert [(name, rows[S.REQUESTED].count) for name, rows in counts.items()] == [
        ("executions", 2),
        ("workflow_executions", 1),
        ("workflow_task_executions", 1),
    ]


def test_the_oldest_waiting_execution(twin: Twin) -> None:
    assert read(twin).oldest_waiting is None
    later = make_execution(twin.repositories, run_at=FAR)
    make_execution(twin.repositories, status=S.RUNNING)
    assert read(twin).oldest_waiting is None
    first = make_execution(twin.repositories, action_ref="core.first")
    make_execution(twin.repositories)
    found = read(twin).oldest_waiting
    assert (found.id, found.action_ref, found.since) == (first.id, "core.first", first.created)
    planned, sooner = (
        make_execution(twin.repositories, run_at=NOW - hours * HOUR) for hours in (1, 2)
    )
    assert read(twin).oldest_waiting.id == sooner.id
    assert read(twin).oldest_waiting.since == sooner.run_at
    twin.repositories.executions.claim(sooner.id)
    assert read(twin).oldest_waiting.id == planned.id
    twin.repositories.executions.claim(planned.id)
    assert read(twin).oldest_waiting.id == first.id
    assert later.status == S.REQUESTED


@pytest.mark.parametrize("run_at", [None, NOW - HOUR])
def test_the_tasks_of_a_paused_workflow_do_not_wait(twin: Twin, run_at: datetime | None) -> None:
    run = make_workflow_execution(twin.repositories)
    twin.repositories.executions.claim(run.execution)
    execution = make_execution(twin.repositories, run_at=run_at)
    make_workflow_task_execution(
        twin.repositories, workflow_execution=run.id, execution=execution.id
    )
    assert read(twin).oldest_waiting.id == execution.id
    twin.repositories.workflow_executions.pause(run.id, reason="a check")
    assert read(twin).oldest_waiting is None
    other = make_execution(twin.repositories, run_at=run_at)
    assert read(twin).oldest_waiting.id == other.id


def test_two_executions_that_wait_equally_long(twin: Twin) -> None:
    read_in_order_of_insertion(twin)
    for id, run_at in ((12, NOW - HOUR), (11, NOW - HOUR), (14, None), (13, None)):
        twin.execute(
            "INSERT INTO attune.execution (id, action_ref, run_at, created)"
            " VALUES (%s, 'core.noop', %s, %s)",
            (id, run_at, NOW - HOUR),
        )
    assert read(twin).oldest_waiting.id == 11
    twin.execute("DELETE FROM attune.execution WHERE id IN (11, 12)")
    assert read(twin).oldest_waiting.id == 13


def test_due_retries(twin: Twin) -> None:
    nothing = read(twin).due_retries
    assert (nothing.count, nothing.since) == (0, None)
    run = make_workflow_execution(twin.repositories)
    paused = make_workflow_execution(twin.repositories)
    for workflow, at in (
        (run, NOW - HOUR),
        (run, NOW - 2 * HOUR),
        (run, FAR),
        (paused, NOW - 3 * HOUR),
    ):
        task = make_workflow_task_execution(
            twin.repositories,
            workflow_execution=workflow.id,
            status=S.FAILED,
            max_retries=1,
        )
        twin.repositories.workflow_task_executions.schedule_retry(task.id, at=at)
    twin.repositories.workflow_executions.pause(paused.id, reason=None)
    due = read(twin).due_retries
    assert (due.count, due.since) == (2, NOW - 2 * HOUR)


# --- workers


def test_the_load_of_each_worker(twin: Twin) -> None:
    executions, tasks, idle, ended, lost = (make_worker(twin) for _ in range(5))
    for worker in (executions, executions, lost):
        twin.repositories.executions.claim(make_execution(twin.repositories).id, worker=worker)
    task = make_workflow_task_execution(twin.repositories)
    twin.repositories.workflow_task_executions.claim_any(worker=tasks)
    twin.repositories.workers.retire(tasks)
    twin.repositories.workers.retire(ended)
    lose(twin, lost)
    workers = read(twin).workers
    assert [(row.id, row.executions, row.tasks, row.lives) for row in workers] == [
        (lost, 1, 0, False),
        (idle, 0, 0, True),
        (tasks, 0, 1, False),
        (executions, 2, 0, True),
    ]
    beats = twin.repositories.workers.get_by_id(idle)
    assert workers[1].lease_ends_at == beats.heartbeat_at + timedelta(seconds=30)
    assert (workers[1].name, workers[1].heartbeat_at) == ("host", beats.heartbeat_at)
    assert workers[2].lease_ends_at == twin.repositories.workers.get_by_id(tasks).ended_at
    assert [row.id for row in read(twin, limit=2).workers] == [lost, idle]
    assert task.status == S.REQUESTED
    twin.repositories.executions.release_expired()
    twin.repositories.workers.retire(executions)
    assert [row.id for row in read(twin).workers] == [idle, tasks, executions]
    twin.repositories.executions.release_expired()
    assert [row.id for row in read(twin).workers] == [idle, tasks]


# --- stuck


def test_rows_of_a_lost_worker_are_stuck(twin: Twin) -> None:
    living, late, retired = (make_worker(twin) for _ in range(3))
    held, mine = (make_execution(twin.repositories).id for _ in range(2))
    twin.repositories.executions.claim(mine, worker=living, to=S.RUNNING)
    twin.repositories.executions.claim(held, worker=late, to=S.RUNNING)
    task = make_workflow_task_execution(twin.repositories)
    twin.repositories.workflow_task_executions.claim_any(worker=retired, to=S.RUNNING)
    assert stuck(twin) == set()
    lose(twin, late)
    ended = twin.repositories.workers.retire(retired)
    assert stuck(twin) == {(held, "lost"), (task.execution, "lost")}
    first, second = read(twin).stuck
    assert (first.id, first.status, first.action_ref) == (held, S.RUNNING, "core.noop")
    assert first.since == NOW - HOUR + timedelta(seconds=30)
    assert (second.id, second.since) == (task.execution, ended.ended_at)
    assert [row.id for row in read(twin, limit=1).stuck] == [held]


def test_a_task_and_its_execution_are_stuck_once(twin: Twin) -> None:
    worker = make_worker(twin)
    task = make_workflow_task_execution(twin.repositories)
    twin.repositories.workflow_task_executions.claim_any(worker=worker)
    twin.repositories.executions.claim(task.execution, worker=worker)
    twin.repositories.workers.retire(worker)
    assert [row.id for row in read(twin).stuck] == [task.execution]


def test_a_task_past_its_timeout_is_stuck(twin: Twin) -> None:
    overdue, patient, endless, done = (
        make_workflow_task_execution(
            twin.repositories,
            status=status,
            started_at=NOW - 2 * HOUR,
            completed_at=NOW if status is S.COMPLETED else None,
            timeout_seconds=seconds,
        )
        for status, seconds in (
            (S.RUNNING, 3600),
            (S.RUNNING, 3 * 3600),
            (S.RUNNING, None),
            (S.COMPLETED, 1),
        )
    )
    assert stuck(twin) == {(overdue.execution, "overdue")}
    assert read(twin).stuck[0].since == NOW - HOUR
    assert {patient.status, endless.status, done.status} == {S.RUNNING, S.COMPLETED}


@pytest.mark.parametrize("status", [S.SCHEDULING, S.SCHEDULED, S.RUNNING, S.CANCELING])
def test_rows_without_a_worker_are_stuck_after_a_while(twin: Twin, status: ExecutionStatus) -> None:
    silent, recent = (make_execution(twin.repositories, status=status) for _ in range(2))
    for other in (S.REQUESTED, S.FAILED):
        old = make_execution(twin.repositories, status=other)
        set_back(twin, "execution", old.id, "updated", NOW - 2 * HOUR)
    assert stuck(twin) == set()
    set_back(twin, "execution", silent.id, "updated", NOW - 2 * HOUR)
    assert stuck(twin) == {(silent.id, "idle")}
    assert read(twin).stuck[0].since == NOW - 2 * HOUR
    assert stuck(twin, unchanged_since=FAR) == {(silent.id, "idle"), (recent.id, "idle")}


def test_rows_with_a_worker_or_a_retry_are_not_idle(twin: Twin) -> None:
    worker = make_worker(twin)
    held = make_execution(twin.repositories)
    twin.repositories.executions.claim(held.id, worker=worker)
    claimed = make_workflow_task_execution(twin.repositories)
    twin.repositories.workflow_task_executions.claim_any(worker=worker, to=S.RUNNING)
    retried = make_workflow_task_execution(twin.repositories, status=S.FAILED, max_retries=1)
    twin.repositories.workflow_task_executions.schedule_retry(retried.id, at=FAR)
    unknown = make_workflow_task_execution(twin.repositories, status=S.RUNNING)
    twin.execute(
        "UPDATE attune.execution SET status = 'running' WHERE id = %s", (unknown.execution,)
    )
    assert claimed.execution != held.id
    assert stuck(twin, unchanged_since=FAR) == {(unknown.execution, "idle")}


def test_a_run_whose_tasks_have_ended_is_undecided(twin: Twin) -> None:
    repositories = twin.repositories
    runs = [
        make_workflow_execution(
            repositories,
            status=status,
            execution=make_execution(repositories, status=S.RUNNING).id,
        )
        for status in (S.RUNNING, S.REQUESTED, S.RUNNING, S.RUNNING, S.RUNNING, S.COMPLETED)
    ]
    done, fresh, paused, unfinished, retried, _ = runs
    for run, status in (
        (done, S.COMPLETED),
        (paused, S.COMPLETED),
        (unfinished, S.SCHEDULED),
        (retried, S.FAILED),
    ):
        task = make_workflow_task_execution(
            repositories, workflow_execution=run.id, status=status, max_retries=1
        )
        if run is unfinished:
            repositories.executions.finish(task.execution, to=S.COMPLETED)
        if run is retried:
            repositories.workflow_task_executions.schedule_retry(task.id, at=FAR)
    repositories.workflow_executions.pause(paused.id, reason=None)
    assert stuck(twin) == set()
    assert stuck(twin, unchanged_since=FAR) == {
        (done.execution, "undecided"),
        (fresh.execution, "undecided"),
    }
    for run in runs:
        set_back(twin, "workflow_execution", run.id, "updated")
    assert stuck(twin, unchanged_since=NOW - timedelta(minutes=1)) == {
        (fresh.execution, "undecided")
    }, "a task of the other has just ended"
    (found,) = read(twin, unchanged_since=NOW - timedelta(minutes=1)).stuck
    assert (found.since, found.status) == (NOW - HOUR, S.RUNNING)
    repositories.executions.requeue(fresh.execution)
    assert stuck(twin, unchanged_since=NOW - timedelta(minutes=1)) == set()


@pytest.mark.parametrize("of_run", [status for status in S if not status.is_terminal])
@pytest.mark.parametrize("of_execution", S)
def test_only_executions_in_flight_are_undecided(
    twin: Twin, of_run: ExecutionStatus, of_execution: ExecutionStatus
) -> None:
    execution = make_execution(twin.repositories, status=of_execution)
    make_workflow_execution(twin.repositories, status=of_run, execution=execution.id)
    in_flight = {S.SCHEDULING, S.SCHEDULED, S.RUNNING, S.CANCELING}
    expected = {(execution.id, "undecided")} if of_execution in in_flight else set()
    assert stuck(twin, unchanged_since=FAR) == expected


def test_the_longest_stuck_comes_first(twin: Twin) -> None:
    ids = [make_execution(twin.repositories, status=S.RUNNING).id for _ in range(3)]
    for id, hours in zip(ids, (1, 2, 2), strict=True):
        set_back(twin, "execution", id, "updated", NOW - hours * HOUR)
    found = read(twin, unchanged_since=NOW).stuck
    assert [row.id for row in found] == [ids[1], ids[2], ids[0]]


# --- what could be pruned


@pytest.mark.parametrize("page", [1, 1000])
def test_the_count_equals_what_prune_deletes(
    twin: Twin, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (async_work, sync_work):
        monkeypatch.setattr(module, "_PAGE", page)
    repositories = twin.repositories
    run = make_workflow_execution(repositories)
    task = make_workflow_task_execution(repositories, workflow_execution=run.id)
    make_execution(repositories, parent=task.execution)
    repositories.executions.cancel(run.execution)
    unfinished = make_execution(repositories, status=S.FAILED)
    make_execution(repositories, parent=unfinished.id)
    make_execution(repositories, status=S.RUNNING)
    alone = make_execution(repositories, status=S.FAILED)
    child = make_execution(repositories, parent=alone.id, status=S.COMPLETED)
    lone = make_workflow_task_execution(repositories)
    repositories.executions.finish(lone.execution, to=S.COMPLETED)

    def count(finished_before: datetime = FAR, statuses: Any = tuple(TERMINAL)) -> int:
        return ask(twin, "count_prunable", finished_before=finished_before, statuses=statuses)  # type: ignore[no-any-return]

    assert count(datetime(2020, 1, 1, tzinfo=UTC)) == 0
    assert count(statuses=[S.FAILED]) == 2
    assert count(statuses=[S.TIMEOUT]) == 0
    assert count() == 5
    assert repositories.executions.prune(finished_before=FAR) == 5
    assert count() == 0
    assert repositories.executions.find_by_id(child.id) is None


@pytest.mark.parametrize(
    ("part", "column", "value"),
    [
        ("execution", "status", "running"),
        ("workflow_execution", "status", "running"),
        ("workflow_task_execution", "status", "requested"),
        ("workflow_task_execution", "next_retry_at", "infinity"),
    ],
)
def test_a_tree_with_a_part_that_has_not_ended_is_not_counted(
    twin: Twin, part: str, column: str, value: str
) -> None:
    """Even if its other parts have ended."""
    task = make_workflow_task_execution(twin.repositories, status=S.FAILED)
    run = twin.repositories.workflow_executions.cancel(task.workflow_execution)
    id = {"execution": task.execution, "workflow_execution": run.id}.get(part, task.id)
    twin.execute("SET LOCAL session_replication_role = replica")
    twin.execute(f"UPDATE attune.{part} SET {column} = %s WHERE id = %s", (value, id))
    assert prunable(twin) == twin.repositories.executions.prune(finished_before=FAR) == 0


def test_prunable_executions_are_counted_in_pages(twin: Twin) -> None:
    read_in_order_of_insertion(twin)
    first, second, third = (make_execution(twin.repositories, status=S.FAILED) for _ in range(3))
    for execution in first, second, third:
        set_back(twin, "execution", execution.id, "created")
        set_back(twin, "execution", execution.id, "updated")
    set_back(twin, "execution", third.id, "updated", NOW)
    set_back(twin, "execution", third.id, "finished_at", NOW - 2 * HOUR)
    module = (async_work if twin.kind == "async" else sync_work).queries

    def page(moment: datetime | None, id: int | None, finished_before: datetime = FAR) -> Any:
        return twin.run(
            module.count_prunable_executions(
                twin.connection,
                finished_before=finished_before,
                statuses=[S.FAILED],
                after_finished_at=moment,
                after_id=id,
                limit=2,
            )
        )

    assert page(None, None, NOW - HOUR).last_id == third.id
    seen = page(None, None)
    assert (seen.executions, seen.trees) == (2, 2)
    assert (seen.last_finished_at, seen.last_id) == (NOW - HOUR, first.id)
    rest = page(seen.last_finished_at, seen.last_id)
    assert (rest.executions, rest.trees, rest.last_id) == (1, 1, second.id)
    assert page(NOW - 3 * HOUR, None).last_id == first.id
    assert page(NOW - 2 * HOUR, third.id).last_id == second.id
    assert page(NOW - HOUR, None).executions == 2
    assert page(NOW, None).executions == 0


def test_without_finished_at_the_last_change_counts(twin: Twin) -> None:
    """It may have run for a long time."""
    execution = make_execution(twin.repositories, status=S.FAILED)
    set_back(twin, "execution", execution.id, "created", NOW - 2 * HOUR)
    set_back(twin, "execution", execution.id, "updated", NOW - HOUR)
    prune = twin.repositories.executions.prune
    for finished_before, expected in (NOW - HOUR, 0), (NOW, 1):
        assert prunable(twin, finished_before) == prune(finished_before=finished_before) == expected


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_each_terminal_status_can_be_counted(twin: Twin, status: ExecutionStatus) -> None:
    make_execution(twin.repositories, status=status)
    others = [one for one in TERMINAL if one is not status]
    assert ask(twin, "count_prunable", finished_before=FAR, statuses=[status]) == 1
    assert ask(twin, "count_prunable", finished_before=FAR, statuses=others) == 0


def test_an_execution_of_two_trees_is_counted_once(twin: Twin) -> None:
    """The execution of a task may have a parent that is not in the workflow."""
    repositories = twin.repositories
    other = make_execution(repositories, status=S.COMPLETED)
    run = make_workflow_execution(repositories)
    shared = make_execution(repositories, parent=other.id)
    make_workflow_task_execution(repositories, workflow_execution=run.id, execution=shared.id)
    repositories.executions.cancel(run.execution)
    assert prunable(twin) == repositories.executions.prune(finished_before=FAR) == 3
