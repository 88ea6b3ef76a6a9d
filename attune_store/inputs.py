"""The inputs of repositories, for new rows and for changes of rows.

A create input has the fields of a new row, with the defaults of the table. An update input has the fields that can
change. A field that is not given is `MISSING`, and keeps its value.
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
    """The fields of a new pack."""

    _table = "pack"

    ref: PackRef
    """Unique name, such as `core`."""
    label: str
    """Human-readable name."""
    description: str | None = None
    """What the pack is for."""
    version: Version
    """Semantic version."""
    conf_schema: JsonObject = {}
    """JSON Schema of `config`."""
    config: JsonObject = {}
    """Configuration that is shared by the actions of the pack."""
    meta: JsonObject = {}
    """Other metadata, such as the author."""
    tags: list[str] = []
    """Tags to search by."""
    runtime_deps: list[str] = []
    """Refs of the runtimes that the pack needs."""
    is_standard: bool = False
    """Whether it comes with the platform."""


class UpdatePackInput(UpdateInput, frozen=True):
    """The fields of a pack to change. A field that is not given keeps its value."""

    _table = "pack"

    label: str | MISSING = MISSING
    """Human-readable name."""
    description: str | None | MISSING = MISSING
    """What the pack is for."""
    version: Version | MISSING = MISSING
    """Semantic version."""
    conf_schema: JsonObject | MISSING = MISSING
    """JSON Schema of `config`."""
    config: JsonObject | MISSING = MISSING
    """Configuration that is shared by the actions of the pack."""
    meta: JsonObject | MISSING = MISSING
    """Other metadata, such as the author."""
    tags: list[str] | MISSING = MISSING
    """Tags to search by."""
    runtime_deps: list[str] | MISSING = MISSING
    """Refs of the runtimes that the pack needs."""
    is_standard: bool | MISSING = MISSING
    """Whether it comes with the platform."""


class CreateRuntimeInput(CreateInput, frozen=True):
    """The fields of a new runtime; give both `pack` and `pack_ref`, or neither."""

    _table = "runtime"

    ref: RuntimeRef
    """Unique name in lower case, such as `core.python`."""
    pack: BigInt | None = None
    """The pack that it belongs to; NULL if there is none."""
    pack_ref: str | None = None
    """Ref of the pack."""
    description: str | None = None
    """What the runtime is for."""
    name: str
    """Human-readable name."""
    distributions: JsonObject = {}
    """Supported distributions, and how to detect them."""
    installation: JsonValue = None
    """How to install it."""

    @model_validator(mode="after")
    def _names_the_pack_wholly(self) -> Self:
        if (self.pack is None) != (self.pack_ref is None):
            raise ValueError("expected both pack and pack_ref, or neither")
        return self


class UpdateRuntimeInput(UpdateInput, frozen=True):
    """The fields of a runtime to change. A field that is not given keeps its value."""

    _table = "runtime"

    description: str | None | MISSING = MISSING
    """What the runtime is for."""
    name: str | MISSING = MISSING
    """Human-readable name."""
    distributions: JsonObject | MISSING = MISSING
    """Supported distributions, and how to detect them."""
    installation: JsonValue | MISSING = MISSING
    """How to install it."""


class CreateActionInput(CreateInput, frozen=True):
    """The fields of a new action."""

    _table = "action"

    ref: QualifiedRef
    """Unique name, `pack.name`."""
    pack: BigInt
    """The pack that it belongs to."""
    pack_ref: str
    """Ref of the pack."""
    label: str
    """Human-readable name."""
    description: str
    """What the action does."""
    entrypoint: str
    """The code to run, such as a file of the pack."""
    runtime: BigInt | None = None
    """The runtime that runs it; NULL if the platform itself does."""
    param_schema: JsonObject | None = None
    """JSON Schema of the parameters."""
    out_schema: JsonObject | None = None
    """JSON Schema of the output."""
    workflow_def: BigInt | None = None
    """The workflow definition that it runs; NULL if it runs code."""


class UpdateActionInput(UpdateInput, frozen=True):
    """The fields of an action to change. A field that is not given keeps its value."""

    _table = "action"

    label: str | MISSING = MISSING
    """Human-readable name."""
    description: str | MISSING = MISSING
    """What the action does."""
    entrypoint: str | MISSING = MISSING
    """The code to run, such as a file of the pack."""
    runtime: BigInt | None | MISSING = MISSING
    """The runtime that runs it; NULL if the platform itself does."""
    param_schema: JsonObject | None | MISSING = MISSING
    """JSON Schema of the parameters."""
    out_schema: JsonObject | None | MISSING = MISSING
    """JSON Schema of the output."""


class CreateExecutionInput(CreateInput, frozen=True):
    """The fields of a new execution."""

    _table = "execution"

    action: BigInt | None = None
    """The action to run; NULL if it was deleted."""
    action_ref: str
    """Ref of the action; kept if the action is deleted."""
    config: JsonObject | None = None
    """Parameters of the run."""
    parent: BigInt | None = None
    """The parent execution; NULL if there is none."""
    status: ExecutionStatus = ExecutionStatus.REQUESTED
    """Current status."""
    result: JsonValue = None
    """The result, as JSON."""
    priority: SmallInt = 0
    """Executions with a higher priority are claimed first."""
    run_at: AwareDatetime | None = None
    """Earliest time at which it can be claimed; NULL for no limit."""
    idempotency_key: str | None = None
    """Unique key of the caller, so that a repeated request creates no second execution."""


class UpdateExecutionInput(UpdateInput, frozen=True):
    """The fields of an execution to change. A field that is not given keeps its value."""

    _table = "execution"

    config: JsonObject | None | MISSING = MISSING
    """Parameters of the run."""
    status: ExecutionStatus | MISSING = MISSING
    """Current status."""
    result: JsonValue | MISSING = MISSING
    """The result, as JSON."""
    priority: SmallInt | MISSING = MISSING
    """Executions with a higher priority are claimed first."""
    run_at: AwareDatetime | None | MISSING = MISSING
    """Earliest time at which it can be claimed; NULL for no limit."""


class CreateWorkflowDefinitionInput(CreateInput, frozen=True):
    """The fields of a new workflow definition."""

    _table = "workflow_definition"

    ref: QualifiedRef
    """Unique name, `pack.name`."""
    pack: BigInt
    """The pack that it belongs to."""
    pack_ref: str
    """Ref of the pack."""
    label: str
    """Human-readable name."""
    description: str | None = None
    """What the workflow does."""
    version: Version
    """Semantic version."""
    param_schema: JsonObject | None = None
    """JSON Schema of the parameters."""
    out_schema: JsonObject | None = None
    """JSON Schema of the output."""
    definition: JsonObject
    """The graph of tasks."""
    tags: list[str] = []
    """Tags to search by."""
    enabled: bool = True
    """Whether it can be started."""


class UpdateWorkflowDefinitionInput(UpdateInput, frozen=True):
    """The fields of a workflow definition to change. A field that is not given keeps its value."""

    _table = "workflow_definition"

    label: str | MISSING = MISSING
    """Human-readable name."""
    description: str | None | MISSING = MISSING
    """What the workflow does."""
    version: Version | MISSING = MISSING
    """Semantic version."""
    param_schema: JsonObject | None | MISSING = MISSING
    """JSON Schema of the parameters."""
    out_schema: JsonObject | None | MISSING = MISSING
    """JSON Schema of the output."""
    definition: JsonObject | MISSING = MISSING
    """The graph of tasks."""
    tags: list[str] | MISSING = MISSING
    """Tags to search by."""
    enabled: bool | MISSING = MISSING
    """Whether it can be started."""


class CreateWorkflowExecutionInput(CreateInput, frozen=True):
    """The fields of a new workflow execution."""

    _table = "workflow_execution"

    execution: BigInt
    """The execution that runs the workflow."""
    workflow_def: BigInt
    """The workflow definition of the run."""
    current_tasks: list[str] = []
    """Names of the tasks that have started and not ended."""
    completed_tasks: list[str] = []
    """Names of the tasks that completed."""
    failed_tasks: list[str] = []
    """Names of the tasks that failed."""
    skipped_tasks: list[str] = []
    """Names of the tasks that were skipped."""
    variables: JsonObject = {}
    """Variables of the workflow, by name."""
    task_graph: JsonObject
    """The definition at the start of the run."""
    status: ExecutionStatus = ExecutionStatus.REQUESTED
    """Current status."""
    error_message: str | None = None
    """Why the run failed."""
    paused: bool = False
    """Whether the run is paused. Then no task can be claimed."""
    pause_reason: str | None = None
    """Why it is paused."""


class UpdateWorkflowExecutionInput(UpdateInput, frozen=True):
    """The fields of a workflow execution to change. A field that is not given keeps its value."""

    _table = "workflow_execution"

    current_tasks: list[str] | MISSING = MISSING
    """Names of the tasks that have started and not ended."""
    completed_tasks: list[str] | MISSING = MISSING
    """Names of the tasks that completed."""
    failed_tasks: list[str] | MISSING = MISSING
    """Names of the tasks that failed."""
    skipped_tasks: list[str] | MISSING = MISSING
    """Names of the tasks that were skipped."""
    variables: JsonObject | MISSING = MISSING
    """Variables of the workflow, by name."""
    task_graph: JsonObject | MISSING = MISSING
    """The definition at the start of the run."""
    status: ExecutionStatus | MISSING = MISSING
    """Current status."""
    error_message: str | None | MISSING = MISSING
    """Why the run failed."""
    paused: bool | MISSING = MISSING
    """Whether the run is paused. Then no task can be claimed."""
    pause_reason: str | None | MISSING = MISSING
    """Why it is paused."""


class CreateWorkflowTaskExecutionInput(CreateInput, frozen=True):
    """The fields of a new workflow task execution; `execution` is an id, or the input of one to be created."""

    _table = "workflow_task_execution"

    workflow_execution: BigInt
    """The workflow execution that it belongs to."""
    execution: BigInt | CreateExecutionInput
    """The child execution that runs the task."""
    task_name: str
    """Name of the task in the definition."""
    task_index: Count | None = None
    """Position of the item, from 0; NULL if the task has no items."""
    task_batch: Count | None = None
    """Number of the batch of the item, from 0."""
    status: ExecutionStatus = ExecutionStatus.REQUESTED
    """Current status."""
    started_at: AwareDatetime | None = None
    """When the current attempt started."""
    completed_at: AwareDatetime | None = None
    """When the current attempt ended."""
    duration_ms: Milliseconds | None = None
    """Duration of the current attempt, in milliseconds."""
    result: JsonValue = None
    """The result, as JSON."""
    error: JsonValue = None
    """The error, as JSON."""
    retry_count: Count = 0
    """Number of retries that were claimed."""
    max_retries: Count = 0
    """Maximum number of retries."""
    next_retry_at: AwareDatetime | None = None
    """When the scheduled retry is due; NULL if none is scheduled."""
    timeout_seconds: Seconds | None = None
    """Maximum duration of an attempt, in seconds; NULL for no limit."""
    timed_out: bool = False
    """Whether the last attempt timed out."""


class UpdateWorkflowTaskExecutionInput(UpdateInput, frozen=True):
    """The fields of a workflow task execution to change. A field that is not given keeps its value."""

    _table = "workflow_task_execution"

    task_name: str | MISSING = MISSING
    """Name of the task in the definition."""
    task_index: Count | None | MISSING = MISSING
    """Position of the item, from 0; NULL if the task has no items."""
    task_batch: Count | None | MISSING = MISSING
    """Number of the batch of the item, from 0."""
    status: ExecutionStatus | MISSING = MISSING
    """Current status."""
    started_at: AwareDatetime | None | MISSING = MISSING
    """When the current attempt started."""
    completed_at: AwareDatetime | None | MISSING = MISSING
    """When the current attempt ended."""
    duration_ms: Milliseconds | None | MISSING = MISSING
    """Duration of the current attempt, in milliseconds."""
    result: JsonValue | MISSING = MISSING
    """The result, as JSON."""
    error: JsonValue | MISSING = MISSING
    """The error, as JSON."""
    retry_count: Count | MISSING = MISSING
    """Number of retries that were claimed."""
    max_retries: Count | MISSING = MISSING
    """Maximum number of retries."""
    next_retry_at: AwareDatetime | None | MISSING = MISSING
    """When the scheduled retry is due; NULL if none is scheduled."""
    timeout_seconds: Seconds | None | MISSING = MISSING
    """Maximum duration of an attempt, in seconds; NULL for no limit."""
    timed_out: bool | MISSING = MISSING
    """Whether the last attempt timed out."""
