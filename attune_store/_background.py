"""Background work of a store, in a thread or a task."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from threading import Event, Thread, Timer
from typing import Any

import psycopg

from attune_store._translate.connection import Connection


class Background:
    """A thread that works until it is asked to stop."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._thread = Thread(target=work, name=work.__qualname__, daemon=True)
        self._stop = Event()

    def start(self) -> None:
        """Start the work."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self._stop.set()
        self._thread.join()

    def pause(self, seconds: float) -> bool:
        """Pause the work. Return False if it was asked to stop."""
        return not self._stop.wait(seconds)


class AsyncBackground:
    """A task that works until it is asked to stop."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._stop = asyncio.Event()

    def start(self) -> None:
        """Start the work."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Ask it to stop, and wait until it has. If the caller is cancelled meanwhile, the work is, too."""
        self._stop.set()
        await self._task

    async def pause(self, seconds: float) -> bool:
        """Pause the work. Return False if it was asked to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        return not self._stop.is_set()


@contextmanager
def bounded(conn: Connection, seconds: float) -> Generator[None]:
    """Cut the connection if the block takes longer. Its statement then fails.

    If the server disappears without a message, neither the statement nor its cancellation would
    end.
    """
    timer = Timer(seconds, _cut, [conn])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


@contextmanager
def async_bounded(conn: Connection, seconds: float) -> Generator[None]:
    """Do the same on the event loop."""
    timer = asyncio.get_running_loop().call_later(seconds, _cut, conn)
    try:
        yield
    finally:
        timer.cancel()


def _cut(conn: Connection) -> None:
    """Shut down the socket. The thread that waits on it notices at once, and closes the connection."""
    with (
        suppress(OSError, psycopg.Error),
        socket.fromfd(conn.fileno(), socket.AF_INET, socket.SOCK_STREAM) as copy,
    ):
        copy.shutdown(socket.SHUT_RDWR)
