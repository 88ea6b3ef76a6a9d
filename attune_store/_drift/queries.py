"""Compare the server's description of each query with the annotations of its function."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from attune_queries.manifest import Query

from attune_store._drift.report import Report, function
from attune_store._drift.severity import is_alike
from attune_store._drift.state import State
from attune_store.errors import Severity

_REMEDY = "fix what the message names, or generate the code again"


@dataclass(frozen=True, slots=True)
class Described:
    """The description of a prepared query, or the message with which the server refused it."""

    query: Query
    parameters: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    refusal: str | None = None
    sqlstate: str | None = None


def compare_queries(
    report: Report, described: Sequence[Described], domains: Mapping[str, str]
) -> None:
    """Report queries that fail or have other types, in the line of their cause if there is one.

    `domains` are those that refuse no value, with their base types.
    """
    for one in described:
        query, name = one.query, f"query {function(one.query)}"
        if one.refusal is not None:
            if not report.worsen(query, one.refusal, one.sqlstate):
                touches = [function(query)]
                report.add(
                    Severity.BREAKING, name, "prepared", one.refusal, _REMEDY, touches=touches
                )
            continue
        sides = [
            (kind, ", ".join(expected), ", ".join(live))
            for kind, expected, live in (
                ("parameters", query.parameters, one.parameters),
                ("columns", query.columns, one.columns),
            )
            if not _are_alike(expected, live, domains)
        ]
        if sides and not report.worsen(query, ""):
            for kind, expected, live in sides:
                report.add(
                    Severity.BREAKING,
                    name,
                    f"{kind} {expected}",
                    f"{kind} {live}",
                    _REMEDY,
                    touches=[function(query)],
                )


def report_locked(report: Report, state: State) -> None:
    """Report tables whose writes were not compared, because others have locked them."""
    for table in state.locked:
        name = f"{report.schema}.{table}"
        report.add(
            Severity.RISKY,
            f"table {name}",
            "its writes compared",
            "locked against writers, as by CREATE INDEX: its writes were not compared",
            "wait until the lock is released, and check again",
            touches=report.touched(f"INSERT INTO {name}"),
        )


def _are_alike(expected: Sequence[str], live: Sequence[str], domains: Mapping[str, str]) -> bool:
    return len(expected) == len(live) and all(
        is_alike(one, domains.get(other, other)) for one, other in zip(expected, live, strict=True)
    )
