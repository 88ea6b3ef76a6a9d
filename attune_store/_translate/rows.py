"""Find the row that an error is about, among the rows of one statement."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

import psycopg

from attune_store._translate import constraints, values

_CLIPPED = 64  # bytes of each value that the detail of a CHECK violation shows


class Place(NamedTuple):
    """A row: its name for the caller, and its values by column."""

    name: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a statement. Their values are read by table only after an error.

    `name` is the caller's name for the rows, None if there is only one. `first` is the position of
    the first row.
    """

    name: str | None
    given: Sequence[Any]
    by_table: Callable[[Any], Mapping[str, Mapping[str, Any]]]
    first: int = 0

    def unsendable(self) -> tuple[str | None, Place]:
        """Return the first row with a value that can't be sent, and its table."""
        for number, row in enumerate(map(self.by_table, self.given)):
            for table, given in row.items():
                if values.unsendable(given) is not None:
                    return table, Place(self._label(number), given)
        return None, self._unknown()

    def violating(self, exc: psycopg.Error) -> Place:
        """Return the row that violates a constraint, by the values in PostgreSQL's detail."""
        table, detail = exc.diag.table_name or "", exc.diag.message_detail or ""
        columns, _ = constraints.find(table, exc.diag.constraint_name)
        shown = _in_key if exc.sqlstate != "23514" else _in_row
        rows = [self.by_table(one) for one in self.given]
        found = [
            number
            for number, row in enumerate(rows)
            if table in row and shown(table, columns, row[table], detail)
        ]
        if not found:
            return self._unknown()
        # If two rows are equal, the second one violates the unique constraint.
        number = found[-1 if exc.sqlstate == "23505" else 0]
        return Place(self._label(number), rows[number][table])

    def _label(self, number: int) -> str:
        return f"{self.name}[{self.first + number}]: " if self.name else ""

    def _unknown(self) -> Place:
        return Place(f"one of {self.name}: " if self.name else "", {})


def _in_key(table: str, columns: Sequence[str], row: Mapping[str, Any], detail: str) -> bool:
    """Return whether `Key (a, b)=(1, x) ...` is about this row."""
    return f"=({', '.join(_text(row.get(column)) or '' for column in columns)})" in detail


def _in_row(table: str, columns: Sequence[str], row: Mapping[str, Any], detail: str) -> bool:
    """Return whether `Failing row contains (1, x, null, ...)` may be about this row."""
    from attune_queries.catalog import CATALOG  # Large, and most programs never need it.

    names = next(known.columns for known in CATALOG.tables if known.name == table)
    texts = [_text(row[column.name]) if column.name in row else None for column in names]
    if texts[0] is not None:
        texts[0] = f"({texts[0]}"
    position = 0
    for is_known, run in groupby(texts, key=lambda text: text is not None):
        part = ", ".join(filter(None, run)) if is_known else ""
        position = detail.find(part, position)
        if position < 0:
            return False
        position += len(part)
    return True


def _text(value: object) -> str | None:
    """Return a value as PostgreSQL shows it, or None if that depends on settings."""
    match value:
        case None:
            return "null"
        case bool():
            return "t" if value else "f"
        case int():
            return str(value)
        case str() if len(value.encode(errors="replace")) < _CLIPPED:
            return str(value)
        case _:
            return None
