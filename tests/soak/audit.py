"""Compare the ledgers with the database: the reported outcome of each attempt, and what is stored."""

from collections import Counter
from collections.abc import Iterator

import psycopg

from .kind import Kind
from .kinds import KINDS
from .ledger import Entry, Outcome

_MUST_BE_THERE = {Outcome.COMMITTED: "committed", Outcome.FOUND: "found after an unknown outcome"}
_MUST_NOT_BE_THERE = {
    Outcome.REFUSED: "refused, and called retryable",
    Outcome.ABSENT: "not found after an unknown outcome",
}
_MOST = 20


def audit(conn: psycopg.Connection, entries: list[Entry]) -> list[str]:
    """Return all contradictions. An empty list means success."""
    findings = [finding for kind in KINDS for finding in _compare(conn, kind, entries)]
    if len(findings) > _MOST:
        findings[_MOST:] = [f"and {len(findings) - _MOST} more"]
    return findings


def _compare(conn: psycopg.Connection, kind: Kind, entries: list[Entry]) -> Iterator[str]:
    if kind.keys is None:
        return
    there = Counter(key for (key,) in conn.execute(kind.keys))
    told = {entry.key: entry for entry in entries if entry.kind == kind.name}
    for key, entry in told.items():
        if entry.outcome in _MUST_BE_THERE and there[key] != 1:
            yield f"{key} was {_MUST_BE_THERE[entry.outcome]}, and is there {there[key]} times"
        if entry.outcome in _MUST_NOT_BE_THERE and there[key]:
            reason = _MUST_NOT_BE_THERE[entry.outcome]
            yield f"{key} was {reason} ({entry.detail}), and is there"
        if entry.outcome is Outcome.UNKNOWN:
            yield f"{key} was never resolved"
    for key in there.keys() - told.keys():
        yield f"{key} is there, and no worker knows of it"
    if kind.wrong is not None:
        for row in conn.execute(kind.wrong):
            yield f"{kind.name}: {row} must not be there"
