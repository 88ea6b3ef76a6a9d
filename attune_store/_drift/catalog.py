"""Comparing two catalogs: the one that the code was generated from, and a live one."""

import re
from collections.abc import Sequence

from attune_queries.catalog import Catalog, Column, Enum, Function, Table, View

from attune_store._drift.difference import Severity
from attune_store._drift.matching import match
from attune_store._drift.members import compare_members
from attune_store._drift.report import Cause, Report
from attune_store._drift.state import State
from attune_store._drift.wording import ADOPT, IGNORE, RESTORE, describe, excerpts, quoted


def compare_catalogs(report: Report, expected: Catalog, live: Catalog, state: State) -> None:
    """Report what differs, causes before their consequences."""
    schema = expected.schema
    _compare_enums(report, schema, expected.enums, live.enums)
    _compare_functions(report, schema, expected.functions, live.functions)
    tables = _compare_tables(report, schema, expected.tables, live.tables)
    for ours, theirs in tables:
        _compare_columns(report, f"{schema}.{ours.name}", ours.columns, theirs.columns)
    compare_members(report, schema, tables, state)
    _compare_views(report, schema, expected.views, live.views)


def _compare_enums(
    report: Report, schema: str, ours: Sequence[Enum], theirs: Sequence[Enum]
) -> None:
    def labels(enum: Enum) -> str:
        return ", ".join(map(repr, enum.labels))

    for one, other in match(ours, theirs, key=lambda it: it.name, content=lambda it: it.labels):
        if one is None:
            assert other is not None
            name = f"enum {schema}.{quoted(other.name)}"
            report.add(Severity.HARMLESS, name, None, labels(other), IGNORE)
            continue
        name = f"{schema}.{one.name}"
        if other == one or report.explains("", name):
            continue
        if other is None:
            found, remedy, severity, causes = None, RESTORE, Severity.BREAKING, [Cause((name,))]
        elif other.name != one.name:
            found, remedy, severity = (
                f"renamed to {schema}.{quoted(other.name)}",
                ADOPT,
                Severity.BREAKING,
            )
            causes = [Cause((name,), removes=False)]
        elif other.labels != one.labels:
            gone = [label for label in one.labels if label not in other.labels]
            same = not gone and len(one.labels) == len(other.labels)
            found, remedy = labels(other), ADOPT
            severity = Severity.RISKY if same else Severity.BREAKING
            causes = [Cause((f"'{label}'",), removes=False) for label in gone]
        else:
            continue
        report.add(
            severity,
            f"enum {name}",
            labels(one),
            found,
            remedy,
            touches=report.touched(name),
            causes=causes,
        )


def _compare_functions(
    report: Report, schema: str, ours: Sequence[Function], theirs: Sequence[Function]
) -> None:
    def signature(function: Function) -> str:
        return f"{schema}.{quoted(function.name)}({function.arguments})"

    def nameless(function: Function) -> str:
        return re.sub(rf"\b{re.escape(function.name)}\b", "", function.definition)

    def key(function: Function) -> str:
        overloaded = any(_overloaded(function, side) for side in (ours, theirs))
        return signature(function) if overloaded else function.name

    for one, other in match(ours, theirs, key=key, content=nameless):
        if one is None:
            assert other is not None
            name = f"function {signature(other)}"
            report.add(Severity.HARMLESS, name, None, _returns(other), IGNORE)
            continue
        if other is not None and other.definition == one.definition:
            continue
        name, qualified = signature(one), f"{schema}.{one.name}"
        causes = [Cause((qualified,), removes=other is None)]
        if report.explains(one.definition, qualified, missing=other is None, causes=causes):
            continue
        touches = report.touched(qualified)
        if other is None or signature(other) != name:
            found = None if other is None else f"altered to {signature(other)}"
            remedy = RESTORE if other is None else ADOPT
            report.add(
                Severity.BREAKING if other is None and touches else Severity.RISKY,
                f"function {name}",
                _returns(one),
                found,
                remedy,
                touches=touches,
                causes=causes,
            )
        else:
            expected, found = excerpts(one.definition, other.definition)
            report.add(Severity.RISKY, f"function {name}", expected, found, ADOPT, touches=touches)


def _overloaded(function: Function, functions: Sequence[Function]) -> bool:
    return sum(one.name == function.name for one in functions) > 1


def _returns(function: Function) -> str:
    lines = function.definition.splitlines()
    return next((line.strip() for line in lines if "RETURNS" in line), "a procedure")


def _compare_tables(
    report: Report, schema: str, ours: Sequence[Table], theirs: Sequence[Table]
) -> list[tuple[Table, Table]]:
    """Report missing, extra and renamed tables; return the pairs that are both there."""

    def columns(table: Table) -> tuple[str, ...]:
        return tuple(f"{column.name} {describe(column)}" for column in table.columns)

    def names(table: Table) -> str:
        return f"({', '.join(column.name for column in table.columns)})"

    both: list[tuple[Table, Table]] = []
    for one, other in match(ours, theirs, key=lambda it: it.name, content=columns):
        if one is not None and other is not None and one.name == other.name:
            both.append((one, other))
        elif one is None:
            assert other is not None
            name = f"table {schema}.{quoted(other.name)}"
            report.add(Severity.HARMLESS, name, None, names(other), IGNORE)
        else:
            name = f"{schema}.{one.name}"
            if report.explains("", name):
                continue
            report.add(
                Severity.BREAKING,
                f"table {name}",
                names(one),
                None if other is None else f"renamed to {schema}.{quoted(other.name)}",
                ADOPT if other else RESTORE,
                touches=report.touched(name),
                causes=[Cause((name,), removes=other is None)],
            )
    return both


def _compare_columns(
    report: Report, table: str, ours: Sequence[Column], theirs: Sequence[Column]
) -> None:
    gone = {one.name for one in ours} - {other.name for other in theirs}
    new = {other.name for other in theirs} - {one.name for one in ours}
    place = {other.name: (_before(theirs, other), describe(other)) for other in theirs}
    by_name = {other.name: other for other in theirs}
    for one in ours:
        name, expected = f"column {table}.{one.name}", describe(one)
        if one.name in gone:
            if report.explains(
                f"{table} {expected}",
                table,
                one.name,
                missing=True,
                causes=[Cause((table, one.name))],
            ):
                continue
            stands = (_before(ours, one), expected)
            renamed = next((name for name in sorted(new) if place[name] == stands), None)
            if renamed is not None:
                new.remove(renamed)
            report.add(
                Severity.BREAKING,
                name,
                expected,
                renamed and f"renamed to {quoted(renamed)}",
                ADOPT if renamed else RESTORE,
                touches=report.touched(table, one.name),
                causes=[Cause((table, one.name), removes=renamed is None)],
            )
        elif (found := describe(other := by_name[one.name])) != expected:
            if report.explains(f"{table} {expected}", table, one.name):
                continue
            retyped = one.type != other.type
            causes = [Cause((table, one.name), removes=False)] if retyped else []
            report.add(
                _severity(one, other),
                name,
                expected,
                found,
                ADOPT,
                touches=report.touched(table, one.name),
                causes=causes,
            )
    for extra in sorted(new):
        breaks = by_name[extra].not_null and not _has_value(by_name[extra])
        report.add(
            Severity.BREAKING if breaks else Severity.HARMLESS,
            f"column {table}.{quoted(extra)}",
            None,
            describe(by_name[extra]),
            "give it a default, or generate the code anew" if breaks else IGNORE,
            touches=report.touched(f"INSERT INTO {table}") if breaks else (),
        )


def _before(columns: Sequence[Column], column: Column) -> str | None:
    place = columns.index(column)
    return columns[place - 1].name if place else None


def _severity(ours: Column, theirs: Column) -> Severity:
    """What a column that is otherwise does to the queries."""
    if (ours.type, ours.not_null) != (theirs.type, theirs.not_null):
        return Severity.BREAKING
    if ours.generated != theirs.generated:
        return Severity.BREAKING
    if ours.not_null and _has_value(ours) and not _has_value(theirs):
        return Severity.BREAKING
    return Severity.RISKY


def _has_value(column: Column) -> bool:
    """Whether an INSERT may leave the column out."""
    return bool(column.default is not None or column.identity or column.generated)


def _compare_views(
    report: Report, schema: str, ours: Sequence[View], theirs: Sequence[View]
) -> None:
    def columns(view: View) -> str:
        return ", ".join(f"{column.name} {column.type}" for column in view.columns)

    for one, other in match(ours, theirs, key=lambda it: it.name, content=lambda it: it.definition):
        if one is None:
            assert other is not None
            name = f"view {schema}.{quoted(other.name)}"
            report.add(Severity.HARMLESS, name, None, columns(other), IGNORE)
            continue
        if other is not None and (one.name, one.definition, columns(one)) == (
            other.name,
            other.definition,
            columns(other),
        ):
            continue
        name = f"{schema}.{one.name}"
        text = f"{one.definition} {columns(one)}"
        causes = [Cause((name,), removes=other is None)]
        if report.explains(text, name, missing=other is None, causes=causes):
            continue
        touches = report.touched(name)
        if other is None or other.name != one.name:
            found = None if other is None else f"renamed to {schema}.{quoted(other.name)}"
            remedy = ADOPT if other else RESTORE
            report.add(
                Severity.BREAKING,
                f"view {name}",
                columns(one),
                found,
                remedy,
                touches=touches,
                causes=causes,
            )
            continue
        theirs_by_name = {column.name: column.type for column in other.columns}
        kept = all(theirs_by_name.get(column.name) == column.type for column in one.columns)
        if columns(one) != columns(other):
            expected, found = excerpts(columns(one), columns(other), separator=", ")
        else:
            expected, found = excerpts(one.definition, other.definition)
        severity = Severity.RISKY if kept else Severity.BREAKING
        report.add(severity, f"view {name}", expected, found, ADOPT, touches=touches)
