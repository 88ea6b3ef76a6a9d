"""Statements: their FROM, their result columns, and whether a row is certain."""

from dataclasses import dataclass, replace

from . import signatures
from .changes import Changes
from .constructors import sort_keys
from .database import Attribute, Database, Relation, strings
from .expressions import Expressions
from .grouping import bare, read_groups
from .naming import column_name
from .parser import ParseError, parse
from .scope import Columns, Item, Parameters, Scope, Value, unknown_of
from .sources import Node


@dataclass(frozen=True, slots=True)
class Output:
    """A column of a result."""

    name: str
    type: str | None
    nullable: bool
    dimensions: int = 0
    item: str | None = None
    """The alias of the relation, if it is a plain column of one."""
    table: tuple[str, str] | None = None
    column: str | None = None
    """The column of the table, if it is one without a change."""
    row: int = 0
    """The same for all columns of a row."""
    outer: bool = False
    """Whether it may be NULL for another reason than that the table's column may be."""
    null_elements: bool = False
    unknown: str = ""
    """An unknown part of the expression, such as `the function f()`."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result of analysing a statement."""

    columns: list[Output]
    certain: bool
    """Whether there is always exactly one row."""
    parameters: dict[int, str]
    undetermined: dict[int, int]
    """Parameters for which PostgreSQL finds no type, with their positions in the text."""
    missing: list[tuple[str, str, str]]
    """Operators that PostgreSQL does not have, and the types of their operands."""
    is_empty: bool
    """Whether it is a SELECT of no column."""
    starred: list[Item]
    """The relations whose columns a `*` means, at any depth."""


def analyse(
    database: Database,
    sql: str,
    nullable: frozenset[int] = frozenset(),
    null_elements: frozenset[int] = frozenset(),
) -> Analysis | None:
    """Analyse a statement. Return None if it is invalid for PostgreSQL's parser, or empty.

    The caller says which parameters may be NULL, and which are arrays with NULL elements.
    """
    try:
        parsed = parse(sql)
    except ParseError:
        return None
    if not parsed or "stmt" not in parsed[0]:
        return None
    parameters = Parameters(nullable, null_elements)
    reader = Reader(database, parameters)
    if "$" in sql:
        # A later place may set the type of a parameter that is an earlier column.
        parameters.are_sought = True
        reader.statement(parsed[0]["stmt"], Scope(database, parameters))
        parameters.are_sought = False
        parameters.missing.clear()
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
            value.row,
            value.outer,
            value.null_elements,
            value.unknown,
        )
        for name, value in columns
    ]
    select: Node = parsed[0]["stmt"].get("SelectStmt", {})
    is_empty = select.get("op") == "SETOP_NONE" and not select.keys() & {
        "targetList",
        "valuesLists",
    }
    places = parameters.open | parameters.torn
    undetermined = {number: place for place, number in sorted(places.items(), reverse=True)}
    return Analysis(
        outputs,
        certain,
        parameters.types,
        undetermined,
        parameters.missing,
        is_empty,
        parameters.starred,
    )


def attributes(database: Database, relation: Relation) -> list[Attribute]:
    """Return the columns of a table, or of a view by its statement."""
    return Reader(database, Parameters()).attributes(relation)


def columns_of(database: Database, query: Node) -> list[Attribute]:
    """Return the columns of a view, or of a table that a statement fills."""
    parameters = Parameters()
    columns, _ = Reader(database, parameters).statement(query, Scope(database, parameters))
    return [
        Attribute(
            name,
            None if value.unknown else value.type or "text",
            value.nullable,
            value.dimensions,
            value.null_elements,
            unknown=value.unknown,
        )
        for name, value in columns
    ]


class Reader(Changes):
    """Reads statements of every kind."""

    def statement(self, node: Node, scope: Scope) -> tuple[Columns, bool]:
        ((kind, content),) = node.items()
        match kind:
            case "SelectStmt":
                columns, certain = self.part(content, scope)
                return self.resolved(content, columns, scope), certain
            case "InsertStmt":
                return self.insert(content, scope)
            case "UpdateStmt":
                return self.update(content, scope), False
            case "DeleteStmt":
                return self.delete(content, scope), False
            case "MergeStmt":
                return self.merge(content, scope), False
            case "ExplainStmt":
                self.subselect(content["query"], scope)
                return [("QUERY PLAN", Value(_plan_type(content), False))], True
            case "VariableShowStmt" if content["name"] == "all":
                setting = [(name, Value("text", False)) for name in ("name", "setting")]
                return [*setting, ("description", Value("text", True))], False
            case "VariableShowStmt":
                return [(content["name"], Value("text", False))], True
            case _:
                return [], False

    def part(self, content: Node, scope: Scope) -> tuple[Columns, bool]:
        self.common_tables(content, scope)
        if "valuesLists" in content:
            columns, certain = self.values(content["valuesLists"], scope)
            self.limits(content, self.expressions(scope))
            return columns, certain and not content.keys() & {"limitCount", "limitOffset"}
        if content.get("op", "SETOP_NONE") != "SETOP_NONE":
            return self.set_operation(content, scope)
        self.from_clause(content.get("fromClause"), scope)
        windows = [item["WindowDef"] for item in content.get("windowClause", [])]
        scope.windows = {window["name"]: window for window in windows}
        expressions = self.expressions(scope)
        targets: list[Node] = content.get("targetList", [])
        # PostgreSQL finds types in this order. What WHERE implies about NULLs is known only after
        # it.
        columns = self.targets(targets, expressions) if self.parameters.are_sought else []
        if "whereClause" in content:
            self.condition(content["whereClause"], scope)
        for key in read_groups(scope, content.get("groupClause", []), targets):
            if not any(key is target["ResTarget"].get("val") for target in targets):
                self.expressions(scope).keys([key])
        if "havingClause" in content:
            self.condition(content["havingClause"], scope)
        for window in windows:
            expressions.window(window)
        order = [
            *sort_keys(content.get("sortClause")),
            *filter(None, content.get("distinctClause", [])),
        ]
        expressions.keys(_apart(order, targets))
        if not self.parameters.are_sought:
            columns = self.targets(targets, expressions)
        self.limits(content, expressions)
        return columns, self.is_certain(content, scope, expressions)

    def resolved(self, content: Node, columns: Columns, scope: Scope) -> Columns:
        """Return the columns, if nothing around them sets the type of literals and parameters."""
        expressions = self.expressions(scope)
        for target in content.get("targetList", []):
            expressions.wanted(target["ResTarget"].get("val", {}), "text")
        return [
            (name, value if value.type else replace(value, type="text")) for name, value in columns
        ]

    def limits(self, content: Node, expressions: Expressions) -> None:
        for part in ("limitOffset", "limitCount"):
            if part in content:
                expressions.read(content[part], "int8")

    def is_certain(self, content: Node, scope: Scope, expressions: Expressions) -> bool:
        if "limitOffset" in content or "havingClause" in content or "groupClause" in content:
            return False
        limit = content.get("limitCount", {}).get("A_Const", {})
        if "limitCount" in content and (limit.get("ival", {}).get("ival", 0) < 1):
            return False
        if expressions.sets or expressions.aggregates:
            return not expressions.sets
        if "whereClause" in content:
            return False
        return all(item.certain for item in scope.items) and not content.get("distinctClause")

    def values(self, lists: list[Node], scope: Scope) -> tuple[Columns, bool]:
        expressions = self.expressions(scope)
        rows = [expressions.values(row["List"]["items"]) for row in lists]
        columns: Columns = []
        for number, column in enumerate(zip(*rows, strict=False), 1):
            type_ = signatures.common(self.database, [value.type for value in column]) or "text"
            for row in lists:
                expressions.wanted(row["List"]["items"][number - 1], type_)
            nullable = any(value.nullable for value in column)
            null_elements = any(value.null_elements for value in column)
            dimensions, unknown = column[0].dimensions, unknown_of(column)
            value = Value(type_, nullable, dimensions, null_elements=null_elements, unknown=unknown)
            columns.append((f"column{number}", value))
        return columns, len(lists) == 1

    def set_operation(self, content: Node, scope: Scope) -> tuple[Columns, bool]:
        left, first = self.part(content["larg"], scope.inner())
        right, second = self.part(content["rarg"], scope.inner())
        columns = self.united(content, left, right, scope)
        self.limits(content, self.expressions(scope))
        union = content["op"] == "SETOP_UNION" and "limitOffset" not in content
        return columns, union and (first or second) and "limitCount" not in content

    def united(self, content: Node, left: Columns, right: Columns, scope: Scope) -> Columns:
        columns: Columns = []
        operation: str = content["op"]
        for (name, one), (_, other) in zip(left, right, strict=False):
            type_ = signatures.common(self.database, [one.type, other.type])
            value = Value(
                type_,
                _may_be(operation, one.nullable, other.nullable),
                max(one.dimensions, other.dimensions),
                null_elements=_may_be(operation, one.null_elements, other.null_elements),
                unknown=unknown_of((one, other)),
            )
            if _is_same_column(one, other) if operation == "SETOP_UNION" else type_ == one.type:
                value = replace(
                    value,
                    table=one.table,
                    column=one.column,
                    row=hash((one.row, other.row)),
                    outer=_may_be(operation, one.outer, other.outer),
                )
            columns.append((name, value))
        expressions = self.expressions(scope)
        for branch in (content["larg"], content["rarg"]):
            for target, (_, value) in zip(branch.get("targetList", []), columns, strict=False):
                expressions.wanted(target["ResTarget"].get("val", {}), value.type or "text")
        return columns

    # -- result columns

    def targets(self, targets: list[Node], expressions: Expressions) -> Columns:
        columns: Columns = []
        sets: list[int] = []
        for item in targets:
            target = item["ResTarget"]
            before = expressions.sets
            found = self.target_columns(target.get("val", {}), target.get("name"), expressions)
            if expressions.sets > before:
                sets += range(len(columns), len(columns) + len(found))
            columns += found
        if expressions.sets > 1:
            # If several sets are in a row, the shorter ones end in NULLs.
            for place in sets:
                name, value = columns[place]
                columns[place] = name, replace(value, nullable=True)
        return columns

    def target_columns(self, node: Node, name: str | None, expressions: Expressions) -> Columns:
        """Return the columns that one target means."""
        fields = node.get("ColumnRef", {}).get("fields", [])
        if fields and "A_Star" in fields[-1]:
            alias = strings(fields)
            return list(expressions.scope.star(alias[-1] if alias else None))
        if "A_Indirection" in node and "A_Star" in node["A_Indirection"]["indirection"][-1]:
            return expressions.fields(node["A_Indirection"])
        return [(name or column_name(node), expressions.value(node))]


def _apart(nodes: list[Node], targets: list[Node]) -> list[Node]:
    """Return the expressions of ORDER BY that are not targets, but run beside them."""
    found = [node for node in nodes if not node.keys() & {"ColumnRef", "A_Const"}]
    known = [bare(target["ResTarget"].get("val")) for target in targets] if found else []
    return [node for node in found if bare(node) not in known]


def _may_be(operation: str, first: bool, second: bool) -> bool:
    """Return whether a row of a set operation may be a row of its first or second side."""
    match operation:
        case "SETOP_INTERSECT":
            return first and second
        case "SETOP_EXCEPT":
            return first
        case _:
            return first or second


def _is_same_column(one: Value, other: Value) -> bool:
    return (one.table, one.column, one.type) == (other.table, other.column, other.type)


def _plan_type(explain: Node) -> str:
    for option in explain.get("options", []):
        if option["DefElem"]["defname"] == "format":
            form = option["DefElem"]["arg"]["String"]["sval"].lower()
            return form if form in ("json", "xml") else "text"
    return "text"
