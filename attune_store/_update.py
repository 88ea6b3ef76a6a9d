"""The statement of a partial update: only the columns that were given are compared and written."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from attune_queries.catalog import CATALOG, Column
from attune_queries.support import jsonb
from psycopg import sql
from psycopg.abc import AdaptContext


def compose_update(
    table_name: str, id: int, changes: Mapping[str, Any], expected_updated: datetime | None
) -> tuple[sql.Composed, list[Any]]:
    """Compose `UPDATE ... RETURNING` for the changes, and its parameters.

    No row comes back if there is none with this id, if each column has its new value already, or if
    the row was changed since `expected_updated`.
    """
    table = next(table for table in CATALOG.tables if table.name == table_name)
    columns = [column for column in table.columns if column.name in changes]
    parameters = [_parameter(column, changes[column.name]) for column in columns]
    placeholders = [_placeholder(number, column) for number, column in enumerate(columns, 1)]
    names = [sql.Identifier(column.name) for column in columns]
    conditions = [
        sql.SQL("id = {}").format(_Number(len(columns) + 1)),
        sql.SQL("({}) IS DISTINCT FROM ({})").format(
            sql.SQL(", ").join(map(_compared, columns, names)),
            sql.SQL(", ").join(map(_compared, columns, placeholders)),
        ),
    ]
    parameters.append(id)
    if expected_updated is not None:
        conditions.append(sql.SQL("updated = {}").format(_Number(len(columns) + 2)))
        parameters.append(expected_updated)
    statement = sql.SQL(
        "UPDATE {table} SET {changes} WHERE {conditions} RETURNING {columns}"
    ).format(
        table=sql.Identifier(CATALOG.schema, table.name),
        changes=sql.SQL(", ").join(
            sql.SQL("{} = {}").format(name, placeholder)
            for name, placeholder in zip(names, placeholders, strict=True)
        ),
        conditions=sql.SQL(" AND ").join(conditions),
        columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
    )
    return statement, parameters


def _parameter(column: Column, value: Any) -> Any:
    return jsonb(value) if column.type == "jsonb" else value


class _Number(sql.Composable):
    """A numbered placeholder, which psycopg's raw cursors leave to PostgreSQL."""

    def __init__(self, number: int) -> None:
        super().__init__(number)

    def as_bytes(self, context: AdaptContext | None = None) -> bytes:
        return b"$%d" % self._obj


def _placeholder(number: int, column: Column) -> sql.Composable:
    placeholder = _Number(number)
    return sql.SQL("{}::jsonb").format(placeholder) if column.type == "jsonb" else placeholder


def _compared(column: Column, expression: sql.Composable) -> sql.Composable:
    # As text, because jsonb holds 1 and 1.0 equal.
    return sql.SQL("{}::text").format(expression) if column.type == "jsonb" else expression
