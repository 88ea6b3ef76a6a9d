"""The connections of a pool: prepare them, test them before use, and say why there is none."""

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from inspect import isawaitable
from time import monotonic
from typing import Any

from psycopg import AsyncConnection, AsyncCursor, Error, OperationalError
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from psycopg_pool.abc import AsyncConnectFailedCB, AsyncConnectionCB, AsyncKwargsParam

from attune_store import errors
from attune_store._async.tracing import AsyncObserver
from attune_store._conninfo import resolve_conninfo
from attune_store._pool import (
    RECONNECT,
    TIMEOUT,
    CommonPoolOptions,
    Uses,
    refuse_other_process,
    refuse_unknown,
)
from attune_store._tracing import QueryEvent
from attune_store._translate import connecting, translating

_GLANCE = 0.25  # seconds after which a waiting caller looks for the reason


class AsyncPoolOptions(CommonPoolOptions, total=False):
    """The options of psycopg_pool's pools."""

    open: bool | None
    connection_class: type[AsyncConnection[Any]]
    kwargs: AsyncKwargsParam | None
    configure: AsyncConnectionCB[AsyncConnection[Any]] | None
    check: AsyncConnectionCB[AsyncConnection[Any]] | None
    reset: AsyncConnectionCB[AsyncConnection[Any]] | None
    reconnect_failed: AsyncConnectFailedCB | None


class AsyncConnections:
    """Connections of a pool that work, or an error that names the reason."""

    def __init__(self, pool: AsyncConnectionPool[Any] | None = None) -> None:
        self._uses = Uses()
        self._failure: Exception | None = None
        self._has_connected = False
        self._pid: int | None = None
        self._observer: AsyncObserver | None = None
        if pool is not None:
            self.pool = pool
            self._has_connected = True
            self._pid = None if pool.closed else os.getpid()

    @classmethod
    def make(
        cls,
        conninfo: str | None,
        options: dict[str, Any],
        on_query: Callable[[QueryEvent], object] | None = None,
    ) -> "AsyncConnections":
        """Make a pool with these options. Its cursors report each statement to `on_query`."""
        refuse_unknown(options, AsyncPoolOptions)
        options = {"open": False, "timeout": TIMEOUT, "reconnect_timeout": RECONNECT, **options}
        if (max_size := options.get("max_size")) is not None:
            options.setdefault("min_size", min(4, max_size))
        made = cls()
        made._observer = AsyncObserver(on_query) if on_query is not None else None
        options["connection_class"] = made._prepared(
            options.get("connection_class", AsyncConnection)
        )
        made.pool = AsyncConnectionPool(resolve_conninfo(conninfo), **options)
        return made

    async def open(self) -> None:
        """Start to connect."""
        self._refuse_other_process()
        try:
            await self.pool.open()
        except OperationalError as exc:
            raise errors.UnavailableError(
                "a closed store can't be opened again", retryable=False
            ) from exc
        self._pid = os.getpid()

    async def close(self) -> None:
        """Close all connections. In a child of the process that opened them, do nothing."""
        if self._pid in (None, os.getpid()):
            await self.pool.close()

    @asynccontextmanager
    async def taken(self) -> AsyncGenerator[AsyncConnection[Any]]:
        """Take an idle connection that works, and give it back."""
        conn = await self._take()
        try:
            self._observe(conn)
            yield conn
        finally:
            if conn.pgconn.transaction_status == TransactionStatus.IDLE:
                self._uses.note(conn)
            elif conn.closed:
                self._uses.note_dead()
            await self.pool.putconn(conn)

    @asynccontextmanager
    async def beside(self) -> AsyncGenerator[AsyncConnection[Any]]:
        """Connect outside the pool, independently of its size and state."""
        async with await self.connect() as conn:
            yield conn

    async def connect(self, **parameters: Any) -> AsyncConnection[Any]:
        """Make a connection outside the pool. `parameters` are added to those of libpq."""
        pool = self.pool
        conninfo: str = await _given(pool.conninfo)
        options: dict[str, Any] = {**(await _given(pool.kwargs) or {}), **parameters}
        # Few statements run there, and a pooler would leave a prepared one to other clients.
        options.update(autocommit=True, row_factory=tuple_row, prepare_threshold=None)
        with translating():
            conn: AsyncConnection[Any] = await pool.connection_class.connect(
                conninfo or "", **options
            )
        self._observe(conn)
        return conn

    def refuse_closed(self) -> None:
        """Raise UnavailableError if this process has no open pool."""
        self._refuse_other_process()
        if self.pool.closed:
            raise errors.UnavailableError("the store is not open", retryable=False)

    def _observe(self, conn: AsyncConnection[Any]) -> None:
        # For each block, because `configure` and tracing tools may replace the cursor_factory.
        if self._observer is not None:
            self._observer.observe(conn)

    async def _take(self) -> AsyncConnection[Any]:
        self._refuse_other_process()
        while True:
            conn = await self._wait()
            idle = conn.pgconn.transaction_status == TransactionStatus.IDLE
            if idle and (not self._uses.is_doubtful(conn) or await self._works(conn)):
                return conn
            # It was left within a transaction, or is dead. The pool replaces it.
            await conn.close()
            await self.pool.putconn(conn)

    async def _works(self, conn: AsyncConnection[Any]) -> bool:
        try:
            await self.pool.check_connection(conn)
        except OperationalError:
            self._uses.note_dead()
            return False
        self._uses.note(conn)
        return True

    async def _wait(self) -> AsyncConnection[Any]:
        """Wait for a connection until the timeout, or until a failure is final."""
        deadline = monotonic() + self.pool.timeout
        while True:
            left = deadline - monotonic()
            # A caller who looks for the reason loses his place in the queue. Look only if the pool
            # has failed, or never connected.
            glances = self._failure is not None or not self._has_connected
            conn = await self._wait_once(min(left, _GLANCE) if glances else left)
            if conn is not None:
                return conn
            is_over = left <= _GLANCE or not glances
            failure = self._failure
            if failure is not None and (is_over or connecting.is_final(failure)):
                raise connecting.refusal(failure) from failure
            if is_over:
                reason = "all are in use" if self._has_connected else "the server does not answer"
                raise errors.UnavailableError(
                    f"no connection within {self.pool.timeout:g} seconds: {reason}"
                )

    async def _wait_once(self, timeout: float) -> AsyncConnection[Any] | None:
        with translating():
            try:
                conn: AsyncConnection[Any] = await self.pool.getconn(timeout)
            except PoolTimeout:
                return None
        return conn

    def _refuse_other_process(self) -> None:
        if self._pid is None and not self.pool.closed:
            self._pid = os.getpid()
        if self._pid is not None:
            refuse_other_process(self._pid)

    def _prepared(self, connection_class: type[AsyncConnection[Any]]) -> Any:
        """Return a subclass whose `connect` prepares the session and remembers why it failed."""

        async def connect(conninfo: str = "", **options: Any) -> AsyncConnection[Any]:
            options = {"fallback_application_name": "attune-store", **options}
            try:
                conn = await connection_class.connect(conninfo, **options)
                try:
                    await _prepare(conn, "prepare_threshold" in options)
                except BaseException:
                    await conn.close()
                    raise
            except (Error, errors.StoreError) as exc:
                self._failure = exc
                raise
            self._failure = None
            self._has_connected = True
            self._uses.note(conn)
            return conn

        return type(connection_class.__name__, (connection_class,), {"connect": connect})


async def _prepare(conn: AsyncConnection[Any], has_threshold: bool) -> None:
    """Set the settings that values depend on, by a statement: PgBouncer refuses startup options.

    PgBouncer tracks these settings for each client.
    """
    if conn.info.parameter_status("server_encoding") == "SQL_ASCII":
        raise errors.StoreError(
            "the database has the encoding SQL_ASCII: use a database with the encoding UTF8"
        )
    autocommit = conn.autocommit
    await conn.set_autocommit(True)
    cursor = AsyncCursor(conn, row_factory=tuple_row)
    await cursor.execute(_SETTINGS, prepare=False)
    cursor.nextset()
    row = await cursor.fetchone()
    await conn.set_autocommit(autocommit)
    # PgBouncer tells libpq another pid. Behind it, a prepared statement may be another client's.
    if not has_threshold and row is not None and row[0] != conn.info.backend_pid:
        conn.prepare_threshold = None


# Set the isolation level: with the default of the database, the transaction may have to wait for
# all writers.
_SETTINGS = """
    BEGIN ISOLATION LEVEL READ COMMITTED;
    SELECT pg_backend_pid(), set_config('client_encoding', 'UTF8', false),
        set_config('datestyle', 'ISO', false), set_config('timezone', 'UTC', false),
        set_config('standard_conforming_strings', 'on', false);
    COMMIT
"""


async def _given(option: Any) -> Any:
    """Return an option of the pool, which is a value or a function that returns it."""
    value: Any = option() if callable(option) else option
    if isawaitable(value):
        return await value
    return value
