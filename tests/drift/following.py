"""Follow the remedies of a check."""

import re
from collections.abc import Iterable, Mapping, Sequence

import psycopg
from psycopg import sql

from attune_store._sync.check import check
from attune_store.errors import Difference, Severity

_SQL = re.compile(r"(ALTER|CREATE|DROP|GRANT|INSERT|REINDEX|SELECT|RESET)\s")


def is_statement(difference: Difference) -> bool:
    """Return whether the remedy is SQL, and not an advice."""
    return _SQL.match(difference.remedy) is not None


def follow(
    conn: psycopg.Connection, differences: Sequence[Difference]
) -> tuple[list[Difference], dict[str, str]]:
    """Run the remedies that are SQL, unchanged and in order, and check again, until none is left that runs.

    Return the remaining differences, and the remedies that failed, with the errors.
    """
    left = list(differences)
    while True:
        failed = _run(conn, [one.remedy for one in left if is_statement(one)])
        again = check(conn)
        if again == left or not any(map(is_statement, again)):
            return again, failed
        left = again


def assert_helpful(differences: Sequence[Difference]) -> None:
    """Check that every difference that is not harmless has a remedy."""
    for one in differences:
        assert one.remedy
        assert one.severity is Severity.HARMLESS or not one.remedy.startswith("nothing"), one


def unfinished(
    differences: Iterable[Difference], left: Iterable[Difference], failed: Mapping[str, str]
) -> list[str]:
    """Return what is left after the remedies, and should not be.

    Lines with an advice or a command may be left, and a table that was renamed out of the way is a harmless line.
    A statement may fail because of a line with an advice.
    """
    sentences = {(_kind(one), one.remedy) for one in differences if "row security" in one.object}
    advised = {one.object for one in differences if not _is_run(one)}
    names = {object.rpartition(".")[2].partition("(")[0] for object in advised}
    wrong = list[str]()
    for one in left:
        is_aside = one.severity is Severity.HARMLESS and one.expected is None
        error = failed.get(one.remedy, "")
        # After a rename is undone, a table is listed by its own name.
        is_open = one.object in advised or (_kind(one), one.remedy) in sentences
        is_open |= one.remedy.startswith("run `attune-store ")
        if not (is_open or is_aside or any(name in error for name in names)):
            wrong.append(f"{one.object}: {one.remedy}: {error or 'was run, and did not help'}")
    return wrong


def _kind(difference: Difference) -> str:
    return difference.object.partition(" attune.")[0]


def _is_run(difference: Difference) -> bool:
    return is_statement(difference) or difference.remedy.endswith(" renames this one, too")


def _run(conn: psycopg.Connection, statements: Iterable[str]) -> dict[str, str]:
    """Run the statements as the owner, and return those that fail.

    In a test's transaction, CONCURRENTLY is left out.
    """
    row = conn.execute("SELECT current_user::text").fetchone()
    assert row is not None
    conn.execute("RESET ROLE")
    failed = dict[str, str]()
    for statement in statements:
        try:
            with conn.transaction():
                conn.execute(statement.replace(" CONCURRENTLY", "").encode())
        except psycopg.Error as exc:
            failed[statement] = str(exc).splitlines()[0]
    conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(row[0])))
    return failed
