"""Listen for notifications of claimable rows."""

from asyncio import sleep
from collections.abc import AsyncGenerator
from contextlib import suppress
from time import monotonic
from typing import Any

from psycopg import AsyncConnection, OperationalError, sql

from attune_store import errors
from attune_store._async.pool import AsyncConnections
from attune_store._background import async_bounded
from attune_store._retry import pause_after
from attune_store._translate import translating
from attune_store._wakeups import CHANNEL, Wakeup

_GLANCE = 1.0  # seconds after which a listener checks whether its store was closed
_PATIENCE = 10  # seconds to wait for a connection

# Notice a server that disappears without a message: a listener sends nothing by itself.
_KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


async def listen(connections: AsyncConnections, timeout: float | None) -> AsyncGenerator[Wakeup]:
    """Yield wake-ups until the time is over."""
    deadline = float("inf") if timeout is None else monotonic() + timeout
    hope = monotonic() + connections.pool.timeout
    while True:
        conn = await _listening(connections, min(deadline, hope))
        hope = float("inf")
        try:
            with suppress(OperationalError):  # The connection was lost.
                yield Wakeup(None, missed=True)
                while (left := deadline - monotonic()) > 0:
                    connections.refuse_closed()
                    for topic in await _heard(conn, min(left, _GLANCE)):
                        yield Wakeup(topic, missed=False)
                return
        finally:
            await conn.close()


async def _heard(conn: AsyncConnection[Any], timeout: float) -> list[str]:
    """Return the topics of the waiting notifications, or of the next ones, each once."""
    heard = [one.payload async for one in conn.notifies(timeout=timeout, stop_after=1)]
    return list(dict.fromkeys(" ".join(heard).split()))


async def _listening(connections: AsyncConnections, deadline: float) -> AsyncConnection[Any]:
    """Connect and listen. Try again after a failure, until the time is over or the failure is final."""
    attempt = 0
    while True:
        connections.refuse_closed()
        attempt += 1
        try:
            return await _listening_once(connections)
        except errors.UnavailableError as exc:
            pause = pause_after(attempt)
            if not exc.retryable or monotonic() + pause >= deadline:
                raise
            await sleep(pause)


async def _listening_once(connections: AsyncConnections) -> AsyncConnection[Any]:
    conn = await connections.connect(connect_timeout=_PATIENCE, **_KEEPALIVES)
    try:
        with translating(conn, reading=True), async_bounded(conn, _PATIENCE):
            row = await (await conn.execute("SELECT pg_backend_pid()")).fetchone()
            if row != (conn.info.backend_pid,):
                raise errors.StoreError(
                    "notifications do not pass through a pooler such as PgBouncer: listen on a Store"
                    " that connects to the server itself"
                )
            await conn.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
    except BaseException:
        await conn.close()
        raise
    return conn
