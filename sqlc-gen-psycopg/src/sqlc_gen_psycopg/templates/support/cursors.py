"""Cursors with their own adapters."""

import asyncio
import datetime
import decimal
import enum
import functools
import ipaddress
import json as _json
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast, final

import psycopg
from psycopg import AsyncRawCursor, BaseConnection, RawCursor
from psycopg._cursor_base import BaseCursor
from psycopg._preparing import Prepare
from psycopg._queries import PostgresRawQuery
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import AdaptersMap, Dumper, Loader
from psycopg.pq import Format
from psycopg.types.datetime import IntervalLoader
from psycopg.types.string import TextBinaryLoader
from pydantic_core import from_json

Row = TypeVar("Row")


class _JsonLoader(Loader):
    """Decodes JSON, faster than the standard library, and with integers of any size."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        encoding = _encoding(self.connection)
        self._decode: Callable[[bytes], Any] = load_json
        if encoding != "utf-8":
            self._decode = lambda document: load_json(document.decode(encoding))

    def load(self, data: Buffer) -> Any:
        return self._decode(bytes(data))


class _JsonBinaryLoader(_JsonLoader):
    """Decodes json, whose binary form is text."""

    format = Format.BINARY


class _JsonbBinaryLoader(_JsonLoader):
    """Decodes jsonb in binary: text after a byte with the version of the format."""

    format = Format.BINARY

    def load(self, data: Buffer) -> Any:
        return self._decode(bytes(data[1:]))


class _TextDumper(Dumper):
    """Sends a value as text, with the type that the statement gives to its place."""

    def __init__(self, cls: type[Any], context: AdaptContext | None = None) -> None:
        super().__init__(cls, context)
        self._encoding = _encoding(self.connection)

    def dump(self, obj: Any) -> Buffer | None:
        data = text(obj).encode(self._encoding)
        if b"\0" in data:  # The server would take it for the end of the text.
            raise psycopg.DataError("text can't contain NUL")
        return data


class _IntDumper(Dumper):
    """Sends a number as text. In a composed statement it is written without quotes."""

    def dump(self, obj: int) -> Buffer:
        return b"%d" % obj

    def quote(self, obj: int) -> Buffer:
        return f" {obj}".encode() if obj < 0 else str(obj).encode()


def _encoding(conn: BaseConnection[Any] | None) -> str:
    if conn is None or conn.pgconn.parameter_status(b"client_encoding") == b"UTF8":
        return "utf-8"  # in a tenth of the time of `info`
    return conn.info.encoding


def load_json(document: bytes | str) -> Any:
    """Decode a JSON document."""
    try:
        return from_json(document)
    except ValueError:  # It refuses more than 200 levels.
        return _json.loads(document)


def text(value: Any) -> str:
    """Return the text that PostgreSQL reads as this value."""
    # Compare classes: after isinstance(), type checkers forget that it is Any.
    kind: type[Any] = value.__class__
    if kind is str:
        return str(value)
    if issubclass(kind, enum.Enum):
        return str(value.value)
    if kind is bool:
        return "t" if value else "f"
    if issubclass(kind, bytes | bytearray | memoryview):
        return f"\\x{bytes(value).hex()}"
    if issubclass(kind, datetime.datetime):
        return str(value.isoformat(" "))
    if issubclass(kind, datetime.timedelta):
        # Each part has a sign. In the style sql_standard, one sign would apply to all.
        return f"{value.days} days +{value.seconds}.{value.microseconds:06} seconds"
    return str(value)


class _IntervalLoader(IntervalLoader):
    """Refuses forms of an interval that psycopg can't read, and names the setting."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        _refuse_setting(self.connection, "IntervalStyle", "postgres")


def _refuse_setting(conn: BaseConnection[Any] | None, name: str, wanted: str) -> None:
    """Raise NotSupportedError if the session has another value of a setting."""
    found = conn.pgconn.parameter_status(name.encode()) if conn else None
    if found and found.partition(b",")[0] != wanted.encode():  # the style of "ISO, MDY"
        raise psycopg.NotSupportedError(
            f"the session's {name} is {found.decode()!r}, expected {wanted!r}:"
            f" run SET {name} TO '{wanted}'"
        )


def refuse_session(conn: BaseConnection[Any]) -> None:
    """Raise NotSupportedError for a session whose values could not be read."""
    status = conn.pgconn.parameter_status
    if status(b"client_encoding") == b"SQL_ASCII":
        _refuse_setting(conn, "client_encoding", "UTF8")
    if not (status(b"DateStyle") or b"ISO").startswith(b"ISO"):
        _refuse_setting(conn, "DateStyle", "ISO")


def _adapters() -> AdaptersMap:
    adapters = AdaptersMap(psycopg.adapters)
    adapters.register_loader("interval", _IntervalLoader)
    adapters.register_loader("json", _JsonLoader)
    adapters.register_loader("jsonb", _JsonLoader)
    adapters.register_loader("json", _JsonBinaryLoader)
    adapters.register_loader("jsonb", _JsonbBinaryLoader)
    # A type that psycopg does not know and that is sent in binary is an enum.
    adapters.register_loader(0, TextBinaryLoader)
    for kind in (
        *(str, float, bool, bytes, bytearray, memoryview, enum.Enum),
        *(decimal.Decimal, uuid.UUID),
        *(datetime.datetime, datetime.date, datetime.time, datetime.timedelta),
        *(ipaddress.IPv4Address, ipaddress.IPv4Interface, ipaddress.IPv4Network),
        *(ipaddress.IPv6Address, ipaddress.IPv6Interface, ipaddress.IPv6Network),
    ):
        adapters.register_dumper(kind, _TextDumper)
    adapters.register_dumper(int, _IntDumper)
    return adapters


ADAPTERS = _adapters()


class Own:
    """The methods in which a cursor of this package differs."""

    # Those of raw cursors, even if the class is built on a client-side cursor.
    _query_cls: Any = PostgresRawQuery
    _execute_send: Any = cast("Any", BaseCursor)._execute_send

    _adapted = ADAPTERS

    @property
    def adapters(self) -> AdaptersMap:
        """Return the loaders and dumpers."""
        return self._adapted

    def _check_results(self: Any, results: Any) -> None:
        """Leave an error in a pipeline to its own cursor, whichever one receives it."""
        will_fetch = not self._closed and self._execmany_returning is None
        if not (self._pgconn.pipeline_status and will_fetch):
            cast("Any", super())._check_results(results)

    def _get_prepared(self: Any, pgq: Any, prepare: bool | None = None) -> Any:
        """Prepare nothing in a pipeline: psycopg misses what is skipped after an error."""
        found = cast("Any", super())._get_prepared(pgq, prepare)
        skips = found[0] is Prepare.SHOULD and self._pgconn.pipeline_status
        return (Prepare.NO, b"") if skips else found


class AsyncOwn(Own):
    """The same for an AsyncCursor."""

    async def _fetch_pipeline(self: Any) -> None:
        if self._pgconn.pipeline_status:
            # Let other calls send their statements before this one waits for an answer.
            await asyncio.sleep(0)
        await cast("Any", super())._fetch_pipeline()


class Made:
    """Builds the class on the connection's `cursor_factory`, for tools that trace."""

    if not TYPE_CHECKING:

        def __new__(cls, connection: Any, *args: Any, **options: Any) -> Any:
            refuse_session(connection)
            factory = connection.cursor_factory
            if factory is psycopg.Cursor or factory is psycopg.AsyncCursor:
                return object.__new__(cls)  # Python initializes it then
            return _built_on(factory, cls)(connection, *args, **options)


@functools.lru_cache(maxsize=512)
def _built_on(factory: Any, kind: Any) -> Any:
    """Return a class like this one on this `cursor_factory`.

    A function, or a class of server-side cursors, can't be a base class.
    """
    _, *bases = kind.__bases__
    servers = psycopg.ServerCursor, psycopg.AsyncServerCursor
    fits = isinstance(factory, type) and not issubclass(factory, servers)
    if fits and not issubclass(bases[-1], factory):
        bases.insert(1, factory)
    return type(kind.__name__, tuple(bases), {"_adapted": kind._adapted})


@final
class Cursor(Made, Own, RawCursor[Row]):
    """A cursor that accepts `$1` placeholders, with the adapters of this package."""


@final
class AsyncCursor(Made, AsyncOwn, AsyncRawCursor[Row]):
    """A cursor that accepts `$1` placeholders, with the adapters of this package."""
