"""The changes in changes.sql: a check says of each what is written above it, and no more.

What it advises, if that is SQL, is run, and nothing is said of it then.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from attune_store._sync.check import check
from tests.drift.following import assert_helpful, follow
from tests.names import of_this_run

pytestmark = pytest.mark.slow

_SERVICE = """
CREATE ROLE attune_test_service;
GRANT USAGE ON SCHEMA attune TO attune_test_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA attune TO attune_test_service;
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A change, and the severity and object of each line that a check has to say about it."""

    statement: str
    expected: list[tuple[str, str]]
    major: int
    """The first one whose servers know what it says."""


def cases() -> Iterator[Case]:
    """Those of the file."""
    text = Path(__file__).with_name("changes.sql").read_text()
    for part in text.split("\n\n")[1:]:
        head = [line.removeprefix("-- ") for line in part.splitlines() if line.startswith("-- ")]
        statement = "\n".join(line for line in part.splitlines() if not line.startswith("-- "))
        if statement:
            if "@service" in head:
                statement = f"{_SERVICE}{statement}\nSET ROLE attune_test_service;"
            expected = [tuple(line.split(": ")) for line in head if ": " in line]
            (major,) = [int(line.split()[1]) for line in head if line.startswith("from ")] or [15]
            yield Case(statement, [(severity, object) for severity, object in expected], major)


def _name(case: Case) -> str:
    return re.sub(r"\W+", "-", case.statement.removeprefix(_SERVICE))[:80]


@pytest.mark.parametrize("case", list(cases()), ids=_name)
def test_what_a_change_is_called(conn: psycopg.Connection, case: Case) -> None:
    if conn.info.server_version < case.major * 10_000:
        pytest.skip(f"before PostgreSQL {case.major}")
    conn.execute(of_this_run(case.statement).encode())
    differences = check(conn)
    assert [(one.severity.value, one.object) for one in differences] == [
        (severity, of_this_run(object)) for severity, object in case.expected
    ]
    for one in differences:
        assert one.expected != one.found
    assert_helpful(differences)
    followed = follow(conn, differences)
    if followed:
        done = {one.object for one in followed}
        # A table that no longer has a hold on ours still stands there.
        left = [one for one in check(conn) if one.object not in done or one.severity != "harmless"]
        assert {one.object for one in left} == {one.object for one in differences} - done
