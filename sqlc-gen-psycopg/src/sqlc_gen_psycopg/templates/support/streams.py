"""Cursors on the server."""

import itertools
from typing import final

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
