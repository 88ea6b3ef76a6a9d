"""What the generated functions need of psycopg: cursors with adapters of their own.

Nothing is registered globally and nothing is changed on a connection, and what a caller
registered there changes nothing here. Arguments are sent without a type, as literals
are, so that the server gives a parameter the type that it has by the statement.
"""

import datetime
import decimal
import enum
import functools
import ipaddress
import itertools
import json as _json
import re
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any, Generic, TypeAlias, TypeVar, cast

import psycopg.types.datetime
import psycopg.types.json
from psycopg import (
    AsyncRawCursor,
    AsyncRawServerCursor,
    BaseConnection,
    RawCursor,
    RawServerCursor,
)
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import AdaptersMap, Dumper, Loader, Transformer
from psycopg.postgres import types as _types
from psycopg.pq import Format
from psycopg.rows import AsyncRowFactory, RowFactory, RowMaker
from psycopg.types.multirange import Multirange as _Multirange
from psycopg.types.range import Range as _Range
from pydantic import BaseModel, JsonValue, TypeAdapter
from pydantic_core import from_json

Row = TypeVar("Row")
Value = TypeVar("Value")
Member = TypeVar("Member", bound=enum.Enum)
Model = TypeVar("Model", bound=BaseModel)


class _JsonLoader(Loader):
    """Decodes JSON: faster than the standard library, and integers of any size."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        self._encoding = _encoding(self.connection)

    def load(self, data: Buffer) -> Any:
        document = bytes(data)
        return load_json(document if self._encoding == "utf-8" else document.decode(self._encoding))


class _TextDumper(Dumper):
    """Sends a value as text, of the type that the statement gives to its place."""

    def __init__(self, cls: type[Any], context: AdaptContext | None = None) -> None:
        super().__init__(cls, context)
        self._encoding = _encoding(self.connection)

    def dump(self, obj: Any) -> Buffer | None:
        data = text(obj).encode(self._encoding)
        if b"\0" in data:  # The server would take it for the end.
            raise psycopg.DataError("text can't contain NUL")
        return data


class _IntDumper(_TextDumper):
    """Sends a number as text; in a composed statement it stands bare."""

    def quote(self, obj: int) -> Buffer:
        return f" {obj}".encode() if obj < 0 else str(obj).encode()


def _encoding(conn: BaseConnection[Any] | None) -> str:
    if conn is None or conn.pgconn.parameter_status(b"client_encoding") == b"UTF8":
        return "utf-8"  # at a tenth of what `info` takes
    return conn.info.encoding


def load_json(document: bytes | str) -> Any:
    """Decode a JSON document."""
    try:
        return from_json(document)
    except ValueError:  # It refuses more than 200 levels.
        return _json.loads(document)


def text(value: Any) -> str:
    """The text that PostgreSQL reads as this value."""
    # By class, as isinstance() would make type checkers forget what Any is.
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
        # Each part has its sign: by the IntervalStyle sql_standard one would be that of all.
        return f"{value.days} days +{value.seconds}.{value.microseconds:06} seconds"
    return str(value)


class _IntervalLoader(psycopg.types.datetime.IntervalLoader):
    """Refuses the forms of an interval that psycopg can't read, by the setting's name."""

    def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
        super().__init__(oid, context)
        _refuse_setting(self.connection, "IntervalStyle", "postgres")


def _refuse_setting(conn: BaseConnection[Any] | None, name: str, wanted: str) -> None:
    """Raise NotSupportedError if the session has another value of a setting."""
    if conn is None or (found := conn.pgconn.parameter_status(name.encode())) is None:
        return
    if found.partition(b",")[0] != wanted.encode():  # of "ISO, MDY" the style
        raise psycopg.NotSupportedError(
            f"the session's {name} is {found.decode()!r}, expected {wanted!r}:"
            f" run SET {name} TO '{wanted}'"
        )


def _refuse_session(conn: BaseConnection[Any]) -> None:
    """Raise NotSupportedError for a session whose values could not be read."""
    status = conn.pgconn.parameter_status
    if status(b"client_encoding") == b"SQL_ASCII":
        _refuse_setting(conn, "client_encoding", "UTF8")
    _refuse_setting(conn, "DateStyle", "ISO")


_ADAPTERS = AdaptersMap(psycopg.adapters)
_ADAPTERS.register_loader("interval", _IntervalLoader)
_ADAPTERS.register_loader("json", _JsonLoader)
_ADAPTERS.register_loader("jsonb", _JsonLoader)
for _class in (
    *(str, float, bool, bytes, bytearray, memoryview, decimal.Decimal, uuid.UUID, enum.Enum),
    *(datetime.datetime, datetime.date, datetime.time, datetime.timedelta),
    *(ipaddress.IPv4Address, ipaddress.IPv4Interface, ipaddress.IPv4Network),
    *(ipaddress.IPv6Address, ipaddress.IPv6Interface, ipaddress.IPv6Network),
):
    _ADAPTERS.register_dumper(_class, _TextDumper)
_ADAPTERS.register_dumper(int, _IntDumper)


class Cursor(RawCursor[Row]):
    """A cursor that takes `$1` placeholders and has the adapters of this package."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        *,
        row_factory: RowFactory[Row],
    ) -> None:
        _refuse_session(connection)
        super().__init__(connection, row_factory=row_factory)

    @property
    def adapters(self) -> AdaptersMap:
        """Loaders and dumpers."""
        return _ADAPTERS


class AsyncCursor(AsyncRawCursor[Row]):
    """A cursor that takes `$1` placeholders and has the adapters of this package."""

    def __init__(
        self,
        connection: psycopg.AsyncConnection[Any],
        *,
        row_factory: AsyncRowFactory[Row],
    ) -> None:
        _refuse_session(connection)
        super().__init__(connection, row_factory=row_factory)

    @property
    def adapters(self) -> AdaptersMap:
        """Loaders and dumpers."""
        return _ADAPTERS


class ServerCursor(RawServerCursor[Row]):
    """A cursor that leaves the rows on the server until they are asked for."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        name: str,
        *,
        row_factory: RowFactory[Row],
        withhold: bool = False,
    ) -> None:
        _refuse_session(connection)
        super().__init__(connection, name, row_factory=row_factory, withhold=withhold)

    @property
    def adapters(self) -> AdaptersMap:
        """Loaders and dumpers."""
        return _ADAPTERS


class AsyncServerCursor(AsyncRawServerCursor[Row]):
    """A cursor that leaves the rows on the server until they are asked for."""

    def __init__(
        self,
        connection: psycopg.AsyncConnection[Any],
        name: str,
        *,
        row_factory: AsyncRowFactory[Row],
        withhold: bool = False,
    ) -> None:
        _refuse_session(connection)
        super().__init__(connection, name, row_factory=row_factory, withhold=withhold)

    @property
    def adapters(self) -> AdaptersMap:
        """Loaders and dumpers."""
        return _ADAPTERS


# --- arguments


_dumps: Callable[[Any], str] = _json.JSONEncoder(allow_nan=False).encode


def _dumps_jsonb(value: Any) -> str:
    document = _dumps(value)
    if "\\ud" in document:
        _json.dumps(value, ensure_ascii=False).encode()  # A lone surrogate raises.
    if "\\u0000" in document and _NUL.search(document):
        raise ValueError("NUL can't be stored in jsonb")
    return document


_NUL = re.compile(r"(?<!\\)(\\\\)*\\u0000")


def json(value: Any) -> psycopg.types.json.Json | None:
    """Wrap an argument as json; None is SQL NULL. NaN and infinity raise ValueError."""
    return None if value is None else psycopg.types.json.Json(value, dumps=_dumps)


def jsonb(value: Any) -> psycopg.types.json.Jsonb | None:
    """Wrap an argument as jsonb; None is SQL NULL.

    What jsonb can't hold raises ValueError: NaN, infinity, NUL and lone surrogates.
    """
    return None if value is None else psycopg.types.json.Jsonb(value, dumps=_dumps_jsonb)


JsonExceptStr: TypeAlias = dict[str, JsonValue] | list[JsonValue] | int | float | bool
"""What JSON holds, but for a bare str: it would be a document that is encoded already."""


def no_str(value: Value, name: str, dimensions: int = 0) -> Value:
    """Return JSON, or an array of it; raise TypeError where it is a str."""
    _check_no_str(value, name, dimensions)
    return value


def _check_no_str(value: Any, name: str, dimensions: int) -> None:
    kind: type[Any] = value.__class__
    if issubclass(kind, str):
        raise TypeError(
            f"{name}: expected a JSON value, got str; pass the value itself, not its json.dumps()"
        )
    if dimensions and issubclass(kind, list):
        for item in value:
            _check_no_str(item, name, dimensions - 1)


def aware(value: Value, name: str) -> Value:
    """Return an argument; raise ValueError for a datetime without a time zone in it."""
    _check_aware(value, name)
    return value


def _check_aware(value: Any, name: str) -> None:
    kind: type[Any] = value.__class__
    if issubclass(kind, datetime.datetime):
        if value.utcoffset() is None:
            raise ValueError(f"{name}: a datetime needs a time zone")
    elif issubclass(kind, list | _Multirange):
        for item in value:
            _check_aware(item, name)
    elif issubclass(kind, _Range):
        _check_aware(value.lower, name)
        _check_aware(value.upper, name)


# --- results


def in_utc(
    cursor: psycopg.Cursor[Any] | psycopg.AsyncCursor[Any], make: RowMaker[Row], *columns: int
) -> RowMaker[Row]:
    """The row maker, given rows with these columns in UTC."""
    if cursor.connection.pgconn.parameter_status(b"TimeZone") == b"UTC":
        return make  # psycopg gives them so.

    def convert(row: Sequence[Any]) -> Row:
        values = list(row)
        for column in columns:
            values[column] = utc(values[column])
        return make(values)

    return convert


def utc(value: Any) -> Any:
    """The value with its points in time in UTC."""
    kind: type[Any] = value.__class__
    if issubclass(kind, datetime.datetime):
        return value.astimezone(datetime.UTC)
    if issubclass(kind, list):
        return [utc(item) for item in value]
    if issubclass(kind, _Range) and not value.isempty:
        return _Range(utc(value.lower), utc(value.upper), value.bounds)
    if issubclass(kind, _Multirange):
        return _Multirange([utc(item) for item in value])
    return value


def row_count(cursor: psycopg.Cursor[Any]) -> int:
    """How many rows the statement changed."""
    if cursor.rowcount < 0:  # In a pipeline, it is known only when results are fetched.
        try:
            cursor.fetchone()
        except psycopg.ProgrammingError as exc:
            if exc.sqlstate is not None:
                raise
    return cursor.rowcount


async def arow_count(cursor: psycopg.AsyncCursor[Any]) -> int:
    """How many rows the statement changed."""
    if cursor.rowcount < 0:  # In a pipeline, it is known only when results are fetched.
        try:
            await cursor.fetchone()
        except psycopg.ProgrammingError as exc:
            if exc.sqlstate is not None:
                raise
    return cursor.rowcount


def certain(row: Row | None) -> Row:
    """The row of a statement that always returns one."""
    if row is None:
        raise psycopg.ProgrammingError("the statement returned no row")
    return row


@functools.cache
def fields(model: type[BaseModel]) -> tuple[dict[str, Any], set[str]]:
    """The fields of a model as a dictionary to fill, and their names; both are to be copied."""
    return dict.fromkeys(model.model_fields), set(model.model_fields)


def build(model: type[Model], values: dict[str, Any], names: set[str]) -> Model:
    """Make a model of values that have their types already, without validating."""
    built = _new(model)
    _set_values(built, values)
    _set_names(built, names.copy())
    _set_extra(built, None)
    _set_private(built, None)
    return built


# Looked up once: a page of rows builds a thousand models.
_new = object.__new__
_set_values, _set_names, _set_extra, _set_private = (
    vars(BaseModel)[f"__{slot}__"].__set__
    for slot in ("dict", "pydantic_fields_set", "pydantic_extra", "pydantic_private")
)


class Scalar(Generic[Value]):
    """A row factory that gives the one column, or what a function makes of it."""

    def __init__(self, load: Callable[[Any], Any] | None = None) -> None:
        self._load = load

    def __call__(self, cursor: psycopg.Cursor[Any] | psycopg.AsyncCursor[Any]) -> RowMaker[Value]:
        load = self._load
        if load is None:
            return _first
        return lambda values: load(values[0])


def _first(values: Sequence[Any]) -> Any:
    return values[0]


# --- batches


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


# --- types that psycopg does not know without being told


class Codec(Generic[Value]):
    """Reads and writes the text form of a type."""

    def load(self, value: Any) -> Value:
        """The value of a text; what is read already stays as it is."""
        raise NotImplementedError

    def dump(self, value: Any) -> str | None:
        """The text of a value; None is NULL."""
        return None if value is None else text(value)


class Builtin(Codec[Any]):
    """A type that psycopg reads and writes."""

    def __init__(self, name: str) -> None:
        loader = Transformer().get_loader(_types[name].oid, Format.TEXT)
        self._load: Callable[[Buffer], Any] = loader.load

    def load(self, value: Any) -> Any:
        return self._load(value.encode())


class Text(Codec[str]):
    """A type that is carried as text."""

    def load(self, value: Any) -> str:
        return str(value)


class Instant(Codec[datetime.datetime]):
    """timestamptz, in UTC."""

    _builtin = Builtin("timestamptz")

    def load(self, value: Any) -> datetime.datetime:
        loaded: datetime.datetime = self._builtin.load(value)
        return loaded.astimezone(datetime.UTC)


class Json(Codec[Any]):
    """json or jsonb; `refused_in` names the field that takes no str."""

    def __init__(self, refused_in: str = "") -> None:
        self._refused_in = refused_in

    def load(self, value: Any) -> Any:
        return load_json(value)

    def dump(self, value: Any) -> str | None:
        if self._refused_in:
            _check_no_str(value, self._refused_in, 0)
        return None if value is None else _dumps(value)


class UnknownLabelError(ValueError):
    """A result holds a label that its enum does not have."""

    def __init__(self, kind: type[enum.Enum], label: str) -> None:
        super().__init__(kind, label)
        self.enum = kind
        self.label = label

    def __str__(self) -> str:
        return (
            f"the database holds the label {self.label!r}, which {self.enum.__name__}"
            " does not have: generate the code again"
        )


class Members(dict[str, Member]):
    """The members of an enum by their labels; a label that it does not have is an error."""

    def __init__(self, kind: type[Member]) -> None:
        super().__init__((member.value, member) for member in kind)
        self._kind = kind

    def __missing__(self, label: str) -> Member:
        raise UnknownLabelError(self._kind, label)


class Enum(Codec[Member]):
    """An enum."""

    def __init__(self, kind: type[Member]) -> None:
        self.members = Members(kind)

    def load(self, value: Any) -> Member:
        return self.members[value]


class Array(Codec[list[Any]]):
    """An array of any number of dimensions."""

    def __init__(self, element: Codec[Any], delimiter: str = ",", dimensions: int = 0) -> None:
        self._element = element
        self._delimiter = delimiter
        # Of JSON, which has lists of its own, how many of the lists are the array's.
        self._dimensions = dimensions

    def load(self, value: Any) -> list[Any]:
        if issubclass(type(value), list):
            return self._loaded(value)
        start = value.index("{")
        found, _ = self._parse(value, start)
        return found

    def _loaded(self, items: Any) -> list[Any]:
        return [None if item is None else self._item(item) for item in items]

    def _item(self, item: Any) -> Any:
        return self._loaded(item) if issubclass(type(item), list) else self._element.load(item)

    def _parse(self, value: str, at: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        at += 1
        while value[at] != "}":
            if value[at] == self._delimiter:
                at += 1
            if value[at] == "{":
                item, at = self._parse(value, at)
                items.append(item)
                continue
            token, quoted, at = _token(value, at, self._delimiter + "}")
            null = not quoted and token.upper() == "NULL"
            items.append(None if null else self._element.load(token))
        return items, at + 1

    def dump(self, value: Any) -> str | None:
        return None if value is None else self._dumped(value, 1)

    def _dumped(self, value: Any, depth: int) -> str:
        parts: list[str] = []
        for item in value:
            if issubclass(type(item), list) and depth != self._dimensions:
                parts.append(self._dumped(item, depth + 1))
            else:
                dumped = self._element.dump(item)
                parts.append("NULL" if dumped is None else _quoted(dumped))
        return "{" + self._delimiter.join(parts) + "}"


class Composite(Codec[Value]):
    """A composite type, as a model."""

    def __init__(self, model: Callable[..., Value], **fields: Codec[Any]) -> None:
        self._model = model
        self._fields = fields

    def load(self, value: Any) -> Value:
        loaded: dict[str, Any] = {}
        at = 1
        for name, codec in self._fields.items():
            token, quoted, at = _token(value, at, ",)")
            loaded[name] = codec.load(token) if token or quoted else None
            at += 1
        return self._model(**loaded)

    def dump(self, value: Any) -> str | None:
        if value is None:
            return None
        dumped = (codec.dump(getattr(value, name)) for name, codec in self._fields.items())
        return "(" + ",".join("" if part is None else _quoted(part) for part in dumped) + ")"


class Range(Codec[_Range[Value]]):
    """A range."""

    def __init__(self, bound: Codec[Value]) -> None:
        self._bound = bound

    def load(self, value: Any) -> _Range[Value]:
        if isinstance(value, _Range):
            return cast("_Range[Value]", value)
        if value == "empty":
            return _Range[Value](empty=True)
        lower, lower_quoted, at = _token(value, 1, ",")
        upper, upper_quoted, at = _token(value, at + 1, ")]")
        return _Range(
            self._bound.load(lower) if lower or lower_quoted else None,
            self._bound.load(upper) if upper or upper_quoted else None,
            value[0] + value[at],
        )

    def dump(self, value: Any) -> str | None:
        if value is None or value.isempty:
            return None if value is None else "empty"
        lower, upper = self._bound.dump(value.lower), self._bound.dump(value.upper)
        return (
            ("[" if value.lower_inc else "(")
            + ("" if lower is None else _quoted(lower))
            + ","
            + ("" if upper is None else _quoted(upper))
            + ("]" if value.upper_inc else ")")
        )


class Multirange(Codec[_Multirange[Value]]):
    """A multirange."""

    def __init__(self, bound: Codec[Value]) -> None:
        self._range = Range(bound)

    def load(self, value: Any) -> _Multirange[Value]:
        if isinstance(value, _Multirange):
            return cast("_Multirange[Value]", value)
        spans: list[_Range[Value]] = []
        at = 1
        while value[at] != "}":
            start = at
            _, _, at = _token(value, at + 1, ",")
            _, _, at = _token(value, at + 1, ")]")
            at += 1
            spans.append(self._range.load(value[start:at]))
            if value[at] == ",":
                at += 1
        return _Multirange(spans)

    def dump(self, value: Any) -> str | None:
        if value is None:
            return None
        return "{" + ",".join(self._range.dump(span) or "" for span in value) + "}"


class Hstore(Codec[dict[str, str | None]]):
    """hstore."""

    def load(self, value: Any) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        at = 0
        while at < len(value):
            key, _, at = _token(value, at, "=")
            item, quoted, at = _token(value, at + 2, ",")
            found[key] = None if not quoted and item.upper() == "NULL" else item
            at += 2
        return found

    def dump(self, value: Any) -> str | None:
        if value is None:
            return None
        return ",".join(
            f"{_quoted(key)}=>{'NULL' if item is None else _quoted(item)}"
            for key, item in value.items()
        )


_adapter = functools.cache(TypeAdapter[Any])


class Typed(Codec[Value]):
    """A type of the user's own over another one: validated on the way in and out."""

    def __init__(self, python: Any, codec: Codec[Any] | None = None) -> None:
        self._adapter: TypeAdapter[Value] = _adapter(python)
        self._codec = codec
        self._is_json = isinstance(codec, Json)

    def load(self, value: Any) -> Value:
        if isinstance(value, str) and self._codec is not None and not self._is_json:
            value = self._codec.load(value)
        return self._adapter.validate_python(value)

    def loads(self, value: str) -> Value:
        """Read the text form."""
        return self._adapter.validate_python(self._codec.load(value) if self._codec else value)

    def dump(self, value: Any) -> str | None:
        if value is None:
            return None
        checked = self._adapter.validate_python(value)
        if self._is_json:
            return self._adapter.dump_json(checked).decode()
        plain = self._adapter.dump_python(checked)
        return text(plain) if self._codec is None else self._codec.dump(plain)


def _token(value: str, at: int, end: str) -> tuple[str, bool, int]:
    """The text up to an end character, whether a part was quoted, and where it ends."""
    parts: list[str] = []
    quoted = False
    while at < len(value):
        character = value[at]
        if character == '"':
            quoted = True
            at += 1
            while True:
                if value[at] == "\\":
                    at += 1
                elif value[at] == '"':
                    if value[at + 1 : at + 2] != '"':
                        break
                    at += 1
                parts.append(value[at])
                at += 1
        elif character == "\\":
            at += 1
            parts.append(value[at])
        elif character in end:
            break
        else:
            parts.append(character)
        at += 1
    return "".join(parts), quoted, at


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
