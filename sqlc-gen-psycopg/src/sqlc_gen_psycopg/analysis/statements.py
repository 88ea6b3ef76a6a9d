"""Statements: their FROM, their result columns, and whether a row is certain."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import narrowing, signatures
from .database import Attribute, Database, Relation, is_list, is_node, strings, type_name
from .expressions import Expressions
from .parser import ParseError, parse
from .scope import NOTHING, Item, Parameters, Scope, Value

Node = dict[str, Any]
Columns = list[tuple[str, Value]]
_MODIFYING = ("InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt")


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a result."""

    name: str
    type: str | None
    nullable: bool
    dimensions: int = 0
    item: str | None = None
    """The alias of the relation that it is a plain column of."""
    table: tuple[str, str] | None = None
    column: str | None = None
    outer: bool = False


@dataclass(frozen=True, slots=True)
class Analysis:
    """What is known of a statement."""

    columns: list[Output] = field(default_factory=list[Output])
    certain: bool = False
    """Whether there is always exactly one row."""
    parameters: dict[int, str] = field(default_factory=dict[int, str])


def analyse(
    database: Database, sql: str, nullable_parameters: Mapping[int, bool] | None = None
) -> Analysis | None:
    """Read a statement; None where PostgreSQL's parser can't."""
    try:
        parsed = parse(sql)
    except ParseError:
        return None
    if not parsed or "stmt" not in parsed[0]:
        return Analysis()
    parameters = Parameters(nullable_parameters or {})
    reader = _Reader(database, parameters)
    # A type that a later place gives to a parameter may be the type of an earlier column.
    reader.statement(parsed[0]["stmt"], Scope(database, parameters))
    columns, certain = reader.statement(parsed[0]["stmt"], Scope(database, parameters))
    outputs = [
        Output(
            name,
            value.type or "text",
            value.nullable,
            value.dimensions,
            value.item,
            value.table,
            value.column,
            value.outer,
        )
        for name, value in columns
    ]
    return Analysis(outputs, certain, {**parameters.types, **parameters.declared})


class _Reader:
    def __init__(self, database: Database, parameters: Parameters) -> None:
        self.database = database
        self.parameters = parameters
        self.views: dict[tuple[str, str], list[Attribute]] = {}

    # -- statements

    def statement(self, node: Node, scope: Scope) -> tuple[Columns, bool]:
        ((kind, content),) = node.items()
        match kind:
            case "SelectStmt":
                return self.select(content, scope)
            case "InsertStmt":
                return self.insert(content, scope)
            case "UpdateStmt":
                return self.update(content, scope), False
            case "DeleteStmt":
                return self.delete(content, scope), False
            case "MergeStmt":
                return self.merge(content, scope), False
            case "ExplainStmt":
                return [("QUERY PLAN", Value("text", False))], False
            case _:
                return [], False

    def subselect(self, node: Node, scope: Scope) -> tuple[Columns, bool]:
        return self.statement(node, scope.inner())

    def expressions(self, scope: Scope) -> Expressions:
        return Expressions(scope, self.subselect)

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
            scope.tables[table["ctename"]] = _item(table["ctename"], columns, names, certain)

    def recursive(self, name: str, names: list[str], node: Node, scope: Scope) -> None:
        select = node.get("SelectStmt", {})
        if select.get("op") != "SETOP_UNION":
            columns, certain = self.subselect(node, scope)
            scope.tables[name] = _item(name, columns, names, certain)
            return
        base, _ = self.subselect({"SelectStmt": select["larg"]}, scope)
        for _ in range(3):
            scope.tables[name] = _item(name, base, names, False)
            base, _ = self.subselect(node, scope)
        scope.tables[name] = _item(name, base, names, False)

    def select(self, content: Node, scope: Scope) -> tuple[Columns, bool]:
        self.common_tables(content, scope)
        if "valuesLists" in content:
            return self.values(content["valuesLists"], scope)
        if content.get("op", "SETOP_NONE") != "SETOP_NONE":
            return self.set_operation(content, scope)
        self.from_clause(content.get("fromClause"), scope)
        expressions = self.expressions(scope)
        if "whereClause" in content:
            self.condition(content["whereClause"], scope)
        self.group(content, scope)
        if "havingClause" in content:
            expressions.value(content["havingClause"])
            if scope.grouped:
                _apply(scope, content["havingClause"])
        for window in content.get("windowClause", []):
            definition = window["WindowDef"]
            expressions.values(definition.get("partitionClause"))
            expressions.values([o["SortBy"]["node"] for o in definition.get("orderClause", [])])
        windows = {w["WindowDef"]["name"]: w["WindowDef"] for w in content.get("windowClause", [])}
        columns = self.targets(_resolve(content.get("targetList", []), windows), scope)
        expressions.values([item["SortBy"]["node"] for item in content.get("sortClause", [])])
        for part in ("limitCount", "limitOffset"):
            if part in content:
                expressions.value(content[part])
                expressions.wanted(content[part], "int8")
        return columns, self.is_certain(content, scope)

    def is_certain(self, content: Node, scope: Scope) -> bool:
        if "limitOffset" in content or "havingClause" in content or "groupClause" in content:
            return False
        limit = content.get("limitCount", {}).get("A_Const", {})
        if "limitCount" in content and (limit.get("ival", {}).get("ival", 0) < 1):
            return False
        targets = [item["ResTarget"].get("val", {}) for item in content.get("targetList", [])]
        if any(self.is_set(target, scope) for target in targets):
            return False
        if any(self.is_aggregate(target, scope) for target in targets):
            return True
        if "whereClause" in content:
            return False
        return all(item.certain for item in scope.items) and not content.get("distinctClause")

    def is_aggregate(self, node: Any, scope: Scope) -> bool:
        if is_list(node):
            return any(self.is_aggregate(item, scope) for item in node)
        if not is_node(node):
            return False
        for kind, content in node.items():
            if kind == "SubLink":
                continue
            if kind in ("JsonObjectAgg", "JsonArrayAgg"):
                return True
            if kind == "FuncCall" and "over" not in content:
                found, _ = self.expressions(scope).call(content)
                if found is not None and found.kind == "a":
                    return True
            if self.is_aggregate(content, scope):
                return True
        return False

    def is_set(self, node: Any, scope: Scope) -> bool:
        if is_list(node):
            return any(self.is_set(item, scope) for item in node)
        if not is_node(node):
            return False
        for kind, content in node.items():
            if kind == "SubLink":
                continue
            if kind == "FuncCall":
                found, _ = self.expressions(scope).call(content)
                if found is not None and found.is_set:
                    return True
            if self.is_set(content, scope):
                return True
        return False

    def values(self, lists: list[Node], scope: Scope) -> tuple[Columns, bool]:
        expressions = self.expressions(scope)
        rows = [expressions.values(row["List"]["items"]) for row in lists]
        columns: Columns = []
        for number, column in enumerate(zip(*rows, strict=False), 1):
            type_ = signatures.common(self.database, [value.type for value in column])
            for row in lists:
                expressions.wanted(row["List"]["items"][number - 1], type_)
            nullable = any(value.nullable for value in column)
            columns.append((f"column{number}", Value(type_, nullable, column[0].dimensions)))
        return columns, len(lists) == 1

    def set_operation(self, content: Node, scope: Scope) -> tuple[Columns, bool]:
        left, first = self.subselect({"SelectStmt": content["larg"]}, scope)
        right, second = self.subselect({"SelectStmt": content["rarg"]}, scope)
        columns: Columns = []
        for (name, one), (_, other) in zip(left, right, strict=False):
            type_ = signatures.common(self.database, [one.type, other.type])
            nullable = one.nullable or other.nullable
            if content["op"] == "SETOP_INTERSECT":
                nullable = one.nullable and other.nullable
            elif content["op"] == "SETOP_EXCEPT":
                nullable = one.nullable
            columns.append((name, Value(type_, nullable, max(one.dimensions, other.dimensions))))
        expressions = self.expressions(scope)
        for part in ("limitCount", "limitOffset"):
            if part in content:
                expressions.value(content[part])
                expressions.wanted(content[part], "int8")
        union = content["op"] == "SETOP_UNION" and "limitOffset" not in content
        return columns, union and (first or second) and "limitCount" not in content

    def group(self, content: Node, scope: Scope) -> None:
        clause = content.get("groupClause", [])
        self.expressions(scope).values([item for item in clause if "GroupingSet" not in item])
        sets = [item["GroupingSet"] for item in clause if "GroupingSet" in item]
        scope.grouped = bool(clause) and not any(
            item["kind"] != "GROUPING_SET_SIMPLE" for item in sets
        )
        for item in sets:
            for kind, node in _walk(item.get("content", [])):
                if kind == "ColumnRef":
                    scope.rollup.add(strings(node["fields"])[-1])

    # -- result columns

    def targets(self, targets: list[Node], scope: Scope) -> Columns:
        columns: Columns = []
        expressions = self.expressions(scope)
        for item in targets:
            target = item["ResTarget"]
            node = target.get("val", {})
            fields = node.get("ColumnRef", {}).get("fields", [])
            if fields and "A_Star" in fields[-1]:
                alias = strings(fields)
                columns += scope.star(alias[-1] if alias else None)
                continue
            if "A_Indirection" in node and "A_Star" in node["A_Indirection"]["indirection"][-1]:
                value = expressions.value(node["A_Indirection"]["arg"])
                columns += [
                    (attribute.name, Value(attribute.type, True, attribute.dimensions))
                    for attribute in self.database.fields(value.type) or []
                ]
                continue
            columns.append((target.get("name") or _name(node), expressions.value(node)))
        return columns

    # -- FROM

    def from_clause(self, nodes: list[Node] | None, scope: Scope) -> None:
        for node in nodes or []:
            self.from_item(node, scope)

    def condition(self, node: Node, scope: Scope) -> None:
        expressions = self.expressions(scope)
        expressions.value(node)
        expressions.wanted(node, "bool")
        _apply(scope, node)

    def from_item(self, node: Node, scope: Scope) -> list[Item]:
        ((kind, content),) = node.items()
        match kind:
            case "RangeVar":
                item = self.relation(content, scope)
            case "RangeSubselect":
                columns, certain = self.subselect(content["subquery"], scope)
                item = _item("", columns, [], certain)
            case "RangeFunction":
                item = self.range_function(content, scope)
            case "JoinExpr":
                return self.join(content, scope)
            case "RangeTableSample":
                return self.from_item(content["relation"], scope)
            case "RangeTableFunc" | "JsonTable":
                item = self.table_function(content, scope)
            case _:
                return []
        if alias := content.get("alias"):
            item = _renamed(item, alias)
        scope.items.append(item)
        return [item]

    def relation(self, content: Node, scope: Scope) -> Item:
        name, schema = content["relname"], content.get("schemaname", "")
        if not schema and (table := scope.tables.get(name)) is not None:
            return replace(table, known=set[str]())
        found = self.database.relation(schema, name)
        if found is None:
            return Item(name, {})
        columns = {
            column.name: Value(column.type, column.nullable, column.dimensions)
            for column in self.attributes(found)
        }
        key = (found.schema, found.name)
        return Item(name, columns, key, f"{found.schema}.{found.name}")

    def attributes(self, relation: Relation) -> list[Attribute]:
        """The columns of a relation; those of a view by its statement."""
        if relation.query is None:
            return relation.columns
        key = (relation.schema, relation.name)
        if key not in self.views:
            self.views[key] = []
            reader = _Reader(self.database, Parameters({}))
            reader.views = self.views
            columns, _ = reader.statement(relation.query, Scope(self.database, reader.parameters))
            names = [column.name for column in relation.columns]
            self.views[key] = [
                Attribute(
                    names[number] if number < len(names) else name,
                    value.type or "text",
                    value.nullable,
                    value.dimensions,
                )
                for number, (name, value) in enumerate(columns)
            ]
        return self.views[key]

    def range_function(self, content: Node, scope: Scope) -> Item:
        columns: Columns = []
        row_type = None
        name = ""
        for function in content["functions"]:
            call, *definitions = function["List"]["items"]
            expressions = self.expressions(scope)
            value = expressions.value(call)
            if "FuncCall" not in call:
                columns.append((_name(call), value))
                continue
            found, arguments = expressions.call(call["FuncCall"])
            name = name or strings(call["FuncCall"]["funcname"])[-1]
            if name == "unnest" and len(arguments) > 1:
                columns += [
                    ("unnest", Value((argument.type or "text[]").removesuffix("[]"), True))
                    for argument in arguments
                ]
                continue
            definitions = [d["List"] for d in definitions if "List" in d]
            if found is not None and found.out:
                textual = name.endswith("_text")
                columns += [
                    (out.name, Value(out.type, _out_may_be_null(found, out, textual)))
                    for out in found.out
                ]
                continue
            fields = self.database.fields(found.returns) if found is not None else None
            if fields is not None:
                row_type = found.returns if found is not None else None
                columns += [
                    (item.name, Value(item.type, item.nullable, item.dimensions)) for item in fields
                ]
                continue
            if found is not None and found.is_set and found.is_builtin:
                nullable = found.name in signatures.MAY_BE_NULL or any(
                    argument.nullable and not found.is_strict for argument in arguments
                )
                value = replace(value, nullable=nullable)
            columns.append((name, value))
            del definitions
        for definition in content.get("coldeflist", []):
            type_, dimensions = type_name(self.database, definition["ColumnDef"]["typeName"])
            if columns and columns[0][1].type in (None, "record"):
                columns.clear()
            columns.append((definition["ColumnDef"]["colname"], Value(type_, True, dimensions)))
        if content.get("ordinality"):
            columns.append(("ordinality", Value("int8", False)))
        item = _item(name, columns, [], False)
        item.row_type = row_type
        alias = content.get("alias")
        if alias and len(columns) == 1 and not alias.get("colnames") and row_type is None:
            item.columns = {alias["aliasname"]: columns[0][1]}
        elif (
            alias
            and not alias.get("colnames")
            and content.get("ordinality")
            and len(columns) == 2
            and row_type is None
        ):
            item.columns = {alias["aliasname"]: columns[0][1], "ordinality": columns[1][1]}
        return item

    def table_function(self, content: Node, scope: Scope) -> Item:
        self.expressions(scope).value(content.get("docexpr"))
        columns: Columns = []
        for column in content.get("columns", []):
            ((_, definition),) = column.items()
            if "typeName" in definition:
                type_, dimensions = type_name(self.database, definition["typeName"])
                name = definition.get("colname") or definition.get("name", "")
                columns.append((name, Value(type_, True, dimensions)))
            else:
                columns.append((definition.get("colname", ""), Value("int4", False)))
        return _item("", columns, [], False)

    def join(self, content: Node, scope: Scope) -> list[Item]:
        left = self.from_item(content["larg"], scope)
        right = self.from_item(content["rarg"], scope)
        kind = content["jointype"]
        names = strings(content.get("usingClause"))
        if content.get("isNatural"):
            rights = {name for item in right for name in item.columns}
            names = [name for item in left for name in item.columns if name in rights]
        if "quals" in content:
            expressions = self.expressions(scope)
            expressions.value(content["quals"])
            expressions.wanted(content["quals"], "bool")
            if kind == "JOIN_INNER":
                _apply(scope, content["quals"])
        self.merge_columns(scope, kind, names, left, right)
        if kind in ("JOIN_LEFT", "JOIN_FULL"):
            _miss(right)
        if kind in ("JOIN_RIGHT", "JOIN_FULL"):
            _miss(left)
        items = left + right
        if alias := content.get("alias"):
            joined: Columns = [(name, scope.merged[name]) for name in names]
            joined += [
                (name, item.get(name) or NOTHING)
                for item in items
                for name in item.columns
                if name not in names
            ]
            item = _renamed(_item("", joined, [], False), alias)
            scope.items = [one for one in scope.items if one not in items] + [item]
            for name in names:
                del scope.merged[name]
            return [item]
        return items

    def merge_columns(
        self, scope: Scope, kind: str, names: list[str], left: list[Item], right: list[Item]
    ) -> None:
        for name in names:
            one = scope.merged.get(name) or _first(left, name)
            other = _first(right, name)
            type_ = signatures.common(self.database, [one.type, other.type])
            match kind:
                case "JOIN_INNER":
                    nullable = False
                case "JOIN_LEFT":
                    nullable = one.nullable
                case "JOIN_RIGHT":
                    nullable = other.nullable
                case _:
                    nullable = one.nullable or other.nullable
            scope.merged[name] = Value(type_, nullable)
            for item in left + right:
                if name in item.columns:
                    scope.hidden.add((id(item), name))
                    if kind == "JOIN_INNER":
                        item.known.add(name)

    # -- INSERT, UPDATE, DELETE, MERGE

    def target(self, node: Node, scope: Scope) -> Item:
        item = self.relation(node, scope)
        if alias := node.get("alias"):
            item = _renamed(item, alias)
        scope.items.append(item)
        return item

    def insert(self, content: Node, scope: Scope) -> tuple[Columns, bool]:
        self.common_tables(content, scope)
        table = self.relation(content["relation"], Scope(self.database, self.parameters))
        names = [item["ResTarget"]["name"] for item in content.get("cols", [])]
        wanted = [table.columns.get(name) for name in names or table.columns]
        certain = True
        if source := content.get("selectStmt"):
            select = source["SelectStmt"]
            expressions = self.expressions(scope)
            rows = [row["List"]["items"] for row in select.get("valuesLists", [])]
            if not rows and "targetList" in select:
                rows = [[item["ResTarget"].get("val", {}) for item in select["targetList"]]]
            _, certain = self.subselect(source, scope)
            for row in rows:
                for node, column in zip(row, wanted, strict=False):
                    if node and column is not None:
                        expressions.wanted(node, column.type)
        inner = scope.inner()
        item = self.target(content["relation"], inner)
        if conflict := content.get("onConflictClause"):
            certain = certain and conflict["action"] == "ONCONFLICT_UPDATE"
            certain = certain and "whereClause" not in conflict
            update = inner.inner()
            update.items = [item, replace(item, alias="excluded", known=set[str]())]
            self.assignments(conflict.get("targetList", []), item, update)
            self.expressions(update).value(conflict.get("whereClause"))
        return self.returning(content, inner), certain

    def assignments(self, targets: list[Node], item: Item, scope: Scope) -> None:
        expressions = self.expressions(scope)
        for node in targets:
            target = node["ResTarget"]
            value = target.get("val", {})
            column = item.columns.get(target.get("name", ""))
            if "MultiAssignRef" in value:
                source = value["MultiAssignRef"]["source"]
                expressions.value(source)
                number = value["MultiAssignRef"]["colno"] - 1
                arguments = source.get("RowExpr", {}).get("args", [])
                if column is not None and number < len(arguments):
                    expressions.wanted(arguments[number], column.type)
                continue
            expressions.value(value)
            if column is not None and value:
                expressions.wanted(value, column.type)

    def update(self, content: Node, scope: Scope) -> Columns:
        self.common_tables(content, scope)
        item = self.target(content["relation"], scope)
        self.from_clause(content.get("fromClause"), scope)
        self.assignments(content.get("targetList", []), item, scope)
        if "whereClause" in content:
            self.condition(content["whereClause"], scope)
        # What WHERE knows of a column is over once it is assigned to.
        for node in content.get("targetList", []):
            item.known.discard(node["ResTarget"].get("name", ""))
        return self.returning(content, scope)

    def delete(self, content: Node, scope: Scope) -> Columns:
        self.common_tables(content, scope)
        self.target(content["relation"], scope)
        self.from_clause(content.get("usingClause"), scope)
        if "whereClause" in content:
            self.condition(content["whereClause"], scope)
        return self.returning(content, scope)

    def merge(self, content: Node, scope: Scope) -> Columns:
        self.common_tables(content, scope)
        item = self.target(content["relation"], scope)
        sources = self.from_item(content["sourceRelation"], scope)
        expressions = self.expressions(scope)
        expressions.value(content["joinCondition"])
        for clause in content.get("mergeWhenClauses", []):
            when = clause["MergeWhenClause"]
            expressions.value(when.get("condition"))
            if when.get("commandType") == "CMD_INSERT":
                values = when.get("values", [])
                expressions.values(values)
                for node, target in zip(values, when.get("targetList", []), strict=False):
                    column = item.columns.get(target["ResTarget"]["name"])
                    expressions.wanted(node, column.type if column else None)
            else:
                self.assignments(when.get("targetList", []), item, scope)
            if when.get("matchKind") == "MERGE_WHEN_NOT_MATCHED_BY_SOURCE":
                _miss(sources)
        return self.returning(content, scope)

    def returning(self, content: Node, scope: Scope) -> Columns:
        nodes = content.get("returningList") or content.get("returningClause", {}).get("exprs", [])
        return self.targets(nodes, scope)


def _walk(node: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    if is_node(node):
        for kind, content in node.items():
            found.append((kind, content))
            found += _walk(content)
    elif is_list(node):
        for item in node:
            found += _walk(item)
    return found


def _resolve(node: Any, windows: dict[str, Node]) -> Any:
    """Put the frame of a named window where OVER names it."""
    if not windows:
        return node
    if is_list(node):
        return [_resolve(item, windows) for item in node]
    if not is_node(node):
        return node
    if "over" in node and node["over"].get("name") in windows:
        return {**node, "over": windows[node["over"]["name"]]}
    return {key: _resolve(item, windows) for key, item in node.items()}


def _apply(scope: Scope, node: Node) -> None:
    found = narrowing.required(scope, node)
    narrowing.apply({(item, name) for item, name in found if item in scope.items})


def _miss(items: list[Item]) -> None:
    for item in items:
        item.outer = True
        item.known.clear()


def _first(items: list[Item], name: str) -> Value:
    return next((value for item in items if (value := item.get(name)) is not None), NOTHING)


def _item(alias: str, columns: Columns, names: list[str], certain: bool) -> Item:
    found: dict[str, Value] = {}
    for number, (name, value) in enumerate(columns):
        key = names[number] if number < len(names) else name
        plain = Value(value.type or "text", value.nullable, value.dimensions)
        found.setdefault(key, plain)
    return Item(alias, found, certain=certain)


def _renamed(item: Item, alias: Node) -> Item:
    names = strings(alias.get("colnames"))
    columns = {
        names[number] if number < len(names) else name: value
        for number, (name, value) in enumerate(item.columns.items())
    }
    return replace(item, alias=alias["aliasname"], columns=columns, known=set[str]())


def _out_may_be_null(found: signatures.Signature, out: Attribute, textual: bool) -> bool:
    if not found.is_builtin:
        return True
    return textual and out.name == "value"


def _name(node: Node) -> str:
    """The name that PostgreSQL gives a column without one."""
    if not node:
        return "?column?"
    ((kind, content),) = node.items()
    match kind:
        case "ColumnRef":
            return (strings(content["fields"]) or ["?column?"])[-1]
        case "FuncCall":
            return strings(content["funcname"])[-1]
        case "TypeCast":
            inner = _name(content["arg"])
            if inner != "?column?":
                return inner
            return strings(content["typeName"]["names"])[-1]
        case "A_Indirection":
            names = [step["String"]["sval"] for step in content["indirection"] if "String" in step]
            return names[-1] if names else _name(content["arg"])
        case "CoalesceExpr":
            return "coalesce"
        case "MinMaxExpr":
            return "greatest" if content["op"] == "IS_GREATEST" else "least"
        case "CaseExpr":
            name = _name(content.get("defresult", {}))
            return name if name != "?column?" else "case"
        case "SubLink":
            match content["subLinkType"]:
                case "EXISTS_SUBLINK":
                    return "exists"
                case "ARRAY_SUBLINK":
                    return "array"
                case _:
                    targets = content["subselect"]["SelectStmt"].get("targetList", [])
                    target: Node = targets[0]["ResTarget"] if targets else {}
                    return target.get("name") or _name(target.get("val", {}))
        case "A_ArrayExpr":
            return "array"
        case "RowExpr":
            return "row"
        case "A_Expr" if content["kind"] == "AEXPR_NULLIF":
            return "nullif"
        case "SQLValueFunction":
            return str(content["op"]).removeprefix("SVFOP_").removesuffix("_N").lower()
        case "CollateClause":
            return _name(content["arg"])
        case _:
            return "?column?"
