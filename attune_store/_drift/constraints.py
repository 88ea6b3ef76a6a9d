"""Compare constraints, and the operator classes that indexes need."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import partial

from attune_queries.catalog import Constraint, Index, Table
from attune_queries.check import ListOperatorClassesRow

from attune_store._drift.dependents import referenced
from attune_store._drift.matching import match, renamed
from attune_store._drift.remedies import renaming, restoring
from attune_store._drift.report import Report
from attune_store._drift.retyped import once_restored
from attune_store._drift.severity import is_computed, refuses_row
from attune_store._drift.sides import KEYS, Sides
from attune_store._drift.state import State
from attune_store._drift.wording import ADOPT, in_sql, quoted
from attune_store.errors import Severity


def compare_operator_classes(
    report: Report, sides: Sides, there: Collection[ListOperatorClassesRow]
) -> None:
    """Report operator classes that the expected indexes need and no extension provides.

    Expect others in the schema that has them.
    """
    tables = sides.expected.tables
    ours_last = sorted(there, key=lambda one: one.schema_name == sides.schema)
    homes = {one.name: f"{quoted(one.schema_name)}.{one.name}" for one in ours_last}

    def at_home(index: Index) -> Index:
        definition = re.sub(
            rf"\b{sides.schema}\.(\w+_ops)\b", lambda it: homes.get(it[1], it[0]), index.definition
        )
        return replace(index, definition=definition)

    for table in tables:
        sides.expect(table.name, lambda it: replace(it, indexes=tuple(map(at_home, it.indexes))))
    definitions = " ".join(index.definition for table in tables for index in table.indexes)
    for name in sorted(set(re.findall(r"\w+_ops\b", definitions)) - homes.keys()):
        report.add(
            Severity.RISKY,
            f"operator class {name}",
            "present",
            None,
            "install the extension that provides it, then restore its indexes",
            mentioned=sides.drop(("operator class", name)),
        )


def compare_constraints(report: Report, sides: Sides, state: State) -> None:
    """Report the differences, keys first, because foreign keys depend on them."""
    for keys in True, False:
        for expected, live in sides.pairs():
            pairs = match(
                expected.constraints, live.constraints, key=lambda it: it.name, content=_content
            )
            table = f"{sides.schema}.{live.name}"
            rename = partial(_renaming, sides, live.name)
            renames = renaming(renamed(pairs), rename, f"constraint {table}.")
            for one, other in pairs:
                if one is not None:
                    if (one.kind in KEYS) == keys and other != one:
                        _compare(report, sides, state, live, one, other, renames)
                elif other is not None and (other.kind in KEYS) == keys:
                    _compare_extra(report, sides, state, expected, live, other)


def _renaming(sides: Sides, table: str, name: str, new: str) -> str:
    rename = f"RENAME CONSTRAINT {in_sql(name, alone=True)} TO {new}"
    return f"{sides.room_for(new, table)}ALTER TABLE {sides.schema}.{table} {rename}"


def _content(constraint: Constraint) -> tuple[str, bool]:
    return without_settings(constraint.definition), constraint.validated


def _compare(
    report: Report,
    sides: Sides,
    state: State,
    live: Table,
    one: Constraint,
    other: Constraint | None,
    renames: Mapping[str, str],
) -> None:
    table = f"{sides.schema}.{live.name}"
    severity, expected, remedy = Severity.RISKY, one.definition, ADOPT
    redefined = other is None or _content(other) != _content(one)
    found: str | None
    if other is None and (substitute := _substitute(live, one)) is not None:
        found = substitute.definition
        sides.see(
            live.name,
            lambda it: replace(
                it, indexes=tuple(index for index in it.indexes if index != substitute)
            ),
        )
    elif other is None:
        found, remedy = None, once_restored(sides, one, live.name, _restoring(sides, live, one))
    elif other.name != one.name:
        found, remedy = f"renamed to {quoted(other.name)}", renames[one.name]
    elif other.definition == f"{one.definition} NOT VALID":
        found = other.definition
        remedy = f"ALTER TABLE {table} VALIDATE CONSTRAINT {one.name}"
    elif other.definition == one.definition:
        expected, found = "a valid index", "one that is not valid"
        remedy = f"REINDEX INDEX CONCURRENTLY {sides.schema}.{one.name}"
        redefined = False
    else:
        found = other.definition
        if not redefined:
            severity = Severity.HARMLESS
        elif (remedy := _restoring(sides, live, one)) != ADOPT:
            remedy = f"ALTER TABLE {table} DROP CONSTRAINT {one.name}; {remedy}"
            remedy = once_restored(sides, one, live.name, remedy)
        if redefined and one.references and other.references and _refers_elsewhere(one, other):
            severity = Severity.BREAKING
    if one.kind in KEYS and is_missed(report, table, live, one.columns):
        severity = Severity.BREAKING
    if one.kind == "primary_key" and _identifies(state, live):
        severity = Severity.BREAKING
    if one.kind in KEYS and redefined:  # Foreign keys were dropped with the key.
        sides.drop(("key", live.name, *one.columns))
    report.add(
        severity,
        f"constraint {table}.{one.name}",
        expected,
        found,
        remedy,
        touches=report.touched(table, "INSERT INTO"),
        mentioned=[(table,)] if one.kind in KEYS else (),
    )


def _identifies(state: State, live: Table) -> bool:
    """Return whether a publication identifies rows by a primary key that is missing, so that it refuses changes."""
    by_key = any(it.relation == live.name and it.identity == "d" for it in state.published)
    return by_key and all(it.kind != "primary_key" for it in live.constraints)


def _restoring(sides: Sides, live: Table, one: Constraint) -> str:
    """Return the statements that create the constraint, and the foreign keys to it, or an advice."""
    if one.kind not in KEYS:
        return restoring(sides, ("member", live.name, one.name))
    if is_partitioned(live):
        return ADOPT
    return restoring(sides, ("member", live.name, one.name), ("key", live.name, *one.columns))


def _refers_elsewhere(one: Constraint, other: Constraint) -> bool:
    """Return whether a foreign key refers to another table or column, so that it refuses what we write."""
    pairs = ({*zip(it.columns, referenced(it), strict=False)} for it in (one, other))
    return one.references != other.references or not next(pairs) >= next(pairs)


def _compare_extra(
    report: Report,
    sides: Sides,
    state: State,
    expected: Table,
    live: Table,
    constraint: Constraint,
) -> None:
    if (index := _replaced(expected, live, constraint)) is not None:
        _report_replaced(report, sides, live, index, constraint)
        return
    table, found = f"{sides.schema}.{live.name}", constraint.definition
    severity = _of_extra(report, expected, live, constraint)
    remedy = "drop it if it refuses what the code writes, or add it to schema/"
    if (grant := granting(state, live, constraint.name)) is not None:
        severity, found = Severity.BREAKING, f"{found}, with a function that the role may not call"
        remedy = f"drop it, or run {grant}"
    report.add(severity, f"constraint {table}.{quoted(constraint.name)}", None, found, remedy)


def _replaced(expected: Table, live: Table, constraint: Constraint) -> Index | None:
    """Return the unique index that is missing because a constraint is there instead."""
    there = {index.name for index in live.indexes}
    for one in expected.indexes:
        is_missing = one.unique and one.name not in there
        if is_missing and constraint.kind == "unique" and {*one.columns} == {*constraint.columns}:
            return one
    return None


def _report_replaced(
    report: Report, sides: Sides, live: Table, index: Index, constraint: Constraint
) -> None:
    table = f"{sides.schema}.{live.name}"
    drop = f"ALTER TABLE {table} DROP CONSTRAINT {in_sql(constraint.name, alone=True)}"
    report.add(
        Severity.BREAKING if is_missed(report, table, live, index.columns) else Severity.RISKY,
        f"index {table}.{index.name}",
        index.definition,
        f"the constraint {quoted(constraint.name)} {constraint.definition}",
        f"{drop}; {index.definition}",
        touches=report.touched(table, *index.columns),
        mentioned=[(table,)],
    )
    sides.expect(
        live.name,
        lambda it: replace(it, indexes=tuple(one for one in it.indexes if one != index)),
    )


def _of_extra(report: Report, expected: Table, live: Table, constraint: Constraint) -> Severity:
    """Return what an additional constraint refuses."""
    definition = constraint.definition.removesuffix(" NOT VALID")
    if definition.endswith(" NOT ENFORCED") or is_implied(live, constraint):
        return Severity.HARMLESS
    if definition in [one.definition for one in expected.constraints]:
        return Severity.HARMLESS
    if constraint.kind == "check":
        condition = definition.removeprefix("CHECK ").removesuffix(" NO INHERIT")
        refuses = refuses_row(report, live, condition)
        if refuses:
            return Severity.BREAKING
        if refuses is False and not (constraint.columns or is_computed(condition)):
            return Severity.HARMLESS
    return Severity.RISKY


def granting(state: State, table: Table, name: str) -> str | None:
    """Return the statement that lets the role call the functions of a constraint or an index, if it may not."""
    for one in state.refused_checks:
        if (one.relation, one.name) == (table.name, name):
            return f"GRANT EXECUTE ON FUNCTION {one.functions} TO {state.role.identifier}"
    return None


def is_implied(live: Table, one: Constraint | Index) -> bool:
    """Return whether something else refuses all that a constraint or a unique index refuses."""
    given = {column.name for column in live.columns if column.not_null and column.validated}
    if column := column_that_is_given(one):
        return column in given
    if isinstance(one, Constraint) and one.kind not in ("primary_key", "unique"):
        return False
    columns = {*one.columns} if isinstance(one, Constraint) else _plain_columns(one)
    others = [{*its} for name, its in keys(live) if name != one.name]
    needed = given if "NULLS NOT DISTINCT" in one.definition else columns
    return any(its <= columns and its <= needed for its in others)


def column_that_is_given(one: Constraint | Index) -> str | None:
    """Return the column of a constraint that only refuses NULLs."""
    kept = re.fullmatch(
        r"CHECK \(\((.*) IS NOT NULL\)\)(?: NO INHERIT)?(?: NOT VALID)?", one.definition
    )
    return one.columns[0] if kept and kept[1] in map(quoted, one.columns) else None


def keys(live: Table) -> list[tuple[str, Collection[str]]]:
    """Return the names and the columns of the unique keys of the table that apply to all rows."""
    constraints = [
        (one.name, one.columns)
        for one in live.constraints
        if one.kind in {"primary_key", "unique"}
        and one.validated
        and "DEFERRABLE" not in one.definition
    ]
    indexes = [
        (index.name, columns) for index in live.indexes if (columns := unique_columns(index))
    ]
    return [*constraints, *indexes]


def is_missed(report: Report, table: str, live: Table, columns: Collection[str]) -> bool:
    """Return whether an ON CONFLICT names the columns, and there is no index that it could use."""
    return report.is_arbiter(table, columns) and not any(
        {*its} == {*columns} for _, its in keys(live)
    )


def is_partitioned(live: Table) -> bool:
    """Return whether the table accepts only keys that contain its partition columns."""
    return any(one.startswith("PARTITION BY ") for one in live.options)


def _substitute(table: Table, constraint: Constraint) -> Index | None:
    """Return the index that replaces the constraint of the expected table."""
    if constraint.kind not in KEYS:
        return None
    named = [one for one in table.indexes if one.name == constraint.name]
    covering = [one for one in table.indexes if unique_columns(one) == {*constraint.columns}]
    return next(iter(named + covering), None)


def unique_columns(index: Index) -> set[str]:
    """Return the columns in which the index allows no two equal rows, or none."""
    _, _, rest = index.definition.partition(" USING btree (")
    inside, _, tail = rest.partition(")")
    if not (index.unique and index.valid) or " WHERE " in tail:
        return set()
    names = [key.split()[0].strip('"') for key in inside.split(", ") if key]
    return set(names) if {*names} <= {*index.columns} else set()


def _plain_columns(index: Index) -> set[str]:
    """Return the columns in which two rows are equal that the index refuses, whatever its expressions are."""
    included = re.search(r" INCLUDE \(([^()]*)\)", index.definition)
    count = len(index.columns) - (included[1].count(", ") + 1 if included else 0)
    return set() if " COLLATE " in index.definition else {*index.columns[:count]}


def without_settings(definition: str) -> str:
    """Return the definition without storage parameters, which affect no query."""
    return re.sub(r" WITH \([^()]*\)", "", definition)
