"""A pool of connections, and the repositories on them."""

from asyncio import sleep
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, Literal, Self, TypedDict, TypeVar, Unpack

from psycopg import AsyncConnection, IsolationLevel, sql
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool

from attune_store import errors
from attune_store._async.block import AsyncBlock
from attune_store._async.lease import AsyncWorkerLease
from attune_store._async.listener import listen
from attune_store._async.migrate import migrate
from attune_store._async.notifier import AsyncNotifier
from attune_store._async.pool import AsyncConnections, AsyncPoolOptions
from attune_store._async.repositories import AsyncRepositories
from attune_store._async.transaction import transaction
from attune_store._migrations import Migration
from attune_store._retry import pause_after
from attune_store._tracing import QueryEvent
from attune_store._translate import translating
from attune_store._wakeups import Wakeup, seconds
from attune_store.errors import Difference, Severity

T = TypeVar("T")


class TransactionOptions(TypedDict, total=False):
    """The settings of one transaction."""

    isolation_level: IsolationLevel | None
    read_only: bool
    statement_timeout: timedelta | float | None
    lock_timeout: timedelta | float | None


class AsyncStore:
    """The database, through a pool of connections.

    Without a conninfo it is the one of `DATABASE_URL`, else of libpq's own variables. The options
    are those of psycopg_pool's pools; a caller waits 10 seconds for a connection, unless `timeout`
    says otherwise. Each session has the time zone UTC, the client encoding UTF8 and the date style
    ISO. Behind PgBouncer no statement is prepared, unless `kwargs` has a `prepare_threshold`.

    With `notify`, those who `listen()` are told what its blocks have made claimable: after the
    commit, on a connection beside the pool, gathered to at most 20 notifications a second.

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
        self._notifier = AsyncNotifier(self._connections) if notify else None
        self._owned = True

    @classmethod
    def from_pool(cls, pool: AsyncConnectionPool[Any], /) -> Self:
        """Use a pool of the caller's, who opens and closes it."""
        store = cls.__new__(cls)
        store._connections = AsyncConnections(pool)
        store._notifier = None
        store._owned = False
        return store

    async def open(self) -> None:
        """Start connecting."""
        if self._owned:
            await self._connections.open()

    async def close(self) -> None:
        """Close all connections; a store that was closed can't be opened again."""
        if self._notifier is not None:
            await self._notifier.close()
        if self._owned:
            await self._connections.close()

    def stats(self) -> dict[str, int]:
        """Return the counts of the pool: its size, who waits, how many connections failed."""
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
        """Give the repositories of one transaction: committed, or rolled back on an exception.

        The settings are for this transaction alone. `statement_timeout` bounds each statement,
        `lock_timeout` each wait for a lock; a number means seconds, 0 no bound. The end of the
        block waits for a statement that is still under way; a repository that is used later raises
        StoreError.
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
        """Give the repositories of one connection on which each statement commits by itself.

        The end of the block is that of `transaction`.
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
        """Call a function in a transaction, again where the error is retryable; return its result.

        The options are those of `transaction`. The function is called from the start each time, so
        what it does outside of the database has to bear that. Between two attempts it pauses,
        longer each time and for a random part of that, so that those who collided do not collide
        again. Raises what the last attempt raised.
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
        raise errors.StoreError("the function raised psycopg.Rollback, so there is no result")

    def listen(self, *, timeout: timedelta | float | None = None) -> AsyncGenerator[Wakeup]:
        """Yield a Wakeup whenever there may be something to claim, on a connection beside the pool.

        The first comes at once, as does one after the connection was lost and made again: `missed`
        says to look at everything. The iterator ends when `timeout` (seconds) is over, and raises
        UnavailableError once the store is closed. Only stores with `notify` tell; nothing tells
        that a retry or an execution has become due. Raises StoreError behind a pooler.
        """
        return listen(self._connections, seconds(timeout))

    @asynccontextmanager
    async def worker(
        self, name: str, *, lease: timedelta = timedelta(seconds=30)
    ) -> AsyncGenerator[AsyncWorkerLease]:
        """Register a worker, keep its lease in the background while the block lasts, and retire it.

        It beats each third of the lease, on a connection beside the pool that is made again after a
        failure. A claim takes its `id`; `lost` and `check()` of what is given say whether the lease
        still lasts. Whatever it still holds at the end goes to others (`release_expired`).
        """
        self._connections.refuse_closed()
        held = AsyncWorkerLease(self._connections, name, lease)
        async with held.kept():
            yield held

    def _block(self) -> AsyncBlock:
        return AsyncBlock(None if self._notifier is None else self._notifier.wake)

    async def migrate(self, *, down: int = 0, adopt: bool = False) -> list[str]:
        """Bring the database to the newest schema; return the names of the migrations applied.

        It is idempotent, and safe when many processes do it at once. A database that is newer than
        this code stays as it is. With `down`, revert that many of the last migrations instead. With
        `adopt`, run nothing: list all migrations as applied in a database that has what they bring,
        or raise SchemaDriftError with the differences.
        """
        if down < 0:
            raise errors.ValidationError("down: a number of migrations, 0 or more", value=down)
        if adopt and down:
            raise errors.ValidationError("down: nothing is reverted where adopt=True", value=down)
        async with self._connections.beside() as conn:
            done = await (_adopt(conn) if adopt else migrate(conn, down=down))
        return [migration.name for migration in done]

    async def check(
        self, *, severity: Severity | Literal["breaking", "risky", "harmless"] = Severity.HARMLESS
    ) -> list[Difference]:
        """Compare the live schema with the one that the code was generated from.

        Raises SchemaDriftError if a difference has this severity or a worse one, else returns them.
        """
        # Imported here, with the comparison and the manifest: most processes never compare.
        from attune_store._async.check import check

        if severity not in list(Severity):
            raise errors.ValidationError("severity: breaking, risky or harmless", value=severity)
        async with self._connections.beside() as conn:
            # Whatever the role's defaults: it waits for no writer, and fails for none.
            await conn.set_isolation_level(IsolationLevel.READ_COMMITTED)
            differences = await check(conn)
        if any(difference.severity.at_least(Severity(severity)) for difference in differences):
            raise errors.SchemaDriftError(differences=differences)
        return differences


async def _adopt(conn: AsyncConnection[Any]) -> list[Migration]:
    # Imported here, as the check that it makes is.
    from attune_store._async.adopt import adopt

    await conn.set_isolation_level(IsolationLevel.READ_COMMITTED)
    return await adopt(conn)


async def _idle(conn: AsyncConnection[Any]) -> bool:
    """Close a connection that was left in the middle of something: the pool replaces it."""
    if conn.pgconn.transaction_status == TransactionStatus.IDLE:
        return True
    await conn.close()
    return False


def _settings(**timeouts: timedelta | float | None) -> list[sql.Composed]:
    """The statements that set the timeouts that were given."""
    return [
        sql.SQL("SET LOCAL {} = {}").format(sql.Identifier(name), _milliseconds(timeout, name))
        for name, timeout in timeouts.items()
        if timeout is not None
    ]


def _milliseconds(timeout: timedelta | float, name: str) -> int:
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    if not 0 <= seconds < 2**31 / 1000:
        raise errors.ValidationError(
            f"{name}: expected a number of seconds, 0 for none", field=name, value=timeout
        )
    return max(1, round(seconds * 1000)) if seconds else 0
