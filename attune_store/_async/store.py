"""A pool of connections, and the repositories on them.

Rarely used modules are imported by the methods that use them.
"""

from __future__ import annotations

from asyncio import sleep
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypedDict, TypeVar, Unpack

from psycopg import AsyncConnection, IsolationLevel, sql
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool

from attune_store import errors
from attune_store._async.block import AsyncBlock
from attune_store._async.pool import AsyncConnections, AsyncPoolOptions
from attune_store._async.repositories import AsyncRepositories
from attune_store._async.transaction import transaction
from attune_store._retry import pause_after
from attune_store._translate import translating
from attune_store.errors import Difference, Severity

if TYPE_CHECKING:
    from attune_store._async.lease import AsyncWorkerLease
    from attune_store._async.notifier import AsyncNotifier
    from attune_store._migrations import Migration
    from attune_store._tracing import QueryEvent
    from attune_store._wakeups import Wakeup

T = TypeVar("T")


class TransactionOptions(TypedDict, total=False):
    """The settings of one transaction."""

    isolation_level: IsolationLevel | None
    read_only: bool
    statement_timeout: timedelta | float | None
    lock_timeout: timedelta | float | None


class AsyncStore:
    """A pool of connections to the database.

    `conninfo` is a URL or a connection string, None for `DATABASE_URL` or libpq's own variables.
    `notify` sends a notification to `listen()` after each commit that made rows claimable, on a
    connection outside the pool and at most 20 times a second. The other options are those of
    psycopg_pool; the default of `timeout` is 10 seconds. Sessions have the time zone UTC, the
    client encoding UTF8 and the date style ISO. Behind PgBouncer no statement is prepared, unless
    `kwargs` has a `prepare_threshold`.

    `on_query` is called with a QueryEvent after each statement of a repository, in the thread or
    task that executed it, such as the function that `log_slow_queries` returns. An exception that
    it raises is logged, and the call goes on.
    """

    def __init__(
        self,
        conninfo: str | None = None,
        *,
        notify: bool = False,
        on_query: Callable[[QueryEvent], object] | None = None,
        **pool_options: Unpack[AsyncPoolOptions],
    ) -> None:
        self._connections = AsyncConnections.make(conninfo, {**pool_options}, on_query)
        self._notifier = _notifier(self._connections) if notify else None
        self._owned = True

    @classmethod
    def from_pool(cls, pool: AsyncConnectionPool[Any], /) -> Self:
        """Return a store that uses this pool. The caller opens and closes the pool."""
        store = cls.__new__(cls)
        store._connections = AsyncConnections(pool)
        store._notifier = None
        store._owned = False
        return store

    async def open(self) -> None:
        """Open the pool. It connects in the background."""
        if self._owned:
            await self._connections.open()

    async def close(self) -> None:
        """Close all connections. A closed store can't be opened again."""
        if self._notifier is not None:
            await self._notifier.close()
        if self._owned:
            await self._connections.close()

    def stats(self) -> dict[str, int]:
        """Return the counters of the pool, such as `pool_size` and `requests_waiting`."""
        return {**self._connections.pool.get_stats()}

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @asynccontextmanager
    async def transaction(
        self,
        *,
        isolation_level: IsolationLevel | None = None,
        read_only: bool = False,
        statement_timeout: timedelta | float | None = None,
        lock_timeout: timedelta | float | None = None,
    ) -> AsyncGenerator[AsyncRepositories]:
        """Open a transaction, and return its repositories.

        The transaction is committed at the end of the block, or rolled back on an exception.
        `isolation_level` None is that of the session. `statement_timeout` limits each statement,
        `lock_timeout` each wait for a lock: a timedelta or seconds, 0 for no limit, None for that
        of the session. The end of the block waits for a statement that is still running.
        Repositories that are used after the block raise StoreError.
        """
        timeouts = _settings(statement_timeout=statement_timeout, lock_timeout=lock_timeout)
        async with self._connections.taken() as conn:
            before = conn.isolation_level, conn.read_only
            is_changed = isolation_level is not None or read_only
            block = self._block()
            try:
                if is_changed:
                    await conn.set_isolation_level(isolation_level or before[0])
                    await conn.set_read_only(read_only or before[1])
                async with transaction(conn, reading=read_only, committed=block.committed):
                    if timeouts:
                        with translating(conn):
                            for timeout in timeouts:
                                await conn.execute(timeout)
                    try:
                        yield AsyncRepositories(conn, _block=block)
                    finally:
                        await block.end()
            finally:
                if await _idle(conn) and is_changed:
                    await conn.set_isolation_level(before[0])
                    await conn.set_read_only(before[1])

    @asynccontextmanager
    async def autocommit(self) -> AsyncGenerator[AsyncRepositories]:
        """Return repositories on a connection on which each statement commits by itself.

        The end of the block waits for a statement that is still running. Repositories that are used
        after the block raise StoreError.
        """
        async with self._connections.taken() as conn:
            before = conn.autocommit
            await conn.set_autocommit(True)
            block = self._block()
            try:
                try:
                    yield AsyncRepositories(conn, _block=block)
                finally:
                    await block.end()
            finally:
                block.committed()
                if await _idle(conn):
                    await conn.set_autocommit(before)

    async def run(
        self,
        work: Callable[[AsyncRepositories], Awaitable[T]],
        /,
        *,
        attempts: int = 5,
        **options: Unpack[TransactionOptions],
    ) -> T:
        """Call a function in a transaction, and return its result.

        If the transaction raises a retryable error, it is rolled back and the function is called
        again, after a random pause that grows with each attempt. `attempts` is the maximum number
        of calls. The other options are those of `transaction()`. Effects of the function outside of
        the database must bear a repetition. Raises the error of the last attempt.
        """
        if attempts < 1:
            raise errors.ValidationError(
                "attempts: expected 1 or more", field="attempts", value=attempts
            )
        for attempt in range(1, attempts):
            try:
                return await self._run_once(work, options)
            except errors.StoreError as exc:
                if not exc.retryable:
                    raise
                await sleep(pause_after(attempt))
        return await self._run_once(work, options)

    async def _run_once(
        self, work: Callable[[AsyncRepositories], Awaitable[T]], options: TransactionOptions
    ) -> T:
        async with self.transaction(**options) as tx:
            return await work(tx)
        raise errors.StoreError("the function raised psycopg.Rollback: there is no result")

    def listen(self, *, timeout: timedelta | float | None = None) -> AsyncGenerator[Wakeup]:
        """Listen on a connection outside the pool, and yield a Wakeup when rows may be claimable.

        The first Wakeup comes at once, and one after each lost connection: its `missed` is True, as
        notifications may have been lost. The iterator ends after `timeout` (a timedelta or seconds,
        None for no end). Only stores with `notify` send notifications, and none is sent when a
        retry or a `run_at` becomes due. Raises UnavailableError after the store was closed,
        StoreError behind PgBouncer.
        """
        from attune_store._async.listener import listen
        from attune_store._wakeups import seconds

        return listen(self._connections, seconds(timeout))

    @asynccontextmanager
    async def worker(
        self, name: str, *, lease: timedelta = timedelta(seconds=30)
    ) -> AsyncGenerator[AsyncWorkerLease]:
        """Register a worker, and keep its lease while the block runs.

        `lease` is the time without a heartbeat after which others may take its rows. A heartbeat is
        sent every third of it, on a connection outside the pool. Pass the `id` to claims. Call
        `check()` before effects outside of the database. The worker retires at the end of the
        block, and `release_expired()` makes the rows that it still holds claimable.
        """
        from attune_store._async.lease import AsyncWorkerLease

        self._connections.refuse_closed()
        held = AsyncWorkerLease(self._connections, name, lease)
        async with held.kept():
            yield held

    def _block(self) -> AsyncBlock:
        return AsyncBlock(None if self._notifier is None else self._notifier.wake)

    async def migrate(self, *, down: int = 0, adopt: bool = False) -> list[str]:
        """Migrate the database to the newest schema, and return the names of the migrations.

        Several processes may call it at once. A database that is newer than this code is left
        alone. `down` reverts that many of the last migrations instead. `adopt` runs no migration,
        but lists all as applied; it raises SchemaDriftError if the database does not have their
        schema.
        """
        if down < 0:
            raise errors.ValidationError(
                "down: expected a number of migrations, 0 or more", value=down
            )
        if adopt and down:
            raise errors.ValidationError("down and adopt can't be used together", value=down)
        async with self._connections.beside() as conn:
            done = await (_adopt(conn) if adopt else _migrate(conn, down))
        return [migration.name for migration in done]

    async def check(
        self, *, severity: Severity | Literal["breaking", "risky", "harmless"] = Severity.HARMLESS
    ) -> list[Difference]:
        """Compare the database with the schema of this code, and return the differences.

        Raises SchemaDriftError if one of them has this `severity` or a worse one: breaking, risky
        or harmless.
        """
        from attune_store._async.check import check

        if severity not in list(Severity):
            raise errors.ValidationError(
                "severity: expected breaking, risky or harmless", field="severity", value=severity
            )
        async with self._connections.beside() as conn:
            # Independent of the role's defaults, so that it waits for no writer, and fails for
            # none.
            await conn.set_isolation_level(IsolationLevel.READ_COMMITTED)
            differences = await check(conn)
        if any(difference.severity.at_least(Severity(severity)) for difference in differences):
            raise errors.SchemaDriftError(differences=differences)
        return differences


def _notifier(connections: AsyncConnections) -> AsyncNotifier:
    from attune_store._async.notifier import AsyncNotifier

    return AsyncNotifier(connections)


async def _migrate(conn: AsyncConnection[Any], down: int) -> list[Migration]:
    from attune_store._async.migrate import migrate

    return await migrate(conn, down=down)


async def _adopt(conn: AsyncConnection[Any]) -> list[Migration]:
    from attune_store._async.adopt import adopt

    await conn.set_isolation_level(IsolationLevel.READ_COMMITTED)
    return await adopt(conn)


async def _idle(conn: AsyncConnection[Any]) -> bool:
    """Close a connection that was left within a transaction. The pool replaces it."""
    if conn.pgconn.transaction_status == TransactionStatus.IDLE:
        return True
    await conn.close()
    return False


def _settings(**timeouts: timedelta | float | None) -> list[sql.Composed]:
    """Return the statements that set the given timeouts."""
    return [
        sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), _milliseconds(timeout, name))
        for name, timeout in timeouts.items()
        if timeout is not None
    ]


def _milliseconds(timeout: timedelta | float, name: str) -> int:
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    if not 0 <= seconds < 2**31 / 1000:
        raise errors.ValidationError(
            f"{name}: expected a number of seconds, 0 for no limit", field=name, value=timeout
        )
    return max(1, round(seconds * 1000)) if seconds else 0
