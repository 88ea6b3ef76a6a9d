"""Compare tables as a whole: which exist, their names, and their options."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from attune_queries.catalog import Catalog, Constraint, Table

from attune_store._drift.likeness import is_that, renamed_tables
from attune_store._drift.remedies import moved, renaming
from attune_store._drift.renames import with_moved
from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.wording import ADOPT, IGNORE, RESTORE, in_sql, listed, quoted
from attune_store.errors import Severity

_RISKY = re.compile(
    r"n_distinct|STATISTICS 0$|STORAGE PLAIN$|UNLOGGED|PARTITION |INHERITED|REPLICA IDENTITY NOTHING"
    r"|((toast\.)?autovacuum_enabled=(?!true|on|yes|1)|security_\w+=(?!false|off|no|0))"
)


def of_options(expected: Collection[str], live: Collection[str]) -> Severity:
    """Return the effect of other options. Most of them affect no query."""
    gone, new = set(expected) - set(live), set(live) - set(expected)
    changed = [one for one in (*gone, *new) if not one.startswith("fillfactor=")]
    risky = any(one in gone or _RISKY.match(one) for one in changed)
    return Severity.RISKY if risky else Severity.HARMLESS


def compare_tables(report: Report, sides: Sides, state: State) -> None:
    """Report the differences, except for what belongs to a table."""
    kinds = {one.relation: one.kind for one in state.relations}
    _compare_renamed(report, sides, kinds)
    schema = sides.schema
    views = {view.name for view in sides.live.views}
    for one in sides.expected.tables:
        name = f"{schema}.{one.name}"
        there = next((it for it in sides.live.tables if it.name == one.name), None)
        if there is not None and is_that(one, there):
            _compare_options(report, sides, one, _without_identity(state, sides, there))
            continue
        if (elsewhere := state.moved(one.name, [it.name for it in one.columns])) is not None:
            _report_moved(report, sides, one, elsewhere.schema_name, kinds.get(one.name))
            continue
        touches, severity, remedy = report.touched(name), Severity.BREAKING, ADOPT
        found = None if there is None else _columns(there)
        if one.name in views or kinds.get(one.name, "a table") != "a table":
            found = kinds[one.name]
            is_copied = found == "a view" and report.copying(name)
            if (found == "a view" or "of the extension" in found) and not is_copied:
                severity = Severity.RISKY  # unless a query fails
            if "of the extension" in found:
                found += ", whose tables are not compared"
        elif there is None:
            remedy = RESTORE
        sides.live = _without(sides.live, one.name)
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


def _report_moved(
    report: Report, sides: Sides, one: Table, schema: str, successor: str | None
) -> None:
    """Report a table that is in another schema. Its parts are compared when it is back."""
    name = f"{sides.schema}.{one.name}"
    severity = Severity.BREAKING
    found, remedy = moved(f"TABLE {one.name}", schema, sides.schema)
    if successor is not None:
        found, remedy = (
            f"{found}, and {successor} has its name",
            _making_room(report, name, successor, remedy),
        )
        severity = Severity.RISKY if successor == "a view" else severity  # unless a query fails
    report.add(
        severity,
        f"table {name}",
        _columns(one),
        found,
        remedy,
        touches=report.touched(name),
        mentioned=[(name,), *((name, column.name) for column in one.columns)],
    )
    sides.moved.add(f"{quoted(schema)}.{one.name}")
    live = _without(with_moved(sides.live, schema, one.name), one.name)
    sides.live = replace(live, tables=(*live.tables, one))


def _without(catalog: Catalog, name: str) -> Catalog:
    """Return the catalog without the table or view."""
    return replace(
        catalog,
        tables=tuple(it for it in catalog.tables if it.name != name),
        views=tuple(it for it in catalog.views if it.name != name),
    )


def _compare_renamed(report: Report, sides: Sides, kinds: Mapping[str, str]) -> None:
    schema, undone = sides.schema, dict[str, str]()
    renamed = renamed_tables(report, sides, kinds)
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
            new = f"{new}, and a view has its name"
            if not report.copying(name):  # COPY can't write a view.
                severity = Severity.RISKY
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


def _making_room(report: Report, name: str, kind: str, remedy: str) -> str:
    """Return the remedy of a rename if something else has the name now, which is kept if it has rows."""
    if "of the extension" in kind:
        return ADOPT
    what = kind.partition(" ")[2].upper()
    if what == "TABLE" and not report.ask(f"SELECT NOT EXISTS (SELECT FROM {name})").is_true:
        return f"ALTER TABLE {name} RENAME TO {name.partition('.')[2]}_new; {remedy}"
    return f"DROP {what} {name}; {remedy}"


def _without_identity(state: State, sides: Sides, live: Table) -> Table:
    """Return a published table without its replica identity, which is compared with its publications."""
    if all(one.relation != sides.renamed.get(live.name, live.name) for one in state.published):
        return live
    kept = (one for one in live.options if not one.startswith("REPLICA IDENTITY "))
    return replace(live, options=tuple(kept))


def _compare_options(report: Report, sides: Sides, one: Table, live: Table) -> None:
    name = f"{sides.schema}.{one.name}"
    steps = option_steps(one.options, live.options)
    if any(option.startswith("PARTITION ") for option in {*one.options} ^ {*live.options}):
        steps = [(one.options, live.options)]  # another table, with other options
    for before, after in steps:
        report.add(
            of_options(before, after),
            f"table {name}",
            listed(before),
            listed(after),
            f"ALTER TABLE {name} SET LOGGED" if {*after} - {*before} == {"UNLOGGED"} else ADOPT,
            touches=report.touched(name),
        )


def option_steps(
    expected: Collection[str], live: Collection[str]
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the options before and after each change that leads from one side to the other."""
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
    """Return the kind of an option. A table may inherit from several others."""
    name, sets, _ = text.partition("=")
    return name if sets or text.startswith("INHERIT") else text.rpartition(" ")[0] or text


def _columns(table: Table) -> str:
    return f"({', '.join(column.name for column in table.columns)})"


def _is_partition(table: Table, names: Collection[str], schema: str) -> bool:
    """Return whether it is a partition of an expected table, whose line includes it."""
    return any(f"PARTITION OF {schema}.{name}" in table.options for name in names)


def _untying(
    name: str, table: Table, expected: Collection[str], heirs: Collection[str]
) -> Iterator[str]:
    """Return the statements that remove the dependencies of another table on ours."""
    for option in table.options:
        if option in heirs:
            yield f"ALTER TABLE {name} NO INHERIT {option.removeprefix('INHERITS ')}"
    held = _holding(table, expected)
    for one in table.constraints:
        if one.definition in held:
            yield f"ALTER TABLE {name} DROP CONSTRAINT {in_sql(one.name, alone=True)}"


def _holding(table: Table, names: Collection[str]) -> list[str]:
    """Return the foreign keys by which rows of another table prevent the deletion of ours."""
    return [
        one.definition
        for one in table.constraints
        if one.references in names and not _lets_delete(table, one)
    ]


def _lets_delete(table: Table, key: Constraint) -> bool:
    _, _, action = key.definition.partition(" ON DELETE ")
    if not action.startswith("SET NULL"):
        return action.startswith(("CASCADE", "SET DEFAULT"))
    of_action = re.match(r"SET NULL \(([^)]*)\)", action)
    columns = [name.strip(' "') for name in of_action[1].split(",")] if of_action else key.columns
    return not any(one.not_null for one in table.columns if one.name in columns)
