"""INSERT, UPDATE, DELETE and MERGE."""

from dataclasses import replace

from .expressions import Expressions
from .scope import Columns, Item, Scope, Value
from .sources import Node, Sources, miss, renamed

# With one of these, VALUES is a query of its own, whose types are found before it meets the
# columns.
_OF_A_QUERY = {"sortClause", "limitOffset", "limitCount", "withClause"}


class Changes(Sources):
    """Reads the statements that change rows."""

    def targets(self, targets: list[Node], expressions: Expressions) -> Columns:
        """Return the columns that a list of targets means."""
        raise NotImplementedError

    def resolved(self, content: Node, columns: Columns, scope: Scope) -> Columns:
        """Return the columns, if nothing around them sets the type of literals and parameters."""
        raise NotImplementedError

    def target(self, node: Node, scope: Scope) -> Item:
        item = self.relation(node, scope)
        if alias := node.get("alias"):
            item = renamed(item, alias)
        scope.items.append(item)
        return item

    def insert(self, content: Node, scope: Scope) -> tuple[Columns, bool]:
        self.common_tables(content, scope)
        table = self.relation(content["relation"], Scope(self.database, self.parameters))
        places = [item["ResTarget"] for item in content.get("cols", [])]
        wanted = [_place(self.expressions(scope), table, place) for place in places]
        certain = True
        if source := content.get("selectStmt"):
            select, columns = source["SelectStmt"], wanted or [*table.columns.values()]
            expressions = self.expressions(scope)
            if not select.keys() & {"valuesLists"} or select.keys() & _OF_A_QUERY:
                _, certain = self.part(select, scope.inner())
                targets = [
                    item["ResTarget"].get("val", {}) for item in select.get("targetList", [])
                ]
                expressions.written(targets, columns)
            else:
                certain = len(select["valuesLists"]) == 1
                for row in select["valuesLists"]:
                    expressions.values(row["List"]["items"])
                    expressions.written(row["List"]["items"], columns)
        inner = scope.inner()
        item = self.target(content["relation"], inner)
        if conflict := content.get("onConflictClause"):
            certain = certain and conflict["action"] == "ONCONFLICT_UPDATE"
            certain = certain and "whereClause" not in conflict
            update = inner.inner()
            update.items = [item, replace(item, alias="excluded", known=set[str]())]
            self.assignments(conflict.get("targetList", []), item, update)
            self.expressions(update).read(conflict.get("whereClause"), "bool")
        return self.returning(content, inner), certain

    def assignments(self, targets: list[Node], item: Item, scope: Scope) -> None:
        expressions = self.expressions(scope)
        values: list[Node] = []
        for node in targets:
            value: Node = node["ResTarget"].get("val", {})
            if "MultiAssignRef" in value:
                source, number = value["MultiAssignRef"]["source"], value["MultiAssignRef"]["colno"]
                row = source.get("RowExpr", {}).get("args", [])
                if number == 1:
                    # The other targets have copies of it.
                    expressions.value(source)
                values.append(row[number - 1] if row else {})
            else:
                expressions.value(value)
                values.append(value)
        places = [_place(expressions, item, node["ResTarget"]) for node in targets]
        expressions.written(values, places)

    def update(self, content: Node, scope: Scope) -> Columns:
        self.common_tables(content, scope)
        item = self.target(content["relation"], scope)
        self.from_clause(content.get("fromClause"), scope)
        if "whereClause" in content:
            self.condition(content["whereClause"], scope)
        columns = self.returning(content, scope) if self.parameters.are_sought else []
        self.assignments(content.get("targetList", []), item, scope)
        # After an assignment, what WHERE implies for the column does not hold.
        for node in content.get("targetList", []):
            item.known.discard(node["ResTarget"].get("name", ""))
        return columns if self.parameters.are_sought else self.returning(content, scope)

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
        expressions.read(content["joinCondition"], "bool")
        for clause in content.get("mergeWhenClauses", []):
            when = clause["MergeWhenClause"]
            expressions.read(when.get("condition"), "bool")
            if when.get("commandType") == "CMD_INSERT":
                values = when.get("values", [])
                expressions.values(values)
                names = [target["ResTarget"]["name"] for target in when.get("targetList", [])]
                columns = [item.columns.get(name) for name in names]
                expressions.written(values, columns or [*item.columns.values()])
            else:
                self.assignments(when.get("targetList", []), item, scope)
            if when.get("matchKind") == "MERGE_WHEN_NOT_MATCHED_BY_SOURCE":
                miss(scope, sources)
        return self.returning(content, scope)

    def returning(self, content: Node, scope: Scope) -> Columns:
        nodes = content.get("returningList") or content.get("returningClause", {}).get("exprs", [])
        columns = self.targets(nodes, self.expressions(scope))
        return self.resolved({"targetList": nodes}, columns, scope)


def _place(expressions: Expressions, item: Item, target: Node) -> Value | None:
    """Return the column that a value is assigned to, or the part of it."""
    column = item.columns.get(target.get("name", ""))
    steps = target.get("indirection")
    return expressions.part(column, steps) if column is not None and steps else column
