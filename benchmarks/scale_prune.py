"""Measure the effect of pruning on claims, and its speed, in batches of several sizes, with and without pauses.

    python benchmarks/scale_prune.py --rows 1000000 --data /var/tmp/scale

Two threads claim and complete tasks one by one, in turn alone and beside a thread that prunes. A pause is a
multiple of the time that its batch took. The output is a table in Markdown: medians of the rate of claims
(1.00 is alone), executions pruned per second, and the duration of a batch, median and maximum.
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Final, NamedTuple

import scale_fill
from scale_server import filled, server

from attune_store import (
    CreateExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    Store,
)

CLAIMERS: Final = 2
# No session waits for the disk, so that the full effect of pruning is visible.
SESSION: Final = {"options": "-c synchronous_commit=off"}
TASKS_A_SECOND: Final = 2000  # more than they can claim
ALONE: Final = "alone"


class Way(NamedTuple):
    """How to prune: trees per batch, and the pause as a multiple of the batch's time."""

    limit: int
    pause: float


WAYS: Final = {
    ALONE: None,
    "10 trees": Way(10, 0),
    "10 trees, pause 1": Way(10, 1),
    "100 trees": Way(100, 0),
    "100 trees, pause 1": Way(100, 1),
    "100 trees, pause 3": Way(100, 3),
}


class Pruner:
    """Prunes until it is stopped, and counts."""

    def __init__(self, store: Store, way: Way | None) -> None:
        self._store = store
        self._way = way
        self._stop = Event()
        self.executions = 0
        self.batches: list[float] = []

    def run(self) -> None:
        """Prune executions that ended more than a day ago."""
        if self._way is None:
            return
        before = datetime.now(UTC) - timedelta(days=1)
        while not self._stop.is_set():
            begun = time.perf_counter()
            with self._store.autocommit() as repos:
                pruned = repos.executions.prune(finished_before=before, limit=self._way.limit)
            self.batches.append(time.perf_counter() - begun)
            assert pruned, "there is nothing left to prune: fill a larger database"
            self.executions += pruned
            self._stop.wait(self._way.pause * self.batches[-1])

    @contextmanager
    def at_work(self, pool: ThreadPoolExecutor) -> Iterator[None]:
        """Prune in a thread while the block lasts."""
        running = pool.submit(self.run)
        try:
            yield
        finally:
            self._stop.set()
            running.result()


def give(store: Store, run: int, name: str, tasks: int) -> None:
    """Add requested tasks to a workflow."""
    with store.autocommit() as repos:
        repos.workflow_task_executions.create_many(
            CreateWorkflowTaskExecutionInput(
                workflow_execution=run,
                execution=CreateExecutionInput(action_ref="core.action1"),
                task_name=name,
                task_index=n,
            )
            for n in range(tasks)
        )


def claim(store: Store, name: str, end: float) -> int:
    """Claim and complete tasks with this name until a time of the clock. Return their number."""
    done = 0
    with store.autocommit() as repos:
        tasks = repos.workflow_task_executions
        while time.perf_counter() < end:
            claimed = tasks.claim_any(task_names=[name], to=ExecutionStatus.RUNNING, limit=1)
            tasks.complete(claimed[0].id, result={"code": 0})
            done += 1
    return done


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="that each way takes in a round")
    parser.add_argument("--data", type=Path, help="where the server's data stay; else they go")
    options = parser.parse_args()
    rates: dict[str, list[float]] = {name: [] for name in WAYS}
    pruned: dict[str, list[float]] = {name: [] for name in WAYS}
    batches: dict[str, list[float]] = {name: [] for name in WAYS}
    run = options.rows // scale_fill.TASKS - 1  # has not ended, and is not paused
    with (
        server(options.data) as url,
        Store(filled(url, options.rows), max_size=CLAIMERS + 1, kwargs=SESSION) as store,
        ThreadPoolExecutor(CLAIMERS + 1) as pool,
    ):
        for _ in range(options.rounds):
            for way, how in WAYS.items():
                name = f"claimed{time.time_ns()}"
                give(store, run, name, int(TASKS_A_SECOND * options.seconds))
                pruner = Pruner(store, how)
                with pruner.at_work(pool):
                    begun = time.perf_counter()
                    end = begun + options.seconds
                    claimers = [pool.submit(claim, store, name, end) for _ in range(CLAIMERS)]
                    done = sum(claimer.result() for claimer in claimers)
                    taken = time.perf_counter() - begun
                rates[way].append(done / taken)
                pruned[way].append(pruner.executions / taken)
                batches[way] += pruner.batches
    print(
        "| pruning | claims | executions a second | a batch, ms | at most |\n|---|---:|---:|---:|---:|"
    )
    for way in WAYS:
        ratio = statistics.median(
            beside / alone for beside, alone in zip(rates[way], rates[ALONE], strict=True)
        )
        of_batch = [1000 * taken for taken in batches[way]] or [0]
        print(
            f"| {way} | {ratio:.2f} | {statistics.median(pruned[way]):,.0f}"
            f" | {statistics.median(of_batch):.0f} | {max(of_batch):.0f} |"
        )
    print(f"\nalone: {statistics.median(rates[ALONE]):,.0f} tasks a second")


if __name__ == "__main__":
    main()
