"""Compare views."""

from dataclasses import replace

from attune_queries.catalog import View

from attune_store._drift.matching import match, renamed
from attune_store._drift.names import canonical_view
from attune_store._drift.remedies import moved, renaming, replacing, restoring
from attune_store._drift.report import Report
from attune_store._drift.severity import is_alike
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.tables import of_options, option_steps
from attune_store._drift.wording import ADOPT, IGNORE, describe, excerpts, in_sql, listed, quoted
from attune_store.errors import Severity


def compare_renamed_views(report: Report, sides: Sides, state: State) -> None:
    """Report renamed views. Their columns keep their names, whatever happened to those that they read."""
    schema = sides.schema
    kinds = {one.relation: one.kind for one in state.relations}
    tables = {table.name for table in sides.expected.tables}
    pairs = match(
        [view for view in sides.expected.views if kinds.get(view.name, "a view") == "a view"],
        [view for view in sides.live.views if view.name not in tables],
        key=lambda it: it.name,
        content=lambda it: tuple(column.name for column in it.columns),
    )
    names = renamed(pairs)
    remedies = renaming(
        names,
        lambda name, new: f"ALTER VIEW {schema}.{in_sql(name)} RENAME TO {new}",
        f"view {schema}.",
    )
    for one in sides.expected.views:
        if one.name in names:
            name = f"{schema}.{one.name}"
            report.add(
                Severity.BREAKING,
                f"view {name}",
                _columns(one),
                f"renamed to {schema}.{quoted(names[one.name])}",
                remedies[one.name],
                touches=report.touched(name),
                mentioned=_names(name, one),
            )
    if names:
        sides.renamed |= names
        new = {live: name for name, live in names.items()}
        views = (
            replace(it, name=new.get(it.name, it.name))
            for it in sides.live.views
            if it.name in new or it.name not in names
        )
        sides.live = replace(sides.live, views=tuple(views))
        sides.undo_renames(new)


def compare_views(report: Report, sides: Sides, state: State) -> None:
    """Report the other differences."""
    kinds = {one.relation: one.kind for one in state.relations}
    tables = {table.name for table in sides.expected.tables}
    there = {view.name: view for view in sides.live.views if view.name not in tables}
    expected = sides.expected.views
    for one in expected:
        if (live := there.get(one.name)) is not None:
            _compare(report, sides, one, live, state)
        else:
            _report_missing(report, sides, one, kinds.get(one.name, "a view"), state)
    known = {view.name for view in expected}
    for extra in there.values():
        if extra.name not in known:
            object = f"view {sides.schema}.{quoted(extra.name)}"
            report.add(Severity.HARMLESS, object, None, _columns(extra), IGNORE)


def _report_missing(report: Report, sides: Sides, one: View, kind: str, state: State) -> None:
    name = f"{sides.schema}.{one.name}"
    severity, remedy, found = Severity.BREAKING, ADOPT, None
    elsewhere = state.moved(one.name, [it.name for it in one.columns])
    if kind != "a view":
        found, severity = f"{kind}, which is not compared", Severity.RISKY  # unless a query fails
    elif elsewhere is not None:
        found, remedy = moved(f"VIEW {one.name}", elsewhere.schema_name, sides.schema)
    else:
        remedy = restoring(sides, ("view", one.name))
    report.add(
        severity,
        f"view {name}",
        _columns(one),
        found,
        remedy,
        touches=report.touched(name),
        mentioned=[*_names(name, one), *sides.drop(("view", one.name))],
    )


def _compare(report: Report, sides: Sides, one: View, live: View, state: State) -> None:
    name = f"{sides.schema}.{one.name}"
    changed = [
        (before, after, separator)
        for before, after, separator in _aspects(sides.schema, one, live)
        if before != after
    ]
    for before, after, separator in changed[:1]:  # The others follow from it.
        expected, found = excerpts(before, after, separator=separator)
        types = {
            column.name: state.domains.get(column.type, column.type) for column in live.columns
        }
        as_expected = all(
            column.name in types and is_alike(column.type, types[column.name])
            for column in one.columns
        )
        report.add(
            Severity.RISKY if as_expected else Severity.BREAKING,
            f"view {name}",
            expected,
            found,
            replacing(sides.schema, one) if _columns(one) == _columns(live) else ADOPT,
            touches=report.touched(name),
            mentioned=_names(name, one),
        )
    there = {column.name: column for column in live.columns}
    for column in one.columns:
        other = there.get(column.name, column)
        if other.default != column.default:
            report.add(
                Severity.RISKY,
                f"view {name}",
                f"{column.name} {describe(column)}",
                f"{column.name} {describe(replace(column, default=other.default))}",
                f"ALTER VIEW {name} ALTER COLUMN {column.name} DROP DEFAULT",
                touches=report.touched(name),
            )
    for options, others in option_steps(one.options, live.options):
        report.add(
            of_options(options, others),
            f"view {name}",
            listed(options),
            listed(others),
            ADOPT,
            touches=report.touched(name),
        )


def _aspects(schema: str, one: View, live: View) -> list[tuple[str, str, str]]:
    """Return the parts that may differ, and how they are written."""
    same = canonical_view(one.definition, schema) == canonical_view(live.definition, schema)
    definition = one.definition if same else live.definition

    def described(view: View) -> str:
        columns = (replace(column, default=None) for column in view.columns)
        return ", ".join(f"{column.name} {describe(column)}" for column in columns)

    return [
        (_columns(one), _columns(live), ", "),
        (one.definition, definition, "\n"),
        (described(one), described(live), ", "),
    ]


def _columns(view: View) -> str:
    return ", ".join(f"{column.name} {column.type}" for column in view.columns)


def _names(name: str, view: View) -> list[tuple[str, ...]]:
    return [(name,), *((name, column.name) for column in view.columns)]
