"""Workers: registered, alive, expired, ended; what they hold, and how it is released."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from attune_store import (
    CreateExecutionInput,
    CreateWorkflowTaskExecutionInput,
    Execution,
    ExecutionStatus,
    Worker,
    WorkflowTaskExecution,
    errors,
)
from attune_store.testing import (
    make_execution,
    make_workflow_execution,
    make_workflow_task_execution,
)
from tests.twin import Twin

LEASE = timedelta(seconds=30)
REQUESTED, RUNNING = ExecutionStatus.REQUESTED, ExecutionStatus.RUNNING


def register(twin: Twin, name: str = "host-1") -> Worker:
    return twin.repositories.workers.register(name, lease=LEASE)


def expire(twin: Twin, worker: Worker) -> None:
    """Let the last heartbeat of a worker be older than its lease."""
    twin.execute(
        "UPDATE attune.worker SET heartbeat_at = now() - interval '1 minute' WHERE id = %s",
        (worker.id,),
    )


def a_task(twin: Twin, **over: Any) -> WorkflowTaskExecution:
    run = make_workflow_execution(twin.repositories, status=RUNNING)
    return make_workflow_task_execution(twin.repositories, workflow_execution=run.id, **over)


def child_of(twin: Twin, task: WorkflowTaskExecution) -> Execution:
    return twin.repositories.executions.get_by_id(task.execution)


# --- leases


def test_register(twin: Twin) -> None:
    worker = register(twin)
    assert (worker.name, worker.lease_ms, worker.ended_at) == ("host-1", 30_000, None)
    assert twin.repositories.workers.get_by_id(worker.id) == worker
    other = register(twin)
    assert twin.repositories.workers.list() == [other, worker], "a name is no key"
    assert twin.repositories.workers.list(after=other.id) == [worker]


@pytest.mark.parametrize("lease", [timedelta(0), timedelta(seconds=-1), 30])
def test_an_invalid_lease_is_refused(twin: Twin, lease: timedelta) -> None:
    with pytest.raises(errors.ValidationError, match="lease"):
        twin.repositories.workers.register("host", lease=lease)


def test_a_heartbeat_changes_only_heartbeat_at(twin: Twin) -> None:
    worker = register(twin)
    expire(twin, worker)
    beaten = twin.repositories.workers.heartbeat(worker.id)
    assert beaten.heartbeat_at >= worker.heartbeat_at
    assert beaten == worker.model_copy(
        update={"heartbeat_at": beaten.heartbeat_at, "updated": beaten.updated}
    )


def test_a_heartbeat_changes_one_row(twin: Twin) -> None:
    """In the same page, without an index entry."""
    repos = twin.repositories
    worker = register(twin).id
    run = make_workflow_execution(repos, status=RUNNING).id
    repos.workflow_task_executions.create_many(
        CreateWorkflowTaskExecutionInput(
            workflow_execution=run,
            execution=CreateExecutionInput(action_ref="core.shell"),
            task_name="item",
            task_index=n,
        )
        for n in range(1000)
    )
    assert len(repos.workflow_task_executions.claim_any(worker=worker, limit=1000)) == 1000
    updates = (
        "SELECT relname, n_tup_upd::int, n_tup_hot_upd::int FROM pg_stat_xact_user_tables"
        " WHERE schemaname = 'attune'"
    )
    before = set(twin.execute(updates))
    repos.workers.heartbeat(worker)
    assert set(twin.execute(updates)) - before == {("worker", 1, 1)}


def test_a_late_heartbeat_keeps_the_lease(twin: Twin) -> None:
    workers = twin.repositories.workers
    late, live = register(twin), register(twin)
    expire(twin, late)
    assert [worker.id for worker in workers.find_expired()] == [late.id]
    assert workers.find_expired(after=late.id) == []
    workers.heartbeat(late.id)
    assert workers.find_expired() == []
    assert twin.repositories.workflow_task_executions.release_expired() == []
    assert [workers.get_by_id(one.id).ended_at for one in (late, live)] == [None, None]


@pytest.mark.parametrize("repository", ["executions", "workflow_task_executions"])
def test_an_ended_lease_can_not_be_renewed(twin: Twin, repository: str) -> None:
    worker = register(twin)
    expire(twin, worker)
    assert getattr(twin.repositories, repository).release_expired() == []
    with pytest.raises(errors.ConflictError, match="register a new worker") as failure:
        twin.repositories.workers.heartbeat(worker.id)
    assert failure.value.field == "lease"
    assert twin.repositories.workers.get_by_id(worker.id).ended_at is not None


def test_a_worker_retires_once(twin: Twin) -> None:
    worker = register(twin)
    ended = twin.repositories.workers.retire(worker.id)
    assert ended.ended_at is not None
    assert twin.repositories.workers.retire(worker.id).ended_at == ended.ended_at
    with pytest.raises(errors.ConflictError):
        twin.repositories.workers.heartbeat(worker.id)


def test_a_missing_worker(twin: Twin) -> None:
    workers = twin.repositories.workers
    assert workers.find_by_id(1) is None
    for call in (workers.get_by_id, workers.heartbeat, workers.retire):
        with pytest.raises(errors.NotFoundError):
            call(1)


def test_ended_workers_without_rows_are_deleted(twin: Twin) -> None:
    gone, holds, recent = register(twin), register(twin), register(twin)
    twin.repositories.executions.claim(make_execution(twin.repositories).id, worker=holds.id)
    for worker in (gone, holds, recent):
        twin.repositories.workers.retire(worker.id)
    twin.execute(
        "UPDATE attune.worker SET ended_at = now() - interval '2 days' WHERE id = ANY (%s)",
        ([gone.id, holds.id],),
    )
    new = register(twin)
    assert [worker.id for worker in twin.repositories.workers.list()] == [
        new.id,
        recent.id,
        holds.id,
    ]


# --- claims


def test_a_claim_sets_the_worker_and_the_attempt(twin: Twin) -> None:
    worker, task = register(twin), a_task(twin)
    (claimed,) = twin.repositories.workflow_task_executions.claim_any(worker=worker.id)
    assert (claimed.id, claimed.worker, claimed.attempt) == (task.id, worker.id, 1)
    assert twin.repositories.workflow_task_executions.find_by_worker(worker.id) == [claimed]
    assert child_of(twin, task).status is REQUESTED


def test_a_claim_can_start_the_rows(twin: Twin) -> None:
    task = a_task(twin)
    (claimed,) = twin.repositories.workflow_task_executions.claim_any(to=RUNNING)
    assert (claimed.status, claimed.worker) == (RUNNING, None)
    assert claimed.started_at is not None
    assert child_of(twin, task).status is RUNNING


@pytest.mark.parametrize("names", [None, ["build"]])
def test_a_claim_sets_the_start_time(twin: Twin, names: list[str] | None) -> None:
    a_task(twin, task_name="build")
    now = datetime(2030, 1, 2, 3, tzinfo=UTC)
    tasks = twin.repositories.workflow_task_executions
    (claimed,) = tasks.claim_any(task_names=names, to=RUNNING, now=now)
    assert claimed.started_at == now


def test_a_worker_that_has_ended_claims_nothing(twin: Twin) -> None:
    worker, task = register(twin), a_task(twin, task_name="build")
    execution = make_execution(twin.repositories)
    twin.repositories.workers.retire(worker.id)
    tasks, executions = twin.repositories.workflow_task_executions, twin.repositories.executions
    assert tasks.claim_any(worker=worker.id) == []
    assert tasks.claim_any(task_names=["build"], worker=worker.id) == []
    assert tasks.claim_next(task.workflow_execution, "build", worker=worker.id) == []
    assert executions.claim_next(worker=worker.id) == []
    assert executions.claim(execution.id, worker=worker.id) is None
    assert tasks.get_by_id(task.id) == task


def test_claims_of_executions(twin: Twin) -> None:
    executions, worker = twin.repositories.executions, register(twin)
    later = executions.create(CreateExecutionInput(action_ref="core.b", priority=-1))
    first = executions.create(CreateExecutionInput(action_ref="core.b", priority=7))
    other = executions.create(CreateExecutionInput(action_ref="core.a"))
    order = [
        claimed.id
        for _ in range(2)
        for claimed in executions.claim_next(action_refs=["core.b", "core.none"], worker=worker.id)
    ]
    assert order == [first.id, later.id]
    assert executions.claim_next(action_refs=[]) == []
    (claimed,) = executions.claim_next(to=RUNNING)
    assert (claimed.id, claimed.status, claimed.worker) == (other.id, RUNNING, None)
    assert {row.id for row in executions.find_by_worker(worker.id)} == {first.id, later.id}


@pytest.mark.parametrize("refs", [None, ["core.a"]])
def test_an_execution_is_not_claimed_before_run_at(twin: Twin, refs: list[str] | None) -> None:
    executions = twin.repositories.executions
    (now,) = twin.execute("SELECT statement_timestamp()")[0]
    due, waits = (
        executions.create(CreateExecutionInput(action_ref="core.a", run_at=now + timedelta(**by)))
        for by in ({"hours": -1}, {"hours": 1})
    )
    assert [row.id for row in executions.claim_next(action_refs=refs, limit=10)] == [due.id]
    assert executions.get_by_id(waits.id).status is REQUESTED


def test_tasks_by_status(twin: Twin) -> None:
    tasks = twin.repositories.workflow_task_executions
    waits, first, second = a_task(twin), a_task(twin), a_task(twin)
    for task in (first, second):
        tasks.start(task.id)
    assert [row.id for row in tasks.find_by_status(RUNNING)] == [second.id, first.id]
    assert [row.id for row in tasks.find_by_status(RUNNING, limit=1, after=second.id)] == [first.id]
    assert [row.id for row in tasks.find_by_status(REQUESTED)] == [waits.id]
    assert tasks.find_by_status(ExecutionStatus.FAILED) == []


# --- fences


def test_only_the_current_attempt_can_change_a_task(twin: Twin) -> None:
    tasks, worker = twin.repositories.workflow_task_executions, register(twin)
    task = a_task(twin, max_retries=1)
    (zombie,) = tasks.claim_any(worker=worker.id)
    twin.repositories.workers.retire(worker.id)
    (released,) = tasks.release_expired()
    assert (released.status, released.worker, released.losses) == (REQUESTED, None, 1)
    with pytest.raises(errors.ConflictError) as failure:
        tasks.start(task.id, attempt=zombie.attempt)
    assert failure.value.field == "attempt"
    with pytest.raises(errors.ConflictError):
        tasks.start(task.id, attempt=released.attempt)  # nobody has claimed it

    (claimed,) = tasks.claim_any(worker=register(twin).id)
    running = tasks.start(task.id, attempt=claimed.attempt)
    assert running.attempt == claimed.attempt > zombie.attempt
    late: dict[str, Any] = {"attempt": zombie.attempt}
    calls: tuple[Callable[[], object], ...] = (
        lambda: tasks.start(task.id, **late),
        lambda: tasks.complete(task.id, **late),
        lambda: tasks.fail(task.id, error="late", **late),
        lambda: tasks.time_out(task.id, **late),
        lambda: tasks.cancel(task.id, **late),
        lambda: tasks.transition(task.id, expected=RUNNING, to=REQUESTED, **late),
    )
    for call in calls:
        with pytest.raises(errors.ConflictError) as failure:
            call()
        assert (failure.value.field, failure.value.expected) == ("attempt", zombie.attempt)
        assert failure.value.actual == claimed.attempt
    failed = tasks.fail(task.id, error="broken", attempt=claimed.attempt)
    with pytest.raises(errors.ConflictError) as failure:
        tasks.schedule_retry(task.id, delay=timedelta(0), **late)
    assert failure.value.field == "attempt"
    tasks.schedule_retry(task.id, delay=timedelta(0), attempt=failed.attempt)


def test_a_start_without_a_claim_is_an_attempt(twin: Twin) -> None:
    started = twin.repositories.workflow_task_executions.start(a_task(twin).id)
    assert started.attempt == 1


def test_only_the_current_attempt_can_change_an_execution(twin: Twin) -> None:
    executions = twin.repositories.executions
    execution = make_execution(twin.repositories)
    (claimed,) = executions.claim_next()
    calls: tuple[Callable[[], object], ...] = (
        lambda: executions.transition(
            execution.id, expected=ExecutionStatus.SCHEDULING, to=RUNNING, attempt=7
        ),
        lambda: executions.finish(execution.id, to=ExecutionStatus.COMPLETED, attempt=7),
    )
    for call in calls:
        with pytest.raises(errors.ConflictError) as failure:
            call()
        assert failure.value.field == "attempt"
    done = executions.finish(
        execution.id, to=ExecutionStatus.COMPLETED, result={"a": 1}, attempt=claimed.attempt
    )
    assert (done.status, done.result) == (ExecutionStatus.COMPLETED, {"a": 1})
    assert done.finished_at is not None
    with pytest.raises(errors.ConflictError):
        executions.finish(execution.id, to=ExecutionStatus.FAILED)
    with pytest.raises(errors.ValidationError, match="terminal"):
        executions.finish(execution.id, to=RUNNING)
    with pytest.raises(errors.NotFoundError):
        executions.finish(1, to=ExecutionStatus.FAILED)


def test_older_code_without_attempts_is_fenced_too(twin: Twin) -> None:
    """A claim of the previous release names no worker, and ends the attempt before it."""
    task, worker = a_task(twin), register(twin)
    tasks = twin.repositories.workflow_task_executions
    (held,) = tasks.claim_any(worker=worker.id)
    old = "UPDATE attune.workflow_task_execution SET status = %s WHERE id = %s"
    twin.execute(old, ("requested", task.id))
    twin.execute(old, ("scheduling", task.id))
    row = tasks.get_by_id(task.id)
    assert row.worker is None
    assert row.attempt > held.attempt
    twin.repositories.workers.retire(worker.id)
    assert tasks.release_expired() == [], "a row claimed without a worker is never released"


# --- releases


@pytest.mark.parametrize("to", [ExecutionStatus.SCHEDULING, RUNNING])
def test_a_lost_task_is_requested_again(twin: Twin, to: ExecutionStatus) -> None:
    tasks, worker, task = twin.repositories.workflow_task_executions, register(twin), a_task(twin)
    tasks.claim_any(worker=worker.id, to=to)
    expire(twin, worker)
    (released,) = tasks.release_expired()
    assert (released.id, released.status, released.losses) == (task.id, REQUESTED, 1)
    assert (released.started_at, released.retry_count) == (None, 0)
    assert child_of(twin, task).status is REQUESTED
    assert tasks.release_expired() == []


def test_a_task_with_too_many_losses_is_abandoned(twin: Twin) -> None:
    tasks, task = twin.repositories.workflow_task_executions, a_task(twin)
    for losses in range(3):
        worker = register(twin)
        tasks.claim_any(worker=worker.id, to=RUNNING)
        expire(twin, worker)
        (row,) = tasks.release_expired(max_losses=2)
        assert row.losses == losses + 1
    assert row.status is ExecutionStatus.ABANDONED
    assert row.error == {"code": "worker_lost", "losses": 3}
    assert row.completed_at is not None
    assert child_of(twin, task).status is ExecutionStatus.ABANDONED


def test_a_canceling_task_of_a_lost_worker_is_cancelled(twin: Twin) -> None:
    tasks, worker, task = twin.repositories.workflow_task_executions, register(twin), a_task(twin)
    tasks.claim_any(worker=worker.id, to=RUNNING)
    tasks.transition(task.id, expected=RUNNING, to=ExecutionStatus.CANCELING)
    expire(twin, worker)
    (row,) = tasks.release_expired()
    assert row.status is child_of(twin, task).status is ExecutionStatus.CANCELLED


def test_a_lost_task_of_an_ended_workflow_is_cancelled(twin: Twin) -> None:
    tasks, worker, task = twin.repositories.workflow_task_executions, register(twin), a_task(twin)
    tasks.claim_any(worker=worker.id, to=RUNNING)
    twin.repositories.workflow_executions.transition(
        task.workflow_execution, expected=RUNNING, to=ExecutionStatus.FAILED
    )
    expire(twin, worker)
    assert [row.status for row in tasks.release_expired()] == [ExecutionStatus.CANCELLED]


def test_lost_executions(twin: Twin) -> None:
    executions, worker = twin.repositories.executions, register(twin)
    lost, ends = make_execution(twin.repositories), make_execution(twin.repositories)
    executions.claim_next(worker=worker.id, limit=2, to=RUNNING)
    executions.transition(ends.id, expected=RUNNING, to=ExecutionStatus.CANCELING)
    expire(twin, worker)
    rows = executions.release_expired()
    assert [(row.id, row.status, row.losses) for row in rows] == [
        (lost.id, REQUESTED, 1),
        (ends.id, ExecutionStatus.CANCELLED, 1),
    ]
    executions.claim_next(worker=(again := register(twin)).id)
    expire(twin, again)
    (row,) = executions.release_expired(max_losses=1)
    assert row.status is ExecutionStatus.ABANDONED


def test_a_limit_of_releases(twin: Twin) -> None:
    tasks, worker = twin.repositories.workflow_task_executions, register(twin)
    held = [a_task(twin).id for _ in range(3)]
    tasks.claim_any(worker=worker.id, limit=3)
    expire(twin, worker)
    found = [row.id for _ in range(4) for row in tasks.release_expired(limit=1)]
    assert sorted(found) == held


# --- requeue


def test_requeue(twin: Twin) -> None:
    tasks, task = twin.repositories.workflow_task_executions, a_task(twin)
    tasks.start(task.id)
    tasks.fail(task.id, error="broken")
    row = tasks.requeue(task.id)
    assert (row.status, row.error, row.retry_count, row.losses) == (REQUESTED, None, 0, 0)
    assert child_of(twin, task).status is REQUESTED
    with pytest.raises(errors.ConflictError) as failure:
        tasks.requeue(task.id)
    assert failure.value.actual is REQUESTED


def test_rows_of_a_live_worker_are_not_requeued(twin: Twin) -> None:
    tasks, worker, task = twin.repositories.workflow_task_executions, register(twin), a_task(twin)
    execution = make_execution(twin.repositories)
    tasks.claim_any(worker=worker.id)
    twin.repositories.executions.claim(execution.id, worker=worker.id)
    for call in (
        lambda: tasks.requeue(task.id),
        lambda: twin.repositories.executions.requeue(execution.id),
    ):
        with pytest.raises(errors.ConflictError) as failure:
            call()
        assert (failure.value.field, failure.value.actual) == ("worker", worker.id)
    twin.repositories.workers.retire(worker.id)
    assert tasks.requeue(task.id).status is REQUESTED
    assert twin.repositories.executions.requeue(execution.id).status is REQUESTED


def test_nothing_is_requeued_in_an_ended_workflow(twin: Twin) -> None:
    tasks, task = twin.repositories.workflow_task_executions, a_task(twin)
    tasks.start(task.id)
    twin.repositories.workflow_executions.transition(
        task.workflow_execution, expected=RUNNING, to=ExecutionStatus.FAILED
    )
    with pytest.raises(errors.ConflictError) as failure:
        tasks.requeue(task.id)
    assert failure.value.field == "workflow_execution"
    with pytest.raises(errors.NotFoundError):
        tasks.requeue(1)


def test_requeue_of_an_execution(twin: Twin) -> None:
    executions = twin.repositories.executions
    execution = make_execution(twin.repositories)
    executions.finish(execution.id, to=ExecutionStatus.FAILED, result="broken")
    row = executions.requeue(execution.id)
    assert (row.status, row.result, row.finished_at) == (REQUESTED, None, None)
    with pytest.raises(errors.ConflictError):
        executions.requeue(execution.id)
    with pytest.raises(errors.NotFoundError):
        executions.requeue(1)


# --- history


def test_the_outcome_of_an_attempt_is_kept(twin: Twin) -> None:
    tasks, worker, task = (
        twin.repositories.workflow_task_executions,
        register(twin),
        a_task(twin, max_retries=1),
    )
    assert tasks.find_attempts(task.id) == []
    (claimed,) = tasks.claim_any(worker=worker.id, to=RUNNING)
    failed = tasks.fail(task.id, error="broken", retry_delay=timedelta(0))
    (again,) = tasks.claim_any(to=RUNNING)
    done = tasks.complete(task.id, result=7, attempt=again.attempt)
    first, second = tasks.find_attempts(task.id)
    assert (first.attempt, first.status) == (claimed.attempt, ExecutionStatus.FAILED)
    assert (first.worker, first.error) == (worker.id, "broken")
    assert (first.started_at, first.completed_at) == (failed.started_at, failed.completed_at)
    assert (second.attempt, second.status) == (again.attempt, ExecutionStatus.COMPLETED)
    assert (second.worker, second.result) == (None, 7)
    assert second.duration_ms == done.duration_ms


def test_a_lost_attempt_is_kept(twin: Twin) -> None:
    tasks, worker, task = twin.repositories.workflow_task_executions, register(twin), a_task(twin)
    tasks.claim_any(worker=worker.id, to=RUNNING)
    twin.repositories.workers.retire(worker.id)
    tasks.release_expired()
    (lost,) = tasks.find_attempts(task.id)
    assert (lost.status, lost.worker, lost.completed_at) == (RUNNING, worker.id, None)
    assert twin.execute("SELECT count(*) FROM attune.workflow_task_attempt") == [(1,)]


# --- the executions of tasks


def test_a_task_and_its_execution_agree(twin: Twin) -> None:
    tasks, task = twin.repositories.workflow_task_executions, a_task(twin, max_retries=2)
    tasks.start(task.id)
    assert child_of(twin, task).status is RUNNING
    tasks.fail(task.id, error="broken", retry_delay=timedelta(0))
    assert child_of(twin, task).status is ExecutionStatus.SCHEDULED
    tasks.claim_due_retries()
    tasks.start(task.id)
    tasks.fail(task.id, error="broken")
    assert child_of(twin, task).status is ExecutionStatus.FAILED
    tasks.schedule_retry(task.id, delay=timedelta(0))
    assert child_of(twin, task).status is ExecutionStatus.SCHEDULED
    tasks.claim_due_retries()
    tasks.start(task.id)
    assert child_of(twin, task).status is RUNNING
    tasks.complete(task.id, result={"a": 1})
    child = child_of(twin, task)
    assert (child.status, child.result) == (ExecutionStatus.COMPLETED, {"a": 1})


def test_an_execution_that_has_ended_does_not_change(twin: Twin) -> None:
    tasks, task = twin.repositories.workflow_task_executions, a_task(twin)
    tasks.start(task.id)
    twin.repositories.executions.finish(task.execution, to=ExecutionStatus.ABANDONED)
    tasks.complete(task.id, result=1)
    child = child_of(twin, task)
    assert (child.status, child.result) == (ExecutionStatus.ABANDONED, None)


def test_a_time_out_or_a_cancellation_changes_the_execution(twin: Twin) -> None:
    tasks = twin.repositories.workflow_task_executions
    task, cancelled = a_task(twin, timeout_seconds=1), a_task(twin)
    retried = a_task(twin, max_retries=1)
    tasks.start(retried.id)
    tasks.time_out(retried.id, retry_delay=timedelta(0))
    assert child_of(twin, retried).status is ExecutionStatus.SCHEDULED
    tasks.claim_due_retries()
    tasks.start(retried.id)
    tasks.time_out(retried.id, retry_delay=timedelta(0))
    assert child_of(twin, retried).status is ExecutionStatus.TIMEOUT
    started = tasks.start(task.id)
    assert started.started_at is not None
    tasks.time_out_overdue(now=started.started_at + timedelta(seconds=2))
    assert child_of(twin, task).status is ExecutionStatus.TIMEOUT
    tasks.cancel(cancelled.id)
    assert child_of(twin, cancelled).status is ExecutionStatus.CANCELLED


# --- idempotency


def test_create_or_get(twin: Twin) -> None:
    executions = twin.repositories.executions
    wanted = CreateExecutionInput(action_ref="core.a", config={"a": 1}, idempotency_key="k")
    first = executions.create_or_get(wanted)
    assert first.created
    assert executions.create_or_get(wanted) == (first.execution, False)
    for field, value in {"action_ref": "core.b", "config": None, "parent": first[0].id}.items():
        with pytest.raises(errors.ConflictError) as failure:
            executions.create_or_get(wanted.model_copy(update={field: value}))
        assert failure.value.field == field
    with pytest.raises(errors.ValidationError, match="idempotency_key"):
        executions.create_or_get(CreateExecutionInput(action_ref="core.a"))
    with pytest.raises(errors.AlreadyExistsError):
        executions.create(wanted)


# --- the order of claims


def test_a_workflow_with_many_items_does_not_delay_others(twin: Twin) -> None:
    """The first items of all workflows come before the second item of any."""
    tasks = twin.repositories.workflow_task_executions
    big = make_workflow_execution(twin.repositories, status=RUNNING)
    for index in range(5):
        make_workflow_task_execution(
            twin.repositories, workflow_execution=big.id, task_name="item", task_index=index
        )
    small = [a_task(twin, task_name="small").workflow_execution for _ in range(4)]
    claimed = tasks.claim_any(limit=5)
    assert {row.workflow_execution for row in claimed} == {big.id, *small}
    assert len(tasks.claim_any(task_names=["item", "none"], limit=3)) == 3
    assert len(tasks.claim_any(task_names=["none"])) == 0
    assert len(tasks.claim_any(limit=9)) == 1


def test_a_thousand_claims_serve_a_thousand_workflows(twin: Twin) -> None:
    """Beside one with 2,000 items, which were created first."""
    big = make_workflow_execution(twin.repositories, status=RUNNING)
    twin.execute(
        """
        WITH child AS (
            INSERT INTO attune.execution (action_ref) SELECT 'core.a' FROM generate_series(1, 2000)
            RETURNING id
        )
        INSERT INTO attune.workflow_task_execution (workflow_execution, execution, task_name, task_index)
        SELECT %s, id, 'item', row_number() OVER (ORDER BY id) - 1 FROM child
        """,
        (big.id,),
    )
    twin.execute(
        """
        WITH root AS (
            INSERT INTO attune.execution (action_ref) SELECT 'core.b' FROM generate_series(1, 999)
            RETURNING id
        ),
        run AS (
            INSERT INTO attune.workflow_execution (execution, workflow_def, task_graph, status)
            SELECT id, %s, '{}', 'running' FROM root
            RETURNING id, execution
        )
        SELECT count(*) FROM run
        """,
        (big.workflow_def,),
    )
    twin.execute(
        """
        WITH child AS (
            INSERT INTO attune.execution (action_ref, parent)
            SELECT 'core.c', execution FROM attune.workflow_execution WHERE id <> %s
            RETURNING id, parent
        )
        INSERT INTO attune.workflow_task_execution (workflow_execution, execution, task_name)
        SELECT w.id, child.id, 'only' FROM child
        JOIN attune.workflow_execution w ON w.execution = child.parent
        """,
        (big.id,),
    )
    claimed = [
        row.workflow_execution
        for _ in range(10)
        for row in twin.repositories.workflow_task_executions.claim_any(limit=100)
    ]
    assert len(claimed) == len(set(claimed)) == 1000


def test_due_retries_are_claimed_too(twin: Twin) -> None:
    tasks = twin.repositories.workflow_task_executions
    retry = a_task(twin, task_name="a", max_retries=1)
    tasks.start(retry.id)
    tasks.fail(retry.id, error="broken", retry_delay=timedelta(0))
    fresh = a_task(twin, task_name="a")
    assert tasks.claim_any(task_names=["b"], limit=9) == []
    claimed = tasks.claim_any(task_names=["a"], limit=9)
    assert [(row.id, row.retry_count, row.error) for row in claimed] == [
        (retry.id, 1, None),
        (fresh.id, 0, None),
    ]


def test_no_rows_are_locked_beyond_those_claimed(committing_twin: Twin) -> None:
    twin = committing_twin
    for number in range(6):
        a_task(twin, task_name=f"t{number % 3}")
    with twin.connect() as claimer:
        (mine,) = claimer.repositories.workflow_task_executions.claim_any(
            task_names=[f"t{number}" for number in range(3)]
        )
        free = twin.execute("SELECT id FROM attune.workflow_task_execution FOR UPDATE SKIP LOCKED")
    assert len(free) == 5
    assert mine.id not in {id for (id,) in free}
