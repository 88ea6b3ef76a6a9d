"""Write docs/schema.md from the generated catalog and manifest: schema_docs.py FILE."""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from attune_queries.catalog import CATALOG, Column, Constraint, Table, View
from attune_queries.manifest import QUERIES

_SHORT = {"timestamp with time zone": "timestamptz"}


def render() -> Iterator[str]:
    """Yield the lines of the page."""
    yield "<!-- Written by `make generate` from schema/ and queries/. Do not edit. -->"
    yield from ("", "# The schema", "")
    yield f"All objects are in the PostgreSQL schema `{CATALOG.schema}`."
    yield from ("", *_diagram(), "", "## Tables", "")
    yield "In addition to the queries named here, the `update` of its repository writes each table."
    for table in CATALOG.tables:
        yield from ("", *_table(table))
    yield from ("", "## Views")
    for view in CATALOG.views:
        yield from ("", *_view(view))
    yield from ("", "## Enums")
    for enum in CATALOG.enums:
        yield from ("", f"### {enum.name}", "", enum.comment or "", "")
        yield from (f"{number}. `{label}`" for number, label in enumerate(enum.labels, 1))
    yield from ("", "## Functions", "")
    yield from _rows(
        ("function", "what it does", "queries"),
        (
            (f"`{one.name}({one.arguments})`", one.comment or "", _list(_mentioning(one.name)))
            for one in CATALOG.functions
        ),
    )


def _diagram() -> Iterator[str]:
    yield "```mermaid"
    yield "erDiagram"
    for table in CATALOG.tables:
        yield f"    {table.name} {{"
        for column in table.columns:
            keys = ", ".join(_keys(table, column))
            yield f"        {_type(column)} {column.name} {keys}".rstrip()
        yield "    }"
    for table in CATALOG.tables:
        for constraint in table.constraints:
            if constraint.references is not None:
                parent = constraint.references.rpartition(".")[2]
                ends = f"{_parent_end(table, constraint)}--{_child_end(table, constraint)}"
                yield f"    {parent} {ends} {table.name} : {constraint.columns[0]}"
    yield "```"


def _parent_end(table: Table, constraint: Constraint) -> str:
    """Return whether a row has exactly one parent, or perhaps none."""
    required = all(column.not_null for column in table.columns if column.name in constraint.columns)
    return "||" if required else "|o"


def _child_end(table: Table, constraint: Constraint) -> str:
    """Return whether a parent has any number of rows, or at most one."""
    once = any(
        one.kind == "unique" and one.columns == constraint.columns for one in table.constraints
    )
    return "o|" if once else "o{"


def _keys(table: Table, column: Column) -> Iterator[str]:
    marks = {"primary_key": "PK", "foreign_key": "FK", "unique": "UK"}
    for kind, mark in marks.items():
        for one in table.constraints:
            alone = kind == "foreign_key" or one.columns == (column.name,)
            if one.kind == kind and column.name in one.columns and alone:
                yield mark
                break


def _table(table: Table) -> Iterator[str]:
    yield from (f"### {table.name}", "", table.comment or "", "")
    yield from _columns(table.columns)
    yield from ("", "Constraints:", "")
    yield from (f"- `{one.name}`: `{one.definition}`" for one in table.constraints)
    if table.indexes:
        yield from ("", "Indexes:", "")
        yield from (f"- `{one.name}`: `{_index(one.definition)}`" for one in table.indexes)
    if table.triggers:
        yield from ("", "Triggers:", "")
        yield from (f"- `{one.name}`: `{_trigger(one.definition)}`" for one in table.triggers)
    writing = _mentioning(table.name, r"\b(?:INSERT INTO|UPDATE|DELETE FROM) ")
    reading = [name for name in _mentioning(table.name) if name not in writing]
    yield from ("", f"Read by {_list(reading)}.", "", f"Written by {_list(writing)}.")


def _view(view: View) -> Iterator[str]:
    yield from (f"### {view.name}", "", view.comment or "", "")
    yield from _columns(view.columns, defaults=False)
    yield from ("", f"Read by {_list(_mentioning(view.name))}.", "", "```sql")
    yield from (view.definition.strip(), "```")


def _columns(columns: Iterable[Column], *, defaults: bool = True) -> Iterator[str]:
    if not defaults:
        head = ("column", "type", "what it holds")
        yield from _rows(head, ((f"`{c.name}`", f"`{_type(c)}`", c.comment or "") for c in columns))
        return
    yield from _rows(
        ("column", "type", "null", "default", "what it holds"),
        (
            (
                f"`{column.name}`",
                f"`{_type(column)}`",
                "" if column.not_null else "yes",
                _default(column),
                column.comment or "",
            )
            for column in columns
        ),
    )


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for row in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _type(column: Column) -> str:
    name = _SHORT.get(column.type, column.type)
    return name.removeprefix(f"{CATALOG.schema}.")


def _default(column: Column) -> str:
    if column.identity:
        return "identity"
    if column.generated:
        return f"always `{column.generated}`"
    return "" if column.default is None else f"`{column.default}`"


def _index(definition: str) -> str:
    return definition.partition(" USING ")[2]


def _trigger(definition: str) -> str:
    return re.sub(r"^CREATE TRIGGER \S+ | ON \S+", "", definition)


def _mentioning(name: str, before: str = "") -> list[str]:
    """Return the queries that name this object."""
    pattern = re.compile(rf"{before}{CATALOG.schema}\.{name}\b", re.IGNORECASE)
    return [f"`{query.module}.{query.function}`" for query in QUERIES if pattern.search(query.sql)]


def _list(names: list[str]) -> str:
    return ", ".join(names) or "no query"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text("\n".join(render()) + "\n")
