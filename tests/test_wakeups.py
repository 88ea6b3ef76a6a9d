"""Wake-ups: which commits send them, how often, and who receives them."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from attune_store import (
    AsyncStore,
    CreateExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    Store,
    TaskFailure,
    UpdateExecutionInput,
    UpdatePackInput,
    UpdateWorkflowExecutionInput,
    Wakeup,
    errors,
)
from attune_store._embedded import _pg_ctl
from attune_store.testing import make_pack, make_workflow_execution, make_workflow_task_execution
from tests.test_lease import server, start_again, until
from tests.test_store import done, entered
from tests.twin import Twin

pytestmark = [pytest.mark.slow, pytest.mark.unpooled("listens")]

__all__ = ["server"]

EVERYTHING = Wakeup(None, missed=True)
EXECUTIONS, TASKS = "executions", "workflow_task_executions"
BOTH = [f"{EXECUTIONS} {TASKS}"]
INPUT = CreateExecutionInput(action_ref="core.a")


@pytest.fixture(params=[Store, AsyncStore])
def store_class(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    left = set(threading.enumerate()) - before
    assert not {thread for thread in left if not thread.name.startswith("asyncio_")}


async def following(wakeups: Any) -> Wakeup | None:
    """Return the next wake-up, or None after the last one. The loop runs meanwhile."""
    if hasattr(wakeups, "__anext__"):
        return await anext(wakeups, None)
    return await asyncio.to_thread(next, wakeups, None)


async def closed(wakeups: Any) -> None:
    await done(wakeups.aclose() if hasattr(wakeups, "aclose") else wakeups.close())


class Ear:
    """A connection that receives each notification."""

    def __init__(self, conninfo: str) -> None:
        self.conn = psycopg.connect(conninfo, autocommit=True)
        self.conn.execute("LISTEN attune_claimable")

    def heard(self) -> list[str]:
        """Return the notifications since the last call. A marker follows those of earlier commits."""
        self.conn.execute("NOTIFY attune_claimable, 'the end'")
        payloads: list[str] = []
        while "the end" not in payloads:
            payloads += [one.payload for one in self.conn.notifies(stop_after=1)]
        assert payloads.pop() == "the end"
        return payloads


@pytest.fixture
async def ear(database_url: str) -> AsyncIterator[Ear]:
    ear = Ear(database_url)
    yield ear
    ear.conn.close()


# --- what wakes


async def test_rows_that_become_claimable_are_notified(
    store_class: Any, database_url: str, ear: Ear
) -> None:
    requested, running = ExecutionStatus.REQUESTED, ExecutionStatus.RUNNING
    with Twin("sync", database_url, autocommit=True) as twin:
        repos = twin.repositories
        pack = make_pack(repos)
        run = make_workflow_execution(repos, status=running)
        task = make_workflow_task_execution(repos, workflow_execution=run.id, max_retries=9)
        other = make_workflow_task_execution(repos, workflow_execution=run.id, max_retries=9)
        execution = repos.executions.create(INPUT)

    def item(
        index: int, status: ExecutionStatus = requested, next_retry_at: datetime | None = None
    ) -> CreateWorkflowTaskExecutionInput:
        return CreateWorkflowTaskExecutionInput(
            workflow_execution=run.id,
            execution=CreateExecutionInput(action_ref="a", status=status),
            task_name="item",
            task_index=index,
            status=status,
            max_retries=1,
            next_retry_at=next_retry_at,
        )

    Work = Callable[[Any], Awaitable[Any] | Any]
    works: list[tuple[Work, list[str]]] = [
        (lambda r: r.executions.create(INPUT), [EXECUTIONS]),
        (lambda r: r.executions.create_many([INPUT]), [EXECUTIONS]),
        (lambda r: r.executions.copy([INPUT]), [EXECUTIONS]),
        (
            lambda r: r.executions.copy([CreateExecutionInput(action_ref="a", status=running)]),
            [],
        ),
        (lambda r: r.workflow_task_executions.copy([item(0, running), item(1)]), BOTH),
        (lambda r: r.workflow_task_executions.copy([item(2, running)]), []),
        (
            lambda r: r.workflow_task_executions.copy(
                [item(3, ExecutionStatus.FAILED, datetime.now(UTC) + timedelta(1))]
            ),
            [TASKS],
        ),
        (
            lambda r: r.executions.create_or_get(
                CreateExecutionInput(action_ref="core.a", idempotency_key="k")
            ),
            [EXECUTIONS],
        ),
        (
            lambda r: r.executions.create(CreateExecutionInput(action_ref="a", status=running)),
            [],
        ),
        (lambda r: r.executions.claim(execution.id), []),
        (
            lambda r: r.executions.transition(
                execution.id, expected=ExecutionStatus.SCHEDULING, to=requested
            ),
            [EXECUTIONS],
        ),
        (lambda r: r.executions.update(execution.id, UpdateExecutionInput(result=1)), []),
        (
            lambda r: r.executions.update(execution.id, UpdateExecutionInput(status=running)),
            [],
        ),
        (
            lambda r: r.executions.update(execution.id, UpdateExecutionInput(status=requested)),
            [EXECUTIONS],
        ),
        (lambda r: r.executions.finish(execution.id, to=ExecutionStatus.FAILED), []),
        (lambda r: r.executions.requeue(execution.id), [EXECUTIONS]),
        (
            lambda r: r.executions.transition_many([execution.id], expected=requested, to=running),
            [],
        ),
        (
            lambda r: r.executions.transition_many([execution.id], expected=running, to=requested),
            [EXECUTIONS],
        ),
        (
            lambda r: r.executions.transition_many([execution.id], expected=running, to=requested),
            [],
        ),
        (lambda r: r.packs.update(pack.id, UpdatePackInput(label="other")), []),
        (lambda r: r.workflow_task_executions.start(task.id), []),
        (
            lambda r: r.workflow_task_executions.fail(task.id, error="x", retry_delay=timedelta(0)),
            [TASKS],
        ),
        (lambda r: r.workflow_task_executions.claim_due_retries(), []),
        (lambda r: r.workflow_task_executions.start(task.id), []),
        (
            lambda r: r.workflow_task_executions.fail_many(
                [TaskFailure(task.id, "x", retry_delay=timedelta(0))]
            ),
            [TASKS],
        ),
        (
            lambda r: r.workflow_task_executions.fail_many(
                [TaskFailure(task.id, "x", retry_delay=timedelta(0))]
            ),
            [],
        ),
        (lambda r: r.workflow_task_executions.claim_due_retries(), []),
        (lambda r: r.workflow_task_executions.start(task.id), []),
        (lambda r: r.workflow_task_executions.fail_many([TaskFailure(task.id, "x")]), []),
        (
            lambda r: r.workflow_task_executions.schedule_retry(task.id, delay=timedelta(0)),
            [TASKS],
        ),
        (lambda r: r.workflow_task_executions.claim_due_retries(), []),
        (lambda r: r.workflow_task_executions.start(task.id), []),
        (
            lambda r: r.workflow_task_executions.time_out(task.id, retry_delay=timedelta(0)),
            [TASKS],
        ),
        (lambda r: r.workflow_task_executions.claim_due_retries(), []),
        (lambda r: r.workflow_task_executions.start(task.id), []),
        (lambda r: r.workflow_task_executions.fail(task.id, error="x"), []),
        (
            lambda r: r.workflow_task_executions.schedule_retry(task.id, delay=timedelta(0)),
            [TASKS],
        ),
        (lambda r: r.workflow_task_executions.start(other.id), []),
        (
            lambda r: r.workflow_task_executions.transition(
                other.id, expected=running, to=requested
            ),
            BOTH,
        ),
        (lambda r: r.workflow_task_executions.start(other.id), []),
        (lambda r: r.workflow_task_executions.requeue(other.id), BOTH),
        (lambda r: r.workflow_task_executions.release_expired(), []),
        (lambda r: r.executions.release_expired(), []),
        (lambda r: r.workflow_task_executions.time_out_overdue(), []),
        (lambda r: r.workflow_executions.pause(run.id), []),
        (lambda r: r.workflow_executions.resume(run.id), [TASKS]),
        (lambda r: r.workflow_executions.merge_variables(run.id, {"a": 1}), []),
    ]

    def new_task(name: str, **over: Any) -> CreateWorkflowTaskExecutionInput:
        return CreateWorkflowTaskExecutionInput(
            workflow_execution=run.id, execution=INPUT, task_name=name, **over
        )

    finished = {"status": ExecutionStatus.COMPLETED}
    paused, resumed = (UpdateWorkflowExecutionInput(paused=value) for value in (True, False))
    works += [
        (lambda r: r.workflow_task_executions.create(new_task("a")), BOTH),
        (lambda r: r.workflow_task_executions.create_many([new_task("b")]), BOTH),
        (lambda r: r.workflow_task_executions.create(new_task("c", **finished)), []),
        (lambda r: r.workflow_executions.update(run.id, paused), []),
        (lambda r: r.workflow_executions.update(run.id, resumed), [TASKS]),
        (
            lambda r: r.workflow_executions.transition(run.id, expected=running, to=requested),
            [TASKS],
        ),
    ]
    ear.heard()
    for number, (work, expected) in enumerate(works):
        store = store_class(database_url, notify=True, min_size=1, max_size=1)
        block = store.transaction if number % 2 else store.autocommit
        async with entered(store), entered(block()) as repos:
            await done(work(repos))
        assert ear.heard() == expected, number


async def test_sweeps_notify(store_class: Any, database_url: str, ear: Ear) -> None:
    with Twin("sync", database_url, autocommit=True) as twin:
        repos = twin.repositories
        run = make_workflow_execution(repos, status=ExecutionStatus.RUNNING)
        worker = repos.workers.register("host", lease=timedelta(hours=1))
        for seconds in (None, 1):
            make_workflow_task_execution(
                repos, workflow_execution=run.id, max_retries=1, timeout_seconds=seconds
            )
        repos.executions.create(INPUT)
        tasks = repos.workflow_task_executions
        tasks.claim_any(worker=worker.id, to=ExecutionStatus.RUNNING, limit=2)
        repos.executions.claim_next(action_refs=["core.a"], worker=worker.id)
        twin.execute("UPDATE attune.workflow_task_execution SET started_at = now() - interval '1h'")
        repos.workers.retire(worker.id)
    retry = {"retry_delay": timedelta(0)}
    async with (
        entered(store_class(database_url, notify=True, max_size=1)) as store,
        entered(store.transaction()) as tx,
    ):
        assert len(await done(tx.workflow_task_executions.time_out_overdue(**retry))) == 1
        assert len(await done(tx.workflow_task_executions.release_expired())) == 1
        assert len(await done(tx.executions.release_expired())) == 1
    assert ear.heard() == BOTH


async def test_a_rollback_notifies_nobody(store_class: Any, database_url: str, ear: Ear) -> None:
    async with entered(store_class(database_url, notify=True, max_size=1)) as store:
        for failure in (ZeroDivisionError, psycopg.Rollback):
            try:
                async with entered(store.transaction()) as tx:
                    await done(tx.executions.create(INPUT))
                    raise failure
            except ZeroDivisionError:
                pass
        with pytest.raises(errors.StoreError):
            async with entered(store.autocommit()) as repos:
                await done(repos.executions.create(CreateExecutionInput(action=1, action_ref="a")))
    assert ear.heard() == []


async def test_a_store_without_notify_sends_nothing(
    store_class: Any, database_url: str, ear: Ear
) -> None:
    async with (
        entered(store_class(database_url, max_size=1)) as store,
        entered(store.transaction()) as tx,
    ):
        await done(tx.executions.create(INPUT))
    assert ear.heard() == []


async def test_autocommit_notifies_after_each_statement(
    store_class: Any, database_url: str
) -> None:
    async with entered(store_class(database_url, notify=True, max_size=1)) as store:
        wakeups = store.listen()
        assert await following(wakeups) == EVERYTHING
        async with entered(store.autocommit()) as repos:
            await done(repos.executions.create(INPUT))
            assert await following(wakeups) == Wakeup(EXECUTIONS, missed=False)
            async with entered(repos.connection.transaction()):
                await done(repos.executions.create(INPUT))
                assert store._notifier._topics == set(), "not yet"
        assert await following(wakeups) == Wakeup(EXECUTIONS, missed=False)
        await closed(wakeups)


async def test_many_commits_send_few_notifications(
    store_class: Any, database_url: str, ear: Ear
) -> None:
    began = time.monotonic()
    async with entered(store_class(database_url, notify=True, max_size=1)) as store:
        for _ in range(1000):
            async with entered(store.transaction()) as tx:
                await done(tx.executions.create(INPUT))
    told = ear.heard()
    assert set(told) == {EXECUTIONS}
    assert len(told) <= 2 + (time.monotonic() - began) * 20


async def test_a_notifier_reconnects_after_a_lost_session(
    store_class: Any, database_url: str, ear: Ear
) -> None:
    async with entered(store_class(database_url, notify=True, max_size=1)) as store:
        wakeups = store.listen()
        await following(wakeups)
        async with entered(store.autocommit()) as repos:
            for _ in range(2):
                await done(repos.executions.create(INPUT))
                assert await following(wakeups) == Wakeup(EXECUTIONS, missed=False)
                ear.conn.execute(
                    "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
                    " WHERE query LIKE 'SELECT pg_notify%' AND datname = current_database()"
                )
        await closed(wakeups)


# --- who listens


async def test_a_listener_ends_after_its_timeout(store_class: Any, database_url: str) -> None:
    async with entered(store_class(database_url, max_size=1)) as store:
        wakeups = store.listen(timeout=timedelta(milliseconds=10))
        assert await following(wakeups) == EVERYTHING
        assert await following(wakeups) is None
        with pytest.raises(errors.ValidationError, match="timeout"):
            store.listen(timeout=-1)


async def test_a_listener_reports_a_lost_session(
    store_class: Any, database_url: str, ear: Ear
) -> None:
    async with entered(store_class(database_url, notify=True, max_size=1)) as store:
        wakeups = store.listen()
        assert await following(wakeups) == EVERYTHING
        ear.conn.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert await following(wakeups) == EVERYTHING
        async with entered(store.autocommit()) as repos:
            await done(repos.executions.create(INPUT))
        assert await following(wakeups) == Wakeup(EXECUTIONS, missed=False)
        await closed(wakeups)
        listeners = (
            "SELECT FROM pg_stat_activity"
            " WHERE query LIKE 'LISTEN%' AND datname = current_database() AND pid <> pg_backend_pid()"
        )
        await until(lambda: ear.conn.execute(listeners).fetchone() is None)


async def test_a_listener_reports_a_restart_of_the_server(
    store_class: Any, server: tuple[Path, str]
) -> None:
    data, url = server
    async with entered(store_class(url, notify=True, min_size=1, max_size=1)) as store:
        wakeups = store.listen()
        assert await following(wakeups) == EVERYTHING
        assert _pg_ctl(data, "stop", "-w", "-m", "fast")
        start_again(data, url)
        assert await following(wakeups) == EVERYTHING
        await closed(wakeups)


async def test_a_store_that_is_closed_ends_its_listeners(
    store_class: Any, database_url: str
) -> None:
    store = store_class(database_url, max_size=1)
    with pytest.raises(errors.UnavailableError, match="not open"):
        await following(store.listen())
    async with entered(store):
        wakeups = store.listen()
        assert await following(wakeups) == EVERYTHING
    with pytest.raises(errors.UnavailableError, match="not open"):
        await following(wakeups)


async def test_a_listener_without_a_server_raises(store_class: Any) -> None:
    store = store_class("host=127.0.0.1 port=1", min_size=1, max_size=1, timeout=0.1)
    async with entered(store):
        with pytest.raises(errors.UnavailableError, match="Connection refused") as failure:
            await following(store.listen())
    assert failure.value.retryable
