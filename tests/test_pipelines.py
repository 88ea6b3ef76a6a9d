"""Pipelines: calls that are gathered are sent together, and each gets its own result or error."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest

from attune_store import (
    AsyncRepositories,
    AsyncStore,
    CreateExecutionInput,
    CreatePackInput,
    Execution,
    Store,
    errors,
)
from attune_store._async.block import AsyncBlock

pytestmark = pytest.mark.unpooled("prepares statements", mode="transaction")

BLOCKS = ("transaction", "autocommit")
Call = Callable[[AsyncRepositories], Awaitable[Any]]


def new(name: str, **over: Any) -> CreateExecutionInput:
    return CreateExecutionInput(action_ref=f"core.{name}", **over)


def create(name: str, **over: Any) -> Call:
    return lambda repos: repos.executions.create(new(name, **over))


async def gathered(repos: AsyncRepositories, *calls: Call) -> list[Any]:
    """Return what each call returns or raises, in one pipeline."""
    async with repos.connection.pipeline():
        return await asyncio.gather(*(call(repos) for call in calls), return_exceptions=True)


async def refs(store: AsyncStore) -> set[str]:
    """Return what is committed."""
    async with store.autocommit() as repos:
        return {row.action_ref for row in await repos.executions.list()}


@pytest.mark.parametrize("block", BLOCKS)
async def test_each_call_gets_its_own_result(database_url: str, block: str) -> None:
    async with AsyncStore(database_url, max_size=1) as store:
        for turn in range(3):  # the third pass prepares statements that are used this often
            async with getattr(store, block)() as repos:
                results = await gathered(
                    repos, *(create(f"n{turn}x{number}") for number in range(10))
                )
                assert [row.action_ref for row in results] == [
                    f"core.n{turn}x{number}" for number in range(10)
                ]
                found = await gathered(
                    repos,
                    *(lambda r, id=row.id: r.executions.find_by_id(id) for row in results),
                    lambda r: r.executions.find_by_id(0),
                    lambda r: r.executions.delete(0),
                )
                assert found == [*results, None, False]
        assert len(await refs(store)) == 30


async def test_calls_are_sent_together(database_url: str, tmp_path: Path) -> None:
    """The server answers the first call after it has received all."""
    conn = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    repos, path = AsyncRepositories(conn), tmp_path / "trace"
    async with conn:
        with path.open("w") as file:
            conn.pgconn.trace(file.fileno())
            await gathered(repos, *[lambda r: r.executions.list()] * 10)
            conn.pgconn.untrace()
    messages = re.findall(r"\t([BF])\t\d+\t(Execute|CommandComplete)", path.read_text())
    assert messages == [("F", "Execute")] * 10 + [("B", "CommandComplete")] * 10


@pytest.mark.parametrize("block", BLOCKS)
async def test_each_error_is_raised_by_its_call(database_url: str, block: str) -> None:
    """Later calls were not run, and say why. Earlier ones are rolled back."""
    async with AsyncStore(database_url, max_size=1) as store:
        calls = create("a"), create("b", parent=-6), create("c"), create("d")
        for _ in range(4):  # a statement is prepared after five times, but not if it was skipped
            with pytest.raises(errors.StoreError, match="the transaction was aborted by "):
                async with getattr(store, block)() as repos:
                    first, second, *others = await gathered(repos, *calls)
                    assert first.action_ref == "core.a"
                    assert isinstance(second, errors.ForeignKeyError)
                    assert (second.field, second.value) == ("parent", -6)
                    raise others[-1]
            assert await refs(store) == set()
        async with store.transaction() as repos:
            results = await gathered(repos, create("e"), create("f"))
        assert await refs(store) == {row.action_ref for row in results} == {"core.e", "core.f"}


async def test_a_missing_row_does_not_affect_other_calls(database_url: str) -> None:
    async with AsyncStore(database_url) as store:
        async with store.transaction() as repos:
            missing, created = await gathered(
                repos, lambda r: r.executions.get_by_id(0), create("a")
            )
        assert isinstance(missing, errors.NotFoundError)
        assert await refs(store) == {created.action_ref}


async def test_a_lost_connection_leaves_the_outcome_unknown(database_url: str) -> None:
    async with AsyncStore(database_url, max_size=1) as store:
        for block, unknown in ("autocommit", True), ("transaction", False):
            with pytest.raises(errors.UnavailableError) as failure:
                async with getattr(store, block)() as repos:
                    pid = repos.connection.info.backend_pid
                    with psycopg.connect(database_url, autocommit=True) as other:
                        other.execute("SELECT pg_terminate_backend(%s, 60000)", [pid])
                    async with repos.connection.pipeline():
                        await asyncio.gather(create("a")(repos), create("b")(repos))
            assert failure.value.outcome_unknown is unknown
            assert failure.value.retryable is not unknown
        assert await refs(store) == set()


async def test_nothing_is_notified_before_the_commit(database_url: str) -> None:
    told: list[set[str]] = []
    block = AsyncBlock(lambda topics: told.append(set(topics)))
    conn = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    async with conn:
        repos = AsyncRepositories(conn, _block=block)
        async with conn.pipeline():
            await asyncio.gather(create("a")(repos), create("b")(repos))
            assert told == []
        await create("c")(repos)
        assert told == [{"executions"}]


@pytest.mark.parametrize("block", BLOCKS)
async def test_copy_is_refused(database_url: str, block: str) -> None:
    async with AsyncStore(database_url) as store:
        async with getattr(store, block)() as repos:
            refused, created = await gathered(
                repos, lambda r: r.executions.copy([new("a")]), create("b")
            )
        assert str(refused) == "copy can't be used in a pipeline; use create_many"
        assert await refs(store) == {created.action_ref}


async def test_transactions_in_a_pipeline(database_url: str) -> None:
    """A method of several statements works in a pipeline, too."""
    async with AsyncStore(database_url) as store, store.autocommit() as repos:
        execution = cast("Execution", await create("a")(repos))
        cancelled, other = await gathered(
            repos, lambda r: r.executions.cancel(execution.id), create("b")
        )
        assert cancelled.status == "cancelled"
        assert await repos.executions.get_by_id(other.id) == other


def test_a_sync_call_waits_for_its_own_answer(database_url: str) -> None:
    with Store(database_url) as store, store.transaction() as tx, tx.connection.pipeline():
        pack = tx.packs.create(CreatePackInput(ref="core", label="x", version="1.0.0"))
        assert tx.packs.get_by_ref("core") == pack
        with pytest.raises(errors.NotFoundError):
            tx.packs.get_by_ref("none")
