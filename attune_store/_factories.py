"""The defaults of the factories of `attune_store.testing`."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, TypedDict

from attune_queries.enums import ExecutionStatus
from attune_queries.models import Action, Pack
from pydantic import JsonValue

from attune_store._input import JsonObject
from attune_store.inputs import (
    CreateActionInput,
    CreateExecutionInput,
    CreatePackInput,
    CreateRuntimeInput,
    CreateWorkflowDefinitionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
)

_numbers = count(1)
_STARTED = {ExecutionStatus.RUNNING, ExecutionStatus.CANCELING}
_ENDED = {ExecutionStatus.COMPLETED, ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT}
_SECOND = timedelta(seconds=1)


class PackFields(TypedDict, total=False):
    """The fields of a pack."""

    ref: str
    label: str
    description: str | None
    version: str
    conf_schema: JsonObject
    config: JsonObject
    meta: JsonObject
    tags: list[str]
    runtime_deps: list[str]
    is_standard: bool


class RuntimeFields(TypedDict, total=False):
    """The fields of a runtime, without its pack."""

    ref: str
    description: str | None
    name: str
    distributions: JsonObject
    installation: JsonValue


class ActionFields(TypedDict, total=False):
    """The fields of an action, without its pack."""

    ref: str
    label: str
    description: str
    entrypoint: str
    runtime: int | None
    param_schema: JsonObject | None
    out_schema: JsonObject | None
    workflow_def: int | None


class ExecutionFields(TypedDict, total=False):
    """The fields of an execution, without its action."""

    action_ref: str
    config: JsonObject | None
    parent: int | None
    status: ExecutionStatus
    result: JsonValue
    priority: int
    run_at: datetime | None
    idempotency_key: str | None


class WorkflowDefinitionFields(TypedDict, total=False):
    """The fields of a workflow definition, without its pack."""

    ref: str
    label: str
    description: str | None
    version: str
    param_schema: JsonObject | None
    out_schema: JsonObject | None
    definition: JsonObject
    tags: list[str]
    enabled: bool


class WorkflowExecutionFields(TypedDict, total=False):
    """The fields of a workflow execution."""

    execution: int
    workflow_def: int
    current_tasks: list[str]
    completed_tasks: list[str]
    failed_tasks: list[str]
    skipped_tasks: list[str]
    variables: JsonObject
    task_graph: JsonObject
    status: ExecutionStatus
    error_message: str | None
    paused: bool
    pause_reason: str | None


class WorkflowTaskExecutionFields(TypedDict, total=False):
    """The fields of a workflow task execution."""

    workflow_execution: int
    execution: int | CreateExecutionInput
    task_name: str
    task_index: int | None
    task_batch: int | None
    status: ExecutionStatus
    started_at: datetime | None
    completed_at: datetime | None
    duration_ms: int | None
    result: JsonValue
    error: JsonValue
    retry_count: int
    max_retries: int
    next_retry_at: datetime | None
    timeout_seconds: int | None
    timed_out: bool


def pack_input(fields: PackFields) -> CreatePackInput:
    """Return a pack with a new ref."""
    number = next(_numbers)
    values = {"ref": f"pack{number}", "label": f"Pack {number}", "version": "1.0.0"}
    return CreatePackInput.model_validate({**values, **fields})


def runtime_input(pack: Pack | None, fields: RuntimeFields) -> CreateRuntimeInput:
    """Return a runtime with a new ref."""
    number = next(_numbers)
    values: dict[str, Any] = {"ref": f"runtime{number}", "name": f"Runtime {number}"}
    if pack is not None:
        values |= {"pack": pack.id, "pack_ref": pack.ref}
    return CreateRuntimeInput.model_validate({**values, **fields})


def action_input(pack: Pack, fields: ActionFields) -> CreateActionInput:
    """Return an action with a new ref."""
    number = next(_numbers)
    values = {
        "ref": f"{pack.ref}.action{number}",
        "pack": pack.id,
        "pack_ref": pack.ref,
        "label": f"Action {number}",
        "description": f"Does {number}",
        "entrypoint": "run.py",
    }
    return CreateActionInput.model_validate({**values, **fields})


def worker_name() -> str:
    """Return a name that no other worker has."""
    return f"worker{next(_numbers)}"


def execution_input(action: Action | None, fields: ExecutionFields) -> CreateExecutionInput:
    """Return an execution of the action, or of a deleted one."""
    values: dict[str, Any] = {"action_ref": "core.noop"}
    if action is not None:
        values = {"action": action.id, "action_ref": action.ref}
    return CreateExecutionInput.model_validate({**values, **fields})


def workflow_definition_input(
    pack: Pack, fields: WorkflowDefinitionFields
) -> CreateWorkflowDefinitionInput:
    """Return a workflow definition without tasks, with a new ref."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "ref": f"{pack.ref}.flow{number}",
        "pack": pack.id,
        "pack_ref": pack.ref,
        "label": f"Flow {number}",
        "version": "1.0.0",
        "definition": {"tasks": {}},
    }
    return CreateWorkflowDefinitionInput.model_validate({**values, **fields})


def workflow_execution_input(fields: WorkflowExecutionFields) -> CreateWorkflowExecutionInput:
    """Return a workflow execution without tasks."""
    return CreateWorkflowExecutionInput.model_validate({"task_graph": {}, **fields})


def workflow_task_execution_input(
    fields: WorkflowTaskExecutionFields,
) -> CreateWorkflowTaskExecutionInput:
    """Return a workflow task execution with a new name, and the times that its status requires."""
    values: dict[str, Any] = {"task_name": f"task{next(_numbers)}"}
    return CreateWorkflowTaskExecutionInput.model_validate({**values, **_times(fields), **fields})


def _times(fields: WorkflowTaskExecutionFields) -> WorkflowTaskExecutionFields:
    """Return the times of a task that has run for a second, unless the test gives one of them."""
    status = fields.get("status", ExecutionStatus.REQUESTED)
    if not {"started_at", "completed_at", "duration_ms"}.isdisjoint(fields):
        return {}
    now = datetime.now(UTC)
    if status in _STARTED:
        return {"started_at": now - _SECOND}
    if status in _ENDED:
        return {
            "started_at": now - _SECOND,
            "completed_at": now,
            "duration_ms": 1000,
            "timed_out": status == ExecutionStatus.TIMEOUT,
        }
    return {}
