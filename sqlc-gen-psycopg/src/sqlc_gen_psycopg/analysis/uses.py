"""The uses of parameters: they imply names, and that a parameter may be NULL."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .database import Database, Relation, is_list, is_node, strings, walk
from .parser import ParseError, parse

Node = dict[str, Any]


@dataclass(slots=True)
class Uses:
    """The parameters of a statement by number."""

    numbers: set[int] = field(default_factory=set[int])
    names: dict[int, str] = field(default_factory=dict[int, str])
    """The names of the parameters, by the first use in the text that implies one."""
    tested: set[int] = field(default_factory=set[int])
    """The parameters that are tested for NULL."""
    written: dict[int, bool] = field(default_factory=dict[int, bool])
    """The parameters that are written to columns unchanged, and whether the columns may be NULL."""


def uses(database: Database, sql: str) -> Uses:
    """Return how a statement uses its parameters."""
    if "$" not in sql:
        return Uses()
    try:
        parsed = parse(sql)
    except ParseError:
        return Uses()
    reader = _Reader(database)
    reader.read(parsed)
    reader.follow()
    reader.found.names = {number: name for number, (_, name) in sorted(reader.names.items())}
    return reader.found


class _Reader:
    """Reads the tree of a statement."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.found = Uses()
        self.names: dict[int, tuple[int, str]] = {}
        """The names, with the positions of the uses that imply them."""
        self.columns_of: dict[tuple[str, str], int] = {}
        """The columns of CTEs and subqueries that are parameters."""
        self.asked: set[tuple[str, str]] = set()
        """The columns that are tested for NULL, with their relations if written."""

    def read(self, node: Any) -> None:
        if is_list(node):
            for item in node:
                self.read(item)
        elif is_node(node):
            for kind, content in node.items():
                if kind == "ParamRef":
                    self.found.numbers.add(content.get("number", 0))
                if (reader := getattr(self, f"_{kind}", None)) is not None:
                    reader(content)
                self.read(content)

    # -- notes

    def call(self, nodes: Iterable[Node], name: str | None) -> None:
        """Note a name for the parameters in these expressions."""
        for node in nodes:
            if name and (parameter := _only_parameter(node)) is not None:
                number, place = parameter["number"], parameter.get("location", 0)
                known = self.names.get(number)
                if known is None or place < known[0]:
                    self.names[number] = place, name

    def test(self, *nodes: Node) -> None:
        """Note that these are tested for NULL."""
        for node in nodes:
            if "RowExpr" in node:
                self.test(*node["RowExpr"].get("args", []))
            elif names := strings(node.get("ColumnRef", {}).get("fields")):
                self.asked.add(("".join(names[-2:-1]), names[-1]))
            elif (parameter := _only_parameter(node)) is not None:
                self.found.tested.add(parameter["number"])

    def follow(self) -> None:
        """Note the parameters that are tested as columns of CTEs and subqueries."""
        for (relation, name), number in self.columns_of.items():
            if self.asked & {(relation, name), ("", name)}:
                self.found.tested.add(number)

    def write(self, node: Node, name: str, relation: Relation | None) -> None:
        """Note that the value is written to a column."""
        self.call([node], name)
        column = relation.column(name) if relation is not None else None
        if "ParamRef" in node and column is not None:
            number, written = node["ParamRef"].get("number", 0), self.found.written
            written[number] = written.get(number, True) and column.nullable

    # -- expressions

    def _A_Expr(self, node: Node) -> None:
        left, right = node.get("lexpr", {}), node.get("rexpr", {})
        items = _items(right)
        if node["kind"] in ("AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT"):
            self.test(left, right)
        for item in items:
            if "RowExpr" in left and "RowExpr" in item:
                self.compare_rows(left["RowExpr"].get("args", []), item["RowExpr"].get("args", []))
        self.call(items, _only_column(left))
        self.call([left], _only_column(right))

    def compare_rows(self, left: list[Node], right: list[Node]) -> None:
        for one, other in zip(left, right, strict=False):
            self.call([other], _only_column(one))
            self.call([one], _only_column(other))

    def _NullTest(self, node: Node) -> None:
        self.test(node["arg"])

    def _BooleanTest(self, node: Node) -> None:
        if node["booltesttype"] in ("IS_UNKNOWN", "IS_NOT_UNKNOWN"):
            self.test(node["arg"])

    def _CoalesceExpr(self, node: Node) -> None:
        self.test(*node["args"][:-1])
        self.call(node["args"], _only_column(node["args"]))

    def _MinMaxExpr(self, node: Node) -> None:
        self.call(node["args"], _only_column(node["args"]))

    def _CaseExpr(self, node: Node) -> None:
        branches = [item["CaseWhen"]["result"] for item in node["args"]]
        branches.append(node.get("defresult", {}))
        self.call(branches, _only_column(branches))
        if "arg" in node:
            values = [item["CaseWhen"]["expr"] for item in node["args"]]
            self.call(values, _only_column(node["arg"]))
            self.call([node["arg"]], _only_column(values))

    def _FuncCall(self, node: Node) -> None:
        *schema, name = strings(node["funcname"])
        arguments: list[Node] = node.get("args", [])
        if name in ("num_nulls", "num_nonnulls"):
            self.test(*arguments)
        routines = self.database.find(self.database.routines, "".join(schema), name) or []
        names = routines[0].names if len(routines) == 1 else ()
        for argument, declared in zip(arguments, names, strict=False):
            self.call([argument], declared)

    def _NamedArgExpr(self, node: Node) -> None:
        self.call([node["arg"]], node["name"])

    def _SubLink(self, node: Node) -> None:
        targets = node["subselect"].get("SelectStmt", {}).get("targetList", [])
        left: Node = node.get("testexpr", {})
        parts: list[Node] = left.get("RowExpr", {}).get("args", [left])
        for part, target in zip(parts, targets, strict=False):
            value = target["ResTarget"]
            self.call([part], value.get("name") or _only_column(value.get("val")))
            self.call([value.get("val", {})], _only_column(part))

    def _TypeCast(self, node: Node) -> None:
        if "RowExpr" in node["arg"]:
            *schema, name = strings(node["typeName"]["names"])
            fields = self.database.fields(self.database.type("".join(schema), name)) or []
            for argument, attribute in zip(
                node["arg"]["RowExpr"].get("args", []), fields, strict=False
            ):
                self.call([argument], attribute.name)

    # -- parts of statements

    def _SelectStmt(self, node: Node) -> None:
        self.call([node.get("limitCount", {})], "limit")
        self.call([node.get("limitOffset", {})], "offset")
        for target in node.get("targetList", []):
            self.call([target["ResTarget"].get("val", {})], target["ResTarget"].get("name"))

    def _RangeSubselect(self, node: Node) -> None:
        alias = node.get("alias", {})
        self.columns(node["subquery"], strings(alias.get("colnames")), alias.get("aliasname", ""))

    def _CommonTableExpr(self, node: Node) -> None:
        self.columns(node["ctequery"], strings(node.get("aliascolnames")), node["ctename"])

    def columns(self, query: Node, names: list[str], relation: str) -> None:
        """Note names that an alias gives to the columns of a query, and which columns are parameters."""
        targets = query.get("SelectStmt", {}).get("targetList", [])
        written = [target["ResTarget"].get("name", "") for target in targets]
        for row in _rows(query):
            for value, name in zip(row, names, strict=False):
                self.call([value], name)
            for value, name in zip(row, [*names, *written[len(names) :]], strict=False):
                if (parameter := _only_parameter(value)) is not None:
                    self.columns_of[relation, name] = parameter["number"]

    def _RangeFunction(self, node: Node) -> None:
        alias = node.get("alias", {})
        for function in node["functions"]:
            call = function["List"]["items"][0].get("FuncCall", {})
            arguments = call.get("args", [])
            names = strings(alias.get("colnames")) or [alias.get("aliasname", "")]
            if strings(call.get("funcname"))[-1:] == ["unnest"] and len(names) == len(arguments):
                for argument, name in zip(arguments, names, strict=True):
                    self.call([argument], name)

    # -- changes

    def _InsertStmt(self, node: Node) -> None:
        relation = self.relation(node["relation"])
        names = [item["ResTarget"]["name"] for item in node.get("cols", [])]
        if not names and relation is not None:
            names = [column.name for column in relation.columns]
        for row in _rows(node.get("selectStmt", {})):
            for value, name in zip(row, names, strict=False):
                self.write(value, name, relation)
        self.assign(node.get("onConflictClause", {}).get("targetList", []), relation)

    def _UpdateStmt(self, node: Node) -> None:
        self.assign(node.get("targetList", []), self.relation(node["relation"]))

    def _MergeStmt(self, node: Node) -> None:
        relation = self.relation(node["relation"])
        for clause in node.get("mergeWhenClauses", []):
            when = clause["MergeWhenClause"]
            targets, values = when.get("targetList", []), when.get("values")
            if values is None:
                self.assign(targets, relation)
                continue
            names = [item["ResTarget"]["name"] for item in targets]
            if not names and relation is not None:
                names = [column.name for column in relation.columns]
            for value, name in zip(values, names, strict=False):
                self.write(value, name, relation)

    def assign(self, targets: list[Node], relation: Relation | None) -> None:
        for item in targets:
            target = item["ResTarget"]
            value: Node = target.get("val", {})
            if "MultiAssignRef" in value:
                source: Node = value["MultiAssignRef"]
                row: list[Node] = source["source"].get("RowExpr", {}).get("args", [])
                value = row[int(source["colno"]) - 1] if row else {}
            if "indirection" in target:
                self.call([value], target["name"])
            else:
                self.write(value, target["name"], relation)

    def relation(self, node: Node) -> Relation | None:
        return self.database.relation(node.get("schemaname", ""), node["relname"])


def _rows(query: Node) -> list[list[Node]]:
    """Return the expressions of the rows of VALUES, or of the one row of a SELECT."""
    select = query.get("SelectStmt", {})
    if "valuesLists" in select:
        return [row["List"]["items"] for row in select["valuesLists"]]
    return [[item["ResTarget"].get("val", {}) for item in select.get("targetList", [])]]


def _items(node: Node) -> list[Node]:
    return list(node["List"]["items"]) if "List" in node else [node]


def _only_parameter(node: Any) -> Node | None:
    """Return the parameter of an expression that depends on nothing else."""
    found: Node | None = None
    for kind, content in walk(node):
        if kind in ("ColumnRef", "SubLink"):
            return None
        if kind == "ParamRef":
            if found is not None and found.get("number") != content.get("number"):
                return None
            found = found or content
    return found


def _only_column(node: Any) -> str | None:
    """Return the name of the one column in an expression."""
    found: str | None = None
    for kind, content in walk(node):
        if kind == "SubLink":
            return None
        if kind == "ColumnRef":
            name = "".join(strings(content["fields"])[-1:])
            if found not in (None, name) or not name:
                return None
            found = name
    return found
