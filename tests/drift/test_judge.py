"""An independent test of the severity breaking: every generated function is run on the changed database.

Of the changes in changes.sql, `make test-drift` judges 60, `make test-mutations` all.
"""

import os
import random
from collections.abc import Iterator, Mapping
from typing import Any, Final

import psycopg
import pytest
from attune_queries.catalog import CATALOG

from attune_store._sync.check import check
from attune_store.errors import Severity
from tests.drift.calls import call, calls, make_world
from tests.drift.cases import Case, cases, make

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("JUDGED", "60"))
SEED = int(os.environ.get("JUDGED_SEED", "1"))

Failures = Mapping[tuple[str, bool], str]

# Changes that are called breaking although each call succeeds, by a part of their statements, with the reason.
UNSEEN: Final = {
    "RENAME ref TO label": "the values of two columns with the same type are exchanged",
    "RENAME updated TO created": "the values of two columns with the same type are exchanged",
    "RENAME description TO description_old": "the values are in the other column",
    "RENAME tags TO old": "the values are in the other column",
    "RENAME TO pack_old": "the keys of new rows are refused",
    "RENAME TO execution_old": "the rows are in the other table",
    "RENAME conf_schema TO tmp": "the values of three columns are exchanged",
    "ALTER TYPE attune.workflow_task_status RENAME TO old": "no parameter has the type",
    "ALTER TYPE attune.workflow_task_status ADD VALUE": "no row has the label",
    "ALTER FUNCTION attune.add_names RENAME TO old": "another function returns a value of the same type",
    "DEFAULT 1 UNIQUE": "the second row is refused",
    "DEFAULT '(' UNIQUE": "the second row is refused",
    "REFERENCES attune.worker (id)": "it is refused if the table has rows, and in an empty table each insert fails",
    "GRANT UPDATE (label)": "the partial UPDATE is not a generated function",
    "attune.schema_migrations": "`migrate` and `status` read it",
}

# Changes that are not called breaking although a call fails, with the reason.
UNKNOWN: Final = {
    "OR label IS NULL": "a CHECK that reads other columns of the INSERT depends on their values",
    "SET array_nulls": "a setting of the session that the check does not compare",
    "RAISE ''no''": "the effect of another trigger is not known without firing it",
}


def test_breaking_is_what_breaks(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = list(cases())
    random.Random(SEED).shuffle(chosen)
    judged, wrong, excused = 0, list[str](), set[str]()
    with psycopg.connect(database_url) as conn:
        judge = Judge(conn, make_world(conn))
        for case in chosen:
            if judged == COUNT:
                break
            if conn.info.server_version < case.major * 10_000:
                continue
            verdict = judge.verdict(case)
            if verdict is None:
                continue
            judged += 1
            reported, failures = verdict
            exceptions = UNKNOWN if failures else UNSEEN
            known = {part for part in exceptions if part in case.statement}
            excused |= known if reported != bool(failures) else set()
            if reported != bool(failures) and not known:
                said = "breaking" if reported else "not breaking"
                examples = [f"{name}: {message}" for (name, _), message in failures.items()][:2]
                wrong.append(f"{case.statement}\n  called {said}; calls that fail: {examples}")
    with capsys.disabled():
        print(f"\n{judged - len(wrong)} of {judged} changes judged alike (seed {SEED})")
    assert not wrong, "\n".join(wrong)
    assert judged == COUNT or excused == {*UNSEEN, *UNKNOWN}, "an exception is not needed"


def test_the_calls_are_valid(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        judge = Judge(conn, make_world(conn))
        assert judge.failing == {}


class Judge:
    """Makes changes, and runs all functions after each."""

    def __init__(self, conn: psycopg.Connection[Any], world: Mapping[str, Any]) -> None:
        self._conn = conn
        self._world = world
        conn.commit()
        self._before = {rows: self._fails(rows) for rows in (True, False)}

    @property
    def failing(self) -> Failures:
        """Return the calls that fail on the unchanged database."""
        return self._before[True]

    def verdict(self, case: Case) -> tuple[bool, Failures] | None:
        """Return whether the change is called breaking, and the calls that fail. Return None if it was refused."""
        for rows in (True, False):  # a change may be possible only on empty tables
            try:
                self._start(rows)
                make(self._conn, case)
            except psycopg.Error:
                self._conn.rollback()
                continue
            try:
                reported = {one.severity for one in check(self._conn)}
                failures = dict(self._calls())
            finally:
                self._conn.rollback()
            before = self._before[rows]
            new = {key: said for key, said in failures.items() if before.get(key) is None}
            return Severity.BREAKING in reported, new
        return None

    def _fails(self, rows: bool) -> Failures:
        self._start(rows)
        try:
            return dict(self._calls())
        finally:
            self._conn.rollback()

    def _start(self, rows: bool) -> None:
        self._conn.execute("SET LOCAL lock_timeout = '5s'")
        if not rows:
            tables = ", ".join(f"{CATALOG.schema}.{table.name}" for table in CATALOG.tables)
            self._conn.execute(f"TRUNCATE {tables}".encode())

    def _calls(self) -> Iterator[tuple[tuple[str, bool], str]]:
        for sparse in (False, True):
            for query, arguments in calls(self._world, sparse=sparse):
                if (said := call(self._conn, query, arguments)) is not None:
                    yield (query.function, sparse), said
