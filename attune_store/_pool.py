"""What a store's pool takes, and what the store remembers of its connections."""

import os
from difflib import get_close_matches
from time import monotonic
from typing import Any, TypedDict
from weakref import WeakKeyDictionary

from attune_store import errors
from attune_store._translate.connection import Connection

IDLE_SECONDS = 30.0
"""A connection that was unused for longer is tested before it is given out."""
TIMEOUT = 10.0
"""How many seconds a caller waits for a connection, unless the pool was given another time."""


RECONNECT = 5.0
"""For how many seconds a pool tries by itself to connect again; later it does when a caller needs it."""


class CommonPoolOptions(TypedDict, total=False):
    """The options of both kinds of pools that hold no callback."""

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
    """Raise TypeError for an option that pools do not have, as Python does for any function."""
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

    Parent and child would talk on one socket.
    """
    if os.getpid() != pid:
        raise errors.UnavailableError(
            f"the store was opened by process {pid} before a fork: open a Store in the child process",
            retryable=False,
        )


class Uses:
    """When each connection last worked, and when one was last found dead."""

    def __init__(self) -> None:
        self._used: WeakKeyDictionary[Connection, float] = WeakKeyDictionary()
        self._dead_at = float("-inf")

    def note(self, conn: Connection) -> None:
        """Note that the connection works."""
        self._used[conn] = monotonic()

    def note_dead(self) -> None:
        """Note that a connection was found dead: what ended it may have ended the others."""
        self._dead_at = monotonic()

    def is_doubtful(self, conn: Connection) -> bool:
        """Whether to test the connection before it is used."""
        used = self._used.get(conn, float("-inf"))
        return used <= max(self._dead_at, monotonic() - IDLE_SECONDS)
