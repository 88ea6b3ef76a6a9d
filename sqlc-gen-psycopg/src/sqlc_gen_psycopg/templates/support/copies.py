"""Cursors that write the rows of a COPY."""

from psycopg.adapt import AdaptersMap
from psycopg.types.bool import BoolDumper
from psycopg.types.numeric import IntDumper
from psycopg.types.string import StrDumper

from .cursors import ADAPTERS, AsyncCursor, Cursor, Row


def _copy_adapters() -> AdaptersMap:
    """Those of all cursors; but COPY knows each column's type, so psycopg's C code will do."""
    adapters = AdaptersMap(ADAPTERS)
    adapters.register_dumper(str, StrDumper)
    adapters.register_dumper(int, IntDumper)
    adapters.register_dumper(bool, BoolDumper)
    return adapters


_COPY_ADAPTERS = _copy_adapters()


class CopyCursor(Cursor[Row]):
    """A cursor that writes the rows of a COPY."""

    @property
    def adapters(self) -> AdaptersMap:
        """Loaders and dumpers."""
        return _COPY_ADAPTERS


class AsyncCopyCursor(AsyncCursor[Row]):
    """A cursor that writes the rows of a COPY."""

    @property
    def adapters(self) -> AdaptersMap:
        """Loaders and dumpers."""
        return _COPY_ADAPTERS
