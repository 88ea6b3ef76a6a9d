"""The effect of an added column on the rows that the code inserts without it."""

import re
from collections.abc import Iterable
from dataclasses import replace

from attune_queries.catalog import Column, Table
from psycopg.sql import Identifier

from attune_store._drift.dependents import expression
from attune_store._drift.names import has_column
from attune_store._drift.report import Report
from attune_store._drift.severity import gives_null, has_value, refuses
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store.errors import Severity

# A constraint that is NOT ENFORCED refuses nothing.
_CHECK = r"CHECK (\(.*\))(?: NO INHERIT)?(?: NOT VALID)?"


def consequence(
    report: Report, state: State, expected: Table, live: Table, column: Column
) -> Severity:
    """Return the effect of an added column, with all of its constraints, on an INSERT."""
    filled = is_filled(state, live.name, column.name)
    if (live.name, column.name) in [
        (one.relation, one.column_name) for one in state.refused_defaults
    ]:
        return Severity.BREAKING
    if column.not_null and not has_value(column):
        return Severity.RISKY if filled else Severity.BREAKING
    same_for_all = column.default is not None and not _is_computed(column)
    once = any(one.kind == "unique" and one.columns == (column.name,) for one in live.constraints)
    if same_for_all and once:
        return Severity.BREAKING
    strict = [one.name for one in state.all_domains if one.not_null]
    if column.default is None and not column.generated and column.type in strict:
        return Severity.RISKY if filled else Severity.BREAKING
    if column.generated and column.not_null and gives_null(report, expected, column.generated):
        return Severity.BREAKING
    tried = _tried(report, expected, live, column)
    if tried is not None:
        return Severity.RISKY if filled else tried
    known = {one.name for one in expected.columns}
    may_refuse = [bool(column.generated and column.not_null)] + [
        not known.isdisjoint(one.columns) if one.kind == "check" else same_for_all
        for one in live.constraints
        if column.name in one.columns and not one.definition.endswith(" NOT ENFORCED")
    ]
    may_refuse += [
        same_for_all and one.unique for one in live.indexes if column.name in one.columns
    ]
    return Severity.RISKY if any(may_refuse) else Severity.HARMLESS


def is_filled(state: State, table: str, column: str) -> bool:
    """Return whether a trigger sets the column of a new row, by an assignment, also of all columns, or by INTO."""
    new = rf'new(?:\."?{re.escape(column)}"?)?'
    assigns = re.compile(
        rf"(?:;|\b(?:begin|then|else|loop))\s*{new}\s*:?="
        rf"|\binto\s+(?:strict\s+)?(?:[\w.\"]+\s*,\s*)*{new}(?![\w.\"])",
        re.IGNORECASE,
    )
    return any(
        one.relation == table and assigns.search(re.sub(r"--.*", "", one.source))
        for one in state.insert_triggers
    )


def adopt(sides: Sides, expected: Table, live: Table, columns: Iterable[str]) -> None:
    """Expect added columns, with everything that belongs to them and to no known object."""
    added = set(columns)
    if not added:
        return
    constraints = {one.name for one in expected.constraints}
    indexes = {one.name for one in expected.indexes}
    new_constraints = tuple(
        one
        for one in live.constraints
        if one.name not in constraints and not added.isdisjoint(one.columns)
    )
    new_indexes = tuple(
        one
        for one in live.indexes
        if one.name not in indexes and any(has_column(expression(one), name) for name in added)
    )
    sides.expect(
        expected.name,
        lambda one: replace(
            one,
            constraints=(*one.constraints, *new_constraints),
            indexes=(*one.indexes, *new_indexes),
        ),
    )


def _tried(report: Report, expected: Table, live: Table, column: Column) -> Severity | None:
    """Try the value that an INSERT would store, and return the result, or None if nothing is known.

    The server raises an error for a value that its domain refuses, and returns false for one that a CHECK refuses.
    """
    known = {one.name for one in expected.columns}
    values = {
        one.name: f"CAST({one.default or 'NULL'} AS {one.type}) AS {Identifier(one.name).as_string()}"
        for one in live.columns
        if one.name not in known and not (one.identity or one.generated)
    }
    if column.name not in values:
        return None
    checks = [
        one
        for one in live.constraints
        if one.kind == "check" and column.name in one.columns and values.keys() >= {*one.columns}
    ]
    needed = dict.fromkeys([column.name, *(name for one in checks for name in one.columns)])
    row = ", ".join(values[name] for name in needed)
    parts = [re.fullmatch(_CHECK, one.definition, re.DOTALL) for one in checks]
    kept = " AND ".join(["true", *(f"{part[1]} IS NOT FALSE" for part in parts if part)])
    answer = report.ask(f"SELECT {kept}, added.* FROM (SELECT {row}) AS added")
    if answer.row[:1] == (False,) or refuses(answer.sqlstate):
        return Severity.BREAKING
    return Severity.RISKY if answer.sqlstate in ("42501", "57014") else None


def _is_computed(column: Column) -> bool:
    """Return whether a function computes the value, like now(), so that it may differ each time."""
    return "(" in re.sub(r"'[^']*'", "", column.default or "")
