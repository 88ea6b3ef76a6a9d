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
from attune_store._sync.repositories import Repositories


def make_pack(repos: Repositories, /, **fields: Unpack[factories.PackFields]) -> Pack:
    """Create a pack with a new ref."""
    return repos.packs.create(factories.pack_input(fields))


def make_runtime(
    repos: Repositories,
    /,
    *,
    pack: Pack | None = None,
    **fields: Unpack[factories.RuntimeFields],
) -> Runtime:
    """Create a runtime with a new ref. Without a pack it belongs to none."""
    return repos.runtimes.create(factories.runtime_input(pack, fields))


def make_action(
    repos: Repositories,
    /,
    *,
    pack: Pack | None = None,
    **fields: Unpack[factories.ActionFields],
) -> Action:
    """Create an action with a new ref. Without a pack, a new one is created."""
    pack = pack or make_pack(repos)
    return repos.actions.create(factories.action_input(pack, fields))


def make_worker(
    repos: Repositories,
    /,
    *,
    name: str | None = None,
    lease: timedelta = timedelta(seconds=30),
) -> Worker:
    """Register a worker with a new name."""
    return repos.workers.register(name or factories.worker_name(), lease=lease)


def make_execution(
    repos: Repositories,
    /,
    *,
    action: Action | None = None,
    **fields: Unpack[factories.ExecutionFields],
) -> Execution:
    """Create an execution. Without an action, its action is one that was deleted."""
    return repos.executions.create(factories.execution_input(action, fields))


def make_workflow_definition(
    repos: Repositories,
    /,
    *,
    pack: Pack | None = None,
    **fields: Unpack[factories.WorkflowDefinitionFields],
) -> WorkflowDefinition:
    """Create a workflow definition with a new ref. Without a pack, a new one is created."""
    pack = pack or make_pack(repos)
    return repos.workflow_definitions.create(factories.workflow_definition_input(pack, fields))


def make_workflow_execution(
    repos: Repositories, /, **fields: Unpack[factories.WorkflowExecutionFields]
) -> WorkflowExecution:
    """Create a workflow execution. Its execution and its workflow definition are created if not given.

    The new execution has its status.
    """
    if "workflow_def" not in fields:
        definition = make_workflow_definition(repos)
        fields["workflow_def"] = definition.id
    if "execution" not in fields:
        execution = make_execution(repos, status=fields.get("status", ExecutionStatus.REQUESTED))
        fields["execution"] = execution.id
    return repos.workflow_executions.create(factories.workflow_execution_input(fields))


def make_workflow_task_execution(
    repos: Repositories, /, **fields: Unpack[factories.WorkflowTaskExecutionFields]
) -> WorkflowTaskExecution:
    """Create a task of a workflow. Its workflow execution and its execution are created if not given.

    The new execution has the status of the task, and is a child of the workflow's execution. A
    status that requires times gets them, unless one of them is given.
    """
    if "workflow_execution" not in fields:
        workflow = make_workflow_execution(repos)
        fields["workflow_execution"] = workflow.id
    if "execution" not in fields:
        workflow = repos.workflow_executions.get_by_id(fields["workflow_execution"])
        child = make_execution(
            repos, parent=workflow.execution, status=fields.get("status", ExecutionStatus.REQUESTED)
        )
        fields["execution"] = child.id
    return repos.workflow_task_executions.create(factories.workflow_task_execution_input(fields))
