"""Compare enum types."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice, permutations

from attune_queries.catalog import Enum

from attune_store._drift.matching import match
from attune_store._drift.objects import MOST_CHOICES, agreement
from attune_store._drift.remedies import in_turn, moved, renaming
from attune_store._drift.renames import with_labels, with_moved
from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.wording import ADOPT, IGNORE, RESTORE, in_sql, literal, quoted
from attune_store.errors import Severity


def compare_enums(report: Report, sides: Sides, state: State) -> None:
    """Report the differences, moves and renames first."""
    schema = sides.schema
    _compare_moved(report, sides, state)
    while renamed := _renamed(sides):  # one may show only when another one is undone
        _report_renamed(report, sides, renamed)
        _undo(sides, [(one.name, live.name) for one, live in renamed])
    there = {enum.name: enum for enum in sides.live.enums}
    for one in sides.expected.enums:
        if (other := there.get(one.name)) is None:
            report.add(
                Severity.BREAKING,
                f"enum {schema}.{one.name}",
                _labels(one),
                None,
                RESTORE,
                touches=report.touched(f"{schema}.{one.name}"),
                mentioned=sides.drop(("enum", one.name)),
            )
        elif other.labels != one.labels:
            _compare_labels(report, sides, one, other)
    for name in there.keys() - {one.name for one in sides.expected.enums}:
        object = f"enum {schema}.{quoted(name)}"
        report.add(Severity.HARMLESS, object, None, _labels(there[name]), IGNORE)


def _compare_moved(report: Report, sides: Sides, state: State) -> None:
    """Report types that are in another schema, if columns use them there."""
    there = {enum.name for enum in sides.live.enums}
    for one in sides.expected.enums:
        elsewhere = None if one.name in there else state.moved(one.name, one.labels)
        if elsewhere is None:
            continue
        schema = elsewhere.schema_name
        back = with_moved(sides.live, schema, one.name)
        if sides.agrees_more(back):
            name = f"{sides.schema}.{one.name}"
            report.add(
                Severity.BREAKING,
                f"enum {name}",
                _labels(one),
                *moved(f"TYPE {one.name}", schema, sides.schema),
                touches=report.touched(name),
                mentioned=[(name,)],
            )
            enum = replace(one, labels=tuple(elsewhere.parts))
            sides.live = replace(back, enums=(*back.enums, enum))


def _report_renamed(report: Report, sides: Sides, renamed: Sequence[tuple[Enum, Enum]]) -> None:
    schema = sides.schema
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


def _compare_labels(report: Report, sides: Sides, one: Enum, live: Enum) -> None:
    """Report each label that was renamed, added or is missing. Labels that exchanged their names are one line."""
    name = f"{sides.schema}.{one.name}"

    def differs(severity: Severity, expected: str | None, found: str | None, remedy: str) -> None:
        labels = dict.fromkeys((*one.labels, *live.labels))
        mentioned = [(f"'{it}'",) for it in labels if repr(it) in f"{expected} {found}"]
        touches = report.touched(name)
        report.add(
            severity,
            f"enum {name}",
            expected,
            found,
            remedy,
            touches=touches,
            mentioned=mentioned,
        )

    names = _renamed_labels(sides, one, live)
    for steps in in_turn(names).values():
        renamed = [new for _, new in steps if new in names]
        now = [names[label] for label in renamed]
        remedy = "; ".join(
            f"ALTER TYPE {name} RENAME VALUE {literal(label)} TO {literal(new)}"
            for label, new in steps
        )
        differs(Severity.BREAKING, _listed(renamed), f"renamed to {_listed(now)}", remedy)
    back = {label: expected for expected, label in names.items()}
    sides.live = with_labels(sides.live, one.name, back)
    labels = [back.get(label, label) for label in live.labels]
    for label in one.labels:
        if label not in labels:
            differs(Severity.BREAKING, f"the label {label!r}", None, ADOPT)
    for label in labels:
        if label not in one.labels:
            differs(Severity.BREAKING, None, f"the label {label!r}", ADOPT)
    orders = (
        [label for label in side if label in other]
        for side, other in ((one.labels, labels), (labels, one.labels))
    )
    ours, theirs = map(_listed, orders)
    if ours != theirs:
        differs(Severity.RISKY, ours, theirs, ADOPT)


def _renamed_labels(sides: Sides, one: Enum, live: Enum) -> dict[str, str]:
    """Return the live names of labels that were renamed, by their expected names.

    A renamed label keeps its place, unless the order was changed, too, and definitions mention its new name. So the
    renames are those that make most of the rest agree.
    """
    in_place = list(islice(_in_place(one, live), MOST_CHOICES))
    gone, extra = (
        [label for label in side if label not in other]
        for side, other in ((one.labels, live.labels), (live.labels, one.labels))
    )
    anywhere = islice(permutations(extra, len(gone)), MOST_CHOICES)
    best, most = dict[str, str](), agreement(sides.expected, sides.live)
    for names in (*in_place, *(dict(zip(gone, some, strict=True)) for some in anywhere)):
        back = {label: expected for expected, label in names.items()}
        agreed = agreement(sides.expected, with_labels(sides.live, one.name, back))
        # Labels that no definition mentions and that changed places were not renamed.
        is_only_one = in_place == [names] and back.keys().isdisjoint(one.labels)
        if agreed > most or (is_only_one and not best):
            best, most = names, agreed
    return best


def _in_place(one: Enum, live: Enum) -> Iterator[dict[str, str]]:
    """Yield the renames if labels kept their places, for each choice of those that were added or are missing."""
    surplus = len(live.labels) - len(one.labels)
    more, fewer = (live.labels, one.labels) if surplus > 0 else (one.labels, live.labels)
    spare = [label for label in more if label not in fewer]
    for left_out in combinations(spare, abs(surplus)):
        ours, theirs = (
            [label for label in side if label not in left_out] for side in (one.labels, live.labels)
        )
        yield {a: b for a, b in zip(ours, theirs, strict=True) if a != b}


def _labels(enum: Enum) -> str:
    return _listed(enum.labels)


def _listed(labels: Iterable[str]) -> str:
    return ", ".join(map(repr, labels))


def _renamed(sides: Sides) -> list[tuple[Enum, Enum]]:
    """Return the enums that were renamed, also if another one has their name now."""
    pairs = match(
        sides.expected.enums,
        sides.live.enums,
        key=lambda one: one.name,
        content=lambda one: one.labels,
    )
    renamed = [(one, live) for one, live in pairs if one and live and one.name != live.name]
    extra = [live for one, live in pairs if one is None and live is not None]
    for one, live in pairs:
        if one is not None and (live is None or one.name == live.name):
            renamed += [(one, it) for it in extra if sides.is_used_for(it.name, one.name)][:1]
    return renamed


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
