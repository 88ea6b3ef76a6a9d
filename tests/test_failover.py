"""A primary, a standby that follows it, and two stores that know both: one writes, the other one reads."""

import asyncio
import inspect
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import IsolationLevel
from psycopg.conninfo import make_conninfo

from attune_store import AsyncStore, CreatePackInput, Store, errors
from attune_store._embedded import _USER, _is_root, _pg_ctl, program, start, stop
from tests.test_store import done, entered, one
from tests.waiting import until

pytestmark = pytest.mark.slow


def pack(ref: str) -> CreatePackInput:
    return CreatePackInput(ref=ref, label="L", version="1.0.0")


class Servers:
    """Two servers in a folder only for this test."""

    def __init__(self, folder: Path) -> None:
        self.primary, self.standby = folder / "primary", folder / "standby"
        self._url = start(self.primary)
        Store(self._url).migrate()
        self.standby.mkdir(mode=0o700)
        user = _USER if _is_root() else None
        if user is not None:
            shutil.chown(self.standby, user)
        copy = [
            str(program("pg_basebackup")),
            "-D",
            str(self.standby),
            "-R",
            "-c",
            "fast",
        ]
        subprocess.run([*copy, "-d", self._url], user=user, check=True, capture_output=True)
        # The primary's socket is in its data folder, whose lock was copied.
        (self.standby / ".s.PGSQL.5432.lock").unlink()
        options = f"-k {self.standby} -h ''"
        log = str(self.standby / "log")
        assert _pg_ctl(self.standby, "start", "-w", "-o", options, "-l", log)

    def conninfo(self, wanted: str) -> str:
        """Return a conninfo with both servers, which selects one of them."""
        return make_conninfo(
            self._url,
            host=f"{self.primary},{self.standby}",
            target_session_attrs=wanted,
            connect_timeout=3,
        )

    def ask(self, server: Path, query: str) -> Any:
        """Return the first value of a server's answer, if there is one."""
        with psycopg.connect(make_conninfo(self._url, host=str(server)), autocommit=True) as conn:
            cursor = conn.execute(query.encode())
            row = cursor.fetchone() if cursor.description else None
        return None if row is None else row[0]

    def until_replayed(self) -> None:
        """Wait until the standby has what was committed."""
        written = self.ask(self.primary, "SELECT pg_current_wal_lsn()")
        until(lambda: self.ask(self.standby, f"SELECT pg_last_wal_replay_lsn() >= '{written}'"))


@pytest.fixture(params=[Store, AsyncStore])
def store_class(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def servers() -> Iterator[Servers]:
    with tempfile.TemporaryDirectory(prefix="attune-failover-", ignore_cleanup_errors=True) as name:
        try:
            yield Servers(Path(name))
        finally:
            stop(Path(name) / "standby")
            stop(Path(name) / "primary")


async def refs(store: Any) -> set[str]:
    async with entered(store.autocommit()) as repos:
        return {pack.ref for pack in await done(repos.packs.list())}


async def test_work_continues_on_the_promoted_standby(store_class: Any, servers: Servers) -> None:
    async with (
        entered(store_class(servers.conninfo("read-write"), max_size=1, timeout=1)) as writer,
        entered(store_class(servers.conninfo("prefer-standby"), max_size=1)) as reader,
    ):
        async with entered(writer.transaction()) as tx:
            await done(tx.packs.create(pack("before")))
        servers.until_replayed()
        assert await refs(reader) == {"before"}
        with pytest.raises(errors.ReadOnlyServerError):
            async with entered(reader.transaction()) as tx:
                await done(tx.packs.create(pack("refused")))

        with pytest.raises(errors.UnavailableError) as failure:
            async with entered(writer.transaction()) as tx:
                await done(tx.packs.create(pack("lost")))
                assert _pg_ctl(servers.primary, "stop", "-m", "immediate")
                await done(tx.packs.list())
        assert failure.value.retryable, "the transaction is not committed"
        with pytest.raises(errors.UnavailableError) as failure:
            await refs(writer)
        assert failure.value.retryable, "nothing takes writes"
        assert await refs(reader) == {"before"}, "reads go on"

        def work(tx: Any) -> Any:
            return tx.packs.create(pack("after"))

        refused = writer.stats().get("requests_errors", 0)
        running = asyncio.ensure_future(
            writer.run(work, attempts=100)
            if inspect.iscoroutinefunction(writer.run)
            else asyncio.to_thread(writer.run, work, attempts=100)
        )
        await asyncio.to_thread(until, lambda: writer.stats().get("requests_errors", 0) > refused)
        assert servers.ask(servers.standby, "SELECT pg_promote()")
        assert (await running).ref == "after"
        assert await refs(reader) == {"before", "after"}, "it stays where it is"
        async with entered(reader.autocommit()) as repos:
            assert not await one(repos, "SELECT pg_is_in_recovery()")


async def test_reads_of_a_standby_may_be_old(store_class: Any, servers: Servers) -> None:
    async with (
        entered(store_class(servers.conninfo("read-write"), max_size=1)) as writer,
        entered(store_class(servers.conninfo("standby"), max_size=1)) as reader,
    ):
        servers.ask(servers.standby, "SELECT pg_wal_replay_pause()::text")
        async with entered(writer.transaction()) as tx:
            await done(tx.packs.create(pack("deploy")))
        assert await refs(writer) == {"deploy"}
        assert await refs(reader) == set()
        servers.ask(servers.standby, "SELECT pg_wal_replay_resume()::text")
        servers.until_replayed()
        assert await refs(reader) == {"deploy"}


async def test_a_read_that_blocks_the_replay_is_retryable(
    store_class: Any, servers: Servers
) -> None:
    servers.ask(servers.standby, "ALTER SYSTEM SET max_standby_streaming_delay = 0")
    servers.ask(servers.standby, "SELECT pg_reload_conf()")
    async with (
        entered(store_class(servers.conninfo("read-write"), max_size=1)) as writer,
        entered(store_class(servers.conninfo("standby"), max_size=1)) as reader,
    ):
        async with entered(writer.transaction()) as tx:
            created = await done(tx.packs.create(pack("deploy")))
        servers.until_replayed()
        with pytest.raises(errors.SerializationError, match="conflict with recovery") as failure:
            async with entered(
                reader.transaction(isolation_level=IsolationLevel.REPEATABLE_READ)
            ) as tx:
                assert len(await done(tx.packs.list())) == 1
                async with entered(writer.transaction()) as other:
                    await done(other.packs.delete(created.id))
                servers.ask(servers.primary, "VACUUM attune.pack")
                servers.until_replayed()
                await done(tx.packs.list())
        assert failure.value.retryable
        assert await refs(reader) == set()
