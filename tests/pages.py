"""Checks that all lists by ref share."""

from collections.abc import Callable
from typing import Any

from tests.twin import Twin


def refs(rows: list[Any]) -> list[str]:
    """Return the refs of the rows, in order."""
    return [row.ref for row in rows]


def read_in_order_of_insertion(twin: Twin) -> None:
    """Prevent index scans in this transaction, which would give an order that the query does not require."""
    twin.execute("SET LOCAL enable_indexscan = off")
    twin.execute("SET LOCAL enable_indexonlyscan = off")


def assert_pages(find: Callable[..., list[Any]], expected: list[str]) -> None:
    """Check that the list is this one, in this order, and that its pages neither overlap nor skip."""
    assert refs(find()) == expected
    assert refs(find(limit=None)) == expected
    for size in range(len(expected) + 2):
        assert refs(find(limit=size)) == expected[:size]
    for position, ref in enumerate(expected, 1):
        assert refs(find(after=ref)) == expected[position:]
        assert refs(find(limit=1, after=ref)) == expected[position : position + 1]
    assert find(after="~") == []
