"""Workers with heartbeats in the background: leases that last, expire and end, and what a block leaves behind."""

import asyncio
import os
import tempfile
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from attune_store import AsyncStore, CreateExecutionInput, Store, errors
from attune_store._embedded import _pg_ctl, start, stop
from tests.test_store import done, entered
from tests.waiting import LIMIT

pytestmark = pytest.mark.slow

LONG = timedelta(hours=1)
SHORT = timedelta(milliseconds=300)  # short, so that heartbeats follow soon


@pytest.fixture(params=[Store, AsyncStore])
def store_class(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Check that no thread outlives its store."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) == before


def sql(conninfo: str, query: Any, *parameters: object) -> list[Any]:
    with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as conn:
        cursor = conn.execute(query, parameters)
        return cursor.fetchall() if cursor.description else []


async def until(condition: Any) -> None:
    """Wait while the loop runs, on which the async twin sends its heartbeats."""
    async with asyncio.timeout(LIMIT):
        while not condition():
            await asyncio.sleep(0.01)


def ended(conninfo: str, id: int) -> Any:
    return sql(conninfo, "SELECT ended_at IS NOT NULL FROM attune.worker WHERE id = %s", id)[0][0]


def beat_at(conninfo: str, id: int) -> Any:
    return sql(conninfo, "SELECT heartbeat_at FROM attune.worker WHERE id = %s", id)[0][0]


def sessions(conninfo: str) -> Any:
    return sql(
        conninfo,
        "SELECT count(*)::int FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )[0][0]


async def test_a_worker_is_alive_while_its_block_runs(store_class: Any, database_url: str) -> None:
    async with entered(store_class(database_url, min_size=1, max_size=1)) as store:
        async with entered(store.worker("host-1", lease=SHORT)) as worker:
            (row,) = sql(database_url, "SELECT id, name, lease_ms FROM attune.worker")
            assert (worker.id, worker.name) == row[:2] == (worker.id, "host-1")
            assert row[2] == 300
            first = beat_at(database_url, worker.id)
            await until(lambda: beat_at(database_url, worker.id) > first)
            assert not ended(database_url, worker.id)
        assert ended(database_url, worker.id)


async def test_a_lease_takes_no_connection_of_the_pool(store_class: Any, database_url: str) -> None:
    async with (
        entered(store_class(database_url, min_size=1, max_size=1)) as store,
        entered(store.transaction()) as tx,
        entered(store.worker("host", lease=LONG)) as worker,
    ):
        await done(tx.executions.create(CreateExecutionInput(action_ref="core.a")))
        (claimed,) = await done(tx.executions.claim_next(worker=worker.id))
        assert claimed.worker == worker.id
        worker.check()
        assert not worker.lost


async def test_a_block_that_raises_retires_its_worker(store_class: Any, database_url: str) -> None:
    async with entered(store_class(database_url, max_size=1)) as store:
        with pytest.raises(ZeroDivisionError):
            async with entered(store.worker("host", lease=LONG)) as worker:
                raise ZeroDivisionError
        assert ended(database_url, worker.id)


async def test_a_block_that_is_cancelled_retires_its_worker(database_url: str) -> None:
    ids: list[int] = []
    async with AsyncStore(database_url, max_size=1) as store:

        async def work() -> None:
            async with store.worker("host", lease=LONG) as worker:
                ids.append(worker.id)
                await asyncio.Event().wait()

        task = asyncio.create_task(work())
        await until(lambda: ids)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended(database_url, ids[0])
        assert not [task for task in asyncio.all_tasks() if "WorkerLease" in repr(task)]


async def test_no_session_is_left_behind(store_class: Any, direct_database_url: str) -> None:
    conninfo = direct_database_url
    before = sessions(conninfo)
    async with entered(store_class(conninfo, min_size=1, max_size=1)) as store:
        async with entered(store.autocommit()), entered(store.worker("host", lease=LONG)):
            assert sessions(conninfo) == before + 2
        await until(lambda: sessions(conninfo) == before + 1)
        with pytest.raises(errors.ValidationError):
            async with entered(store.worker("host", lease=timedelta(0))):
                pass
        with pytest.raises(errors.ValidationError):
            async with entered(store.worker("a\0", lease=LONG)):
                pass
        await until(lambda: sessions(conninfo) == before + 1)


async def test_a_lease_that_the_server_ended_is_lost_for_good(
    store_class: Any, database_url: str
) -> None:
    async with (
        entered(store_class(database_url, max_size=1)) as store,
        entered(store.worker("host", lease=SHORT)) as worker,
    ):
        sql(database_url, "UPDATE attune.worker SET ended_at = now()")
        await until(lambda: worker._has_ended)
        assert worker.lost
        with pytest.raises(errors.ConflictError, match="has ended") as failure:
            worker.check()
        assert (failure.value.entity, failure.value.field) == ("worker", "lease")
        assert failure.value.value == worker.id
        assert isinstance(failure.value.__cause__, errors.ConflictError)


async def test_a_worker_that_was_deleted_is_lost(store_class: Any, database_url: str) -> None:
    async with (
        entered(store_class(database_url, max_size=1)) as store,
        entered(store.worker("host", lease=SHORT)) as worker,
    ):
        sql(database_url, "DELETE FROM attune.worker")
        await until(lambda: worker._has_ended)
        with pytest.raises(errors.ConflictError, match="has ended"):
            worker.check()


async def test_a_late_heartbeat_keeps_the_lease(store_class: Any, database_url: str) -> None:
    async with (
        entered(store_class(database_url, max_size=1)) as store,
        entered(store.worker("host", lease=SHORT)) as worker,
    ):
        with psycopg.connect(database_url) as other:
            other.execute("SELECT FROM attune.worker FOR UPDATE")
            await until(lambda: worker.lost)  # its heartbeat waits for the lock
            with pytest.raises(errors.ConflictError, match="may have run out"):
                worker.check()
        await until(lambda: not worker.lost)
        assert not ended(database_url, worker.id)


async def test_a_lost_session_is_replaced(store_class: Any, direct_database_url: str) -> None:
    conninfo = direct_database_url
    async with (
        entered(store_class(conninfo, min_size=1, max_size=1)) as store,
        entered(store.worker("host", lease=SHORT)) as worker,
    ):
        before = worker._conn.info.backend_pid
        sql(
            conninfo,
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE pid = %s",
            before,
        )
        await until(lambda: worker._conn is not None and worker._conn.info.backend_pid != before)
        await until(lambda: not worker.lost)
    assert ended(conninfo, worker.id)


async def test_a_session_lost_before_the_end_is_replaced(
    store_class: Any, direct_database_url: str
) -> None:
    """The next heartbeat would be far off after the end of the block, but the retirement reaches the server."""
    conninfo = direct_database_url
    async with entered(store_class(conninfo, min_size=1, max_size=1)) as store:
        async with entered(store.worker("host", lease=LONG)) as worker:
            sql(
                conninfo,
                "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE pid = %s",
                worker._conn.info.backend_pid,
            )
        assert ended(conninfo, worker.id)


@pytest.fixture
def server() -> Iterator[tuple[Path, str]]:
    """Return a server only for this test, which it stops and starts."""
    with tempfile.TemporaryDirectory(prefix="attune-lease-", ignore_cleanup_errors=True) as name:
        data = Path(name) / "data"
        try:
            url = start(data)
            Store(url).migrate()
            yield data, url
        finally:
            stop(data)


def start_again(data: Path, url: str) -> None:
    options = f"-h '' -k {conninfo_to_dict(url)['host']}"
    assert _pg_ctl(data, "start", "-w", "-l", str(data / "log"), "-o", options)


async def test_a_lease_survives_a_restart_of_the_server(
    store_class: Any, server: tuple[Path, str]
) -> None:
    data, url = server
    async with entered(store_class(url, min_size=1, max_size=1)) as store:
        async with entered(store.worker("host", lease=SHORT)) as worker:
            assert _pg_ctl(data, "stop", "-w", "-m", "fast")
            await until(lambda: worker.lost and worker._failure)
            with pytest.raises(errors.ConflictError, match="no beat") as failure:
                worker.check()
            assert isinstance(failure.value.__cause__, errors.UnavailableError)
            start_again(data, url)
            await until(lambda: not worker.lost)
            worker.check()
        assert ended(url, worker.id)


async def test_the_block_ends_although_the_server_is_down(
    store_class: Any, server: tuple[Path, str]
) -> None:
    """The server can't be told then, and the lease expires."""
    data, url = server
    async with entered(store_class(url, min_size=1, max_size=1)) as store:
        async with entered(store.worker("host", lease=LONG)) as worker:
            assert _pg_ctl(data, "stop", "-w", "-m", "immediate")
        start_again(data, url)
        assert not ended(url, worker.id)


async def test_a_server_that_hangs_does_not_block_the_end(
    store_class: Any, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"attune_store._{_side(store_class)}.lease._PATIENCE", 0.0)
    async with entered(store_class(database_url, max_size=1)) as store:
        with psycopg.connect(database_url) as other:
            async with entered(store.worker("host", lease=LONG)) as worker:
                other.execute("SELECT FROM attune.worker FOR UPDATE")
            assert not ended(database_url, worker.id), "the lock is still held"


def _side(store_class: Any) -> str:
    return "sync" if store_class is Store else "async"


async def test_a_store_that_is_not_open_has_no_workers(store_class: Any, database_url: str) -> None:
    closed = store_class(database_url, max_size=1)
    async with entered(closed):
        pass
    for store in (store_class(database_url, max_size=1), closed):
        with pytest.raises(errors.UnavailableError, match="not open") as failure:
            async with entered(store.worker("host")):
                pass
        assert not failure.value.retryable


async def test_a_lease_outlives_its_store(store_class: Any, database_url: str) -> None:
    """The lease ends with its block, not with the pool."""
    store = store_class(database_url, max_size=1)
    await done(store.open())
    async with entered(store.worker("host", lease=SHORT)) as worker:
        await done(store.close())
        first = beat_at(database_url, worker.id)
        await until(lambda: beat_at(database_url, worker.id) > first)
    assert ended(database_url, worker.id)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
async def test_a_child_process_does_not_hold_the_lease(store_class: Any, database_url: str) -> None:
    async with entered(store_class(database_url, max_size=1)) as store:
        manager = store.worker("host", lease=LONG)
        worker = await done(manager.__enter__() if store_class is Store else manager.__aenter__())
        child = os.fork()
        if child == 0:
            outcome = 1
            try:
                assert worker.lost
                with pytest.raises(errors.UnavailableError, match="before a fork"):
                    worker.check()
                if store_class is Store:
                    manager.__exit__(None, None, None)
                outcome = 0
            finally:
                os._exit(outcome)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert not ended(database_url, worker.id)
        worker.check()
        await done(
            manager.__exit__(None, None, None)
            if store_class is Store
            else manager.__aexit__(None, None, None)
        )
        assert ended(database_url, worker.id)
