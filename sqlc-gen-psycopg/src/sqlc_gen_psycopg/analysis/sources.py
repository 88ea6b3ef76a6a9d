"""FROM: the relations of a statement, and which of them may be missing in a join."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from . import narrowing, signatures
from .calls import out_columns
from .database import Attribute, Database, Relation, strings, type_name
from .expressions import Expressions
from .naming import column_name
from .scope import NOTHING, Columns, Item, Parameters, Scope, Value, of_attribute, unknown_of

Node = dict[str, Any]
Side = tuple[Value, Item | None]


class Sources:
    """Reads FROM into a scope. Subqueries are read by the class of statements."""

    def __init__(self, database: Database, parameters: Parameters) -> None:
        self.database = database
        self.parameters = parameters
        self.is_recursing = False

    def statement(self, node: Node, scope: Scope) -> tuple[Columns, bool]:
        """Return the columns of a statement, and whether it has exactly one row."""
        raise NotImplementedError

    def part(self, content: Node, scope: Scope) -> tuple[Columns, bool]:
        """Return the columns of a SELECT whose literals and parameters take types from the statement around it."""
        raise NotImplementedError

    def subselect(self, node: Node, scope: Scope) -> tuple[Columns, bool]:
        return self.statement(node, scope.inner())

    def common_tables(self, content: Node, scope: Scope) -> None:
        clause = content.get("withClause")
        ctes: list[Node] = clause["ctes"] if clause else []
        for item in ctes:
            table: Node = item["CommonTableExpr"]
            names = strings(table.get("aliascolnames"))
            if clause and clause.get("recursive"):
                self.recursive(table["ctename"], names, table["ctequery"], scope)
                continue
            columns, certain = self.subselect(table["ctequery"], scope)
            scope.tables[table["ctename"]] = made(table["ctename"], columns, names, certain)

    def recursive(self, name: str, names: list[str], node: Node, scope: Scope) -> None:
        select = node.get("SelectStmt", {})
        if select.get("op") != "SETOP_UNION":
            columns, certain = self.subselect(node, scope)
            scope.tables[name] = made(name, columns, names, certain)
            return
        inner, is_nested = scope.inner(), self.is_recursing
        self.common_tables(select, inner)
        base, _ = self.part(select["larg"], inner.inner())
        self.is_recursing = True
        # A recursive query within another one is read once, with columns that may be NULL.
        columns = [(column, replace(value, nullable=True, outer=True)) for column, value in base]
        columns = columns if is_nested else base
        while True:
            inner.tables[name] = made(name, columns, names, False)
            rest, _ = self.part(select["rarg"], inner.inner())
            before, columns = columns, self.united(select, columns, rest, inner)
            if is_nested or self.parameters.are_sought or _nulls(columns) == _nulls(before):
                break
        self.is_recursing = is_nested
        scope.tables[name] = made(name, columns, names, False)

    def united(self, content: Node, left: Columns, right: Columns, scope: Scope) -> Columns:
        """Return the columns of a set operation."""
        raise NotImplementedError

    def expressions(self, scope: Scope) -> Expressions:
        return Expressions(scope, self.subselect)

    def from_clause(self, nodes: list[Node] | None, scope: Scope) -> None:
        for node in nodes or []:
            self.from_item(node, scope)

    def condition(self, node: Node, scope: Scope) -> None:
        expressions = self.expressions(scope)
        expressions.read(node, "bool")
        apply_condition(scope, node)

    def from_item(self, node: Node, scope: Scope) -> list[Item]:
        ((kind, content),) = node.items()
        match kind:
            case "RangeVar":
                item = self.relation(content, scope)
            case "RangeSubselect":
                columns, certain = self.subselect(content["subquery"], scope)
                names = strings(content.get("alias", {}).get("colnames"))
                item = made("", columns, names, certain)
                if "valuesLists" not in content["subquery"]["SelectStmt"]:
                    item.inner = tuple(name for name, _ in columns)
            case "RangeFunction":
                item = self.range_function(content, scope)
            case "JoinExpr":
                return self.join(content, scope)
            case "RangeTableSample":
                items = self.from_item(content["relation"], scope)
                expressions = self.expressions(scope)
                for argument in content.get("args", []):
                    expressions.read(argument, "float4")
                expressions.read(content.get("repeatable"), "float8")
                return items
            case "RangeTableFunc" | "JsonTable":
                item = self.table_function(content, scope)
            case _:
                return []
        if alias := content.get("alias"):
            item = renamed(item, alias)
        scope.items.append(item)
        return [item]

    def relation(self, content: Node, scope: Scope) -> Item:
        name, schema = content["relname"], content.get("schemaname", "")
        if not schema and (table := scope.tables.get(name)) is not None:
            return replace(table, known=set[str]())
        found = self.database.relation(schema, name)
        if found is None:
            return Item(name, {})
        key = (found.schema, found.name)
        columns = {
            column.name: of_attribute(column, table=key) for column in self.attributes(found)
        }
        return Item(name, columns, key, f"{found.schema}.{found.name}", certain=found.is_sequence)

    def attributes(self, relation: Relation) -> list[Attribute]:
        """Return the columns of a relation; for a view, by its statement."""
        if relation.query is None:
            return relation.columns
        key, views = (relation.schema, relation.name), self.database.views
        if key not in views:
            views[key] = relation.columns
            reader = type(self)(self.database, Parameters())
            columns, _ = reader.statement(relation.query, Scope(self.database, reader.parameters))
            views[key] = _as_created(relation.columns, [value for _, value in columns])
        return views[key]

    def range_function(self, content: Node, scope: Scope) -> Item:
        name, row_type = "", None
        columns: Columns = []
        functions: list[Node] = content["functions"]
        for function in functions:
            call = function["List"]["items"][0]
            label, found, row_type = self.function_columns(call, scope)
            name = name or label
            if len(functions) > 1:
                # Shorter sets are filled up with NULLs.
                row_type = None
                found = [(one, replace(value, nullable=True)) for one, value in found]
            columns += found
        for definition in content.get("coldeflist", []):
            type_, dimensions = type_name(self.database, definition["ColumnDef"]["typeName"])
            if columns and columns[0][1].type in (None, "record"):
                columns.clear()
                row_type = "record"
            columns.append((definition["ColumnDef"]["colname"], Value(type_, True, dimensions)))
        alias = content.get("alias", {})
        if len(columns) == 1 and alias and row_type is None and not content.get("coldeflist"):
            columns = [(alias["aliasname"], columns[0][1])]
        if content.get("ordinality"):
            columns.append(("ordinality", Value("int8", False)))
        item = made(name, columns, strings(alias.get("colnames")), False)
        item.row_type = row_type
        return item

    def function_columns(self, call: Node, scope: Scope) -> tuple[str, Columns, str | None]:
        """Return the name of a function in FROM, its columns, and the type of its rows if there is one."""
        expressions = self.expressions(scope)
        if "FuncCall" not in call:
            return column_name(call), [(column_name(call), expressions.value(call))], None
        found, arguments, value = expressions.call(call["FuncCall"])
        name = strings(call["FuncCall"]["funcname"])[-1]
        if name == "unnest" and len(arguments) > 1:
            types = [(argument.type or "text[]").removesuffix("[]") for argument in arguments]
            return name, [(name, Value(type_, True)) for type_ in types], None
        if found is None:
            return name, [(name, value)], None
        if found.out:
            return name, out_columns(found, arguments), None
        if (fields := self.database.fields(found.returns)) is not None:
            # A function that returns one row may return a row of NULLs.
            nullable = None if found.is_set else True
            columns = [(item.name, of_attribute(item, nullable=nullable)) for item in fields]
            return name, columns, found.returns
        return name, [(name, value)], None

    def table_function(self, content: Node, scope: Scope) -> Item:
        """Return the relation of XMLTABLE or JSON_TABLE."""
        expressions = self.expressions(scope)
        expressions.read(content.get("rowexpr"), "text")
        expressions.read(content.get("docexpr"), "xml")
        expressions.json_parts([content.get("context_item"), content.get("passing")])
        columns = [*self.table_columns(content.get("columns", []), expressions)]
        return made("", columns, [], False)

    def table_columns(
        self, nodes: list[Node], expressions: Expressions
    ) -> Iterator[tuple[str, Value]]:
        for node in nodes:
            ((_, column),) = node.items()
            type_, dimensions = "int4", 0  # FOR ORDINALITY
            if "typeName" in column:
                type_, dimensions = type_name(self.database, column["typeName"])
            expressions.read(column.get("colexpr"), "text")
            expressions.read(column.get("coldefexpr"), type_)
            expressions.json_parts([column.get("on_empty"), column.get("on_error")])
            name = column.get("colname") or column.get("name", "")
            if "columns" in column:
                # If nothing is found for a nested path, its columns are NULL.
                for inner, value in self.table_columns(column["columns"], expressions):
                    yield inner, replace(value, nullable=True)
            else:
                is_certain = column.get("is_not_null") or "typeName" not in column
                yield name, Value(type_, not is_certain, dimensions)

    def join(self, content: Node, scope: Scope) -> list[Item]:
        left = self.from_item(content["larg"], scope)
        merged = dict(scope.merged)
        right = self.from_item(content["rarg"], scope)
        kind = content["jointype"]
        names = strings(content.get("usingClause"))
        if content.get("isNatural"):
            rights = {name for item in right for name in item.columns}
            names = [name for item in left for name in item.columns if name in rights]
        if "quals" in content:
            self.expressions(scope).read(content["quals"], "bool")
            if kind == "JOIN_INNER":
                apply_condition(scope, content["quals"])
        sides = [
            (name, _side(scope, merged, left, name), _side(scope, scope.merged, right, name))
            for name in names
        ]
        if kind in ("JOIN_LEFT", "JOIN_FULL") and not _is_there(kind, content, right):
            miss(scope, right)
        if kind in ("JOIN_RIGHT", "JOIN_FULL"):
            miss(scope, left)
        items = left + right
        for name, one, other in sides:
            self.merge_column(scope, kind, name, one, other)
            scope.hidden |= {(id(item), name) for item in items if name in item.columns}
        if kind == "JOIN_INNER" and (names or "quals" in content):
            for item in items:
                item.certain = False
        if alias := content.get("join_using_alias"):
            merged_columns = [(name, scope.merged[name]) for name in names]
            item = made(alias["aliasname"], merged_columns, [], False)
            scope.hidden |= {(id(item), name) for name in names}
            scope.items.append(item)
            items.append(item)
        if "alias" in content:
            return [self.named_join(content["alias"], names, items, scope)]
        return items

    def named_join(self, alias: Node, names: list[str], items: list[Item], scope: Scope) -> Item:
        """Return the relation of a join with an alias. Its parts are not visible."""
        joined: Columns = [(name, scope.merged.pop(name)) for name in names]
        joined += [
            (name, item.get(name) or NOTHING)
            for item in items
            for name in item.columns
            if name not in names
        ]
        item = made(alias["aliasname"], joined, strings(alias.get("colnames")), False)
        scope.items = [one for one in scope.items if one not in items] + [item]
        return item

    def merge_column(self, scope: Scope, kind: str, name: str, left: Side, right: Side) -> None:
        (one, left_item), (other, right_item) = left, right
        match kind:
            case "JOIN_INNER":
                nullable = False
                for item in (left_item, right_item):
                    if item is not None:
                        item.known.add(name)
            case "JOIN_LEFT":
                nullable = one.nullable
            case "JOIN_RIGHT":
                nullable = other.nullable
            case _:
                nullable = one.nullable or other.nullable
        type_ = signatures.common(self.database, [one.type, other.type])
        scope.merged[name] = Value(type_, nullable, unknown=unknown_of((one, other)))


def _as_created(columns: list[Attribute], values: list[Value]) -> list[Attribute]:
    """Return the columns of a view. Whether they may be NULL depends on the tables as they are now.

    Columns that the tables have gained, lost or renamed since do not belong to the view.
    """
    if len(columns) != len(values):
        return [replace(column, nullable=True) for column in columns]
    return [
        replace(
            column,
            nullable=value.nullable or value.type != column.type,
            null_elements=value.null_elements,
        )
        for column, value in zip(columns, values, strict=True)
    ]


def _nulls(columns: Columns) -> list[tuple[bool, bool]]:
    return [(value.nullable, value.null_elements) for _, value in columns]


def apply_condition(scope: Scope, node: Node) -> None:
    found = narrowing.required(scope, node)
    narrowing.apply({(item, name) for item, name in found if item in scope.items})


def _is_there(kind: str, content: Node, right: list[Item]) -> bool:
    """Return whether LEFT JOIN ... ON true always finds exactly one row."""
    always: Node = content.get("quals", {}).get("A_Const", {}).get("boolval", {})
    return kind == "JOIN_LEFT" and bool(always) and all(item.certain for item in right)


def miss(scope: Scope, items: list[Item]) -> None:
    """Note that an outer join may have no row of the items."""
    for item in items:
        item.outer = True
        item.known.clear()
    for name, value in scope.merged.items():
        if _has_merged(scope, items, name):
            scope.merged[name] = replace(value, nullable=True)


def _has_merged(scope: Scope, items: list[Item], name: str) -> bool:
    return any((id(item), name) in scope.hidden for item in items)


def _side(scope: Scope, merged: dict[str, Value], items: list[Item], name: str) -> Side:
    """Return the column with this name on a side of a join, and its item if there is only one."""
    if name in merged and _has_merged(scope, items, name):
        return merged[name], None
    item = next((item for item in items if name in item.columns), None)
    return (item.get(name) if item is not None else None) or NOTHING, item


def made(alias: str, columns: Columns, names: list[str], certain: bool) -> Item:
    found: dict[str, Value] = {}
    twice = ""
    for number, (name, value) in enumerate(columns):
        key = names[number] if number < len(names) else name
        # If nothing sets a type, it is text.
        type_ = value.type or (None if value.unknown else "text")
        twice = key if key in found else twice
        found.setdefault(key, replace(value, type=type_))
    return Item(alias, found, row_type="record", certain=certain, twice=twice)


def renamed(item: Item, alias: Node) -> Item:
    names = strings(alias.get("colnames"))
    columns = {
        names[number] if number < len(names) else name: value
        for number, (name, value) in enumerate(item.columns.items())
    }
    return replace(
        item,
        alias=alias["aliasname"],
        columns=columns,
        known=set[str](),
        inner=item.inner or tuple(item.columns),
    )
