"""Find live tables that are expected ones with another name."""

from collections.abc import Iterable, Mapping
from functools import partial

from attune_queries.catalog import Catalog, Table

from attune_store._drift.dependents import names_in, names_of
from attune_store._drift.matching import match
from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.wording import describe, in_sql


def namable(expected: Catalog, live: Catalog) -> list[str]:
    """Return the live tables and views that may be renamed expected ones."""
    wanted = [_names(one) for one in expected.tables]
    tables = [it.name for it in live.tables if any(map(partial(_is_like, _names(it)), wanted))]
    names = {*tables, *(it.name for it in live.views)}
    return sorted(names - names_in(expected))


def renamed_tables(
    report: Report, sides: Sides, kinds: Mapping[str, str]
) -> list[tuple[Table, Table, bool]]:
    """Return the tables that were renamed, and whether something else has their name now."""
    expected = {table.name: table for table in sides.expected.tables}
    known = {*expected, *namable(sides.expected, sides.live)}
    # A partition or a child table resembles its parent, whatever its name is now.
    ties = {f"{tie} {sides.schema}.{it}" for tie in ("PARTITION OF", "INHERITS") for it in known}
    live = {
        it.name: it
        for it in sides.live.tables
        if it.name in expected or (it.name in known and ties.isdisjoint(it.options))
    }

    def columns(table: Table) -> tuple[str, ...]:
        return tuple(f"{column.name} {describe(column)}" for column in table.columns)

    pairs = match(expected.values(), live.values(), key=lambda it: it.name, content=columns)
    swapped = [
        (one, it, one.name in kinds and one.name not in live)
        for one, it in pairs
        if one and it and one.name != it.name
    ]
    taken = {it.name for _, it, _ in swapped}
    extra = [it for it in live.values() if it.name not in expected and it.name not in taken]
    if not extra:
        return swapped
    found = {one.name for one, _, _ in swapped}
    for one in expected.values():
        if one.name in found:
            continue
        there = live.get(one.name)
        like = [
            it for it in extra if is_that(one, it) and _is_most_like(one, it, expected.values())
        ]
        like = [it for it in like if there is None or _has_names_of(one, it, there)]
        best = max(like, key=lambda it: _likeness(one, it), default=None)
        if best is None or (there and _is_filled(report, sides, one, best)):
            continue
        extra.remove(best)
        swapped.append((one, best, there is not None or one.name in kinds))
    return swapped


def is_that(expected: Table, live: Table) -> bool:
    """Return whether it is the same table, even if it was changed, and not another one with its name."""
    return _is_like(_names(live), _names(expected))


def _is_like(there: set[str], wanted: set[str]) -> bool:
    return len(there & wanted) * 2 >= len(wanted)


def _likeness(one: Table, other: Table) -> int:
    return len(_names(one) & _names(other))


def _names(table: Table) -> set[str]:
    return {column.name for column in table.columns}


def _is_most_like(one: Table, other: Table, tables: Iterable[Table]) -> bool:
    """Return whether the other table is not a copy or a child of a third one."""

    def share(table: Table) -> float:
        return _likeness(table, other) / len(table.columns)

    return share(one) >= max(map(share, tables))


def _has_names_of(one: Table, old: Table, there: Table) -> bool:
    """Return whether the old table has the objects of the expected one, and not the table with its name."""

    names = names_of(one)
    return len(names & names_of(old)) > len(names & names_of(there))


def _is_filled(report: Report, sides: Sides, one: Table, old: Table) -> bool:
    """Return whether the table that has the name now contains all rows of the old one, and any rows."""
    new, key = f"{sides.schema}.{one.name}", one.columns[0].name
    lost = (
        f"SELECT FROM {sides.schema}.{in_sql(old.name)} AS old"
        f" WHERE NOT EXISTS (SELECT FROM {new} AS new WHERE new.{key} = old.{key})"
    )
    return report.ask(f"SELECT EXISTS (SELECT FROM {new}) AND NOT EXISTS ({lost})").is_true
