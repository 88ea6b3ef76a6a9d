"""Stream all executions, newest first, as models, compared with a server-side cursor and tuples."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
from data import OPTIONS, connect
from measuring import OURS, Comparison, event_loop

from attune_store import AsyncRepositories, Repositories

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
PAGE = 1000
SELECT = "SELECT * FROM attune.execution ORDER BY id DESC"
FILL = (
    "INSERT INTO attune.execution (action_ref, config)"
    " SELECT 'core.a', '{\"n\": 1}' FROM generate_series(1, %s)"
)


def by_cursor(conn: psycopg.Connection[Any]) -> int:
    """Read all rows with a cursor that fetches one page at a time."""
    with conn.transaction(), conn.cursor(name="all_executions") as cursor:
        cursor.itersize = PAGE
        cursor.execute(SELECT)
        return sum(1 for _ in cursor)


async def by_async_cursor(conn: psycopg.AsyncConnection[Any]) -> int:
    """Read all rows with an async cursor."""
    async with conn.transaction(), conn.cursor(name="all_executions") as cursor:
        cursor.itersize = PAGE
        await cursor.execute(SELECT)
        return len([None async for _ in cursor])


def comparisons(url: str) -> Iterator[Comparison]:
    """Compare in both twins."""
    with connect(url) as hand, connect(url) as own, event_loop() as loop:
        hand.execute(FILL, (ROWS,))
        hand.execute("VACUUM ANALYZE attune.execution")
        wait = loop.run_until_complete
        async_hand = wait(psycopg.AsyncConnection.connect(url, **OPTIONS))
        async_own = wait(psycopg.AsyncConnection.connect(url, **OPTIONS))
        executions = Repositories(own).executions
        async_executions = AsyncRepositories(async_own).executions

        async def streamed() -> int:
            return len([None async for _ in async_executions.stream()])

        yield Comparison(
            f"stream {ROWS:,} executions, sync",
            {
                "psycopg, server-side cursor": lambda: by_cursor(hand),
                OURS: lambda: sum(1 for _ in executions.stream()),
            },
            each=ROWS,
            goal=1.2,
        )
        yield Comparison(
            f"stream {ROWS:,} executions, async",
            {
                "psycopg, server-side cursor": lambda: wait(by_async_cursor(async_hand)),
                OURS: lambda: wait(streamed()),
            },
            each=ROWS,
            goal=1.2,
        )
        for conn in async_hand, async_own:
            wait(conn.close())
