"""The terms of a workflow that are no table's: sets of statuses, the four task lists, and what some
methods take and return."""

import enum
from dataclasses import dataclass
from typing import NamedTuple

from attune_queries.enums import ExecutionStatus
from attune_queries.models import Execution, WorkflowExecution
from pydantic import JsonValue
from pydantic.dataclasses import dataclass as pydantic_dataclass

from attune_store._input import BigInt, Count, Delay
from attune_store.errors import StoreError

TERMINAL = frozenset(status for status in ExecutionStatus if status.is_terminal)
NOT_TERMINAL = tuple(status for status in ExecutionStatus if not status.is_terminal)
IN_FLIGHT = (
    *(ExecutionStatus.SCHEDULING, ExecutionStatus.SCHEDULED),
    *(ExecutionStatus.RUNNING, ExecutionStatus.CANCELING),
)
STARTABLE = (ExecutionStatus.REQUESTED, ExecutionStatus.SCHEDULING, ExecutionStatus.SCHEDULED)
CLAIMED = (ExecutionStatus.SCHEDULING, ExecutionStatus.SCHEDULED)
REQUEUEABLE = (
    *IN_FLIGHT,
    ExecutionStatus.FAILED,
    ExecutionStatus.TIMEOUT,
    ExecutionStatus.ABANDONED,
)
RETRYABLE = (ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT)


class TaskList(enum.StrEnum):
    """The lists of task names that a workflow execution keeps."""

    CURRENT = "current"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


class BulkOutcome(NamedTuple):
    """What a change of many rows did, in the order of what it was given.

    `done` are the ids that were changed, `refused` the errors of the others, as of single calls.
    """

    done: list[int]
    refused: list[StoreError]


class CreateOrGet(NamedTuple):
    """The workflow execution of an execution, and whether this call created it."""

    workflow_execution: WorkflowExecution
    created: bool


@dataclass(frozen=True, slots=True)
class StatusCount:
    """How many rows are in a status; not exact: by the planner's statistics."""

    count: int
    exact: bool


class CreateOrGetExecution(NamedTuple):
    """The execution with an idempotency key, and whether this call created it."""

    execution: Execution
    created: bool


@pydantic_dataclass(frozen=True, slots=True, config={"defer_build": True})
class TaskResult:
    """What came of a task that is completed; with `attempt`, of that one alone."""

    id: BigInt
    """The task."""
    result: JsonValue = None
    """What it returned."""
    attempt: Count | None = None
    """The attempt that is meant; None: the present one."""


@pydantic_dataclass(frozen=True, slots=True, config={"defer_build": True})
class TaskFailure:
    """Why a task is failed, and after what delay it is retried if it may be."""

    id: BigInt
    """The task."""
    error: JsonValue
    """Why it failed."""
    attempt: Count | None = None
    """The attempt that is meant; None: the present one."""
    retry_delay: Delay | None = None
    """How long to wait before the next attempt, if a retry is left; None: it stays failed."""
