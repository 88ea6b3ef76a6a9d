"""Comparing what the server says of each prepared query with what its function stands for."""

from collections.abc import Sequence
from dataclasses import dataclass

from attune_queries.manifest import Query

from attune_store._drift.report import Report, function
from attune_store.errors import Severity

_REMEDY = "mend what the message names, or generate the code anew"


@dataclass(frozen=True, slots=True)
class Described:
    """A query as the server prepared it, or the message with which it refused."""

    query: Query
    parameters: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    refusal: str | None = None


def compare_queries(report: Report, described: Sequence[Described]) -> None:
    """Report queries that fail or have other types; by the line that explains it, if one does."""
    for one in described:
        query, name = one.query, f"query {function(one.query)}"
        expected, found = query, one
        if one.refusal is not None:
            if not report.worsen(query):
                touches = [function(query)]
                report.add(
                    Severity.BREAKING, name, "prepared", one.refusal, _REMEDY, touches=touches
                )
            continue
        sides = [
            (kind, ", ".join(ours), ", ".join(theirs))
            for kind, ours, theirs in (
                ("parameters", expected.parameters, found.parameters),
                ("columns", expected.columns, found.columns),
            )
            if ours != theirs
        ]
        if sides and not report.worsen(query):
            for kind, ours, theirs in sides:
                report.add(
                    Severity.BREAKING,
                    name,
                    f"{kind} {ours}",
                    f"{kind} {theirs}",
                    _REMEDY,
                    touches=[function(query)],
                )
