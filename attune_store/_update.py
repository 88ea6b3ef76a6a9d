"""The statement of a partial update. Only the given columns are compared and written."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple, cast

from attune_queries.support import jsonb
from psycopg import sql
from psycopg.abc import AdaptContext

if TYPE_CHECKING:
    from attune_queries.catalog import Column


class Update(NamedTuple):
    """`UPDATE ... RETURNING` for a set of columns.

    It returns no row if there is none with this id, if all values are equal to those of the row, or
    if the row was changed since the expected time.
    """

    statement: LiteralString
    columns: tuple[str, ...]
    json_columns: frozenset[str]

    def parameters(
        self, id: int, changes: Mapping[str, Any], expected_updated: datetime | None
    ) -> list[Any]:
        """Return the parameters of the statement, in order."""
        values = [
            jsonb(changes[name]) if name in self.json_columns else changes[name]
            for name in self.columns
        ]
        values.append(id)
        if expected_updated is not None:
            values.append(expected_updated)
        return values


@lru_cache(maxsize=512)
def compose_update(table_name: str, names: frozenset[str], *, guarded: bool) -> Update:
    """Return the update of these columns. Statements are cached.

    `guarded` also compares `updated`.
    """
    from attune_queries.catalog import CATALOG  # Large, and most programs never need it.

    table = next(table for table in CATALOG.tables if table.name == table_name)
    columns = [column for column in table.columns if column.name in names]
    placeholders = [_placeholder(number, column) for number, column in enumerate(columns, 1)]
    identifiers = [sql.Identifier(column.name) for column in columns]
    conditions = [
        sql.SQL("id = {}").format(_Number(len(columns) + 1)),
        sql.SQL("({}) IS DISTINCT FROM ({})").format(
            sql.SQL(", ").join(map(_compared, columns, identifiers)),
            sql.SQL(", ").join(map(_compared, columns, placeholders)),
        ),
    ]
    if guarded:
        conditions.append(sql.SQL("updated = {}").format(_Number(len(columns) + 2)))
    statement = sql.SQL(
        "/* name: {query} :one */\nUPDATE {table} SET {changes} WHERE {conditions} RETURNING {columns}"
    ).format(
        query=sql.SQL(cast("Any", _query_name(table.name))),
        table=sql.Identifier(CATALOG.schema, table.name),
        changes=sql.SQL(", ").join(
            sql.SQL("{} = {}").format(identifier, placeholder)
            for identifier, placeholder in zip(identifiers, placeholders, strict=True)
        ),
        conditions=sql.SQL(" AND ").join(conditions),
        columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns),
    )
    return Update(
        # A str, because tools that trace do not find the operation in bytes.
        cast("Any", statement.as_string()),
        tuple(column.name for column in columns),
        frozenset(column.name for column in columns if _is_jsonb(column)),
    )


class _Number(sql.Composable):
    """A numbered placeholder. psycopg's raw cursors pass it to PostgreSQL unchanged."""

    def __init__(self, number: int) -> None:
        super().__init__(number)

    def as_bytes(self, context: AdaptContext | None = None) -> bytes:
        return b"$%d" % self._obj


def _query_name(table_name: str) -> str:
    """Return the name of the statement, as a query in queries/ would have it."""
    return f"Update{table_name.title().replace('_', '')}"


def _is_jsonb(column: "Column") -> bool:
    return column.type == "jsonb"


def _placeholder(number: int, column: "Column") -> sql.Composable:
    placeholder = _Number(number)
    return sql.SQL("{}::jsonb").format(placeholder) if _is_jsonb(column) else placeholder


def _compared(column: "Column", expression: sql.Composable) -> sql.Composable:
    # Compare as text, because jsonb considers 1 and 1.0 equal.
    return sql.SQL("{}::text").format(expression) if _is_jsonb(column) else expression
