"""The object of a change is renamed afterwards. A check reports the lines of the change, and one more.

`make test-drift` tries 40, `make test-mutations` all; RENAMED and RENAMED_SEED choose others.
"""

import os
import random
import re
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from attune_queries.catalog import CATALOG
from attune_queries.manifest import QUERIES

from attune_store._sync.check import check
from tests.drift.cases import Case, cases, make, mismatches
from tests.drift.following import follow, unfinished

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("RENAMED", "40"))
SEED = int(os.environ.get("RENAMED_SEED", "1"))

# Objects that have another name already, or belong to an extension, whose objects are not compared.
_ALONE = (" RENAME ", " SET SCHEMA ", "ALTER EXTENSION ")

Rename = tuple[str, tuple[str, str]]
"""A statement, and the severity and object of its line."""


def test_a_rename_hides_no_other_cause(
    conn: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = [
        (case, rename)
        for case in cases()
        if conn.info.server_version >= case.major * 10_000
        and not any(word in case.statement for word in _ALONE)
        for rename in _renames(case)
    ]
    random.Random(SEED).shuffle(pairs)
    tried, wrong = 0, list[str]()
    for case, (statement, line) in pairs:
        if tried == COUNT:
            break
        try:
            make(conn, case)
            _as_owner(conn, statement)
        except psycopg.Error:  # a dropped object has no name
            conn.rollback()
            continue
        tried += 1
        try:
            differences = check(conn)
            reported = Counter((one.severity.value, one.object) for one in differences)
            expected = Counter([*case.expected, line])
            problems = [
                *mismatches(expected, reported),
                *unfinished(differences, *follow(conn, differences)),
            ]
        except Exception as exc:
            problems = [repr(exc)]
        conn.rollback()
        if problems:
            wrong.append("\n".join((case.statement, statement, *(f"  {it}" for it in problems))))
    with capsys.disabled():
        print(f"\n{tried - len(wrong)} of {tried} changes reported with a rename (seed {SEED})")
    assert not wrong, "\n\n".join(wrong)


def _renames(case: Case) -> Iterator[Rename]:
    """Return the renames of what the change mentions, unless it drops that, or has one line for all of it."""
    schema, text = CATALOG.schema, case.statement

    def is_changed(name: str) -> bool:
        dropped = rf"DROP (COLUMN |TABLE |VIEW |FUNCTION )?{re.escape(name)}(?!\w)"
        mentioned = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)
        return mentioned is not None and re.search(dropped, text) is None

    for table in CATALOG.tables:
        name = f"{schema}.{table.name}"
        if is_changed(name) and ("breaking", f"table {name}") not in case.expected:
            yield f"ALTER TABLE {name} RENAME TO renamed", ("breaking", f"table {name}")
            for column in table.columns:
                if is_changed(column.name):
                    line = "breaking", f"column {name}.{column.name}"
                    yield f"ALTER TABLE {name} RENAME {column.name} TO renamed", line
    for view in CATALOG.views:
        name = f"{schema}.{view.name}"
        if is_changed(name):
            yield f"ALTER VIEW {name} RENAME TO renamed", ("breaking", f"view {name}")
    for one in CATALOG.functions:
        name = f"{schema}.{one.name}"
        if is_changed(name):
            is_called = any(name in query.sql for query in QUERIES)
            line = "breaking" if is_called else "risky", f"function {name}({one.arguments})"
            yield f"ALTER FUNCTION {name} RENAME TO renamed", line


def _as_owner(conn: psycopg.Connection, statement: str) -> None:
    row = conn.execute("SELECT quote_ident(current_user)").fetchone()
    assert row is not None
    conn.execute(f"RESET ROLE; {statement}; SET ROLE {row[0]}".encode())
