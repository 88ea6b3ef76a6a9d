"""Write one row: create it, change two of its fields, and read it in a block."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import psycopg
from data import OPTIONS, connect, numbers
from measuring import OURS, Comparison, awaited, event_loop, repeated
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from attune_store import AsyncRepositories, CreatePackInput, Repositories, Store, UpdatePackInput

CALLS = 50
COLUMNS = (
    "id, ref, label, description, version, conf_schema, config, meta, tags, runtime_deps,"
    " is_standard, created, updated"
)
READ = f"SELECT {COLUMNS} FROM attune.pack WHERE id = %s".encode()
CREATE = (
    "INSERT INTO attune.pack (ref, label, description, version, conf_schema, config, meta, tags,"
    " runtime_deps, is_standard) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
    f" RETURNING {COLUMNS}"
).encode()
UPDATE = f"UPDATE attune.pack SET label = %s, meta = %s WHERE id = %s RETURNING {COLUMNS}".encode()


def new_pack() -> CreatePackInput:
    """Return a pack that does not exist yet."""
    number = next(numbers)
    return CreatePackInput(
        ref=f"pack{number}", label="Pack", version="1.0.0", tags=["a", "b"], meta={"n": number}
    )


def changes() -> UpdatePackInput:
    """Return two fields that differ from those of the previous change."""
    number = next(numbers)
    return UpdatePackInput(label=f"Pack {number}", meta={"n": number})


def created_by_hand(pack: CreatePackInput) -> tuple[Any, ...]:
    """Return the values of a new pack. All ways include making the input."""
    return (
        *(pack.ref, pack.label, pack.description, pack.version, Jsonb(pack.conf_schema)),
        *(Jsonb(pack.config), Jsonb(pack.meta), pack.tags, pack.runtime_deps),
        pack.is_standard,
    )


def changed_by_hand(id: int, change: UpdatePackInput) -> tuple[Any, ...]:
    """Return the values of a change."""
    return change.label, Jsonb(change.meta), id


def comparisons(url: str) -> Iterator[Comparison]:
    """Compare in both twins, and the blocks of a Store with those of a pool."""
    with connect(url) as conn, event_loop() as loop:
        wait = loop.run_until_complete
        async_conn = wait(psycopg.AsyncConnection.connect(url, **OPTIONS))
        packs, async_packs = Repositories(conn).packs, AsyncRepositories(async_conn).packs
        one, other = packs.create(new_pack()).id, packs.create(new_pack()).id

        def fetch(statement: bytes, values: Callable[[], tuple[Any, ...]]) -> dict[str, Any]:
            async def fetched() -> Any:
                cursor = await async_conn.execute(statement, values())
                return await cursor.fetchone()

            return {
                "sync": repeated(lambda: conn.execute(statement, values()).fetchone(), CALLS),
                "async": awaited(loop, fetched, CALLS),
            }

        def own_way(call: Callable[[], Any], acall: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
            return {"sync": repeated(call, CALLS), "async": awaited(loop, acall, CALLS)}

        works = {
            "create a pack": (
                fetch(CREATE, lambda: created_by_hand(new_pack())),
                own_way(lambda: packs.create(new_pack()), lambda: async_packs.create(new_pack())),
            ),
            "change two fields of a pack": (
                fetch(UPDATE, lambda: changed_by_hand(one, changes())),
                own_way(
                    lambda: packs.update(other, changes()),
                    lambda: async_packs.update(other, changes()),
                ),
            ),
        }
        for name, (by_hand, ours) in works.items():
            for twin in "sync", "async":
                yield Comparison(
                    f"{name}, {twin}",
                    {"psycopg": by_hand[twin], OURS: ours[twin]},
                    each=CALLS,
                    goal=1.10,
                )
        wait(async_conn.close())
    yield from _blocks(url, one)


def _blocks(url: str, pack: int) -> Iterator[Comparison]:
    options: dict[str, Any] = {"min_size": 1, "max_size": 1}
    with ConnectionPool(url, kwargs={"options": OPTIONS["options"]}, **options) as pool:
        store = Store.from_pool(pool)

        def by_pool() -> None:
            with pool.connection() as conn:
                conn.execute(READ, (pack,)).fetchone()

        def by_transaction() -> None:
            with pool.connection() as conn, conn.transaction():
                conn.execute(READ, (pack,)).fetchone()

        def by_store(block: Any) -> None:
            with block() as repos:
                repos.packs.find_by_id(pack)

        yield Comparison(
            "a block with one read, transaction",
            {
                "psycopg_pool": repeated(by_pool, CALLS),
                OURS: repeated(partial(by_store, store.transaction), CALLS),
                "psycopg_pool, conn.transaction()": repeated(by_transaction, CALLS),
            },
            each=CALLS,
            goal=1.05,
        )
        yield Comparison(
            "a block with one read, autocommit",
            {
                "psycopg_pool": repeated(by_pool, CALLS),
                OURS: repeated(partial(by_store, store.autocommit), CALLS),
            },
            each=CALLS,
        )
