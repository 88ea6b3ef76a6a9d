"""Compare the effect of publications on UPDATE and DELETE."""

from itertools import groupby

from attune_queries.catalog import Catalog
from attune_queries.check import ListPublishedTablesRow

from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.wording import in_sql
from attune_store.errors import Severity


def compare_publications(report: Report, live: Catalog, sides: Sides, state: State) -> None:
    """Report tables whose publication makes every UPDATE or DELETE fail.

    The server raises the error when it begins to execute a statement, and EXPLAIN does just that.
    """
    columns = {
        table.name: column.name
        for table in live.tables
        for column in reversed(table.columns)
        if not (column.identity or column.generated)
    }
    for name, group in groupby(state.published, key=lambda one: one.relation):
        column = columns.get(sides.renamed.get(name, name))
        if column is None or name in state.locked:
            continue
        table, there, column = (
            f"{report.schema}.{name}",
            sides.in_live(name),
            in_sql(column, alone=True),
        )
        commands = {
            "UPDATE": f"EXPLAIN UPDATE {there} SET {column} = {column}",
            "DELETE": f"EXPLAIN DELETE FROM {there}",
        }
        answers = {command: report.ask(statement) for command, statement in commands.items()}
        failing = [command for command, answer in answers.items() if answer.sqlstate in _REFUSALS]
        # Without one, only the primary key is missing, which has its own line.
        remedy = _remedy(table, list(group))
        if failing and remedy:
            messages = (answers[command].message for command in failing)
            report.add(
                Severity.BREAKING,
                f"publications of {table}",
                "none, or one that allows changes of rows",
                "; ".join(dict.fromkeys(messages)),
                remedy,
                touches=report.touched(f"UPDATE {table}"),
            )


# There is no replica identity, or it lacks columns of a filter or of a column list.
_REFUSALS = {"55000", "42P10"}


def _remedy(table: str, published: list[ListPublishedTablesRow]) -> str:
    """Return the statements that publish the table as a whole, by its primary key."""
    identity = published[0].identity
    statements = [] if identity == "d" else [f"ALTER TABLE {table} REPLICA IDENTITY DEFAULT"]
    for one in published:
        if one.restricted:
            statements.append(f"ALTER PUBLICATION {one.publication} DROP TABLE {table}")
            statements.append(f"ALTER PUBLICATION {one.publication} ADD TABLE {table}")
    return "; ".join(statements)
