"""Which functions may give NULL, and for which arguments.

`signatures.json` says of each function, operator and cast under `nulls` what is known and by what.
A grid of values was tried on servers: it can show that something gives NULL, and never that it
doesn't.

- `tried`: so many combinations of values gave something. What none of them made NULL is taken to
  be never NULL.
- `untested`: it was not tried, and why. A strict function is taken to be NULL only for NULLs, any
  other to be NULL for anything.
- `found`: by the positions of the arguments that were NULL ("" where none was, "0,1" where both
  had to be): a statement that gives NULL. That of a strict function for a NULL goes unsaid.
- `never_for`: the words among the values of the first argument that never gave NULL, such as
  `extract(year FROM ...)`.
- `columns`: by the number of a column of its rows: a statement in which that is NULL.
- `elements`: a statement that gives an array with NULL in it, though no argument has one.
- `empty`: for an aggregate: a statement without rows that gives NULL.
- `read`, `columns_read`: why it may be NULL on other servers, by reading.
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
    """Whether a call may give NULL."""
    if not found.is_builtin:
        return found.returns != "void"
    if any(value.nullable for value in values) and (node.get("func_variadic") or _is_named(node)):
        # VARIADIC NULL is NULL; arguments with names may stand in any order.
        return True
    if found.name == "unnest":
        return values[0].null_elements
    if found.kind and not _has_rows(scope, node, found):
        return found.kind == "w" or "empty" in found.nulls
    return by_arguments(found, values, node.get("args", []))


def by_arguments(
    found: signatures.Signature, values: Sequence[Value], nodes: Sequence[Node] = ()
) -> bool:
    """Whether these arguments may give NULL."""
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
    """Whether a cast of what is not NULL may give NULL, or an array with NULL in it."""
    if source and target and target.endswith("[]"):
        elements = (source.removesuffix("[]"), target.removesuffix("[]"))
        return False, "" in signatures.cast_nulls(database, *elements).get("found", {})
    return "" in signatures.cast_nulls(database, source, target).get("found", {}), False


def column_may_be_null(
    found: signatures.Signature, number: int, arguments: Sequence[Value]
) -> bool:
    """Whether a column of the rows of a function may be NULL."""
    if not found.is_builtin or "columns_read" in found.nulls:
        return True
    if not found.is_set and any(value.nullable for value in arguments):
        return True  # One row, with nothing in it.
    if len(found.out) == 1:
        return by_arguments(found, arguments)
    return str(number) in found.nulls.get("columns", {})


def _is_nullable(found: signatures.Signature, values: Sequence[Value], at: int) -> bool:
    if found.is_variadic and at == len(found.arguments) - 1:
        return any(value.nullable for value in values[at:])
    return at < len(values) and values[at].nullable


def _never_for(found: signatures.Signature, nodes: Sequence[Node]) -> bool:
    """Whether the call is one of those for which NULL was never found."""
    literals: list[str] = [
        node.get("A_Const", {}).get("sval", {}).get("sval", "") for node in nodes
    ]
    match found.name, literals:
        case "to_number", [_, str(template)]:
            return bool(template)  # NULL is what an empty one gives.
        case "jsonb_path_exists" | "jsonb_path_exists_tz", _:
            # NULL stands for an error that the last argument silences.
            return len(nodes) < 4 and not any("NamedArgExpr" in node for node in nodes)
        case _, [word, *_]:
            return word in found.nulls.get("never_for", [])
        case _:
            return False


def _is_named(node: Node) -> bool:
    return any("NamedArgExpr" in argument for argument in node.get("args", []))


def _has_rows(scope: Scope, node: Node, found: signatures.Signature) -> bool:
    """Whether an aggregate or window function surely has a row to look at."""
    if found.kind == "w" and found.name not in ("first_value", "last_value", "nth_value"):
        return True  # It looks at the partition, not at the frame.
    return always_has_rows(scope, node)


def always_has_rows(scope: Scope, node: Node) -> bool:
    """Whether an aggregate has at least one row to gather."""
    if "agg_filter" in node:
        return False
    over: Node | None = node.get("over")
    return scope.grouped if over is None else not scope.frame(over) & ~_DEFAULT_FRAMES
