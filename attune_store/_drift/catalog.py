"""Comparing two catalogs: the one that the code was generated from, and a live one."""

import re
from collections.abc import Mapping, Sequence

from attune_queries.catalog import Catalog, Enum, Function, View

from attune_store._drift.additions import Place
from attune_store._drift.matching import match
from attune_store._drift.members import compare_members
from attune_store._drift.report import Cause, Reach, Report, reach_of
from attune_store._drift.state import State
from attune_store._drift.tables import compare_tables, of_options
from attune_store._drift.wording import ADOPT, IGNORE, RESTORE, describe, excerpts, listed, quoted
from attune_store.errors import Severity


def compare_catalogs(
    report: Report, expected: Catalog, live: Catalog, state: State, tried: Mapping[Place, Severity]
) -> None:
    """Report what differs, causes before their consequences.

    `tried` is what an INSERT that knows nothing of an added column comes to.
    """
    schema = expected.schema
    kinds = {one.name: one.kind for one in state.relations}
    _compare_enums(report, schema, expected.enums, live.enums)
    _compare_functions(report, schema, expected.functions, live.functions)
    views = {view.name for view in expected.views}
    theirs = [table for table in live.tables if table.name not in views]
    tables = compare_tables(report, schema, expected.tables, theirs, kinds, tried)
    compare_members(report, schema, tables, state)
    _compare_views(report, expected, live, kinds)


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
            causes = [Cause((name,), Reach.CHANGED)]
        elif other.labels != one.labels:
            gone = [label for label in one.labels if label not in other.labels]
            same = not gone and len(one.labels) == len(other.labels)
            found, remedy = labels(other), ADOPT
            severity = Severity.RISKY if same else Severity.BREAKING
            moved = [a for a, b in zip(one.labels, other.labels, strict=False) if a != b]
            causes = [Cause((f"'{label}'",), Reach.CHANGED) for label in gone or moved]
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
            calls = [Cause((f"{schema}.{other.name}",), Reach.QUERIES)]
            report.add(Severity.HARMLESS, name, None, _returns(other), IGNORE, causes=calls)
            continue
        if other is not None and other.definition == one.definition:
            continue
        name, qualified = signature(one), f"{schema}.{one.name}"
        causes = [Cause((qualified,), reach_of(other))]
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
            report.add(
                Severity.RISKY,
                f"function {name}",
                expected,
                found,
                ADOPT,
                touches=touches,
                causes=[Cause((qualified,), Reach.QUERIES)],
            )


def _overloaded(function: Function, functions: Sequence[Function]) -> bool:
    return sum(one.name == function.name for one in functions) > 1


def _returns(function: Function) -> str:
    lines = function.definition.splitlines()
    return next((line.strip() for line in lines if "RETURNS" in line), "a procedure")


def _compare_views(
    report: Report, expected: Catalog, live: Catalog, kinds: Mapping[str, str]
) -> None:
    schema, tables = expected.schema, {table.name for table in expected.tables}

    def columns(view: View) -> str:
        return ", ".join(f"{column.name} {column.type}" for column in view.columns)

    def sides(view: View) -> list[tuple[str, str]]:
        """What may be otherwise, and what it is written with."""
        described = (f"{column.name} {describe(column)}" for column in view.columns)
        return [
            (columns(view), ", "),
            (view.definition, "\n"),
            (", ".join(described), ", "),
            (listed(view.options), ", "),
        ]

    theirs = [view for view in live.views if view.name not in tables]
    for one, other in match(
        expected.views, theirs, key=lambda it: it.name, content=lambda it: it.definition
    ):
        if one is None:
            assert other is not None
            name = f"view {schema}.{quoted(other.name)}"
            report.add(Severity.HARMLESS, name, None, columns(other), IGNORE)
            continue
        name = f"{schema}.{one.name}"
        causes = [Cause((name,), reach_of(other))]
        touches, remedy = report.touched(name), ADOPT
        if other is not None and other.name == one.name:
            changed = [(a, b) for a, b in zip(sides(one), sides(other), strict=True) if a != b]
            if not changed:
                continue
            (ours, separator), (there, _) = changed[0]
            before, found = excerpts(ours, there, separator=separator)
            types = {column.name: column.type for column in other.columns}
            kept = all(types.get(column.name) == column.type for column in one.columns)
            severity = Severity.RISKY if kept else Severity.BREAKING
            if ours == listed(one.options):
                severity = of_options(one.options, other.options)
        else:
            before, severity = columns(one), Severity.BREAKING
            if (kind := kinds.get(one.name, "a view")) != "a view":
                found, severity = kind, Severity.RISKY  # unless a query fails
            elif other is None:
                found, remedy = None, RESTORE
            else:
                found = f"renamed to {schema}.{quoted(other.name)}"
        text = f"{one.definition} {columns(one)}"
        if not report.explains(text, name, missing=other is None, causes=causes):
            report.add(
                severity, f"view {name}", before, found, remedy, touches=touches, causes=causes
            )
