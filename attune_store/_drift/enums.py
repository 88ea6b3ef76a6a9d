"""Comparing enum types."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from attune_queries.catalog import Enum

from attune_store._drift.matching import match
from attune_store._drift.objects import agreement
from attune_store._drift.remedies import in_turn, renaming
from attune_store._drift.renames import with_labels, with_moved, with_objects
from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.wording import ADOPT, IGNORE, RESTORE, in_sql, literal, quoted
from attune_store.errors import Severity


def compare_enums(report: Report, sides: Sides, state: State) -> None:
    """Report what differs, renames first."""
    schema = sides.schema
    renamed = _renamed(sides)
    remedies = renaming(
        {one.name: live.name for one, live in renamed},
        lambda name, new: f"ALTER TYPE {schema}.{in_sql(name)} RENAME TO {new}",
        f"enum {schema}.",
    )
    for one, live in renamed:
        taken = {old.name for _, old in renamed}
        succeeded = one.name not in taken and one.name in {it.name for it in sides.live.enums}
        remedy = f"DROP TYPE {schema}.{one.name}; " if succeeded else ""
        report.add(
            Severity.BREAKING,
            f"enum {schema}.{one.name}",
            _labels(one),
            f"renamed to {schema}.{quoted(live.name)}"
            + (", and another type, which no column uses, has its name" if succeeded else ""),
            remedy + remedies[one.name],
            touches=report.touched(f"{schema}.{one.name}"),
            mentioned=[(f"{schema}.{one.name}",)],
        )
    _undo(sides, [(one.name, live.name) for one, live in renamed])
    there = {enum.name: enum for enum in sides.live.enums}
    for one in sides.expected.enums:
        if (other := there.get(one.name)) is None:
            touches, found, remedy = report.touched(f"{schema}.{one.name}"), None, RESTORE
            if (elsewhere := state.moved_to(one.name, one.labels)) is not None:
                found = f"moved to the schema {elsewhere}"
                old = f"{in_sql(elsewhere, alone=True)}.{one.name}"
                remedy = f"ALTER TYPE {old} SET SCHEMA {schema}"
                catalog = with_moved(sides.live, elsewhere, one.name)
                sides.live = replace(catalog, enums=(*catalog.enums, one))
            report.add(
                Severity.BREAKING,
                f"enum {schema}.{one.name}",
                _labels(one),
                found,
                remedy,
                touches=touches,
                mentioned=[(f"{schema}.{one.name}",)] if found else sides.drop(("enum", one.name)),
            )
        elif other.labels != one.labels:
            _compare_labels(report, sides, one, other)
    for name in there.keys() - {one.name for one in sides.expected.enums}:
        object = f"enum {schema}.{quoted(name)}"
        report.add(Severity.HARMLESS, object, None, _labels(there[name]), IGNORE)


def _compare_labels(report: Report, sides: Sides, one: Enum, live: Enum) -> None:
    if len(one.labels) != len(live.labels):
        live = _compare_renamed_labels(report, sides, one, live)
    gone = [label for label in one.labels if label not in live.labels]
    reordered, remedy = not gone and len(one.labels) == len(live.labels), ADOPT
    moved = [a for a, b in zip(one.labels, live.labels, strict=False) if a != b]
    if len(one.labels) == len(live.labels):  # each stands where it stood
        renamed = {b: a for a, b in zip(one.labels, live.labels, strict=True) if a != b}
        relabelled = with_labels(sides.live, one.name, renamed)
        # Those that changed places are mentioned as they were; those that changed names are not.
        as_it_is = agreement(sides.expected, sides.live)
        in_use = agreement(sides.expected, relabelled) > as_it_is
        if in_use or renamed.keys().isdisjoint(one.labels):
            names = {label: other for other, label in renamed.items()}
            remedy = _relabelling(f"{sides.schema}.{one.name}", names)
        if in_use or not reordered:
            sides.live, reordered = relabelled, False
    report.add(
        Severity.RISKY if reordered else Severity.BREAKING,
        f"enum {sides.schema}.{one.name}",
        _labels(one),
        _labels(live),
        remedy,
        touches=report.touched(f"{sides.schema}.{one.name}"),
        mentioned=[(f"'{label}'",) for label in gone or moved],
    )


def _compare_renamed_labels(report: Report, sides: Sides, one: Enum, live: Enum) -> Enum:
    """Report labels that were renamed where others were added or are missing; return the type without the renames."""
    names = dict[str, str]()
    matcher = SequenceMatcher(a=one.labels, b=live.labels, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "replace" and b - a == d - c:
            names |= dict(zip(one.labels[a:b], live.labels[c:d], strict=True))
    names = {
        old: new for old, new in names.items() if old not in live.labels and new not in one.labels
    }
    if names:
        name, back = f"{sides.schema}.{one.name}", {new: old for old, new in names.items()}
        report.add(
            Severity.BREAKING,
            f"enum {name}",
            ", ".join(map(repr, names)),
            f"renamed to {', '.join(map(repr, names.values()))}",
            _relabelling(name, names),
            touches=report.touched(name),
            mentioned=[(f"'{label}'",) for label in names],
        )
        sides.live = with_labels(sides.live, one.name, back)
        live = replace(live, labels=tuple(back.get(label, label) for label in live.labels))
    return live


def _relabelling(enum: str, names: Mapping[str, str]) -> str:
    """The statements that give labels their names back; `names` has the live ones."""
    return "; ".join(
        f"ALTER TYPE {enum} RENAME VALUE {literal(label)} TO {literal(new)}"
        for steps in in_turn(names).values()
        for label, new in steps
    )


def _labels(enum: Enum) -> str:
    return ", ".join(map(repr, enum.labels))


def _renamed(sides: Sides) -> list[tuple[Enum, Enum]]:
    """The enums that were renamed, also where another one was made under the name."""
    pairs = match(
        sides.expected.enums,
        sides.live.enums,
        key=lambda one: one.name,
        content=lambda one: one.labels,
    )
    renamed = [(one, live) for one, live in pairs if one and live and one.name != live.name]
    extra = [live for one, live in pairs if one is None and live is not None]
    for one, live in pairs:
        if one is not None and live is not None and one.name == live.name:
            renamed += [(one, it) for it in extra if _is_used_for(sides, one, it)][:1]
    return renamed


def _is_used_for(sides: Sides, one: Enum, other: Enum) -> bool:
    """Whether more agrees if the other type is called as this one."""
    renamed = with_objects(sides.live, {other.name: one.name})
    return agreement(sides.expected, renamed) > agreement(sides.expected, sides.live)


def _undo(sides: Sides, renamed: Sequence[tuple[str, str]]) -> None:
    if not renamed:
        return
    new = {live: expected for expected, live in renamed}
    enums = {one.name: one for one in sides.live.enums}
    for _, live in renamed:
        del enums[live]
    for expected, live in renamed:
        (one,) = (it for it in sides.live.enums if it.name == live)
        enums[expected] = replace(one, name=expected)
    sides.live = replace(sides.live, enums=tuple(enums.values()))
    sides.undo_renames(new)
