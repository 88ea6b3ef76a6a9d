"""The connections of the commands."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import attune_store

if TYPE_CHECKING:
    import psycopg


@contextmanager
def connection(database_url: str | None) -> Generator["psycopg.Connection[Any]"]:
    """Connect without a pool, with the settings of a store."""
    from attune_store._sync.pool import Connections

    with Connections.make(database_url, {}).beside() as conn:
        yield conn


@contextmanager
def snapshot(database_url: str | None) -> Generator["psycopg.Connection[Any]"]:
    """Begin a read-only transaction that sees one state of the database."""
    import psycopg

    from attune_store._translate import translating

    with connection(database_url) as conn, translating(conn, reading=True):
        conn.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        with conn.transaction():
            yield conn


@contextmanager
def store(database_url: str | None) -> "Generator[attune_store.Store]":
    """Open a store with one connection, which notifies listeners."""
    with connection(database_url):
        pass  # A pool would try for a while, and log each failure.
    with attune_store.Store(database_url, notify=True, min_size=0, max_size=1) as opened:
        yield opened
