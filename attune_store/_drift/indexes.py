"""Compare indexes and triggers."""

import re
from collections.abc import Collection, Mapping
from functools import partial

from attune_queries.catalog import Index, Table, Trigger

from attune_store._drift.constraints import (
    granting,
    is_implied,
    is_missed,
    is_partitioned,
    without_settings,
)
from attune_store._drift.matching import match, renamed
from attune_store._drift.names import around
from attune_store._drift.remedies import renaming
from attune_store._drift.report import Report
from attune_store._drift.retyped import once_restored
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.wording import ADOPT, IGNORE, in_sql, quoted
from attune_store.errors import Severity


def compare_indexes(report: Report, sides: Sides, state: State) -> None:
    """Report the differences."""
    for expected, live in sides.pairs():
        table = f"{sides.schema}.{expected.name}"
        pairs = match(expected.indexes, live.indexes, key=lambda it: it.name, content=_nameless)
        rename = partial(_renaming_index, sides, expected.name)
        renames = renaming(renamed(pairs), rename, f"index {table}.")
        for one, other in pairs:
            if one is None:
                assert other is not None
                _compare_extra(report, state, table, live, other)
                continue
            if one.name in renames:
                assert other is not None
                report.add(
                    Severity.HARMLESS,
                    f"index {table}.{one.name}",
                    one.definition,
                    f"renamed to {quoted(other.name)}",
                    renames[one.name],
                    touches=report.touched(table, *one.columns),
                )
            if other is None or _content(other) != _content(one):
                _compare_index(report, sides, live, one, other, state.growing_indexes)


def _compare_extra(report: Report, state: State, table: str, live: Table, index: Index) -> None:
    others = (_content(it) for it in live.indexes if it.name != index.name)
    is_copy = (True, _nameless(index)) in others
    refuses = index.unique and not is_copy and not is_implied(live, index)
    severity = Severity.RISKY if refuses else Severity.HARMLESS
    name = f"{table.partition('.')[0]}.{in_sql(index.name)}"
    text, remedy = index.definition, IGNORE
    if refuses:
        remedy = f"DROP INDEX CONCURRENTLY {name}"
    if index.name in state.growing_indexes:
        text, remedy = f"{text} (still being built)", "wait until it is built"
    elif not index.valid:
        text, remedy = f"{text} (not valid)", f"DROP INDEX CONCURRENTLY {name}"
    if (grant := granting(state, live, index.name)) is not None:
        severity, remedy = Severity.BREAKING, grant
        text += ", with a function that the role may not call"
    report.add(severity, f"index {table}.{quoted(index.name)}", None, text, remedy)


def _compare_index(
    report: Report,
    sides: Sides,
    live: Table,
    one: Index,
    other: Index | None,
    growing: Collection[str],
) -> None:
    table, expected, severity = f"{sides.schema}.{live.name}", one.definition, Severity.RISKY
    if one.unique and is_missed(report, table, live, one.columns):
        severity = Severity.BREAKING
    found: str | None
    if other is None:
        remedy = sides.room_for(one.name, live.name) + one.definition
        found, remedy = None, once_restored(sides, one, live.name, remedy)
        if one.unique and is_partitioned(live):
            remedy = ADOPT
    elif _nameless(other) == _nameless(one):
        expected, found = "valid", "not valid"
        remedy = f"REINDEX INDEX CONCURRENTLY {sides.schema}.{in_sql(other.name)}"
        if other.name in growing:
            found, remedy = "still being built", "wait until it is built"
    else:
        found, remedy = other.definition, ADOPT
        if without_settings(_nameless(other)) == without_settings(_nameless(one)):
            severity = Severity.HARMLESS
        elif not is_partitioned(live):
            remedy = f"DROP INDEX {sides.schema}.{one.name}; {one.definition}"
            remedy = once_restored(sides, one, live.name, remedy)
    report.add(
        severity,
        f"index {table}.{one.name}",
        expected,
        found,
        remedy,
        touches=report.touched(table, *one.columns),
        mentioned=[(table,)] if one.unique else (),
    )


def _renaming_index(sides: Sides, table: str, name: str, new: str) -> str:
    rename = f"ALTER INDEX {sides.schema}.{in_sql(name)} RENAME TO {new}"
    return sides.room_for(new, table) + rename


def _content(index: Index) -> tuple[bool, str]:
    return index.valid, _nameless(index)


def _nameless(index: Index) -> str:
    """Return the definition, independent of names, partitioning and the schema of operator classes."""
    definition = " ".join(around(index.definition, index.name))
    definition = re.sub(r"\w+\.(\w+_ops)\b", r"\1", definition)
    return definition.replace(" ON ONLY ", " ON ", 1)


_ENABLED = {"O": "enabled", "D": "disabled", "R": "enabled on replicas only", "A": "enabled always"}


def compare_triggers(report: Report, sides: Sides) -> None:
    """Report the differences."""
    for expected, live in sides.pairs():
        table = f"{sides.schema}.{expected.name}"
        pairs = match(
            expected.triggers, live.triggers, key=lambda it: it.name, content=_without_name
        )
        renames = renaming(renamed(pairs), partial(_renaming_trigger, table), f"trigger {table}.")
        for one, other in pairs:
            if one is None:
                assert other is not None
                name = f"trigger {table}.{quoted(other.name)}"
                remedy = "drop it if it changes what the code writes, or add it to schema/"
                fires = other.enabled in "OA"
                text = other.definition
                text += "" if fires else f" ({_ENABLED[other.enabled]})"
                severity = Severity.RISKY if fires and _is_met(other) else Severity.HARMLESS
                report.add(severity, name, None, text, remedy)
            elif other != one:
                _compare_trigger(report, table, one, other, renames)


def _compare_trigger(
    report: Report, table: str, one: Trigger, other: Trigger | None, renames: Mapping[str, str]
) -> None:
    def differs(severity: Severity, expected: str, found: str | None, remedy: str) -> None:
        touches = report.touched(table, "UPDATE")
        report.add(
            severity, f"trigger {table}.{one.name}", expected, found, remedy, touches=touches
        )

    if other is None:
        differs(Severity.RISKY, one.definition, None, one.definition)
        return
    if one.name in renames:
        found = f"renamed to {quoted(other.name)}"
        differs(Severity.HARMLESS, one.definition, found, renames[one.name])
    if _without_name(other) != _without_name(one):
        remedy = f"DROP TRIGGER {one.name} ON {table}; {one.definition}"
        differs(Severity.RISKY, one.definition, other.definition, remedy)
    if other.enabled != one.enabled:
        severity = Severity.HARMLESS if other.enabled in "OA" else Severity.RISKY
        remedy = f"ALTER TABLE {table} ENABLE TRIGGER {in_sql(other.name, alone=True)}"
        differs(severity, _ENABLED[one.enabled], _ENABLED[other.enabled], remedy)


def _renaming_trigger(table: str, name: str, new: str) -> str:
    return f"ALTER TRIGGER {in_sql(name, alone=True)} ON {table} RENAME TO {new}"


def _is_met(trigger: Trigger) -> bool:
    """Return whether a statement of ours fires it. None of them truncates."""
    events = around(trigger.definition, trigger.name)[1].partition(" ON ")[0]
    return events not in ("BEFORE TRUNCATE", "AFTER TRUNCATE")


def _without_name(trigger: Trigger) -> str:
    return " ".join(around(trigger.definition, trigger.name))
