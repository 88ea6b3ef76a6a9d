"""The block in which the repositories of a store can be used."""

import os
from asyncio import Event
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager, suppress

from attune_store import errors
from attune_store._pool import refuse_other_process


class AsyncBlock:
    """Counts the running statements. The end of the block waits for them, and refuses later ones.

    Without this, a repository that is used after its block would run statements in whatever
    transaction its connection is in by then.
    """

    def __init__(self, wake: Callable[[Collection[str]], None] | None = None) -> None:
        # Lists, as their methods are atomic.
        self._under_way: list[None] = []
        self._ended = False
        self._quiet: Event | None = None
        self._pid = os.getpid()
        self._wake = wake
        self._topics: list[str] = []

    @property
    def wakes(self) -> bool:
        """Whether notifications are sent for claimable rows."""
        return self._wake is not None

    def begin_statement(self) -> None:
        """Count a statement. Raise StoreError if the block has ended or belongs to another process."""
        refuse_other_process(self._pid)
        self._under_way.append(None)
        if self._ended:
            self.end_statement()
            raise errors.StoreError("the block has ended: use its repositories inside the block")

    @contextmanager
    def statement(self) -> Generator[None]:
        """Count the statements in this block as one."""
        self.begin_statement()
        try:
            yield
        finally:
            self.end_statement()

    def wake(self, topics: Collection[str]) -> None:
        """Remember the topics of claimable rows until the statement is committed."""
        if self._wake is not None:
            self._topics.extend(topics)

    def committed(self) -> None:
        """Send notifications for the remembered topics, after a commit."""
        if self._wake is None:
            return
        topics = set[str]()
        with suppress(IndexError):
            while True:
                topics.add(self._topics.pop())
        if topics:
            self._wake(topics)

    def end_statement(self) -> None:
        """Stop counting a statement."""
        self._under_way.pop()
        if self._quiet is not None and not self._under_way:
            self._quiet.set()

    async def end(self) -> None:
        """Refuse further statements, and wait for the running ones."""
        self._ended = True
        if not self._under_way:
            return
        self._quiet = quiet = Event()
        if self._under_way:  # The last one may have ended before it could see the event.
            await quiet.wait()
