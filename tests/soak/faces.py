"""Both twins with one interface: awaits on the sync one never wait."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, Protocol, TypeVar, cast

from attune_store import AsyncRepositories, AsyncStore, Repositories, Store, errors

T = TypeVar("T")
Work = Callable[[AsyncRepositories], Coroutine[Any, Any, T]]


class Face(Protocol):
    """The parts of a store that workers use."""

    def transaction(self, **options: Any) -> AbstractAsyncContextManager[AsyncRepositories]: ...
    def autocommit(self) -> AbstractAsyncContextManager[AsyncRepositories]: ...
    async def run(self, work: Work[T], **options: Any) -> T: ...
    async def migrate(self) -> list[str]: ...
    async def check(self) -> list[errors.Difference]: ...
    async def sleep(self, seconds: float) -> None: ...
    def cancelled_after(self, seconds: float | None) -> AbstractAsyncContextManager[object]: ...


class AsyncFace:
    """An AsyncStore."""

    def __init__(self, store: AsyncStore) -> None:
        self._store = store

    def transaction(self, **options: Any) -> AbstractAsyncContextManager[AsyncRepositories]:
        return self._store.transaction(**options)

    def autocommit(self) -> AbstractAsyncContextManager[AsyncRepositories]:
        return self._store.autocommit()

    async def run(self, work: Work[T], **options: Any) -> T:
        return await self._store.run(work, **options)

    async def migrate(self) -> list[str]:
        return await self._store.migrate()

    async def check(self) -> list[errors.Difference]:
        return await self._store.check()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def cancelled_after(self, seconds: float | None) -> AbstractAsyncContextManager[object]:
        return asyncio.timeout(seconds)


class SyncFace:
    """A Store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @asynccontextmanager
    async def transaction(self, **options: Any) -> AsyncGenerator[AsyncRepositories]:
        with self._store.transaction(**options) as tx:
            yield _awaitable(tx)

    @asynccontextmanager
    async def autocommit(self) -> AsyncGenerator[AsyncRepositories]:
        with self._store.autocommit() as repos:
            yield _awaitable(repos)

    async def run(self, work: Work[T], **options: Any) -> T:
        return self._store.run(lambda tx: finish(work(_awaitable(tx))), **options)

    async def migrate(self) -> list[str]:
        return self._store.migrate()

    async def check(self) -> list[errors.Difference]:
        return self._store.check()

    async def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def cancelled_after(self, seconds: float | None) -> AbstractAsyncContextManager[object]:
        return nullcontext()  # It can't be cancelled.


def finish(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits, without a loop."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return cast("T", stop.value)
    raise RuntimeError("the coroutine waits")


class _Repository:
    """The methods of a repository. Their results can be awaited."""

    def __init__(self, repository: object) -> None:
        self._repository = repository

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._repository, name)

        async def call(*args: Any, **options: Any) -> Any:
            return method(*args, **options)

        return call


class _Repositories:
    """The repositories of a block."""

    def __init__(self, repositories: Repositories) -> None:
        self._repositories = repositories

    def __getattr__(self, name: str) -> _Repository:
        return _Repository(getattr(self._repositories, name))


def _awaitable(repositories: Repositories) -> AsyncRepositories:
    return cast("AsyncRepositories", _Repositories(repositories))
