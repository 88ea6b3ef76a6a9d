"""The objects that are dropped together with an object they depend on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from attune_queries.catalog import Catalog, Constraint, Index, Table, Trigger

from attune_store._drift.names import Name, around, has, has_column, view_query

Gone = tuple[str, ...]
"""The kind and the name of an object; that of its table and its own, or the columns of a key."""

Names = tuple[str, ...]
"""What a query mentions that fails without an object: its qualified name, or that of its table and its own."""


def dependents(expected: Catalog, live: Catalog, *objects: Gone) -> set[Gone]:
    """Return the objects, and everything that depends on them and is missing in the live catalog."""
    gone, found = set(objects), 0
    while found != len(gone):
        found = len(gone)
        gone |= set(_Dropped(expected.schema, frozenset(gone)).dependents(expected, live))
    return gone


def without(catalog: Catalog, gone: set[Gone]) -> Catalog:
    """Return the catalog without the objects."""

    def remains(table: Table) -> Table:
        def stays(one: Constraint | Index | Trigger) -> bool:
            return ("member", table.name, one.name) not in gone

        return replace(
            table,
            columns=tuple(
                it for it in table.columns if ("column", table.name, it.name) not in gone
            ),
            constraints=tuple(filter(stays, table.constraints)),
            indexes=tuple(filter(stays, table.indexes)),
            triggers=tuple(filter(stays, table.triggers)),
        )

    return replace(
        catalog,
        tables=tuple(remains(it) for it in catalog.tables if ("table", it.name) not in gone),
        views=tuple(it for it in catalog.views if ("view", it.name) not in gone),
        enums=tuple(it for it in catalog.enums if ("enum", it.name) not in gone),
        functions=tuple(it for it in catalog.functions if ("function", it.name) not in gone),
    )


def mentioned(schema: str, one: Gone) -> Names:
    """Return what a query mentions that fails without the object."""
    kind, name, *rest = one
    if kind == "column":
        return (f"{schema}.{name}", *rest)
    return (name,) if kind == "operator class" else (f"{schema}.{name}",)


def names_in(catalog: Catalog) -> set[str]:
    """Return the names of the tables and views."""
    return {table.name for table in catalog.tables} | {view.name for view in catalog.views}


def names_of(table: Table) -> set[str]:
    """Return the names of what belongs to a table, except its columns."""
    members: tuple[Constraint | Index | Trigger, ...] = (
        *table.constraints,
        *table.indexes,
        *table.triggers,
    )
    return {one.name for one in members}


def referenced(constraint: Constraint) -> tuple[str, ...]:
    """Return the columns that a foreign key refers to."""
    _, _, rest = constraint.definition.partition(" REFERENCES ")
    inside = rest.partition("(")[2].partition(")")[0]
    return tuple(name.strip().strip('"') for name in inside.split(","))


def expression(one: Index | Trigger) -> str:
    """Return the part of a definition that may read columns."""
    if isinstance(one, Index):
        return one.definition.partition(" USING ")[2]
    return around(one.definition, one.name)[1]


@dataclass(frozen=True, slots=True)
class _Dropped:
    """Dropped objects, and what depends directly on one of them."""

    schema: str
    gone: frozenset[Gone]

    def dependents(self, expected: Catalog, live: Catalog) -> Iterator[Gone]:
        tables = {table.name: table for table in live.tables}
        for table in expected.tables:
            if table.name in tables:
                yield from self._of_table(table, tables[table.name])
        views = {view.name for view in live.views}
        for view in expected.views:
            if view.name not in views and self._is_read_by(view.definition):
                yield "view", view.name
        signatures = {(one.name, one.arguments) for one in live.functions}
        for one in expected.functions:
            if (one.name, one.arguments) not in signatures and self._is_in(one.definition):
                yield "function", one.name

    def _of_table(self, table: Table, live: Table) -> Iterator[Gone]:
        own = self._columns(table.name)
        there = {column.name for column in live.columns}
        for column in table.columns:
            if column.name not in there and self._is_in(
                f"{column.type} {column.generated}", columns=own
            ):
                yield "column", table.name, column.name
        names = names_of(live)
        for constraint in table.constraints:
            if constraint.name not in names and self._takes(constraint, own):
                yield "member", table.name, constraint.name
                yield "key", table.name, *constraint.columns
        members: tuple[Index | Trigger, ...] = (*table.indexes, *table.triggers)
        for one in members:
            if one.name not in names and (
                self._is_in(one.definition) or self._is_in(expression(one), columns=own)
            ):
                yield "member", table.name, one.name

    def _columns(self, table: str) -> list[str]:
        return [one[2] for one in self.gone if one[0] == "column" and one[1] == table]

    def _is_in(self, text: str, columns: Iterable[str] = ()) -> bool:
        return any(has(text, name) for name in self._names()) or any(
            has_column(text, column) for column in columns
        )

    def _names(self) -> Iterator[Name]:
        for kind, name, *_ in self.gone:
            if kind in ("enum", "table", "view", "function"):
                yield self.schema, name
            elif kind == "operator class":
                # An extension may have been installed in any schema.
                yield (name,)
                yield self.schema, name
                yield "public", name

    def _takes(self, constraint: Constraint, own: Iterable[str]) -> bool:
        if any(column in constraint.columns for column in own) or self._is_in(
            constraint.definition
        ):
            return True
        if constraint.references is None:
            return False
        refers_to = referenced(constraint)
        return any(column in refers_to for column in self._columns(constraint.references)) or any(
            one[0] == "key" and one[1] == constraint.references and {*one[2:]} == {*refers_to}
            for one in self.gone
        )

    def _is_read_by(self, definition: str) -> bool:
        query = view_query(definition, self.schema)
        return self._is_in(definition) or any(
            query.reads(one[1], one[2]) for one in self.gone if one[0] == "column"
        )
