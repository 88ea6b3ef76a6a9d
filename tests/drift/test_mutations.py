"""Random single changes to the schema. A check reports each in one line, with its object and severity.

`make test-mutations` tries 300; MUTATIONS and MUTATION_SEED choose others.
"""

import os

import psycopg
import pytest

from attune_store._sync.check import check
from tests.drift.mutations import mutations

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("MUTATIONS", "60"))
SEED = int(os.environ.get("MUTATION_SEED", "1"))


def test_each_change_is_reported(
    conn: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is made in a transaction that is rolled back, so that it starts with an unchanged schema."""
    tried, wrong = 0, list[str]()
    for mutation in mutations(SEED):
        if tried == COUNT:
            break
        try:
            conn.execute(mutation.statement.encode())
        except psycopg.Error:  # such as a type that the column's index does not support
            conn.rollback()
            continue
        tried += 1
        expected = [(mutation.severity.value, mutation.object)]
        try:
            reported = [(one.severity.value, one.object) for one in check(conn)]
        except Exception as exc:
            reported = [("failed", repr(exc))]
        conn.rollback()
        if reported != expected:
            wrong.append(f"{mutation.statement}\n  expected {expected}\n  reported {reported}")
    with capsys.disabled():
        print(f"\n{tried - len(wrong)} of {tried} changes reported (seed {SEED})")
    assert not wrong, "\n".join(wrong)
