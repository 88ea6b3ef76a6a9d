"""Attack nullability: run every query on rows with NULL wherever the schema allows it."""

from __future__ import annotations

import datetime
import decimal
import enum
import inspect
import ipaddress
import random
import typing
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, get_args, get_origin

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range
from pydantic import MISSING, JsonValue, ValidationError
from typing_extensions import is_typeddict

from .annotations import bare, fields, is_model, members, optional
from .describe import PgType, Server
from .run import Recorder, adrain, drain, hints, query_functions, query_modules, submodule
from .values import Unfit

_ROWS = 6
_MIXES = 10


def literal(pg: PgType, k: int) -> str:
    """Return the text of the k-th sample of a type. Equal k gives equal values, so that rows join."""
    inner = pg.inner
    match pg.kind:
        case "domain":
            assert inner is not None
            return literal(inner, k)
        case "array":
            assert inner is not None
            item = literal(inner, k).replace("\\", "\\\\").replace('"', '\\"')
            return "{}" if k % 3 == 0 else f'{{"{item}"}}'
        case "enum":
            return pg.labels[k % len(pg.labels)]
        case "range" | "multirange":
            assert inner is not None
            text = f'["{literal(inner, k)}","{literal(inner, k + 1)}")'
            return text if pg.kind == "range" else f"{{{text}}}"
        case "composite":
            parts = (
                literal(attribute, k).replace("\\", "\\\\").replace('"', '\\"')
                for _, attribute in pg.attributes
            )
            return "(" + ",".join("" if k % 2 == 0 else f'"{part}"' for part in parts) + ")"
        case _:
            return _BASE.get(pg.name, str)(k)


_BASE: Mapping[str, Callable[[int], str]] = {
    "bool": lambda k: "t" if k % 2 else "f",
    "date": lambda k: f"2024-01-{k + 1:02}",
    "time": lambda k: f"{k:02}:00:00",
    "timetz": lambda k: f"{k:02}:00:00+00",
    "timestamp": lambda k: f"2024-01-{k + 1:02} 00:00:00",
    "timestamptz": lambda k: f"2024-01-{k + 1:02} 00:00:00+00",
    "interval": lambda k: f"{k} hours",
    "uuid": lambda k: f"00000000-0000-0000-0000-{k:012}",
    "json": lambda k: f'{{"k": {k}}}',
    "jsonb": lambda k: f'{{"k": {k}}}',
    "hstore": lambda k: f"k=>{k}",
    "bytea": lambda k: f"\\x{k:02}",
    "inet": lambda k: f"10.0.0.{k}",
    "cidr": lambda k: f"10.0.{k}.0/24",
    "macaddr": lambda k: f"08:00:2b:01:02:{k:02}",
    "macaddr8": lambda k: f"08:00:2b:01:02:03:04:{k:02}",
    "bit": lambda k: str(k % 2),
    "varbit": lambda k: str(k % 2),
    "point": lambda k: f"({k},{k})",
    "line": lambda k: f"{{1,2,{k}}}",
    "lseg": lambda k: f"[({k},0),(1,1)]",
    "box": lambda k: f"({k},{k}),(0,0)",
    "path": lambda k: f"[({k},0),(1,1)]",
    "polygon": lambda k: f"((0,0),({k},0),(1,1))",
    "circle": lambda k: f"<(0,0),{k + 1}>",
    "tid": lambda k: f"(0,{k})",
    "pg_lsn": lambda k: f"0/{k}",
    "xml": lambda k: f"<a>{k}</a>",
    "vector": lambda k: f"[{k},1,1]",
    "ltree": lambda k: f"a.b{k}",
}


def fill(conn: psycopg.Connection[Any], server: Server) -> None:
    """Insert rows into every table: full ones, one with all NULLs, and mixtures.

    The values of the k-th sample are equal in all tables, so foreign keys hold. Rows that a CHECK refuses are left
    out. Tables are filled repeatedly until no more rows can be inserted.
    """
    cursor = conn.cursor(row_factory=tuple_row)
    columns = cursor.execute(
        "SELECT c.oid::regclass::text, quote_ident(a.attname), a.atttypid, a.attndims, a.attnotnull"
        " OR coalesce((SELECT typnotnull FROM pg_type WHERE oid = a.atttypid), false)"
        " FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped"
        " AND a.attgenerated = '' AND a.attidentity <> 'a' AND NOT c.relispartition"
        " AND c.relnamespace NOT IN ('pg_catalog'::regnamespace,"
        " 'information_schema'::regnamespace, 'pg_toast'::regnamespace)"
        " ORDER BY c.oid, a.attnum"
    ).fetchall()
    tables: dict[str, list[tuple[str, PgType, int, bool]]] = {}
    for table, column, oid, dimensions, not_null in columns:
        tables.setdefault(table, []).append((column, server.type(oid), dimensions, not_null))
    todo = [(table, k) for k in range(1, _ROWS) for table in tables]
    while True:
        left = [item for item in todo if not _insert(conn, item[0], tables[item[0]], item[1])]
        if not left or len(left) == len(todo):
            break
        todo = left
    for (view,) in cursor.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'm'"
    ).fetchall():
        conn.execute(f"REFRESH MATERIALIZED VIEW {view}".encode())


def _insert(
    conn: psycopg.Connection[Any],
    table: str,
    columns: list[tuple[str, PgType, int, bool]],
    k: int,
) -> bool:
    names: list[str] = []
    values: list[str | None] = []
    for n, (column, pg, dimensions, not_null) in enumerate(columns):
        names.append(column)
        null = k == 2 or (k > 3 and (n + k) % 2 == 0)
        text = literal(pg, k)
        if dimensions == 2 and text != "{}":
            text = f"{{{text}}}"
        values.append(None if null and not not_null else text)
    statement = (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"
    )
    if not names:
        statement = f"INSERT INTO {table} DEFAULT VALUES"
    try:
        with conn.transaction():
            conn.execute(statement.encode(), values)
    except psycopg.Error:
        return False
    return True


def sample(annotation: Any, k: int, pg: PgType | None) -> Any:
    """Return the k-th sample of a parameter's annotation, equal to `literal` of its type."""
    part = bare(annotation)[0]
    origin = get_origin(part)
    arguments = get_args(part)
    inner = pg.inner if pg is not None else None
    if part is JsonValue:
        return {"k": k}
    if is_model(part):
        attributes = pg.attributes if pg is not None else ()
        types = dict(attributes)
        return part(
            **{name: sample(found, k, types.get(name)) for name, found in fields(part).items()}
        )
    if getattr(origin, "__name__", "") in ("list", "Sequence", "Iterable", "Collection"):
        nested = [part for part in bare(arguments[0]) if get_origin(part) is list]
        if k % 3 == 0:
            return []
        item = sample(arguments[0], k, pg if nested else inner)
        return [item, None] if optional(arguments[0]) and k % 3 == 2 else [item]
    if origin is Range or origin is Multirange:
        bounds = Range(sample(arguments[0], k, inner), sample(arguments[0], k + 1, inner))
        return bounds if origin is Range else Multirange([bounds])
    if getattr(origin, "__name__", "") in ("dict", "Mapping"):
        return {"k": str(k)}
    if is_typeddict(part):
        return {name: sample(found, k, None) for name, found in typing.get_type_hints(part).items()}
    if isinstance(part, type) and issubclass(part, enum.Enum):
        found = list(part)
        return found[k % len(found)]
    if part is str:
        return literal(pg, k) if pg is not None else str(k)
    made = _PYTHON.get(part)
    if made is None:
        raise NotImplementedError(f"no sample for {part}")
    value = made(k)
    if isinstance(value, datetime.datetime) and pg is not None and pg.name == "timestamp":
        return value.replace(tzinfo=None)
    if isinstance(value, datetime.time) and pg is not None and pg.name == "time":
        return value.replace(tzinfo=None)
    return value


_PYTHON: Mapping[Any, Callable[[int], Any]] = {
    int: int,
    bool: lambda k: k % 2 == 1,
    float: float,
    decimal.Decimal: decimal.Decimal,
    bytes: lambda k: bytes.fromhex(f"{k:02}"),
    uuid.UUID: lambda k: uuid.UUID(f"00000000-0000-0000-0000-{k:012}"),
    datetime.date: lambda k: datetime.date(2024, 1, k + 1),
    datetime.time: lambda k: datetime.time(k, tzinfo=datetime.UTC),
    datetime.datetime: lambda k: datetime.datetime(2024, 1, k + 1, tzinfo=datetime.UTC),
    datetime.timedelta: lambda k: datetime.timedelta(hours=k),
    ipaddress.IPv4Interface: lambda k: ipaddress.ip_interface(f"10.0.0.{k}/32"),
    ipaddress.IPv4Address: lambda k: ipaddress.ip_address(f"10.0.0.{k}"),
    ipaddress.IPv6Interface: lambda k: ipaddress.ip_interface(f"10.0.0.{k}/32"),
    ipaddress.IPv6Address: lambda k: ipaddress.ip_address(f"10.0.0.{k}"),
    ipaddress.IPv4Network: lambda k: ipaddress.ip_network(f"10.0.{k}.0/24"),
    ipaddress.IPv6Network: lambda k: ipaddress.ip_network(f"10.0.{k}.0/24"),
}


def combinations(
    parameters: Mapping[str, Any], types: Mapping[str, PgType], seed: str, mixes: int
) -> Iterator[dict[str, Any]]:
    """Return arguments to call a query with: each sample for all, NULLs, and random mixtures."""
    if not parameters:
        yield {}
        return
    chance = random.Random(seed)
    nullable = {name for name, found in parameters.items() if optional(found)}

    def value(name: str, k: int) -> Any:
        return sample(parameters[name], k, types.get(name))

    for k in range(_ROWS):
        yield {name: value(name, k) for name in parameters}
    if nullable:
        for k in (1, 2):
            yield {name: None if name in nullable else value(name, k) for name in parameters}
    for _ in range(mixes if len(parameters) > 1 else 0):
        yield {
            name: None
            if name in nullable and chance.random() < 0.3
            else MISSING
            if MISSING in members(found) and chance.random() < 0.3
            else value(name, chance.randrange(_ROWS))
            for name, found in parameters.items()
        }


@dataclass(frozen=True, slots=True)
class Shot:
    """One call of the attack."""

    name: str
    function: Callable[..., Any]
    positional: list[Any]
    keywords: dict[str, Any]

    def judge(self, error: Exception) -> str | None:
        """Return what is wrong with an error, or None if the server may refuse the call."""
        arguments = [*self.positional, *self.keywords.values()]
        if isinstance(error, psycopg.errors.NotNullViolation):
            allowed = None not in arguments
        elif isinstance(error, ValidationError):
            allowed = True  # A type of the user refuses the sample.
        elif isinstance(error, psycopg.Error):
            allowed = error.sqlstate is not None and error.sqlstate not in _OURS
        else:
            allowed = False
        return None if allowed else f"{self}: {type(error).__name__}: {error}"

    def __str__(self) -> str:
        parts = [repr(value) for value in self.positional]
        parts += [f"{key}={value!r}" for key, value in self.keywords.items()]
        return f"{self.name}({', '.join(parts)})"


def shots(
    functions: Mapping[str, Callable[..., Any]],
    types: Mapping[str, Mapping[str, PgType]],
    mixes: int,
) -> Iterator[Shot]:
    """Return the calls of all queries of the package."""
    for name, function in functions.items():
        found = hints(function)
        parameters = list(inspect.signature(function).parameters.values())[1:]
        annotations = {parameter.name: found[parameter.name] for parameter in parameters}
        if "params" in annotations and get_args(annotations["params"]):
            yield from _batches(name, function, annotations["params"], types.get(name, {}), mixes)
            continue
        if "arg" in annotations and is_model(annotations["arg"]):
            for arguments in combinations(
                fields(annotations["arg"]), types.get(name, {}), name, mixes
            ):
                yield Shot(name, function, [annotations["arg"](**arguments)], {})
            continue
        for arguments in combinations(annotations, types.get(name, {}), name, mixes):
            yield Shot(
                name,
                function,
                [arguments[p.name] for p in parameters if p.kind is not p.KEYWORD_ONLY],
                {p.name: arguments[p.name] for p in parameters if p.kind is p.KEYWORD_ONLY},
            )


def _batches(
    name: str,
    function: Callable[..., Any],
    annotation: Any,
    types: Mapping[str, PgType],
    mixes: int,
) -> Iterator[Shot]:
    (row,) = get_args(annotation)
    made = [row(**values) for values in combinations(fields(row), types, name, mixes)]
    yield Shot(name, function, [[]], {})
    yield from (Shot(name, function, [[one]], {}) for one in made)
    yield Shot(name, function, [made], {})


def attack_sync(
    package: ModuleType,
    conn: psycopg.Connection[Any],
    recorder: Recorder,
    types: Mapping[str, Mapping[str, PgType]],
) -> tuple[int, list[str]]:
    """Call every query on the database. Return the number of calls and the problems."""
    calls = 0
    failures: set[str] = set()
    for shot in shots(query_functions(package, query_modules(package)), types, _MIXES):
        calls += 1
        try:
            with conn.transaction(force_rollback=True):
                value = drain(shot.function(conn, *shot.positional, **shot.keywords))
            recorder.result(shot.name, shot.function, value)
        except Unfit as error:
            failures.add(f"{shot}: {error}")
        except Exception as error:
            if wrong := shot.judge(error):
                failures.add(wrong)
    return calls, sorted(failures)


async def attack_async(
    package: ModuleType,
    conn: psycopg.AsyncConnection[Any],
    recorder: Recorder,
    types: Mapping[str, Mapping[str, PgType]],
) -> tuple[int, list[str]]:
    """Do the same with the async functions, without the mixtures."""
    calls = 0
    failures: set[str] = set()
    for shot in shots(query_functions(package, query_modules(submodule(package, "aio"))), types, 0):
        calls += 1
        try:
            async with conn.transaction(force_rollback=True):
                value = await adrain(shot.function(conn, *shot.positional, **shot.keywords))
            recorder.result(shot.name, shot.function, value)
        except Unfit as error:
            failures.add(f"{shot}: {error}")
        except Exception as error:
            if wrong := shot.judge(error):
                failures.add(wrong)
    return calls, sorted(failures)


# Errors that no value of the right type can cause: wrong types, ambiguity, syntax.
_OURS = {"42804", "42P18", "42601", "42703", "42P01", "42883", "42P08", "22P02", "42846"}
