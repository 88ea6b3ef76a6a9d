"""Workflow executions, in both twins."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from attune_store import (
    CreateWorkflowExecutionInput,
    ExecutionStatus,
    TaskList,
    UpdateWorkflowExecutionInput,
    WorkflowExecution,
    errors,
)
from attune_store.testing import (
    make_execution,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)
from tests.pages import read_in_order_of_insertion
from tests.twin import Twin

S = ExecutionStatus
TERMINAL = [S.COMPLETED, S.FAILED, S.CANCELLED, S.TIMEOUT, S.ABANDONED]
NOT_TERMINAL = [status for status in S if status not in TERMINAL]


def ids(rows: list[Any]) -> list[int]:
    return [row.id for row in rows]


def insert(twin: Twin, *numbers: int, workflow_def: int | None = None, **columns: Any) -> None:
    """Insert workflow executions with these ids, in this order."""
    definition = workflow_def or make_workflow_definition(twin.repositories).id
    for number in numbers:
        created = make_workflow_execution(twin.repositories, workflow_def=definition, **columns)
        twin.execute(
            "UPDATE attune.workflow_execution SET id = %s WHERE id = %s", (number, created.id)
        )


def lists(row: WorkflowExecution) -> list[list[str]]:
    return [row.current_tasks, row.completed_tasks, row.failed_tasks, row.skipped_tasks]


def test_create_has_the_defaults_of_the_table(twin: Twin) -> None:
    created = make_workflow_execution(twin.repositories)
    assert lists(created) == [[], [], [], []]
    assert (created.variables, created.task_graph, created.status) == ({}, {}, S.REQUESTED)
    assert (created.error_message, created.paused, created.pause_reason) == (None, False, None)
    assert twin.repositories.workflow_executions.get_by_id(created.id) == created


def test_create_stores_every_field(twin: Twin) -> None:
    created = make_workflow_execution(
        twin.repositories,
        current_tasks=["a"],
        completed_tasks=["b", "c"],
        failed_tasks=["d"],
        skipped_tasks=["e"],
        variables={"x": 1},
        task_graph={"a": ["b"]},
        status=S.RUNNING,
        error_message="m",
        paused=True,
        pause_reason="r",
    )
    assert lists(created) == [["a"], ["b", "c"], ["d"], ["e"]]
    assert (created.variables, created.task_graph, created.status) == (
        {"x": 1},
        {"a": ["b"]},
        S.RUNNING,
    )
    assert (created.error_message, created.paused, created.pause_reason) == ("m", True, "r")


def test_one_row_per_execution(twin: Twin) -> None:
    created = make_workflow_execution(twin.repositories)
    with pytest.raises(errors.AlreadyExistsError) as caught:
        make_workflow_execution(twin.repositories, execution=created.execution)
    assert (caught.value.field, caught.value.value) == ("execution", created.execution)
    assert caught.value.constraint == "workflow_execution_execution_key"


@pytest.mark.parametrize("field", ["execution", "workflow_def"])
def test_create_refuses_missing_references(twin: Twin, field: str) -> None:
    fields: dict[str, Any] = {field: 2**40}
    with pytest.raises(errors.ForeignKeyError) as caught:
        make_workflow_execution(twin.repositories, **fields)
    assert (caught.value.kind, caught.value.field, caught.value.value) == ("missing", field, 2**40)


def test_create_or_get(twin: Twin) -> None:
    repo = twin.repositories.workflow_executions
    fields: dict[str, Any] = {
        "execution": make_execution(twin.repositories).id,
        "workflow_def": make_workflow_definition(twin.repositories).id,
        "current_tasks": ["a"],
        "completed_tasks": ["b"],
        "failed_tasks": ["c"],
        "skipped_tasks": ["d"],
        "variables": {"x": 1},
        "task_graph": {"g": 1},
        "status": S.RUNNING,
        "error_message": "m",
        "paused": True,
        "pause_reason": "r",
    }
    first = repo.create_or_get(CreateWorkflowExecutionInput(**fields))
    assert first.created
    stored = first.workflow_execution
    assert {name: getattr(stored, name) for name in fields} == fields
    second = repo.create_or_get(CreateWorkflowExecutionInput(**fields | {"status": S.FAILED}))
    assert second == (stored, False)
    other = make_workflow_definition(twin.repositories)
    with pytest.raises(errors.ConflictError) as caught:
        repo.create_or_get(CreateWorkflowExecutionInput(**fields | {"workflow_def": other.id}))
    assert (caught.value.expected, caught.value.actual) == (other.id, stored.workflow_def)


def test_create_or_get_in_a_transaction_with_an_older_snapshot(committing_twin: Twin) -> None:
    repos = committing_twin.repositories
    input = CreateWorkflowExecutionInput(
        execution=make_execution(repos).id,
        workflow_def=make_workflow_definition(repos).id,
        task_graph={},
    )
    with committing_twin.connect() as early:
        early.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        assert early.repositories.workflow_executions.find_by_execution(input.execution) is None
        stands = repos.workflow_executions.create_or_get(input).workflow_execution
        with pytest.raises(errors.SerializationError) as caught:
            early.repositories.workflow_executions.create_or_get(input)
        assert caught.value.retryable
        early.rollback()
        assert early.repositories.workflow_executions.create_or_get(input) == (stands, False)


def test_missing_rows(twin: Twin) -> None:
    repo = twin.repositories.workflow_executions
    other = make_workflow_execution(twin.repositories)
    missing = 2**40
    assert repo.find_by_id(missing) is None
    assert repo.find_by_execution(missing) is None
    calls: list[Callable[[], Any]] = [
        lambda: repo.get_by_id(missing),
        lambda: repo.update(missing, UpdateWorkflowExecutionInput(paused=True)),
        lambda: repo.update(missing, UpdateWorkflowExecutionInput()),
        lambda: repo.lock(missing),
        lambda: repo.transition(missing, expected=S.REQUESTED, to=S.RUNNING),
        lambda: repo.pause(missing),
        lambda: repo.resume(missing),
        lambda: repo.append_tasks(missing, current=["a"]),
        lambda: repo.move_tasks(missing, ["a"], to=TaskList.FAILED),
        lambda: repo.merge_variables(missing, {}),
    ]
    for call in calls:
        with pytest.raises(errors.NotFoundError) as caught:
            call()
        assert (caught.value.entity, caught.value.value) == ("workflow_execution", missing)
    assert repo.delete(missing) is False
    assert repo.list() == [other]


def test_find_by_execution(twin: Twin) -> None:
    make_workflow_execution(twin.repositories)
    created = make_workflow_execution(twin.repositories)
    repo = twin.repositories.workflow_executions
    assert repo.find_by_execution(created.execution) == created


def test_list_is_newest_first_and_pages_by_id(twin: Twin) -> None:
    insert(twin, 20, 10, 40, 30)
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_executions
    assert ids(repo.list()) == [40, 30, 20, 10]
    assert ids(repo.list(limit=2)) == [40, 30]
    assert ids(repo.list(limit=2, after=30)) == [20, 10]
    assert ids(repo.list(limit=None, after=20)) == [10]


def test_find_by_status(twin: Twin) -> None:
    insert(twin, 20, 10, 30, status=S.FAILED)
    insert(twin, 5, 15, 25, status=S.RUNNING)
    insert(twin, 7, 17, 27, status=S.CANCELING)
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_executions
    assert ids(repo.find_by_status(S.FAILED)) == [30, 20, 10]
    assert ids(repo.find_by_status(S.FAILED, limit=1)) == [30]
    assert ids(repo.find_by_status(S.FAILED, limit=9)) == [30, 20, 10]
    assert ids(repo.find_by_status(S.FAILED, after=30)) == [20, 10]
    assert ids(repo.find_by_status(S.FAILED, after=30, limit=1)) == [20]
    assert repo.find_by_status(S.FAILED, after=10) == []


def test_find_paused(twin: Twin) -> None:
    insert(twin, 20, 10, 30, paused=True)
    insert(twin, 25, pause_reason="was paused once")
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_executions
    assert ids(repo.find_paused()) == [30, 20, 10]
    assert ids(repo.find_paused(limit=1)) == [30]
    assert ids(repo.find_paused(after=30)) == [20, 10]


def test_find_by_workflow_def(twin: Twin) -> None:
    before, definition, behind = (make_workflow_definition(twin.repositories) for _ in range(3))
    insert(twin, 20, 10, 30, workflow_def=definition.id)
    insert(twin, 5, 15, 25, workflow_def=before.id)
    insert(twin, 7, 17, 27, workflow_def=behind.id)
    read_in_order_of_insertion(twin)
    repo = twin.repositories.workflow_executions
    assert ids(repo.find_by_workflow_def(definition.id)) == [30, 20, 10]
    assert ids(repo.find_by_workflow_def(definition.id, limit=1)) == [30]
    assert ids(repo.find_by_workflow_def(definition.id, limit=9)) == [30, 20, 10]
    assert ids(repo.find_by_workflow_def(definition.id, after=30)) == [20, 10]
    assert ids(repo.find_by_workflow_def(definition.id, after=30, limit=1)) == [20]
    assert repo.find_by_workflow_def(definition.id, after=10) == []


def test_the_lists_are_limited_to_a_thousand(twin: Twin) -> None:
    definition = make_workflow_definition(twin.repositories)
    twin.execute(
        "WITH e AS (INSERT INTO attune.execution (action_ref)"
        " SELECT 'core.noop' FROM generate_series(1, 1001) RETURNING id)"
        " INSERT INTO attune.workflow_execution (execution, workflow_def, task_graph, paused)"
        " SELECT id, %s, '{}', true FROM e",
        (definition.id,),
    )
    repo = twin.repositories.workflow_executions
    finds: list[Callable[..., list[Any]]] = [
        repo.list,
        partial(repo.find_by_status, S.REQUESTED),
        repo.find_paused,
        partial(repo.find_by_workflow_def, definition.id),
    ]
    for find in finds:
        assert len(find()) == 1000
        assert len(find(limit=None)) == 1001


@pytest.mark.parametrize("status", list(S))
def test_transition(twin: Twin, status: ExecutionStatus) -> None:
    repo = twin.repositories.workflow_executions
    other = make_workflow_execution(twin.repositories, status=S.RUNNING)
    row = make_workflow_execution(twin.repositories, status=status)
    if status in (S.RUNNING, S.FAILED):
        moved = repo.transition(row.id, expected={S.RUNNING, S.FAILED}, to=S.ABANDONED)
        assert moved.status is S.ABANDONED
        assert repo.get_by_id(row.id) == moved
    else:
        with pytest.raises(errors.ConflictError) as caught:
            repo.transition(row.id, expected={S.RUNNING, S.FAILED}, to=S.ABANDONED)
        assert caught.value.actual is status
        assert repo.get_by_id(row.id) == row
    assert repo.get_by_id(other.id) == other


# --- pausing


@pytest.mark.parametrize("status", NOT_TERMINAL)
def test_pause_and_resume(twin: Twin, status: ExecutionStatus) -> None:
    repo = twin.repositories.workflow_executions
    other = make_workflow_execution(twin.repositories, paused=True, pause_reason="other")
    row = make_workflow_execution(twin.repositories, status=status)
    paused = repo.pause(row.id, reason="approval")
    assert (paused.paused, paused.pause_reason, paused.status) == (True, "approval", status)
    again = repo.pause(row.id, reason="lunch")
    assert (again.paused, again.pause_reason) == (True, "lunch")
    assert repo.pause(row.id).pause_reason is None
    repo.pause(row.id, reason="back")
    resumed = repo.resume(row.id)
    assert (resumed.paused, resumed.pause_reason, resumed.status) == (False, None, status)
    assert repo.resume(row.id) == resumed, "unchanged, its time stamp too"
    assert repo.get_by_id(other.id) == other


@pytest.mark.parametrize("status", TERMINAL)
@pytest.mark.parametrize("paused", [True, False])
def test_a_terminal_run_can_not_be_paused(
    twin: Twin, status: ExecutionStatus, paused: bool
) -> None:
    repo = twin.repositories.workflow_executions
    row = make_workflow_execution(twin.repositories, status=status, paused=paused)
    for call in (repo.pause, repo.resume):
        with pytest.raises(errors.ConflictError) as caught:
            call(row.id)
        assert caught.value.actual is status
        assert set(caught.value.expected) == set(NOT_TERMINAL)  # type: ignore[call-overload]
    assert repo.get_by_id(row.id) == row


def test_resume_does_not_change_a_run_that_is_not_paused(twin: Twin) -> None:
    repo = twin.repositories.workflow_executions
    row = make_workflow_execution(twin.repositories, pause_reason="earlier")
    assert repo.resume(row.id) == row


# --- the four lists


@pytest.mark.parametrize("name", ["current", "completed", "failed", "skipped"])
def test_append_to_one_list(twin: Twin, name: str) -> None:
    repo = twin.repositories.workflow_executions
    other = make_workflow_execution(twin.repositories)
    fields: dict[str, Any] = {f"{name}_tasks": ["b", "a"]}
    row = make_workflow_execution(twin.repositories, **fields)
    grown = repo.append_tasks(row.id, **{name: ["d", "a", "c", "d", "b"]})
    assert getattr(grown, f"{name}_tasks") == ["b", "a", "d", "c"]
    assert sum(map(len, lists(grown))) == 4
    assert repo.get_by_id(row.id) == grown
    assert repo.get_by_id(other.id) == other


def test_append_to_all_lists(twin: Twin) -> None:
    repo = twin.repositories.workflow_executions
    row = make_workflow_execution(twin.repositories, status=S.FAILED, paused=True)
    grown = repo.append_tasks(
        row.id, current=("a",), completed=["a", "b"], failed=iter(["c"]), skipped={"d"}
    )
    assert lists(grown) == [["a"], ["a", "b"], ["c"], ["d"]]
    assert lists(repo.append_tasks(row.id)) == lists(grown)


@pytest.mark.parametrize("to", list(TaskList))
def test_move_between_lists(twin: Twin, to: TaskList) -> None:
    repo = twin.repositories.workflow_executions
    other = make_workflow_execution(twin.repositories, current_tasks=["a"])
    before: dict[str, Any] = {f"{one}_tasks": ["keep", "a", f"only {one}", "b"] for one in TaskList}
    row = make_workflow_execution(twin.repositories, **before)
    moved = repo.move_tasks(row.id, ["new", "b", "a", "new"], to=to)
    for one in TaskList:
        if one is to:
            expected = ["keep", "a", f"only {one}", "b", "new"]
        else:
            expected = ["keep", f"only {one}"]
        assert getattr(moved, f"{one}_tasks") == expected
    assert repo.get_by_id(row.id) == moved
    assert repo.get_by_id(other.id) == other


@pytest.mark.parametrize("names", ["abc", [1], [None], None, ["a", b"b"]])
def test_a_string_is_refused_as_a_list_of_names(twin: Twin, names: Any) -> None:
    repo = twin.repositories.workflow_executions
    row = make_workflow_execution(twin.repositories)
    for name in ("current", "completed", "failed", "skipped"):
        with pytest.raises(errors.ValidationError) as caught:
            repo.append_tasks(row.id, **{name: names})
        assert caught.value.field == name
    with pytest.raises(errors.ValidationError):
        repo.move_tasks(row.id, names, to=TaskList.CURRENT)
    assert repo.get_by_id(row.id) == row


def test_an_unknown_list_is_refused(twin: Twin) -> None:
    row = make_workflow_execution(twin.repositories)
    with pytest.raises(errors.ValidationError) as caught:
        twin.repositories.workflow_executions.move_tasks(row.id, ["a"], to="cancelled")  # type: ignore[arg-type]
    assert caught.value.field == "to"


# --- variables


def test_merge_variables(twin: Twin) -> None:
    repo = twin.repositories.workflow_executions
    other = make_workflow_execution(twin.repositories)
    row = make_workflow_execution(
        twin.repositories, variables={"kept": {"a": 1}, "replaced": {"b": 2}}, status=S.COMPLETED
    )
    merged = repo.merge_variables(row.id, {"replaced": {"c": 3}, "new": None})
    assert merged.variables == {"kept": {"a": 1}, "replaced": {"c": 3}, "new": None}
    assert repo.get_by_id(row.id) == merged
    assert repo.merge_variables(row.id, {}).variables == merged.variables
    assert repo.get_by_id(other.id) == other


@pytest.mark.parametrize("variables", [[], None, "x", {1: 2}, {"a": object()}])
def test_variables_must_be_an_object(twin: Twin, variables: Any) -> None:
    row = make_workflow_execution(twin.repositories)
    with pytest.raises(errors.ValidationError) as caught:
        twin.repositories.workflow_executions.merge_variables(row.id, variables)
    assert (caught.value.field, caught.value.sqlstate) == ("variables", None)


def test_the_table_refuses_variables_that_are_no_object(twin: Twin) -> None:
    row = make_workflow_execution(twin.repositories)
    with pytest.raises(Exception, match="workflow_execution_variables_check"):
        twin.execute(
            "UPDATE attune.workflow_execution SET variables = %s WHERE id = %s", (Jsonb([]), row.id)
        )


# --- locking, deleting, summing up


def test_lock_keeps_others_from_changing_it(committing_twin: Twin) -> None:
    make_workflow_execution(committing_twin.repositories)
    row = make_workflow_execution(committing_twin.repositories)
    with committing_twin.connect() as holder, committing_twin.connect() as other:
        assert holder.repositories.workflow_executions.lock(row.id) == row
        other.execute("SET lock_timeout = '100ms'")
        other.commit()
        make_workflow_task_execution(other.repositories, workflow_execution=row.id)
        with pytest.raises(errors.StatementTimeoutError):
            other.repositories.workflow_executions.pause(row.id)
        other.rollback()
        with pytest.raises(errors.StatementTimeoutError):
            other.repositories.workflow_executions.lock(row.id)
        other.rollback()
        holder.rollback()
        assert other.repositories.workflow_executions.pause(row.id).paused


def test_delete_removes_the_tasks_and_keeps_the_executions(twin: Twin) -> None:
    repos = twin.repositories
    other = make_workflow_execution(repos)
    row = make_workflow_execution(repos)
    task = make_workflow_task_execution(repos, workflow_execution=row.id)
    assert repos.workflow_executions.delete(row.id) is True
    assert repos.workflow_executions.find_by_id(row.id) is None
    assert repos.workflow_task_executions.find_by_id(task.id) is None
    assert repos.executions.find_by_id(row.execution) is not None
    assert repos.executions.find_by_id(task.execution) is not None
    assert repos.workflow_executions.find_by_id(other.id) == other


def test_find_summary(twin: Twin) -> None:
    repos = twin.repositories
    make_workflow_execution(repos)
    row = make_workflow_execution(
        repos,
        current_tasks=["a"],
        completed_tasks=["b", "c"],
        failed_tasks=["d", "e", "f"],
        skipped_tasks=["g", "h", "i", "j"],
        status=S.RUNNING,
        paused=True,
        pause_reason="r",
        error_message="m",
    )
    definition = repos.workflow_definitions.get_by_id(row.workflow_def)
    summary = repos.workflow_executions.find_summary(row.execution)
    assert summary is not None
    assert summary.model_dump() == {
        "id": row.id,
        "execution": row.execution,
        "workflow_def": row.workflow_def,
        "workflow_ref": definition.ref,
        "status": S.RUNNING,
        "paused": True,
        "pause_reason": "r",
        "error_message": "m",
        "current_count": 1,
        "completed_count": 2,
        "failed_count": 3,
        "skipped_count": 4,
        "created": row.created,
        "updated": row.updated,
    }
    empty = make_workflow_execution(repos)
    counts = repos.workflow_executions.find_summary(empty.execution)
    assert counts is not None
    assert (counts.current_count, counts.completed_count) == (0, 0)
    assert (counts.failed_count, counts.skipped_count) == (0, 0)
    assert repos.workflow_executions.find_summary(2**40) is None
