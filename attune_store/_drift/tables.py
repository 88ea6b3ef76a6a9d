"""Comparing tables as a whole: which are there, under which names, and what they are set to."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from attune_queries.catalog import Table

from attune_store._drift.dependents import names_of
from attune_store._drift.matching import match
from attune_store._drift.remedies import renaming
from attune_store._drift.renames import with_moved
from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.wording import ADOPT, IGNORE, RESTORE, describe, in_sql, listed, quoted
from attune_store.errors import Severity

_RISKY = re.compile(
    r"n_distinct|STATISTICS 0$|STORAGE PLAIN$|UNLOGGED|PARTITION |INHERITED|REPLICA IDENTITY NOTHING"
    r"|((toast\.)?autovacuum_enabled=(?!true|on|yes|1)|security_\w+=(?!false|off|no|0))"
)


def of_options(expected: Collection[str], live: Collection[str]) -> Severity:
    """What other options do: most of them, no query notices."""
    gone, new = set(expected) - set(live), set(live) - set(expected)
    changed = [one for one in (*gone, *new) if not one.startswith("fillfactor=")]
    risky = any(one in gone or _RISKY.match(one) for one in changed)
    return Severity.RISKY if risky else Severity.HARMLESS


def compare_tables(report: Report, sides: Sides, state: State) -> None:
    """Report what differs, but for what belongs to a table."""
    kinds = {one.name: one.kind for one in state.relations}
    _compare_renamed(report, sides, kinds)
    schema = sides.schema
    views = {view.name for view in sides.live.views}
    for one in sides.expected.tables:
        name = f"{schema}.{one.name}"
        there = next((it for it in sides.live.tables if it.name == one.name), None)
        if there is not None and _is_that(one, there):
            _compare_options(report, sides, one, there)
            continue
        touches, severity, remedy = report.touched(name), Severity.BREAKING, ADOPT
        found = None if there is None else _columns(there)
        if one.name in views or kinds.get(one.name, "a table") != "a table":
            found = kinds[one.name]
            if found == "a view" or "of the extension" in found:
                severity = Severity.RISKY  # unless a query fails
            if "of the extension" in found:
                found += ", whose tables are not compared"
        elif there is None:
            remedy = RESTORE
            if (elsewhere := state.moved_to(one.name, (it.name for it in one.columns))) is not None:
                _report_moved(report, sides, one, elsewhere)
                continue
        sides.live = replace(
            sides.live,
            tables=tuple(it for it in sides.live.tables if it.name != one.name),
            views=tuple(it for it in sides.live.views if it.name != one.name),
        )
        gone = sides.drop(("table", one.name))
        report.add(
            severity,
            f"table {name}",
            _columns(one),
            found,
            remedy,
            touches=touches,
            mentioned=[*gone, *((name, column.name) for column in one.columns)],
        )
    expected = {table.name for table in sides.expected.tables}
    expected |= {view.name for view in sides.expected.views}
    heirs = [f"INHERITS {schema}.{name}" for name in expected]
    for other in sides.live.tables:
        if other.name not in expected and not _is_partition(other, expected, schema):
            ties = [*(one for one in other.options if one in heirs), *_holding(other, expected)]
            severity = Severity.RISKY if ties else Severity.HARMLESS
            text = " ".join((_columns(other), *ties))
            remedy = "; ".join(_untying(f"{schema}.{in_sql(other.name)}", other, expected, heirs))
            object = f"table {schema}.{quoted(other.name)}"
            report.add(severity, object, None, text, remedy or IGNORE)


def _report_moved(report: Report, sides: Sides, one: Table, schema: str) -> None:
    """Report a table that another schema has; what belongs to it is compared when it is back."""
    name = f"{sides.schema}.{one.name}"
    report.add(
        Severity.BREAKING,
        f"table {name}",
        _columns(one),
        f"moved to the schema {schema}",
        f"ALTER TABLE {in_sql(schema, alone=True)}.{one.name} SET SCHEMA {sides.schema}",
        touches=report.touched(name),
        mentioned=[(name,), *((name, column.name) for column in one.columns)],
    )
    live = with_moved(sides.live, schema, one.name)
    sides.live = replace(live, tables=(*live.tables, one))


def _compare_renamed(report: Report, sides: Sides, kinds: Mapping[str, str]) -> None:
    schema, undone = sides.schema, dict[str, str]()
    renamed = _renamed(report, sides, kinds)
    remedies = renaming(
        {one.name: live.name for one, live, _ in renamed},
        lambda name, new: f"ALTER TABLE {schema}.{in_sql(name)} RENAME TO {new}",
        f"table {schema}.",
    )
    for one, live, succeeded in renamed:
        name = f"{schema}.{one.name}"
        touches = report.touched(name)
        new = f"renamed to {schema}.{quoted(live.name)}"
        severity, remedy = Severity.BREAKING, remedies[one.name]
        if succeeded:
            remedy = _making_room(report, name, kinds[one.name], remedy)
        if succeeded and kinds[one.name] == "a view":
            new, severity = f"{new}, and a view has its name", Severity.RISKY
        elif succeeded:
            keys = [
                f"{table.name}.{key.name}"
                for table in sides.live.tables
                for key in table.constraints
                if key.references == live.name
            ]
            new = f"{new}, and another table has its name"
            new += f"; foreign keys still point to the old one: {', '.join(keys)}" if keys else ""
        report.add(
            severity,
            f"table {name}",
            _columns(one),
            new,
            remedy,
            touches=touches,
            mentioned=[(name,), *((name, column.name) for column in one.columns)],
        )
        undone[live.name] = one.name
    if undone:
        sides.undo_renamed_tables(undone)


def _renamed(
    report: Report, sides: Sides, kinds: Mapping[str, str]
) -> list[tuple[Table, Table, bool]]:
    """The tables that were renamed, and whether something else has the name now."""
    expected = {table.name: table for table in sides.expected.tables}
    live = {table.name: table for table in sides.live.tables}

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
    known = {one.name for one, _, _ in swapped}
    for one in expected.values():
        if one.name in known:
            continue
        there = live.get(one.name)
        like = [
            it for it in extra if _is_that(one, it) and _is_most_like(one, it, expected.values())
        ]
        like = [it for it in like if there is None or _has_names_of(one, it, there)]
        best = max(like, key=lambda it: _likeness(one, it), default=None)
        if best is None or (there and _is_filled(report, sides, one, best)):
            continue
        extra.remove(best)
        swapped.append((one, best, there is not None or one.name in kinds))
    return swapped


def _making_room(report: Report, name: str, kind: str, remedy: str) -> str:
    """The remedy of a rename where something else has the name now, which is kept if it has rows."""
    if "of the extension" in kind:
        return ADOPT
    what = kind.partition(" ")[2].upper()
    if what == "TABLE" and not report.ask(f"SELECT NOT EXISTS (SELECT FROM {name})").is_true:
        return f"ALTER TABLE {name} RENAME TO {name.partition('.')[2]}_new; {remedy}"
    return f"DROP {what} {name}; {remedy}"


def _likeness(one: Table, other: Table) -> int:
    there = {column.name for column in other.columns}
    return sum(column.name in there for column in one.columns)


def _is_most_like(one: Table, other: Table, tables: Iterable[Table]) -> bool:
    """Whether the other table is not rather a copy or an heir of another one."""

    def share(table: Table) -> float:
        return _likeness(table, other) / len(table.columns)

    return share(one) >= max(map(share, tables))


def _has_names_of(one: Table, old: Table, there: Table) -> bool:
    """Whether the old table has what belongs to the expected one, rather than the one of its name."""

    names = names_of(one)
    return len(names & names_of(old)) > len(names & names_of(there))


def _is_filled(report: Report, sides: Sides, one: Table, old: Table) -> bool:
    """Whether the table that has the name now has all rows of the old one, and any at all."""
    new, key = f"{sides.schema}.{one.name}", one.columns[0].name
    lost = (
        f"SELECT FROM {sides.schema}.{in_sql(old.name)} AS old"
        f" WHERE NOT EXISTS (SELECT FROM {new} AS new WHERE new.{key} = old.{key})"
    )
    return report.ask(f"SELECT EXISTS (SELECT FROM {new}) AND NOT EXISTS ({lost})").is_true


def _compare_options(report: Report, sides: Sides, one: Table, live: Table) -> None:
    name = f"{sides.schema}.{one.name}"
    steps = option_steps(one.options, live.options)
    if any(option.startswith("PARTITION ") for option in {*one.options} ^ {*live.options}):
        steps = [(one.options, live.options)]  # another table, which takes other options
    for before, after in steps:
        report.add(
            of_options(before, after),
            f"table {name}",
            listed(before),
            listed(after),
            ADOPT,
            touches=report.touched(name),
        )


def option_steps(
    expected: Collection[str], live: Collection[str]
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The options before and after each of the changes that lead from one side to the other."""
    before, after = ({_option(one): one for one in side} for side in (expected, live))
    steps: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    now = dict(before)
    for key in sorted(before | after):
        if before.get(key) != after.get(key):
            start = tuple(now.values())
            now.pop(key, None)
            now |= {key: after[key]} if key in after else {}
            steps.append((start, tuple(now.values())))
    return steps


def _option(text: str) -> str:
    """What an option sets; a table may inherit from several others."""
    name, sets, _ = text.partition("=")
    return name if sets or text.startswith("INHERIT") else text.rpartition(" ")[0] or text


def _columns(table: Table) -> str:
    return f"({', '.join(column.name for column in table.columns)})"


def _is_that(expected: Table, live: Table) -> bool:
    """Whether it is the same table, however changed, and not another one of its name."""
    return _likeness(expected, live) * 2 >= len(expected.columns)


def _is_partition(table: Table, names: Collection[str], schema: str) -> bool:
    """Whether it is a part of an expected table, of whose own line it is a part, too."""
    return any(f"PARTITION OF {schema}.{name}" in table.options for name in names)


def _untying(
    name: str, table: Table, expected: Collection[str], heirs: Collection[str]
) -> Iterator[str]:
    """The statements by which another table no longer has a hold on ours."""
    for option in table.options:
        if option in heirs:
            yield f"ALTER TABLE {name} NO INHERIT {option.removeprefix('INHERITS ')}"
    held = _holding(table, expected)
    for one in table.constraints:
        if one.definition in held:
            yield f"ALTER TABLE {name} DROP CONSTRAINT {in_sql(one.name, alone=True)}"


def _holding(table: Table, names: Collection[str]) -> list[str]:
    """The foreign keys by which rows of another table keep ours from being deleted."""
    return [
        one.definition
        for one in table.constraints
        if one.references in names and not re.search(r" ON DELETE (CASCADE|SET)", one.definition)
    ]
