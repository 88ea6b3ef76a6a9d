"""The block in which the repositories of a store can be used."""

import os
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager
from threading import Event, Lock

from attune_store import errors
from attune_store._pool import refuse_other_process


class Block:
    """Counts the running statements. The end of the block waits for them, and refuses later ones.

    Without this, a repository that is used after its block would run statements in whatever
    transaction its connection is in by then.
    """

    def __init__(self, wake: Callable[[Collection[str]], None] | None = None) -> None:
        self._lock = Lock()
        self._under_way = 0
        self._ended = False
        self._quiet: Event | None = None
        self._pid = os.getpid()
        self._wake = wake
        self._topics: set[str] = set()

    @property
    def wakes(self) -> bool:
        """Whether notifications are sent for claimable rows."""
        return self._wake is not None

    def begin_statement(self) -> None:
        """Count a statement. Raise StoreError if the block has ended or belongs to another process."""
        refuse_other_process(self._pid)
        with self._lock:
            if self._ended:
                raise errors.StoreError(
                    "the block has ended: use its repositories inside the block"
                )
            self._under_way += 1

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
            with self._lock:
                self._topics.update(topics)

    def committed(self) -> None:
        """Send notifications for the remembered topics, after a commit."""
        with self._lock:
            topics, self._topics = self._topics, set()
        if topics and self._wake is not None:
            self._wake(topics)

    def end_statement(self) -> None:
        """Stop counting a statement."""
        with self._lock:
            self._under_way -= 1
            if self._quiet is not None and not self._under_way:
                self._quiet.set()

    def end(self) -> None:
        """Refuse further statements, and wait for the running ones."""
        with self._lock:
            self._ended = True
            if not self._under_way:
                return
            self._quiet = quiet = Event()
        quiet.wait()
