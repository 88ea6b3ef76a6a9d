"""Two and three changes at once: a check has a line for each cause, and none without a cause of its own.

`make test-drift` tries 150, `make test-mutations` 1,000; COMBINATIONS and COMBINATION_SEED choose others.
"""

import os
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations

import psycopg
import pytest
from attune_queries.catalog import CATALOG, READ_CATALOG

from attune_store._sync.check import check
from tests.drift.test_changes import Case, cases
from tests.names import of_this_run

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("COMBINATIONS", "150"))
SEED = int(os.environ.get("COMBINATION_SEED", "1"))

# What is of the session or of another role, takes all that the others change, or weighs by them.
_ALONE = ("SET ", " ROLE ", " SCHEMA ", "EXTENSION", "TRUNCATE attune.schema_migrations")
# What all causes on one table share a line about.
_SHARED = "row security of "


def test_each_cause_has_a_line(
    conn: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Changes are independent if they can be made in any order, and lead to the same then."""
    tried, wrong = 0, list[str]()
    for combination in combinations(conn.info.server_version // 10_000):
        if tried == COUNT:
            break
        first, *others = _outcomes(conn, permutations(combination))
        if first is None or any(other != first for other in others):
            continue
        expected = Counter(line for case in combination for line in case.expected)
        shared = [name for _, name in expected.elements() if name.startswith(_SHARED)]
        if len(shared) > 1:
            continue
        tried += 1
        _make(conn, combination)
        try:
            reported = Counter((one.severity.value, one.object) for one in check(conn))
        except Exception as exc:
            reported = Counter([("failed", repr(exc))])
        conn.rollback()
        if reported != expected:
            changes = "\n".join(case.statement for case in combination)
            wrong.append(
                f"{changes}\n  not reported: {sorted(expected - reported)}"
                f"\n  without a cause: {sorted(reported - expected)}"
            )
    with capsys.disabled():
        print(f"\n{tried - len(wrong)} of {tried} combinations reported (seed {SEED})")
    assert not wrong, "\n\n".join(wrong)


def combinations(major: int) -> Iterator[Sequence[Case]]:
    """An endless stream of pairs, and of triples."""
    chance = random.Random(SEED)
    known = [
        case
        for case in cases()
        if case.major <= major
        and case.expected
        and not any(word in f"{case.statement} " for word in _ALONE)
    ]
    while True:
        yield chance.sample(known, chance.choice([2, 2, 3]))


def _outcomes(conn: psycopg.Connection, orders: Iterable[Sequence[Case]]) -> Iterator[object]:
    """The catalogs that each order leads to; None where the server refuses a change."""
    for order in orders:
        try:
            _make(conn, order)
            with psycopg.RawCursor(conn) as cursor:
                yield cursor.execute(READ_CATALOG, (CATALOG.schema,)).fetchone()
        except psycopg.Error:
            yield None
        conn.rollback()


def _make(conn: psycopg.Connection, order: Sequence[Case]) -> None:
    for case in order:
        conn.execute(of_this_run(case.statement).encode())
