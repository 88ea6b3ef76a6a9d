"""The cost of notifications for four threads that create executions, each in a transaction."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from measuring import OURS, Comparison

from attune_store import CreateExecutionInput, Repositories, Store

THREADS, CALLS = 4, 50
INPUT = CreateExecutionInput(action_ref="core.shell")


def create(tx: Repositories) -> None:
    """Write a row that can be claimed."""
    tx.executions.create(INPUT)


def create_and_notify(tx: Repositories) -> None:
    """Write a row, and notify in the transaction, as a trigger would."""
    tx.executions.create(INPUT)
    tx.connection.execute("SELECT pg_notify('attune_claimable', 'executions')")


def many(store: Store, work: Callable[[Repositories], None], pool: ThreadPoolExecutor) -> None:
    """Run a round, with all threads at once."""

    def writer(_: int) -> None:
        for _ in range(CALLS):
            with store.transaction() as tx:
                work(tx)

    list(pool.map(writer, range(THREADS)))


def comparisons(url: str) -> Iterator[Comparison]:
    """Compare a Store that notifies after the commit with pg_notify in the transaction."""
    size: dict[str, Any] = {"min_size": THREADS, "max_size": THREADS}
    with (
        psycopg.connect(url, autocommit=True) as ear,
        Store(url, **size) as silent,
        Store(url, notify=True, **size) as telling,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        ear.execute("LISTEN attune_claimable")
        yield Comparison(
            "create executions by four threads, and notify",
            {
                "without notifications": lambda: many(silent, create, pool),
                OURS: lambda: many(telling, create, pool),
                "pg_notify in each transaction": lambda: many(silent, create_and_notify, pool),
            },
            each=THREADS * CALLS,
            wall=True,
        )
