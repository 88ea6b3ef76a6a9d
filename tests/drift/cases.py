"""The changes of changes.sql, and how to make them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from tests.names import of_this_run

_SERVICE = """
CREATE ROLE attune_test_service;
GRANT USAGE ON SCHEMA attune TO attune_test_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA attune TO attune_test_service;
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A change, with the severity and object of each line that a check must report."""

    statement: str
    expected: tuple[tuple[str, str], ...]
    major: int
    """The first major version that accepts it."""
    is_of_service: bool
    """Whether the check runs as a role with just the rights that the queries need."""


def cases() -> Iterator[Case]:
    """Return the changes of the file."""
    text = Path(__file__).with_name("changes.sql").read_text()
    for part in text.split("\n\n")[1:]:
        head = [line.removeprefix("-- ") for line in part.splitlines() if line.startswith("-- ")]
        statement = "\n".join(line for line in part.splitlines() if not line.startswith("-- "))
        if statement:
            lines = [of_this_run(line).split(": ") for line in head if ": " in line]
            (major,) = [int(line.split()[1]) for line in head if line.startswith("from ")] or [15]
            expected = tuple((severity, object) for severity, object in lines)
            yield Case(of_this_run(statement), expected, major, "@service" in head)


def make(conn: psycopg.Connection[Any], *changes: Case, service: bool = False) -> None:
    """Make the changes one after another.

    Then become the role of the service, if one of them or the caller requires it.
    """
    service = service or any(case.is_of_service for case in changes)
    if service:
        conn.execute(of_this_run(_SERVICE).encode())
    for case in changes:
        conn.execute(case.statement.encode())
    if service:
        conn.execute(of_this_run("SET ROLE attune_test_service").encode())


def mismatches(expected: Counter[tuple[str, str]], reported: Counter[tuple[str, str]]) -> list[str]:
    """Return the lines that a check lacks, and those that it should not have."""
    return [
        *(f"not reported: {line}" for line in sorted(expected - reported)),
        *(f"without a cause: {line}" for line in sorted(reported - expected)),
    ]
