"""The pool of a store: its options, lost connections, and why there is no connection."""

import asyncio
import inspect
import re
import traceback
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg_pool.base import BasePool

from attune_store import AsyncStore, CreatePackInput, Store, errors
from tests.test_store import SECRET, done, entered, one

pytestmark = pytest.mark.slow

PAGE = (Path(__file__).parent.parent / "docs" / "pools.md").read_text()
LONG = 300.0  # seconds that no test waits for


@pytest.fixture(params=[Store, AsyncStore])
def store_class(request: pytest.FixtureRequest) -> Any:
    return request.param


# --- options


@pytest.mark.parametrize(
    ("option", "hint"), [("max_sise", "did you mean max_size?"), ("qqq", "expected one of check, ")]
)
def test_an_unknown_pool_option_is_refused(store_class: Any, option: str, hint: str) -> None:
    with pytest.raises(TypeError) as failure:
        store_class("dbname=x", **{option: 1})
    assert option in str(failure.value)
    assert hint in str(failure.value)


def test_a_caller_waits_ten_seconds(store_class: Any) -> None:
    assert store_class("dbname=x")._connections.pool.timeout == 10
    assert store_class("dbname=x")._connections.pool.reconnect_timeout == 5
    assert store_class("dbname=x", timeout=3)._connections.pool.timeout == 3


@pytest.mark.parametrize("scheme", ["postgresql+asyncpg", "postgres+psycopg", "mysql"])
def test_the_url_of_another_library_is_refused(store_class: Any, scheme: str) -> None:
    with pytest.raises(errors.ValidationError) as failure:
        store_class(f"{scheme}://attune:{SECRET}@localhost/attune")
    said = str(failure.value)
    assert said == f"expected a conninfo that begins with postgresql://, got {scheme}://"


async def test_stats(store_class: Any, shared_database_url: str) -> None:
    options = {"min_size": 1, "max_size": 2}
    async with (
        entered(store_class(shared_database_url, **options)) as store,
        entered(store.autocommit()),
    ):
        stats = store.stats()
    assert stats["pool_max"] == 2
    assert stats["requests_num"] == 1
    assert all(isinstance(value, int) for value in stats.values())


async def test_a_lock_timeout_is_for_one_transaction(
    store_class: Any, shared_database_url: str
) -> None:
    async with entered(store_class(shared_database_url, min_size=1, max_size=1)) as store:
        async with entered(store.transaction(lock_timeout=timedelta(seconds=3))) as tx:
            assert await one(tx, "SELECT current_setting('lock_timeout')") == "3s"
        async with entered(store.transaction()) as tx:
            assert await one(tx, "SELECT current_setting('lock_timeout')") == "0"
        with pytest.raises(errors.ValidationError, match="lock_timeout: expected a number"):
            async with entered(store.transaction(lock_timeout=-1)):
                pass


async def test_a_lock_timeout_is_retryable(store_class: Any, database_url: str) -> None:
    with psycopg.connect(database_url) as lock:
        lock.execute("LOCK TABLE attune.pack")
        async with entered(store_class(database_url, max_size=1)) as store:
            with pytest.raises(errors.StatementTimeoutError) as failure:
                async with entered(store.transaction(lock_timeout=0.05)) as tx:
                    await done(tx.packs.list())
    assert failure.value.retryable


# --- run


async def test_run_returns_what_the_function_returns(store_class: Any, database_url: str) -> None:
    async def create_async(tx: Any) -> Any:
        return await tx.packs.create(pack)

    pack = CreatePackInput(ref="deploy", label="L", version="1.0.0")
    async with entered(store_class(database_url, max_size=1)) as store:
        create = create_async if store_class is AsyncStore else lambda tx: tx.packs.create(pack)
        created = await done(store.run(create))
        async with entered(store.autocommit()) as repos:
            assert await done(repos.packs.get_by_ref("deploy")) == created


@pytest.mark.parametrize(("fails", "attempts"), [(2, 3), (3, 3), (1, 1)])
async def test_run_repeats_after_a_retryable_error(
    store_class: Any, database_url: str, fails: int, attempts: int
) -> None:
    calls = 0

    def work(tx: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls <= fails:
            raise errors.SerializationError
        return tx.packs.list()

    async with entered(store_class(database_url, max_size=1)) as store:

        async def run() -> Any:
            if store_class is Store:
                return store.run(work, attempts=attempts)

            async def work_async(tx: Any) -> Any:
                return await work(tx)

            return await store.run(work_async, attempts=attempts)

        if fails < attempts:
            assert await run() == []
        else:
            with pytest.raises(errors.SerializationError):
                await run()
    assert calls == min(fails + 1, attempts)


async def test_run_raises_other_errors_at_once(store_class: Any, database_url: str) -> None:
    calls = 0

    def work(tx: Any) -> Any:
        nonlocal calls
        calls += 1
        return tx.packs.get_by_ref("missing")

    async with entered(store_class(database_url, max_size=1)) as store:
        with pytest.raises(errors.NotFoundError):
            await done(store.run(work))
        with pytest.raises(errors.ValidationError, match="attempts"):
            await done(store.run(work, attempts=0))
        with pytest.raises(errors.ValidationError, match="statement_timeout"):
            await done(store.run(work, statement_timeout=-1))
    assert calls == 1


# --- no connection


@pytest.fixture
async def stranger(database_url: str) -> AsyncIterator[str]:
    """Return the conninfo of a role that may not log in."""
    name = f"stranger_{psycopg.conninfo.conninfo_to_dict(database_url)['dbname']}"
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(name)))
        try:
            yield make_conninfo(database_url, user=name, password=SECRET)
        finally:
            conn.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


async def refused(store_class: Any, conninfo: str, **options: Any) -> errors.UnavailableError:
    async with entered(store_class(conninfo, min_size=1, max_size=1, **options)) as store:
        with pytest.raises(errors.UnavailableError) as failure:
            async with entered(store.transaction()):
                pass
        with pytest.raises(errors.UnavailableError) as beside:
            await done(store.migrate())
    shown = "".join(traceback.format_exception(failure.value))
    assert SECRET not in shown
    assert isinstance(failure.value.__cause__, psycopg.OperationalError)
    assert (str(beside.value), beside.value.retryable) == (
        str(failure.value),
        failure.value.retryable,
    )
    return failure.value


async def test_a_refused_role_ends_the_wait(store_class: Any, stranger: str) -> None:
    error = await refused(store_class, stranger, timeout=LONG)
    assert re.search("is not permitted to log in|no such user", str(error))
    assert not error.retryable


@pytest.mark.parametrize("what", ["dbname", "user"])
async def test_an_unknown_name_ends_the_wait(
    store_class: Any, database_url: str, what: str
) -> None:
    conninfo = make_conninfo(database_url, **{what: "no_such_thing", "password": SECRET})
    error = await refused(store_class, conninfo, timeout=LONG)
    assert re.search('"no_such_thing" does not exist|no such user', str(error))
    assert not error.retryable


async def test_a_server_that_is_down_is_waited_for(store_class: Any) -> None:
    conninfo = f"host=127.0.0.1 port=1 user=attune password={SECRET}"
    error = await refused(store_class, conninfo, timeout=3)
    assert "Connection refused" in str(error)
    assert error.retryable


async def test_a_database_in_sql_ascii_is_refused(store_class: Any, database_url: str) -> None:
    name = f"ascii_{psycopg.conninfo.conninfo_to_dict(database_url)['dbname']}"
    create = "CREATE DATABASE {} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0"
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(sql.SQL(create).format(sql.Identifier(name)))
        try:
            url = make_conninfo(database_url, dbname=name)
            async with entered(store_class(url, max_size=1, timeout=LONG)) as store:
                with pytest.raises(errors.StoreError, match="SQL_ASCII") as failure:
                    async with entered(store.transaction()):
                        pass
                assert not failure.value.retryable
                with pytest.raises(errors.StoreError, match="SQL_ASCII"):
                    await done(store.migrate())
        finally:
            conn.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def test_sessions_do_not_depend_on_settings_of_the_database(
    store_class: Any, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        for setting in ("datestyle = 'German, DMY'", "client_encoding = 'LATIN1'"):
            conn.execute(
                sql.SQL("ALTER DATABASE {} SET {}").format(
                    sql.Identifier(conn.info.dbname),
                    sql.SQL(setting),  # pyright: ignore[reportArgumentType]
                )
            )
    async with entered(store_class(database_url, max_size=1)) as store:
        async with entered(store.autocommit()) as repos:
            label = "Größe ☃"
            made = await done(
                repos.packs.create(CreatePackInput(ref="deploy", label=label, version="1.0.0"))
            )
            assert made.label == label
            assert await done(repos.packs.get_by_ref("deploy")) == made
        assert await done(store.check()) == []


# --- connections that died


def kill_others(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


async def test_a_restart_fails_at_most_one_transaction(store_class: Any, database_url: str) -> None:
    async with entered(store_class(database_url, min_size=5, max_size=5)) as store:
        while store.stats()["pool_available"] < 5:
            await asyncio.sleep(0.01)
        kill_others(database_url)
        failures: list[errors.UnavailableError] = []
        for _ in range(8):
            try:
                async with entered(store.transaction()) as tx:
                    await done(tx.packs.list())
            except errors.UnavailableError as error:
                failures.append(error)
        assert [error.retryable for error in failures] in ([], [True])


async def test_an_idle_connection_is_tested(
    store_class: Any, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("attune_store._pool.IDLE_SECONDS", 0.0)
    async with entered(store_class(database_url, min_size=2, max_size=2)) as store:
        async with entered(store.transaction()) as tx:
            await done(tx.packs.list())
        kill_others(database_url)
        async with entered(store.transaction()) as tx:
            assert await done(tx.packs.list()) == []


def test_the_twins_take_the_same_options() -> None:
    from attune_store._async.pool import AsyncPoolOptions
    from attune_store._sync.pool import PoolOptions

    known = set(inspect.signature(__import__("psycopg_pool").ConnectionPool).parameters)
    assert set(AsyncPoolOptions.__optional_keys__) == set(PoolOptions.__optional_keys__)
    assert set(PoolOptions.__optional_keys__) == known - {"conninfo"}


# --- what docs/pools.md says


def test_the_documented_defaults() -> None:
    pool = Store("dbname=x")._connections.pool
    given = re.findall(r"^\| `(\w+)` \| (\d+)", PAGE, re.MULTILINE)
    assert len(given) == 7
    for name, value in given:
        assert getattr(pool, name) == int(value), name


def test_the_documented_counts() -> None:
    pools = PAGE.partition("## PgBouncer")[0]
    rows: list[str] = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| [a-z]", pools, re.MULTILINE)
    named = set(re.findall(r"\w+", " ".join(rows)))
    assert len(named) == 6
    assert named <= {value for value in vars(BasePool).values() if isinstance(value, str)}
