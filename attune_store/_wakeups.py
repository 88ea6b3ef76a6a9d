"""Notifications that rows have become claimable."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from attune_queries.enums import ExecutionStatus
from attune_queries.models import Execution, WorkflowExecution, WorkflowTaskExecution

from attune_store import errors
from attune_store._workflow import TERMINAL

CHANNEL = "attune_claimable"
INTERVAL = 0.05
"""Seconds between two notifications of a store."""

EXECUTIONS = "executions"
TASKS = "workflow_task_executions"

CLAIMABLE_BY = frozenset({"status", "paused", "next_retry_at", "run_at"})
"""The columns by which an update can make rows claimable."""


class Wakeup(NamedTuple):
    """A hint that rows may have become claimable."""

    topic: str | None
    """The repository to claim from: "executions", "workflow_task_executions", None for both."""
    missed: bool
    """True if earlier notifications may have been lost: look for every kind of work."""


def topics_of(row: Any) -> set[str]:
    """Return the topics of the claims that may now find the row."""
    match row:
        case Execution(status=ExecutionStatus.REQUESTED):
            return {EXECUTIONS}
        case WorkflowTaskExecution(status=ExecutionStatus.REQUESTED):
            return {EXECUTIONS, TASKS}  # its execution is requested, too
        case WorkflowTaskExecution(next_retry_at=datetime()):
            return {TASKS}
        case WorkflowExecution(paused=False, status=status) if status not in TERMINAL:
            return {TASKS}
        case _:
            return set()


def seconds(timeout: timedelta | float | None) -> float | None:
    """Check a number of seconds that is not negative, or None for no limit."""
    if timeout is None:
        return None
    value = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    if not value >= 0:
        raise errors.ValidationError(
            "timeout: expected a number of seconds, None for no limit",
            field="timeout",
            value=timeout,
        )
    return value
