"""Compare the server's description of statements with the generated annotations."""

from __future__ import annotations

import datetime
import decimal
import enum
import ipaddress
import uuid
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from psycopg.types.multirange import Multirange
from psycopg.types.range import Range
from pydantic import JsonValue

from .annotations import bare, fields, is_foreign, is_model
from .describe import PgType

_IP = {
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
    ipaddress.IPv4Interface,
    ipaddress.IPv6Interface,
}
_NETWORK = {ipaddress.IPv4Network, ipaddress.IPv6Network}
# The annotations that are allowed for a PostgreSQL base type.
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
    "json": (JsonValue, dict),
    "jsonb": (JsonValue, dict),
    "hstore": (dict, Mapping),
    "void": (None,),
    "macaddr": (str,),
    "macaddr8": (str,),
}
_ADDRESSES: dict[str, set[Any]] = {"inet": _IP, "cidr": _NETWORK}
_LISTS = {list, Sequence, Collection, Iterable}


def disagreement(annotation: Any, pg: PgType, *, parameter: bool = False) -> str | None:
    """Return why the annotation does not fit the type, or None if it fits."""
    if pg.kind == "domain":
        assert pg.inner is not None
        return disagreement(annotation, pg.inner, parameter=parameter)
    parts = bare(annotation)
    if not parts and pg.name == "void":
        return None
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
    """Return the annotation of one row, from a function's return annotation."""
    for _ in range({":many": 1, ":batchone": 1, ":batchmany": 2}.get(command, 0)):
        (part,) = bare(annotation)
        annotation = get_args(part)[0]
    return annotation


def column_disagreements(annotation: Any, columns: Sequence[tuple[str, PgType]]) -> list[str]:
    """Yield the differences between a row's annotation and the described columns."""
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
    """Return the path in a row of each described column; "" for a row that is one column."""
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
    """Return the fields of a row in column order. An embedded model is replaced by its fields."""
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
