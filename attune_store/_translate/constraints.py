"""The text of a constraint violation, which names the row by the values that were given."""

from collections.abc import Mapping
from typing import Any

import psycopg

from attune_store import errors


def violation(
    exc: psycopg.Error,
    entity: str | None,
    values: Mapping[str, Any],
    *,
    deleting: bool,
    place: str = "",
) -> errors.StoreError:
    """Return the error of a violated constraint (class 23). `deleting` names the row by its id.

    `place` names the row if there are several.
    """
    sqlstate, diag = exc.sqlstate, exc.diag
    entity = entity or diag.table_name
    name = diag.constraint_name
    columns, target = find(diag.table_name, name)
    is_reference = sqlstate in {"23503", "23001"}
    if deleting and is_reference:
        columns = ("id",)
    if diag.column_name:
        columns = (diag.column_name,)
    given = {column: values[column] for column in columns if column in values}
    named = ", ".join(f"{key}={errors.shorten(value)}" for key, value in given.items())
    subject = f"{place}{entity} with {named}" if named else f"{place}{entity}"
    # The first column of a foreign key is the reference; others are copies.
    lone = len(columns) == 1 or (sqlstate == "23503" and columns)
    attributes: errors.Attributes = {
        "sqlstate": sqlstate,
        "entity": entity,
        "field": columns[0] if lone else None,
        "value": given.get(columns[0]) if lone else None,
        "constraint": name,
    }
    if sqlstate == "23505":
        return errors.AlreadyExistsError(f"{subject} already exists", **attributes)
    if sqlstate == "23001" or (is_reference and deleting):
        return errors.ForeignKeyError(
            f"{subject} is still referenced by {diag.table_name}",
            kind="still_referenced",
            **attributes,
        )
    if is_reference:
        return errors.ForeignKeyError(
            f"{subject} refers to {_with_article(target or 'row')} that does not exist",
            **attributes,
        )
    if sqlstate == "23502":
        return errors.ValidationError(
            f"{place}{entity}.{diag.column_name} must not be null", **attributes
        )
    return errors.ValidationError(f"{subject} does not satisfy {name}", **attributes)


def find(table_name: str | None, name: str | None) -> tuple[tuple[str, ...], str | None]:
    """Return the columns of a constraint or unique index, and the table that it refers to."""
    from attune_queries.catalog import CATALOG  # Large, and most programs never need it.

    for table in (table for table in CATALOG.tables if table.name == table_name):
        for constraint in table.constraints:
            if constraint.name == name:
                return constraint.columns, constraint.references
        for index in table.indexes:
            if index.name == name:
                return index.columns, None
    return (), None


def _with_article(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"
