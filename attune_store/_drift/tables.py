"""Comparing tables, what they are set to, and their columns."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from attune_queries.catalog import Column, Table

from attune_store._drift.additions import Place, added, consequence, has_value
from attune_store._drift.matching import match
from attune_store._drift.report import Cause, Reach, Report, reach_of
from attune_store._drift.wording import ADOPT, IGNORE, RESTORE, describe, listed, quoted
from attune_store.errors import Severity

_RISKY = re.compile(
    r"fillfactor=|n_distinct|STATISTICS 0$|STORAGE PLAIN$|UNLOGGED|PARTITION |INHERITED|REPLICA IDENTITY NOTHING"
    r"|((toast\.)?autovacuum_enabled=(?!true|on|yes|1)|security_\w+=(?!false|off|no|0))"
)


def of_options(ours: Collection[str], theirs: Collection[str]) -> Severity:
    """What other options do: most of them, no query notices."""
    gone, new = set(ours) - set(theirs), set(theirs) - set(ours)
    return Severity.RISKY if gone or any(map(_RISKY.match, new)) else Severity.HARMLESS


def compare_tables(
    report: Report,
    schema: str,
    ours: Sequence[Table],
    theirs: Sequence[Table],
    kinds: Mapping[str, str],
    tried: Mapping[Place, Severity],
) -> list[tuple[Table, Table]]:
    """Report what differs, but for what belongs to a table; return the pairs that are both there.

    `kinds` are those of the relations, by their names.
    """

    def columns(table: Table) -> tuple[str, ...]:
        return tuple(f"{column.name} {describe(column)}" for column in table.columns)

    def names(table: Table) -> str:
        return f"({', '.join(column.name for column in table.columns)})"

    heirs = [f"INHERITS {schema}.{table.name}" for table in ours]
    both: list[tuple[Table, Table]] = []
    for one, other in match(ours, theirs, key=lambda it: it.name, content=columns):
        if one is None:
            assert other is not None
            name = f"table {schema}.{quoted(other.name)}"
            ties = [*(one for one in other.options if one in heirs), *_holding(other, ours)]
            text = " ".join((names(other), *ties))
            report.add(Severity.RISKY if ties else Severity.HARMLESS, name, None, text, IGNORE)
            continue
        name = f"{schema}.{one.name}"
        if other is not None and one.name == other.name and _is_that(one, other):
            both.append((one, other))
            if set(one.options) != set(other.options):
                report.add(
                    of_options(one.options, other.options),
                    f"table {name}",
                    listed(one.options),
                    listed(other.options),
                    ADOPT,
                    touches=report.touched(name),
                )
        elif not report.explains("", name):
            severity, remedy, renamed = Severity.BREAKING, ADOPT, None
            if (kind := kinds.get(one.name, "a table")) != "a table":
                found = kind
                severity = Severity.RISKY if kind == "a view" else severity  # unless a query fails
            elif other is None:
                found, remedy = None, RESTORE
            elif one.name == other.name:
                found = names(other)
            else:
                found = renamed = f"renamed to {schema}.{quoted(other.name)}"
            report.add(
                severity,
                f"table {name}",
                names(one),
                found,
                remedy,
                touches=report.touched(name),
                causes=[Cause((name,), reach_of(renamed))],
            )
    for one, other in both:
        _compare_columns(report, f"{schema}.{one.name}", one, other, tried)
    return both


def _holding(table: Table, ours: Sequence[Table]) -> list[str]:
    """The foreign keys by which rows of another table keep ours from being deleted."""
    names = {one.name for one in ours}
    return [
        one.definition
        for one in table.constraints
        if one.references in names and not re.search(r" ON DELETE (CASCADE|SET)", one.definition)
    ]


def _is_that(ours: Table, theirs: Table) -> bool:
    """Whether it is the same table, however changed, and not another one of its name."""
    there = {column.name for column in theirs.columns}
    return sum(column.name in there for column in ours.columns) * 2 >= len(ours.columns)


def _compare_columns(
    report: Report, table: str, ours: Table, theirs: Table, tried: Mapping[Place, Severity]
) -> None:
    new = added(ours, theirs)
    by_name = {other.name: other for other in theirs.columns}
    names, there = [one.name for one in ours.columns], list(by_name)
    _compare_order(report, table, ours, theirs)
    for one in ours.columns:
        name, expected = f"column {table}.{one.name}", describe(one)
        if one.name not in by_name:
            causes = [Cause((table, one.name))]
            text = f"{table} {expected}"
            if report.explains(text, table, one.name, missing=True, causes=causes):
                continue
            stands = (_before(names, one.name), expected)
            renamed = next(
                (it for it in new if (_before(there, it.name), describe(it)) == stands), None
            )
            if renamed is not None:
                new.remove(renamed)
            report.add(
                Severity.BREAKING,
                name,
                expected,
                None if renamed is None else f"renamed to {quoted(renamed.name)}",
                ADOPT if renamed else RESTORE,
                touches=report.touched(table, one.name),
                causes=[Cause((table, one.name), reach_of(renamed))],
            )
        elif (found := describe(other := by_name[one.name])) != expected:
            if report.explains(f"{table} {one.name} {expected}", table, one.name):
                continue
            # What stood on it may have had to go for another type, and has gone with it for VIRTUAL.
            other_kind = (one.type, one.virtual) != (other.type, other.virtual)
            reach = Reach.MISSING if other_kind else Reach.QUERIES
            report.add(
                _severity(one, other),
                name,
                expected,
                found,
                ADOPT,
                touches=report.touched(table, one.name),
                causes=[Cause((table, one.name), reach)],
            )
    for extra in new:
        severity = consequence(ours, theirs, extra, tried)
        harmless = severity is Severity.HARMLESS
        report.add(
            severity,
            f"column {table}.{quoted(extra.name)}",
            None,
            describe(extra),
            IGNORE if harmless else "let it take rows that leave it out, or generate the code anew",
            touches=() if harmless else report.touched(f"INSERT INTO {table}"),
            causes=[Cause((table, extra.name))],
        )


def _compare_order(report: Report, table: str, ours: Table, theirs: Table) -> None:
    """Report columns in other places, which no query notices unless two swapped their names."""
    expected, found = (
        {column.name: describe(column) for column in side.columns} for side in (ours, theirs)
    )
    names, there = list(expected), list(found)
    if names == there or set(names) != set(there):
        return
    moved = [name for name, other in zip(names, there, strict=True) if name != other]
    if len(moved) == 2:
        # The last two also look so if one was dropped and added anew.
        severity = Severity.RISKY if moved == names[-2:] else Severity.BREAKING
        for name, other in zip(moved, reversed(moved), strict=True):
            report.add(
                severity,
                f"column {table}.{name}",
                f"{expected[name]} in its place",
                f"{found[name]} in the place of {other}",
                ADOPT,
                touches=report.touched(table, name),
                causes=[Cause((table, name), Reach.CHANGED)],
            )
        return
    alone = [name for name in moved if _without(names, name) == _without(there, name)]
    for name in alone[:1]:
        if expected[name] == found[name]:
            ours_after, theirs_after = (_before(side, name) for side in (names, there))
            report.add(
                Severity.HARMLESS,
                f"column {table}.{name}",
                f"after {ours_after}" if ours_after else "first",
                f"after {theirs_after}" if theirs_after else "first",
                IGNORE,
            )
    if not alone:
        order, other = (f"columns in the order {', '.join(side)}" for side in (names, there))
        report.add(Severity.HARMLESS, f"table {table}", order, other, IGNORE)


def _without(names: Sequence[str], name: str) -> list[str]:
    return [one for one in names if one != name]


def _before(names: Sequence[str], name: str) -> str | None:
    place = names.index(name)
    return names[place - 1] if place else None


def _severity(ours: Column, theirs: Column) -> Severity:
    """What a column that is otherwise does to the queries."""
    if (ours.type, ours.not_null) != (theirs.type, theirs.not_null):
        return Severity.BREAKING
    if bool(ours.generated) != bool(theirs.generated):
        return Severity.BREAKING
    if ours.not_null and has_value(ours) and not has_value(theirs):
        return Severity.BREAKING
    if describe(replace(theirs, options=ours.options)) == describe(ours):
        return of_options(ours.options, theirs.options)
    return Severity.RISKY
