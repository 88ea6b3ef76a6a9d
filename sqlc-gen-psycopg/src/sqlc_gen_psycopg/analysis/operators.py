"""Operators and their relatives: IN, BETWEEN, IS DISTINCT FROM, comparisons of rows."""

from dataclasses import replace
from typing import Any

from . import arrays, nulls, signatures
from .constructors import Constructors
from .database import strings, walk
from .scope import Value, unknown, unknown_of

Node = dict[str, Any]

_COMPARISONS = frozenset(["=", "<>", "!=", "<", "<=", ">", ">="])
_BETWEEN = {
    "AEXPR_BETWEEN",
    "AEXPR_NOT_BETWEEN",
    "AEXPR_BETWEEN_SYM",
    "AEXPR_NOT_BETWEEN_SYM",
}


class Operators(Constructors):
    """Reads these expressions."""

    def compared(
        self, name: str, left_node: Node, left: Value, right_node: Node, right: Value
    ) -> signatures.Signature | None:
        """Return the result of the operator between two expressions that have been read."""
        found = signatures.operator(self.database, name, left.type, right.type)
        self.takes(found, [left_node, right_node], [left, right])
        if found is None and left.type is not None and right.type is not None:
            known = (signatures.is_known(self.database, one) for one in (left.type, right.type))
            if all(known):
                self.scope.parameters.missing.append((name, left.type, right.type))
        return found

    def _A_Expr(self, node: Node) -> Value:
        kind = node["kind"]
        left_node: Node = node.get("lexpr", {})
        right_node: Node = node.get("rexpr", {})
        name = strings(node["name"])[-1]
        items: list[Node] = right_node["List"]["items"] if "List" in right_node else []
        is_test = kind in ("AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT")
        if "RowExpr" in left_node and all("RowExpr" in item for item in items or [right_node]):
            compared = self._rows(name, left_node, items or [right_node])
            return Value("bool", False) if is_test else compared
        if kind == "AEXPR_IN":
            return self._in(name, left_node, items)
        if kind in _BETWEEN:
            return self._between(left_node, items)
        left, right = self.value(left_node), self.value(right_node)
        if kind in ("AEXPR_OP_ANY", "AEXPR_OP_ALL"):
            return self._any(name, left_node, left, right_node, right)
        if not left_node:
            return self._prefixed(name, right_node, right)
        if is_test:
            if not any(one.get("A_Const", {}).get("isnull") for one in (left_node, right_node)):
                self.compared("=", left_node, left, right_node, right)
            return Value("bool", False)
        found = self.compared(name, left_node, left, right_node, right)
        if kind == "AEXPR_NULLIF":
            missing = left.unknown or ("" if left.type else right.unknown)
            type_ = left.type or (found.arguments[0] if found and not missing else None)
            return replace(left.plain, type=type_, nullable=True, unknown=missing)
        missing = unknown_of((left, right))
        if found is None and name in _COMPARISONS:
            return Value("bool", True)
        if found is None or (missing and found.returns != "bool"):
            return unknown(missing or f"the operator {name}")
        nullable = nulls.by_arguments(found, [left, right])
        dimensions = max(left.dimensions, right.dimensions) if found.returns.endswith("[]") else 0
        null_elements = "elements" in found.nulls or (
            name == "||" and (arrays.as_element(left) or arrays.as_element(right))
        )
        return Value(found.returns, nullable, dimensions, null_elements=null_elements)

    def _in(self, name: str, left_node: Node, items: list[Node]) -> Value:
        """IN: like PostgreSQL, compare with an array of the items without columns, and with each other item."""
        left = self.value(left_node)
        values = self.values(items)
        pairs = list(zip(items, values, strict=True))
        together = [pair for pair in pairs if not _has_column(pair[0])]
        if len(together) > 1:
            types = [left.type, *(value.type for _, value in together)]
            common = signatures.common(self.database, types) or "text"
            for item, _ in together:
                self.wanted(item, common)
            self.compared(name, left_node, left, {}, Value(common, False))
            pairs = [pair for pair in pairs if _has_column(pair[0])]
        for item, value in pairs:
            self.compared(name, left_node, left, item, value)
        return Value("bool", left.nullable or any(value.nullable for value in values))

    def _between(self, left_node: Node, items: list[Node]) -> Value:
        """BETWEEN: two comparisons, one after the other."""
        values: list[Value] = []
        left = self.value(left_node)
        for item, name in zip(items, (">=", "<="), strict=True):
            left = left if left.type is not None else self.value(left_node)
            values.append(self.value(item))
            self.compared(name, left_node, left, item, values[-1])
        return Value("bool", left.nullable or any(value.nullable for value in values))

    def _any(
        self, name: str, left_node: Node, left: Value, right_node: Node, right: Value
    ) -> Value:
        """Return the result of a comparison with any or all elements of an array."""
        element = Value(right.type and right.type.removesuffix("[]"), right.null_elements)
        found = signatures.operator(self.database, name, left.type, element.type)
        refuted = found is not None and nulls.by_arguments(found, [left, element])
        if found is not None:
            found = replace(found, arguments=(found.arguments[0], f"{found.arguments[1]}[]"))
        self.takes(found, [left_node, right_node], [left, right])
        return Value("bool", left.nullable or right.nullable or element.nullable or refuted)

    def _prefixed(self, name: str, node: Node, value: Value) -> Value:
        found = signatures.operator(self.database, name, None, value.type, prefix=True)
        self.takes(found, [node], [value])
        if found is None or value.unknown:
            return unknown(value.unknown or f"the operator {name}")
        nullable = nulls.by_arguments(found, [value])
        return Value(found.returns, nullable, null_elements="elements" in found.nulls)

    def _rows(self, name: str, left: Node, others: list[Node]) -> Value:
        """Return the result of comparing a row with others."""
        parts = left["RowExpr"].get("args", [])
        firsts = self.values(parts)
        nullable = any(first.nullable for first in firsts)
        for other in others:
            arguments = other["RowExpr"].get("args", [])
            for one, first, argument in zip(parts, firsts, arguments, strict=False):
                second = self.value(argument)
                self.compared(name, one, first, argument, second)
                nullable = nullable or second.nullable
        return Value("bool", nullable)


def _has_column(node: Node) -> bool:
    return any(kind == "ColumnRef" for kind, _ in walk(node))
