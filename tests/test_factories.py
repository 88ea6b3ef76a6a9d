"""The factories of attune_store.testing: for every table, in both twins, with the fields of the inputs."""

import inspect
from datetime import datetime
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from attune_queries.catalog import CATALOG
from pydantic import AwareDatetime, BaseModel

import attune_store
from attune_store import AsyncStore, ExecutionStatus, Store, _factories, testing
from attune_store.testing import (
    aio,
    make_action,
    make_execution,
    make_pack,
    make_runtime,
    make_worker,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)

S = ExecutionStatus
FACTORIES = sorted(name for name in testing.__all__ if name.startswith("make_"))
# Its rows are written by the claims of a task.
DERIVED = {"workflow_task_attempt", "schema_migrations"}
# A reference with two columns is passed as the row.
AS_A_ROW = {"pack", "pack_ref", "action"}


def test_every_table_has_a_factory() -> None:
    tables = {table.name for table in CATALOG.tables}
    assert {name.removeprefix("make_") for name in FACTORIES} == tables - DERIVED


@pytest.mark.parametrize("name", FACTORIES)
def test_a_row_is_created_with_its_references(attune_db: Store, name: str) -> None:
    with attune_db.transaction() as tx:
        first, second = getattr(testing, name)(tx), getattr(testing, name)(tx)
        assert first.id != second.id
        repository = getattr(tx, f"{name.removeprefix('make_')}s")
        assert repository.get_by_id(first.id) == first


async def test_the_async_factories_create_the_same_rows(
    attune_db: Store, attune_async_db: AsyncStore
) -> None:
    assert aio.__all__ == FACTORIES
    for name in FACTORIES:
        async with attune_async_db.transaction() as tx:
            row = await getattr(aio, name)(tx)
        with attune_db.transaction() as tx:
            other = getattr(testing, name)(tx)
        assert type(row) is type(other) and row.id != other.id


@pytest.mark.parametrize("name", sorted(set(FACTORIES) - {"make_worker"}))
def test_factories_accept_the_fields_of_the_inputs(name: str) -> None:
    entity = "".join(part.title() for part in name.removeprefix("make_").split("_"))
    fields = getattr(_factories, f"{entity}Fields")
    model: type[BaseModel] = getattr(attune_store, f"Create{entity}Input")
    given = inspect.signature(getattr(testing, name)).parameters
    as_a_row = AS_A_ROW & set(given)
    if "pack" in as_a_row:
        as_a_row.add("pack_ref")
    assert set(fields.__annotations__) == set(model.model_fields) - as_a_row
    hints = get_type_hints(fields)
    for key, hint in get_type_hints(model).items():
        if key in hints:
            assert _members(hints[key]) == _members(hint), key


def _members(hint: Any) -> set[Any]:
    """Return the types of a union, with datetime for one that has a time zone."""
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return {datetime if member is AwareDatetime else member for member in members}


def test_packs_and_actions_are_passed_as_rows(twin: Any) -> None:
    repos = twin.repositories
    pack = make_pack(repos, ref="core")
    action = make_action(repos, pack=pack)
    assert (action.pack, action.pack_ref) == (pack.id, "core") and action.ref.startswith("core.")
    assert make_runtime(repos).pack is None
    assert make_runtime(repos, pack=pack).pack_ref == "core"
    assert make_workflow_definition(repos, pack=pack).pack == pack.id
    execution = make_execution(repos, action=action)
    assert (execution.action, execution.action_ref) == (action.id, action.ref)


def test_a_task_is_created_with_its_workflow_execution(twin: Any) -> None:
    repos = twin.repositories
    task = make_workflow_task_execution(repos, status=S.RUNNING)
    run = repos.workflow_executions.get_by_id(task.workflow_execution)
    child = repos.executions.get_by_id(task.execution)
    assert (child.parent, child.status) == (run.execution, S.RUNNING)
    assert repos.workflow_definitions.get_by_id(run.workflow_def).definition == {"tasks": {}}
    other = make_workflow_task_execution(repos, workflow_execution=run.id)
    assert repos.executions.get_by_id(other.execution).parent == run.execution
    ended = make_workflow_execution(repos, status=S.FAILED)
    assert repos.executions.get_by_id(ended.execution).status is S.FAILED


@pytest.mark.parametrize("status", S)
def test_a_status_implies_the_times_of_a_task(twin: Any, status: ExecutionStatus) -> None:
    task = make_workflow_task_execution(twin.repositories, status=status)
    ended = status in (S.COMPLETED, S.FAILED, S.TIMEOUT)
    assert (task.started_at is not None) == (ended or status in (S.RUNNING, S.CANCELING))
    assert (task.completed_at is not None) == ended == (task.duration_ms == 1000)
    assert task.timed_out == (status is S.TIMEOUT)


def test_given_times_imply_no_others(twin: Any) -> None:
    task = make_workflow_task_execution(twin.repositories, status=S.COMPLETED, started_at=None)
    assert (task.started_at, task.completed_at, task.duration_ms) == (None, None, None)


def test_each_worker_has_another_name(twin: Any) -> None:
    first, second = make_worker(twin.repositories), make_worker(twin.repositories)
    assert first.name != second.name
    assert make_worker(twin.repositories, name="host").name == "host"
