"""A change of a database that lacks the last migrations. A check names the migrations, and reports the change.

The list of migrations is right, or empty. `make test-drift` tries 12, `make test-mutations` 200; PENDING and
PENDING_SEED choose others.
"""

import os
import random
from collections import Counter
from collections.abc import Sequence

import psycopg
import pytest

from attune_store._migrations import Migration, read_migrations
from attune_store._sync.check import check
from tests.drift.cases import make, mismatches
from tests.drift.test_combinations import HIDING_THE_LIST, combinable

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("PENDING", "12"))
SEED = int(os.environ.get("PENDING_SEED", "1"))

# The last one drops whatever some migrations have made.
_HIDING = (*HIDING_THE_LIST, "DROP TYPE attune.execution_status")

# Migrations that change rows only. Nothing shows that they were applied.
_OF_ROWS = ("012",)


def test_pending_migrations_hide_no_change(
    conn: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    known = [
        case
        for case in combinable(conn.info.server_version // 10_000)
        if not any(word in case.statement for word in _HIDING)
    ]
    migrations, chance = read_migrations(), random.Random(SEED)
    tried, wrong = 0, list[str]()
    while tried < COUNT:
        case, steps = chance.choice(known), chance.randint(1, len(migrations))
        is_listed = chance.choice([True, False])
        applied, lacking = migrations[:-steps], migrations[-steps:]
        if applied and applied[-1].version in _OF_ROWS and not is_listed:
            continue
        try:
            for one in reversed(lacking):  # In a test's transaction, CONCURRENTLY is left out.
                conn.execute(one.down.sql.replace(" CONCURRENTLY", "").encode())
            gone = [one.version for one in (lacking if is_listed else migrations)]
            conn.execute("DELETE FROM attune.schema_migrations WHERE version = ANY (%s)", [gone])
            make(conn, case)
        except psycopg.Error:  # The object does not exist without the migrations.
            conn.rollback()
            continue
        tried += 1
        differences = check(conn)
        conn.rollback()
        found = [f"{len(applied) if is_listed else 0} applied", f"pending: {_names(lacking)}"]
        if applied and not is_listed:
            found.append(f"applied, but not in the list: {_names(applied)}")
        # The severity of a line depends on queries, which may fail without the migrations.
        expected = Counter([("", object) for _, object in case.expected])
        expected["", "; ".join(found)] = 1
        reported = Counter(
            ("", (one.found or "") if one.object == "migrations" else one.object)
            for one in differences
        )
        if problems := mismatches(expected, reported):
            wrong.append("\n".join((case.statement, *(f"  {one}" for one in problems))))
    with capsys.disabled():
        print(f"\n{tried - len(wrong)} of {tried} changes beside pending migrations (seed {SEED})")
    assert not wrong, "\n\n".join(wrong)


def _names(migrations: Sequence[Migration]) -> str:
    return ", ".join(one.name for one in migrations)
