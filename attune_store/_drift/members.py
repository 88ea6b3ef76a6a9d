"""Comparing what belongs to a table: constraints, indexes, triggers."""

import re
from collections.abc import Collection, Sequence

from attune_queries.catalog import Constraint, Index, Table, Trigger

from attune_store._drift.matching import match
from attune_store._drift.report import Cause, Report
from attune_store._drift.state import State
from attune_store._drift.wording import ADOPT, IGNORE, RESTORE, quoted
from attune_store.errors import Severity

_KEYS = {"primary_key", "unique", "exclusion"}


def compare_members(
    report: Report, schema: str, tables: Sequence[tuple[Table, Table]], state: State
) -> None:
    """Report what differs; keys first, because foreign keys go with them."""
    _compare_operator_classes(report, [ours for ours, _ in tables], state.operator_classes)
    for keys in True, False:
        for ours, theirs in tables:
            _compare_constraints(
                report,
                f"{schema}.{ours.name}",
                [one for one in ours.constraints if (one.kind in _KEYS) == keys],
                [one for one in theirs.constraints if (one.kind in _KEYS) == keys],
                theirs,
            )
    for ours, theirs in tables:
        table = f"{schema}.{ours.name}"
        _compare_indexes(report, table, ours.indexes, theirs, state.growing_indexes)
        _compare_triggers(report, table, ours.triggers, theirs.triggers)


def _compare_constraints(
    report: Report,
    table: str,
    ours: Sequence[Constraint],
    theirs: Sequence[Constraint],
    live: Table,
) -> None:
    def content(constraint: Constraint) -> tuple[str, bool]:
        return _without_settings(constraint.definition), constraint.validated

    for one, other in match(ours, theirs, key=lambda it: it.name, content=content):
        if one is None:
            assert other is not None
            _add_extra_constraint(report, table, other)
            continue
        if other is not None and (one.name, one.definition, one.validated) == (
            other.name,
            other.definition,
            other.validated,
        ):
            continue
        text = f"{table} {' '.join(one.columns)} {one.definition}"
        if report.explains(text, one.name, missing=other is None):
            continue
        severity, expected, remedy = Severity.RISKY, one.definition, ADOPT
        causes = [Cause((f"REFERENCES {table}({', '.join(one.columns)})",))]
        found: str | None
        if other is None and (substitute := _substitute(live, one)) is not None:
            found = substitute.definition
            causes = [Cause((substitute.name,))]
        elif other is None:
            found, remedy = None, RESTORE
        elif other.name != one.name:
            found = f"renamed to {quoted(other.name)}"
        elif other.definition == f"{one.definition} NOT VALID":
            found = other.definition
            remedy = f"ALTER TABLE {table} VALIDATE CONSTRAINT {one.name}"
        elif other.definition == one.definition:
            expected, found = "a valid index", "one that is not valid"
            remedy = f"REINDEX INDEX CONCURRENTLY {table.split('.')[0]}.{one.name}"
        else:
            found = other.definition
            if content(other) == content(one):
                severity = Severity.HARMLESS
        if one.kind in _KEYS and _is_missed(report, table, live, one.columns):
            severity = Severity.BREAKING
        report.add(
            severity,
            f"constraint {table}.{one.name}",
            expected,
            found,
            remedy,
            touches=report.touched(table, "INSERT INTO"),
            causes=causes if one.kind in _KEYS else (),
        )


def _add_extra_constraint(report: Report, table: str, constraint: Constraint) -> None:
    text = f"{table} {' '.join(constraint.columns)} {constraint.definition}"
    if not report.explains(text, constraint.name):
        enforced = not constraint.definition.endswith(" NOT ENFORCED")
        report.add(
            Severity.RISKY if enforced else Severity.HARMLESS,
            f"constraint {table}.{quoted(constraint.name)}",
            None,
            constraint.definition,
            "drop it if it refuses what the code writes, or add it to schema/",
        )


def _compare_indexes(
    report: Report,
    table: str,
    ours: Sequence[Index],
    live: Table,
    growing: Collection[str],
) -> None:
    def nameless(index: Index) -> str:
        return _plain(index).replace(f" {index.name} ", " ", 1)

    for one, other in match(ours, live.indexes, key=lambda it: it.name, content=nameless):
        if one is None:
            assert other is not None
            if report.explains(other.definition, other.name):
                continue
            name = f"index {table}.{quoted(other.name)}"
            severity = Severity.RISKY if other.unique else Severity.HARMLESS
            text, remedy = other.definition, IGNORE
            if other.name in growing:
                text, remedy = f"{text} (still being built)", "wait until it is built"
            elif not other.valid:
                text, remedy = (
                    f"{text} (not valid)",
                    f"DROP INDEX CONCURRENTLY {quoted(other.name)}",
                )
            report.add(severity, name, None, text, remedy)
            continue
        if other is not None and (other.name, other.valid, _plain(other)) == (
            one.name,
            one.valid,
            _plain(one),
        ):
            continue
        if report.explains(one.definition, one.name, missing=other is None):
            continue
        expected, severity = one.definition, Severity.RISKY
        if one.unique and _is_missed(report, table, live, one.columns):
            severity = Severity.BREAKING
        found: str | None
        if other is None:
            found, remedy = None, RESTORE
        elif _plain(other) == _plain(one):
            expected, found = "valid", "not valid"
            remedy = f"REINDEX INDEX CONCURRENTLY {table.split('.')[0]}.{one.name}"
            if one.name in growing:
                found, remedy = "still being built", "wait until it is built"
        elif other.name != one.name:
            found, remedy, severity = f"renamed to {quoted(other.name)}", ADOPT, Severity.HARMLESS
        else:
            found, remedy = other.definition, ADOPT
            if _without_settings(_plain(other)) == _without_settings(_plain(one)):
                severity = Severity.HARMLESS
        report.add(
            severity,
            f"index {table}.{one.name}",
            expected,
            found,
            remedy,
            touches=report.touched(table, *one.columns),
        )


def _plain(index: Index) -> str:
    """The definition, wherever the extension of an operator class was installed."""
    return re.sub(r"\w+\.(\w+_ops)\b", r"\1", index.definition)


def _without_settings(definition: str) -> str:
    """The definition without storage parameters, which no query notices."""
    return re.sub(r" WITH \([^()]*\)", "", definition)


def _is_missed(report: Report, table: str, live: Table, columns: Collection[str]) -> bool:
    """Whether an ON CONFLICT names the columns, and no index is there that it could use."""
    return report.is_arbiter(table, columns) and not (
        any(_covers(one, columns) for one in live.indexes)
        or any(
            one.kind in {"primary_key", "unique"}
            and one.validated
            and "DEFERRABLE" not in one.definition
            and set(one.columns) == set(columns)
            for one in live.constraints
        )
    )


def _substitute(table: Table, constraint: Constraint) -> Index | None:
    """The index that stands where the constraint of the expected table stood."""
    named = [one for one in table.indexes if one.name == constraint.name]
    covering = [one for one in table.indexes if _covers(one, constraint.columns)]
    return next(iter(named + covering), None)


def _covers(index: Index, columns: Collection[str]) -> bool:
    """Whether the index is unique in just these columns, for all rows."""
    _, _, rest = index.definition.partition(" USING btree (")
    keys, _, tail = rest.partition(")")
    return (
        index.unique
        and index.valid
        and " WHERE " not in tail
        and {key.split()[0].strip('"') for key in keys.split(", ") if key} == set(columns)
    )


def _compare_operator_classes(
    report: Report, tables: Sequence[Table], there: Collection[str]
) -> None:
    definitions = " ".join(index.definition for table in tables for index in table.indexes)
    for name in sorted(set(re.findall(r"\w+_ops\b", definitions)) - set(there)):
        report.add(
            Severity.RISKY,
            f"operator class {name}",
            "present",
            None,
            "install the extension that brings it, then restore its indexes",
            causes=[Cause((name,))],
        )


_ENABLED = {"O": "enabled", "D": "disabled", "R": "enabled on replicas only", "A": "enabled always"}


def _compare_triggers(
    report: Report, table: str, ours: Sequence[Trigger], theirs: Sequence[Trigger]
) -> None:
    def nameless(trigger: Trigger) -> str:
        return trigger.definition.replace(f" {trigger.name} ", " ", 1)

    for one, other in match(ours, theirs, key=lambda it: it.name, content=nameless):
        if one is None:
            assert other is not None
            name = f"trigger {table}.{quoted(other.name)}"
            remedy = "drop it if it changes what the code writes, or add it to schema/"
            fires = other.enabled in "OA"
            text = other.definition if fires else f"{other.definition} ({_ENABLED[other.enabled]})"
            report.add(Severity.RISKY if fires else Severity.HARMLESS, name, None, text, remedy)
            continue
        if other == one or report.explains(one.definition, one.name, missing=other is None):
            continue
        expected, severity = one.definition, Severity.RISKY
        found: str | None
        if other is None:
            found, remedy = None, RESTORE
        elif other.name != one.name:
            found, remedy, severity = f"renamed to {quoted(other.name)}", ADOPT, Severity.HARMLESS
        elif other.definition != one.definition:
            found, remedy = other.definition, ADOPT
        else:
            expected, found = _ENABLED[one.enabled], _ENABLED[other.enabled]
            remedy = f"ALTER TABLE {table} ENABLE TRIGGER {one.name}"
            severity = Severity.HARMLESS if other.enabled in "OA" else Severity.RISKY
        report.add(
            severity,
            f"trigger {table}.{one.name}",
            expected,
            found,
            remedy,
            touches=report.touched(table, "UPDATE"),
        )
