"""The effect of an added column on the rows that the code inserts without it."""

import re
from collections.abc import Iterable
from dataclasses import replace

from attune_queries.catalog import Column, Table
from psycopg.sql import Identifier

from attune_store._drift.constraints import is_implied
from attune_store._drift.dependents import expression
from attune_store._drift.names import has_column
from attune_store._drift.report import Report
from attune_store._drift.severity import (
    gives_null,
    has_value,
    is_computed,
    is_filled,
    is_next,
    is_refused,
    refuses,
)
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.wording import in_sql
from attune_store.errors import Severity

# A constraint that is NOT ENFORCED refuses nothing.
_CHECK = r"CHECK (\(.*\))(?: NO INHERIT)?(?: NOT VALID)?"


def consequence(
    report: Report, state: State, expected: Table, live: Table, column: Column
) -> Severity:
    """Return the effect of an added column, with all of its constraints, on an INSERT."""
    filled = is_filled(state, live.name, column.name)
    if is_refused(state, live.name, column.name):
        return Severity.BREAKING
    if column.not_null and not has_value(column):
        return Severity.RISKY if filled else Severity.BREAKING
    same_for_all = column.default is not None and not is_computed(column.default)
    once = any(one.kind == "unique" and one.columns == (column.name,) for one in live.constraints)
    if same_for_all and once:
        return Severity.BREAKING
    strict = [one.name for one in state.all_domains if one.not_null]
    if column.default is None and not column.generated and column.type in strict:
        return Severity.RISKY if filled else Severity.BREAKING
    is_stored = column.generated and (column.not_null or not column.virtual)
    if is_stored and gives_null(report, live, column):
        return Severity.BREAKING
    tried = _tried(report, expected, live, column)
    if tried is not None:
        return Severity.RISKY if filled else tried
    known = {one.name for one in expected.columns}
    is_narrow = "(" in column.type or column.type in (
        one.name for one in state.all_domains if one.refuses
    )
    may_refuse = [bool(is_stored and (column.not_null or is_narrow))] + [
        not known.isdisjoint(one.columns) if one.kind == "check" else same_for_all
        for one in live.constraints
        if column.name in one.columns
        and not one.definition.endswith(" NOT ENFORCED")
        and not is_implied(live, one)
    ]
    may_refuse += [
        same_for_all and one.unique and not is_implied(live, one)
        for one in live.indexes
        if column.name in one.columns
    ]
    return Severity.RISKY if any(may_refuse) else Severity.HARMLESS


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
    if column.name not in values or is_next(column.default):
        return None
    checks = [
        one
        for one in live.constraints
        if one.kind == "check" and column.name in one.columns and values.keys() >= {*one.columns}
    ]
    needed = dict.fromkeys([column.name, *(name for one in checks for name in one.columns)])
    row = ", ".join(values[name] for name in needed)
    parts = [re.fullmatch(_CHECK, one.definition, re.DOTALL) for one in checks]
    conditions = [f"{part[1]} IS NOT FALSE" for part in parts if part]
    if column.not_null:
        conditions.append(f"{in_sql(column.name, alone=True)} IS NOT NULL")
    if length := re.fullmatch(r"character(?: varying)?\((\d+)\)", column.type):
        # A cast cuts what is too long, but an INSERT fails.
        text = f"rtrim(CAST({column.default or 'NULL'} AS text))"
        conditions.append(f"(char_length({text}) <= {length[1]}) IS NOT FALSE")
    kept = " AND ".join(["true", *conditions])
    answer = report.ask(f"SELECT {kept}, added.* FROM (SELECT {row}) AS added")
    if answer.row[:1] == (False,) or refuses(answer.sqlstate):
        return Severity.BREAKING
    return Severity.RISKY if answer.sqlstate in ("25006", "42501", "57014") else None
