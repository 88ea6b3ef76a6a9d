"""Expressions with their own syntax: literals, XML and SQL/JSON."""

from collections.abc import Callable
from typing import Any

from . import nulls, signatures
from .database import is_list, is_node, type_name
from .scope import NOTHING, Scope, Value, unknown_of

Node = dict[str, Any]
Subquery = Callable[[Node, Scope], tuple[list[tuple[str, Value]], bool]]

# FRAMEOPTION_RANGE, and how far a frame reaches if rows are not sorted by numbers.
_RANGE = 0x2
_OFFSETS: dict[str, str] = dict.fromkeys(
    ("date", "time", "timetz", "timestamp", "timestamptz"), "interval"
)


class Constructors:
    """Reads these expressions. Their parts are read by the class of all expressions."""

    def __init__(self, scope: Scope, subquery: Subquery) -> None:
        self.scope = scope
        self.database = scope.database
        self.subquery = subquery
        self.sets: int = 0
        """The number of set-returning functions read so far, side by side."""
        self.aggregates: int = 0
        """The number of aggregates read so far."""
        self.references: list[bool] = []
        """For each column read so far, whether it belongs to this scope."""

    def value(self, node: Node | None) -> Value:
        """Return the value of the expression."""
        raise NotImplementedError

    def wanted(self, node: Node, type_: str | None) -> None:
        """Note the type that a parameter should have at its place."""
        raise NotImplementedError

    def values(self, nodes: list[Node] | None) -> list[Value]:
        """Return the values of the expressions."""
        return [self.value(node) for node in nodes or []]

    def read(self, node: Node | None, type_: str) -> Value:
        """Return the value of the expression at a place that wants this type."""
        found = self.value(node)
        self.wanted(node or {}, type_)
        return found

    def takes(
        self, found: signatures.Signature | None, nodes: list[Node], values: list[Value]
    ) -> None:
        """Note the types that a function or operator wants for arguments that have been read."""
        if found is not None and found.is_unique:
            for node, type_ in zip(nodes, found.arguments, strict=False):
                self.wanted(node, type_)
        elif found is None or unknown_of(values):
            self.unsaid(*nodes)

    def unsaid(self, *nodes: Node) -> None:
        """Note that the wanted types are unknown. PostgreSQL may find a type for these."""
        for node in nodes:
            while "CollateClause" in node:
                node = node["CollateClause"]["arg"]
            if "ParamRef" in node:
                self.scope.parameters.open.pop(node["ParamRef"].get("location", 0), None)

    def keys(self, nodes: list[Node] | None) -> list[Value]:
        """Read the keys that rows are sorted or grouped by. They are text if nothing sets their type."""
        found = self.values(nodes)
        for node in nodes or []:
            self.wanted(node, "text")
        return found

    def sorted(self, clause: list[Node] | None) -> list[Value]:
        """Read the keys of an ORDER BY."""
        return self.keys(sort_keys(clause))

    def window(self, definition: Node) -> None:
        """Read the definition of a window."""
        self.keys(definition.get("partitionClause"))
        order = self.sorted(definition.get("orderClause"))
        offset = "int8"
        if definition.get("frameOptions", 0) & _RANGE and order:
            offset = _OFFSETS.get(order[0].type or "", order[0].type or "text")
        for part in ("startOffset", "endOffset"):
            self.read(definition.get(part), offset)

    def is_own_aggregate(self, before: int) -> bool:
        """Return whether the aggregate belongs to this query.

        With columns of an outer query only, it belongs to that.
        """
        references = self.references[before:]
        return not references or any(references)

    # -- literals

    def _A_Const(self, node: Node) -> Value:
        if node.get("isnull"):
            return NOTHING
        if "ival" in node:
            return Value("int4", False)
        if "fval" in node:
            return Value(_number_type(node["fval"].get("fval", "")), False)
        if "boolval" in node:
            return Value("bool", False)
        if "bsval" in node:
            return Value("bit", False)
        return Value(None, False)

    def _SetToDefault(self, _: Node) -> Value:
        return NOTHING

    def _SQLValueFunction(self, node: Node) -> Value:
        kind = node["op"].removeprefix("SVFOP_").removesuffix("_N")
        types = {
            "CURRENT_DATE": "date",
            "CURRENT_TIME": "timetz",
            "CURRENT_TIMESTAMP": "timestamptz",
            "LOCALTIME": "time",
            "LOCALTIMESTAMP": "timestamp",
        }
        return Value(types.get(kind, "name"), kind == "CURRENT_SCHEMA")

    # -- XML and JSON syntax

    def _XmlExpr(self, node: Node) -> Value:
        named = [item["ResTarget"]["val"] for item in node.get("named_args", [])]
        wanted = "text" if node["op"] in ("IS_XMLPARSE", "IS_XMLPI") else "xml"
        arguments = [self.read(argument, wanted) for argument in node.get("args", [])]
        nullable = [value.nullable for value in [*self.values(named), *arguments]]
        match node["op"]:
            case "IS_XMLELEMENT":
                return Value("xml", False)
            case "IS_XMLFOREST" | "IS_XMLCONCAT":
                return Value("xml", all(nullable))
            case "IS_DOCUMENT":
                return Value("bool", any(nullable))
            case _:
                return Value("xml", any(nullable))

    def _XmlSerialize(self, node: Node) -> Value:
        nullable = self.read(node["expr"], "xml").nullable
        return Value(type_name(self.database, node["typeName"])[0], nullable)

    def json_parts(self, node: Any) -> list[Value]:
        """Return the values that a constructor contains."""
        if is_list(node):
            return [value for item in node for value in self.json_parts(item)]
        if not is_node(node):
            return []
        found: list[Value] = []
        for kind, content in node.items():
            if kind in ("raw_expr", "key", "pathspec"):
                found.append(self.read(content, "jsonpath" if kind == "pathspec" else "text"))
            elif kind != "output":
                found += self.json_parts(content)
        return found

    def _JsonObjectConstructor(self, node: Node) -> Value:
        self.json_parts(node)
        return Value(self._output(node) or "json", False)

    def _JsonArrayConstructor(self, node: Node) -> Value:
        self.json_parts(node)
        return Value(self._output(node) or "json", False)

    def _JsonArrayQueryConstructor(self, node: Node) -> Value:
        self.subquery(node["query"], self.scope)
        return Value(self._output(node) or "json", True)

    def _JsonObjectAgg(self, node: Node) -> Value:
        return self._json_aggregate(node)

    def _JsonArrayAgg(self, node: Node) -> Value:
        return self._json_aggregate(node)

    def _json_aggregate(self, node: Node) -> Value:
        constructor, before = node["constructor"], len(self.references)
        self.json_parts(node["arg"])
        self.value(constructor.get("agg_filter"))
        self.sorted(constructor.get("agg_order"))
        self.window(constructor.get("over", {}))
        is_own = self.is_own_aggregate(before)
        if "over" not in constructor and is_own:
            self.aggregates += 1
        nullable = not is_own or not nulls.always_has_rows(self.scope, constructor)
        return Value(self._output(constructor) or "json", nullable)

    def _JsonIsPredicate(self, node: Node) -> Value:
        return Value("bool", self.read(node["expr"], "text").nullable)

    def _JsonScalarExpr(self, node: Node) -> Value:
        return Value("json", self.read(node["expr"], "text").nullable)

    def _JsonParseExpr(self, node: Node) -> Value:
        return Value("json", any(value.nullable for value in self.json_parts(node)))

    def _JsonSerializeExpr(self, node: Node) -> Value:
        nullable = any(value.nullable for value in self.json_parts(node))
        return Value(self._output(node) or "text", nullable)

    def _JsonFuncExpr(self, node: Node) -> Value:
        context, *_ = self.json_parts(node["context_item"])
        self.json_parts({key: value for key, value in node.items() if key != "context_item"})
        if node["op"] == "JSON_EXISTS_OP" and "on_error" not in node:
            return Value("bool", context.nullable)
        default = {"JSON_EXISTS_OP": "bool", "JSON_VALUE_OP": "text"}
        return Value(self._output(node) or default.get(node["op"], "jsonb"), True)

    def _output(self, node: Node) -> str | None:
        output = node.get("output", {}).get("typeName")
        return type_name(self.database, output)[0] if output else None


def sort_keys(clause: list[Node] | None) -> list[Node]:
    """Return the expressions of an ORDER BY."""
    return [item["SortBy"]["node"] for item in clause or []]


def _number_type(text: str) -> str:
    """Return the type of a number that the parser can't hold in 31 bits."""
    if not text.lstrip("-").isdigit():
        return "numeric"
    for type_, bits in (("int4", 31), ("int8", 63)):
        if -(1 << bits) <= int(text) < 1 << bits:
            return type_
    return "numeric"
