"""Compare the applied migrations."""

from collections.abc import Sequence
from dataclasses import replace

from attune_queries.catalog import Catalog

from attune_store._drift.catalog import compare_catalogs
from attune_store._drift.dependents import names_in
from attune_store._drift.likeness import namable
from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.steps import Undone, undo
from attune_store._migrations import Migration, Progress, read_migrations
from attune_store.errors import Severity

_MIGRATE = "run `attune-store migrate`"


def compare_migrations(
    report: Report, sides: Sides, state: State, progress: Progress | None
) -> None:
    """Report migrations that are pending or unknown, or that their list can't be read."""
    name = f"{sides.schema}.schema_migrations"
    hidden = _hidden(name, state, progress)
    # Nothing is known of a list that can't be read: the objects show which migrations were applied.
    listed = progress or Progress((), read_migrations(), ())
    undone = _undo(report, sides, state, listed)
    lacking = [one for one in listed.pending if one.version in undone.lacking]
    unlisted = [one for one in listed.pending if one not in lacking]
    found = [f"pending: {_names(lacking)}"] if lacking else []
    wanted = f"{len(listed.applied) + len(listed.pending)} applied"
    if hidden is not None:
        wanted, why, remedy = hidden
        found.insert(0, f"{why}, so that its contents are not compared")
    elif progress is None:  # The role may not use the schema, which has its own line.
        remedy = _MIGRATE
    else:
        remedy = _remedy(state, name, lacking, unlisted, listed.unknown)
        if unlisted:
            found.append(f"applied, but not in the list: {_names(unlisted)}")
        if found:
            found.insert(0, f"{len(listed.applied)} applied")
    if found:
        severity = Severity.BREAKING if lacking or hidden else Severity.RISKY
        text = "; ".join(found)
        report.add(severity, "migrations", wanted, text, remedy, mentioned=undone.mentioned)
    for version in listed.unknown:
        remedy = "nothing, if nothing else differs: the database is newer than the code"
        report.add(Severity.HARMLESS, f"migration {version}", None, "applied", remedy)


def _hidden(name: str, state: State, progress: Progress | None) -> tuple[str, str, str] | None:
    """Return what is expected of the list of migrations, why it can't be read, and the remedy."""
    listed, role = state.migrations, state.role
    if listed is None:
        return None
    if not listed.is_list:
        remedy = f"ALTER TABLE {name} RENAME TO schema_migrations_other"
        if len(listed.columns) == 1:
            remedy = f"ALTER TABLE {name} RENAME COLUMN {listed.columns[0]} TO version"
        wanted = "a table with a column version of type varchar"
        return wanted, "another table with this name", remedy
    if not listed.readable:
        remedy = f"GRANT SELECT ON {name} TO {role.identifier}"
        return f"SELECT on {name}", f"not visible to role {role.name}", remedy
    if listed.secured and (progress is None or progress.pending):
        remedy = f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"
        return f"all rows of {name}", f"row security hides some from role {role.name}", remedy
    return None


def _undo(report: Report, sides: Sides, state: State, listed: Progress) -> Undone:
    """Expect nothing of the migrations that the database lacks."""
    # Other tables, of which there may be many, give the same lines without any migration.
    known = {*names_in(sides.expected), *namable(sides.expected, sides.live)}
    tables = tuple(table for table in sides.live.tables if table.name in known)
    live = replace(sides.live, tables=tables)

    def causes(expected: Catalog) -> int:
        trial = report.trial()
        compare_catalogs(trial, Sides(expected, live), state)
        return len(trial.differences)

    undone = undo(sides.expected, live, [one.version for one in listed.pending], causes)
    sides.expected = undone.catalog
    return undone


def _remedy(
    state: State,
    name: str,
    lacking: Sequence[Migration],
    unlisted: Sequence[Migration],
    unknown: Sequence[str],
) -> str:
    if not unlisted:
        return "migrate with code that has all of the migrations" if unknown else _MIGRATE
    if not lacking and not unknown:
        return "run `attune-store migrate --adopt`"
    # Migrations that are applied can't be applied again. Only a complete database can be adopted, and that forgets the
    # migrations of newer code.
    versions = ", ".join(f"('{one.version}')" for one in unlisted)
    insert = f"INSERT INTO {name} (version) VALUES {versions}"
    if state.migrations is None:
        return f"CREATE TABLE {name} (version varchar PRIMARY KEY); {insert}"
    return insert


def _names(migrations: Sequence[Migration]) -> str:
    return ", ".join(one.name for one in migrations)
