"""Find out what a condition implies: `x = 1` and `x IS NOT NULL` mean that x is not NULL."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from . import signatures
from .database import strings
from .scope import Item, Scope

Node = dict[str, Any]
Reference = tuple[Item, str]


def required(scope: Scope, node: Node) -> set[Reference]:
    """Return the columns and parameters that are not NULL if the condition is true."""
    ((kind, content),) = node.items()
    match kind:
        case "BoolExpr":
            parts = content["args"]
            if content["boolop"] == "NOT_EXPR":
                return _false(scope, parts[0])
            sets = [required(scope, part) for part in parts]
            if content["boolop"] == "AND_EXPR":
                return set[Reference]().union(*sets)
            return set[Reference].intersection(*sets)
        case "NullTest":
            if content["nulltesttype"] == "IS_NOT_NULL":
                # If a row IS NOT NULL, none of its columns is NULL.
                return strict(scope, content["arg"]) | {
                    (item, column)
                    for item in _rows(scope, content["arg"])
                    for column in item.columns
                }
            return set()
        case "BooleanTest":
            if content["booltesttype"] in ("IS_TRUE", "IS_FALSE", "IS_NOT_UNKNOWN"):
                return strict(scope, content["arg"])
            return set()
        case "SubLink" if content["subLinkType"] == "ANY_SUBLINK":
            # NULL is in no set; in an empty set it is false, not NULL.
            return strict(scope, content["testexpr"])
        case "A_Expr" if content["kind"] == "AEXPR_OP_ANY" and "lexpr" in content:
            return strict(scope, content["lexpr"]) | strict(scope, node)
        case "A_Expr" if content["kind"] == "AEXPR_DISTINCT":
            sides = [content["lexpr"], content["rexpr"]]
            with_null = any(side.get("A_Const", {}).get("isnull") for side in sides)
            found = [strict(scope, side) for side in sides] if with_null else []
            return set[Reference]().union(*found)
        case "A_Expr" if (rows := _equal_rows(content)) is not None:
            return set[Reference]().union(*(strict(scope, part) for part in rows))
        case _:
            return strict(scope, node)


def _equal_rows(content: Node) -> list[Node] | None:
    """Return the parts of two rows in `(a, b) = (c, d)`.

    The comparison is false if one part differs, although another one is NULL.
    """
    rows = [content.get(side, {}).get("RowExpr") for side in ("lexpr", "rexpr")]
    if None in rows or content["kind"] != "AEXPR_OP" or strings(content["name"])[-1] != "=":
        return None
    return [part for row in rows for part in row["args"]]


def _false(scope: Scope, node: Node) -> set[Reference]:
    """Return the columns that are not NULL if the condition is false."""
    ((kind, content),) = node.items()
    if kind == "BoolExpr":
        parts = content["args"]
        if content["boolop"] == "NOT_EXPR":
            return required(scope, parts[0])
        sets = [_false(scope, part) for part in parts]
        if content["boolop"] == "OR_EXPR":
            return set[Reference]().union(*sets)
        return set[Reference].intersection(*sets)
    if kind == "NullTest":
        if content["nulltesttype"] == "IS_NULL":
            return strict(scope, content["arg"])
        return set()
    if kind == "BooleanTest":
        return set()
    return strict(scope, node)


def strict(scope: Scope, node: Node) -> set[Reference]:
    """Return the columns that are not NULL if the expression is not NULL."""
    ((kind, content),) = node.items()
    match kind:
        case "ColumnRef":
            names = strings(content["fields"])
            if rows := _rows(scope, node):
                return {(item, "") for item in rows}
            if not names or len(names) != len(content["fields"]):
                return set()
            item, value = scope.lookup(names)
            return {(item, names[-1])} if item is not None and value is not None else set()
        case "ParamRef":
            return {(scope.parameters.item, f"${content.get('number', 0)}")}
        case "TypeCast" | "CollateClause":
            return strict(scope, content["arg"])
        case "A_Expr":
            return _operator(scope, content)
        case "FuncCall":
            return _function(scope, content)
        case _:
            return set()


def _rows(scope: Scope, node: Node) -> list[Item]:
    """Yield the relation of which the expression is the whole row."""
    fields: list[Node] = node.get("ColumnRef", {}).get("fields", [])
    item = scope.row(strings(fields))
    return [item] if item is not None else []


def _operator(scope: Scope, content: Node) -> set[Reference]:
    kind = content["kind"]
    left, right = content.get("lexpr"), content.get("rexpr")
    if kind in ("AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT", "AEXPR_NULLIF"):
        return set()
    if kind in ("AEXPR_IN", "AEXPR_BETWEEN"):
        return strict(scope, left) if left else set()
    if kind == "AEXPR_OP_ANY":
        return strict(scope, right) if right else set()
    if kind in ("AEXPR_OP_ALL", "AEXPR_NOT_BETWEEN"):
        return set()
    if strings(content["name"])[-1] == "||" and kind == "AEXPR_OP":
        return set()
    return set[Reference]().union(*(strict(scope, part) for part in (left, right) if part))


def _function(scope: Scope, content: Node) -> set[Reference]:
    *schema, name = strings(content["funcname"])
    if scope.database.find(scope.database.routines, "".join(schema), name) is not None:
        return set()  # A function of the user may return a value for NULL.
    data = signatures.builtin(name)
    if not data or not all(item[2] == "s" for item in data):
        return set()
    arguments = [item for item in content.get("args", []) if "NamedArgExpr" not in item]
    return set[Reference]().union(*(strict(scope, argument) for argument in arguments))


def apply(found: set[Reference]) -> None:
    """Note that the columns are not NULL. A relation with such a column is not missing."""
    for item, column in found:
        item.known.add(column)
        item.outer = False


@contextmanager
def narrowed(found: set[Reference]) -> Generator[None]:
    """Within a part of a statement, assume that the columns are not NULL."""
    added = [(item, column) for item, column in found if column not in item.known]
    for item, column in added:
        item.known.add(column)
    try:
        yield
    finally:
        for item, column in added:
            item.known.discard(column)


def passed(scope: Scope, node: Node) -> set[Reference]:
    """Return what is known after a WHEN that did not apply: its condition is false or NULL."""
    if _is_never_null(node):
        return _false(scope, node)
    boolean: Node = node.get("BoolExpr", {})
    if boolean.get("boolop") == "OR_EXPR":
        return set[Reference]().union(*(passed(scope, part) for part in boolean["args"]))
    return set()


def _is_never_null(node: Node) -> bool:
    if "BoolExpr" in node:
        return all(map(_is_never_null, node["BoolExpr"]["args"]))
    return "NullTest" in node or "BooleanTest" in node
