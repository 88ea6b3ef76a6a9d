"""The end of a store's block: it waits for running statements, and later ones are refused."""

import asyncio
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from attune_store import AsyncStore, CreatePackInput, Store, errors

ENDED = "the block has ended"
BLOCKS = ("transaction", "autocommit")


def pack(ref: str) -> CreatePackInput:
    return CreatePackInput(ref=ref, label="L", version="1.0.0")


@pytest.mark.parametrize("block", BLOCKS)
def test_a_repository_is_refused_after_its_block(database_url: str, block: str) -> None:
    with Store(database_url, max_size=1) as store:
        with getattr(store, block)() as repos:
            packs = repos.packs
        for use in (packs.list, repos.packs.list, lambda: packs.create(pack("late"))):
            with pytest.raises(errors.StoreError, match=ENDED) as failure:
                use()
            assert type(failure.value) is errors.StoreError
            assert not failure.value.retryable
        with store.transaction() as tx:
            tx.packs.create(pack("important"))
        with store.autocommit() as repos:
            assert [one.ref for one in repos.packs.list()] == ["important"]


@pytest.mark.parametrize("block", BLOCKS)
async def test_a_repository_is_refused_after_its_block_async(database_url: str, block: str) -> None:
    async with AsyncStore(database_url, max_size=1) as store:
        ended = asyncio.Event()

        async def late(repos: Any) -> None:
            await ended.wait()
            await repos.packs.list()

        async with getattr(store, block)() as repos:
            task = asyncio.create_task(late(repos))
        ended.set()
        with pytest.raises(errors.StoreError, match=ENDED) as failure:
            await task
        assert not failure.value.retryable
        async with store.transaction() as tx:
            await tx.packs.create(pack("important"))
        async with store.autocommit() as repos:
            assert [one.ref for one in await repos.packs.list()] == ["important"]


def blocked(lock: psycopg.Connection[Any], watch: psycopg.Connection[Any]) -> Callable[[], bool]:
    """Return whether a session waits for the lock that this transaction holds on the packs."""
    lock.execute("LOCK TABLE attune.pack IN SHARE ROW EXCLUSIVE MODE")
    query = (
        "SELECT FROM pg_locks WHERE relation = 'attune.pack'::regclass AND NOT granted"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    return lambda: watch.execute(query).fetchone() is not None


@pytest.mark.parametrize("block", BLOCKS)
def test_the_end_waits_for_running_statements(database_url: str, block: str) -> None:
    with (
        psycopg.connect(database_url) as lock,
        psycopg.connect(database_url, autocommit=True) as watch,
        Store(database_url, max_size=1) as store,
        ThreadPoolExecutor(2) as pool,
    ):
        is_blocked = blocked(lock, watch)
        ended = threading.Event()
        created: Any = None

        def work() -> None:
            nonlocal created
            with getattr(store, block)() as repos:
                created = pool.submit(repos.packs.create, pack("under-way"))
                while not is_blocked():
                    time.sleep(0.01)
            ended.set()

        leaving = pool.submit(work)
        while not is_blocked():
            time.sleep(0.01)
        assert not ended.wait(0.2), "the statement still waits for its lock"
        lock.rollback()
        leaving.result()
        assert created.result().ref == "under-way"
        with store.autocommit() as repos:
            assert repos.packs.get_by_ref("under-way") == created.result()


@pytest.mark.parametrize("block", BLOCKS)
async def test_the_end_waits_for_running_statements_async(database_url: str, block: str) -> None:
    with (
        psycopg.connect(database_url) as lock,
        psycopg.connect(database_url, autocommit=True) as watch,
    ):
        is_blocked = blocked(lock, watch)
        async with AsyncStore(database_url, max_size=1) as store:
            created: Any = None
            ended = asyncio.Event()

            async def work() -> None:
                nonlocal created
                async with getattr(store, block)() as repos:
                    created = asyncio.create_task(repos.packs.create(pack("under-way")))
                    while not is_blocked():
                        await asyncio.sleep(0.01)
                ended.set()

            leaving = asyncio.create_task(work())
            while not is_blocked():
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.2)
            assert not ended.is_set(), "the statement still waits for its lock"
            lock.rollback()
            await leaving
            assert (await created).ref == "under-way"
            async with store.autocommit() as repos:
                assert await repos.packs.get_by_ref("under-way") == await created


def test_a_connection_left_in_a_transaction_is_replaced(database_url: str) -> None:
    with Store(database_url, min_size=1, max_size=1) as store:
        with store.autocommit() as repos:
            connection = repos.connection
        connection.execute("SELECT 1")  # a connection that the caller kept, idle in a transaction
        with store.transaction() as tx:
            assert tx.connection is not connection
            tx.packs.create(pack("important"))
        with store.autocommit() as repos:
            assert repos.packs.get_by_ref("important")


async def test_a_connection_left_in_a_transaction_is_replaced_async(
    database_url: str,
) -> None:
    async with AsyncStore(database_url, min_size=1, max_size=1) as store:
        async with store.autocommit() as repos:
            connection = repos.connection
        await connection.execute("SELECT 1")
        async with store.transaction() as tx:
            assert tx.connection is not connection
            await tx.packs.create(pack("important"))
        async with store.autocommit() as repos:
            assert await repos.packs.get_by_ref("important")


# --- other processes


def in_child(work: Callable[[], None]) -> str:
    """Return the error of the work in a child process, and whether it is retryable."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work()
            said = "nothing"
        except errors.UnavailableError as exc:
            said = f"{exc.retryable}: {exc}"
        except BaseException as exc:
            said = repr(exc)
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as lines:
        said = lines.read()
    os.waitpid(child, 0)
    return said


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_process_opens_its_own_store(database_url: str) -> None:
    with Store(database_url, max_size=1) as store:
        with store.autocommit() as repos:
            repos.packs.create(pack("important"))

            def transact() -> None:
                with store.transaction():
                    pass

            for work in (
                lambda: repos.packs.find_by_id(1),
                transact,
                store.open,
                lambda: store.run(lambda tx: tx.packs.list()),
            ):
                said = in_child(work)  # type: ignore[arg-type]
                assert said.startswith("False: ")
                assert "open a Store in the child" in said
            assert in_child(store.close) == "nothing"
            assert repos.packs.get_by_ref("important"), "the parent's connection still works"

        def own() -> None:
            with Store(database_url) as mine, mine.autocommit() as repos:
                repos.packs.get_by_ref("important")

        assert in_child(own) == "nothing"
    unopened = Store(database_url, max_size=1)

    def open_here() -> None:
        with unopened, unopened.autocommit() as repos:
            repos.packs.get_by_ref("important")

    assert in_child(open_here) == "nothing", "as gunicorn does with --preload"
