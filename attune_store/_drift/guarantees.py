"""Comparing what no definition shows: guarantees that are switched off or not proved."""

from attune_queries.catalog import Catalog

from attune_store._drift.difference import Severity
from attune_store._drift.report import Report
from attune_store._drift.state import State
from attune_store._drift.wording import ADOPT


def compare_guarantees(report: Report, expected: Catalog, state: State) -> None:
    """Report them, for the expected tables."""
    schema, tables = expected.schema, {table.name: table for table in expected.tables}

    def weak(
        table: str,
        object: str,
        expected: str,
        found: str,
        remedy: str,
        severity: Severity = Severity.RISKY,
    ) -> None:
        touches = report.touched(f"{schema}.{table}")
        report.add(severity, object, expected, found, remedy, touches=touches)

    for table, column in state.unproved:
        if table in tables:
            remedy = "VALIDATE its constraint, once no row has a NULL there"
            object = f"column {schema}.{table}.{column}"
            weak(table, object, "NOT NULL", "NOT NULL NOT VALID", remedy)
    for table, column, collation in state.collations:
        if table in tables:
            object = f"column {schema}.{table}.{column}"
            weak(table, object, "the default collation", f"collation {collation}", ADOPT)
    for table, sequence, limit in state.limited:
        if table in tables:
            object = f"sequence {schema}.{sequence}"
            weak(table, object, "up to 9223372036854775807", limit, ADOPT)
    for table, constraint in state.invalid:
        for one in tables[table].constraints if table in tables else ():
            if one.name == constraint:
                arbiter = report.is_arbiter(f"{schema}.{table}", one.columns)
                severity = Severity.BREAKING if arbiter else Severity.RISKY
                remedy = f"REINDEX INDEX CONCURRENTLY {schema}.{constraint}"
                object = f"constraint {schema}.{table}.{constraint}"
                weak(table, object, "a valid index", "one that is not valid", remedy, severity)
    for table in state.unenforced:
        if table in tables:
            remedy = (
                f"ALTER TABLE {schema}.{table} ENABLE TRIGGER ALL; look for rows without parent"
            )
            weak(table, f"foreign keys of {schema}.{table}", "enforced", "switched off", remedy)
    for relation in state.relations:
        if relation.unlogged and relation.name in tables:
            name = f"{schema}.{relation.name}"
            weak(
                relation.name,
                f"table {name}",
                "logged",
                "unlogged",
                f"ALTER TABLE {name} SET LOGGED",
            )
