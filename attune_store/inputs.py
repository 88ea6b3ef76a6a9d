"""What repositories are given to create and to update rows.

A create input holds what a new row is made of, with the table's own defaults. An update input holds
what may change; a field that is not given is `MISSING` and stays as it is.
"""

from datetime import timedelta
from typing import Annotated, Any, Self

from attune_queries.enums import ExecutionStatus
from pydantic import (
    MISSING,
    AwareDatetime,
    BaseModel,
    Field,
    JsonValue,
    model_validator,
)
from pydantic.dataclasses import dataclass

# The patterns are those of the CHECK constraints.
_SEMVER = (
    "^(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)"
    "(-(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
    "([.](0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
    "([+][0-9a-zA-Z-]+([.][0-9a-zA-Z-]+)*)?$"
)

PackRef = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]+$")]
RuntimeRef = Annotated[str, Field(pattern="^[^A-Z]+$")]
QualifiedRef = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]+[.][a-z][a-z0-9_-]*$")]
Version = Annotated[str, Field(pattern=_SEMVER)]
BigInt = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
SmallInt = Annotated[int, Field(ge=-(2**15), le=2**15 - 1)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Seconds = Annotated[int, Field(gt=0, le=2**31 - 1)]
Milliseconds = Annotated[int, Field(ge=0, le=2**63 - 1)]
Delay = Annotated[timedelta, Field(strict=True, ge=timedelta(0))]
JsonObject = dict[str, JsonValue]


class Input(BaseModel, frozen=True, extra="forbid"):
    """What a repository is given; unknown fields are refused."""

    def values(self) -> dict[str, Any]:
        """The fields that were given, by their column's name."""
        return {name: value for name, value in vars(self).items() if value is not MISSING}


class CreateInput(Input, frozen=True):
    """What a new row is made of."""


class UpdateInput(Input, frozen=True):
    """What changes in a row: absent, a value, or `None` for NULL."""


class CreatePackInput(CreateInput, frozen=True):
    """A new pack."""

    ref: PackRef
    label: str
    description: str | None = None
    version: Version
    conf_schema: JsonObject = {}
    config: JsonObject = {}
    meta: JsonObject = {}
    tags: list[str] = []
    runtime_deps: list[str] = []
    is_standard: bool = False


class UpdatePackInput(UpdateInput, frozen=True):
    """What changes in a pack."""

    label: str | MISSING = MISSING
    description: str | None | MISSING = MISSING
    version: Version | MISSING = MISSING
    conf_schema: JsonObject | MISSING = MISSING
    config: JsonObject | MISSING = MISSING
    meta: JsonObject | MISSING = MISSING
    tags: list[str] | MISSING = MISSING
    runtime_deps: list[str] | MISSING = MISSING
    is_standard: bool | MISSING = MISSING


class CreateRuntimeInput(CreateInput, frozen=True):
    """A new runtime; `pack` and `pack_ref` are given both or not at all."""

    ref: RuntimeRef
    pack: BigInt | None = None
    pack_ref: str | None = None
    description: str | None = None
    name: str
    distributions: JsonObject = {}
    installation: JsonValue = None

    @model_validator(mode="after")
    def _names_the_pack_wholly(self) -> Self:
        if (self.pack is None) != (self.pack_ref is None):
            raise ValueError("pack and pack_ref are given both or not at all")
        return self


class UpdateRuntimeInput(UpdateInput, frozen=True):
    """What changes in a runtime."""

    description: str | None | MISSING = MISSING
    name: str | MISSING = MISSING
    distributions: JsonObject | MISSING = MISSING
    installation: JsonValue | MISSING = MISSING


class CreateActionInput(CreateInput, frozen=True):
    """A new action."""

    ref: QualifiedRef
    pack: BigInt
    pack_ref: str
    label: str
    description: str
    entrypoint: str
    runtime: BigInt | None = None
    param_schema: JsonObject | None = None
    out_schema: JsonObject | None = None
    workflow_def: BigInt | None = None


class UpdateActionInput(UpdateInput, frozen=True):
    """What changes in an action."""

    label: str | MISSING = MISSING
    description: str | MISSING = MISSING
    entrypoint: str | MISSING = MISSING
    runtime: BigInt | None | MISSING = MISSING
    param_schema: JsonObject | None | MISSING = MISSING
    out_schema: JsonObject | None | MISSING = MISSING


class CreateExecutionInput(CreateInput, frozen=True):
    """A new execution."""

    action: BigInt | None = None
    action_ref: str
    config: JsonObject | None = None
    parent: BigInt | None = None
    status: ExecutionStatus = ExecutionStatus.REQUESTED
    result: JsonValue = None
    priority: SmallInt = 0
    run_at: AwareDatetime | None = None
    idempotency_key: str | None = None


class UpdateExecutionInput(UpdateInput, frozen=True):
    """What changes in an execution."""

    config: JsonObject | None | MISSING = MISSING
    status: ExecutionStatus | MISSING = MISSING
    result: JsonValue | MISSING = MISSING
    priority: SmallInt | MISSING = MISSING
    run_at: AwareDatetime | None | MISSING = MISSING


class CreateWorkflowDefinitionInput(CreateInput, frozen=True):
    """A new workflow definition."""

    ref: QualifiedRef
    pack: BigInt
    pack_ref: str
    label: str
    description: str | None = None
    version: Version
    param_schema: JsonObject | None = None
    out_schema: JsonObject | None = None
    definition: JsonObject
    tags: list[str] = []
    enabled: bool = True


class UpdateWorkflowDefinitionInput(UpdateInput, frozen=True):
    """What changes in a workflow definition."""

    label: str | MISSING = MISSING
    description: str | None | MISSING = MISSING
    version: Version | MISSING = MISSING
    param_schema: JsonObject | None | MISSING = MISSING
    out_schema: JsonObject | None | MISSING = MISSING
    definition: JsonObject | MISSING = MISSING
    tags: list[str] | MISSING = MISSING
    enabled: bool | MISSING = MISSING


class CreateWorkflowExecutionInput(CreateInput, frozen=True):
    """A new workflow execution."""

    execution: BigInt
    workflow_def: BigInt
    current_tasks: list[str] = []
    completed_tasks: list[str] = []
    failed_tasks: list[str] = []
    skipped_tasks: list[str] = []
    variables: JsonObject = {}
    task_graph: JsonObject
    status: ExecutionStatus = ExecutionStatus.REQUESTED
    error_message: str | None = None
    paused: bool = False
    pause_reason: str | None = None


class UpdateWorkflowExecutionInput(UpdateInput, frozen=True):
    """What changes in a workflow execution."""

    current_tasks: list[str] | MISSING = MISSING
    completed_tasks: list[str] | MISSING = MISSING
    failed_tasks: list[str] | MISSING = MISSING
    skipped_tasks: list[str] | MISSING = MISSING
    variables: JsonObject | MISSING = MISSING
    task_graph: JsonObject | MISSING = MISSING
    status: ExecutionStatus | MISSING = MISSING
    error_message: str | None | MISSING = MISSING
    paused: bool | MISSING = MISSING
    pause_reason: str | None | MISSING = MISSING


class CreateWorkflowTaskExecutionInput(CreateInput, frozen=True):
    """A new workflow task execution; `execution` is an id, or the input of one to be created."""

    workflow_execution: BigInt
    execution: BigInt | CreateExecutionInput
    task_name: str
    task_index: Count | None = None
    task_batch: Count | None = None
    status: ExecutionStatus = ExecutionStatus.REQUESTED
    started_at: AwareDatetime | None = None
    completed_at: AwareDatetime | None = None
    duration_ms: Milliseconds | None = None
    result: JsonValue = None
    error: JsonValue = None
    retry_count: Count = 0
    max_retries: Count = 0
    next_retry_at: AwareDatetime | None = None
    timeout_seconds: Seconds | None = None
    timed_out: bool = False


class UpdateWorkflowTaskExecutionInput(UpdateInput, frozen=True):
    """What changes in a workflow task execution."""

    task_name: str | MISSING = MISSING
    task_index: Count | None | MISSING = MISSING
    task_batch: Count | None | MISSING = MISSING
    status: ExecutionStatus | MISSING = MISSING
    started_at: AwareDatetime | None | MISSING = MISSING
    completed_at: AwareDatetime | None | MISSING = MISSING
    duration_ms: Milliseconds | None | MISSING = MISSING
    result: JsonValue | MISSING = MISSING
    error: JsonValue | MISSING = MISSING
    retry_count: Count | MISSING = MISSING
    max_retries: Count | MISSING = MISSING
    next_retry_at: AwareDatetime | None | MISSING = MISSING
    timeout_seconds: Seconds | None | MISSING = MISSING
    timed_out: bool | MISSING = MISSING


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What came of a task that is completed; with `attempt`, of that one alone."""

    id: BigInt
    result: JsonValue = None
    attempt: Count | None = None


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """Why a task is failed, and after what delay it is retried if it may be."""

    id: BigInt
    error: JsonValue
    attempt: Count | None = None
    retry_delay: Delay | None = None
