"""Comparing what belongs to a table: constraints, indexes, triggers."""

import re
from collections.abc import Collection, Sequence

from attune_queries.catalog import Constraint, Index, Table, Trigger

from attune_store._drift.difference import Severity
from attune_store._drift.matching import match
from attune_store._drift.report import Cause, Report
from attune_store._drift.state import State
from attune_store._drift.wording import ADOPT, IGNORE, RESTORE, quoted

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
            )
    for ours, theirs in tables:
        table = f"{schema}.{ours.name}"
        _compare_indexes(report, table, ours.indexes, theirs.indexes, state.building)
        _compare_triggers(report, table, ours.triggers, theirs.triggers)


def _compare_constraints(
    report: Report, table: str, ours: Sequence[Constraint], theirs: Sequence[Constraint]
) -> None:
    for one, other in match(ours, theirs, key=lambda it: it.name, content=lambda it: it.definition):
        if one is None:
            assert other is not None
            name = f"constraint {table}.{quoted(other.name)}"
            remedy = "drop it if it refuses what the code writes, or add it to schema/"
            report.add(Severity.RISKY, name, None, other.definition, remedy)
            continue
        if other is not None and (one.name, one.definition) == (other.name, other.definition):
            continue
        text = f"{table} {' '.join(one.columns)} {one.definition}"
        if report.explains(text, one.name, missing=other is None):
            continue
        arbiter = one.kind in _KEYS and report.is_arbiter(table, one.columns)
        found: str | None
        if other is None:
            found, remedy = None, RESTORE
        elif other.name != one.name:
            found, remedy, arbiter = f"renamed to {quoted(other.name)}", ADOPT, False
        elif other.definition == f"{one.definition} NOT VALID":
            found = other.definition
            remedy = f"ALTER TABLE {table} VALIDATE CONSTRAINT {one.name}"
        else:
            found, remedy = other.definition, ADOPT
        referenced = f"REFERENCES {table}({', '.join(one.columns)})"
        report.add(
            Severity.BREAKING if arbiter else Severity.RISKY,
            f"constraint {table}.{one.name}",
            one.definition,
            found,
            remedy,
            touches=report.touched(table, "INSERT INTO"),
            causes=[Cause((referenced,))] if one.kind in _KEYS else (),
        )


def _compare_indexes(
    report: Report,
    table: str,
    ours: Sequence[Index],
    theirs: Sequence[Index],
    building: Collection[str],
) -> None:
    def nameless(index: Index) -> str:
        return _plain(index).replace(f" {index.name} ", " ", 1)

    for one, other in match(ours, theirs, key=lambda it: it.name, content=nameless):
        if one is None:
            assert other is not None
            name = f"index {table}.{quoted(other.name)}"
            severity = Severity.RISKY if other.unique else Severity.HARMLESS
            text, remedy = other.definition, IGNORE
            if other.name in building:
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
        if one.unique and report.is_arbiter(table, one.columns):
            severity = Severity.BREAKING
        found: str | None
        if other is None:
            found, remedy = None, RESTORE
        elif _plain(other) == _plain(one):
            expected, found = "valid", "not valid"
            remedy = f"REINDEX INDEX CONCURRENTLY {table.split('.')[0]}.{one.name}"
            if one.name in building:
                found, remedy = "still being built", "wait until it is built"
        elif other.name != one.name:
            found, remedy, severity = f"renamed to {quoted(other.name)}", ADOPT, Severity.HARMLESS
        else:
            found, remedy = other.definition, ADOPT
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
            report.add(Severity.RISKY, name, None, other.definition, remedy)
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
        report.add(
            severity,
            f"trigger {table}.{one.name}",
            expected,
            found,
            remedy,
            touches=report.touched(table, "UPDATE"),
        )
