"""The two sides of a comparison, without the differences that were found already.

A rename is undone on the live side. What was dropped together with an object is removed from the expected side.
Remaining differences have another cause.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from attune_queries.catalog import Catalog, Table

from attune_store._drift.dependents import (
    Gone,
    Names,
    dependents,
    mentioned,
    names_in,
    without,
)
from attune_store._drift.objects import agreement, objects
from attune_store._drift.renames import with_columns_of, with_objects, with_table
from attune_store._drift.wording import in_sql

KEYS = {"primary_key", "unique", "exclusion"}
"""The kinds of constraints that have an index."""


@dataclass(slots=True)
class Sides:
    """The expected catalog and the live one, without the explained differences."""

    expected: Catalog
    live: Catalog
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    """The live names of renamed tables and views, by their expected names."""
    renamed_columns: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    """By the live names of columns of a table, their expected names."""
    renamed_objects: dict[str, str] = field(default_factory=dict[str, str])
    """The expected names of types, views and functions that were renamed, by their live names."""
    renamed_functions: dict[str, str] = field(default_factory=dict[str, str])
    """By the live signatures of functions, the expected ones."""
    moved: set[str] = field(default_factory=set[str])
    """The live names of tables in other schemas, with the schema."""
    retyped: dict[str, set[str]] = field(default_factory=dict[str, set[str]])
    """The columns of a table whose type accepts other values."""
    names: frozenset[str] = field(init=False)
    """The names of the expected tables and views, including dropped ones."""
    _words: tuple[Catalog, frozenset[str]] | None = field(default=None, init=False)
    """A live catalog, and the words in its objects with expected names."""

    def __post_init__(self) -> None:
        self.names = frozenset(names_in(self.expected))

    @property
    def schema(self) -> str:
        """Return the name of the schema."""
        return self.expected.schema

    def pairs(self) -> list[tuple[Table, Table]]:
        """Return the tables that exist on both sides."""
        live = {table.name: table for table in self.live.tables}
        return [(one, live[one.name]) for one in self.expected.tables if one.name in live]

    def in_live(self, table: str) -> str:
        """Return the SQL name of an expected table in the live database."""
        return f"{self.schema}.{in_sql(self.renamed.get(table, table))}"

    def column_in_live(self, table: str, column: str) -> str:
        """Return the SQL name of a column of an expected table in the live database."""
        names = {name: live for live, name in self.renamed_columns.get(table, {}).items()}
        return in_sql(names.get(column, column), alone=True)

    def room_for(self, name: str, table: str) -> str:
        """Return the statement that renames what has the name of an index of this table, if it is not of this table."""
        at, new = f"{self.schema}.{in_sql(name)}", in_sql(f"{name}_other", alone=True)
        for other in self.live.tables:
            keys = (one.name for one in other.constraints if one.kind in KEYS)
            if other.name != table and name in {*keys, *(one.name for one in other.indexes)}:
                return f"ALTER INDEX {at} RENAME TO {new}; "
            if other.name == name:
                return f"ALTER TABLE {at} RENAME TO {new}; "
        return ""

    def is_used_for(self, name: str, expected: str) -> bool:
        """Return whether more agrees if a live type or function has an expected name, and not the one that has it."""
        if not self._is_mentioned(name):
            return False
        renamed = with_objects(self.live, {name: expected, expected: name})
        return self.agrees_more(renamed)

    def agrees_more(self, live: Catalog) -> bool:
        """Return whether more of the expected catalog agrees with this one than with the live one."""
        return agreement(self.expected, live) > agreement(self.expected, self.live)

    def _is_mentioned(self, name: str) -> bool:
        """Return whether a live object with an expected name may mention the name."""
        if self._words is None or self._words[0] is not self.live:
            known = objects(self.expected)
            there = objects(self.live).items()
            text = "\n".join(repr(it) for key, it in there if key in known)
            self._words = self.live, frozenset(re.findall(r"\w+", text))
        return name in self._words[1] or re.fullmatch(r"\w+", name) is None

    def see(self, table: str, change: Callable[[Table], Table]) -> None:
        """Change a table of the live side."""
        self.live = _changed(self.live, table, change)

    def expect(self, table: str, change: Callable[[Table], Table]) -> None:
        """Change a table of the expected side."""
        self.expected = _changed(self.expected, table, change)

    def undo_renames(self, new: Mapping[str, str]) -> None:
        """Use the expected names of live types, views or functions wherever they are mentioned."""
        self.renamed_objects |= new
        self.live = with_objects(self.live, new)

    def undo_renamed_tables(self, new: Mapping[str, str]) -> None:
        """Use the expected names of live tables."""
        free = {name: f"{name} " for name in new}
        for name, other in free.items():
            self.live = with_table(self.live, name, other)
        for name, expected in new.items():
            self.renamed[expected] = name
            self.live = with_table(self.live, free[name], expected)

    def undo_renamed_columns(self, table: str, new: Mapping[str, str]) -> None:
        """Use the expected names of columns of a live table."""
        before = self.renamed_columns.get(table, {})
        after = {live: new.get(name, name) for live, name in before.items()}
        own = {live: name for live, name in new.items() if live not in before.values()}
        self.renamed_columns[table] = own | after
        self.live = with_columns_of(self.live, table, new)

    def drop(self, *objects: Gone) -> list[Names]:
        """Expect neither the objects nor what depends on them. Return what queries mention of them."""
        gone = dependents(self.expected, self.live, *objects)
        self.expected = without(self.expected, gone)
        return [mentioned(self.schema, one) for one in gone if one[0] != "member"]


def _changed(catalog: Catalog, name: str, change: Callable[[Table], Table]) -> Catalog:
    tables = (change(table) if table.name == name else table for table in catalog.tables)
    return replace(catalog, tables=tuple(tables))
