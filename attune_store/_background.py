"""What a store does beside its callers: in a thread, or in a task."""

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
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self._stop.set()
        self._thread.join()

    def pause(self, seconds: float) -> bool:
        """Let the work pause; False: it is asked to stop."""
        return not self._stop.wait(seconds)


class AsyncBackground:
    """A task that works until it is asked to stop."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._stop = asyncio.Event()

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Ask it to stop, and wait until it has; who is cancelled meanwhile cancels it."""
        self._stop.set()
        await self._task

    async def pause(self, seconds: float) -> bool:
        """Let the work pause; False: it is asked to stop."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        return not self._stop.is_set()


@contextmanager
def bounded(conn: Connection, seconds: float) -> Generator[None]:
    """Cut the connection if the block takes longer: its statement fails then.

    A server that went away without a word would hold the statement up for ever, and its
    cancellation too.
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
    """Do the same on the loop."""
    timer = asyncio.get_running_loop().call_later(seconds, _cut, conn)
    try:
        yield
    finally:
        timer.cancel()


def _cut(conn: Connection) -> None:
    """Shut down the socket: the one who waits on it notices at once, and closes the connection."""
    with (
        suppress(OSError, psycopg.Error),
        socket.fromfd(conn.fileno(), socket.AF_INET, socket.SOCK_STREAM) as copy,
    ):
        copy.shutdown(socket.SHUT_RDWR)
