"""`*`: sqlc replaces it by the columns that it knows, or by the name of a function if it knows none."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .database import Database, Key, strings
from .parser import ParseError, parse
from .scope import Item, Parameters, Scope
from .statements import Reader, analyse

Node = dict[str, Any]

_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_REFERENCE = re.compile(rf"({_NAME})(?:\s*\.\s*{_NAME})?".encode())
_BARE = re.compile(r"^(\s*SELECT(?:\s+(?:ALL|DISTINCT))?)\s(?=\s*FROM\b)", re.IGNORECASE)


def stars(database: Database, sql: str) -> str:
    """Return the statement with `f.*` where sqlc has replaced a `*` over several columns by `f` or `f.f`."""
    try:
        select: Node = parse(sql)[0]["stmt"]["SelectStmt"]
    except (ParseError, IndexError, KeyError):
        return sql
    if "targetList" not in select and "fromClause" in select:
        return _with_star(database, sql, select)
    functions = set(_functions(select.get("fromClause", [])))
    if not functions:
        return sql
    text = sql.encode()
    places: list[int] = []
    items: dict[str, Item] | None = None
    for target in select.get("targetList", []):
        reference: Node = target["ResTarget"].get("val", {}).get("ColumnRef", {})
        names = strings(reference.get("fields"))
        if len(names) != len(reference.get("fields", [])) or set(names) - functions:
            continue
        if "name" not in target["ResTarget"] and len(set(names)) == 1:
            items = items or {item.alias: item for item in _scope(database, select).items}
            if _is_row(items[names[0]]):
                places.append(reference["location"])
    for place in reversed(places):
        found = _REFERENCE.match(text, place)
        if found is not None:
            text = text[:place] + found[1] + b".*" + text[found.end() :]
    return text.decode()


def misnamed(database: Database, written: str, columns: Mapping[Key, Sequence[str]]) -> str | None:
    """Describe a `*` that sqlc has replaced by names that its columns do not have.

    `columns` are sqlc's names of a table's columns, if some are missing.
    """
    analysis = analyse(database, written)
    for item in analysis.starred if analysis is not None else []:
        if item.twice:
            return (
                f"`*` of {item.alias} has more than one column {item.twice}, and sqlc expands it to"
                " names, which are ambiguous; list the columns, and rename these: SELECT"
                f" a.{item.twice} AS"
                f" a_{item.twice}, b.{item.twice} AS b_{item.twice}"
            )
        names = list(item.columns)
        inner = columns.get(database.key(item.row_type)) if item.row_type else None
        if item.inner and set(item.inner) != set(names):
            inner = item.inner
        if inner and set(inner) != set(names):
            renamed = [
                f"{one} AS {name}" for one, name in zip(inner, names, strict=False) if one != name
            ]
            return (
                f"sqlc writes `*` over {item.alias} out as {', '.join(inner)}, but its columns are"
                f" {', '.join(names)}; list them instead. Where sqlc does not know them, give it a"
                " `database:`"
                + (f", or write SELECT {renamed[0]} where they come from" if renamed else "")
            )
    return None


def _with_star(database: Database, sql: str, select: Node) -> str:
    """Restore the `*` that sqlc has replaced by nothing, because it knows none of the columns."""
    items = _scope(database, select).items
    if any(item.table is not None for item in items) or not any(item.columns for item in items):
        return sql
    return _BARE.sub(r"\1 *", sql, count=1)


def _functions(nodes: list[Node]) -> Iterator[str]:
    """Return the names of the functions in FROM."""
    for node in nodes:
        if "JoinExpr" in node:
            yield from _functions([node["JoinExpr"]["larg"], node["JoinExpr"]["rarg"]])
        elif "RangeFunction" in node:
            function = node["RangeFunction"]
            call = function["functions"][0]["List"]["items"][0].get("FuncCall", {})
            name = function.get("alias", {}).get("aliasname")
            yield name or (strings(call.get("funcname")) or [""])[-1]


def _is_row(item: Item) -> bool:
    """Return whether the name of the item means all columns, and not its only one."""
    is_wide = len(item.columns) > 1 or item.row_type == "record"
    return is_wide and item.alias not in item.columns


def _scope(database: Database, select: Node) -> Scope:
    parameters = Parameters()
    scope = Scope(database, parameters)
    reader = Reader(database, parameters)
    reader.common_tables(select, scope)
    reader.from_clause(select["fromClause"], scope)
    return scope
