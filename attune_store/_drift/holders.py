"""Compare which other tables refer to our rows."""

from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store.errors import Severity


def compare_holders(report: Report, sides: Sides, state: State) -> None:
    """Report foreign keys in other schemas that prevent the deletion of our rows, except those of our own tables."""
    for one in state.holders:
        if one.definition.endswith(" NOT ENFORCED") or one.holder in sides.moved:
            continue
        report.add(
            Severity.RISKY,
            f"constraint {one.name} of {one.holder}",
            None,
            one.definition,
            f"ALTER TABLE {one.holder} DROP CONSTRAINT {one.name}",
            touches=report.touched(f"DELETE FROM {report.schema}.{one.relation}"),
        )
