"""What an added column does to the rows that the code inserts, which knows nothing of it."""

import re
from collections.abc import Container, Iterator

from attune_queries.catalog import Catalog, Column, Table

from attune_store._drift.difference import Severity

Place = tuple[str, str]
"""A table and a column of it."""


def added(ours: Table, theirs: Table) -> list[Column]:
    """The columns of the live table that the code does not know."""
    known = {column.name for column in ours.columns}
    return [column for column in theirs.columns if column.name not in known]


def trials(expected: Catalog, live: Catalog) -> Iterator[tuple[Place, str]]:
    """Statements that read what an INSERT would put into each added column.

    The server refuses one whose domain does not take it; a value that is false is of a CHECK that
    does not.
    """
    ours = {table.name: table for table in expected.tables}
    for table in live.tables:
        for column in added(ours[table.name], table) if table.name in ours else ():
            if not (column.identity or column.generated):
                checks = "".join(f", {check}" for check in _checks(table, column))
                value = f"CAST({column.default or 'NULL'} AS {column.type}) AS {_quoted(column)}"
                yield (table.name, column.name), f"SELECT *{checks} FROM (SELECT {value}) AS added"


def _checks(table: Table, column: Column) -> Iterator[str]:
    for one in table.constraints:
        if one.kind == "check" and one.columns == (column.name,):
            enforced = re.fullmatch(
                r"CHECK (\(.*\))( NO INHERIT)?( NOT VALID)?", one.definition, re.S
            )
            if enforced:
                yield enforced[1]


def _quoted(column: Column) -> str:
    return '"' + column.name.replace('"', '""') + '"'


def consequence(table: Table, column: Column, refused: Container[Place]) -> Severity:
    """What an added column, with all that is declared on it, does to an INSERT."""
    if (column.not_null and not takes_nothing(column)) or (table.name, column.name) in refused:
        return Severity.BREAKING
    same_for_all = column.default is not None and "(" not in column.default
    if column.generated and column.not_null:
        return Severity.RISKY
    for one in table.constraints:
        if column.name in one.columns and not one.definition.endswith(" NOT ENFORCED"):
            if one.kind == "check" and len(one.columns) > 1:
                return Severity.RISKY
            if one.kind != "check" and (same_for_all or column.generated):
                return Severity.RISKY
    if any(one.unique and column.name in one.columns for one in table.indexes) and same_for_all:
        return Severity.RISKY
    return Severity.HARMLESS


def takes_nothing(column: Column) -> bool:
    """Whether an INSERT may leave the column out though it is NOT NULL."""
    return bool(column.default is not None or column.identity or column.generated)
