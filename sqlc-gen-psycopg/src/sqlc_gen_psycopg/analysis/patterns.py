"""Patterns that are not PostgreSQL's: macros, and the pair `set_x` and `x`."""

from collections.abc import Iterator, Mapping
from typing import Any

from . import signatures
from .database import strings, walk
from .parser import ParseError, parse


def pairs(sql: str, names: Mapping[int, str]) -> dict[int, int]:
    """Return the flags `set_x` and the values `x` of `CASE WHEN $set_x THEN $x ELSE x END`."""
    found: dict[int, int] = {}
    try:
        parsed = parse(sql)
    except ParseError:
        return found
    for kind, node in walk(parsed):
        if kind != "CaseExpr" or "arg" in node or len(node["args"]) != 1:
            continue
        when = node["args"][0]["CaseWhen"]
        flag, value = _parameter(when["expr"]), _parameter(when["result"])
        if value in names and names.get(flag) == f"set_{names[value]}":
            found[flag] = value
    return found


def _parameter(node: dict[str, Any]) -> int:
    """Return the number of the parameter that is the whole expression, or 0."""
    while "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    return int(node.get("ParamRef", {}).get("number", 0))


def leftover(sql: str) -> str | None:
    """Describe a statement in which sqlc has left a parameter unchanged."""
    if "@" not in sql and "sqlc." not in sql:
        return None
    try:
        parsed = parse(sql)
    except ParseError:
        return None
    for kind, node in walk(parsed):
        if kind == "FuncCall" and (names := strings(node.get("funcname")))[0] == "sqlc":
            return (
                f"sqlc did not replace {'.'.join(names)}(), which happens in MERGE; use $1, $2, ..."
                " instead"
            )
        if kind == "A_Expr":
            name = "".join(strings(node.get("name"))[-1:])
            if name.endswith("@") and not signatures.is_operator(name):
                return f"sqlc parses {name} as an operator; write a space: {name[:-1]} @name"
    return None


def macros(sql: str) -> Iterator[tuple[str, dict[str, set[str]]]]:
    """Return the statements of a query file, with the names in their macros, by macro."""
    text = sql.encode()
    try:
        statements = parse(sql)
    except (ParseError, RecursionError):  # The invalid statement is refused by its name later.
        return
    for statement in statements:
        start = statement.get("stmt_location", 0)
        end = start + statement.get("stmt_len", len(text))
        found: dict[str, set[str]] = {}
        for kind, node in walk(statement):
            names = strings(node.get("funcname")) if kind == "FuncCall" else []
            if len(names) == 2 and names[0] == "sqlc":
                found.setdefault(names[1], set()).update(map(_written, node.get("args", [])))
        yield text[start:end].decode(), found


def _written(argument: dict[str, Any]) -> str:
    """Return the name in a macro: `sqlc.arg(name)` or `sqlc.arg('name')`."""
    if "ColumnRef" in argument:
        return "".join(strings(argument["ColumnRef"]["fields"]))
    return str(argument.get("A_Const", {}).get("sval", {}).get("sval", ""))
