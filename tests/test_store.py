"""Store and AsyncStore: pools, transactions, settings, lost connections, and hidden passwords."""

import asyncio
import inspect
import logging
import pickle
import traceback
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import IsolationLevel
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool, NullConnectionPool

from attune_store import AsyncStore, Repositories, Store, errors
from tests.waiting import LIMIT, until_asleep

SECRET = "geheim-4711"


async def done(value: Any) -> Any:
    """Return the value, awaited for the async twin."""
    return await value if inspect.isawaitable(value) else value


@asynccontextmanager
async def entered(manager: Any) -> AsyncGenerator[Any]:
    """Enter the context manager of either twin."""
    if hasattr(manager, "__aenter__"):
        async with manager as value:
            yield value
    else:
        with manager as value:
            yield value


async def one(repositories: Any, query: str, *parameters: Any) -> Any:
    """Return the only value of the only row."""
    cursor = await done(repositories.connection.execute(query, parameters))
    row: Any = await done(cursor.fetchone())
    return row["value"] if repositories.connection.row_factory is dict_row else row[0]


async def count(repositories: Any) -> int:
    return int(await one(repositories, "SELECT count(*) FROM numbers"))


async def insert(repositories: Any, number: int) -> None:
    await done(repositories.connection.execute("INSERT INTO numbers VALUES (%s)", [number]))


@pytest.fixture(params=[Store, AsyncStore])
def store_class(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def url(shared_database_url: str) -> str:
    """Return a migrated database with a table of numbers in addition to the schema."""
    with psycopg.connect(shared_database_url) as conn:
        conn.execute("DROP TABLE IF EXISTS numbers")
        conn.execute("CREATE TABLE numbers (number int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)")
    return shared_database_url


@pytest.fixture
async def store(store_class: Any, url: str) -> AsyncIterator[Any]:
    async with entered(store_class(url, min_size=1, max_size=1)) as store:
        yield store


# --- transactions


async def test_a_transaction_is_committed(store: Any) -> None:
    async with entered(store.transaction()) as tx:
        await insert(tx, 1)
        await insert(tx, 2)
    async with entered(store.autocommit()) as repositories:
        assert await count(repositories) == 2


async def test_a_transaction_is_rolled_back(store: Any) -> None:
    with pytest.raises(LookupError):
        async with entered(store.transaction()) as tx:
            await insert(tx, 1)
            raise LookupError
    async with entered(store.transaction()) as tx:
        assert await count(tx) == 0


async def test_psycopgs_rollback_ends_the_block_without_an_error(store: Any) -> None:
    async with entered(store.transaction()) as tx:
        await insert(tx, 1)
        raise psycopg.Rollback
    async with entered(store.transaction()) as tx:
        assert await count(tx) == 0


async def test_a_savepoint_is_rolled_back_alone(store: Any) -> None:
    async with entered(store.transaction()) as tx:
        await insert(tx, 1)
        with pytest.raises(LookupError):
            async with entered(tx.connection.transaction()):
                await insert(tx, 2)
                raise LookupError
        await insert(tx, 3)
    async with entered(store.autocommit()) as repositories:
        assert await one(repositories, "SELECT array_agg(number) FROM numbers") == [1, 3]


async def test_a_swallowed_error_is_raised_at_commit(store: Any) -> None:
    with pytest.raises(errors.StoreError, match="was aborted by") as failure:
        async with entered(store.transaction()) as tx:
            await insert(tx, 1)
            with pytest.raises(psycopg.errors.DivisionByZero):
                await one(tx, "SELECT 1 / 0")
    assert failure.value.sqlstate == "25P02"
    assert isinstance(failure.value.__cause__, psycopg.errors.InFailedSqlTransaction)
    async with entered(store.transaction()) as tx:
        assert await count(tx) == 0


async def test_a_swallowed_loss_of_the_connection_is_raised_at_commit(store: Any) -> None:
    with pytest.raises(errors.UnavailableError, match="is lost") as failure:
        async with entered(store.transaction()) as tx:
            await insert(tx, 1)
            with pytest.raises(psycopg.errors.AdminShutdown):
                await one(tx, "SELECT pg_terminate_backend(pg_backend_pid())")
    assert failure.value.retryable
    assert not failure.value.outcome_unknown
    async with entered(store.transaction()) as tx:
        assert await count(tx) == 0


async def test_a_connection_closed_by_the_block_is_an_error_at_commit(store: Any) -> None:
    with pytest.raises(errors.UnavailableError, match="is lost") as failure:
        async with entered(store.transaction()) as tx:
            await insert(tx, 1)
            await done(tx.connection.close())
    assert failure.value.retryable
    async with entered(store.transaction()) as tx:
        assert await count(tx) == 0


async def test_an_error_of_the_callers_own_statement_is_not_translated(store: Any) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        async with entered(store.transaction()) as tx:
            await one(tx, "SELECT 1 / 0")


async def test_an_error_at_commit_is_translated(store: Any) -> None:
    with pytest.raises(errors.AlreadyExistsError) as failure:
        async with entered(store.transaction()) as tx:
            await insert(tx, 1)
            await insert(tx, 1)
    assert failure.value.constraint == "numbers_pkey"
    assert isinstance(failure.value.__cause__, psycopg.errors.UniqueViolation)


SETTINGS = """
    SELECT concat_ws(' ', current_setting('transaction_isolation'),
        current_setting('transaction_read_only'), current_setting('statement_timeout'))
"""


async def test_settings_are_for_one_transaction_only(store: Any) -> None:
    settings = {"isolation_level": IsolationLevel.SERIALIZABLE, "read_only": True}
    async with entered(store.transaction(**settings, statement_timeout=2.5)) as tx:
        assert await one(tx, SETTINGS) == "serializable on 2500ms"
    async with entered(store.transaction()) as tx:
        assert await one(tx, SETTINGS) == "read committed off 0"
    with pytest.raises(LookupError):
        async with entered(store.transaction(statement_timeout=timedelta(minutes=1))) as tx:
            assert await one(tx, SETTINGS) == "read committed off 1min"
            raise LookupError
    async with entered(store.autocommit()) as repositories:
        assert await one(repositories, SETTINGS) == "read committed off 0"


async def test_the_settings_of_the_pool_are_restored(store_class: Any, url: str) -> None:
    async def configure(conn: psycopg.AsyncConnection[Any]) -> None:
        await conn.set_isolation_level(IsolationLevel.REPEATABLE_READ)

    def configure_sync(conn: psycopg.Connection[Any]) -> None:
        conn.isolation_level = IsolationLevel.REPEATABLE_READ

    configured = configure if store_class is AsyncStore else configure_sync
    options = {"min_size": 1, "max_size": 1, "configure": configured}
    async with entered(store_class(url, **options)) as store:
        async with entered(store.transaction(isolation_level=IsolationLevel.SERIALIZABLE)) as tx:
            assert await one(tx, SETTINGS) == "serializable off 0"
        async with entered(store.transaction()) as tx:
            assert await one(tx, SETTINGS) == "repeatable read off 0"
            assert await one(tx, "SELECT current_setting('timezone')") == "UTC"


async def test_a_statement_times_out(store: Any) -> None:
    with pytest.raises(psycopg.errors.QueryCanceled):
        async with entered(store.transaction(statement_timeout=0.05)) as tx:
            await one(tx, "SELECT pg_sleep(600)")


@pytest.mark.parametrize("timeout", [-1, timedelta(days=-1), float("nan"), float("inf")])
async def test_an_invalid_timeout_is_refused(store: Any, timeout: Any) -> None:
    with pytest.raises(errors.ValidationError, match="statement_timeout"):
        async with entered(store.transaction(statement_timeout=timeout)):
            pass


async def test_a_tiny_timeout_is_not_rounded_to_none(store: Any) -> None:
    with pytest.raises((psycopg.errors.QueryCanceled, errors.StatementTimeoutError)):
        async with entered(store.transaction(statement_timeout=1e-9)) as tx:
            await one(tx, "SELECT pg_sleep(600)")


# --- autocommit


async def test_autocommit_commits_each_statement(store: Any) -> None:
    with pytest.raises(LookupError):
        async with entered(store.autocommit()) as repositories:
            await insert(repositories, 1)
            raise LookupError
    async with entered(store.transaction()) as tx:
        assert tx.connection.autocommit is False
        assert await count(tx) == 1


async def test_a_pool_with_autocommit_keeps_it(store_class: Any, url: str) -> None:
    options: Any = {"kwargs": {"autocommit": True}, "min_size": 1, "max_size": 1}
    async with entered(store_class(url, **options)) as store:
        async with entered(store.autocommit()) as repositories:
            await insert(repositories, 1)
        with pytest.raises(LookupError):
            async with entered(store.transaction()) as tx:
                assert tx.connection.autocommit is True
                await insert(tx, 2)
                raise LookupError
        async with entered(store.autocommit()) as repositories:
            assert await count(repositories) == 1


async def test_a_transaction_left_open_on_autocommit_is_rolled_back(store: Any) -> None:
    async with entered(store.autocommit()) as repositories:
        await done(repositories.connection.execute("BEGIN"))
        await insert(repositories, 1)
    async with entered(store.transaction()) as tx:
        assert await count(tx) == 0


# --- connections


async def test_sessions_are_in_utc(store: Any) -> None:
    async with entered(store.transaction()) as tx:
        assert tx.connection.info.parameter_status("TimeZone") == "UTC"
        assert await one(tx, "SELECT current_setting('timezone')") == "UTC"


async def test_options_are_passed_to_the_pool(store_class: Any, url: str) -> None:
    options: Any = {
        "kwargs": {
            "prepare_threshold": None,
            "row_factory": dict_row,
            "application_name": "ours",
        },
        "max_size": 2,
    }
    async with entered(store_class(url, **options)) as store:
        async with entered(store.autocommit()) as repositories:
            conn = repositories.connection
            assert conn.prepare_threshold is None
            assert conn.row_factory is dict_row
            assert (
                await one(repositories, "SELECT current_setting('application_name') AS value")
                == "ours"
            )
            zone = "SELECT current_setting('timezone') AS value"
            assert await one(repositories, zone) == "UTC"
        assert await done(store.migrate()) == []


@pytest.mark.parametrize(
    ("conninfo", "name"), [({}, "attune-store"), ({"application_name": "ours"}, "ours")]
)
async def test_a_session_is_named_unless_the_caller_names_it(
    store_class: Any, url: str, conninfo: dict[str, str], name: str
) -> None:
    store = store_class(make_conninfo(url, **conninfo), max_size=1)
    async with entered(store), entered(store.autocommit()) as repositories:
        assert await one(repositories, "SELECT current_setting('application_name')") == name


async def test_a_lost_connection_is_replaced(store: Any) -> None:
    with pytest.raises(errors.UnavailableError) as failure:
        async with entered(store.transaction()) as tx:
            with pytest.raises(psycopg.errors.AdminShutdown):
                await one(tx, "SELECT pg_terminate_backend(pg_backend_pid())")
            await done(tx.packs.find_by_id(1))
    assert failure.value.retryable
    assert not failure.value.outcome_unknown
    async with entered(store.transaction()) as tx:
        assert await count(tx) == 0
    async with entered(store.autocommit()) as repositories:
        with pytest.raises(psycopg.OperationalError):
            await one(repositories, "SELECT pg_terminate_backend(pg_backend_pid())")
    async with entered(store.autocommit()) as repositories:
        assert await count(repositories) == 0


DYING = """
    CREATE OR REPLACE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_terminate_backend(pg_backend_pid());
        RETURN NULL;
    END $$;
    CREATE CONSTRAINT TRIGGER dying AFTER INSERT ON numbers DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION die();
"""


async def test_a_connection_lost_during_commit_leaves_the_outcome_unknown(
    store: Any, url: str
) -> None:
    with psycopg.connect(url) as conn:
        conn.execute(DYING)  # pyright: ignore[reportArgumentType]
    with pytest.raises(errors.UnavailableError) as failure:
        async with entered(store.transaction()) as tx:
            await insert(tx, 1)
    assert failure.value.outcome_unknown
    assert not failure.value.retryable
    assert "unknown" in str(failure.value)


@pytest.mark.unpooled("prepares every statement", mode="transaction")
async def test_a_pool_works_again_after_a_migration(store_class: Any, database_url: str) -> None:
    """After a migration each connection meets at most one error, and works again."""
    options: Any = {"min_size": 2, "max_size": 2, "kwargs": {"prepare_threshold": 0}}

    async def use(store: Any) -> list[tuple[int, errors.StoreError]]:
        failures: list[tuple[int, errors.StoreError]] = []
        for _ in range(6):
            async with entered(store.autocommit()) as first, entered(store.autocommit()) as second:
                for repositories in first, second:
                    for read in repositories.packs.list, repositories.packs.find_standard:
                        try:
                            await done(read())
                        except errors.StoreError as exc:
                            failures.append((id(repositories.connection), exc))
        return failures

    async with entered(store_class(database_url, **options)) as store:
        assert await use(store) == []
        with psycopg.connect(database_url, autocommit=True) as conn:
            conn.execute("ALTER TABLE attune.pack ADD COLUMN extra text")
            assert await use(store) == []
            conn.execute("ALTER TABLE attune.pack ALTER COLUMN label TYPE varchar(200)")
        failures = await use(store)
        assert 1 <= len(failures) == len({connection for connection, _ in failures}) <= 2
        assert all(error.retryable for _, error in failures)
        assert await use(store) == []


async def test_a_cancelled_transaction_returns_its_connection(url: str) -> None:
    async with AsyncStore(url, min_size=1, max_size=1) as store:

        async def wait() -> None:
            async with store.transaction(isolation_level=IsolationLevel.SERIALIZABLE) as tx:
                await insert(tx, 1)
                await one(tx, "SELECT pg_sleep(600)")

        task = asyncio.create_task(wait())
        await asyncio.to_thread(until_asleep, url)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with store.transaction() as tx:
            assert await one(tx, SETTINGS) == "read committed off 0"
            assert await count(tx) == 0


async def test_a_store_that_is_not_open_is_refused(store_class: Any, url: str) -> None:
    store = store_class(url)
    with pytest.raises(errors.UnavailableError, match="not open") as failure:
        async with entered(store.transaction()):
            pass
    assert not failure.value.retryable
    async with entered(store):
        pass
    with pytest.raises(errors.UnavailableError, match="not open"):
        async with entered(store.autocommit()):
            pass
    with pytest.raises(errors.UnavailableError, match="closed store") as failure:
        await done(store.open())
    assert not failure.value.retryable


async def test_an_exhausted_pool(store_class: Any, url: str) -> None:
    pool_class: Any = AsyncConnectionPool if store_class is AsyncStore else ConnectionPool
    options = {"min_size": 1, "max_size": 1, "timeout": LIMIT, "open": False}
    async with entered(pool_class(url, **options)) as pool:
        store = store_class.from_pool(pool)
        async with entered(store.transaction()):
            pool.timeout = 0.1
            with pytest.raises(errors.UnavailableError) as failure:
                async with entered(store.transaction()):
                    pass
        assert failure.value.retryable


async def test_a_server_that_is_down(store_class: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    conninfo = f"host=127.0.0.1 port=1 user=attune password={SECRET}"
    store = store_class(conninfo, timeout=0.3)
    with pytest.raises(errors.UnavailableError) as beside:
        await done(store.migrate())
    with pytest.raises(errors.UnavailableError) as inside:
        async with entered(store), entered(store.transaction()):
            pass
    for failure in beside, inside:
        assert SECRET not in "".join(traceback.format_exception(failure.value))
        assert "127.0.0.1" not in str(failure.value)
    assert SECRET not in caplog.text


# --- pools of the caller's


def test_a_borrowed_pool_is_not_closed(url: str) -> None:
    with ConnectionPool(url, min_size=1) as pool:
        with Store.from_pool(pool) as store:
            store.check()
            with store.transaction() as tx:
                assert isinstance(tx, Repositories)
        assert not pool.closed
        with pool.connection() as conn:
            assert conn.execute("SELECT 1").fetchone() == (1,)


async def test_a_borrowed_pool_is_not_closed_async(url: str) -> None:
    async def given() -> str:
        return url

    async with AsyncConnectionPool(given, min_size=1) as pool:
        async with AsyncStore.from_pool(pool) as store:
            await store.check()
            async with store.transaction() as tx:
                assert await count(tx) == 0
        assert not pool.closed


def test_a_null_connection_pool(url: str) -> None:
    with NullConnectionPool(lambda: url, kwargs=dict) as pool:
        store = Store.from_pool(pool)
        assert store.migrate() == []
        with store.transaction() as tx:
            tx.connection.execute("INSERT INTO numbers VALUES (1)")
        with store.autocommit() as repositories:
            assert repositories.connection.execute("SELECT 1").fetchone() == (1,)


# --- where the database is


async def test_database_url(store_class: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    async with entered(store_class()) as store, entered(store.transaction()) as tx:
        assert await count(tx) == 0


async def test_libpq_defaults(store_class: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "dbname": "PGDATABASE"}
    for key, value in conninfo_to_dict(url).items():
        monkeypatch.setenv(names.get(key, f"PG{key.upper()}"), str(value))
    async with entered(store_class()) as store, entered(store.transaction()) as tx:
        assert await count(tx) == 0


@pytest.mark.parametrize(
    "conninfo",
    [
        f"host=localhost password='{SECRET}",
        f"postgresql://attune:{SECRET}@localhost/attune?nonsense=1",
        f"postgresql://attune:x@{SECRET}@localhost/attune",
        f"postgresql://attune:x/{SECRET}@localhost/attune",
        f"postgresql://attune:12/{SECRET}@localhost/attune",
        f"{SECRET}",
    ],
)
async def test_a_malformed_conninfo_is_not_shown(store_class: Any, conninfo: str) -> None:
    with pytest.raises(errors.ValidationError, match="the conninfo is invalid") as failure:
        store_class(conninfo)
    error: BaseException | None = failure.value
    while error is not None:
        assert SECRET not in "".join(traceback.format_exception_only(error))
        error = error.__cause__ or error.__context__


async def test_no_message_shows_the_password(store_class: Any, url: str) -> None:
    store = store_class(make_conninfo(url, password=SECRET))
    async with entered(store), entered(store.transaction()) as tx:
        shown: list[Any] = [
            store,
            tx,
            tx.packs,
            tx.workflow_executions,
            store.transaction,
            vars(store),
        ]
        assert not [text for text in map(repr, shown) if SECRET in text or "dbname" in text]


def test_a_pool_of_one_connection(url: str) -> None:
    with Store(url, max_size=1) as store, store.transaction():
        pass


async def test_check_needs_no_open_pool(store_class: Any, url: str) -> None:
    differences = await done(store_class(url).check())
    assert [pickle.loads(pickle.dumps(one)) for one in differences] == differences
