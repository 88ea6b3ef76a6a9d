"""Comparing a live database with the schema that the code was generated from; pure."""

from attune_store._drift.additions import Place, trials
from attune_store._drift.catalog import compare_catalogs
from attune_store._drift.guarantees import compare_guarantees
from attune_store._drift.migrations import compare_migrations
from attune_store._drift.queries import Described, compare_queries
from attune_store._drift.report import Report
from attune_store._drift.rights import compare_rights
from attune_store._drift.state import State

__all__ = [
    "Described",
    "Place",
    "Report",
    "State",
    "compare_catalogs",
    "compare_guarantees",
    "compare_migrations",
    "compare_queries",
    "compare_rights",
    "trials",
]
