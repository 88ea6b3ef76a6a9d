"""A program of a new user: write with the sync store, read with the async one."""

import asyncio
import os

from attune_store import AsyncStore, CreatePackInput, Pack, Store


async def read() -> Pack:
    """Return the pack with this ref."""
    async with AsyncStore(os.environ["DATABASE_URL"]) as store, store.autocommit() as repos:
        return await repos.packs.get_by_ref("core")


with Store(os.environ["DATABASE_URL"]) as store:
    assert store.migrate()
    assert store.migrate() == []
    assert store.check() == []
    with store.transaction() as tx:
        pack = tx.packs.create(CreatePackInput(ref="core", label="Core", version="1.0.0"))
assert asyncio.run(read()) == pack
