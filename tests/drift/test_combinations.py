"""Two and three changes at once: a check reports a line for each cause, and no other line.

If a remedy is SQL, it is run, and the line must disappear. `make test-drift` tries 150 combinations, `make
test-mutations` 1,000. COMBINATIONS and COMBINATION_SEED choose others.
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
from attune_store.errors import Severity
from tests.drift.cases import Case, cases, make, mismatches
from tests.drift.following import follow, is_statement, unfinished

pytestmark = pytest.mark.slow

COUNT = int(os.environ.get("COMBINATIONS", "150"))
SEED = int(os.environ.get("COMBINATION_SEED", "1"))

# Changes that run as another role, that keep a table or view from being compared, as their line says, or that put
# columns at the places of those that were added again.
_ALONE = (
    "SET ROLE ",
    "ADD TABLE attune.pack",
    "CREATE MATERIALIZED VIEW attune.workflow_task_detail",
    "DROP label, DROP description",
)

# Changes of the list of migrations, and changes that hide it.
HIDING_THE_LIST = ("attune.schema_migrations", "REVOKE USAGE ON SCHEMA", "DROP SCHEMA attune")

# Of two changes one may hide what the other one does: a change of the list of migrations, or a role without rights on
# the schema, hides what is listed, and a view with the rights of its caller needs no rights of its owner. A value that
# is computed from a column is NULL only if that is. The options of a sequence are one line.
_HIDING = (
    ("SEQUENCE attune.pack_id_seq", "ALTER id SET INCREMENT"),
    HIDING_THE_LIST,
    ("CREATE PUBLICATION", "REVOKE USAGE ON SCHEMA"),
    ("SET (security_invoker = true)", "ALTER VIEW attune.workflow_task_detail OWNER TO"),
    ("description SET NOT NULL", "NOT NULL description", "(description) STORED NOT NULL"),
)

# Lines that causes share: the rights of one role, the row security of one table, the list of migrations.
_SHARED = ("role ", "row security of ", "migrations")

# A policy allows what is refused without one, so no cause has a severity of its own.
_DECIDED_TOGETHER = "row security of "

# What decides on the effect of a query, and is not in the catalog: owners, rights, row security, rules, and whether
# foreign keys are enforced.
_READ_OTHERS = """
WITH relation AS (
    SELECT oid, oid::regclass::text AS name, relkind, relowner::regrole, relrowsecurity, relforcerowsecurity, relacl
    FROM pg_class WHERE relnamespace = 'attune'::regnamespace
), part AS (
    SELECT name, concat_ws(' ', relkind, relowner, relrowsecurity, relforcerowsecurity) AS text FROM relation
    UNION ALL SELECT name, unnest(relacl)::text FROM relation
    UNION ALL SELECT name, concat(attname, unnest(attacl)) FROM relation JOIN pg_attribute ON attrelid = oid
    UNION ALL SELECT name, polname FROM relation JOIN pg_policy ON polrelid = relation.oid
    UNION ALL SELECT name, pg_get_ruledef(r.oid) FROM relation JOIN pg_rewrite r ON ev_class = relation.oid
    UNION ALL SELECT DISTINCT name, tgenabled::text FROM relation JOIN pg_trigger t ON tgrelid = relation.oid
        WHERE t.tgisinternal
)
SELECT array_agg((name, text) ORDER BY name, text)::text FROM part
"""

Line = tuple[str, str]
Lines = Counter[Line]


def test_each_cause_has_a_line(
    conn: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Changes are independent if they can be made in any order, with the same result."""
    tried, followed, wrong = 0, 0, list[str]()
    for combination in combinations(conn.info.server_version // 10_000):
        if tried == COUNT:
            break
        first, *others = _outcomes(conn, permutations(combination))
        if first is None or any(other != first for other in others):
            continue
        tried += 1
        expected = _together(_alone(conn, combination))
        make(conn, *combination)
        try:
            differences = check(conn)
            reported = Counter(_line(one.severity.value, one.object) for one in differences)
            problems = mismatches(expected, reported)
            if any(map(is_statement, differences)):
                followed += 1
                problems += unfinished(differences, *follow(conn, differences))
        except Exception as exc:
            problems = [repr(exc)]
        conn.rollback()
        if problems:
            changes = [case.statement for case in combination]
            wrong.append("\n".join((*changes, *(f"  {one}" for one in problems))))
    with capsys.disabled():
        print(
            f"\n{tried - len(wrong)} of {tried} combinations reported, the remedies of {followed} run (seed {SEED})"
        )
    assert not wrong, "\n\n".join(wrong)


def combinable(major: int) -> list[Case]:
    """Return the changes that can be made beside others."""
    return [
        case
        for case in cases()
        if case.major <= major
        and case.expected
        and not any(word in case.statement for word in _ALONE)
    ]


def combinations(major: int) -> Iterator[Sequence[Case]]:
    """Yield pairs and triples, without end."""
    chance, known = random.Random(SEED), combinable(major)
    while True:
        combination = chance.sample(known, chance.choice([2, 2, 3]))
        statements = [case.statement for case in combination]
        lines = [line for one in statements for line in set(one.splitlines())]
        if len({*lines}) < len(lines):
            continue  # An exchange of names that is made twice is undone.
        if not any(sum(word in one for one in statements for word in pair) > 1 for pair in _HIDING):
            yield combination


def _outcomes(conn: psycopg.Connection, orders: Iterable[Sequence[Case]]) -> Iterator[object]:
    """Return the catalogs, owners, rights and rules after each order of the changes, None if the server refuses one."""
    for order in orders:
        try:
            make(conn, *order)
            conn.execute("RESET ROLE")
            with psycopg.RawCursor(conn) as cursor:
                catalog = cursor.execute(READ_CATALOG, (CATALOG.schema,)).fetchone()
            yield catalog, conn.execute(_READ_OTHERS).fetchone()
        except psycopg.Error:
            yield None
        conn.rollback()


def _alone(conn: psycopg.Connection, combination: Sequence[Case]) -> Iterator[Line]:
    """Return the lines of each change alone, for the role that checks all of them."""
    service = any(case.is_of_service for case in combination)
    for case in combination:
        if case.is_of_service == service:
            yield from case.expected
        else:
            make(conn, case, service=service)
            yield from ((one.severity.value, one.object) for one in check(conn))
            conn.rollback()


def _together(lines: Iterable[Line]) -> Lines:
    """Return the lines of all causes. A shared line has the worst severity."""
    order, shared, others = [one.value for one in Severity], dict[str, str](), Counter[Line]()
    for severity, object in lines:
        if object.startswith(_SHARED):
            shared[object] = min(severity, shared.get(object, severity), key=order.index)
        else:
            others[severity, object] += 1
    return others + Counter(_line(severity, object) for object, severity in shared.items())


def _line(severity: str, object: str) -> Line:
    return "" if object.startswith(_DECIDED_TOGETHER) else severity, object
