"""Comparing which migrations were applied."""

from attune_queries.check import GetLiveRoleRow

from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.steps import undo
from attune_store._migrations import Progress
from attune_store.errors import Severity


def compare_migrations(report: Report, progress: Progress, sides: Sides) -> None:
    """Report migrations that are pending or unknown, and expect what the database has without them."""
    total = len(progress.applied) + len(progress.pending)
    undone = undo(sides.expected, sides.live, [one.version for one in progress.pending])
    names = ", ".join(one.name for one in progress.pending)
    if names and not undone.applied:
        sides.expected = undone.catalog
        report.add(
            Severity.BREAKING,
            "migrations",
            f"{total} applied",
            f"{len(progress.applied)} applied, pending: {names}",
            "run `attune-store migrate`",
            mentioned=undone.mentioned,
        )
    elif names:
        report.add(
            Severity.RISKY,
            "migrations",
            f"{total} applied",
            f"{len(progress.applied)} applied; not in the list, though what they change is there: {names}",
            "run `attune-store migrate --adopt`",
        )
    for version in progress.unknown:
        remedy = "nothing, if nothing else differs: the database is newer than the code"
        report.add(Severity.HARMLESS, f"migration {version}", None, "applied", remedy)


def report_hidden_migrations(report: Report, role: GetLiveRoleRow) -> None:
    """Report that the role does not see which migrations were applied."""
    remedy = f"GRANT SELECT ON attune.schema_migrations TO {role.identifier}"
    wanted = "SELECT on attune.schema_migrations"
    report.add(Severity.BREAKING, "migrations", wanted, f"not visible to role {role.name}", remedy)
