"""Compare the applied migrations."""

from collections.abc import Sequence

from attune_queries.catalog import Catalog

from attune_store._drift.catalog import compare_catalogs
from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.steps import undo
from attune_store._migrations import Migration, Progress
from attune_store.errors import Severity


def compare_migrations(
    report: Report, sides: Sides, state: State, progress: Progress | None
) -> None:
    """Report migrations that are pending or unknown, or that their list can't be read."""
    listed, hidden = state.migrations, "so that its contents are not compared"
    name, role = f"{report.schema}.schema_migrations", state.role
    if listed is not None and not listed.is_list:
        wanted, found = (
            "a table with a column version of type varchar",
            "another table with this name",
        )
        remedy = f"ALTER TABLE {name} RENAME TO schema_migrations_other"
        if len(listed.columns) == 1:
            remedy = f"ALTER TABLE {name} RENAME COLUMN {listed.columns[0]} TO version"
    elif listed is not None and not listed.readable:
        wanted, found = f"SELECT on {name}", f"not visible to role {role.name}"
        remedy = f"GRANT SELECT ON {name} TO {role.identifier}"
    elif listed is not None and listed.secured and (progress is None or progress.pending):
        wanted, found = f"all rows of {name}", f"row security hides some from role {role.name}"
        remedy = f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY"
    elif progress is not None:
        _compare_listed(report, sides, state, progress)
        return
    else:
        return  # The role may not use the schema, which has its own line.
    report.add(Severity.BREAKING, "migrations", wanted, f"{found}, {hidden}", remedy)


def _compare_listed(report: Report, sides: Sides, state: State, progress: Progress) -> None:
    def causes(expected: Catalog) -> int:
        trial = report.trial()
        compare_catalogs(trial, Sides(expected, sides.live), state)
        return len(trial.differences)

    total, applied = len(progress.applied) + len(progress.pending), len(progress.applied)
    undone = undo(sides.expected, sides.live, [one.version for one in progress.pending], causes)
    sides.expected = undone.catalog
    lacking = [one for one in progress.pending if one.version in undone.lacking]
    unlisted = [one for one in progress.pending if one not in lacking]
    found = [f"{applied} applied"]
    if lacking:
        found.append(f"pending: {_names(lacking)}")
    if unlisted:
        found.append(f"applied, but not in the list: {_names(unlisted)}")
    if progress.pending:
        report.add(
            Severity.BREAKING if lacking else Severity.RISKY,
            "migrations",
            f"{total} applied",
            "; ".join(found),
            _remedy(sides.schema, lacking, unlisted),
            mentioned=undone.mentioned,
        )
    for version in progress.unknown:
        remedy = "nothing, if nothing else differs: the database is newer than the code"
        report.add(Severity.HARMLESS, f"migration {version}", None, "applied", remedy)


def _remedy(schema: str, lacking: Sequence[Migration], unlisted: Sequence[Migration]) -> str:
    if not unlisted:
        return "run `attune-store migrate`"
    if not lacking:
        return "run `attune-store migrate --adopt`"
    # Migrations that are applied can't be applied again, and only a complete database can be adopted.
    versions = ", ".join(f"('{one.version}')" for one in unlisted)
    return f"INSERT INTO {schema}.schema_migrations (version) VALUES {versions}"


def _names(migrations: Sequence[Migration]) -> str:
    return ", ".join(one.name for one in migrations)
