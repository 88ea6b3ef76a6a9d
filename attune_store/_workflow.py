"""Sets of statuses, the four task lists, and the arguments and results of some methods."""

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
    """The outcome of a change of many rows, in the order of the arguments.

    `done` has the ids that were changed, `refused` the errors that single calls would raise for
    the others.
    """

    done: list[int]
    refused: list[StoreError]


class CreateOrGet(NamedTuple):
    """A workflow execution, and whether this call created it."""

    workflow_execution: WorkflowExecution
    created: bool


@dataclass(frozen=True, slots=True)
class StatusCount:
    """The number of rows with a status; if not `exact`, an estimate of the planner."""

    count: int
    exact: bool


class CreateOrGetExecution(NamedTuple):
    """An execution, and whether this call created it."""

    execution: Execution
    created: bool


@pydantic_dataclass(frozen=True, slots=True, config={"defer_build": True})
class TaskResult:
    """A task to complete, and its result."""

    id: BigInt
    """The id of the task."""
    result: JsonValue = None
    """The result, None for no result."""
    attempt: Count | None = None
    """The attempt that the caller holds, None for any."""


@pydantic_dataclass(frozen=True, slots=True, config={"defer_build": True})
class TaskFailure:
    """A task to fail, its error, and the delay of its retry."""

    id: BigInt
    """The id of the task."""
    error: JsonValue
    """The error, as JSON."""
    attempt: Count | None = None
    """The attempt that the caller holds, None for any."""
    retry_delay: Delay | None = None
    """The delay of the retry, if the task has one left; None for no retry."""
