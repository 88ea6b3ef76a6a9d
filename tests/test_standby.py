"""Writes that a server refuses because it is a standby, or because the transaction is read-only."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from attune_store import AsyncStore, CreatePackInput, Store, errors
from attune_store._embedded import _pg_ctl, start, stop
from tests.test_store import done, entered, one

pytestmark = pytest.mark.slow

PACK = CreatePackInput(ref="deploy", label="L", version="1.0.0")


@pytest.fixture(params=[Store, AsyncStore])
def store_class(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def standby() -> Iterator[str]:
    """Return the URL of a server only for this test, which is in recovery until it is promoted."""
    with tempfile.TemporaryDirectory(prefix="attune-standby-", ignore_cleanup_errors=True) as name:
        data = Path(name) / "data"
        try:
            url = start(data)
            Store(url).migrate()
            (data / "standby.signal").touch()
            assert _pg_ctl(data, "restart", "-w", "-m", "fast", "-l", str(data / "log"))
            yield url
        finally:
            stop(data)


async def test_a_standby_refuses_writes(store_class: Any, standby: str) -> None:
    async with entered(store_class(standby, min_size=1, max_size=1)) as store:
        assert await done(store.check()) == []
        for block in store.transaction, store.autocommit:
            with pytest.raises(errors.ReadOnlyServerError, match="is a standby") as failure:
                async with entered(block()) as repos:
                    connection = repos.connection
                    assert await done(repos.packs.list()) == []
                    await done(repos.packs.create(PACK))
            assert isinstance(failure.value, errors.UnavailableError)
            assert failure.value.sqlstate == "25006"
            assert failure.value.retryable
            assert connection.closed, "the pool connects anew"
        with psycopg.connect(standby, autocommit=True) as conn:
            conn.execute("SELECT pg_promote()")
        async with entered(store.transaction()) as tx:
            assert (await done(tx.packs.create(PACK))).ref == "deploy"


async def test_libpq_selects_the_server_by_target_session_attrs(
    store_class: Any, standby: str, database_url: str
) -> None:
    servers = [conninfo_to_dict(url) for url in (standby, database_url)]
    several = {
        "host": ",".join(str(one.get("host", "localhost")) for one in servers),
        "port": ",".join(str(one.get("port", 5432)) for one in servers),
        "dbname": "postgres",
    }
    for wanted, is_standby in ("read-write", False), ("prefer-standby", True):
        conninfo = make_conninfo(database_url, **several, target_session_attrs=wanted)
        async with (
            entered(store_class(conninfo, max_size=1)) as store,
            entered(store.autocommit()) as repos,
        ):
            assert await one(repos, "SELECT pg_is_in_recovery()") is is_standby


async def test_a_read_only_transaction_refuses_writes(store_class: Any, database_url: str) -> None:
    async with entered(store_class(database_url, max_size=1)) as store:
        with pytest.raises(errors.StoreError, match="read-only") as failure:
            async with entered(store.transaction(read_only=True)) as tx:
                await done(tx.packs.create(PACK))
        assert type(failure.value) is errors.StoreError
        assert failure.value.sqlstate == "25006"
        assert not failure.value.retryable
