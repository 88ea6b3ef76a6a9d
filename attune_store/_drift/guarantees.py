"""Compare what no definition shows: guarantees that are switched off."""

from attune_queries.catalog import Catalog

from attune_store._drift.report import Report
from attune_store._drift.state import State
from attune_store.errors import Severity


def compare_guarantees(report: Report, expected: Catalog, state: State) -> None:
    """Report them for the expected tables."""
    schema, tables = expected.schema, {table.name for table in expected.tables}

    def weak(table: str, object: str, expected: str, found: str, remedy: str) -> None:
        if table in tables:
            touches = report.touched(f"{schema}.{table}")
            report.add(Severity.RISKY, object, expected, found, remedy, touches=touches)

    for table in state.unenforced_tables:
        remedy = f"ALTER TABLE {schema}.{table} ENABLE TRIGGER ALL"
        weak(table, f"foreign keys of {schema}.{table}", "enforced", "switched off", remedy)
