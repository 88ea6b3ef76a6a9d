"""What depends on a column whose type was changed."""

from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from attune_queries.catalog import Column, Constraint, Index, Table, Trigger, View

from attune_store._drift.dependents import Names, expression, referenced
from attune_store._drift.names import has_column, view_query, without_casts
from attune_store._drift.sides import Sides

T = TypeVar("T", Column, Constraint, Index, Trigger)


def accept_retyped(sides: Sides, table: str, column: Column, other: Column) -> list[Names]:
    """Expect the live form of what reads a column, if only the column's type can have changed it.

    Return what queries mention of the views that read it.
    """
    (live,) = (one for one in sides.live.tables if one.name == table)
    sides.expect(table, partial(_of_table, live=live, column=column.name))
    there = {view.name: view for view in sides.live.views}
    read, views = list[Names](), list[View]()
    for view in sides.expected.views:
        reads = view_query(view.definition, sides.schema).reads(table, column.name)
        new = (
            _of_view(view, there[view.name], column, other)
            if reads and view.name in there
            else view
        )
        read += [
            (f"{sides.schema}.{view.name}", it.name) for it in view.columns if it not in new.columns
        ]
        views.append(new)
    sides.expected = replace(sides.expected, views=tuple(views))
    return read


def once_restored(sides: Sides, one: Constraint | Index, table: str, remedy: str) -> str:
    """Return the remedy, with the advice to restore the types of the columns first on which it depends."""
    text = (
        expression(one) if isinstance(one, Index) else one.definition.partition(" REFERENCES ")[0]
    )
    names = [it for it in sorted(sides.retyped.get(table, ())) if has_column(text, it)]
    if isinstance(one, Constraint) and one.references is not None:
        of_key = sides.retyped.get(one.references, set()).intersection(referenced(one))
        names += [f"{one.references}.{it}" for it in sorted(of_key)]
    if not names:
        return remedy
    return f"restore the type of {' and '.join(names)}, and run {remedy}"


def _of_view(view: View, live: View, column: Column, other: Column) -> View:
    new = {it.name for it in live.columns if it.type == other.type}
    columns = (
        replace(it, type=other.type) if it.type == column.type and it.name in new else it
        for it in view.columns
    )
    return replace(view, columns=tuple(columns))


def _of_table(one: Table, live: Table, column: str) -> Table:
    return replace(
        one,
        columns=_accepted(one.columns, live.columns, column),
        constraints=_accepted(one.constraints, live.constraints, column),
        indexes=_accepted(one.indexes, live.indexes, column),
        triggers=_accepted(one.triggers, live.triggers, column),
    )


def _accepted(expected: tuple[T, ...], live: tuple[T, ...], column: str) -> tuple[T, ...]:
    there = {one.name: one for one in live}
    return tuple(_as_retyped(one, there.get(one.name), column) for one in expected)


def _as_retyped(one: T, live: T | None, column: str) -> T:
    part = "generated" if isinstance(one, Column) else "definition"
    text, there = (getattr(side, part, None) for side in (one, live))
    if not (text and there) or without_casts(text) != without_casts(there):
        return one
    read = expression(one) if isinstance(one, Index | Trigger) else text
    changes: dict[str, Any] = {part: there}
    return replace(one, **changes) if has_column(read, column) else one
