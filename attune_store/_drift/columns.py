"""Compare the columns of a table."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache, partial
from itertools import combinations, islice, product

from attune_queries.catalog import Column, Constraint, Table

from attune_store._drift.additions import adopt, consequence
from attune_store._drift.constraints import column_that_is_given
from attune_store._drift.dependents import dependents
from attune_store._drift.names import without_casts
from attune_store._drift.objects import MOST_CHOICES, agreement
from attune_store._drift.order import compare_order
from attune_store._drift.remedies import renaming_column, setting_nulls, setting_value
from attune_store._drift.renames import with_columns_of
from attune_store._drift.report import Report
from attune_store._drift.retyped import accept_retyped
from attune_store._drift.severity import of_nulls, of_type, of_value, worst
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.tables import of_options, option_steps
from attune_store._drift.wording import ADOPT, IGNORE, RESTORE, describe, in_sql, quoted
from attune_store.errors import Severity

_Renamed = tuple[Column, Column]
"""An expected column, and the live one with another name."""


def compare_columns(report: Report, sides: Sides, state: State) -> None:
    """Report the differences, renames first."""
    for find in _shifted, _renamed:
        for one, live in sides.pairs():
            _compare_renamed(report, sides, one, live, list(find(sides, one, live)))
    state = state.as_expected(sides)
    for one, live in sides.pairs():
        moved = compare_order(report, sides, one, live)
        _compare_each(report, sides, one.name, moved, state)
    for one, live in sides.pairs():
        known = {column.name for column in one.columns}
        extra = [column for column in live.columns if column.name not in known]
        for column in extra:
            _added(report, sides, state, one, live, column)
        adopt(sides, one, live, [column.name for column in extra])


def _compare_renamed(
    report: Report, sides: Sides, one: Table, live: Table, renamed: Sequence[_Renamed]
) -> None:
    table, undone = f"{sides.schema}.{one.name}", dict[str, str]()
    taken = {old.name for _, old in renamed}
    there = {column.name: column for column in live.columns if column.name not in taken}
    for column, old in renamed:
        new = f"renamed to {quoted(old.name)}"
        remedy = renaming_column(table, old.name, column.name)
        if (successor := there.get(column.name)) is not None:
            if _is_filled(report, sides, one, successor, old):
                continue
            new += ", and another column has its name"
            aside = renaming_column(table, column.name, f"{column.name}_new")
            if _has_values(report, sides, one, successor):
                remedy = f"{aside}; {remedy}"
            else:
                remedy = f"ALTER TABLE {table} DROP COLUMN {column.name}; {remedy}"
        touches = report.touched(table, column.name)
        report.add(
            Severity.BREAKING,
            f"column {table}.{column.name}",
            describe(column),
            new,
            remedy,
            touches=touches,
            mentioned=[(table, column.name)],
        )
        undone[old.name] = column.name
    if undone:
        names = set(undone.values())

        def without_successors(it: Table) -> Table:
            kept = (c for c in it.columns if c.name in undone or c.name not in names)
            return replace(it, columns=tuple(kept))

        sides.see(one.name, without_successors)
        sides.undo_renamed_columns(one.name, undone)


def _shifted(sides: Sides, one: Table, live: Table) -> list[_Renamed]:
    """Return columns of which each has the name of the next one, and the last one a name that is not expected.

    They are in an order in which they can be renamed.
    """
    names = {column.name for column in one.columns}
    if all(column.name in names for column in live.columns[: len(names)]):
        return []
    at = {live.name: (column, live) for column, live in _placed(one.columns, live.columns)}
    found: list[_Renamed] = []
    for name, pair in at.items():
        if name not in names:
            chain = [pair]
            while (following := at.get(chain[-1][0].name)) is not None and following not in chain:
                chain.append(following)
            found += reversed(chain if len(chain) > 1 else [])
    undone = with_columns_of(
        sides.live, one.name, {live.name: column.name for column, live in found}
    )
    return found if sides.agrees_more(undone) else []


def _placed(ours: tuple[Column, ...], theirs: tuple[Column, ...]) -> list[_Renamed]:
    """Match columns by their places: a column that was dropped leaves none, and an added one is at the end."""

    @cache
    def best(a: int, b: int) -> tuple[int, list[_Renamed]]:
        if a == len(ours) or b == len(theirs):
            return len(ours) - a + len(theirs) - b, []
        column, live = ours[a], theirs[b]
        dropped, without = best(a + 1, b)
        kept, others = best(a + 1, b + 1)
        kept += (column.name != live.name) + (column.type != live.type)
        return (kept, [(column, live), *others]) if kept <= dropped + 1 else (dropped + 1, without)

    return best(0, 0)[1]


def _renamed(sides: Sides, one: Table, live: Table) -> Iterator[_Renamed]:
    """Return the columns that were renamed: at their places are columns that the code does not know."""
    names, there = ([column.name for column in side.columns] for side in (one, live))
    matcher = SequenceMatcher(a=names, b=there, autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "replace":
            continue
        ours, theirs = one.columns[a:b], live.columns[c:d]
        # Added columns are at the end. In between, another name can only come from a rename.
        in_midst = len(ours) == len(theirs) and d < len(there)
        if len(ours) != len(theirs):
            theirs = tuple(column for column in theirs if column.name not in names)
            ours, theirs = _most_alike(sides, one.name, ours, theirs)
        for column, other in zip(ours, theirs, strict=True):
            if other.name in names:
                continue
            alike = describe(column) == describe(other) or (in_midst and column.type == other.type)
            if (
                alike
                or (in_midst and column.name not in there)
                or _is_read_as(sides, one.name, column.name, other.name)
            ):
                yield column, other


def _is_read_as(sides: Sides, table: str, column: str, other: str) -> bool:
    """Return whether more agrees if a live column has an expected name: an index on it is that of the other one."""
    return sides.agrees_more(with_columns_of(sides.live, table, {other: column}))


def _most_alike(
    sides: Sides, table: str, ours: tuple[Column, ...], theirs: tuple[Column, ...]
) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    """Choose the columns on both sides by which most agrees, if others beside them were dropped or added."""
    count = min(len(ours), len(theirs))

    def agreed(pairs: tuple[tuple[Column, ...], tuple[Column, ...]]) -> tuple[int, int]:
        new = {
            other.name: column.name
            for column, other in zip(*pairs, strict=True)
            if describe(column) == describe(other)
        }
        without = with_columns_of(sides.live, table, {name: f"{name} " for name in new.values()})
        return agreement(sides.expected, with_columns_of(without, table, new)), len(new)

    choices = product(combinations(ours, count), combinations(theirs, count))
    return max(islice(choices, MOST_CHOICES), key=agreed)


def _is_filled(report: Report, sides: Sides, one: Table, successor: Column, old: Column) -> bool:
    """Return whether the column that has the name now has the values of the old one."""
    new, before = (in_sql(it.name, alone=True) for it in (successor, old))
    lost = f"{before} IS DISTINCT FROM {new}"
    if "(" not in (successor.default or ""):
        lost += f" AND {new} IS NOT DISTINCT FROM {successor.default or 'NULL'}"
    rows = f"SELECT FROM {sides.in_live(one.name)}"
    return report.ask(f"SELECT EXISTS ({rows}) AND NOT EXISTS ({rows} WHERE {lost})").is_true


def _has_values(report: Report, sides: Sides, one: Table, column: Column) -> bool:
    """Return whether a row may have a value there."""
    default = column.default or "NULL"
    given = "true" if "(" in default else f"{quoted(column.name)} IS DISTINCT FROM {default}"
    empty = f"SELECT NOT EXISTS (SELECT FROM {sides.in_live(one.name)} WHERE {given})"
    return not report.ask(empty).is_true


def _compare_each(report: Report, sides: Sides, name: str, moved: set[str], state: State) -> None:
    table = f"{sides.schema}.{name}"
    (one,) = (it for it in sides.expected.tables if it.name == name)
    (live,) = (it for it in sides.live.tables if it.name == name)
    there = {column.name: column for column in live.columns}
    for column in one.columns:
        object = f"column {table}.{column.name}"
        if column.name not in there:
            if not any(it.name == column.name for it in _columns(sides, name)):
                continue  # dropped together with something else
            gone = sides.drop(("column", name, column.name))
            report.add(
                Severity.BREAKING,
                object,
                describe(column),
                None,
                RESTORE,
                touches=report.touched(table, column.name),
                mentioned=gone,
            )
            continue
        other = there[column.name]
        steps = list(_steps(report, sides, live, column, other, state))
        if column.name in moved and steps:
            own = ("column", name, column.name)
            lost = dependents(sides.expected, sides.live, own) - {own}
            report.add(
                worst([*(it for it, *_ in steps), *([Severity.RISKY] if lost else [])]),
                object,
                describe(column),
                f"dropped, and added again as {describe(other)}",
                ADOPT,
                touches=report.touched(table, column.name),
                mentioned=[(table, column.name), *sides.drop(own)],
            )
            anew = (*_columns(sides, name), other)
            sides.expect(name, partial(_with_columns, columns=anew))
            continue
        read = accept_retyped(sides, name, column, other) if column.type != other.type else []
        for severity, expected, found, remedy in steps:
            report.add(
                severity,
                object,
                expected,
                found,
                remedy,
                touches=report.touched(table, column.name),
                mentioned=[(table, column.name), *read],
            )


def _with_columns(table: Table, columns: tuple[Column, ...]) -> Table:
    return replace(table, columns=columns)


def _columns(sides: Sides, table: str) -> Sequence[Column]:
    return next(it.columns for it in sides.expected.tables if it.name == table)


def _steps(
    report: Report, sides: Sides, live: Table, column: Column, other: Column, state: State
) -> Iterator[tuple[Severity, str, str, str]]:
    """Return what was changed: the type of the column, its NOT NULL, its value, its storage."""
    table = f"{sides.schema}.{live.name}"
    (expected,) = (it for it in _columns(sides, live.name) if it.name == column.name)
    if (expected.type, expected.collation) != (other.type, other.collation):
        after = replace(expected, type=other.type, collation=other.collation)
        if without_casts(expected.default or "") == without_casts(other.default or ""):
            after = replace(after, default=other.default)
        if without_casts(expected.generated or "") == without_casts(other.generated or ""):
            after = replace(after, generated=other.generated)
        severity = of_type(expected, after, state)
        if severity is Severity.BREAKING:
            sides.retyped.setdefault(live.name, set()).add(column.name)
            if expected.default is not None and other.default is not None:  # of the other type, too
                after = replace(after, default=other.default)
        if other.default and other.default == state.default_of(other.type) != expected.default:
            after = replace(after, default=other.default)
            severity = worst([severity, of_value(report, state, live.name, expected, other)])
        if expected.type == other.type:
            severity = Severity.RISKY
        yield severity, describe(expected), describe(after), ADOPT
        expected = after
    if (expected.not_null, expected.validated) != (other.not_null, other.validated):
        after = replace(expected, not_null=other.not_null, validated=other.validated)
        check = _check_of(live, other)
        severity = of_nulls(report, sides, state, live.name, expected, check)
        found, remedy = describe(after), setting_nulls(table, expected)
        if expected.not_null and severity is Severity.BREAKING:
            remedy = f"give the rows with a NULL a value, and run {remedy}"
        if check is not None:
            found += f", and {check.definition}"
            remedy += f"; ALTER TABLE {table} DROP CONSTRAINT {in_sql(check.name, alone=True)}"
            kept = tuple(one for one in live.constraints if one != check)
            sides.see(live.name, lambda it: replace(it, constraints=kept))
        yield severity, describe(expected), found, remedy
        expected = after
    value = replace(other, options=expected.options)
    if describe(value) != describe(expected):
        severity = of_value(report, state, live.name, column, other)
        remedy = setting_value(table, expected, other)
        yield severity, describe(expected), describe(value), remedy
    for before, now in option_steps(expected.options, other.options):
        with_them = (describe(replace(other, options=options)) for options in (before, now))
        yield of_options(before, now), next(with_them), next(with_them), ADOPT


def _check_of(live: Table, column: Column) -> Constraint | None:
    """Return the constraint that refuses NULLs in a column instead of its NOT NULL."""
    if column.not_null:
        return None
    for one in live.constraints:
        if one.kind == "check" and column_that_is_given(one) == column.name:
            return one
    return None


def _added(
    report: Report, sides: Sides, state: State, one: Table, live: Table, column: Column
) -> None:
    table = f"{sides.schema}.{one.name}"
    severity = consequence(report, state, one, live, column)
    harmless = severity is Severity.HARMLESS
    report.add(
        severity,
        f"column {table}.{quoted(column.name)}",
        None,
        describe(column),
        IGNORE if harmless else "let it accept rows without a value, or generate the code again",
        touches=() if harmless else report.touched(f"INSERT INTO {table}"),
        mentioned=[(table, column.name)],
    )
