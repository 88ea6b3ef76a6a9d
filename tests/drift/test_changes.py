"""The changes in changes.sql: a check reports the lines that are written above each of them, and no others.

If a remedy is SQL, it is run, and the line must disappear.
"""

import re

import psycopg
import pytest

from attune_store._sync.check import check
from tests.drift.cases import Case, cases, make
from tests.drift.following import assert_helpful, follow, is_statement, unfinished
from tests.names import RUN

pytestmark = pytest.mark.slow


def _name(case: Case) -> str:
    return re.sub(r"\W+", "-", case.statement.replace(f"_{RUN}_", "_"))[
        :80
    ]  # the same in all workers


@pytest.mark.parametrize("case", list(cases()), ids=_name)
def test_what_a_change_is_called(conn: psycopg.Connection, case: Case) -> None:
    if conn.info.server_version < case.major * 10_000:
        pytest.skip(f"before PostgreSQL {case.major}")
    make(conn, case)
    differences = check(conn)
    assert [(one.severity.value, one.object) for one in differences] == list(case.expected)
    for one in differences:
        assert one.expected != one.found
    assert_helpful(differences)
    if any(map(is_statement, differences)):
        assert unfinished(differences, *follow(conn, differences)) == []
