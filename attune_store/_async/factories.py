"""Factories of rows for tests. Every field has a default, and rows that are referred to are created."""

from datetime import timedelta
from typing import Unpack

from attune_queries.enums import ExecutionStatus
from attune_queries.models import (
    Action,
    Execution,
    Pack,
    Runtime,
    Worker,
    WorkflowDefinition,
    WorkflowExecution,
    WorkflowTaskExecution,
)

from attune_store import _factories as factories
from attune_store._async.repositories import AsyncRepositories


async def make_pack(repos: AsyncRepositories, /, **fields: Unpack[factories.PackFields]) -> Pack:
    """Create a pack with a new ref."""
    return await repos.packs.create(factories.pack_input(fields))


async def make_runtime(
    repos: AsyncRepositories,
    /,
    *,
    pack: Pack | None = None,
    **fields: Unpack[factories.RuntimeFields],
) -> Runtime:
    """Create a runtime with a new ref. Without a pack it belongs to none."""
    return await repos.runtimes.create(factories.runtime_input(pack, fields))


async def make_action(
    repos: AsyncRepositories,
    /,
    *,
    pack: Pack | None = None,
    **fields: Unpack[factories.ActionFields],
) -> Action:
    """Create an action with a new ref. Without a pack, a new one is created."""
    pack = pack or await make_pack(repos)
    return await repos.actions.create(factories.action_input(pack, fields))


async def make_worker(
    repos: AsyncRepositories,
    /,
    *,
    name: str | None = None,
    lease: timedelta = timedelta(seconds=30),
) -> Worker:
    """Register a worker with a new name."""
    return await repos.workers.register(name or factories.worker_name(), lease=lease)


async def make_execution(
    repos: AsyncRepositories,
    /,
    *,
    action: Action | None = None,
    **fields: Unpack[factories.ExecutionFields],
) -> Execution:
    """Create an execution. Without an action, its action is one that was deleted."""
    return await repos.executions.create(factories.execution_input(action, fields))


async def make_workflow_definition(
    repos: AsyncRepositories,
    /,
    *,
    pack: Pack | None = None,
    **fields: Unpack[factories.WorkflowDefinitionFields],
) -> WorkflowDefinition:
    """Create a workflow definition with a new ref. Without a pack, a new one is created."""
    pack = pack or await make_pack(repos)
    return await repos.workflow_definitions.create(
        factories.workflow_definition_input(pack, fields)
    )


async def make_workflow_execution(
    repos: AsyncRepositories, /, **fields: Unpack[factories.WorkflowExecutionFields]
) -> WorkflowExecution:
    """Create a workflow execution. Its execution and its workflow definition are created if not given.

    The new execution has its status.
    """
    if "workflow_def" not in fields:
        definition = await make_workflow_definition(repos)
        fields["workflow_def"] = definition.id
    if "execution" not in fields:
        execution = await make_execution(
            repos, status=fields.get("status", ExecutionStatus.REQUESTED)
        )
        fields["execution"] = execution.id
    return await repos.workflow_executions.create(factories.workflow_execution_input(fields))


async def make_workflow_task_execution(
    repos: AsyncRepositories, /, **fields: Unpack[factories.WorkflowTaskExecutionFields]
) -> WorkflowTaskExecution:
    """Create a task of a workflow. Its workflow execution and its execution are created if not given.

    The new execution has the status of the task, and is a child of the workflow's execution. A
    status that requires times gets them, unless one of them is given.
    """
    if "workflow_execution" not in fields:
        workflow = await make_workflow_execution(repos)
        fields["workflow_execution"] = workflow.id
    if "execution" not in fields:
        workflow = await repos.workflow_executions.get_by_id(fields["workflow_execution"])
        child = await make_execution(
            repos, parent=workflow.execution, status=fields.get("status", ExecutionStatus.REQUESTED)
        )
        fields["execution"] = child.id
    return await repos.workflow_task_executions.create(
        factories.workflow_task_execution_input(fields)
    )
