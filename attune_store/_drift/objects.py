"""A catalog as a flat collection of objects."""

from dataclasses import replace
from typing import Any, Final, get_args

from attune_queries.catalog import (
    Catalog,
    Column,
    Constraint,
    Enum,
    Function,
    Index,
    Table,
    Trigger,
    View,
)

from attune_store._drift.names import canonical_view

Object = Table | Column | Constraint | Index | Trigger | View | Enum | Function
KINDS: Final[dict[str, type[Object]]] = {kind.__name__.lower(): kind for kind in get_args(Object)}

_OF_TABLES: Final = {
    "column": "columns",
    "constraint": "constraints",
    "index": "indexes",
    "trigger": "triggers",
}
_OTHERS: Final = {"view": "views", "enum": "enums", "function": "functions"}

# The maximum number of choices of renamed objects to try, to find the one by which most agrees.
MOST_CHOICES: Final = 100


def objects(catalog: Catalog) -> dict[str, Object]:
    """Return all objects of a catalog by name, without comments. A table is listed without its parts."""
    found: dict[str, Any] = {}
    for table in catalog.tables:
        found[f"table {table.name}"] = Table(table.name, (), options=table.options)
        for kind, members in _OF_TABLES.items():
            for one in getattr(table, members):
                found[f"{kind} {table.name} {one.name}"] = one
    for kind, members in _OTHERS.items():
        for one in getattr(catalog, members):
            found[f"{kind} {_name(one)}"] = one
    return {
        key: replace(one, comment=None) if hasattr(one, "comment") else one
        for key, one in found.items()
    }


def agreement(one: Catalog, other: Catalog) -> int:
    """Return how many objects, and columns of views, are the same in both."""
    ours, there = map(_parts, (one, other))
    return sum(there.get(key) == it for key, it in ours.items())


def _parts(catalog: Catalog) -> dict[str, Object]:
    columns = {f"{view.name}.{it.name}": it for view in catalog.views for it in view.columns}
    return {**objects(_with_canonical_views(catalog)), **columns}


def with_object(catalog: Catalog, key: str, one: Object | None) -> Catalog:
    """Return the catalog with an object as it was, or without it if that is None."""
    kind, name, *rest = key.split(" ", 2)
    changes: dict[str, Any]
    if kind in _OF_TABLES:
        changes = {
            "tables": tuple(_with_member(it, kind, name, rest[0], one) for it in catalog.tables)
        }
    elif kind == "table":
        there = next((table for table in catalog.tables if table.name == name), None)
        if there is not None and isinstance(one, Table):
            one = replace(there, options=one.options)
        changes = {"tables": _put(catalog.tables, name, one)}
    else:
        members = getattr(catalog, _OTHERS[kind])
        changes = {_OTHERS[kind]: _put(members, key.partition(" ")[2], one)}
    return replace(catalog, **changes)


def _with_canonical_views(catalog: Catalog) -> Catalog:
    views = (
        replace(view, definition=canonical_view(view.definition, catalog.schema))
        for view in catalog.views
    )
    return replace(catalog, views=tuple(views))


def _with_member(table: Table, kind: str, name: str, own: str, one: Object | None) -> Table:
    if table.name != name:
        return table
    members: dict[str, Any] = {_OF_TABLES[kind]: _put(getattr(table, _OF_TABLES[kind]), own, one)}
    return replace(table, **members)


def _put(members: tuple[Any, ...], name: str, one: Any) -> tuple[Any, ...]:
    if not any(_name(it) == name for it in members):
        return members if one is None else (*members, one)
    kept = (it for it in members if one is not None or _name(it) != name)
    return tuple(one if _name(it) == name else it for it in kept)


def _name(one: Any) -> str:
    return f"{one.name}({one.arguments})" if isinstance(one, Function) else str(one.name)
