"""What an added column does to the rows that the code inserts, which knows nothing of it."""

import re
from collections.abc import Iterator, Mapping

from attune_queries.catalog import Catalog, Column, Table
from psycopg.sql import Identifier

from attune_store.errors import Severity

Place = tuple[str, str]
"""A table and a column of it."""


def added(ours: Table, theirs: Table) -> list[Column]:
    """The columns of the live table that the code does not know."""
    known = {column.name for column in ours.columns}
    return [column for column in theirs.columns if column.name not in known]


def trials(expected: Catalog, live: Catalog) -> Iterator[tuple[Place, str]]:
    """Statements that read what an INSERT would put into each added column.

    The server refuses one whose domain does not take it; false is of a CHECK that does not.
    """
    ours = {table.name: table for table in expected.tables}
    for table in live.tables:
        values = {
            column.name: f"CAST({column.default or 'NULL'} AS {column.type}) AS {Identifier(column.name).as_string()}"
            for column in (added(ours[table.name], table) if table.name in ours else ())
            if not (column.identity or column.generated or _is_computed(column))
        }
        for name in values:
            checks = [
                one
                for one in table.constraints
                if one.kind == "check" and name in one.columns and values.keys() >= {*one.columns}
            ]
            needed = dict.fromkeys([name, *(column for one in checks for column in one.columns)])
            row = ", ".join(values[column] for column in needed)
            parts = [re.fullmatch(_CHECK, one.definition, re.DOTALL) for one in checks]
            tried = "".join(f", {part[1]}" for part in parts if part)
            yield (table.name, name), f"SELECT NULL{tried}, added.* FROM (SELECT {row}) AS added"


# One that is NOT ENFORCED refuses nothing.
_CHECK = r"CHECK (\(.*\))(?: NO INHERIT)?(?: NOT VALID)?"


def _is_computed(column: Column) -> bool:
    """Whether a function gives the value, as now() does, which is not called for a trial."""
    return "(" in re.sub(r"'[^']*'", "", column.default or "")


def consequence(
    ours: Table, theirs: Table, column: Column, tried: Mapping[Place, Severity]
) -> Severity:
    """What an added column, with all that is declared on it, does to an INSERT."""
    same_for_all = column.default is not None and not _is_computed(column)
    once = any(one.kind == "unique" and one.columns == (column.name,) for one in theirs.constraints)
    if (column.not_null and not has_value(column)) or (same_for_all and once):
        return Severity.BREAKING
    known = {one.name for one in ours.columns}
    may_refuse = [column.generated and column.not_null] + [
        not known.isdisjoint(one.columns) if one.kind == "check" else same_for_all
        for one in theirs.constraints
        if column.name in one.columns and not one.definition.endswith(" NOT ENFORCED")
    ]
    may_refuse += [
        same_for_all and one.unique for one in theirs.indexes if column.name in one.columns
    ]
    otherwise = Severity.RISKY if any(may_refuse) else Severity.HARMLESS
    return tried.get((theirs.name, column.name), otherwise)


def has_value(column: Column) -> bool:
    """Whether an INSERT may leave the column out though it is NOT NULL."""
    return bool(column.default is not None or column.identity or column.generated)
