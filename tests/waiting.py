"""Wait for other sessions and processes, by conditions on the server and never by the clock."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg

T = TypeVar("T")

LIMIT = 1200
"""Seconds after which a wait fails. No test comes near, however busy the machine is."""


def until(condition: Callable[[], T | None]) -> T:
    """Return the first value of the condition that is true."""
    deadline = time.monotonic() + LIMIT
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {LIMIT} seconds: {condition}")
        time.sleep(0.01)
    return value


def until_asleep(conninfo: str) -> list[int]:
    """Wait until sessions in this database run pg_sleep(), and return their processes."""
    return _until_waiting(conninfo, "wait_event = 'PgSleep'")


def until_blocked(conninfo: str, pid: int | None = None) -> list[int]:
    """Wait until sessions in this database, or this one, wait for a lock, and return their processes."""
    this = "true" if pid is None else f"pid = {pid}"
    return _until_waiting(conninfo, f"wait_event_type = 'Lock' AND {this}")


def _until_waiting(conninfo: str, event: str) -> list[int]:
    with psycopg.connect(conninfo, autocommit=True, prepare_threshold=None) as conn:
        query = f"SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND {event}"
        return until(lambda: [pid for (pid,) in conn.execute(query.encode())])
