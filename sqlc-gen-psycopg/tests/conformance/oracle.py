"""The oracle: what the server says about a statement, held against the generated annotations."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import ipaddress
import types
import typing
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Union, get_args, get_origin

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range
from pydantic import MISSING, BaseModel, JsonValue
from typing_extensions import is_typeddict

_IP = {
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
    ipaddress.IPv4Interface,
    ipaddress.IPv6Interface,
}
_NETWORK = {ipaddress.IPv4Network, ipaddress.IPv6Network}
# What a value of a PostgreSQL base type may be annotated as.
BASE: Mapping[str, tuple[Any, ...]] = {
    "bool": (bool,),
    "int2": (int,),
    "int4": (int,),
    "int8": (int,),
    "oid": (int, str),
    "float4": (float,),
    "float8": (float,),
    "numeric": (decimal.Decimal,),
    "money": (str, decimal.Decimal),
    "text": (str,),
    "varchar": (str,),
    "bpchar": (str,),
    "char": (str,),
    "name": (str,),
    "citext": (str,),
    "ltree": (str,),
    "lquery": (str,),
    "ltxtquery": (str,),
    "xml": (str,),
    "bit": (str,),
    "varbit": (str,),
    "bytea": (bytes,),
    "date": (datetime.date,),
    "time": (datetime.time,),
    "timetz": (datetime.time,),
    "timestamp": (datetime.datetime,),
    "timestamptz": (datetime.datetime,),
    "interval": (datetime.timedelta,),
    "uuid": (uuid.UUID,),
    "json": (JsonValue,),
    "jsonb": (JsonValue,),
    "hstore": (dict, Mapping),
    "void": (None,),
    "macaddr": (str,),
    "macaddr8": (str,),
}
_ADDRESSES = {"inet": _IP, "cidr": _NETWORK}
_LISTS = {list, Sequence, Collection, Iterable}


@dataclass(frozen=True, slots=True)
class PgType:
    """A type of the server, resolved through domains, arrays, ranges and composites."""

    name: str
    kind: Literal["base", "array", "enum", "composite", "range", "multirange", "domain"]
    inner: PgType | None = None
    labels: tuple[str, ...] = ()
    attributes: tuple[tuple[str, PgType], ...] = ()


@dataclass(slots=True)
class Described:
    """A statement as the server understands it."""

    parameters: list[PgType]
    columns: list[tuple[str, PgType]]
    nullable: list[bool]
    """Which columns are a table's plain column that the schema lets be NULL."""


class Server:
    """Describes statements on one connection."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.conn = conn
        self._types: dict[int, PgType] = {}

    def describe(self, statement: str) -> Described:
        """PREPARE the statement and read its parameter and column types."""
        pg = self.conn.pgconn
        result = pg.prepare(b"", statement.encode())
        if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
            raise psycopg.ProgrammingError(result.get_error_message())
        described = pg.describe_prepared(b"")
        return Described(
            [self.type(described.param_type(n)) for n in range(described.nparams)],
            [
                ((described.fname(n) or b"").decode(), self.type(described.ftype(n)))
                for n in range(described.nfields)
            ],
            [
                self._is_nullable(described.ftable(n), described.ftablecol(n))
                for n in range(described.nfields)
            ],
        )

    def _is_nullable(self, table: int, column: int) -> bool:
        row = (
            self.conn.cursor(row_factory=tuple_row)
            .execute(
                "SELECT NOT (a.attnotnull OR t.typnotnull) FROM pg_attribute a"
                " JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = %s AND a.attnum = %s",
                [table, column],
            )
            .fetchone()
        )
        return row is not None and bool(row[0])

    def type(self, oid: int) -> PgType:
        """The type with this OID."""
        if oid not in self._types:
            self._types[oid] = self._load(oid)
        return self._types[oid]

    def _load(self, oid: int) -> PgType:
        # Describing happens between a script's calls, so it must not leave a statement behind.
        cursor = self.conn.cursor(row_factory=tuple_row)
        row = cursor.execute(
            "SELECT t.typname, t.typtype, t.typcategory, t.typelem, t.typbasetype, t.typrelid,"
            " (SELECT rngsubtype FROM pg_range WHERE rngtypid = t.oid),"
            " (SELECT rngsubtype FROM pg_range WHERE rngmultitypid = t.oid)"
            " FROM pg_type t WHERE t.oid = %s",
            [oid],
        ).fetchone()
        if row is None:
            return PgType("unknown", "base")
        name, kind, category, element, base, relation, range_of, multirange_of = row
        if kind == "d":
            return PgType(name, "domain", self.type(base))
        if category == "A" and element:
            return PgType(name, "array", self.type(element))
        if kind == "e":
            labels = cursor.execute(
                "SELECT enumlabel FROM pg_enum WHERE enumtypid = %s ORDER BY enumsortorder", [oid]
            ).fetchall()
            return PgType(name, "enum", labels=tuple(label for (label,) in labels))
        if kind == "r":
            return PgType(name, "range", self.type(range_of))
        if kind == "m":
            return PgType(name, "multirange", self.type(multirange_of))
        if kind == "c":
            attributes = cursor.execute(
                "SELECT attname, atttypid FROM pg_attribute WHERE attrelid = %s AND attnum > 0"
                " AND NOT attisdropped ORDER BY attnum",
                [relation],
            ).fetchall()
            return PgType(
                name,
                "composite",
                attributes=tuple((field, self.type(type_)) for field, type_ in attributes),
            )
        return PgType(name, "base")


def unwrap(annotation: Any) -> Any:
    """The annotation behind `type` aliases, Annotated and Final."""
    while True:
        origin = get_origin(annotation)
        if origin is typing.Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(
            annotation, typing.TypeAliasType if hasattr(typing, "TypeAliasType") else ()
        ):
            if annotation is JsonValue:
                return annotation
            annotation = annotation.__value__
        else:
            return annotation


def members(annotation: Any) -> tuple[Any, ...]:
    """The members of a union, or the annotation alone."""
    annotation = unwrap(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(part for arg in get_args(annotation) for part in members(arg))
    return (annotation,)


def optional(annotation: Any) -> bool:
    """Whether None is a member."""
    return any(part in (None, types.NoneType) for part in members(annotation))


def bare(annotation: Any) -> tuple[Any, ...]:
    """The members but None and MISSING."""
    return tuple(
        part
        for part in members(annotation)
        if part not in (None, types.NoneType) and part is not MISSING
    )


def is_model(annotation: Any) -> bool:
    """Whether it is a row class: a pydantic model, a dataclass or a NamedTuple."""
    return isinstance(annotation, type) and (
        issubclass(annotation, BaseModel)
        or dataclasses.is_dataclass(annotation)
        or (issubclass(annotation, tuple) and hasattr(annotation, "_fields"))
    )


def is_foreign(annotation: Any) -> bool:
    """Whether it is a class of the user's own, which an override named."""
    module = getattr(annotation, "__module__", "")
    return is_row(annotation) and not module.startswith(("xs_", "xd_"))


def is_row(annotation: Any) -> bool:
    """Whether it holds the values of several columns or parameters."""
    return is_model(annotation) or is_typeddict(annotation)


def fields(model: Any) -> dict[str, Any]:
    """Field name to annotation, in the order of the columns."""
    hints = typing.get_type_hints(model)
    if is_typeddict(model):
        return hints
    if issubclass(model, BaseModel):
        return {name: hints[name] for name in model.model_fields}
    if dataclasses.is_dataclass(model):
        return {item.name: hints[item.name] for item in dataclasses.fields(model)}
    return {name: hints[name] for name in model._fields}


def disagreement(annotation: Any, pg: PgType, *, parameter: bool = False) -> str | None:
    """Why the annotation does not stand for the type, or None where it does."""
    if pg.kind == "domain":
        assert pg.inner is not None
        return disagreement(annotation, pg.inner, parameter=parameter)
    parts = bare(annotation)
    if not parts:
        return f"{annotation} has no value for {pg.name}"
    if Any in parts or object in parts:
        return f"{annotation} for {pg.name}"
    if pg.kind == "base" and pg.name in _ADDRESSES:
        if parts == (str,) or set(parts) <= _ADDRESSES[pg.name] | ({str} if parameter else set()):
            return None
        return f"{annotation} for {pg.name}"
    if len(parts) > 1 and not parameter:
        return f"{annotation} is a union for {pg.name}"
    reasons = [_disagreement(part, pg, parameter) for part in parts]
    return None if None in reasons else "; ".join(str(reason) for reason in reasons)


def _disagreement(part: Any, pg: PgType, parameter: bool) -> str | None:
    origin = get_origin(part)
    arguments = get_args(part)
    wrong = f"{part} for {pg.name}"
    inner = pg.inner
    match pg.kind:
        case "array":
            assert inner is not None
            if origin not in (_LISTS if parameter else {list}):
                return wrong
            nested = [arg for arg in bare(arguments[0]) if get_origin(arg) in _LISTS]
            if nested and not _is_array(inner):
                return disagreement(arguments[0], pg, parameter=parameter)
            return disagreement(arguments[0], inner, parameter=parameter)
        case "enum":
            if not (isinstance(part, type) and issubclass(part, enum.Enum)):
                return wrong
            values = tuple(member.value for member in part)
            return None if values == pg.labels else f"{part} has {values}, not {pg.labels}"
        case "range" | "multirange":
            assert inner is not None
            if origin is not (Range if pg.kind == "range" else Multirange):
                return wrong
            return disagreement(arguments[0], inner, parameter=parameter)
        case "composite":
            if not is_model(part):
                return wrong
            found = fields(part)
            if len(found) != len(pg.attributes):
                return f"{part} has {len(found)} fields, {pg.name} {len(pg.attributes)}"
            for (name, annotation), (_, attribute) in zip(
                found.items(), pg.attributes, strict=True
            ):
                if why := disagreement(annotation, attribute, parameter=parameter):
                    return f"{part}.{name}: {why}"
            return None
        case _:
            expected = BASE.get(pg.name, (str,))
            if pg.name in ("json", "jsonb") and is_foreign(part):
                return None
            return None if part in expected or origin in expected else wrong


def _is_array(pg: PgType | None) -> bool:
    while pg is not None and pg.kind == "domain":
        pg = pg.inner
    return pg is not None and pg.kind == "array"


def row_of(annotation: Any, command: str) -> Any:
    """The annotation of one row, out of a function's return annotation."""
    for _ in range({":many": 1, ":batchone": 1, ":batchmany": 2}.get(command, 0)):
        (part,) = bare(annotation)
        annotation = get_args(part)[0]
    return annotation


_STREAMS = {
    "Generator",
    "AsyncGenerator",
    "AsyncIterator",
    "Iterator",
    "AbstractContextManager",
    "AbstractAsyncContextManager",
    "AsyncIterable",
    "Coroutine",
}


def column_disagreements(annotation: Any, columns: Sequence[tuple[str, PgType]]) -> list[str]:
    """Hold a row's annotation against the described columns."""
    (part,) = bare(annotation) if len(bare(annotation)) == 1 else (annotation,)
    leaf = not is_model(part) or is_foreign(part) or _kind(columns[0][1]) == "composite"
    if len(columns) == 1 and leaf:
        why = disagreement(annotation, columns[0][1])
        if why is None or not is_model(part) or is_foreign(part):
            return [f"{columns[0][0]}: {why}"] if why else []
    flat = list(_flatten(part, [pg for _, pg in columns], []))
    if len(flat) != len(columns):
        return [f"{part} stands for {len(flat)} columns, the statement has {len(columns)}"]
    return [
        f"{path}: {why}"
        for (path, found), (_, pg) in zip(flat, columns, strict=True)
        if (why := disagreement(found, pg))
    ]


def columns_of(annotation: Any, columns: Sequence[PgType]) -> list[str]:
    """The path in a row of each described column; "" for the row that is one column."""
    parts = bare(annotation)
    part = parts[0] if len(parts) == 1 else annotation
    leaf = not is_model(part) or is_foreign(part) or _kind(columns[0]) == "composite"
    if len(columns) == 1 and leaf:
        return [""]
    return [path for path, _ in _flatten(part, list(columns), [])]


def _kind(pg: PgType) -> str:
    while pg.kind == "domain":
        assert pg.inner is not None
        pg = pg.inner
    return pg.kind


def _flatten(
    annotation: Any, columns: list[PgType], taken: list[Any], path: str = ""
) -> Iterator[tuple[str, Any]]:
    """The fields of a row in column order; an embedded model stands for its own fields."""
    if not is_model(annotation):
        taken.append(annotation)
        yield path, annotation
        return
    for name, found in fields(annotation).items():
        parts = bare(found)
        position = len(taken)
        composite = position < len(columns) and _kind(columns[position]) == "composite"
        embedded = len(parts) == 1 and is_model(parts[0]) and not is_foreign(parts[0])
        if embedded and not composite:
            yield from _flatten(parts[0], columns, taken, f"{path}.{name}")
        else:
            taken.append(found)
            yield f"{path}.{name}", found


@dataclass(slots=True)
class Positions:
    """The positions annotated `| None`, and which of them a NULL was seen in."""

    optional: set[str] = field(default_factory=set[str])
    witnessed: set[str] = field(default_factory=set[str])

    @property
    def loose(self) -> set[str]:
        return self.optional - self.witnessed


def positions(annotation: Any, path: str, found: set[str], depth: int = 0) -> None:
    """Collect the positions of the annotation in which None may stand."""
    if optional(annotation):
        found.add(path)
    for part in bare(annotation):
        if part is JsonValue or depth > 6:
            continue
        if is_model(part):
            for name, inner in fields(part).items():
                positions(inner, f"{path}.{name}", found, depth + 1)
        elif get_origin(part) in (list, Sequence, Iterator, Iterable) or (
            getattr(get_origin(part), "__name__", "") in _STREAMS
        ):
            positions(get_args(part)[0], f"{path}[]", found, depth + 1)


class Unfit(Exception):
    """A value that its annotation does not allow."""


def check(value: Any, annotation: Any, path: str, seen: set[str]) -> None:
    """Raise Unfit where the value is not what the annotation says; note the NULLs seen."""
    if value is None and JsonValue in bare(annotation):
        return
    if value is None:
        if not optional(annotation):
            raise Unfit(f"{path} is None, annotated {annotation}")
        seen.add(path)
        return
    parts = bare(annotation)
    reasons: list[str] = []
    for part in parts:
        inner: set[str] = set()
        try:
            _check(value, part, path, inner)
        except Unfit as error:
            reasons.append(str(error))
        else:
            seen |= inner
            return
    raise Unfit("; ".join(reasons) or f"{path}: {value!r} for {annotation}")


def _check(value: Any, part: Any, path: str, seen: set[str]) -> None:
    origin = get_origin(part)
    arguments = get_args(part)
    wrong = Unfit(f"{path}: {value!r} ({type(value).__name__}) for {part}")
    if part is JsonValue:
        _check_json(value, wrong)
    elif part is Any or part is object:
        raise Unfit(f"{path} is annotated {part}")
    elif is_model(part):
        if not isinstance(value, part):
            raise wrong
        for name, inner in fields(part).items():
            check(getattr(value, name), inner, f"{path}.{name}", seen)
    elif origin in (list, Sequence, Collection, Iterable, Iterator) or (
        getattr(origin, "__name__", "") in _STREAMS
    ):
        if origin is list and type(value) is not list:
            raise wrong
        if not isinstance(value, Iterable) or isinstance(value, str | bytes):
            raise wrong
        for item in typing.cast("Iterable[Any]", value):
            check(item, arguments[0], f"{path}[]", seen)
    elif origin is tuple:
        if not isinstance(value, tuple):
            raise wrong
        for n, item in enumerate(typing.cast("tuple[Any, ...]", value)):
            check(item, arguments[0 if arguments[-1] is ... else n], f"{path}[{n}]", seen)
    elif origin in (dict, Mapping):
        if not isinstance(value, dict):
            raise wrong
        for key, item in typing.cast("dict[Any, Any]", value).items():
            check(key, arguments[0], f"{path}.keys", seen)
            check(item, arguments[1], f"{path}.values", seen)
    elif origin is Range:
        if not isinstance(value, Range):
            raise wrong
        for bound in (value.lower, value.upper):
            if bound is not None:
                check(bound, arguments[0], f"{path}.bound", seen)
    elif origin is Multirange:
        if not isinstance(value, Multirange):
            raise wrong
        for item in value:
            check(item, Range[arguments[0]], path, seen)
    elif is_typeddict(part):
        if not isinstance(value, dict):
            raise wrong
        for key, inner in typing.get_type_hints(part).items():
            if key in value:
                check(value[key], inner, f"{path}.{key}", seen)
    elif isinstance(origin, type) and issubclass(origin, psycopg.Cursor | psycopg.AsyncCursor):
        if not isinstance(value, origin):
            raise wrong
    elif origin is Literal:
        if value not in arguments:
            raise wrong
    elif isinstance(part, type):
        exact = part in (int, float, bool, str, bytes, datetime.date, list, dict)
        if not (type(value) is part if exact else isinstance(value, part)):
            raise wrong
    else:
        raise Unfit(f"{path}: cannot check {part}")


def _check_json(value: Any, wrong: Unfit) -> None:
    if isinstance(value, dict):
        for key, item in typing.cast("dict[Any, Any]", value).items():
            if type(key) is not str:
                raise wrong
            _check_json(item, wrong)
    elif isinstance(value, list):
        for item in typing.cast("list[Any]", value):
            _check_json(item, wrong)
    elif value is not None and type(value) not in (str, int, float, bool):
        raise wrong
