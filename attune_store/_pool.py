"""The options of a store's pool, and the state of its connections."""

import os
from difflib import get_close_matches
from time import monotonic
from typing import Any, TypedDict
from weakref import WeakKeyDictionary

from attune_store import errors
from attune_store._translate.connection import Connection

IDLE_SECONDS = 30.0
"""Seconds without use after which a connection is tested before it is used."""
TIMEOUT = 10.0
"""The default of the seconds that a caller waits for a connection."""


RECONNECT = 5.0
"""Seconds for which a pool reconnects in the background. Later it connects when a caller asks."""


class CommonPoolOptions(TypedDict, total=False):
    """The options that both kinds of pools share, except for callbacks."""

    min_size: int
    max_size: int | None
    name: str | None
    close_returns: bool
    timeout: float
    max_waiting: int
    max_lifetime: float
    max_idle: float
    reconnect_timeout: float
    num_workers: int


def refuse_unknown(given: dict[str, Any], known: Any) -> None:
    """Raise TypeError for an option that pools do not have, as Python does for a function."""
    names = known.__optional_keys__
    for name in given.keys() - names:
        close = get_close_matches(name, names, n=1)
        hint = (
            f"; did you mean {close[0]}?"
            if close
            else f"; expected one of {', '.join(sorted(names))}"
        )
        raise TypeError(f"unexpected pool option {name!r}{hint}")


def refuse_other_process(pid: int) -> None:
    """Raise UnavailableError in a child of the process that connected.

    Otherwise parent and child would use the same socket.
    """
    if os.getpid() != pid:
        raise errors.UnavailableError(
            f"the store was opened by process {pid} before a fork: open a Store in the child process",
            retryable=False,
        )


class Uses:
    """When each connection last worked, and when a dead one was last found."""

    def __init__(self) -> None:
        self._used: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()
        self._dead_at = float("-inf")

    def note(self, conn: Connection) -> None:
        """Note that the connection works."""
        self._used[conn] = monotonic()

    def note_dead(self) -> None:
        """Note that a connection was found dead. Others may have been lost at the same time."""
        self._dead_at = monotonic()

    def is_doubtful(self, conn: Connection) -> bool:
        """Return whether to test the connection before it is used."""
        used = self._used.get(conn, float("-inf"))
        return used <= max(self._dead_at, monotonic() - IDLE_SECONDS)
