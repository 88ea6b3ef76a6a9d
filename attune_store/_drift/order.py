"""Compare the order of the columns of a table."""

from collections.abc import Mapping, Sequence
from functools import partial

from attune_queries.catalog import Table

from attune_store._drift.objects import agreement
from attune_store._drift.remedies import renaming, renaming_column
from attune_store._drift.renames import with_columns_of
from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.wording import ADOPT, IGNORE, describe
from attune_store.errors import Severity


def compare_order(report: Report, sides: Sides, one: Table, live: Table) -> set[str]:
    """Report columns at other places, which affects a query only if some have exchanged their names.

    Return those that were dropped and added again, so that they are at the end.
    """
    table = f"{sides.schema}.{one.name}"
    expected, found = (
        {column.name: describe(column) for column in side.columns} for side in (one, live)
    )
    names = [name for name in expected if name in found]
    there = [name for name in found if name in expected]
    anew, exchanged = _moves(names, there)
    doubtful = dict[str, str]()
    # The last two look the same if one was dropped and added again. Definitions may show which it was.
    if (last := _last_two(names, anew, exchanged)) is not None:
        undone = with_columns_of(sides.live, one.name, last)
        before, after = (agreement(sides.expected, it) for it in (sides.live, undone))
        if after <= before:
            exchanged = {name: it for name, it in exchanged.items() if name not in last}
        if after < before:
            anew = [there[-len(anew) - 1], *anew]
        elif after == before:
            doubtful = last
    remedies = renaming(exchanged, partial(renaming_column, table), f"column {table}.")
    places = {other: name for name, other in (exchanged | doubtful).items()}
    for name in exchanged | doubtful:
        report.add(
            Severity.RISKY if name in doubtful else Severity.BREAKING,
            f"column {table}.{name}",
            f"{expected[name]} in its place",
            f"{found[name]} in the place of {places[name]}",
            remedies.get(name, ADOPT),
            touches=report.touched(table, name),
            mentioned=[(table, name)],
        )
    if exchanged:
        sides.undo_renamed_columns(one.name, {other: name for name, other in exchanged.items()})
    for name in names:
        if name in anew and expected[name] == found[name]:
            ours_after, theirs_after = (_before(side, name) for side in (names, there))
            report.add(
                Severity.HARMLESS,
                f"column {table}.{name}",
                f"after {ours_after}" if ours_after else "first",
                f"added again, after {theirs_after}",
                IGNORE,
            )
    return set(anew)


def _moves(names: Sequence[str], there: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the columns that were added again, as few as possible, and those at whose places others are."""
    moves = list[tuple[int, list[str], dict[str, str]]]()
    for count in range(len(there) + 1):
        stayed, anew = there[: len(there) - count], list(there[len(there) - count :])
        places = zip((name for name in names if name not in anew), stayed, strict=True)
        exchanged = {name: other for name, other in places if name != other}
        # An exchange of the last two is as likely as another column that was added again.
        doubtful = _last_two(names, anew, exchanged) is not None
        moves.append((count + len(exchanged) - doubtful, anew, exchanged))
    _, anew, exchanged = min(moves, key=lambda it: it[0])
    return anew, exchanged


def _last_two(
    names: Sequence[str], anew: Sequence[str], exchanged: Mapping[str, str]
) -> dict[str, str] | None:
    """Return the last two columns before those that were added again, if they have exchanged their names."""
    last = [name for name in names if name not in anew][-2:]
    is_exchange = [exchanged.get(name) for name in last] == last[::-1]
    return dict(zip(last, last[::-1], strict=True)) if is_exchange else None


def _before(names: Sequence[str], name: str) -> str | None:
    place = names.index(name)
    return names[place - 1] if place else None
