"""Cursors on the server, and statements that run once for each of many rows."""

import itertools
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any, cast, final

import psycopg
from psycopg import AsyncRawServerCursor, RawServerCursor

from .cursors import AsyncOwn, Made, Own, Row


@final
class ServerCursor(Made, Own, RawServerCursor[Row]):
    """A cursor that leaves the rows on the server until they are asked for."""


@final
class AsyncServerCursor(Made, AsyncOwn, AsyncRawServerCursor[Row]):
    """A cursor that leaves the rows on the server until they are asked for."""


def cursor_name() -> str:
    """A name for a cursor on the server, which no other of the session has."""
    return f"stream_{next(_NUMBERS)}"


_NUMBERS = itertools.count(1)


def batch(
    cursor: psycopg.Cursor[Row], statement: str, rows: Iterable[Sequence[Any]]
) -> Iterator[list[Row]]:
    """Run a statement for each of the rows in one pipeline; the results of each."""
    cursor.executemany(cast("Any", statement), rows, returning=True)
    if cursor.pgresult is None:
        return
    more: bool | None = True
    while more:
        yield cursor.fetchall()
        more = cursor.nextset()


async def abatch(
    cursor: psycopg.AsyncCursor[Row], statement: str, rows: Iterable[Sequence[Any]]
) -> AsyncIterator[list[Row]]:
    """Run a statement for each of the rows in one pipeline; the results of each."""
    await cursor.executemany(cast("Any", statement), rows, returning=True)
    if cursor.pgresult is None:
        return
    more: bool | None = True
    while more:
        yield await cursor.fetchall()
        more = cursor.nextset()
