"""Sessions behind PgBouncer: prepared statements of other clients, settings, and errors of PgBouncer."""

import asyncio
import os
import re
import socket
from collections.abc import Iterator
from configparser import ConfigParser
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from attune_store import (
    AsyncStore,
    CreateExecutionInput,
    CreatePackInput,
    Store,
    Wakeup,
    errors,
)
from attune_store._describe import describing
from tests.pooler import pooler
from tests.test_store import done, entered, one
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.pooled]

EIGHT = 8
PREPARED = {"prepare_threshold": 5}
SETTINGS = "SELECT name || '=' || setting FROM pg_settings WHERE name !~ '^transaction_' ORDER BY 1"


@pytest.fixture(params=[Store, AsyncStore])
def store_class(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def one_session(direct_database_url: str) -> Iterator[str]:
    """Return the conninfo of clients who share one session, one transaction after another."""
    with pooler(direct_database_url, "transaction", default_pool_size=1) as url:
        yield url


def pack(ref: str) -> CreatePackInput:
    return CreatePackInput(ref=ref, label="L", version="1.0.0")


def end_sessions(database_url: str) -> None:
    """End the sessions of PgBouncer, so that its clients get new ones."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# --- prepared statements


async def read(store: Any, method: str, *arguments: object) -> None:
    """Run a query of the packs so often that it is prepared."""
    for _ in range(PREPARED["prepare_threshold"] + 2):
        async with entered(store.autocommit()) as repos:
            await done(getattr(repos.packs, method)(*arguments))


@pytest.mark.parametrize("sqlstate", ["08P01", "26000", "42P05"])
async def test_prepared_statements_of_other_clients_end_the_connection(
    store_class: Any, one_session: str, direct_database_url: str, sqlstate: str
) -> None:
    options: Any = {"kwargs": PREPARED, "min_size": 1, "max_size": 1}
    async with (
        entered(store_class(one_session, **options)) as store,
        entered(store_class(one_session, **options)) as other,
    ):
        async with entered(store.autocommit()) as repos:
            connection = repos.connection
        if sqlstate == "42P05":  # the other client has prepared a statement with this name
            await read(other, "list")
        else:
            await read(store, "find_by_id", 1)
            end_sessions(direct_database_url)
        if sqlstate == "08P01":  # one with other parameters
            await read(other, "list")
        with pytest.raises(errors.UnavailableError) as failure:
            await read(store, "find_by_id", 1)
        assert failure.value.sqlstate == sqlstate
        assert 'Store(kwargs={"prepare_threshold": None})' in str(failure.value)
        assert failure.value.retryable
        assert not failure.value.outcome_unknown
        assert connection.closed
        async with entered(store.autocommit()) as repos:
            assert await done(repos.packs.find_by_id(1)) is None


async def test_nothing_is_prepared_without_a_prepare_threshold(
    store_class: Any, database_url: str
) -> None:
    for kwargs, expected in ({}, None), (PREPARED, 5), ({"prepare_threshold": 0}, 0):
        async with (
            entered(store_class(database_url, max_size=1, kwargs=kwargs)) as store,
            entered(store.transaction()) as tx,
        ):
            assert tx.connection.prepare_threshold == expected


async def test_migrating_and_checking_leave_nothing_prepared(
    store_class: Any, one_session: str
) -> None:
    pool_class: Any = AsyncConnectionPool if store_class is AsyncStore else ConnectionPool
    options: Any = {"open": False, "min_size": 1, "kwargs": {"prepare_threshold": 0}}
    async with entered(pool_class(one_session, **options)) as pool:
        store = store_class.from_pool(pool)
        for _ in range(2):
            assert len(await done(store.migrate(down=2))) == len(await done(store.migrate())) == 2
            assert await done(store.check()) == []
    with psycopg.connect(one_session, prepare_threshold=None) as conn:
        assert conn.execute("SELECT name FROM pg_prepared_statements").fetchall() == []


async def test_many_clients_share_two_sessions(store_class: Any, direct_database_url: str) -> None:
    """Each client reads, changes and deletes its own rows only."""

    async def work(store: Any, number: int) -> None:
        for step in range(25):
            async with entered(store.transaction()) as tx:
                made = await done(tx.packs.create(pack(f"pack{number}_{step}")))
            async with entered(store.autocommit()) as repos:
                assert await done(repos.packs.find_by_id(made.id)) == made
                assert await done(repos.packs.get_by_ref(made.ref)) == made
                if step % 2:
                    assert await done(repos.packs.delete(made.id)) is True

    with pooler(direct_database_url, "transaction", default_pool_size=2) as url:
        async with entered(store_class(url, min_size=EIGHT, max_size=EIGHT)) as store:
            works = (work(store, number) for number in range(EIGHT))
            if store_class is AsyncStore:
                await asyncio.gather(*works)
            else:
                await asyncio.gather(*(asyncio.to_thread(asyncio.run, one) for one in works))
            async with entered(store.autocommit()) as repos:
                left = {one.ref for one in await done(repos.packs.list())}
    expected = {f"pack{number}_{step}" for number in range(EIGHT) for step in range(0, 25, 2)}
    assert left == expected


# --- settings


async def test_other_clients_keep_their_settings(
    store_class: Any, one_session: str, direct_database_url: str
) -> None:
    # PgBouncer restores the settings of a client, and leaves other settings as the last client had them.
    with psycopg.connect(one_session, autocommit=True, prepare_threshold=None) as stranger:
        stranger.execute("SET application_name TO 'stranger'")
        stranger.execute("SET timezone TO 'Asia/Kathmandu'")
        stranger.execute("SET datestyle TO 'German, DMY'")
        before = stranger.execute(SETTINGS).fetchall()
        async with entered(store_class(one_session, max_size=1)) as store:
            for _ in range(3):
                async with entered(store.transaction()) as tx:
                    assert await one(tx, "SELECT current_setting('timezone')") == "UTC"
                    style = await one(tx, "SELECT current_setting('datestyle')")
                    assert style.startswith("ISO")
                assert stranger.execute(SETTINGS).fetchall() == before


# --- the configuration of the docs


def test_the_documented_configuration(direct_database_url: str) -> None:
    page = Path(__file__).parent.parent / "docs" / "pools.md"
    (text,) = re.findall(r"```ini\n(.*?)```", page.read_text(), re.DOTALL)
    documented = ConfigParser()
    documented.read_string(text)
    settings = dict(documented["pgbouncer"])
    mode = settings.pop("pool_mode")
    for name in "auth_type", "auth_file":  # those of the reader's server
        settings.pop(name)
    with pooler(direct_database_url, mode, **settings) as url, Store(url) as store:
        assert store.migrate() == []
        assert store.check() == []
        with store.transaction() as tx:
            assert tx.connection.prepare_threshold is None
            assert tx.packs.create(pack("deploy")).ref == "deploy"


# --- errors of PgBouncer's own


@pytest.mark.parametrize("mode", ["session", "transaction"])
async def test_an_error_of_the_pooler_leaves_the_outcome_unknown(
    store_class: Any, direct_database_url: str, mode: str
) -> None:
    """PgBouncer gives up a statement that still runs on the server, and may be committed."""
    with (
        psycopg.connect(direct_database_url) as lock,
        pooler(direct_database_url, mode, query_timeout=1) as url,
    ):
        lock.execute("LOCK TABLE attune.pack")
        for block, is_read, outcome_unknown in (
            ("autocommit", False, True),
            ("autocommit", True, False),
            ("transaction", False, False),
        ):
            async with entered(store_class(url, min_size=1, max_size=1)) as store:
                with pytest.raises(errors.UnavailableError, match="query timeout") as failure:
                    async with entered(getattr(store, block)()) as repos:
                        packs = repos.packs
                        await done(packs.list() if is_read else packs.create(pack("deploy")))
                assert failure.value.sqlstate == "08P01"
                assert failure.value.outcome_unknown is outcome_unknown
                assert failure.value.retryable is not outcome_unknown
                assert "prepare_threshold" not in str(failure.value)


def test_the_first_of_two_errors_is_raised(one_session: str, direct_database_url: str) -> None:
    """The server says why it ends the session; PgBouncer adds that it has lost its server."""
    with (
        psycopg.connect(one_session) as conn,
        socket.socket(fileno=os.dup(conn.fileno())) as answers,
    ):
        conn.execute("SELECT 1")
        end_sessions(direct_database_url)
        until(lambda: b"08P01" in answers.recv(4096, socket.MSG_PEEK))
        with pytest.raises(psycopg.errors.AdminShutdown):
            conn.wait(describing(conn.pgconn, "SELECT 1"))


# --- notifications


async def test_listening_through_a_pooler_is_refused(
    store_class: Any, database_url: str, direct_database_url: str
) -> None:
    """But commits through it are notified to listeners on the server itself."""
    async with (
        entered(store_class(database_url, notify=True, max_size=1)) as store,
        entered(store_class(direct_database_url, min_size=0, max_size=1)) as direct,
    ):
        with pytest.raises(errors.StoreError, match="connects to the server itself") as failure:
            await first(store.listen())
        assert not failure.value.retryable
        wakeups = direct.listen()
        assert (await first(wakeups)).missed
        async with entered(store.autocommit()) as repos:
            await done(repos.executions.create(CreateExecutionInput(action_ref="core.a")))
        assert await first(wakeups) == Wakeup("executions", missed=False)
        await done(wakeups.aclose() if store_class is AsyncStore else wakeups.close())


async def first(wakeups: Any) -> Wakeup:
    if hasattr(wakeups, "__anext__"):
        return await anext(wakeups)
    return await asyncio.to_thread(next, wakeups)


async def test_a_lease_through_a_pooler(
    store_class: Any, database_url: str, direct_database_url: str
) -> None:
    async with (
        entered(store_class(database_url, max_size=1)) as store,
        entered(store.worker("host", lease=timedelta(milliseconds=300))) as worker,
    ):
        with psycopg.connect(direct_database_url, autocommit=True) as conn:
            beat = "SELECT heartbeat_at FROM attune.worker"
            registered = conn.execute(beat).fetchone()
            while conn.execute(beat).fetchone() == registered:
                await asyncio.sleep(0.01)
        assert not worker._has_ended
