"""What one row costs: read by id, created, updated in two fields; next to psycopg by hand.

    python benchmarks/single_rows.py --rounds 100

Both twins of the repositories and psycopg do the same on connections to the same server, in turn,
round by round; a round is 50 calls. By hand means the statement as one would write it, prepared by
psycopg all the same, and its row as a tuple. Printed are ratios of medians: 1.00 is by hand.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import psycopg
from measuring import database, measure
from psycopg.types.json import Jsonb
from rich.console import Console
from rich.table import Table

from attune_store import AsyncRepositories, CreatePackInput, Repositories, UpdatePackInput

CALLS = 50
OPTIONS = "-c timezone=UTC -c synchronous_commit=off"
COLUMNS = (
    "id, ref, label, description, version, conf_schema, config, meta, tags, runtime_deps,"
    " is_standard, created, updated"
)
READ = f"SELECT {COLUMNS} FROM attune.pack WHERE id = %s"
CREATE = (
    "INSERT INTO attune.pack (ref, label, description, version, conf_schema, config, meta, tags,"
    " runtime_deps, is_standard) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    f" RETURNING {COLUMNS}"
)
UPDATE = f"UPDATE attune.pack SET label = %s, meta = %s WHERE id = %s RETURNING {COLUMNS}"

numbers = count(1)


def new_pack() -> CreatePackInput:
    """A pack that is not there yet."""
    number = next(numbers)
    return CreatePackInput(
        ref=f"pack{number}", label="Pack", version="1.0.0", tags=["a", "b"], meta={"n": number}
    )


def changes() -> UpdatePackInput:
    """Two fields that differ from those of the time before."""
    number = next(numbers)
    return UpdatePackInput(label=f"Pack {number}", meta={"n": number})


def by_hand(conn: psycopg.Connection[Any], id: int) -> dict[str, Callable[[], Any]]:
    """The three with psycopg alone; making the input is part of it, as in the other ways."""

    def create() -> Any:
        pack = new_pack()
        values = (
            *(pack.ref, pack.label, pack.description, pack.version, Jsonb(pack.conf_schema)),
            *(Jsonb(pack.config), Jsonb(pack.meta), pack.tags, pack.runtime_deps),
            pack.is_standard,
        )
        return conn.execute(CREATE, values).fetchone()

    def update() -> Any:
        change = changes()
        return conn.execute(UPDATE, (change.label, Jsonb(change.meta), id)).fetchone()

    return {
        "read": lambda: conn.execute(READ, (id,)).fetchone(),
        "create": create,
        "update": update,
    }


def by_repository(repos: Repositories, id: int) -> dict[str, Callable[[], Any]]:
    """The three with the sync repositories."""
    packs = repos.packs
    return {
        "read": lambda: packs.find_by_id(id),
        "create": lambda: packs.create(new_pack()),
        "update": lambda: packs.update(id, changes()),
    }


def by_async_hand(conn: psycopg.AsyncConnection[Any], id: int) -> dict[str, Callable[[], Any]]:
    """The three with psycopg's coroutines."""

    async def fetch(statement: str, values: tuple[Any, ...]) -> Any:
        cursor = await conn.execute(statement.encode(), values)
        return await cursor.fetchone()

    def create() -> Awaitable[Any]:
        pack = new_pack()
        values = (
            *(pack.ref, pack.label, pack.description, pack.version, Jsonb(pack.conf_schema)),
            *(Jsonb(pack.config), Jsonb(pack.meta), pack.tags, pack.runtime_deps),
            pack.is_standard,
        )
        return fetch(CREATE, values)

    def update() -> Awaitable[Any]:
        change = changes()
        return fetch(UPDATE, (change.label, Jsonb(change.meta), id))

    return {"read": lambda: fetch(READ, (id,)), "create": create, "update": update}


def by_async_repository(repos: AsyncRepositories, id: int) -> dict[str, Callable[[], Any]]:
    """The three with the async repositories."""
    packs = repos.packs
    return {
        "read": lambda: packs.find_by_id(id),
        "create": lambda: packs.create(new_pack()),
        "update": lambda: packs.update(id, changes()),
    }


def repeated(call: Callable[[], Any]) -> Callable[[], None]:
    """The call, some times."""

    def run() -> None:
        for _ in range(CALLS):
            call()

    return run


def awaited(loop: asyncio.AbstractEventLoop, call: Callable[[], Any]) -> Callable[[], None]:
    """The coroutine, some times, within one run of the loop."""

    async def run() -> None:
        for _ in range(CALLS):
            await call()

    return lambda: loop.run_until_complete(run())


def main() -> None:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    rounds: int = parser.parse_args().rounds
    loop = asyncio.new_event_loop()
    with database() as conninfo:
        options: dict[str, Any] = {"autocommit": True, "options": OPTIONS}
        connections = [psycopg.connect(conninfo, **options) for _ in range(2)]
        async_connections = [
            loop.run_until_complete(psycopg.AsyncConnection.connect(conninfo, **options))
            for _ in range(2)
        ]
        packs = [Repositories(connections[0]).packs.create(new_pack()).id for _ in range(4)]
        ways = {
            ("sync", "psycopg"): by_hand(connections[0], packs[0]),
            ("sync", "attune_store"): by_repository(Repositories(connections[1]), packs[1]),
            ("async", "psycopg"): by_async_hand(async_connections[0], packs[2]),
            ("async", "attune_store"): by_async_repository(
                AsyncRepositories(async_connections[1]), packs[3]
            ),
        }
        table = Table(title=f"one row, medians of {rounds} rounds of {CALLS} calls")
        for heading in "what", "twin", "by hand", "attune_store", "ratio":
            table.add_column(heading, justify="right" if len(table.columns) > 1 else "left")
        for what in "read", "create", "update":
            runs = {
                f"{kind} {way}": awaited(loop, calls[what])
                if kind == "async"
                else repeated(calls[what])
                for (kind, way), calls in ways.items()
            }
            medians = measure(runs, rounds)
            for kind in "sync", "async":
                hand, ours = medians[f"{kind} psycopg"], medians[f"{kind} attune_store"]
                microseconds = (f"{median / CALLS * 1e6:.0f} µs" for median in (hand, ours))
                table.add_row(what, kind, *microseconds, f"{ours / hand:.2f}")
        for conn in connections:
            conn.close()
        for async_conn in async_connections:
            loop.run_until_complete(async_conn.close())
    loop.close()
    Console().print(table)


if __name__ == "__main__":
    main()
