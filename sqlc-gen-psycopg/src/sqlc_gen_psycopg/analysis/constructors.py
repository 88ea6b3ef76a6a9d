"""What has a syntax of its own: XML and SQL/JSON."""

from collections.abc import Callable
from typing import Any

from .database import type_name
from .scope import Scope, Value

Node = dict[str, Any]
Subquery = Callable[[Node, Scope], tuple[list[tuple[str, Value]], bool]]


class Constructors:
    """Reads such expressions; what they are made of, the class of all expressions says."""

    def __init__(self, scope: Scope, subquery: Subquery) -> None:
        self.scope = scope
        self.database = scope.database
        self.subquery = subquery

    def value(self, node: Node | None) -> Value:
        """What the expression gives."""
        raise NotImplementedError

    def values(self, nodes: list[Node] | None) -> list[Value]:
        """What the expressions give."""
        return [self.value(node) for node in nodes or []]

    def _XmlExpr(self, node: Node) -> Value:
        self.values(node.get("args"))
        return Value("bool" if node["op"] == "IS_DOCUMENT" else "xml", True)

    def _XmlSerialize(self, node: Node) -> Value:
        return Value(type_name(self.database, node["typeName"])[0], True)

    def _JsonObjectConstructor(self, node: Node) -> Value:
        return Value(self._output(node) or "json", False)

    def _JsonArrayConstructor(self, node: Node) -> Value:
        return Value(self._output(node) or "json", False)

    def _JsonArrayQueryConstructor(self, node: Node) -> Value:
        self.subquery(node["query"], self.scope)
        return Value(self._output(node) or "json", True)

    def _JsonObjectAgg(self, node: Node) -> Value:
        return Value(self._output(node.get("constructor", {})) or "json", not self.scope.grouped)

    def _JsonArrayAgg(self, node: Node) -> Value:
        return Value(self._output(node.get("constructor", {})) or "json", not self.scope.grouped)

    def _JsonIsPredicate(self, node: Node) -> Value:
        return Value("bool", self.value(node["expr"]).nullable)

    def _JsonFuncExpr(self, node: Node) -> Value:
        default = {"JSON_EXISTS_OP": "bool", "JSON_VALUE_OP": "text"}
        return Value(self._output(node) or default.get(node["op"], "jsonb"), True)

    def _output(self, node: Node) -> str | None:
        output = node.get("output", {}).get("typeName")
        return type_name(self.database, output)[0] if output else None
