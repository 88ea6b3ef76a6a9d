"""One test body for both twins. Results of the async one are awaited, on a real connection."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal, Self, TypeVar, cast

import psycopg

from attune_store import AsyncRepositories, Repositories
from tests.pooler import UNPREPARED

T = TypeVar("T")
Kind = Literal["sync", "async"]

REPOSITORIES = (
    "packs",
    "runtimes",
    "actions",
    "executions",
    "workers",
    "workflow_definitions",
    "workflow_executions",
    "workflow_task_executions",
)

called: set[str] = set()
"""The repository methods that were called, as `AsyncPackRepository.create`."""


class _Calls:
    """An object whose methods are awaited if needed."""

    def __init__(self, target: object, run: Callable[[Awaitable[Any]], Any]) -> None:
        self._target = target
        self._run = run

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not callable(value):
            return value

        def call(*args: Any, **kwargs: Any) -> Any:
            called.add(f"{type(self._target).__name__}.{name}")
            result: Any = value(*args, **kwargs)
            if inspect.isasyncgen(result):
                return self._steps(result)
            return self._run(result) if inspect.isawaitable(result) else result

        return call

    def _steps(self, rows: AsyncGenerator[Any, Any]) -> Iterator[Any]:
        """Yield the steps of an asynchronous generator, one at a time."""
        while True:
            try:
                yield self._run(anext(rows))
            except StopAsyncIteration:
                return


class Twin:
    """A connection of one twin, and the repositories on it, called like those of the sync twin."""

    def __init__(self, kind: Kind, conninfo: str, **options: Any) -> None:
        self.kind = kind
        self.conninfo = conninfo
        self._runner = asyncio.Runner() if kind == "async" else None
        options = UNPREPARED | options
        self.connection: Any
        repositories: Any
        if self._runner is not None:
            connecting: Any = psycopg.AsyncConnection.connect(conninfo, **options)
            self.connection = self.run(connecting)
            repositories = AsyncRepositories(self.connection)
        else:
            self.connection = psycopg.connect(conninfo, **options)
            repositories = Repositories(self.connection)
        calls = type("Calls", (), {})()
        calls.connection = self.connection
        for name in REPOSITORIES:
            setattr(calls, name, _Calls(getattr(repositories, name), self.run))
        self.repositories = cast("Repositories", calls)

    def run(self, value: Awaitable[T] | T) -> T:
        """Return the value, after awaiting it on this twin's loop if needed."""
        if not inspect.isawaitable(value):
            return value
        assert self._runner is not None

        async def wait() -> T:
            return await value

        return self._runner.run(wait())

    def execute(self, query: Any, params: Any = None) -> list[Any]:
        """Return the rows of a query of the test, on this connection."""
        cursor = self.run(self.connection.execute(query, params))
        return [] if cursor.description is None else self.run(cursor.fetchall())

    def commit(self) -> None:
        """Commit."""
        self.run(self.connection.commit())

    def rollback(self) -> None:
        """Roll back."""
        self.run(self.connection.rollback())

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Open a nested transaction, so that an expected error does not abort the outer one."""
        transaction = self.connection.transaction()
        if self._runner is None:
            with transaction:
                yield
            return
        self.run(transaction.__aenter__())
        try:
            yield
        except BaseException as exc:
            self.run(transaction.__aexit__(type(exc), exc, exc.__traceback__))
            raise
        self.run(transaction.__aexit__(None, None, None))

    def connect(self, **options: Any) -> "Twin":
        """Open another connection of this kind to the same database. A context manager closes it."""
        return Twin(self.kind, self.conninfo, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection. Changes that were not committed are rolled back."""
        self.run(self.connection.close())
        if self._runner is not None:
            self._runner.close()
