"""Executions, in both twins."""

from collections.abc import Callable
from typing import Any

import pytest

from attune_store import (
    CreateExecutionInput,
    ExecutionStatus,
    UpdateExecutionInput,
    errors,
)
from attune_store.testing import make_action, make_execution, make_workflow_task_execution
from tests.pages import read_in_order_of_insertion
from tests.twin import Twin

S = ExecutionStatus
ALL = list(ExecutionStatus)


def ids(rows: list[Any]) -> list[int]:
    return [row.id for row in rows]


def insert(twin: Twin, *numbers: int, status: str = "requested", parent: int | None = None) -> None:
    """Insert executions with these ids, in this order."""
    for number in numbers:
        twin.execute(
            "INSERT INTO attune.execution (id, action_ref, status, parent)"
            " VALUES (%s, 'core.noop', %s, %s)",
            (number, status, parent),
        )


def test_create_has_the_defaults_of_the_table(twin: Twin) -> None:
    created = twin.repositories.executions.create(CreateExecutionInput(action_ref="core.noop"))
    assert (created.status, created.action, created.config, created.parent, created.result) == (
        (S.REQUESTED, None, None, None, None)
    )
    assert twin.repositories.executions.get_by_id(created.id) == created
    assert twin.repositories.executions.find_by_id(created.id) == created


def test_create_stores_every_field(twin: Twin) -> None:
    action = make_action(twin.repositories)
    parent = make_execution(twin.repositories)
    created = make_execution(
        twin.repositories,
        action=action,
        config={"a": [1]},
        parent=parent.id,
        status=S.RUNNING,
        result=[None, {"ok": True}],
    )
    assert (created.action, created.action_ref, created.config) == (
        action.id,
        action.ref,
        {"a": [1]},
    )
    assert (created.parent, created.status, created.result) == (
        parent.id,
        S.RUNNING,
        [None, {"ok": True}],
    )


@pytest.mark.parametrize("field", ["action", "parent"])
def test_create_refuses_missing_references(twin: Twin, field: str) -> None:
    fields: dict[str, Any] = {field: 2**40}
    with pytest.raises(errors.ForeignKeyError) as caught:
        twin.repositories.executions.create(CreateExecutionInput(action_ref="core.noop", **fields))
    assert (caught.value.kind, caught.value.field, caught.value.value) == ("missing", field, 2**40)
    assert caught.value.constraint == f"execution_{field}_fkey"
    assert caught.value.sqlstate == "23503"


def test_missing_rows(twin: Twin) -> None:
    executions = twin.repositories.executions
    other = make_execution(twin.repositories)
    assert executions.find_by_id(2**40) is None
    calls: tuple[Callable[[], object], ...] = (
        lambda: executions.get_by_id(2**40),
        lambda: executions.update(2**40, UpdateExecutionInput(result=1)),
        lambda: executions.transition(2**40, expected=S.REQUESTED, to=S.RUNNING),
    )
    for call in calls:
        with pytest.raises(errors.NotFoundError) as caught:
            call()
        assert (caught.value.entity, caught.value.field, caught.value.value) == (
            "execution",
            "id",
            2**40,
        )
    assert executions.delete(2**40) is False
    assert executions.claim(2**40) is None
    assert executions.list() == [other]


def test_list_is_newest_first_and_pages_by_id(twin: Twin) -> None:
    insert(twin, 20, 10, 40, 30)
    read_in_order_of_insertion(twin)
    executions = twin.repositories.executions
    assert ids(executions.list()) == [40, 30, 20, 10]
    assert ids(executions.list(limit=2)) == [40, 30]
    assert ids(executions.list(limit=2, after=30)) == [20, 10]
    assert ids(executions.list(limit=None, after=20)) == [10]
    assert executions.list(limit=0) == []


def test_find_by_status(twin: Twin) -> None:
    insert(twin, 20, 10, 30, status="failed")
    insert(twin, 5, 15, 25, status="completed")
    insert(twin, 7, 17, 27, status="canceling")
    read_in_order_of_insertion(twin)
    executions = twin.repositories.executions
    assert ids(executions.find_by_status(S.FAILED)) == [30, 20, 10]
    assert ids(executions.find_by_status(S.FAILED, limit=1)) == [30]
    assert ids(executions.find_by_status(S.FAILED, limit=9)) == [30, 20, 10]
    assert ids(executions.find_by_status(S.FAILED, after=30)) == [20, 10]
    assert ids(executions.find_by_status(S.FAILED, after=30, limit=1)) == [20]
    assert executions.find_by_status(S.FAILED, after=10) == []
    assert executions.find_by_status(S.ABANDONED) == []


def test_find_by_parent(twin: Twin) -> None:
    insert(twin, 1, 2, 3)
    insert(twin, 20, 10, 30, parent=2)
    insert(twin, 5, 15, 25, parent=1)
    insert(twin, 7, 17, 27, parent=3)
    read_in_order_of_insertion(twin)
    executions = twin.repositories.executions
    assert ids(executions.find_by_parent(2)) == [30, 20, 10]
    assert ids(executions.find_by_parent(2, limit=1)) == [30]
    assert ids(executions.find_by_parent(2, limit=9)) == [30, 20, 10]
    assert ids(executions.find_by_parent(2, after=30)) == [20, 10]
    assert ids(executions.find_by_parent(2, after=30, limit=1)) == [20]
    assert executions.find_by_parent(2, after=10) == []
    assert executions.find_by_parent(20) == []


def test_the_lists_are_limited_to_a_thousand(twin: Twin) -> None:
    twin.execute(
        "INSERT INTO attune.execution (action_ref) SELECT 'core.noop' FROM generate_series(1, 1001)"
    )
    assert len(twin.repositories.executions.list()) == 1000
    assert len(twin.repositories.executions.find_by_status(S.REQUESTED)) == 1000
    assert len(twin.repositories.executions.find_by_status(S.REQUESTED, limit=None)) == 1001
    parent = make_execution(twin.repositories)
    twin.execute("UPDATE attune.execution SET parent = %s WHERE id <> %s", (parent.id, parent.id))
    assert len(twin.repositories.executions.find_by_parent(parent.id)) == 1000
    assert len(twin.repositories.executions.find_by_parent(parent.id, limit=None)) == 1001


@pytest.mark.parametrize("status", ALL)
def test_claim(twin: Twin, status: ExecutionStatus) -> None:
    other = make_execution(twin.repositories)
    execution = make_execution(twin.repositories, status=status)
    claimed = twin.repositories.executions.claim(execution.id)
    if status is S.REQUESTED:
        assert claimed is not None
        assert claimed.status is S.SCHEDULING
    else:
        assert claimed is None
        assert twin.repositories.executions.get_by_id(execution.id) == execution
    assert twin.repositories.executions.get_by_id(other.id) == other


def test_claim_from_and_to_other_states(twin: Twin) -> None:
    execution = make_execution(twin.repositories, status=S.SCHEDULED)
    claimed = twin.repositories.executions.claim(execution.id, expected=S.SCHEDULED, to=S.RUNNING)
    assert claimed is not None
    assert claimed.status is S.RUNNING


def test_claim_next_returns_the_oldest_first(twin: Twin) -> None:
    insert(twin, 30, 10, 20, 40)
    insert(twin, 5, status="scheduled")
    read_in_order_of_insertion(twin)
    executions = twin.repositories.executions
    first = executions.claim_next()
    assert [(row.id, row.status) for row in first] == [(10, S.SCHEDULING)]
    assert ids(executions.claim_next(limit=2)) == [20, 30]
    assert ids(executions.claim_next(limit=9)) == [40]
    assert executions.claim_next(limit=9) == []
    assert executions.get_by_id(5).status is S.SCHEDULED


def test_claim_next_skips_locked_rows(committing_twin: Twin) -> None:
    insert(committing_twin, 1, 2, 3)
    committing_twin.execute("SET lock_timeout = '2s'")
    with committing_twin.connect() as other:
        other.execute("SELECT FROM attune.execution WHERE id = 1 FOR UPDATE")
        assert ids(committing_twin.repositories.executions.claim_next(limit=2)) == [2, 3]
        other.rollback()
    assert ids(committing_twin.repositories.executions.claim_next(limit=2)) == [1]


def test_claim_next_keeps_its_limit_on_a_table_never_analyzed(committing_twin: Twin) -> None:
    committing_twin.execute(
        "INSERT INTO attune.execution (action_ref) SELECT 'core.noop' FROM generate_series(1, 300)"
    )
    assert len(committing_twin.repositories.executions.claim_next(limit=2)) == 2
    assert committing_twin.execute(
        "SELECT count(*) FROM attune.execution WHERE status = 'scheduling'"
    ) == [(2,)]


@pytest.mark.parametrize("expected", [S.RUNNING, [S.RUNNING], (S.FAILED, S.RUNNING), {S.RUNNING}])
def test_transition(twin: Twin, expected: Any) -> None:
    other = make_execution(twin.repositories, status=S.RUNNING)
    execution = make_execution(twin.repositories, status=S.RUNNING)
    moved = twin.repositories.executions.transition(execution.id, expected=expected, to=S.CANCELING)
    assert moved.status is S.CANCELING
    assert moved == twin.repositories.executions.get_by_id(execution.id)
    assert twin.repositories.executions.get_by_id(other.id) == other


def test_transition_from_another_state(twin: Twin) -> None:
    execution = make_execution(twin.repositories, status=S.COMPLETED)
    with pytest.raises(errors.ConflictError) as caught:
        twin.repositories.executions.transition(
            execution.id, expected=[S.RUNNING, S.SCHEDULED], to=S.FAILED
        )
    assert caught.value.actual is S.COMPLETED
    assert caught.value.expected == [S.RUNNING, S.SCHEDULED]
    assert not caught.value.retryable
    assert str(caught.value) == (
        f"execution with id={execution.id} is completed, expected running or scheduled"
    )
    assert twin.repositories.executions.get_by_id(execution.id) == execution


@pytest.mark.parametrize(
    "call",
    [
        lambda repo: repo.find_by_id("1"),
        lambda repo: repo.find_by_id(True),
        lambda repo: repo.find_by_id(2**63),
        lambda repo: repo.find_by_status("no such status"),
        lambda repo: repo.list(limit=-1),
        lambda repo: repo.list(limit="10"),
        lambda repo: repo.list(after="10"),
        lambda repo: repo.claim_next(limit=None),
        lambda repo: repo.claim_next(limit=-1),
        lambda repo: repo.transition(1, expected=["no"], to=S.RUNNING),
        lambda repo: repo.transition(1, expected=S.RUNNING, to="no"),
    ],
)
def test_bad_arguments_never_reach_the_server(twin: Twin, call: Callable[[Any], Any]) -> None:
    with pytest.raises(errors.ValidationError) as caught:
        call(twin.repositories.executions)
    assert caught.value.sqlstate is None
    assert caught.value.field is not None
    assert twin.execute("SELECT 1") == [(1,)], "the transaction goes on"


def test_deleting_an_action_keeps_its_executions(twin: Twin) -> None:
    action = make_action(twin.repositories)
    execution = make_execution(twin.repositories, action=action)
    assert twin.repositories.actions.delete(action.id) is True
    kept = twin.repositories.executions.get_by_id(execution.id)
    assert (kept.action, kept.action_ref) == (None, action.ref)


def test_delete_removes_the_state_and_keeps_the_children(twin: Twin) -> None:
    repos = twin.repositories
    parent = make_execution(repos)
    child = make_execution(repos, parent=parent.id)
    task = make_workflow_task_execution(repos, execution=parent.id)
    assert repos.executions.delete(parent.id) is True
    assert repos.executions.find_by_id(parent.id) is None
    assert repos.workflow_task_executions.find_by_id(task.id) is None
    assert repos.executions.get_by_id(child.id).parent is None
