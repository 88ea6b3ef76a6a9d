"""Fixtures for tests of programs that use `attune_store`. pytest finds them by the entry point.

Nothing but pytest is imported before a test uses one of them.
"""

import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, TypedDict

import pytest

if TYPE_CHECKING:
    from attune_store import AsyncStore, Store
    from attune_store.testing import Databases


class _PoolSizes(TypedDict):
    min_size: int
    max_size: int


# A test needs few connections, and none before its first statement.
_POOL: Final[_PoolSizes] = {"min_size": 0, "max_size": 10}


@pytest.fixture(scope="session")
def attune_server() -> Generator[str]:
    """Return the conninfo of the server of DATABASE_URL, or of an embedded one.

    Override this fixture to choose another server. Databases are created there, and no existing one
    is changed.
    """
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    try:
        from attune_store.testing import _server
    except ModuleNotFoundError as exc:
        raise pytest.UsageError(
            f"attune_server: {exc.name} is not installed: set DATABASE_URL, or run"
            " pip install 'attune-store[embedded]'"
        ) from exc
    with _server.running(_server.default_data()) as url:
        yield url


@pytest.fixture(scope="session")
def attune_databases(attune_server: str) -> "Generator[Databases]":
    """Return a factory of migrated databases, for fixtures with a wider scope than a test."""
    from attune_store.testing import Databases

    with Databases.on(attune_server) as databases:
        yield databases


@pytest.fixture
def attune_conninfo(attune_databases: "Databases") -> Generator[str]:
    """Return the conninfo of a migrated database, only for this test."""
    with attune_databases.clone() as conninfo:
        yield conninfo


@pytest.fixture
def attune_db(attune_conninfo: str) -> "Generator[Store]":
    """Return a Store on a migrated database, only for this test."""
    from attune_store import Store

    with Store(attune_conninfo, **_POOL) as store:
        yield store


@pytest.fixture
def attune_async_db(request: pytest.FixtureRequest) -> "AsyncStore":
    """Return an AsyncStore on a migrated database, only for this test, with pytest-asyncio or anyio."""
    runner = "anyio" if "anyio_backend" in request.fixturenames else "asyncio"
    store: AsyncStore = request.getfixturevalue(f"_attune_{runner}_db")
    return store


@asynccontextmanager
async def _async_store(conninfo: str) -> "AsyncGenerator[AsyncStore]":
    from attune_store import AsyncStore

    async with AsyncStore(conninfo, **_POOL) as store:
        yield store


@pytest.fixture
async def _attune_anyio_db(attune_conninfo: str) -> "AsyncGenerator[AsyncStore]":
    async with _async_store(attune_conninfo) as store:
        yield store


if find_spec("pytest_asyncio"):
    import pytest_asyncio

    @pytest_asyncio.fixture
    async def _attune_asyncio_db(attune_conninfo: str) -> "AsyncGenerator[AsyncStore]":
        async with _async_store(attune_conninfo) as store:
            yield store
