"""The type of an expression, and whether it may be NULL."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import arrays, nulls, signatures
from .calls import Calls
from .database import strings, type_name
from .grouping import bare
from .kinds import EXPRESSIONS
from .narrowing import Reference, narrowed, passed, required
from .scope import NOTHING, Value, of_attribute, unknown, unknown_of

Node = dict[str, Any]

_COMPARISONS = frozenset(["=", "<>", "!=", "<", "<=", ">", ">="])

# What a subscript takes out of types that are no arrays.
_ELEMENTS = {
    "point": "float8",
    "line": "float8",
    "box": "point",
    "lseg": "point",
    "name": "char",
    "int2vector": "int2",
    "oidvector": "oid",
    "hstore": "text",
}


class Expressions(Calls):
    """Reads expressions in one scope."""

    def value(self, node: Node | None) -> Value:
        """What the expression gives."""
        if not node:
            return NOTHING
        ((kind, content),) = node.items()
        if kind not in EXPRESSIONS:
            return unknown(f"the node {kind}")
        reader: Callable[[Any], Value] = getattr(self, f"_{kind}")
        found = reader(content)
        if any(kind in key for key in self.scope.rollup_expressions):
            is_key = bare(node) in self.scope.rollup_expressions
            return replace(found, nullable=True) if is_key else found
        return found

    def wanted(self, node: Node, type_: str | None) -> None:
        """Note the type that the place of a parameter asks for."""
        if "ParamRef" in node and type_ is not None and "any" not in type_:
            self.scope.parameters.note(node["ParamRef"].get("number", 0), type_)
        elif "A_ArrayExpr" in node and type_ is not None:
            for element in node["A_ArrayExpr"].get("elements", []):
                self.wanted(element, type_.removesuffix("[]"))
        elif "RowExpr" in node:
            fields = self.database.fields(type_) or []
            for argument, field in zip(node["RowExpr"].get("args", []), fields, strict=False):
                self.wanted(argument, field.type)

    def written(self, node: Node, column: Value) -> None:
        """Note that the value goes to a column."""
        self.wanted(node, column.type)
        while "TypeCast" in node:
            node = node["TypeCast"]["arg"]
        if "ParamRef" in node:
            number = node["ParamRef"].get("number", 0)
            parameters = self.scope.parameters
            parameters.written[number] = parameters.written.get(number, True) and column.nullable

    def tested(self, *nodes: Node | None) -> None:
        """Note that these places make a difference between NULL and a value."""
        for node in nodes:
            while node and "TypeCast" in node:
                node = node["TypeCast"]["arg"]
            if node and "ParamRef" in node:
                self.scope.parameters.tested.add(node["ParamRef"].get("number", 0))

    # -- leaves

    def _ColumnRef(self, node: Node) -> Value:
        names = strings(node["fields"])
        item, value = self.scope.lookup(names)
        if value is not None:
            own = names[-1] in self.scope.merged if item is None else item in self.scope.items
            self.references.append(own)
            return value
        if (found := self.scope.row(names)) is not None:
            self.references.append(found in self.scope.items)
            # A whole row, or the one column of a function.
            if found.row_type is None and len(found.columns) == 1:
                return found.get(next(iter(found.columns))) or NOTHING
            return Value(found.row_type or "record", found.may_be_missing, item=found.alias)
        if len(names) > 1:
            _, value = self.scope.lookup(names[:-1])
            if value is not None:
                return self._field(value, names[-1])
        written = self.scope.item(names[-2]) if len(names) > 1 else None
        routines = self.database.find(self.database.routines, "", names[-1])
        if written is not None and routines is not None:
            # `row.function` is another way to write `function(row)`.
            return self.value(called(names[-1], {"ColumnRef": {"fields": node["fields"][:-1]}}))
        return self.scope.system(names) or unknown(f"the column {'.'.join(names)}")

    def _ParamRef(self, node: Node) -> Value:
        number = node.get("number", 0)
        parameters = self.scope.parameters
        return Value(
            parameters.types.get(number),
            parameters.nullable.get(number, False),
        )

    # -- casts, rows, arrays

    def _TypeCast(self, node: Node) -> Value:
        type_, dimensions = type_name(self.database, node["typeName"])
        argument = node["arg"]
        if argument.keys() & {"ParamRef", "RowExpr", "A_ArrayExpr"}:
            self.wanted(argument, type_)
        value = self.value(argument)
        is_refuted, is_refuted_within = nulls.of_cast(self.database, value.type, type_)
        return Value(
            type_,
            value.nullable or is_refuted,
            max(dimensions, value.dimensions if dimensions else 0),
            null_elements=value.null_elements or is_refuted_within or arrays.of_literal(argument),
        )

    def _CollateClause(self, node: Node) -> Value:
        value = self.value(node["arg"])
        return Value(value.type or "text", value.nullable, unknown=value.unknown)

    def _RowExpr(self, node: Node) -> Value:
        self.values(node.get("args"))
        return Value("record", False)

    def _A_ArrayExpr(self, node: Node) -> Value:
        elements = self.values(node.get("elements"))
        type_ = signatures.common(self.database, [value.type for value in elements])
        missing = unknown_of(elements)
        if type_ is None and elements and not missing:
            type_ = "text"
        if type_ is None:
            return Value(None, False, 1, unknown=missing)
        nested = type_.endswith("[]")
        dimensions = 1 + max((value.dimensions for value in elements), default=0) if nested else 1
        null_elements = any(map(arrays.as_element, elements))
        type_ = type_ if nested else f"{type_}[]"
        return Value(type_, False, dimensions, null_elements=null_elements, unknown=missing)

    def _A_Indirection(self, node: Node) -> Value:
        name = node["indirection"][0].get("String", {}).get("sval")
        if "FuncCall" in node["arg"] and name is not None:
            value = dict(self.fields(node)).get(name, unknown(f"the field {name}"))
            return self.part(value, node["indirection"][1:])
        return self.part(self.value(node["arg"]), node["indirection"])

    def part(self, value: Value, steps: list[Node]) -> Value:
        """What subscripts and fields make of a value."""
        for step in steps:
            if "A_Indices" in step:
                indices = step["A_Indices"]
                bounds = [
                    self.value(indices[bound]) for bound in ("lidx", "uidx") if bound in indices
                ]
                if indices.get("is_slice"):
                    is_null = any(bound.nullable for bound in bounds)
                    value = replace(value.plain, nullable=value.nullable or is_null)
                    continue
                base = self.database.base(value.type)
                if base is not None and base.endswith("[]"):
                    left = max(value.dimensions - 1, 0)
                    value = Value(base if left else base.removesuffix("[]"), True, left)
                else:
                    element = _ELEMENTS.get(base or "", base)
                    value = Value(element, True, unknown=value.unknown)
            elif "String" in step:
                value = self._field(value, step["String"].get("sval", ""))
        return value

    def _field(self, value: Value, name: str) -> Value:
        for attribute in self.database.fields(value.type) or []:
            if attribute.name == name:
                return of_attribute(attribute, nullable=True)
        return unknown(value.unknown or f"the field {name}")

    # -- logic

    def _BoolExpr(self, node: Node) -> Value:
        values = self.values(node["args"])
        for argument in node["args"]:
            self.wanted(argument, "bool")
        return Value("bool", any(value.nullable for value in values))

    def _NullTest(self, node: Node) -> Value:
        self.value(node["arg"])
        self.tested(node["arg"])
        return Value("bool", False)

    def _BooleanTest(self, node: Node) -> Value:
        self.value(node["arg"])
        return Value("bool", False)

    def _CaseExpr(self, node: Node) -> Value:
        subject = self.value(node["arg"]) if "arg" in node else None
        branches: list[Value] = []
        nullable = False
        passed_over = set[Reference]()
        for item in node["args"]:
            when = item["CaseWhen"]
            self.value(when["expr"])
            self.wanted(when["expr"], "bool" if subject is None else subject.type)
            met = required(self.scope, when["expr"]) if subject is None else set[Reference]()
            with narrowed(met | passed_over):
                value = self.value(when["result"])
            branches.append(value)
            nullable = nullable or value.nullable
            if subject is None:
                passed_over |= passed(self.scope, when["expr"])
        if "defresult" in node:
            with narrowed(passed_over):
                value = self.value(node["defresult"])
            branches.append(value)
            nullable = nullable or value.nullable
        else:
            nullable = True
        return self._one_of(self._branches(node), branches, nullable=nullable)

    def _branches(self, node: Node) -> list[Node]:
        found = [item["CaseWhen"]["result"] for item in node["args"]]
        return [*found, node["defresult"]] if "defresult" in node else found

    def _CoalesceExpr(self, node: Node) -> Value:
        values = self.values(node["args"])
        self.tested(*node["args"])
        nullable = all(value.nullable for value in values)
        return self._one_of(node["args"], values, nullable=nullable)

    def _one_of(self, nodes: list[Node], values: list[Value], *, nullable: bool) -> Value:
        """What gives one of these values; what nothing gives a type is text by now."""
        missing = unknown_of(values)
        type_ = signatures.common(self.database, [value.type for value in values])
        type_ = type_ or (None if missing else "text")
        for node in nodes:
            self.wanted(node, type_)
        return Value(
            type_,
            nullable,
            max(value.dimensions for value in values),
            null_elements=any(value.null_elements for value in values),
            unknown=missing,
        )

    def _MinMaxExpr(self, node: Node) -> Value:
        return self._CoalesceExpr(node)

    # -- operators

    def _A_Expr(self, node: Node) -> Value:
        kind = node["kind"]
        left_node, right_node = node.get("lexpr"), node.get("rexpr")
        if kind == "AEXPR_IN" or "BETWEEN" in kind:
            items: list[Node] = right_node["List"]["items"] if right_node else []
            if left_node and "RowExpr" in left_node and all("RowExpr" in item for item in items):
                return self._rows(left_node, *items)
            left = self.value(left_node)
            values: list[Value] = []
            for item in items:
                if kind != "AEXPR_IN":
                    # Two comparisons, one after the other.
                    self.wanted(item, left.type)
                values.append(self.value(item))
            type_ = left.type or signatures.common(self.database, [item.type for item in values])
            for item in [left_node or {}, *items]:
                self.wanted(item, type_)
            return Value("bool", left.nullable or any(value.nullable for value in values))
        is_test = kind in ("AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT")
        if left_node and right_node and "RowExpr" in left_node and "RowExpr" in right_node:
            compared = self._rows(left_node, right_node)
            return Value("bool", False) if is_test else compared
        left, right = self.value(left_node), self.value(right_node)
        if kind == "AEXPR_NULLIF":
            self.wanted(right_node or {}, left.type)
            self.wanted(left_node or {}, right.type)
            missing = left.unknown or ("" if left.type else right.unknown)
            type_ = left.type or (None if missing else right.type or "text")
            return replace(left.plain, type=type_, nullable=True, unknown=missing)
        name = strings(node["name"])[-1]
        if kind in ("AEXPR_OP_ANY", "AEXPR_OP_ALL"):
            if left.type is not None:
                self.wanted(right_node or {}, f"{self.database.base(left.type)}[]")
            elif right.type is not None:
                self.wanted(left_node or {}, right.type.removesuffix("[]"))
            element = Value(right.type and right.type.removesuffix("[]"), right.null_elements)
            found = signatures.operator(self.database, name, left.type, element.type)
            refuted = found is not None and nulls.by_arguments(found, [left, element])
            return Value("bool", left.nullable or right.nullable or element.nullable or refuted)
        if is_test:
            self.wanted(left_node or {}, right.type)
            self.wanted(right_node or {}, left.type)
            self.tested(left_node, right_node)
            return Value("bool", False)
        if left_node is None:
            found = signatures.operator(self.database, name, None, right.type, prefix=True)
            if found is None or right.unknown:
                return unknown(right.unknown or f"the operator {name}")
            nullable = nulls.by_arguments(found, [right])
            return Value(found.returns, nullable, null_elements="elements" in found.nulls)
        found = signatures.operator(self.database, name, left.type, right.type)
        missing = unknown_of((left, right))
        if found is None and name in _COMPARISONS:
            return Value("bool", True)
        if found is None or (missing and found.returns != "bool"):
            return unknown(missing or f"the operator {name}")
        self.wanted(left_node, found.arguments[0])
        self.wanted(right_node or {}, found.arguments[1])
        nullable = nulls.by_arguments(found, [left, right])
        dimensions = max(left.dimensions, right.dimensions) if found.returns.endswith("[]") else 0
        null_elements = "elements" in found.nulls or (
            name == "||" and (arrays.as_element(left) or arrays.as_element(right))
        )
        return Value(found.returns, nullable, dimensions, null_elements=null_elements)

    def _rows(self, left: Node, *others: Node) -> Value:
        """What the comparison of a row with others gives."""
        parts = left["RowExpr"].get("args", [])
        firsts = self.values(parts)
        nullable = any(first.nullable for first in firsts)
        for other in others:
            arguments = other["RowExpr"].get("args", [])
            for one, first, argument in zip(parts, firsts, arguments, strict=False):
                second = self.value(argument)
                self.wanted(one, second.type)
                self.wanted(argument, first.type)
                nullable = nullable or second.nullable
        return Value("bool", nullable)

    def _SubLink(self, node: Node) -> Value:
        columns, certain = self.subquery(node["subselect"], self.scope)
        first = columns[0][1] if columns else NOTHING
        match node["subLinkType"]:
            case "EXISTS_SUBLINK":
                return Value("bool", False)
            case "ARRAY_SUBLINK":
                type_ = first.type or "text"
                type_ = type_ if type_.endswith("[]") else f"{type_}[]"
                return Value(
                    type_,
                    False,
                    first.dimensions + 1,
                    null_elements=arrays.as_element(first),
                    unknown=first.unknown,
                )
            case "EXPR_SUBLINK":
                return replace(first.plain, nullable=first.nullable or not certain)
            case _:
                left: Node = node.get("testexpr", {})
                parts: list[Node] = left.get("RowExpr", {}).get("args", [left])
                nullable = False
                for part, (_, column) in zip(parts, columns, strict=False):
                    nullable = nullable or self.value(part).nullable or column.nullable
                    self.wanted(part, column.type)
                return Value("bool", nullable)


def called(name: str, argument: Node) -> Node:
    """The call of a function."""
    return {"FuncCall": {"funcname": [{"String": {"sval": name}}], "args": [argument]}}
