"""Calls of functions, and the columns and fields of their results."""

from dataclasses import replace
from typing import Any

from . import arrays, nulls, signatures
from .constructors import Constructors, sort_keys
from .database import strings
from .narrowing import narrowed, required
from .scope import Columns, Value, of_attribute, unknown, unknown_of

Node = dict[str, Any]


class Calls(Constructors):
    """Reads calls. Their arguments are read by the class of all expressions."""

    def part(self, value: Value, steps: list[Node]) -> Value:
        """Return the part of a value that subscripts and fields select."""
        raise NotImplementedError

    def _NamedArgExpr(self, node: Node) -> Value:
        return self.value(node["arg"])

    def call(self, node: Node) -> tuple[signatures.Signature | None, list[Value], Value]:
        """Return the function of a call, its arguments, and its result."""
        sets, before = self.sets, len(self.references)
        condition = node.get("agg_filter")
        self.read(condition, "bool")
        with narrowed(required(self.scope, condition) if condition else set()):
            found, values = self._meant(node)
        self.window(node.get("over", {}))
        if found is None:
            # An unknown function may return a set.
            self.sets += 1
            name = ".".join(strings(node["funcname"]))
            return None, values, unknown(unknown_of(values) or f"the function {name}()")
        if found.is_set:
            # Sets in its arguments do not run beside it.
            self.sets = sets + 1
        if found.kind:
            # Its arguments must not contain a set.
            self.sets = sets
        given = self._given(node, found, values)
        if found.returns in signatures.POLYMORPHIC:
            # No argument has a type, and PostgreSQL refuses the call.
            given = unknown(unknown_of(values) or f"the function {found.name}()")
        if found.kind == "a" and "over" not in node:
            if self.is_own_aggregate(before):
                self.aggregates += 1
            else:
                given = replace(given, nullable=given.nullable or "empty" in found.nulls)
        *schema, name = strings(node["funcname"])
        if (missing := unknown_of(values)) and not signatures.have_one_type(
            self.database, "".join(schema[-1:]), name
        ):
            where = "" if " in " in missing else f" in {name}()"
            # The values that it collects may be NULL.
            null_elements = given.null_elements or found.returns in signatures.ARRAYS
            given = replace(given, type=None, null_elements=null_elements, unknown=missing + where)
        return found, values, given

    def _meant(self, node: Node) -> tuple[signatures.Signature | None, list[Value]]:
        """Return the function of a call, and its arguments."""
        nodes: list[Node] = list(node.get("args", []))
        if node.get("agg_within_group"):
            nodes += sort_keys(node.get("agg_order"))
        else:
            self.sorted(node.get("agg_order"))
        values = self.values(nodes)
        named = [item["NamedArgExpr"]["name"] for item in nodes if "NamedArgExpr" in item]
        *schema, name = strings(node["funcname"])
        found = signatures.function(
            self.database,
            "" if schema in ([], ["pg_catalog"]) else schema[-1],
            name,
            [value.type for value in values],
            named,
        )
        plain = [item.get("NamedArgExpr", {}).get("arg", item) for item in nodes]
        self.takes(found, plain, values)
        return found, values

    def _given(self, node: Node, found: signatures.Signature, values: list[Value]) -> Value:
        """Return the result of the function for these arguments."""
        name = found.name
        nullable = nulls.may_be_null(self.scope, node, found, values)
        dimensions = 0
        if found.returns.endswith("[]"):
            dimensions = max([1, *(value.dimensions for value in values)])
            if name in ("array_agg",) and values and values[0].dimensions:
                dimensions = values[0].dimensions + 1
        is_array = found.is_builtin and found.returns.endswith("[]")
        null_elements = is_array and arrays.of_call(found, node.get("args", []), values)
        return Value(found.returns, nullable, dimensions, null_elements=null_elements)

    def _FuncCall(self, node: Node) -> Value:
        return self.call(node)[2]

    def _GroupingFunc(self, _: Node) -> Value:
        return Value("int4", False)

    def _MergeSupportFunc(self, _: Node) -> Value:
        return Value("text", False)

    def _CurrentOfExpr(self, _: Node) -> Value:
        return Value("bool", False)

    def fields(self, node: Node) -> Columns:
        """Return the fields of a value that an indirection selects."""
        argument = node["arg"]
        if "FuncCall" in argument:
            found, arguments, value = self.call(argument["FuncCall"])
            if found is not None and found.out:
                return out_columns(found, arguments)
        else:
            value = self.part(self.value(argument), node["indirection"][:-1])
        return [
            (attribute.name, of_attribute(attribute, nullable=True))
            for attribute in self.database.fields(value.type) or []
        ]


def out_columns(found: signatures.Signature, arguments: list[Value]) -> Columns:
    """Return the columns that a function has by its OUT parameters."""
    return [
        (out.name, Value(out.type, nulls.column_may_be_null(found, number, arguments)))
        for number, out in enumerate(found.out)
    ]
