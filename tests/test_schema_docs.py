"""docs/schema.md is complete. `make verify` checks that it is up to date."""

import re
from pathlib import Path
from typing import Any

from attune_queries.catalog import CATALOG
from attune_queries.manifest import QUERIES

PAGE = (Path(__file__).parent.parent / "docs/schema.md").read_text()


def section(name: str) -> str:
    """Return the text below a heading of the third level."""
    found = re.search(rf"^### {name}\n(.*?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return found[1]


def test_every_table_is_complete() -> None:
    for table in CATALOG.tables:
        text = section(table.name)
        assert table.comment is not None
        assert table.comment in text
        for column in table.columns:
            assert f"| `{column.name}` |" in text
            assert column.comment is not None
            assert column.comment in text
        named: tuple[Any, ...] = (*table.constraints, *table.indexes, *table.triggers)
        for name in (one.name for one in named):
            assert f"- `{name}`: " in text


def test_every_view_enum_and_function_is_listed() -> None:
    for view in CATALOG.views:
        assert all(f"| `{column.name}` |" in section(view.name) for column in view.columns)
    for enum in CATALOG.enums:
        assert all(f". `{label}`\n" in section(enum.name) for label in enum.labels)
    for function in CATALOG.functions:
        assert f"| `{function.name}(" in PAGE


def test_every_query_is_named_where_it_reads_or_writes() -> None:
    for query in QUERIES:
        if not re.search(rf"(?i)\b(from|into|update|join)\s+{CATALOG.schema}\.", query.sql):
            continue  # it asks the server about itself
        assert f"`{query.module}.{query.function}`" in PAGE


def test_the_picture_has_every_foreign_key() -> None:
    picture = PAGE.split("```mermaid")[1].split("```")[0]
    for table in CATALOG.tables:
        for one in table.constraints:
            if one.references is not None:
                parent = one.references.removeprefix(f"{CATALOG.schema}.")
                line = rf"^    {parent} \S+ {table.name} : {one.columns[0]}$"
                assert re.search(line, picture, re.MULTILINE), line
