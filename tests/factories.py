"""Rows for tests, through the public API: every field has a default, what depends on another follows from it."""

from itertools import count
from typing import Any

from attune_store import (
    Action,
    CreateActionInput,
    CreateExecutionInput,
    CreatePackInput,
    CreateRuntimeInput,
    CreateWorkflowDefinitionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    Execution,
    Pack,
    Repositories,
    Runtime,
    WorkflowDefinition,
    WorkflowExecution,
    WorkflowTaskExecution,
)

_numbers = count(1)


def make_pack(repos: Repositories, **over: Any) -> Pack:
    """A pack with a ref of its own."""
    number = next(_numbers)
    values = {"ref": f"pack{number}", "label": f"Pack {number}", "version": "1.0.0"} | over
    return repos.packs.create(CreatePackInput(**values))


def make_runtime(repos: Repositories, *, pack: Pack | None = None, **over: Any) -> Runtime:
    """A runtime, of no pack unless one is given."""
    number = next(_numbers)
    values: dict[str, Any] = {"ref": f"runtime{number}", "name": f"Runtime {number}"}
    if pack is not None:
        values |= {"pack": pack.id, "pack_ref": pack.ref}
    return repos.runtimes.create(CreateRuntimeInput(**values | over))


def make_action(repos: Repositories, *, pack: Pack | None = None, **over: Any) -> Action:
    """An action, of a new pack unless one is given."""
    number = next(_numbers)
    pack = pack or make_pack(repos)
    values: dict[str, Any] = {
        "ref": f"{pack.ref}.action{number}",
        "pack": pack.id,
        "pack_ref": pack.ref,
        "label": f"Action {number}",
        "description": f"Does {number}",
        "entrypoint": "run.py",
    }
    return repos.actions.create(CreateActionInput(**values | over))


def make_execution(repos: Repositories, **over: Any) -> Execution:
    """An execution of an action that is gone."""
    return repos.executions.create(CreateExecutionInput(**{"action_ref": "core.noop"} | over))


def make_workflow_definition(
    repos: Repositories, *, pack: Pack | None = None, **over: Any
) -> WorkflowDefinition:
    """A workflow definition, of a new pack unless one is given."""
    number = next(_numbers)
    pack = pack or make_pack(repos)
    values: dict[str, Any] = {
        "ref": f"{pack.ref}.flow{number}",
        "pack": pack.id,
        "pack_ref": pack.ref,
        "label": f"Flow {number}",
        "version": "1.0.0",
        "definition": {"tasks": {}},
    }
    return repos.workflow_definitions.create(CreateWorkflowDefinitionInput(**values | over))


def make_workflow_execution(repos: Repositories, **over: Any) -> WorkflowExecution:
    """A workflow execution, of a new execution and a new definition unless they are given."""
    values: dict[str, Any] = {"task_graph": {}} | over
    if "execution" not in values:
        values["execution"] = make_execution(repos).id
    if "workflow_def" not in values:
        values["workflow_def"] = make_workflow_definition(repos).id
    return repos.workflow_executions.create(CreateWorkflowExecutionInput(**values))


def make_workflow_task_execution(repos: Repositories, **over: Any) -> WorkflowTaskExecution:
    """A workflow task execution, of a new workflow and a new execution unless they are given."""
    values: dict[str, Any] = {"task_name": f"task{next(_numbers)}"} | over
    if "workflow_execution" not in values:
        values["workflow_execution"] = make_workflow_execution(repos).id
    if "execution" not in values:
        values["execution"] = make_execution(repos).id
    return repos.workflow_task_executions.create(CreateWorkflowTaskExecutionInput(**values))
