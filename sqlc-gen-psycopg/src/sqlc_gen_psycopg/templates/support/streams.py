"""Server-side cursors."""

import itertools
from typing import final

from psycopg import AsyncRawServerCursor, RawServerCursor

from .cursors import AsyncOwn, Made, Own, Row


@final
class ServerCursor(Made, Own, RawServerCursor[Row]):
    """A cursor that leaves the rows on the server until they are fetched."""


@final
class AsyncServerCursor(Made, AsyncOwn, AsyncRawServerCursor[Row]):
    """A cursor that leaves the rows on the server until they are fetched."""


def cursor_name() -> str:
    """Return a name for a server-side cursor, which is unique in the session."""
    return f"stream_{next(_NUMBERS)}"


_NUMBERS = itertools.count(1)
