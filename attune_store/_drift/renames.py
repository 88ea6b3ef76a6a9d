"""Replace the names of objects in a catalog, wherever they are mentioned."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from attune_queries.catalog import Catalog, Column, Constraint, Index, Table, Trigger, View

from attune_store._drift.names import (
    Name,
    around,
    replaced,
    view_query,
    with_columns,
    with_qualified,
)


def with_objects(catalog: Catalog, new: Mapping[str, str]) -> Catalog:
    """Return the catalog with other names for types, tables, views or functions where they are mentioned."""
    return _rewritten(catalog, lambda text: with_qualified(text, catalog.schema, new))


def with_moved(catalog: Catalog, schema: str, moved: str) -> Catalog:
    """Return the catalog with an object of another schema mentioned as one of its own."""

    def own(name: Name, _: re.Match[str]) -> Name:
        return (catalog.schema, *name[1:]) if name[:2] == (schema, moved) else name

    return _rewritten(catalog, lambda text: replaced(text, own))


def with_labels(catalog: Catalog, enum: str, new: Mapping[str, str]) -> Catalog:
    """Return the catalog with other labels of an enum where they are mentioned."""
    mention = f"::{catalog.schema}.{enum}"

    def relabelled(text: str) -> str:
        for label, other in new.items():
            before, after = (one.replace("'", "''") for one in (label, other))
            text = text.replace(f"'{before}'{mention}", f"'\0{after}'{mention}")
        return text.replace("\0", "")

    return _rewritten(catalog, relabelled)


def with_table(catalog: Catalog, name: str, new: str) -> Catalog:
    """Return the catalog with a renamed table, which replaces the one with that name."""

    def refers(one: Constraint) -> Constraint:
        return replace(one, references=new) if one.references == name else one

    tables = tuple(
        replace(
            table,
            name=new if table.name == name else table.name,
            constraints=tuple(map(refers, table.constraints)),
        )
        for table in catalog.tables
        if table.name != new
    )
    views = tuple(view for view in catalog.views if view.name != new)
    return with_objects(replace(catalog, tables=tables, views=views), {name: new})


def with_columns_of(catalog: Catalog, name: str, new: Mapping[str, str]) -> Catalog:
    """Return the catalog with other names for columns of a table, wherever they are mentioned."""

    def of_table(table: Table) -> Table:
        def of_constraint(one: Constraint) -> Constraint:
            return _constraint_with(
                one, new, own=table.name == name, referring=one.references == name
            )

        table = replace(table, constraints=tuple(map(of_constraint, table.constraints)))
        if table.name != name:
            return table
        return replace(
            table,
            columns=tuple(_column_with(one, new) for one in table.columns),
            indexes=tuple(_index_with(one, new) for one in table.indexes),
            triggers=tuple(_trigger_with(one, new) for one in table.triggers),
        )

    def of_view(view: View) -> View:
        query = view_query(view.definition, catalog.schema)
        return replace(view, definition=query.with_columns(name, new))

    return replace(
        catalog,
        tables=tuple(map(of_table, catalog.tables)),
        views=tuple(map(of_view, catalog.views)),
    )


def _rewritten(catalog: Catalog, new: Callable[[str], str]) -> Catalog:
    """Return the catalog with all of its texts rewritten. Names do not change."""

    def of_column(column: Column) -> Column:
        return replace(
            column,
            type=new(column.type),
            default=column.default and new(column.default),
            generated=column.generated and new(column.generated),
        )

    def of_table(table: Table) -> Table:
        return replace(
            table,
            columns=tuple(map(of_column, table.columns)),
            constraints=tuple(
                replace(it, definition=new(it.definition)) for it in table.constraints
            ),
            indexes=tuple(replace(it, definition=new(it.definition)) for it in table.indexes),
            triggers=tuple(replace(it, definition=new(it.definition)) for it in table.triggers),
            options=tuple(map(new, table.options)),
        )

    def of_function(definition: str) -> str:
        head, is_text, body = definition.partition("\nAS $")
        return new(head) + is_text + body  # in which a rename changes nothing

    def of_view(view: View) -> View:
        columns = tuple(map(of_column, view.columns))
        return replace(view, definition=new(view.definition), columns=columns)

    return replace(
        catalog,
        tables=tuple(map(of_table, catalog.tables)),
        views=tuple(map(of_view, catalog.views)),
        functions=tuple(
            replace(it, arguments=new(it.arguments), definition=of_function(it.definition))
            for it in catalog.functions
        ),
    )


def _column_with(column: Column, new: Mapping[str, str]) -> Column:
    name = new.get(column.name, column.name)
    return replace(
        column, name=name, generated=column.generated and with_columns(column.generated, new)
    )


def _constraint_with(
    constraint: Constraint, new: Mapping[str, str], *, own: bool, referring: bool
) -> Constraint:
    before, refers, after = constraint.definition.partition(" REFERENCES ")
    columns = constraint.columns
    if own:
        before = with_columns(before, new)
        columns = tuple(new.get(name, name) for name in columns)
    if referring:
        table, _, rest = after.partition("(")
        inside, _, tail = rest.partition(")")
        after = f"{table}({with_columns(inside, new)}){tail}"
    return replace(constraint, columns=columns, definition=f"{before}{refers}{after}")


def _index_with(index: Index, new: Mapping[str, str]) -> Index:
    before, using, after = index.definition.partition(" USING ")
    return replace(
        index,
        columns=tuple(new.get(name, name) for name in index.columns),
        definition=f"{before}{using}{with_columns(after, new)}",
    )


def _trigger_with(trigger: Trigger, new: Mapping[str, str]) -> Trigger:
    before, after = around(trigger.definition, trigger.name)
    name = trigger.definition[len(before) : len(trigger.definition) - len(after)]
    return replace(trigger, definition=f"{before}{name}{with_columns(after, new)}")
