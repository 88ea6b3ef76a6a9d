"""Options that match nothing, most often because of a misspelling."""

from collections.abc import Iterator

from .planner import Planner
from .problems import Problem, suggestion
from .request import SYSTEM_SCHEMAS


def unmatched(planner: Planner) -> Iterator[Problem]:
    """Return the overrides and the keys of `rename` that match nothing."""
    overrides = {item.column: item for item in planner.options.overrides if item.column}
    columns = set(_columns(planner)) if overrides else set[tuple[str, str, str]]()
    for name, override in overrides.items():
        if not any(override.applies(*column) for column in columns):
            yield Problem(
                f"overrides: {name}: no such column{suggestion(name, _written(columns, name))}"
            )
    if planner.problems:
        return  # The queries that are refused may match the rest.
    types = planner.types
    for name in types.unmatched():
        yield Problem(
            f"overrides: {name}: no column or parameter has this type{suggestion(name, types.names())}"
        )
    for name in sorted(planner.options.rename.keys() - planner.asked):
        yield Problem(
            f"rename: {name}: no such table, enum, column, parameter or query"
            f"{suggestion(name, planner.asked)}"
        )


def _columns(planner: Planner) -> Iterator[tuple[str, str, str]]:
    """Return all columns of tables and views."""
    for key in planner.tables.keys() | planner.database.relations.keys():
        table = planner.tables.get(key)
        for column in table.columns if table is not None else planner.attributes(key):
            yield *key, column.name


def _written(columns: set[tuple[str, str, str]], like: str) -> Iterator[str]:
    """Return the columns in each form in which they may be written, and all columns of a table at once."""
    for schema, table, column in columns:
        if schema in SYSTEM_SCHEMAS:
            continue
        prefix = "" if schema == "public" and like.count(".") < 2 else f"{schema}."
        yield f"{prefix}{table}.{'*' if like.endswith('.*') else column}"
