"""Compare two catalogs: the one that the code was generated from, and a live one."""

from attune_store._drift.columns import compare_columns
from attune_store._drift.constraints import compare_constraints, compare_operator_classes
from attune_store._drift.enums import compare_enums
from attune_store._drift.functions import compare_functions
from attune_store._drift.indexes import compare_indexes, compare_triggers
from attune_store._drift.report import Report
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._drift.tables import compare_tables
from attune_store._drift.views import compare_renamed_views, compare_views


def compare_catalogs(report: Report, sides: Sides, state: State) -> None:
    """Report the differences, one line per cause.

    After each step, its findings are applied to the sides, so that the consequences of a cause are equal in later
    steps. Objects that others depend on are compared first.
    """
    compare_tables(report, sides, state)
    compare_renamed_views(report, sides, state)
    compare_enums(report, sides, state)
    compare_functions(report, sides)
    compare_operator_classes(report, sides, state.operator_classes)
    compare_columns(report, sides, state)
    ours = state.as_expected(sides)
    compare_constraints(report, sides, ours)
    compare_indexes(report, sides, ours)
    compare_triggers(report, sides)
    compare_views(report, sides, state)
