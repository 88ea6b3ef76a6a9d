"""The text of query functions and Querier classes."""

import re

from .model import Field, Function, Module, Parameter
from .rows import load
from .text import docstring, literal


def function(item: Function, module: Module, *, is_async: bool = False) -> str:
    """Return the function of a query, or its coroutine."""
    conn = f"psycopg.{'Async' if is_async else ''}Connection[Any]"
    return "\n\n" + _define(item, module, f"conn: {conn}, /", is_async=is_async)


def querier(module: Module, *, is_async: bool) -> str:
    """Return the class with all functions of a module as methods, on one connection."""
    aio, as_what = ("Async", ", as coroutines") if is_async else ("", "")
    methods = [
        "\n" + _define(item, module, "self", is_async=is_async, level=1, conn="self._conn")
        for item in module.functions
    ]
    return (
        f'\n\nclass {aio}Querier:\n    """The queries on one connection{as_what}."""\n\n'
        f"    def __init__(self, conn: psycopg.{aio}Connection[Any]) -> None:\n"
        "        self._conn = conn\n" + "".join(methods)
    )


def _define(
    item: Function,
    module: Module,
    first: str,
    *,
    is_async: bool,
    level: int = 0,
    conn: str = "conn",
) -> str:
    define = "async " if is_async else ""
    returns = _returns(item, is_async=is_async)
    indent = "    " * level
    return (
        f"{indent}{define}def {item.name}({first}{_signature(item)}) -> {returns}:\n"
        + docstring(_doc(item, module), level + 1)
        + "".join(f"{indent}    {line}\n" for line in _body(item, conn, is_async=is_async))
    )


def _doc(item: Function, module: Module) -> str:
    alike = f"; {item.namesake} has the name without a number" if item.namesake else ""
    return f"{item.doc}\n\nQuery {item.query} in {module.name}.sql{alike}.".strip()


def _signature(item: Function) -> str:
    if item.is_batch:
        return f", params: Iterable[{item.bundle}]"
    if item.bundle is not None:
        return f", arg: {item.bundle}"
    keywords = "".join(
        f", {parameter.field.name}: {parameter.field.annotation}"
        f"{' = MISSING' if parameter.is_optional else ''}"
        for parameter in item.keywords
    )
    return f", *{keywords}" if keywords else ""


def _is_union(item: Function) -> bool:
    return item.scalar is not None and " | " in item.scalar.annotation and not _may_be_none(item)


def _may_be_none(item: Function) -> bool:
    return item.scalar is not None and (
        item.scalar.annotation.endswith("None") or item.scalar.annotation == "JsonValue"
    )


def _row(item: Function) -> str:
    if item.scalar is not None:
        return item.scalar.annotation
    if item.model is not None:
        return item.model.name if item.own_model else f"models.{item.model.name}"
    return "None"


def _returns(item: Function, *, is_async: bool) -> str:
    row = _row(item)
    optional = row if row.endswith(" | None") or row == "None" else f"{row} | None"
    match item.command:
        case ":execrows" | ":copyfrom":
            return "int"
        case ":execresult":
            return "AsyncRawCursor[Any]" if is_async else "RawCursor[Any]"
        case ":one":
            return row if item.certain else optional
        case ":many" if item.is_stream:
            return f"{'AsyncIterator' if is_async else 'Iterator'}[{row}]"
        case ":many":
            return f"list[{row}]"
        case ":batchone":
            return f"list[{row if item.certain else optional}]"
        case ":batchmany":
            return f"list[list[{row}]]"
        case _:
            return "None"


def _body(item: Function, conn: str, *, is_async: bool) -> list[str]:
    aio = "Async" if is_async else ""
    define, wait = ("async ", "await ") if is_async else ("", "")
    if item.command == ":copyfrom":
        return _copy(item, conn, is_async=is_async)
    factory = _factory(item)
    opened = f"{define}with support.{aio}Cursor({conn}, row_factory={factory}) as cursor:"
    if item.command.startswith(":batch"):
        return [opened, *(f"    {line}" for line in _batch(item, is_async=is_async))]
    prefix = "arg." if item.bundle is not None else ""
    binary = ", binary=True" if item.returns_binary else ""
    execute = f"{wait}cursor.execute({item.constant}, ({_arguments(item, prefix)}){binary})"
    match item.command:
        case ":one" if _is_union(item) and item.certain:
            # In a call, a type checker would join the members of the union.
            return [
                opened,
                f"    {execute}",
                f"    row = {wait}cursor.fetchone()",
                "    if row is None:",
                '        raise psycopg.ProgrammingError("the statement returned no row")',
                "    return row",
            ]
        case ":one" if item.certain and not _may_be_none(item):
            return [
                opened,
                f"    {execute}",
                f"    return support.certain({wait}cursor.fetchone())",
            ]
        case ":one":
            return [opened, f"    {execute}", f"    return {wait}cursor.fetchone()"]
        case ":many" if item.is_stream:
            # Outside of a transaction (with autocommit) only such a cursor can be read.
            server = (
                f"support.{aio}ServerCursor({conn}, support.cursor_name(), row_factory={factory},"
                f" withhold={conn}.autocommit)"
            )
            rows = (
                ["async for row in cursor:", "    yield row"] if is_async else ["yield from cursor"]
            )
            return [
                f"{define}with {server} as cursor:",
                f"    {execute}",
                *(f"    {line}" for line in rows),
            ]
        case ":many":
            return [opened, f"    {execute}", f"    return {wait}cursor.fetchall()"]
        case ":execrows":
            count = "await support.arow_count" if is_async else "support.row_count"
            return [opened, f"    {execute}", f"    return {count}(cursor)"]
        case ":execresult":
            return [
                f"cursor = support.{aio}Cursor({conn}, row_factory={factory})",
                execute,
                "return cursor",
            ]
        case _:
            return [opened, f"    {execute}"]


def _batch(item: Function, *, is_async: bool) -> list[str]:
    define, wait = ("async ", "await ") if is_async else ("", "")
    arguments = f"(({_arguments(item, 'row.')}) for row in params)"
    if item.command == ":batchexec":
        return [f"{wait}cursor.executemany({item.constant}, {arguments})"]
    fetched = f"{wait}found.{'fetchone' if item.command == ':batchone' else 'fetchall'}()"
    if item.command == ":batchone" and item.certain and not _may_be_none(item):
        fetched = f"support.certain({fetched})"
    return [
        f"{wait}cursor.executemany({item.constant}, {arguments}, returning=True)",
        f"return [{fetched} {define}for found in cursor.results()]",
    ]


def _copy(item: Function, conn: str, *, is_async: bool) -> list[str]:
    aio = "Async" if is_async else ""
    define, wait = ("async ", "await ") if is_async else ("", "")
    rows = f"(({_arguments(item, 'row.')}) for row in params)"
    return [
        f"{define}with support.{aio}CopyCursor({conn}, row_factory=tuple_row) as cursor:",
        f"    {wait}cursor.executemany({item.copy_constant}, {rows})",
        "    return cursor.rowcount",
    ]


def _arguments(item: Function, prefix: str) -> str:
    arguments = ", ".join(_argument(parameter, prefix) for parameter in item.parameters)
    return f"{arguments}," if len(item.parameters) == 1 else arguments


def _argument(parameter: Parameter, prefix: str) -> str:
    field = parameter.field
    value = f"{prefix}{field.name}"
    if parameter.is_flag:
        return f"{value} is not MISSING"
    dumped = dump(field, value)
    return f"None if {value} is MISSING else {dumped}" if parameter.is_optional else dumped


def dump(field: Field, value: str) -> str:
    """Return the expression that converts an argument for psycopg."""
    type_ = field.type
    if type_.is_instant and not type_.typed:
        value = f"support.aware{type_.nesting}({value}, {literal(field.name)})"
    if type_.refuses_str and not type_.typed:
        depth = f", {type_.dimensions}" if type_.dimensions else ""
        value = f"support.no_str({value}, {literal(field.name)}{depth})"
    if type_.is_dumped:
        return f"codecs.{type_.constant}.dump({value})"
    if type_.is_json:
        return f"support.{type_.name}({value})"
    return value


def _factory(item: Function) -> str:
    if item.model is not None:
        return item.factory if item.own_model else f"rows.{item.model.factory}"
    if item.scalar is not None:
        return item.factory if is_hidden(item, item.scalar) else scalar_factory(item.scalar)
    return "tuple_row"


def is_hidden(item: Function, scalar: Field) -> bool:
    """Return whether a parameter hides a name that the row factory needs, so that it must be outside."""
    used = set(re.findall(r"(?<![.\w])[A-Za-z]\w*", scalar_factory(scalar)))
    return item.bundle is None and any(each.field.name in used for each in item.keywords)


def scalar_factory(field: Field) -> str:
    """Return the row factory of a single column."""
    type_ = field.type
    if type_.is_instant and not type_.is_coded:
        return f"support.Scalar[{field.annotation}](support.utc{type_.nesting})"
    loaded = load(field, "value")
    if loaded == "value":
        return f"support.Scalar[{field.annotation}]()"
    return f"support.Scalar[{field.annotation}](lambda value: {loaded})"
