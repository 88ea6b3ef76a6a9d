"""Comparing which migrations were applied."""

from collections.abc import Sequence

from attune_queries.check import GetLiveRoleRow

from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.steps import undo
from attune_store._migrations import Migration, Progress
from attune_store.errors import Severity


def compare_migrations(report: Report, progress: Progress, sides: Sides) -> None:
    """Report migrations that are pending or unknown, and expect what the database has without them."""
    total, applied = len(progress.applied) + len(progress.pending), len(progress.applied)
    undone = undo(sides.expected, sides.live, [one.version for one in progress.pending])
    sides.expected = undone.catalog
    lacking = [one for one in progress.pending if one.version in undone.lacking]
    unlisted = [one for one in progress.pending if one not in lacking]
    found = [f"{applied} applied"]
    if lacking:
        found.append(f"pending: {_names(lacking)}")
    if unlisted:
        found.append(f"not in the list, though what they change is there: {_names(unlisted)}")
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
    # Those that are there can't be applied again, and only a database that has all is adopted.
    versions = ", ".join(f"('{one.version}')" for one in unlisted)
    return f"INSERT INTO {schema}.schema_migrations (version) VALUES {versions}"


def _names(migrations: Sequence[Migration]) -> str:
    return ", ".join(one.name for one in migrations)


def report_hidden_migrations(report: Report, role: GetLiveRoleRow) -> None:
    """Report that the role does not see which migrations were applied."""
    remedy = f"GRANT SELECT ON attune.schema_migrations TO {role.identifier}"
    wanted = "SELECT on attune.schema_migrations"
    report.add(Severity.BREAKING, "migrations", wanted, f"not visible to role {role.name}", remedy)
