"""INSERT, UPDATE, DELETE and MERGE."""

from dataclasses import replace

from .expressions import Expressions
from .scope import Columns, Item, Scope, Value
from .sources import Node, Sources, miss, renamed


class Changes(Sources):
    """Reads the statements that change something."""

    def targets(self, targets: list[Node], expressions: Expressions) -> Columns:
        """The columns that a list of targets stands for."""
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
            select = source["SelectStmt"]
            expressions = self.expressions(scope)
            rows = [row["List"]["items"] for row in select.get("valuesLists", [])]
            if not rows and "targetList" in select:
                rows = [[item["ResTarget"].get("val", {}) for item in select["targetList"]]]
            if "valuesLists" in select:
                # Its parameters take the columns' types, not those of the other rows.
                self.wanted_by_columns(rows, wanted or [*table.columns.values()], expressions)
            _, certain = self.subselect(source, scope)
            for row in rows:
                for node, column in zip(row, wanted or table.columns.values(), strict=False):
                    if node and column is not None:
                        expressions.written(node, column)
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

    def wanted_by_columns(
        self, rows: list[list[Node]], columns: list[Value | None], expressions: Expressions
    ) -> None:
        for row in rows:
            for node, column in zip(row, columns, strict=False):
                if column is not None and "ParamRef" in node:
                    expressions.wanted(node, column.type)

    def assignments(self, targets: list[Node], item: Item, scope: Scope) -> None:
        expressions = self.expressions(scope)
        for node in targets:
            target = node["ResTarget"]
            value = target.get("val", {})
            column = _place(expressions, item, target)
            if "MultiAssignRef" in value:
                source = value["MultiAssignRef"]["source"]
                number = value["MultiAssignRef"]["colno"] - 1
                if number == 0:
                    # The others have copies of it.
                    expressions.value(source)
                arguments = source.get("RowExpr", {}).get("args", [])
                if column is not None and number < len(arguments):
                    expressions.written(arguments[number], column)
                continue
            expressions.value(value)
            if column is not None and value:
                expressions.written(value, column)

    def update(self, content: Node, scope: Scope) -> Columns:
        self.common_tables(content, scope)
        item = self.target(content["relation"], scope)
        self.from_clause(content.get("fromClause"), scope)
        if "whereClause" in content:
            self.condition(content["whereClause"], scope)
        columns = self.returning(content, scope) if self.parameters.are_sought else []
        self.assignments(content.get("targetList", []), item, scope)
        # What WHERE knows of a column is over once it is assigned to.
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
        expressions.value(content["joinCondition"])
        for clause in content.get("mergeWhenClauses", []):
            when = clause["MergeWhenClause"]
            expressions.value(when.get("condition"))
            if when.get("commandType") == "CMD_INSERT":
                values = when.get("values", [])
                expressions.values(values)
                places = [target["ResTarget"]["name"] for target in when.get("targetList", [])]
                for node, name in zip(values, places or item.columns, strict=False):
                    if (column := item.columns.get(name)) is not None:
                        expressions.written(node, column)
            else:
                self.assignments(when.get("targetList", []), item, scope)
            if when.get("matchKind") == "MERGE_WHEN_NOT_MATCHED_BY_SOURCE":
                miss(scope, sources)
        return self.returning(content, scope)

    def returning(self, content: Node, scope: Scope) -> Columns:
        nodes = content.get("returningList") or content.get("returningClause", {}).get("exprs", [])
        return self.targets(nodes, self.expressions(scope))


def _place(expressions: Expressions, item: Item, target: Node) -> Value | None:
    """The column that a value goes to, or the part of it."""
    column = item.columns.get(target.get("name", ""))
    steps = target.get("indirection")
    return expressions.part(column, steps) if column is not None and steps else column
