"""Find out which functions may return NULL, and for which arguments.

For each function, operator and cast, `signatures.json` has the key `nulls` with the facts and their
evidence. A grid of values was tried on servers. It can prove that a function returns NULL, but
never that it does not.

- `tried`: the number of combinations that returned something. What none of them made NULL is
  assumed to be never NULL.
- `untested`: the reason why it was not tried. A strict function is assumed to return NULL only for
  NULLs, any other for every value.
- `found`: by the positions of the arguments that were NULL ("" for none, "0,1" if both had to be):
  a statement that returns NULL. For a strict function and a NULL this is left out.
- `never_for`: the words of the first argument that never gave NULL, such as
  `extract(year FROM ...)`.
- `columns`: by the number of a result column: a statement in which it is NULL.
- `elements`: a statement that returns an array with a NULL, although no argument has one.
- `empty`: for an aggregate: a statement without rows that returns NULL.
- `read`, `columns_read`: the reason why it may be NULL on other servers, found by reading.
"""

from collections.abc import Sequence
from typing import Any

from . import signatures
from .database import Database
from .scope import Scope, Value

Node = dict[str, Any]

# FRAMEOPTION bits that leave the current row in the frame: NONDEFAULT | RANGE | ROWS | GROUPS |
# BETWEEN | START_UNBOUNDED_PRECEDING | END_UNBOUNDED_FOLLOWING | START_ and END_CURRENT_ROW.
_DEFAULT_FRAMES = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x100 | 0x200 | 0x400


def may_be_null(scope: Scope, node: Node, found: signatures.Signature, values: list[Value]) -> bool:
    """Return whether a call may return NULL."""
    if not found.is_builtin:
        return found.returns != "void"
    if any(value.nullable for value in values) and (node.get("func_variadic") or _is_named(node)):
        # VARIADIC NULL is NULL, and arguments with names may be in any order.
        return True
    if found.name == "unnest":
        return values[0].null_elements
    if found.kind and not _has_rows(scope, node, found):
        return found.kind == "w" or "empty" in found.nulls
    return by_arguments(found, values, node.get("args", []))


def by_arguments(
    found: signatures.Signature, values: Sequence[Value], nodes: Sequence[Node] = ()
) -> bool:
    """Return whether NULL may be returned for these arguments."""
    nulls = found.nulls
    if "read" in nulls:
        return True
    passes_null = found.is_strict and not found.is_set and not found.kind
    if passes_null and any(value.nullable for value in values):
        return True
    for positions in nulls.get("found", {}):
        if not positions:
            if not _never_for(found, nodes):
                return True
        elif all(_is_nullable(found, values, int(at)) for at in positions.split(",")):
            return True
    return not found.is_strict and "tried" not in nulls


def of_cast(database: Database, source: str | None, target: str | None) -> tuple[bool, bool]:
    """Return whether the cast of a value may be NULL, or an array with NULL in it."""
    if source and target and target.endswith("[]"):
        elements = (source.removesuffix("[]"), target.removesuffix("[]"))
        return False, "" in signatures.cast_nulls(database, *elements).get("found", {})
    return "" in signatures.cast_nulls(database, source, target).get("found", {}), False


def column_may_be_null(
    found: signatures.Signature, number: int, arguments: Sequence[Value]
) -> bool:
    """Return whether a column of the rows of a function may be NULL."""
    if not found.is_builtin or "columns_read" in found.nulls:
        return True
    if not found.is_set and any(value.nullable for value in arguments):
        return True  # one row of NULLs
    if len(found.out) == 1:
        return by_arguments(found, arguments)
    return str(number) in found.nulls.get("columns", {})


def _is_nullable(found: signatures.Signature, values: Sequence[Value], at: int) -> bool:
    if found.is_variadic and at == len(found.arguments) - 1:
        return any(value.nullable for value in values[at:])
    return at < len(values) and values[at].nullable


def _never_for(found: signatures.Signature, nodes: Sequence[Node]) -> bool:
    """Return whether the call is one for which NULL was never found."""
    literals: list[str] = [
        node.get("A_Const", {}).get("sval", {}).get("sval", "") for node in nodes
    ]
    match found.name, literals:
        case "to_number", [_, str(template)]:
            return bool(template)  # An empty template gives NULL.
        case "jsonb_path_exists" | "jsonb_path_exists_tz", _:
            # NULL replaces an error that the last argument suppresses.
            return len(nodes) < 4 and not any("NamedArgExpr" in node for node in nodes)
        case _, [word, *_]:
            return word in found.nulls.get("never_for", [])
        case _:
            return False


def _is_named(node: Node) -> bool:
    return any("NamedArgExpr" in argument for argument in node.get("args", []))


def _has_rows(scope: Scope, node: Node, found: signatures.Signature) -> bool:
    """Return whether an aggregate or window function always has a row to read."""
    if found.kind == "w" and found.name not in ("first_value", "last_value", "nth_value"):
        return True  # It reads the partition, not the frame.
    return always_has_rows(scope, node)


def always_has_rows(scope: Scope, node: Node) -> bool:
    """Return whether an aggregate has at least one row to collect."""
    if "agg_filter" in node:
        return False
    over: Node | None = node.get("over")
    return scope.grouped if over is None else not scope.frame(over) & ~_DEFAULT_FRAMES
