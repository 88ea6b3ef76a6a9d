"""Find the type of an expression, and whether it may be NULL."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import arrays, nulls, signatures
from .calls import Calls
from .database import strings, type_name
from .grouping import bare
from .kinds import EXPRESSIONS
from .narrowing import Reference, narrowed, passed, required
from .operators import Operators
from .scope import NOTHING, Value, of_attribute, unknown, unknown_of

Node = dict[str, Any]

# The results of subscripts of types that are not arrays.
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


class Expressions(Calls, Operators):
    """Reads expressions in one scope."""

    def value(self, node: Node | None) -> Value:
        """Return the value of the expression."""
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
        """Note the type that a parameter should have at its place."""
        if type_ is None or type_.startswith("any"):
            return
        if "ParamRef" in node:
            parameter = node["ParamRef"]
            place = parameter.get("location", 0)
            self.scope.parameters.note(parameter.get("number", 0), place, type_)
        elif "CollateClause" in node:
            self.wanted(node["CollateClause"]["arg"], type_)
        elif "A_ArrayExpr" in node and type_.endswith("[]"):
            for element in node["A_ArrayExpr"].get("elements", []):
                is_nested = "A_ArrayExpr" in element
                self.wanted(element, type_ if is_nested else type_.removesuffix("[]"))
        elif "RowExpr" in node:
            fields = self.database.fields(type_) or []
            for argument, field in zip(node["RowExpr"].get("args", []), fields, strict=False):
                self.wanted(argument, field.type)

    def written(self, nodes: list[Node], columns: list[Value | None]) -> None:
        """Note that values that have been read are written to these columns."""
        for node, column in zip(nodes, columns, strict=False):
            if column is not None:
                self.wanted(node, column.type)

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
            # `row.function` means `function(row)`.
            return self.value(called(names[-1], {"ColumnRef": {"fields": node["fields"][:-1]}}))
        return self.scope.system(names) or unknown(f"the column {'.'.join(names)}")

    def _ParamRef(self, node: Node) -> Value:
        number = node.get("number", 0)
        parameters = self.scope.parameters
        parameters.meet(number, node.get("location", 0))
        type_ = parameters.types.get(number)
        nullable = parameters.may_be_null(number) and not self.database.is_not_null(type_)
        return Value(type_, nullable, null_elements=number in parameters.null_elements)

    # -- casts, rows, arrays

    def _TypeCast(self, node: Node) -> Value:
        type_, dimensions = type_name(self.database, node["typeName"])
        argument = node["arg"]
        if "A_ArrayExpr" in argument:
            # Its elements are read as elements of the target type.
            self.wanted(argument, type_)
        value = self.read(argument, type_)
        is_refuted, is_refuted_within = nulls.of_cast(self.database, value.type, type_)
        return Value(
            type_,
            value.nullable or is_refuted,
            max(dimensions, value.dimensions if dimensions else 0),
            null_elements=value.null_elements or is_refuted_within or arrays.of_literal(argument),
        )

    def _CollateClause(self, node: Node) -> Value:
        value = self.value(node["arg"])
        return Value(value.type, value.nullable, unknown=value.unknown)

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
        for element in node["elements"]:
            self.wanted(element, type_)
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
        """Return the part of a value that subscripts and fields select."""
        for step in steps:
            if "A_Indices" in step:
                indices = step["A_Indices"]
                base = self.database.base(value.type)
                wanted = "text" if base == "jsonb" else "int4"
                bounds = [
                    self.read(indices[bound], wanted)
                    for bound in ("lidx", "uidx")
                    if bound in indices
                ]
                if indices.get("is_slice"):
                    is_null = any(bound.nullable for bound in bounds)
                    value = replace(value.plain, nullable=value.nullable or is_null)
                    continue
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
        values = [self.read(argument, "bool") for argument in node["args"]]
        return Value("bool", any(value.nullable for value in values))

    def _NullTest(self, node: Node) -> Value:
        self.value(node["arg"])
        return Value("bool", False)

    def _BooleanTest(self, node: Node) -> Value:
        self.read(node["arg"], "bool")
        return Value("bool", False)

    def _CaseExpr(self, node: Node) -> Value:
        subject = self.keys([node["arg"]])[0] if "arg" in node else None
        branches: list[Value] = []
        nullable = False
        passed_over = set[Reference]()
        for item in node["args"]:
            when = item["CaseWhen"]
            if subject is None:
                self.read(when["expr"], "bool")
            else:
                self.compared("=", {}, subject, when["expr"], self.value(when["expr"]))
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
        nullable = all(value.nullable for value in values)
        return self._one_of(node["args"], values, nullable=nullable)

    def _one_of(self, nodes: list[Node], values: list[Value], *, nullable: bool) -> Value:
        """Return one of these values. If nothing sets their type, they are text."""
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
                name = (strings(node.get("operName")) or ["="])[-1]
                for part, (_, column) in zip(parts, columns, strict=False):
                    value = self.value(part)
                    nullable = nullable or value.nullable or column.nullable
                    self.compared(name, part, value, {}, column)
                return Value("bool", nullable)


def called(name: str, argument: Node) -> Node:
    """Return the result of a function call."""
    return {"FuncCall": {"funcname": [{"String": {"sval": name}}], "args": [argument]}}
