"""Send notifications of claimable rows after COMMIT."""

import os
from collections.abc import Collection
from threading import Lock
from typing import Any

from psycopg import AsyncConnection

from attune_store._async.pool import AsyncConnections
from attune_store._background import AsyncBackground, async_bounded
from attune_store._retry import pause_after
from attune_store._wakeups import CHANNEL, INTERVAL

_PATIENCE = 5  # seconds to wait for a connection or a notification


class AsyncNotifier:
    """Notifies listeners of claimable rows, in the background, at most 20 times a second.

    Never in the transaction that writes: transactions that notify commit one after the other.
    """

    def __init__(self, connections: AsyncConnections) -> None:
        self._connections = connections
        self._lock = Lock()
        self._topics: set[str] = set()
        self._background: AsyncBackground | None = None
        self._is_closed = False
        self._is_telling = False
        self._conn: AsyncConnection[Any] | None = None
        self._pid: int | None = None

    def wake(self, topics: Collection[str]) -> None:
        """Send notifications for these topics in the background."""
        with self._lock:
            self._pid = os.getpid()
            if self._is_closed:
                return
            self._topics.update(topics)
            if self._is_telling:
                return
            self._background, self._is_telling = AsyncBackground(self._tell), True
            try:
                self._background.start()
            except RuntimeError:  # No thread can be started. The commit is not affected.
                self._background, self._is_telling = None, False

    async def close(self) -> None:
        """Send what is left, and end. In a child of the process, do nothing: the parent owns the connection."""
        if self._pid != os.getpid():
            return
        with self._lock:
            self._is_closed = True
            background = self._background
        if background is not None:
            await background.stop()
        await self._disconnect()

    async def _tell(self) -> None:
        """Send until nothing is left. Topics that arrive during a pause are sent together."""
        failures = 0
        background = self._background
        while background is not None and (topics := self._taken()):
            try:
                await self._send(topics)
                failures, pause = 0, INTERVAL
            except Exception:
                await self._disconnect()
                failures += 1
                pause = max(INTERVAL, pause_after(failures))
                with self._lock:
                    self._topics.update(topics)
            goes_on = await background.pause(pause)
            if failures and not goes_on:
                return  # The store was closed while its server is down.

    def _taken(self) -> set[str]:
        with self._lock:
            topics, self._topics = self._topics, set()
            self._is_telling = bool(topics)
            return topics

    async def _send(self, topics: set[str]) -> None:
        if self._conn is None:
            self._conn = await self._connections.connect(connect_timeout=_PATIENCE)
        with async_bounded(self._conn, _PATIENCE):
            await self._conn.execute(
                "SELECT pg_notify(%s, %s)", [CHANNEL, " ".join(sorted(topics))]
            )

    async def _disconnect(self) -> None:
        if self._conn is not None:
            await self._conn.close()
        self._conn = None
