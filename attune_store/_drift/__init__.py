"""Comparing a live database with the schema that the code was generated from; pure."""

from attune_store._drift.answers import Answer, Answers
from attune_store._drift.compare import compare
from attune_store._drift.queries import Described, compare_queries
from attune_store._drift.report import Report
from attune_store._drift.settings import too_short_transactions
from attune_store._drift.state import State

__all__ = [
    "Answer",
    "Answers",
    "Described",
    "Report",
    "State",
    "compare",
    "compare_queries",
    "too_short_transactions",
]
