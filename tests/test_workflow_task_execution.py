"""Workflow task executions, in both twins."""

import contextlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from attune_store import (
    ExecutionStatus,
    UpdateWorkflowTaskExecutionInput,
    WorkflowExecution,
    WorkflowTaskExecution,
    WorkflowTaskStatus,
    errors,
)
from attune_store.testing import (
    make_execution,
    make_workflow_execution,
    make_workflow_task_execution,
)
from tests.pages import read_in_order_of_insertion
from tests.twin import Twin

S = ExecutionStatus
TERMINAL = [S.COMPLETED, S.FAILED, S.CANCELLED, S.TIMEOUT, S.ABANDONED]
NOT_TERMINAL = [status for status in S if status not in TERMINAL]
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
# Only a failed or timed-out task can wait for a retry.
STATES = [(status, False) for status in S] + [(S.FAILED, True), (S.TIMEOUT, True)]


def ids(rows: list[Any]) -> list[int]:
    return [row.id for row in rows]


def items(rows: list[WorkflowTaskExecution]) -> list[tuple[str, int | None]]:
    return [(row.task_name, row.task_index) for row in rows]


def key(row: WorkflowTaskExecution) -> tuple[str, int | None]:
    return row.task_name, row.task_index


class UndoError(Exception):
    """Raised to roll a savepoint back."""


def insert(twin: Twin, *numbers: int, **fields: Any) -> None:
    """Insert tasks with these ids, in this order, each of a new workflow unless one is given."""
    for number in numbers:
        created = make_workflow_task_execution(twin.repositories, **fields)
        twin.execute(
            "UPDATE attune.workflow_task_execution SET id = %s WHERE id = %s", (number, created.id)
        )


def make_items(
    twin: Twin, run: WorkflowExecution, name: str, *indexes: int | None, **fields: Any
) -> list[WorkflowTaskExecution]:
    return [
        make_workflow_task_execution(
            twin.repositories,
            workflow_execution=run.id,
            task_name=name,
            task_index=index,
            **fields,
        )
        for index in indexes
    ]


def test_create_has_the_defaults_of_the_table(twin: Twin) -> None:
    created = make_workflow_task_execution(twin.repositories)
    unset: tuple[str, ...] = (
        "task_index",
        "task_batch",
        "started_at",
        "completed_at",
        "duration_ms",
        "result",
    )
    unset += ("error", "next_retry_at", "timeout_seconds")
    assert {getattr(created, name) for name in unset} == {None}
    assert (created.status, created.retry_count, created.max_retries) == (S.REQUESTED, 0, 0)
    assert created.timed_out is False
    assert twin.repositories.workflow_task_executions.get_by_id(created.id) == created


def test_create_stores_every_field(twin: Twin) -> None:
    fields: dict[str, Any] = {
        "workflow_execution": make_workflow_execution(twin.repositories).id,
        "execution": make_execution(twin.repositories).id,
        "task_name": "build",
        "task_index": 3,
        "task_batch": 1,
        "status": S.TIMEOUT,
        "started_at": NOW,
        "completed_at": NOW + SECOND,
        "duration_ms": 1000,
        "result": {"a": 1},
        "error": ["b"],
        "retry_count": 2,
        "max_retries": 4,
        "next_retry_at": NOW + 2 * SECOND,
        "timeout_seconds": 7,
        "timed_out": True,
    }
    created = make_workflow_task_execution(twin.repositories, **fields)
    assert {name: getattr(created, name) for name in fields} == fields
    assert created.started_at is not None
    assert created.started_at.tzinfo is UTC


@pytest.mark.parametrize("index", [None, 0, 7])
def test_a_task_has_one_row_per_item(twin: Twin, index: int | None) -> None:
    first = make_workflow_task_execution(twin.repositories, task_index=index)
    with pytest.raises(errors.AlreadyExistsError) as caught:
        make_workflow_task_execution(
            twin.repositories,
            workflow_execution=first.workflow_execution,
            task_name=first.task_name,
            task_index=index,
        )
    assert caught.value.constraint == "workflow_task_execution_task_key"


def test_one_row_per_execution(twin: Twin) -> None:
    first = make_workflow_task_execution(twin.repositories)
    with pytest.raises(errors.AlreadyExistsError) as caught:
        make_workflow_task_execution(twin.repositories, execution=first.execution)
    assert (caught.value.field, caught.value.value) == ("execution", first.execution)


@pytest.mark.parametrize("field", ["execution", "workflow_execution"])
def test_create_refuses_missing_references(twin: Twin, field: str) -> None:
    fields: dict[str, Any] = {"execution": make_execution(twin.repositories).id, field: 2**40}
    with pytest.raises(errors.ForeignKeyError) as caught:
        make_workflow_task_execution(twin.repositories, **fields)
    assert (caught.value.kind, caught.value.field, caught.value.value) == ("missing", field, 2**40)


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("completed_at", {"started_at": NOW, "completed_at": NOW - SECOND}),
        ("next_retry_at", {"next_retry_at": NOW, "status": S.RUNNING}),
        ("next_retry_at", {"next_retry_at": NOW, "status": S.COMPLETED}),
    ],
)
def test_the_table_refuses_contradicting_fields(
    twin: Twin, field: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(errors.ValidationError) as caught:
        make_workflow_task_execution(twin.repositories, **fields)
    assert caught.value.sqlstate == "23514"
    assert caught.value.constraint == f"workflow_task_execution_{field}_check"


def test_missing_rows(twin: Twin) -> None:
    repo = twin.repositories.workflow_task_executions
    other = make_workflow_task_execution(twin.repositories, task_name="a", status=S.RUNNING)
    missing = 2**40
    assert repo.find_by_id(missing) is None
    assert repo.find_by_execution(missing) is None
    calls: list[Callable[[], Any]] = [
        lambda: repo.get_by_id(missing),
        lambda: repo.update(missing, UpdateWorkflowTaskExecutionInput(timed_out=True)),
        lambda: repo.transition(missing, expected=S.REQUESTED, to=S.SCHEDULED),
        lambda: repo.start(missing),
        lambda: repo.complete(missing),
        lambda: repo.fail(missing, error="e"),
        lambda: repo.time_out(missing),
        lambda: repo.cancel(missing),
        lambda: repo.schedule_retry(missing, at=NOW),
    ]
    for call in calls:
        with pytest.raises(errors.NotFoundError) as caught:
            call()
        assert (caught.value.entity, caught.value.value) == ("workflow_task_execution", missing)
    assert repo.delete(missing) is False
    assert repo.list() == [other]
    assert repo.find_by_workflow_execution(missing) == []
    assert repo.find_by_task_name(missing, "a") == []
    assert repo.find_details(missing) == []
    assert repo.find_unfinished(missing) == []
    assert repo.claim_next(missing, "a") == []
    assert repo.count_in_flight(missing, "a") == 0
    assert repo.has_failed(missing, "a") is False


# --- lists


def test_find_by_execution(twin: Twin) -> None:
    make_workflow_task_execution(twin.repositories)
    created = make_workflow_task_execution(twin.repositories)
    repo = twin.repositories.workflow_task_executions
    assert repo.find_by_execution(created.execution) == created


def test_list_is_newest_first_and_pages_by_id(twin: Twin) -> None:
    insert(twin, 20, 10, 40, 30)
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_task_executions
    assert ids(repo.list()) == [40, 30, 20, 10]
    assert ids(repo.list(limit=2)) == [40, 30]
    assert ids(repo.list(limit=2, after=30)) == [20, 10]


def test_find_timed_out(twin: Twin) -> None:
    insert(twin, 20, 10, 30, timed_out=True)
    insert(twin, 25, status=S.TIMEOUT, timed_out=False)
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_task_executions
    assert ids(repo.find_timed_out()) == [30, 20, 10]
    assert ids(repo.find_timed_out(limit=1)) == [30]
    assert ids(repo.find_timed_out(after=30)) == [20, 10]


def test_the_tasks_of_a_workflow_are_complete_and_in_order(twin: Twin) -> None:
    run = make_workflow_execution(twin.repositories)
    other = make_workflow_execution(twin.repositories)
    make_items(twin, run, "b", None, 1, 0)
    make_items(twin, run, "a", 10, 9, None)
    (foreign,) = make_items(twin, other, "a", 3)
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_task_executions
    everything = repo.find_by_workflow_execution(run.id)
    expected = [("a", 9), ("a", 10), ("a", None), ("b", 0), ("b", 1), ("b", None)]
    assert items(everything) == expected
    assert items(repo.find_by_workflow_execution(run.id, limit=2)) == expected[:2]
    for position, row in enumerate(everything):
        after = repo.find_by_workflow_execution(run.id, after=key(row), limit=2)
        assert items(after) == expected[position + 1 : position + 3]
    assert repo.find_by_workflow_execution(other.id) == [foreign]


def test_more_than_a_page_of_tasks(twin: Twin) -> None:
    run = make_workflow_execution(twin.repositories)
    twin.execute(
        "WITH e AS (INSERT INTO attune.execution (action_ref)"
        " SELECT 'core.noop' FROM generate_series(1, 1001) RETURNING id)"
        " INSERT INTO attune.workflow_task_execution"
        " (workflow_execution, execution, task_name, task_index)"
        " SELECT %s, id, 'item', row_number() OVER () FROM e",
        (run.id,),
    )
    repo = twin.repositories.workflow_task_executions
    assert len(repo.find_by_workflow_execution(run.id)) == 1001
    assert len(repo.find_by_task_name(run.id, "item")) == 1001
    assert len(repo.find_unfinished(run.id)) == 1001
    assert len(repo.find_details(run.id)) == 1001
    assert len(repo.list()) == 1000
    assert len(repo.list(limit=None)) == 1001
    twin.execute(
        "UPDATE attune.workflow_task_execution SET timed_out = true, status = 'failed',"
        " max_retries = 1, next_retry_at = %s",
        (NOW,),
    )
    finds: list[Callable[..., list[Any]]] = [repo.find_timed_out, repo.find_pending_retries]
    for find in finds:
        assert len(find()) == 1000
        assert len(find(limit=None)) == 1001


def test_find_by_task_name(twin: Twin) -> None:
    run = make_workflow_execution(twin.repositories)
    make_items(twin, run, "a", 2, None, 2**31 - 1, 0, 1)
    make_items(twin, run, "b", 5)
    make_items(twin, make_workflow_execution(twin.repositories), "a", 7)
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_task_executions
    rows = repo.find_by_task_name(run.id, "a")
    assert [row.task_index for row in rows] == [0, 1, 2, 2**31 - 1, None]
    assert repo.find_by_task_name(run.id, "a", limit=2) == rows[:2]
    for position, row in enumerate(rows):
        assert repo.find_by_task_name(run.id, "a", after=key(row)) == rows[position + 1 :]
    assert repo.find_by_task_name(run.id, "a", after=key(rows[0]), limit=1) == rows[1:2]
    with pytest.raises(
        errors.ValidationError, match="after: expected an item of 'a', got one of 'b'"
    ):
        repo.find_by_task_name(run.id, "a", after=("b", 1))


def test_find_unfinished(twin: Twin) -> None:
    run = make_workflow_execution(twin.repositories)
    for position, status in enumerate(S):
        make_items(twin, run, "b", len(S) - position, status=status)
    make_items(twin, run, "a", 1, None, 0)
    make_items(twin, run, "c", 0, status=S.FAILED, next_retry_at=NOW)
    make_items(twin, run, "c", 1, status=S.TIMEOUT, next_retry_at=NOW)
    make_items(twin, make_workflow_execution(twin.repositories), "a", 7)
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_task_executions
    rows = repo.find_unfinished(run.id)
    unfinished = sorted(
        len(S) - position for position, status in enumerate(S) if status in NOT_TERMINAL
    )
    expected = [("a", 0), ("a", 1), ("a", None), *(("b", index) for index in unfinished)]
    assert items(rows) == [*expected, ("c", 0), ("c", 1)]
    assert items(repo.find_unfinished(run.id, task_name="c")) == [("c", 0), ("c", 1)]
    assert repo.find_unfinished(run.id, limit=2) == rows[:2]
    for position, row in enumerate(rows):
        assert repo.find_unfinished(run.id, after=key(row)) == rows[position + 1 :]
        same = [other for other in rows[position + 1 :] if other.task_name == row.task_name]
        found = repo.find_unfinished(run.id, task_name=row.task_name, after=key(row))
        assert found == same


def test_find_pending_retries(twin: Twin) -> None:
    due = {"status": S.FAILED, "max_retries": 1}
    insert(twin, 20, next_retry_at=NOW - SECOND, **due)
    insert(twin, 40, 30, 45, 35, next_retry_at=NOW - 3 * SECOND, **due)
    insert(twin, 10, next_retry_at=NOW, **due | {"status": S.TIMEOUT})
    insert(twin, 50, next_retry_at=NOW + SECOND, **due)
    insert(twin, 51, next_retry_at=NOW - SECOND, **due | {"retry_count": 1})
    insert(twin, 52, **due)
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_task_executions
    assert ids(repo.find_pending_retries(now=NOW)) == [30, 35, 40, 45, 20, 10]
    assert ids(repo.find_pending_retries(now=NOW, limit=2)) == [30, 35]
    early = NOW - 3 * SECOND
    assert ids(repo.find_pending_retries(now=NOW, after=(early, 30))) == [35, 40, 45, 20, 10]
    assert ids(repo.find_pending_retries(now=NOW, after=(early, 45), limit=1)) == [20]
    assert ids(repo.find_pending_retries(now=NOW, after=(NOW, 10))) == []
    assert ids(repo.find_pending_retries()) == [30, 35, 40, 45, 20, 10, 50], (
        "the server's clock is later"
    )
    twin.execute(
        "UPDATE attune.workflow_task_execution SET next_retry_at = NULL, status = 'scheduling'"
        " WHERE id = 40"
    )
    assert ids(repo.find_pending_retries(now=NOW, after=(early, 40))) == [45, 20, 10]


@pytest.mark.parametrize("names", [["item"], ["", "a", "b"]])
def test_pages_have_every_row_once_although_rows_are_deleted(twin: Twin, names: list[str]) -> None:
    run = make_workflow_execution(twin.repositories)
    for name in names:
        make_items(twin, run, name, None, *range(30))
    repo = twin.repositories.workflow_task_executions
    finds: list[Callable[..., list[WorkflowTaskExecution]]] = [
        lambda after: repo.find_by_workflow_execution(run.id, limit=7, after=after),
        lambda after: repo.find_unfinished(run.id, limit=7, after=after),
        lambda after: repo.find_unfinished(run.id, task_name=names[0], limit=7, after=after),
        lambda after: repo.find_by_task_name(run.id, names[0], limit=7, after=after),
    ]
    for position, find in enumerate(finds):
        whole = position < 2
        expected = [
            (name, index)
            for name in (names if whole else names[:1])
            for index in [*range(30), None]
        ]
        with contextlib.suppress(UndoError), twin.savepoint():
            seen: list[tuple[str, int | None]] = []
            after: tuple[str, int | None] | None = None
            while page := find(after=after):
                seen += items(page)
                after = key(page[-1])
                repo.delete(page[-1].id)
                repo.delete(page[0].id)
            assert seen == expected
            raise UndoError


def test_pages_of_retries_have_every_row_once_although_rows_change(twin: Twin) -> None:
    due = {"status": S.FAILED, "max_retries": 1}
    for at in range(10):
        insert(twin, 3 * at + 3, 3 * at + 1, 3 * at + 2, next_retry_at=NOW + at * SECOND, **due)
    repo = twin.repositories.workflow_task_executions
    seen: list[int] = []
    after: tuple[datetime | None, int] | None = None
    while page := repo.find_pending_retries(limit=4, after=after, now=NOW + 60 * SECOND):
        seen += ids(page)
        after = (page[-1].next_retry_at, page[-1].id)
        repo.cancel(page[-1].id)
        repo.delete(page[0].id)
    assert seen == list(range(1, 31))


@pytest.mark.parametrize("after", [1, "a", ("a", -1), ("a", 2**31), (1, "a"), ("a",), [("a", 1)]])
def test_a_page_starts_after_a_name_and_an_index(twin: Twin, after: Any) -> None:
    repo = twin.repositories.workflow_task_executions
    finds: list[Callable[..., Any]] = [
        lambda: repo.find_by_workflow_execution(1, after=after),
        lambda: repo.find_by_task_name(1, "a", after=after),
        lambda: repo.find_unfinished(1, after=after),
        lambda: repo.find_unfinished(1, task_name="a", after=after),
    ]
    for find in finds:
        with pytest.raises(errors.ValidationError, match="after") as caught:
            find()
        assert caught.value.field == "after"


def test_find_retryable(twin: Twin) -> None:
    for status in S:
        make_workflow_task_execution(twin.repositories, status=status, max_retries=1)
    insert(twin, 30, 20, status=S.FAILED, max_retries=2, retry_count=1)
    insert(twin, 40, status=S.TIMEOUT, max_retries=1)
    insert(twin, 50, status=S.FAILED, max_retries=1, retry_count=1)
    insert(twin, 60, status=S.FAILED, max_retries=1, next_retry_at=NOW)
    repos = twin.repositories
    ended = make_workflow_execution(repos, status=S.RUNNING)
    make_items(twin, ended, "a", 0, status=S.FAILED, max_retries=1)
    repos.workflow_executions.transition(ended.id, expected=S.RUNNING, to=S.CANCELLED)
    make_items(twin, ended, "a", 1, status=S.FAILED, max_retries=1)
    paused = make_workflow_execution(repos)
    (before,) = make_items(twin, paused, "a", 0, status=S.FAILED, max_retries=1)
    repos.workflow_executions.pause(paused.id)
    (since,) = make_items(twin, paused, "a", 1, status=S.FAILED, max_retries=1)
    twin.execute("UPDATE attune.workflow_task_execution SET id = 70 WHERE id = %s", (before.id,))
    twin.execute("UPDATE attune.workflow_task_execution SET id = 10 WHERE id = %s", (since.id,))
    repo = repos.workflow_task_executions
    found = [row for row in ids(repo.find_retryable()) if row <= 70]
    assert found == [10, 20, 30, 40, 70]
    assert {row.status for row in repo.find_retryable()} == {S.FAILED, S.TIMEOUT}
    assert len(repo.find_retryable()) == 7
    assert ids(repo.find_retryable(limit=2)) == [10, 20]
    assert ids(repo.find_retryable(limit=2, after=(None, 20))) == [30, 40]


def test_find_pending_retries_uses_the_servers_clock(twin: Twin) -> None:
    make_workflow_task_execution(
        twin.repositories,
        status=S.FAILED,
        max_retries=1,
        next_retry_at=datetime.now(UTC) + timedelta(hours=1),
    )
    assert twin.repositories.workflow_task_executions.find_pending_retries() == []


@pytest.mark.parametrize(("status", "awaits"), STATES)
def test_counts_of_the_items_of_a_task(twin: Twin, status: ExecutionStatus, awaits: bool) -> None:
    run = make_workflow_execution(twin.repositories)
    repo = twin.repositories.workflow_task_executions
    retry = {"next_retry_at": NOW} if awaits else {}
    make_items(twin, run, "other", 0, status=S.RUNNING)
    make_items(twin, run, "other", 1, status=S.FAILED)
    elsewhere = make_workflow_execution(twin.repositories)
    make_items(twin, elsewhere, "a", 0, status=S.RUNNING)
    make_items(twin, elsewhere, "a", 1, status=S.FAILED)
    make_items(twin, run, "a", 0, 1, status=status, **retry)
    in_flight = status in (S.SCHEDULING, S.SCHEDULED, S.RUNNING, S.CANCELING)
    failed = status in (S.FAILED, S.TIMEOUT, S.ABANDONED) and not awaits
    assert repo.count_in_flight(run.id, "a") == (2 if in_flight else 0)
    assert repo.has_failed(run.id, "a") is failed
    unfinished = status in NOT_TERMINAL or awaits
    assert len(repo.find_unfinished(run.id, task_name="a")) == (2 if unfinished else 0)


def test_find_details(twin: Twin) -> None:
    repos = twin.repositories
    run = make_workflow_execution(repos, skipped_tasks=["s"])
    make_items(twin, make_workflow_execution(repos), "a", 7)
    child = make_execution(repos, action_ref="core.echo")
    (task,) = make_items(
        twin,
        run,
        "b",
        1,
        task_batch=2,
        execution=child.id,
        status=S.TIMEOUT,
        started_at=NOW,
        completed_at=NOW + SECOND,
        duration_ms=1000,
        retry_count=1,
        max_retries=3,
        next_retry_at=NOW + 2 * SECOND,
        timed_out=True,
    )
    make_items(twin, run, "c", 0)
    make_items(twin, run, "b", None, 0)
    make_items(twin, run, "s", None, status=S.CANCELLED)
    read_in_order_of_insertion(twin)
    details = repos.workflow_task_executions.find_details(run.id)
    assert [(one.task_name, one.task_index) for one in details] == [
        ("b", 0),
        ("b", 1),
        ("b", None),
        ("c", 0),
        ("s", None),
    ]
    assert details[1].model_dump() == {
        "id": task.id,
        "workflow_execution": run.id,
        "execution": child.id,
        "action_ref": "core.echo",
        "task_name": "b",
        "task_index": 1,
        "task_batch": 2,
        "status": S.TIMEOUT,
        "task_status": WorkflowTaskStatus.FAILED,
        "started_at": NOW,
        "completed_at": NOW + SECOND,
        "duration_ms": 1000,
        "retry_count": 1,
        "max_retries": 3,
        "next_retry_at": NOW + 2 * SECOND,
        "timed_out": True,
    }
    assert details[4].task_status is WorkflowTaskStatus.SKIPPED


@pytest.mark.parametrize("skipped", [True, False])
def test_the_details_have_the_status_of_the_task(twin: Twin, skipped: bool) -> None:
    run = make_workflow_execution(twin.repositories, skipped_tasks=["a"] if skipped else ["b"])
    for index, status in enumerate(S):
        make_items(twin, run, "a", index, status=status)
    details = twin.repositories.workflow_task_executions.find_details(run.id)
    assert [one.status for one in details] == list(S)
    assert [one.task_status for one in details] == [
        WorkflowTaskStatus.SKIPPED if skipped else status.task_status for status in S
    ]


# --- claims


def test_claim_next_takes_items_in_index_order(twin: Twin) -> None:
    run = make_workflow_execution(twin.repositories)
    make_items(twin, run, "a", None, 3, 1, 2)
    make_items(twin, run, "a", 0, status=S.SCHEDULED)
    make_items(twin, run, "b", 0)
    make_items(twin, make_workflow_execution(twin.repositories), "a", 0)
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_task_executions
    (first,) = repo.claim_next(run.id, "a")
    assert (first.task_index, first.status) == (1, S.SCHEDULING)
    assert [row.task_index for row in repo.claim_next(run.id, "a", limit=2)] == [2, 3]
    assert [row.task_index for row in repo.claim_next(run.id, "a", limit=9)] == [None]
    assert repo.claim_next(run.id, "a", limit=9) == []
    make_items(twin, run, "c", 1, None, 0)
    assert [row.task_index for row in repo.claim_next(run.id, "c", limit=3)] == [0, 1, None]
    assert len(repo.find_by_task_name(run.id, "b")) == 1
    assert repo.claim_next(run.id, "b", limit=0) == []


@pytest.mark.parametrize("status", list(S))
@pytest.mark.parametrize("paused", [True, False])
def test_claims_skip_tasks_of_paused_and_ended_workflows(
    twin: Twin, status: ExecutionStatus, paused: bool
) -> None:
    run = make_workflow_execution(twin.repositories, paused=paused)
    make_items(twin, run, "a", None)
    make_items(twin, run, "b", None, status=S.FAILED, max_retries=1, next_retry_at=NOW)
    twin.repositories.workflow_executions.transition(run.id, expected=run.status, to=status)
    repo = twin.repositories.workflow_task_executions
    expected = 1 if status in NOT_TERMINAL and not paused else 0
    assert len(repo.claim_next(run.id, "a")) == expected
    assert len(repo.claim_due_retries()) == expected


def test_claims_skip_locked_rows(committing_twin: Twin) -> None:
    run = make_workflow_execution(committing_twin.repositories)
    rows = make_items(committing_twin, run, "a", 0, 1)
    retries = make_items(
        committing_twin, run, "b", 0, 1, status=S.FAILED, max_retries=1, next_retry_at=NOW
    )
    overdue = make_items(
        committing_twin, run, "c", 0, 1, status=S.RUNNING, started_at=NOW, timeout_seconds=1
    )
    repo = committing_twin.repositories.workflow_task_executions
    committing_twin.execute("SET lock_timeout = '2s'")
    with committing_twin.connect() as other:
        other.execute("SELECT FROM attune.workflow_task_execution WHERE task_index = 0 FOR UPDATE")
        assert ids(repo.claim_next(run.id, "a", limit=2)) == [rows[1].id]
        assert ids(repo.claim_due_retries(limit=2)) == [retries[1].id]
        assert ids(repo.time_out_overdue(limit=2)) == [overdue[1].id]
        other.rollback()


def test_claims_lock_the_task_and_not_its_workflow(committing_twin: Twin) -> None:
    """They do not skip the tasks of a locked workflow, and do not lock it."""
    run = make_workflow_execution(committing_twin.repositories)
    make_items(committing_twin, run, "a", 0, 1)
    retry: dict[str, Any] = {"status": S.FAILED, "max_retries": 1, "next_retry_at": NOW}
    make_items(committing_twin, run, "b", 0, 1, **retry)
    with committing_twin.connect() as holder, committing_twin.connect() as claimer:
        holder.repositories.workflow_executions.lock(run.id)
        tasks = claimer.repositories.workflow_task_executions
        assert len(tasks.claim_next(run.id, "a")) == 1
        assert len(tasks.claim_due_retries(limit=1)) == 1
        claimer.rollback()
        holder.rollback()
        assert len(tasks.claim_next(run.id, "a")) == 1
        assert len(tasks.claim_due_retries(limit=1)) == 1
        holder.execute("SELECT FROM attune.workflow_execution FOR UPDATE NOWAIT")


def test_claims_keep_their_limit_on_a_table_never_analyzed(committing_twin: Twin) -> None:
    run = make_workflow_execution(committing_twin.repositories)
    committing_twin.execute(
        "WITH e AS (INSERT INTO attune.execution (action_ref)"
        " SELECT 'core.noop' FROM generate_series(1, 900) RETURNING id)"
        " INSERT INTO attune.workflow_task_execution (workflow_execution, execution, task_name,"
        "  task_index, status, started_at, timeout_seconds, max_retries, next_retry_at)"
        " SELECT %s, id, 'item', n, s::attune.execution_status, now() - interval '1 hour', 1, 1,"
        "  CASE s WHEN 'failed' THEN now() - interval '1 hour' END"
        " FROM (SELECT id, row_number() OVER () AS n,"
        "  (ARRAY['requested', 'failed', 'running'])[row_number() OVER () %% 3 + 1] AS s FROM e) i",
        (run.id,),
    )
    repo = committing_twin.repositories.workflow_task_executions
    assert len(repo.claim_next(run.id, "item", limit=2)) == 2
    assert len(repo.claim_due_retries(limit=2)) == 2
    assert len(repo.time_out_overdue(limit=2)) == 2
    assert committing_twin.execute(
        "SELECT status, count(*) FROM attune.workflow_task_execution GROUP BY 1 ORDER BY 1"
    ) == [("requested", 298), ("scheduling", 4), ("running", 298), ("failed", 298), ("timeout", 2)]


# --- one task's way


def finished(**over: Any) -> dict[str, Any]:
    """Return the values that an attempt leaves."""
    return {
        "started_at": NOW,
        "completed_at": NOW + SECOND,
        "duration_ms": 1000,
        "result": {"r": 1},
        "error": {"e": 1},
        "timed_out": True,
    } | over


@pytest.mark.parametrize("status", list(S))
def test_transition(twin: Twin, status: ExecutionStatus) -> None:
    repo = twin.repositories.workflow_task_executions
    other = make_workflow_task_execution(twin.repositories, status=S.RUNNING)
    row = make_workflow_task_execution(twin.repositories, status=status)
    if status in (S.RUNNING, S.FAILED):
        moved = repo.transition(row.id, expected=[S.RUNNING, S.FAILED], to=S.REQUESTED)
        assert moved.status is S.REQUESTED
        assert repo.get_by_id(row.id) == moved
    else:
        with pytest.raises(errors.ConflictError) as caught:
            repo.transition(row.id, expected=[S.RUNNING, S.FAILED], to=S.REQUESTED)
        assert caught.value.actual is status
        assert repo.get_by_id(row.id) == row
    assert repo.get_by_id(other.id) == other


@pytest.mark.parametrize("to", list(S))
def test_transition_refuses_running_and_terminal_states(twin: Twin, to: ExecutionStatus) -> None:
    repo = twin.repositories.workflow_task_executions
    row = make_workflow_task_execution(
        twin.repositories, status=S.FAILED, max_retries=1, next_retry_at=NOW, **finished()
    )
    if to is S.RUNNING or to in TERMINAL:
        with pytest.raises(errors.ValidationError) as caught:
            repo.transition(row.id, expected=S.FAILED, to=to)
        assert (caught.value.field, caught.value.value) == ("to", to)
        assert repo.get_by_id(row.id) == row
        return
    moved = repo.transition(row.id, expected=S.FAILED, to=to)
    left = (moved.completed_at, moved.duration_ms, moved.result, moved.error, moved.next_retry_at)
    assert left == (None, None, None, None, None)
    assert moved.timed_out is False
    assert moved.started_at == (NOW if to is S.CANCELING else None)


@pytest.mark.parametrize("status", list(S))
def test_start(twin: Twin, status: ExecutionStatus) -> None:
    repo = twin.repositories.workflow_task_executions
    other = make_workflow_task_execution(twin.repositories)
    row = make_workflow_task_execution(twin.repositories, status=status)
    if status in (S.REQUESTED, S.SCHEDULING, S.SCHEDULED):
        started = repo.start(row.id, now=NOW)
        assert (started.status, started.started_at) == (S.RUNNING, NOW)
        assert repo.get_by_id(row.id) == started
    else:
        with pytest.raises(errors.ConflictError) as caught:
            repo.start(row.id, now=NOW)
        assert caught.value.actual is status
        assert set(caught.value.expected) == {S.REQUESTED, S.SCHEDULING, S.SCHEDULED}  # type: ignore[call-overload]
        assert repo.get_by_id(row.id) == row
    assert repo.get_by_id(other.id) == other


@pytest.mark.parametrize("status", list(S))
def test_complete(twin: Twin, status: ExecutionStatus) -> None:
    repo = twin.repositories.workflow_task_executions
    other = make_workflow_task_execution(twin.repositories, status=S.RUNNING)
    row = make_workflow_task_execution(twin.repositories, status=status, started_at=NOW)
    if status is S.RUNNING:
        done = repo.complete(row.id, result={"x": [1]}, now=NOW + 2.5 * SECOND)
        assert (done.status, done.result, done.duration_ms) == (S.COMPLETED, {"x": [1]}, 2500)
        assert done.completed_at == NOW + 2.5 * SECOND
        assert repo.get_by_id(row.id) == done
    else:
        with pytest.raises(errors.ConflictError) as caught:
            repo.complete(row.id, result=1)
        assert (caught.value.actual, caught.value.expected) == (status, S.RUNNING)
        assert repo.get_by_id(row.id) == row
    assert repo.get_by_id(other.id) == other


@pytest.mark.parametrize("status", list(S))
def test_fail(twin: Twin, status: ExecutionStatus) -> None:
    repo = twin.repositories.workflow_task_executions
    other = make_workflow_task_execution(twin.repositories, status=S.RUNNING)
    row = make_workflow_task_execution(twin.repositories, status=status, started_at=NOW)
    if status is S.RUNNING:
        failed = repo.fail(row.id, error={"x": [1]}, now=NOW + 2.5 * SECOND)
        assert (failed.status, failed.error, failed.duration_ms) == (S.FAILED, {"x": [1]}, 2500)
        assert failed.completed_at == NOW + 2.5 * SECOND
        assert repo.get_by_id(row.id) == failed
    else:
        with pytest.raises(errors.ConflictError) as caught:
            repo.fail(row.id, error=1)
        assert (caught.value.actual, caught.value.expected) == (status, S.RUNNING)
        assert repo.get_by_id(row.id) == row
    assert repo.get_by_id(other.id) == other


@pytest.mark.parametrize("status", list(S))
def test_time_out(twin: Twin, status: ExecutionStatus) -> None:
    repo = twin.repositories.workflow_task_executions
    other = make_workflow_task_execution(twin.repositories, status=S.RUNNING)
    row = make_workflow_task_execution(twin.repositories, status=status, started_at=NOW)
    if status is S.RUNNING:
        ended = repo.time_out(row.id, now=NOW + 2.5 * SECOND)
        assert (ended.status, ended.timed_out, ended.duration_ms) == (S.TIMEOUT, True, 2500)
        assert ended.completed_at == NOW + 2.5 * SECOND
        assert repo.get_by_id(row.id) == ended
    else:
        with pytest.raises(errors.ConflictError) as caught:
            repo.time_out(row.id)
        assert (caught.value.actual, caught.value.expected) == (status, S.RUNNING)
        assert repo.get_by_id(row.id) == row
    assert repo.get_by_id(other.id) == other


@pytest.mark.parametrize(("status", "awaits"), STATES)
def test_cancel(twin: Twin, status: ExecutionStatus, awaits: bool) -> None:
    retry = {"next_retry_at": NOW, **finished()} if awaits else {"started_at": None}
    repo = twin.repositories.workflow_task_executions
    other = make_workflow_task_execution(twin.repositories)
    row = make_workflow_task_execution(twin.repositories, status=status, **retry)
    if status in NOT_TERMINAL or awaits:
        cancelled = repo.cancel(row.id, now=NOW + 9 * SECOND)
        assert (cancelled.status, cancelled.next_retry_at) == (S.CANCELLED, None)
        assert repo.get_by_id(row.id) == cancelled
        if awaits:
            assert (cancelled.completed_at, cancelled.duration_ms) == (NOW + SECOND, 1000)
            assert (cancelled.result, cancelled.error) == ({"r": 1}, {"e": 1})
        else:
            assert (cancelled.completed_at, cancelled.duration_ms) == (NOW + 9 * SECOND, None)
    else:
        with pytest.raises(errors.ConflictError) as caught:
            repo.cancel(row.id, now=NOW)
        assert caught.value.actual is status
        assert set(caught.value.expected) == set(NOT_TERMINAL)  # type: ignore[call-overload]
        assert repo.get_by_id(row.id) == row
    assert repo.get_by_id(other.id) == other


def test_cancel_of_a_running_task_sets_its_duration(twin: Twin) -> None:
    row = make_workflow_task_execution(twin.repositories, status=S.RUNNING, started_at=NOW)
    repo = twin.repositories.workflow_task_executions
    assert repo.cancel(row.id, now=NOW + 2 * SECOND).duration_ms == 2000


@pytest.mark.parametrize("end", ["complete", "fail", "time_out", "cancel"])
def test_no_completion_is_before_its_start(twin: Twin, end: str) -> None:
    row = make_workflow_task_execution(twin.repositories, status=S.RUNNING, started_at=NOW)
    arguments = {"error": "e"} if end == "fail" else {}
    ended = getattr(twin.repositories.workflow_task_executions, end)(
        row.id, now=NOW - SECOND, **arguments
    )
    assert (ended.completed_at, ended.duration_ms) == (NOW, 0)


@pytest.mark.parametrize("end", ["complete", "fail", "time_out", "cancel"])
def test_an_end_uses_the_time_of_the_statement(committing_twin: Twin, end: str) -> None:
    """A transaction that began before another session's `start` can end the task."""
    row = make_workflow_task_execution(committing_twin.repositories)
    with committing_twin.connect() as early:
        early.execute("SELECT now()")
        started = committing_twin.repositories.workflow_task_executions.start(row.id)
        arguments = {"error": "e"} if end == "fail" else {}
        ended = getattr(early.repositories.workflow_task_executions, end)(row.id, **arguments)
        (before,) = early.execute("SELECT now()")[0]
        early.commit()
    assert started.started_at is not None
    assert before < started.started_at < ended.completed_at
    assert 0 <= ended.duration_ms < 60_000


def test_a_start_uses_the_time_of_the_statement(committing_twin: Twin) -> None:
    row = make_workflow_task_execution(committing_twin.repositories)
    with committing_twin.connect() as early:
        ((before,),) = early.execute("SELECT now()")
        started = early.repositories.workflow_task_executions.start(row.id)
    assert started.started_at is not None
    assert started.started_at > before


def test_sweeps_use_the_time_of_the_statement(committing_twin: Twin) -> None:
    """Rows that became due after the transaction began are due."""
    with committing_twin.connect() as early:
        early.execute("SELECT now()")
        repos = committing_twin.repositories
        ((now,),) = committing_twin.execute("SELECT clock_timestamp()")
        retry = make_workflow_task_execution(
            repos, status=S.FAILED, max_retries=1, next_retry_at=now
        )
        overdue = make_workflow_task_execution(
            repos, status=S.RUNNING, started_at=now - SECOND, timeout_seconds=1
        )
        repo = early.repositories.workflow_task_executions
        assert ids(repo.find_pending_retries()) == [retry.id]
        assert ids(repo.claim_due_retries()) == [retry.id]
        assert ids(repo.find_overdue()) == [overdue.id]
        assert ids(repo.time_out_overdue()) == [overdue.id]


@pytest.mark.parametrize("end", ["complete", "fail", "time_out", "cancel"])
def test_a_task_that_never_started_has_no_duration(twin: Twin, end: str) -> None:
    row = make_workflow_task_execution(twin.repositories, status=S.RUNNING, started_at=None)
    arguments = {"error": "e"} if end == "fail" else {}
    ended = getattr(twin.repositories.workflow_task_executions, end)(row.id, now=NOW, **arguments)
    assert (ended.started_at, ended.completed_at, ended.duration_ms) == (None, NOW, None)


def test_an_end_changes_no_other_columns(twin: Twin) -> None:
    """An end writes its own columns only."""
    before: dict[str, Any] = {"task_index": 1, "task_batch": 2, "retry_count": 3, "max_retries": 4}
    before |= {"timeout_seconds": 5, "started_at": NOW}
    repo = twin.repositories.workflow_task_executions
    ends: list[Callable[[int], WorkflowTaskExecution]] = [
        lambda id: repo.complete(id, result=[], now=NOW),
        lambda id: repo.fail(id, error={}, now=NOW),
        lambda id: repo.cancel(id, now=NOW),
        lambda id: repo.time_out(id, now=NOW + 6 * SECOND),
        lambda id: repo.time_out_overdue(now=NOW + 6 * SECOND)[0],
    ]
    for end in ends:
        row = make_workflow_task_execution(twin.repositories, status=S.RUNNING, **before)
        ended = end(row.id)
        assert ended.id == row.id
        changed = {name for name, value in row if value != getattr(ended, name)}
        assert changed <= {
            "status",
            "completed_at",
            "duration_ms",
            "result",
            "error",
            "timed_out",
            "updated",
        }


@pytest.mark.parametrize("status", list(S))
def test_schedule_retry(twin: Twin, status: ExecutionStatus) -> None:
    repo = twin.repositories.workflow_task_executions
    other = make_workflow_task_execution(twin.repositories, status=S.FAILED, max_retries=1)
    row = make_workflow_task_execution(
        twin.repositories, status=status, max_retries=1, error={"old": 1}
    )
    if status in (S.FAILED, S.TIMEOUT):
        awaiting = repo.schedule_retry(row.id, at=NOW)
        assert (awaiting.status, awaiting.next_retry_at) == (status, NOW)
        assert awaiting.error == {"old": 1}
        again = repo.schedule_retry(row.id, at=NOW + SECOND, error=["new"])
        assert (again.next_retry_at, again.error) == (NOW + SECOND, ["new"])
        assert repo.get_by_id(row.id) == again
    else:
        with pytest.raises(errors.ConflictError) as caught:
            repo.schedule_retry(row.id, at=NOW)
        assert caught.value.actual is status
        assert set(caught.value.expected) == {S.FAILED, S.TIMEOUT}  # type: ignore[call-overload]
        assert repo.get_by_id(row.id) == row
    assert repo.get_by_id(other.id) == other


def test_schedule_retry_without_a_retry_left(twin: Twin) -> None:
    repo = twin.repositories.workflow_task_executions
    row = make_workflow_task_execution(
        twin.repositories, status=S.FAILED, retry_count=2, max_retries=2
    )
    with pytest.raises(errors.ConflictError, match="no retry left: 2 of 2") as caught:
        repo.schedule_retry(row.id, at=NOW)
    assert (caught.value.field, caught.value.actual) == ("retry_count", 2)
    assert repo.get_by_id(row.id) == row


def test_schedule_retry_takes_a_time_or_a_delay(twin: Twin) -> None:
    repo = twin.repositories.workflow_task_executions
    row = make_workflow_task_execution(twin.repositories, status=S.FAILED, max_retries=1)
    wrong: tuple[dict[str, Any], ...] = ({}, {"at": NOW, "delay": SECOND})
    for given in wrong:
        with pytest.raises(errors.ValidationError, match="exactly one of at and delay"):
            repo.schedule_retry(row.id, **given)
    assert repo.get_by_id(row.id) == row
    (((before,),),) = (twin.execute("SELECT statement_timestamp()"),)
    awaiting = repo.schedule_retry(row.id, delay=timedelta(hours=1))
    (((after,),),) = (twin.execute("SELECT statement_timestamp()"),)
    assert awaiting.next_retry_at is not None
    hour = timedelta(hours=1)
    assert before + hour <= awaiting.next_retry_at <= after + hour, "the server's clock decides"


@pytest.mark.parametrize("left", [True, False])
@pytest.mark.parametrize("how", ["fail", "time_out", "time_out_overdue"])
def test_an_outcome_can_schedule_the_retry(twin: Twin, how: str, left: bool) -> None:
    repo = twin.repositories.workflow_task_executions
    row = make_workflow_task_execution(
        twin.repositories,
        status=S.RUNNING,
        started_at=NOW,
        timeout_seconds=1,
        max_retries=2,
        retry_count=1 if left else 2,
    )
    now = NOW + 10 * SECOND
    if how == "fail":
        ended = repo.fail(row.id, error={}, retry_delay=5 * SECOND, now=now)
    elif how == "time_out":
        ended = repo.time_out(row.id, retry_delay=5 * SECOND, now=now)
    else:
        (ended,) = repo.time_out_overdue(retry_delay=5 * SECOND, now=now)
    assert ended.status is (S.FAILED if how == "fail" else S.TIMEOUT)
    assert ended.next_retry_at == (now + 5 * SECOND if left else None)
    assert repo.get_by_id(row.id) == ended
    assert ids(repo.claim_due_retries(now=now + 5 * SECOND)) == ([row.id] if left else [])


@pytest.mark.parametrize("to", [None, *TERMINAL])
def test_pausing_or_ending_a_workflow_holds_its_tasks(twin: Twin, to: S | None) -> None:
    repos = twin.repositories
    run = make_workflow_execution(repos, status=S.RUNNING)
    other = make_workflow_execution(repos, status=S.RUNNING)
    for index, status in enumerate(S):
        make_items(twin, run, "a", index, status=status)
        make_items(twin, other, "a", index, status=status)
    make_items(twin, run, "retry", 0, status=S.FAILED, max_retries=1, next_retry_at=NOW)
    make_items(twin, run, "left", 0, status=S.TIMEOUT, max_retries=1)
    tasks = repos.workflow_task_executions
    if to is None:
        repos.workflow_executions.pause(run.id)
    else:
        repos.workflow_executions.transition(run.id, expected=S.RUNNING, to=to)
    if to is None:
        (late,) = make_items(twin, run, "late", 0)
        assert late.held
    held = [row for row in tasks.find_by_workflow_execution(run.id) if row.held]
    late_items = [("late", 0)] if to is None else []
    assert items(held) == [("a", 0), *late_items, ("left", 0), ("retry", 0)]
    assert [row for row in tasks.find_by_workflow_execution(other.id) if row.held] == []
    assert tasks.find_pending_retries(now=NOW) == tasks.claim_due_retries(now=NOW) == []
    if to is None:
        repos.workflow_executions.resume(run.id)
    else:
        repos.workflow_executions.transition(run.id, expected=to, to=S.RUNNING)
    assert [row for row in tasks.find_by_workflow_execution(run.id) if row.held] == []
    assert len(tasks.claim_due_retries(now=NOW)) == 1


@pytest.mark.parametrize("ended", TERMINAL)
def test_an_ended_workflow_refuses_new_tasks(twin: Twin, ended: S) -> None:
    run = make_workflow_execution(twin.repositories, status=ended)
    for status in S:
        if status.is_terminal:
            make_items(twin, run, status, 0, status=status)
            continue
        with pytest.raises(errors.ConflictError, match="has ended"), twin.savepoint():
            make_items(twin, run, status, 0, status=status)


@pytest.mark.parametrize("paused", [True, False])
def test_a_retry_that_is_scheduled_late_is_not_claimed(twin: Twin, paused: bool) -> None:
    """The row is not held, because it changed after the workflow did. The claim checks both."""
    repos = twin.repositories
    run = make_workflow_execution(repos, status=S.RUNNING)
    (task,) = make_items(twin, run, "a", 0, status=S.RUNNING, max_retries=1)
    if paused:
        repos.workflow_executions.pause(run.id)
    else:
        repos.workflow_executions.transition(run.id, expected=S.RUNNING, to=S.FAILED)
    tasks = repos.workflow_task_executions
    tasks.fail(task.id, error={}, retry_delay=0 * SECOND, now=NOW)
    assert tasks.claim_due_retries(now=NOW) == tasks.find_pending_retries(now=NOW) == []


def test_claim_due_retries(twin: Twin) -> None:
    due = {"status": S.FAILED, "max_retries": 3, "retry_count": 1, **finished()}
    insert(twin, 20, next_retry_at=NOW - SECOND, **due)
    insert(twin, 40, 30, 45, 35, next_retry_at=NOW - 3 * SECOND, **due)
    insert(twin, 10, next_retry_at=NOW, **due | {"status": S.TIMEOUT})
    insert(twin, 50, next_retry_at=NOW + SECOND, **due)
    insert(twin, 51, next_retry_at=NOW - SECOND, **due | {"retry_count": 3})
    insert(twin, 52, **due)
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_task_executions
    first, second = repo.claim_due_retries(limit=2, now=NOW)
    assert (first.id, second.id) == (30, 35)
    assert (first.status, first.retry_count) == (S.SCHEDULING, 2)
    left = (first.started_at, first.completed_at, first.duration_ms, first.result, first.error)
    assert (*left, first.next_retry_at) == (None,) * 6
    assert first.timed_out is False
    assert repo.get_by_id(30) == first
    assert ids(repo.claim_due_retries(limit=3, now=NOW)) == [20, 40, 45]
    assert ids(repo.claim_due_retries(now=NOW)) == [10]
    assert repo.claim_due_retries(now=NOW) == []
    assert ids(repo.claim_due_retries()) == [50], "the server's clock is later"


def test_claim_due_retries_claims_a_hundred_by_default(twin: Twin) -> None:
    run = make_workflow_execution(twin.repositories)
    make_items(twin, run, "a", *range(101), status=S.FAILED, max_retries=1, next_retry_at=NOW)
    assert len(twin.repositories.workflow_task_executions.claim_due_retries()) == 100


def test_time_out_overdue_ends_a_hundred_by_default(twin: Twin) -> None:
    run = make_workflow_execution(twin.repositories)
    running = {"status": S.RUNNING, "started_at": NOW, "timeout_seconds": 1}
    make_items(twin, run, "a", *range(101), **running)
    assert len(twin.repositories.workflow_task_executions.find_overdue()) == 100
    assert len(twin.repositories.workflow_task_executions.time_out_overdue()) == 100


def test_time_out_overdue(twin: Twin) -> None:
    running = {"status": S.RUNNING, "started_at": NOW, "timeout_seconds": 10}
    insert(twin, 20, **running | {"timeout_seconds": 9})
    insert(twin, 40, 30, 45, 35, **running | {"timeout_seconds": 8})
    insert(twin, 10, **running)
    insert(twin, 50, **running | {"timeout_seconds": 20})
    insert(twin, 51, **running | {"timeout_seconds": None})
    insert(twin, 52, **running | {"status": S.CANCELING})
    insert(twin, 53, **running | {"started_at": None})
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_task_executions
    now = NOW + 11 * SECOND
    assert [row.id for row in repo.find_overdue(now=now)] == [30, 35, 40, 45, 20, 10]
    assert [row.id for row in repo.find_overdue(now=now, limit=2)] == [30, 35]
    first, second = repo.time_out_overdue(limit=2, now=now)
    assert (first.id, second.id) == (30, 35)
    assert (first.status, first.timed_out) == (S.TIMEOUT, True)
    assert (first.completed_at, first.duration_ms) == (now, 11_000)
    assert repo.get_by_id(30) == first
    assert ids(repo.time_out_overdue(limit=3, now=now)) == [20, 40, 45]
    assert ids(repo.find_overdue(now=NOW + 10 * SECOND)) == []
    assert ids(repo.time_out_overdue(now=NOW + 10 * SECOND)) == [], "not past its time yet"
    assert ids(repo.time_out_overdue(now=now)) == [10]
    assert ids(repo.time_out_overdue()) == [50], "the server's clock is later"
    late = repo.get_by_id(50)
    assert late.completed_at is not None
    assert late.completed_at > now
    assert late.duration_ms == pytest.approx(
        (late.completed_at - NOW) / timedelta(milliseconds=1), abs=1
    )


def test_a_task_from_request_to_completion(twin: Twin) -> None:
    run = make_workflow_execution(twin.repositories, status=S.RUNNING)
    make_items(twin, run, "a", None, max_retries=1, timeout_seconds=5)
    repo = twin.repositories.workflow_task_executions
    (task,) = repo.claim_next(run.id, "a")
    repo.transition(task.id, expected=S.SCHEDULING, to=S.SCHEDULED)
    repo.start(task.id, now=NOW)
    (late,) = repo.time_out_overdue(now=NOW + 6 * SECOND)
    assert late.id == task.id
    repo.schedule_retry(task.id, at=NOW + 8 * SECOND)
    (retried,) = repo.claim_due_retries(now=NOW + 8 * SECOND)
    assert retried.retry_count == 1
    repo.start(task.id, now=NOW + 9 * SECOND)
    done = repo.complete(task.id, result="fine", now=NOW + 10 * SECOND)
    assert (done.duration_ms, done.result, done.timed_out) == (1000, "fine", False)


@pytest.mark.parametrize(
    "call",
    [
        lambda repo: repo.start(1, now=datetime(2026, 1, 1)),
        lambda repo: repo.complete(1, now="2026-01-01T00:00:00Z"),
        lambda repo: repo.complete(1, result=object()),
        lambda repo: repo.complete(1, result={1: 2}),
        lambda repo: repo.fail(1, error={"a": {1, 2}}),
        lambda repo: repo.schedule_retry(1, at=datetime(2026, 1, 1)),
        lambda repo: repo.schedule_retry(1, at=None),
        lambda repo: repo.schedule_retry(1, delay=5),
        lambda repo: repo.schedule_retry(1, delay=-SECOND),
        lambda repo: repo.fail(1, error={}, retry_delay=5),
        lambda repo: repo.time_out_overdue(retry_delay=-SECOND),
        lambda repo: repo.time_out(1, retry_delay=5),
        lambda repo: repo.find_overdue(limit=None),
        lambda repo: repo.find_overdue(now=datetime(2026, 1, 1)),
        lambda repo: repo.find_retryable(after=1),
        lambda repo: repo.claim_due_retries(now=datetime(2026, 1, 1)),
        lambda repo: repo.claim_due_retries(limit=None),
        lambda repo: repo.time_out_overdue(limit=-1),
        lambda repo: repo.time_out_overdue(now=datetime(2026, 1, 1)),
        lambda repo: repo.find_pending_retries(now=datetime(2026, 1, 1)),
        lambda repo: repo.claim_next(1, 2),
        lambda repo: repo.claim_next("1", "a"),
        lambda repo: repo.find_by_task_name(1, None),
        lambda repo: repo.count_in_flight(1, None),
        lambda repo: repo.transition(1, expected=[S.RUNNING], to="no such status"),
    ],
)
def test_bad_arguments_never_reach_the_server(twin: Twin, call: Callable[[Any], Any]) -> None:
    with pytest.raises(errors.ValidationError) as caught:
        call(twin.repositories.workflow_task_executions)
    assert caught.value.sqlstate is None
    assert caught.value.field is not None
    assert twin.execute("SELECT 1") == [(1,)], "the transaction goes on"


def test_delete_keeps_the_execution(twin: Twin) -> None:
    repos = twin.repositories
    other = make_workflow_task_execution(repos)
    row = make_workflow_task_execution(repos)
    assert repos.workflow_task_executions.delete(row.id) is True
    assert repos.workflow_task_executions.find_by_id(row.id) is None
    assert repos.executions.find_by_id(row.execution) is not None
    assert repos.workflow_task_executions.find_by_id(other.id) == other
