"""Listen for notifications of claimable rows."""

from collections.abc import Generator
from contextlib import suppress
from time import monotonic, sleep
from typing import Any

from psycopg import Connection, OperationalError, sql

from attune_store import errors
from attune_store._background import bounded
from attune_store._retry import pause_after
from attune_store._sync.pool import Connections
from attune_store._translate import translating
from attune_store._wakeups import CHANNEL, Wakeup

_GLANCE = 1.0  # seconds after which a listener checks whether its store was closed
_PATIENCE = 10  # seconds to wait for a connection

# Notice a server that disappears without a message: a listener sends nothing by itself.
_KEEPALIVES = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}


def listen(connections: Connections, timeout: float | None) -> Generator[Wakeup]:
    """Yield wake-ups until the time is over."""
    deadline = float("inf") if timeout is None else monotonic() + timeout
    hope = monotonic() + connections.pool.timeout
    while True:
        conn = _listening(connections, min(deadline, hope))
        hope = float("inf")
        try:
            with suppress(OperationalError):  # The connection was lost.
                yield Wakeup(None, missed=True)
                while (left := deadline - monotonic()) > 0:
                    connections.refuse_closed()
                    for topic in _heard(conn, min(left, _GLANCE)):
                        yield Wakeup(topic, missed=False)
                return
        finally:
            conn.close()


def _heard(conn: Connection[Any], timeout: float) -> list[str]:
    """Return the topics of the waiting notifications, or of the next ones, each once."""
    heard = [one.payload for one in conn.notifies(timeout=timeout, stop_after=1)]
    return list(dict.fromkeys(" ".join(heard).split()))


def _listening(connections: Connections, deadline: float) -> Connection[Any]:
    """Connect and listen. Try again after a failure, until the time is over or the failure is final."""
    attempt = 0
    while True:
        connections.refuse_closed()
        attempt += 1
        try:
            return _listening_once(connections)
        except errors.UnavailableError as exc:
            pause = pause_after(attempt)
            if not exc.retryable or monotonic() + pause >= deadline:
                raise
            sleep(pause)


def _listening_once(connections: Connections) -> Connection[Any]:
    conn = connections.connect(connect_timeout=_PATIENCE, **_KEEPALIVES)
    try:
        with translating(conn, reading=True), bounded(conn, _PATIENCE):
            row = (conn.execute("SELECT pg_backend_pid()")).fetchone()
            if row != (conn.info.backend_pid,):
                raise errors.StoreError(
                    "notifications do not pass through a pooler such as PgBouncer: listen on a Store"
                    " that connects to the server itself"
                )
            conn.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
    except BaseException:
        conn.close()
        raise
    return conn
