"""What repositories are given to create and to update rows.

A create input holds what a new row is made of, with the table's own defaults. An update input holds
what may change; a field that is not given is `MISSING` and stays as it is.
"""

from typing import Self

from attune_queries.enums import ExecutionStatus
from pydantic import MISSING, AwareDatetime, JsonValue, model_validator

from attune_store._input import (
    BigInt,
    Count,
    CreateInput,
    JsonObject,
    Milliseconds,
    PackRef,
    QualifiedRef,
    RuntimeRef,
    Seconds,
    SmallInt,
    UpdateInput,
    Version,
)


class CreatePackInput(CreateInput, frozen=True):
    """A new pack."""

    _table = "pack"

    ref: PackRef
    """Unique name, such as `core`."""
    label: str
    """Name for people."""
    description: str | None = None
    """What the pack is for."""
    version: Version
    """Semantic version."""
    conf_schema: JsonObject = {}
    """JSON Schema of `config`."""
    config: JsonObject = {}
    """Configuration that the pack's actions share."""
    meta: JsonObject = {}
    """Further facts about the pack, such as its author."""
    tags: list[str] = []
    """Words to find it by."""
    runtime_deps: list[str] = []
    """Refs of the runtimes that the pack needs."""
    is_standard: bool = False
    """Whether it comes with the platform."""


class UpdatePackInput(UpdateInput, frozen=True):
    """What changes in a pack."""

    _table = "pack"

    label: str | MISSING = MISSING
    """Name for people."""
    description: str | None | MISSING = MISSING
    """What the pack is for."""
    version: Version | MISSING = MISSING
    """Semantic version."""
    conf_schema: JsonObject | MISSING = MISSING
    """JSON Schema of `config`."""
    config: JsonObject | MISSING = MISSING
    """Configuration that the pack's actions share."""
    meta: JsonObject | MISSING = MISSING
    """Further facts about the pack, such as its author."""
    tags: list[str] | MISSING = MISSING
    """Words to find it by."""
    runtime_deps: list[str] | MISSING = MISSING
    """Refs of the runtimes that the pack needs."""
    is_standard: bool | MISSING = MISSING
    """Whether it comes with the platform."""


class CreateRuntimeInput(CreateInput, frozen=True):
    """A new runtime; `pack` and `pack_ref` are given both or not at all."""

    _table = "runtime"

    ref: RuntimeRef
    """Unique name in lower case, such as `core.python`."""
    pack: BigInt | None = None
    """The pack that brings it; NULL: none does."""
    pack_ref: str | None = None
    """That pack's ref."""
    description: str | None = None
    """What the runtime is for."""
    name: str
    """Name for people."""
    distributions: JsonObject = {}
    """The distributions it runs on, and how they are found."""
    installation: JsonValue = None
    """How it is installed where it is missing."""

    @model_validator(mode="after")
    def _names_the_pack_wholly(self) -> Self:
        if (self.pack is None) != (self.pack_ref is None):
            raise ValueError("expected both pack and pack_ref, or neither")
        return self


class UpdateRuntimeInput(UpdateInput, frozen=True):
    """What changes in a runtime."""

    _table = "runtime"

    description: str | None | MISSING = MISSING
    """What the runtime is for."""
    name: str | MISSING = MISSING
    """Name for people."""
    distributions: JsonObject | MISSING = MISSING
    """The distributions it runs on, and how they are found."""
    installation: JsonValue | MISSING = MISSING
    """How it is installed where it is missing."""


class CreateActionInput(CreateInput, frozen=True):
    """A new action."""

    _table = "action"

    ref: QualifiedRef
    """Unique name, `pack.name`."""
    pack: BigInt
    """The pack that bundles it."""
    pack_ref: str
    """That pack's ref."""
    label: str
    """Name for people."""
    description: str
    """What the action does."""
    entrypoint: str
    """What is called to run it, such as a file of its pack."""
    runtime: BigInt | None = None
    """What runs it; NULL: the platform itself."""
    param_schema: JsonObject | None = None
    """JSON Schema of its parameters."""
    out_schema: JsonObject | None = None
    """JSON Schema of its output."""
    workflow_def: BigInt | None = None
    """The workflow that it runs; NULL: it runs code."""


class UpdateActionInput(UpdateInput, frozen=True):
    """What changes in an action."""

    _table = "action"

    label: str | MISSING = MISSING
    """Name for people."""
    description: str | MISSING = MISSING
    """What the action does."""
    entrypoint: str | MISSING = MISSING
    """What is called to run it, such as a file of its pack."""
    runtime: BigInt | None | MISSING = MISSING
    """What runs it; NULL: the platform itself."""
    param_schema: JsonObject | None | MISSING = MISSING
    """JSON Schema of its parameters."""
    out_schema: JsonObject | None | MISSING = MISSING
    """JSON Schema of its output."""


class CreateExecutionInput(CreateInput, frozen=True):
    """A new execution."""

    _table = "execution"

    action: BigInt | None = None
    """The action that runs; NULL: it has been deleted since."""
    action_ref: str
    """That action's ref, kept when the action goes."""
    config: JsonObject | None = None
    """The parameters that it was started with."""
    parent: BigInt | None = None
    """The execution that started it; NULL: none did."""
    status: ExecutionStatus = ExecutionStatus.REQUESTED
    """Where it stands."""
    result: JsonValue = None
    """What came out."""
    priority: SmallInt = 0
    """The higher, the earlier it is claimed."""
    run_at: AwareDatetime | None = None
    """When it may be claimed; NULL: at once."""
    idempotency_key: str | None = None
    """What the caller knows it by; no two have the same."""


class UpdateExecutionInput(UpdateInput, frozen=True):
    """What changes in an execution."""

    _table = "execution"

    config: JsonObject | None | MISSING = MISSING
    """The parameters that it was started with."""
    status: ExecutionStatus | MISSING = MISSING
    """Where it stands."""
    result: JsonValue | MISSING = MISSING
    """What came out."""
    priority: SmallInt | MISSING = MISSING
    """The higher, the earlier it is claimed."""
    run_at: AwareDatetime | None | MISSING = MISSING
    """When it may be claimed; NULL: at once."""


class CreateWorkflowDefinitionInput(CreateInput, frozen=True):
    """A new workflow definition."""

    _table = "workflow_definition"

    ref: QualifiedRef
    """Unique name, `pack.name`."""
    pack: BigInt
    """The pack that bundles it."""
    pack_ref: str
    """That pack's ref."""
    label: str
    """Name for people."""
    description: str | None = None
    """What the workflow does."""
    version: Version
    """Semantic version."""
    param_schema: JsonObject | None = None
    """JSON Schema of its parameters."""
    out_schema: JsonObject | None = None
    """JSON Schema of its output."""
    definition: JsonObject
    """The graph of tasks."""
    tags: list[str] = []
    """Words to find it by."""
    enabled: bool = True
    """Whether it may be started."""


class UpdateWorkflowDefinitionInput(UpdateInput, frozen=True):
    """What changes in a workflow definition."""

    _table = "workflow_definition"

    label: str | MISSING = MISSING
    """Name for people."""
    description: str | None | MISSING = MISSING
    """What the workflow does."""
    version: Version | MISSING = MISSING
    """Semantic version."""
    param_schema: JsonObject | None | MISSING = MISSING
    """JSON Schema of its parameters."""
    out_schema: JsonObject | None | MISSING = MISSING
    """JSON Schema of its output."""
    definition: JsonObject | MISSING = MISSING
    """The graph of tasks."""
    tags: list[str] | MISSING = MISSING
    """Words to find it by."""
    enabled: bool | MISSING = MISSING
    """Whether it may be started."""


class CreateWorkflowExecutionInput(CreateInput, frozen=True):
    """A new workflow execution."""

    _table = "workflow_execution"

    execution: BigInt
    """The parent execution that this is the state of."""
    workflow_def: BigInt
    """The definition that runs."""
    current_tasks: list[str] = []
    """Names of the tasks that have begun and not ended."""
    completed_tasks: list[str] = []
    """Names of the tasks that succeeded."""
    failed_tasks: list[str] = []
    """Names of the tasks that failed."""
    skipped_tasks: list[str] = []
    """Names of the tasks that were passed over."""
    variables: JsonObject = {}
    """The workflow's variables by name."""
    task_graph: JsonObject
    """The graph as it was when the run began."""
    status: ExecutionStatus = ExecutionStatus.REQUESTED
    """Where the run stands."""
    error_message: str | None = None
    """Why the run failed."""
    paused: bool = False
    """Whether no further task is to be claimed for now."""
    pause_reason: str | None = None
    """Why it is paused."""


class UpdateWorkflowExecutionInput(UpdateInput, frozen=True):
    """What changes in a workflow execution."""

    _table = "workflow_execution"

    current_tasks: list[str] | MISSING = MISSING
    """Names of the tasks that have begun and not ended."""
    completed_tasks: list[str] | MISSING = MISSING
    """Names of the tasks that succeeded."""
    failed_tasks: list[str] | MISSING = MISSING
    """Names of the tasks that failed."""
    skipped_tasks: list[str] | MISSING = MISSING
    """Names of the tasks that were passed over."""
    variables: JsonObject | MISSING = MISSING
    """The workflow's variables by name."""
    task_graph: JsonObject | MISSING = MISSING
    """The graph as it was when the run began."""
    status: ExecutionStatus | MISSING = MISSING
    """Where the run stands."""
    error_message: str | None | MISSING = MISSING
    """Why the run failed."""
    paused: bool | MISSING = MISSING
    """Whether no further task is to be claimed for now."""
    pause_reason: str | None | MISSING = MISSING
    """Why it is paused."""


class CreateWorkflowTaskExecutionInput(CreateInput, frozen=True):
    """A new workflow task execution; `execution` is an id, or the input of one to be created."""

    _table = "workflow_task_execution"

    workflow_execution: BigInt
    """The workflow run that it is part of."""
    execution: BigInt | CreateExecutionInput
    """The child execution that does the task."""
    task_name: str
    """The task's name in the definition."""
    task_index: Count | None = None
    """The item's position, from 0; NULL: not a with-items task."""
    task_batch: Count | None = None
    """The batch that the item belongs to, from 0."""
    status: ExecutionStatus = ExecutionStatus.REQUESTED
    """Where the task stands."""
    started_at: AwareDatetime | None = None
    """When the current attempt began to run."""
    completed_at: AwareDatetime | None = None
    """When it ended, however it ended."""
    duration_ms: Milliseconds | None = None
    """How long it ran, in milliseconds."""
    result: JsonValue = None
    """What came out."""
    error: JsonValue = None
    """What went wrong."""
    retry_count: Count = 0
    """How many retries have been claimed."""
    max_retries: Count = 0
    """How many retries are allowed."""
    next_retry_at: AwareDatetime | None = None
    """When the retry that it awaits is due; NULL: it awaits none."""
    timeout_seconds: Seconds | None = None
    """How long an attempt may run, in seconds; NULL: for ever."""
    timed_out: bool = False
    """Whether the last attempt ran out of time."""


class UpdateWorkflowTaskExecutionInput(UpdateInput, frozen=True):
    """What changes in a workflow task execution."""

    _table = "workflow_task_execution"

    task_name: str | MISSING = MISSING
    """The task's name in the definition."""
    task_index: Count | None | MISSING = MISSING
    """The item's position, from 0; NULL: not a with-items task."""
    task_batch: Count | None | MISSING = MISSING
    """The batch that the item belongs to, from 0."""
    status: ExecutionStatus | MISSING = MISSING
    """Where the task stands."""
    started_at: AwareDatetime | None | MISSING = MISSING
    """When the current attempt began to run."""
    completed_at: AwareDatetime | None | MISSING = MISSING
    """When it ended, however it ended."""
    duration_ms: Milliseconds | None | MISSING = MISSING
    """How long it ran, in milliseconds."""
    result: JsonValue | MISSING = MISSING
    """What came out."""
    error: JsonValue | MISSING = MISSING
    """What went wrong."""
    retry_count: Count | MISSING = MISSING
    """How many retries have been claimed."""
    max_retries: Count | MISSING = MISSING
    """How many retries are allowed."""
    next_retry_at: AwareDatetime | None | MISSING = MISSING
    """When the retry that it awaits is due; NULL: it awaits none."""
    timeout_seconds: Seconds | None | MISSING = MISSING
    """How long an attempt may run, in seconds; NULL: for ever."""
    timed_out: bool | MISSING = MISSING
    """Whether the last attempt ran out of time."""
