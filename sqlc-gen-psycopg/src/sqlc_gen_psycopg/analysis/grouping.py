"""GROUP BY: whether each row stands for a group, and which keys may be NULL by grouping sets."""

from collections.abc import Iterator
from typing import Any

from .database import is_list, is_node, strings
from .naming import column_name
from .scope import Scope

Node = dict[str, Any]


def read_groups(scope: Scope, clause: list[Node], targets: list[Node]) -> list[Node]:
    """Note the effects of GROUP BY in the scope, and return the expressions that it groups by."""
    plain = [_resolved(scope, item, targets) for item in clause if "GroupingSet" not in item]
    sets = [item["GroupingSet"] for item in clause if "GroupingSet" in item]
    scope.grouped = bool(plain) or (bool(sets) and not any(map(_has_empty, sets)))
    keys = [_resolved(scope, node, targets) for item in sets for node in _keys(item)]
    always = [bare(node) for node in plain] if keys else []
    for node in keys:
        if bare(node) in always:
            continue
        if "ColumnRef" in node:
            scope.rollup.add(strings(node["ColumnRef"]["fields"])[-1])
        else:
            scope.rollup_expressions.append(bare(node))
    return plain + keys


def bare(node: Any) -> Any:
    """Return the tree without the positions in the text, so that trees can be compared."""
    if is_node(node):
        return {key: bare(value) for key, value in node.items() if key != "location"}
    return [bare(item) for item in node] if is_list(node) else node


def _keys(grouping_set: Node) -> Iterator[Node]:
    for node in grouping_set.get("content", []):
        if "GroupingSet" in node:
            yield from _keys(node["GroupingSet"])
        elif "RowExpr" in node:
            yield from node["RowExpr"].get("args", [])
        else:
            yield node


def _has_empty(grouping_set: Node) -> bool:
    """Return whether one of its sets is empty. The group of an empty set may have no row."""
    match grouping_set["kind"]:
        case "GROUPING_SET_SETS":
            inner = [
                node["GroupingSet"] for node in grouping_set["content"] if "GroupingSet" in node
            ]
            return any(map(_has_empty, inner))
        case _:
            return True


def _resolved(scope: Scope, node: Node, targets: list[Node]) -> Node:
    """Return the expression that a number or an alias refers to."""
    number: int = node.get("A_Const", {}).get("ival", {}).get("ival", 0)
    if 0 < number <= len(targets):
        return _value(targets[number - 1])
    names = strings(node.get("ColumnRef", {}).get("fields"))
    if len(names) == 1 and not any(item.get(names[0]) for item in scope.items):
        for target in targets:
            value = _value(target)
            if names[0] == (target["ResTarget"].get("name") or column_name(value)):
                return value
    return node


def _value(target: Node) -> Node:
    value: Node = target["ResTarget"].get("val", {})
    return value
