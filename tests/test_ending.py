"""The end of work: cancelled as a whole, pruned, counted; and a pause that waits."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from attune_store import (
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    Repositories,
    StatusCount,
    WorkflowExecution,
    errors,
)
from attune_store.testing import (
    Databases,
    make_execution,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)
from tests.pooler import UNPREPARED
from tests.twin import Twin
from tests.waiting import until

S = ExecutionStatus
FAR = datetime(2100, 1, 1, tzinfo=UTC)


def make_tree(twin: Twin) -> tuple[WorkflowExecution, WorkflowExecution]:
    """Create a run with a running task, a completed one, and one whose execution is a run with a task."""
    repos = twin.repositories
    root = make_execution(repos, status=S.RUNNING)
    run = make_workflow_execution(repos, execution=root.id, status=S.RUNNING)
    children = [make_execution(repos, parent=root.id) for _ in range(3)]
    tasks = [
        make_workflow_task_execution(
            repos, workflow_execution=run.id, execution=child.id, task_name=name, max_retries=1
        )
        for child, name in zip(children, ("done", "runs", "nested"), strict=True)
    ]
    for task in tasks:
        repos.workflow_task_executions.start(task.id)
    repos.workflow_task_executions.complete(tasks[0].id, result=1)
    inner = make_workflow_execution(repos, execution=children[2].id, status=S.RUNNING)
    retry = make_workflow_task_execution(
        repos,
        workflow_execution=inner.id,
        execution=make_execution(repos, parent=children[2].id).id,
        max_retries=1,
    )
    repos.workflow_task_executions.start(retry.id)
    repos.workflow_task_executions.fail(retry.id, error="x", retry_delay=timedelta(hours=1))
    return run, inner


def statuses(twin: Twin, table: str) -> dict[str, int]:
    return dict(
        twin.execute(f"SELECT status::text, count(*)::int FROM attune.{table} GROUP BY status")
    )


# --- cancel


@pytest.mark.parametrize("of", ["workflow_execution", "execution"])
def test_cancel_ends_everything_that_has_not_ended(twin: Twin, of: str) -> None:
    run, inner = make_tree(twin)
    bystander = make_workflow_task_execution(twin.repositories)
    if of == "execution":
        row: Any = twin.repositories.executions.cancel(run.execution)
        assert row.id == run.execution
    else:
        row = twin.repositories.workflow_executions.cancel(run.id)
        assert row.id == run.id
    assert row.status is S.CANCELLED
    runs = twin.repositories.workflow_executions
    assert runs.get_by_id(inner.id).status is S.CANCELLED
    assert runs.get_by_id(bystander.workflow_execution).status is S.REQUESTED
    assert statuses(twin, "workflow_task_execution") == {
        "completed": 1,
        "cancelled": 3,
        "requested": 1,
    }
    assert statuses(twin, "execution") == {"completed": 1, "cancelled": 4, "requested": 2}
    tasks = twin.repositories.workflow_task_executions
    assert tasks.find_pending_retries(now=FAR) == []


def test_cancel_includes_inner_workflows_and_the_outer_task(twin: Twin) -> None:
    run, inner = make_tree(twin)
    twin.repositories.workflow_executions.cancel(inner.id)
    assert twin.repositories.workflow_executions.get_by_id(run.id).status is S.RUNNING
    (task,) = twin.repositories.workflow_task_executions.find_by_task_name(run.id, "nested")
    assert task.status is S.CANCELLED
    (running,) = twin.repositories.workflow_task_executions.find_by_task_name(run.id, "runs")
    assert running.status is S.RUNNING


def test_ended_rows_are_not_cancelled(twin: Twin) -> None:
    run, _ = make_tree(twin)
    twin.repositories.workflow_executions.cancel(run.id)
    for call in (
        lambda: twin.repositories.workflow_executions.cancel(run.id),
        lambda: twin.repositories.executions.cancel(run.execution),
    ):
        with pytest.raises(errors.ConflictError) as failure:
            call()
        assert failure.value.actual is S.CANCELLED
    for missing in (
        lambda: twin.repositories.workflow_executions.cancel(1),
        lambda: twin.repositories.executions.cancel(1),
    ):
        with pytest.raises(errors.NotFoundError):
            missing()


def test_an_execution_without_a_workflow_is_cancelled(twin: Twin) -> None:
    execution = make_execution(twin.repositories)
    child = make_execution(twin.repositories, parent=execution.id)
    assert twin.repositories.executions.cancel(execution.id).status is S.CANCELLED
    assert twin.repositories.executions.get_by_id(child.id).status is S.CANCELLED


@pytest.mark.slow
def test_cancel_races_completions_and_new_tasks(committing_twin: Twin) -> None:
    """Nobody deadlocks, and after the run has ended no task of it has work to do."""
    twin = committing_twin
    repos = twin.repositories
    definition = make_workflow_definition(repos).id
    for _ in range(15):
        run = make_workflow_execution(repos, workflow_def=definition, status=S.RUNNING)
        tasks = [
            make_workflow_task_execution(
                repos, workflow_execution=run.id, task_name="item", task_index=index
            )
            for index in range(8)
        ]
        for task in tasks:
            repos.workflow_task_executions.start(task.id)
        failures: list[Exception] = []

        def complete(
            ids: list[int], run: WorkflowExecution = run, failures: list[Exception] = failures
        ) -> None:
            with psycopg.connect(twin.conninfo, **UNPREPARED) as conn:
                mine = Repositories(conn)
                for id in ids:
                    try:
                        with conn.transaction():
                            mine.workflow_task_executions.complete(id)
                            mine.workflow_executions.append_tasks(run.id, completed=[str(id)])
                    except errors.ConflictError:
                        pass
                    except errors.StoreError as exc:
                        failures.append(exc)

        def add(run: WorkflowExecution = run, failures: list[Exception] = failures) -> None:
            with psycopg.connect(twin.conninfo, autocommit=True, **UNPREPARED) as conn:
                mine = Repositories(conn)
                for number in range(8):
                    child = make_execution(mine)
                    try:
                        mine.workflow_task_executions.create(
                            CreateWorkflowTaskExecutionInput(
                                workflow_execution=run.id,
                                execution=child.id,
                                task_name=f"new{number}",
                            )
                        )
                    except errors.ConflictError:
                        return
                    except errors.StoreError as exc:
                        failures.append(exc)

        ids = [task.id for task in tasks]
        threads = [
            threading.Thread(target=complete, args=(ids,)),
            threading.Thread(target=complete, args=(ids[::-1],)),
            threading.Thread(target=add),
        ]
        for thread in threads:
            thread.start()
        repos.workflow_executions.cancel(run.id)
        for thread in threads:
            thread.join()
        assert failures == []
        assert repos.workflow_task_executions.find_unfinished(run.id) == []


# --- a pause that waits


def test_a_pause_waits_for_claims_that_did_not_see_it(committing_twin: Twin) -> None:
    twin = committing_twin
    run = make_workflow_execution(twin.repositories, status=S.RUNNING)
    make_workflow_task_execution(twin.repositories, workflow_execution=run.id, task_name="a")
    waits = threading.Event()
    with (
        psycopg.connect(twin.conninfo, **UNPREPARED) as conn,
        twin.connect(autocommit=True) as pauser,
    ):
        (claimed,) = Repositories(conn).workflow_task_executions.claim_next(run.id, "a")

        def pause() -> None:
            with psycopg.connect(twin.conninfo, autocommit=True, **UNPREPARED) as other:
                Repositories(other).workflow_executions.pause(run.id, reason="x", wait=True)
                waits.set()

        thread = threading.Thread(target=pause)
        thread.start()
        until(lambda: pauser.repositories.workflow_executions.get_by_id(run.id).paused)
        assert not waits.is_set()
        conn.commit()
        thread.join()
    assert waits.is_set()
    row = twin.repositories.workflow_task_executions.get_by_id(claimed.id)
    assert row.status is S.SCHEDULING


def test_a_pause_waits_no_longer_than_the_statement_timeout(committing_twin: Twin) -> None:
    twin = committing_twin
    run = make_workflow_execution(twin.repositories, status=S.RUNNING)
    with psycopg.connect(twin.conninfo, **UNPREPARED) as conn:
        make_workflow_task_execution(Repositories(conn), workflow_execution=run.id)
        twin.execute("SET statement_timeout = '50ms'")
        with pytest.raises(errors.StatementTimeoutError, match="the workflow is paused"):
            twin.repositories.workflow_executions.pause(run.id, reason="x", wait=True)
        assert twin.repositories.workflow_executions.get_by_id(run.id).paused
        conn.rollback()
    twin.repositories.workflow_executions.pause(run.id, reason="x", wait=True)


def test_a_pause_does_not_wait_for_a_copy_of_the_database(
    committing_twin: Twin, attune_databases: Databases
) -> None:
    run = make_workflow_execution(committing_twin.repositories, status=S.RUNNING)
    with attune_databases.clone() as copy, psycopg.connect(copy) as conn:
        make_workflow_task_execution(Repositories(conn))
        committing_twin.execute("SET statement_timeout = '1s'")
        paused = committing_twin.repositories.workflow_executions.pause(
            run.id, reason="x", wait=True
        )
        assert paused.paused


def test_a_pause_can_not_wait_in_a_transaction(twin: Twin) -> None:
    run = make_workflow_execution(twin.repositories)
    with pytest.raises(errors.ValidationError, match="autocommit") as failure:
        twin.repositories.workflow_executions.pause(run.id, reason="x", wait=True)
    assert failure.value.field == "wait"
    assert not twin.repositories.workflow_executions.get_by_id(run.id).paused


# --- prune


def test_prune_removes_whole_trees(twin: Twin) -> None:
    executions = twin.repositories.executions
    run, _ = make_tree(twin)
    unfinished = make_execution(twin.repositories, status=S.RUNNING)
    make_execution(twin.repositories, parent=unfinished.id, status=S.FAILED)
    head = make_execution(twin.repositories, status=S.COMPLETED)
    make_execution(twin.repositories, parent=head.id)  # it has ended, but not its child
    twin.repositories.workflow_executions.cancel(run.id)
    assert executions.prune(finished_before=datetime(2020, 1, 1, tzinfo=UTC)) == 0
    assert executions.prune(finished_before=FAR, limit=0) == 0
    assert executions.prune(finished_before=FAR, statuses=[S.FAILED]) == 0
    assert executions.prune(finished_before=FAR, limit=1) == 5, "the head stops nobody"
    assert executions.prune(finished_before=FAR) == 0
    assert twin.execute("SELECT count(*)::int FROM attune.workflow_task_execution") == [(0,)]
    assert {row.id for row in executions.list()} >= {unfinished.id, head.id}


def test_an_execution_of_a_task_is_pruned_with_its_workflow(twin: Twin) -> None:
    """Also one without a parent."""
    task = make_workflow_task_execution(twin.repositories)
    twin.repositories.executions.finish(task.execution, to=S.COMPLETED)
    assert twin.repositories.executions.prune(finished_before=FAR) == 0
    run = twin.repositories.workflow_executions.get_by_id(task.workflow_execution)
    twin.repositories.workflow_executions.cancel(run.id)
    assert twin.repositories.executions.prune(finished_before=FAR) == 2


def test_the_end_of_an_execution_does_not_change(twin: Twin) -> None:
    executions = twin.repositories.executions
    ended = executions.finish(make_execution(twin.repositories).id, to=S.FAILED)
    twin.execute("UPDATE attune.execution SET result = '1' WHERE id = %s", (ended.id,))
    twin.execute("UPDATE attune.execution SET status = 'timeout' WHERE id = %s", (ended.id,))
    assert executions.get_by_id(ended.id).finished_at == ended.finished_at


def test_prune_accepts_terminal_statuses_only(twin: Twin) -> None:
    with pytest.raises(errors.ValidationError, match="terminal"):
        twin.repositories.executions.prune(finished_before=FAR, statuses=S.RUNNING)


def test_prune_skips_locked_roots(committing_twin: Twin) -> None:
    twin = committing_twin
    first, second = (make_execution(twin.repositories, status=S.FAILED) for _ in range(2))
    with psycopg.connect(twin.conninfo, **UNPREPARED) as conn:
        conn.execute("SELECT FROM attune.execution WHERE id = %s FOR UPDATE", (first.id,))
        assert twin.repositories.executions.prune(finished_before=FAR) == 1
    assert twin.repositories.executions.find_by_id(second.id) is None
    assert twin.repositories.executions.prune(finished_before=FAR) == 1


@pytest.mark.parametrize("part", ["execution", "workflow_execution", "workflow_task_execution"])
def test_prune_does_not_wait_for_locks_within_a_tree(committing_twin: Twin, part: str) -> None:
    twin = committing_twin
    task = make_workflow_task_execution(twin.repositories)
    run = twin.repositories.workflow_executions.cancel(task.workflow_execution)
    id = {"execution": task.execution, "workflow_execution": run.id}.get(part, task.id)
    with psycopg.connect(twin.conninfo, **UNPREPARED) as conn:
        conn.execute(f"SELECT FROM attune.{part} WHERE id = %s FOR KEY SHARE".encode(), (id,))
        twin.execute("SET statement_timeout = '10s'")
        assert twin.repositories.executions.prune(finished_before=FAR) == 0
    assert twin.repositories.executions.prune(finished_before=FAR) == 2


# --- counts


@pytest.mark.parametrize("repository", ["executions", "workflow_executions"])
def test_counts_of_a_table_that_was_never_analysed(twin: Twin, repository: str) -> None:
    make = make_execution if repository == "executions" else make_workflow_execution
    for status in (S.REQUESTED, S.REQUESTED, S.RUNNING, S.FAILED):
        make(twin.repositories, status=status)
    counts = getattr(twin.repositories, repository).count_by_status()
    assert set(counts) == set(S)
    assert counts[S.RUNNING] == counts[S.FAILED] == StatusCount(1, exact=True)


def test_terminal_counts_are_estimated(committing_twin: Twin) -> None:
    twin = committing_twin
    make_execution(twin.repositories)
    run = make_workflow_execution(twin.repositories, status=S.RUNNING)
    twin.execute(
        "INSERT INTO attune.execution (action_ref, status)"
        " SELECT 'core.a', CASE WHEN n <= 5 THEN 'running' WHEN n <= 300 THEN 'failed'"
        " ELSE 'completed' END::attune.execution_status FROM generate_series(1, 3000) n"
    )
    twin.execute("ANALYZE attune.execution")
    counts = twin.repositories.executions.count_by_status()
    assert counts[S.RUNNING] == StatusCount(6, exact=True)
    assert counts[S.REQUESTED] == StatusCount(1, exact=True)
    assert not counts[S.COMPLETED].exact
    assert counts[S.COMPLETED].count == pytest.approx(2700, rel=0.02)
    assert counts[S.FAILED].count == pytest.approx(295, rel=0.1)
    assert counts[S.ABANDONED] == StatusCount(0, exact=False)
    make_workflow_task_execution(twin.repositories, workflow_execution=run.id)
    assert twin.repositories.workflow_task_executions.count_by_status()[S.REQUESTED].count == 1


def test_counts_of_one_definition(twin: Twin) -> None:
    run = make_workflow_execution(twin.repositories, status=S.FAILED)
    make_workflow_execution(twin.repositories, status=S.FAILED)
    counts = twin.repositories.workflow_executions.count_by_status(workflow_def_id=run.workflow_def)
    assert counts[S.FAILED] == StatusCount(1, exact=True)
    assert counts[S.RUNNING] == StatusCount(0, exact=True)
