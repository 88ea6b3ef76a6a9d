"""The public types as type checkers see them. test_typing.py runs them on this file."""

from datetime import UTC, datetime
from typing import Any, assert_type

import psycopg
from attune_queries import aio, models, workflow_definition
from attune_queries.aio import workflow_definition as aio_workflow_definition

from attune_store import (
    MISSING,
    Action,
    AsyncRepositories,
    AsyncStore,
    CreateOrGet,
    CreatePackInput,
    ExecutionStatus,
    Pack,
    PackRepository,
    Repositories,
    Store,
    TaskList,
    UpdatePackInput,
    UpdateWorkflowTaskExecutionInput,
    WorkflowDefinition,
    WorkflowExecution,
    WorkflowTaskExecution,
    WorkflowTaskStatus,
    testing,
)
from attune_store.testing import aio as aio_factories


def generated(conn: psycopg.Connection[dict[str, Any]]) -> None:
    assert_type(
        workflow_definition.get_workflow_definition(conn, id=1), models.WorkflowDefinition | None
    )
    assert_type(
        workflow_definition.list_workflow_definitions(conn, limit=None, after=None),
        list[models.WorkflowDefinition],
    )
    assert_type(
        workflow_definition.count_workflow_definitions_by_pack_ref(conn, pack_ref="core"), int
    )
    assert_type(workflow_definition.delete_workflow_definition(conn, id=1), int)


async def generated_twin(conn: psycopg.AsyncConnection[tuple[Any, ...]]) -> None:
    assert_type(
        await aio_workflow_definition.get_workflow_definition(conn, id=1),
        models.WorkflowDefinition | None,
    )
    assert aio


def stores() -> None:
    with Store() as store:
        with store.transaction(read_only=True, statement_timeout=1.5) as tx:
            assert_type(tx, Repositories)
        with store.autocommit() as repos:
            assert_type(repos.packs, PackRepository)


async def async_stores() -> None:
    async with AsyncStore("dbname=attune", max_size=20) as store, store.transaction() as tx:
        assert_type(tx, AsyncRepositories)
        assert_type(await tx.packs.find_by_ref("core"), Pack | None)
        assert_type(await tx.packs.update(1, UpdatePackInput(label="Core")), Pack)


def repositories(repos: Repositories) -> None:
    assert_type(repos.packs.find_by_id(1), Pack | None)
    assert_type(repos.packs.get_by_id(1), Pack)
    assert_type(repos.packs.get_by_ref("core"), Pack)
    assert_type(repos.packs.update(1, UpdatePackInput(label="Core")), Pack)
    assert_type(repos.packs.list(limit=None, after="core"), list[Pack])
    assert_type(repos.packs.delete(1), bool)
    assert_type(repos.actions.find_by_workflow_def(1), Action | None)
    assert_type(repos.workflow_definitions.search(tags=["ci"]), list[WorkflowDefinition])
    assert_type(
        repos.workflow_executions.transition(
            1, expected=ExecutionStatus.REQUESTED, to=ExecutionStatus.RUNNING
        ),
        WorkflowExecution,
    )
    assert_type(
        repos.workflow_executions.move_tasks(1, ["a"], to=TaskList.FAILED), WorkflowExecution
    )
    assert_type(repos.workflow_task_executions.claim_due_retries(), list[WorkflowTaskExecution])
    assert_type(repos.workflow_task_executions.has_failed(1, "build"), bool)


def values(created: CreateOrGet, pack: Pack) -> None:
    assert_type(created.created, bool)
    assert_type(created.workflow_execution, WorkflowExecution)
    assert_type(pack.description, str | None)
    assert_type(pack.tags, list[str])
    assert_type(ExecutionStatus.RUNNING.task_status, WorkflowTaskStatus)
    assert_type(ExecutionStatus.RUNNING.is_terminal, bool)


def inputs() -> None:
    CreatePackInput(ref="core", label="Core", version="1.0.0")
    UpdatePackInput(description=None)
    UpdatePackInput(label=MISSING)
    UpdateWorkflowTaskExecutionInput(next_retry_at=datetime.now(UTC), result=None)


async def factories(tx: Repositories, other: AsyncRepositories) -> None:
    pack = testing.make_pack(tx, ref="core", tags=["a"])
    assert_type(testing.make_action(tx, pack=pack), Action)
    assert_type(await aio_factories.make_pack(other, label="Core"), Pack)
    task = testing.make_workflow_task_execution(tx, status=ExecutionStatus.FAILED, max_retries=1)
    assert_type(task, WorkflowTaskExecution)
