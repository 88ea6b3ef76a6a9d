"""Comparing which migrations were applied."""

from attune_store._drift.report import Report
from attune_store._migrations import Progress
from attune_store.errors import Severity


def compare_migrations(report: Report, progress: Progress | None, role: str) -> None:
    """Report migrations that are pending or unknown, or that the role does not see them."""
    if progress is None:
        remedy = f"GRANT SELECT ON attune.schema_migrations TO {role}"
        wanted = "SELECT on attune.schema_migrations"
        report.add(Severity.BREAKING, "migrations", wanted, f"not visible to role {role}", remedy)
        return
    if progress.pending:
        names = ", ".join(migration.name for migration in progress.pending)
        found = f"{len(progress.applied)} applied, pending: {names}"
        expected = f"{len(progress.applied) + len(progress.pending)} applied"
        remedy = "run `attune-store migrate`"
        report.add(Severity.BREAKING, "migrations", expected, found, remedy)
    for version in progress.unknown:
        remedy = "nothing, if nothing else differs: the database is newer than the code"
        report.add(Severity.HARMLESS, f"migration {version}", None, "applied", remedy)
