"""Doing what a check says is to be done."""

import re
from collections.abc import Sequence

import psycopg
from psycopg import sql

from attune_store.errors import Difference, Severity

_SQL = re.compile(r"(ALTER|CREATE|DROP|GRANT|REINDEX|SELECT|RESET)\s")


def is_statement(difference: Difference) -> bool:
    """Whether the remedy is SQL, and no advice."""
    return _SQL.match(difference.remedy) is not None


def follow(conn: psycopg.Connection, differences: Sequence[Difference]) -> list[Difference]:
    """Run those remedies that are SQL as they stand, as the owner; return these differences.

    One may need what another one brings back. If that is advice, such as to rename a table, its
    relation stays undefined. In the transaction of a test nothing is CONCURRENTLY.
    """
    followed = [one for one in differences if is_statement(one)]
    row = conn.execute("SELECT current_user::text").fetchone()
    assert row is not None
    conn.execute("RESET ROLE")
    open_ones, failure = list(followed), None
    while open_ones:
        before = len(open_ones)
        for one in list(open_ones):
            try:
                with conn.transaction():
                    conn.execute(one.remedy.replace(" CONCURRENTLY", "").encode())
            except psycopg.Error as exc:
                failure = exc
            else:
                open_ones.remove(one)
        if len(open_ones) == before:
            assert len(followed) < len(differences), f"{open_ones[0].remedy}: {failure}"
            assert isinstance(failure, psycopg.errors.UndefinedTable), failure
            break
    conn.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(row[0])))
    return [one for one in followed if one not in open_ones]


def assert_helpful(differences: Sequence[Difference]) -> None:
    """Whatever does harm has a remedy that says what to do."""
    for one in differences:
        assert one.remedy
        assert one.severity is Severity.HARMLESS or not one.remedy.startswith("nothing"), one
