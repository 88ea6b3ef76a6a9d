"""Cursors that write the rows of a COPY."""

from collections.abc import Iterable
from typing import Any, final

from psycopg import AsyncRawCursor, RawCursor
from psycopg.adapt import AdaptersMap
from psycopg.types.bool import BoolDumper
from psycopg.types.numeric import IntDumper
from psycopg.types.string import StrDumper

from .cursors import ADAPTERS, AsyncOwn, Made, Own, Row


def _copy_adapters() -> AdaptersMap:
    """Return the adapters of all cursors, with psycopg's C code: COPY knows the types."""
    adapters = AdaptersMap(ADAPTERS)
    adapters.register_dumper(str, StrDumper)
    adapters.register_dumper(int, IntDumper)
    adapters.register_dumper(bool, BoolDumper)
    return adapters


_COPY_ADAPTERS = _copy_adapters()


class _Copying(RawCursor[Row]):
    """Copies with `executemany`, which tools that trace psycopg see, unlike `copy`."""

    def executemany(self, query: Any, params_seq: Iterable[Any], **_: Any) -> None:
        """Write the rows of a COPY."""
        with self.copy(query) as copy:
            for row in params_seq:
                copy.write_row(row)


class _AsyncCopying(AsyncRawCursor[Row]):
    """Copies with `executemany`, which tools that trace psycopg see, unlike `copy`."""

    async def executemany(self, query: Any, params_seq: Iterable[Any], **_: Any) -> None:
        """Write the rows of a COPY."""
        async with self.copy(query) as copy:
            for row in params_seq:
                await copy.write_row(row)


@final
class CopyCursor(Made, Own, _Copying[Row]):
    """A cursor that writes the rows of a COPY."""

    _adapted = _COPY_ADAPTERS


@final
class AsyncCopyCursor(Made, AsyncOwn, _AsyncCopying[Row]):
    """A cursor that writes the rows of a COPY."""

    _adapted = _COPY_ADAPTERS
