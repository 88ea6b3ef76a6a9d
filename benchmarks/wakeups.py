"""What notifications cost the writers: executions created with `notify=True` and without.

    python benchmarks/wakeups.py --rounds 20

Four threads create executions, each in a transaction of its own, through a Store that tells what it
has committed and through one that does not, in turn, round by round, while one connection listens.
For comparison also with pg_notify in the transaction that writes. Printed are the ratios of the
rates: 1.00 is a Store that does not tell.
"""

import argparse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from measuring import database, measure
from rich.console import Console
from rich.table import Table

from attune_store import CreateExecutionInput, Repositories, Store

THREADS, CALLS = 4, 50
INPUT = CreateExecutionInput(action_ref="core.shell")


def create(tx: Repositories) -> None:
    """Write a row that can be claimed."""
    tx.executions.create(INPUT)


def create_and_notify(tx: Repositories) -> None:
    """Write a row, and tell of it as a trigger would."""
    tx.executions.create(INPUT)
    tx.connection.execute("SELECT pg_notify('attune_claimable', 'executions')")


def many(store: Store, work: Callable[[Repositories], None], pool: ThreadPoolExecutor) -> None:
    """A round: all threads at once."""

    def writer(_: int) -> None:
        for _ in range(CALLS):
            with store.transaction() as tx:
                work(tx)

    list(pool.map(writer, range(THREADS)))


def main() -> None:
    """Measure, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    size: dict[str, Any] = {"min_size": THREADS, "max_size": THREADS}
    with (
        database() as conninfo,
        psycopg.connect(conninfo, autocommit=True) as ear,
        Store(conninfo, **size) as silent,
        Store(conninfo, notify=True, **size) as telling,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        ear.execute("LISTEN attune_claimable")
        ways: dict[str, Callable[[], Any]] = {
            "silent": lambda: many(silent, create, pool),
            "notify=True": lambda: many(telling, create, pool),
            "pg_notify in each transaction": lambda: many(silent, create_and_notify, pool),
        }
        seconds = measure(ways, rounds)
    table = Table("", "transactions a second", "ratio")
    for name, taken in seconds.items():
        rate = THREADS * CALLS / taken
        table.add_row(name, f"{rate:,.0f}", f"{seconds['silent'] / taken:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
