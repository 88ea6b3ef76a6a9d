"""Ten calls one after another and gathered in a pipeline, with 2 ms for each answer."""

import asyncio
from collections.abc import Iterator

import psycopg
from data import OPTIONS, connect, new_run
from measuring import OURS, Comparison, event_loop
from proxy import delayed

from attune_store import AsyncRepositories, Repositories

CALLS, LATENCY = 10, 0.002


def comparisons(url: str) -> Iterator[Comparison]:
    """Compare on autocommit, where the end of a pipeline is a round trip, too."""
    with connect(url) as near:
        new_run(Repositories(near))
        pack = Repositories(near).packs.list(limit=1)[0].id
    with delayed(url, LATENCY) as far, event_loop() as loop:
        conn = loop.run_until_complete(psycopg.AsyncConnection.connect(far, **OPTIONS))
        packs = AsyncRepositories(conn).packs

        async def one_by_one() -> None:
            for _ in range(CALLS):
                await packs.get_by_id(pack)

        async def gathered() -> None:
            async with conn.pipeline():
                await asyncio.gather(*(packs.get_by_id(pack) for _ in range(CALLS)))

        yield Comparison(
            "ten reads over 2 ms, gathered in a pipeline",
            {
                "one after the other": lambda: loop.run_until_complete(one_by_one()),
                OURS: lambda: loop.run_until_complete(gathered()),
            },
            each=CALLS,
            goal=0.3,
            wall=True,
        )
        loop.run_until_complete(conn.close())
