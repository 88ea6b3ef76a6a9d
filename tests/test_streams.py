"""Streams: all rows once, page by page, although rows change between two pages."""

from collections.abc import Callable
from typing import Any

import pytest

from attune_store.testing import (
    make_execution,
    make_workflow_execution,
    make_workflow_task_execution,
)
from tests.twin import Twin

MAKE: dict[str, Callable[..., Any]] = {
    "executions": make_execution,
    "workflow_executions": make_workflow_execution,
    "workflow_task_executions": make_workflow_task_execution,
}


@pytest.mark.parametrize("name", MAKE)
def test_a_stream_yields_the_rows_of_the_list(twin: Twin, name: str) -> None:
    for _ in range(5):
        MAKE[name](twin.repositories)
    repo = getattr(twin.repositories, name)
    rows = repo.list()
    assert [*repo.stream()] == rows
    assert [*repo.stream(after=rows[1].id)] == rows[2:]
    assert [*repo.stream(after=1)] == []


def test_a_stream_of_many_pages(twin: Twin) -> None:
    """Rows that exist all the time are yielded once. The connection can be used in between."""
    executions = twin.repositories.executions
    twin.execute(
        "INSERT INTO attune.execution (action_ref) SELECT 'core.a' FROM generate_series(1, 2500)"
    )
    ids = [row.id for row in executions.list(limit=None)]
    seen: list[int] = []
    for row in executions.stream():
        seen.append(row.id)
        if len(seen) in (1, 999, 1000, 1001):
            make_execution(twin.repositories)
            twin.execute("DELETE FROM attune.execution WHERE id = %s", (row.id,))
            twin.execute("DELETE FROM attune.execution WHERE id = %s", (row.id - 1300,))
    gone = {seen[number - 1] - 1300 for number in (1, 999, 1000, 1001)} - set(seen)
    assert len(gone) == 4
    assert seen == [id for id in ids if id not in gone]
