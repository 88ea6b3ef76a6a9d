"""Claims and sweeps of workflow task executions (queries/workflow_task_execution.sql).

Each is one statement, and no two callers get the same row.
"""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from attune_queries.enums import ExecutionStatus
from attune_queries.models import WorkflowTaskExecution
from psycopg import Connection

from attune_store import _arguments as arguments
from attune_store._sync.queries import workflow_task_execution as queries
from attune_store._translate import translating


class TaskClaims:
    """The claims and sweeps of a repository, on its connection."""

    def __init__(self, conn: Connection[Any], writing: translating, /) -> None:
        self._conn = conn
        self._writing = writing

    def claim_next(
        self,
        workflow_execution_id: int,
        task_name: str,
        worker: int | None,
        to: ExecutionStatus,
        limit: int,
    ) -> list[WorkflowTaskExecution]:
        """Claim requested items of one task of a workflow (ClaimNextWorkflowTaskExecutions)."""
        with self._writing:
            claimed = queries.claim_next_workflow_task_executions(
                self._conn,
                workflow_execution=arguments.identifier(
                    workflow_execution_id, "workflow_execution_id"
                ),
                task_name=arguments.text(task_name, "task_name"),
                worker=arguments.optional_identifier(worker, "worker"),
                to=arguments.claimed_status(to),
                limit=arguments.limit(limit),
            )
        return sorted(claimed, key=_by_index)

    def claim_any(
        self,
        task_names: Iterable[str] | None,
        worker: int | None,
        to: ExecutionStatus,
        limit: int,
        now: datetime | None,
    ) -> list[WorkflowTaskExecution]:
        """Claim tasks of all workflows.

        (ClaimAnyWorkflowTaskExecutions, ClaimAnyWorkflowTaskExecutionsByTaskName)
        """
        with self._writing:
            if task_names is None:
                claimed = queries.claim_any_workflow_task_executions(
                    self._conn,
                    worker=arguments.optional_identifier(worker, "worker"),
                    to=arguments.claimed_status(to),
                    limit=arguments.limit(limit),
                    now=arguments.optional_moment(now),
                )
            else:
                claimed = queries.claim_any_workflow_task_executions_by_task_name(
                    self._conn,
                    task_names=arguments.names(task_names, "task_names"),
                    worker=arguments.optional_identifier(worker, "worker"),
                    to=arguments.claimed_status(to),
                    limit=arguments.limit(limit),
                    now=arguments.optional_moment(now),
                )
        return sorted(claimed, key=attrgetter("id"))

    def claim_due_retries(
        self, worker: int | None, limit: int, now: datetime | None
    ) -> list[WorkflowTaskExecution]:
        """Claim tasks whose retry is due (ClaimDueRetries)."""
        with self._writing:
            claimed = queries.claim_due_retries(
                self._conn,
                worker=arguments.optional_identifier(worker, "worker"),
                limit=arguments.limit(limit),
                now=arguments.optional_moment(now),
            )
        return sorted(claimed, key=attrgetter("id"))

    def time_out_overdue(
        self, retry_delay: timedelta | None, limit: int, now: datetime | None
    ) -> list[WorkflowTaskExecution]:
        """Time out overdue tasks (TimeOutOverdueWorkflowTaskExecutions)."""
        with self._writing:
            overdue = queries.time_out_overdue_workflow_task_executions(
                self._conn,
                retry_delay=arguments.optional_delay(retry_delay, "retry_delay"),
                limit=arguments.limit(limit),
                now=arguments.optional_moment(now),
            )
        return sorted(overdue, key=attrgetter("id"))

    def release_expired(self, max_losses: int, limit: int) -> list[WorkflowTaskExecution]:
        """Release the tasks of workers that have ended (ReleaseExpiredWorkflowTaskExecutions)."""
        with self._writing:
            released = queries.release_expired_workflow_task_executions(
                self._conn,
                max_losses=arguments.count(max_losses, "max_losses"),
                limit=arguments.limit(limit),
            )
        return sorted(released, key=attrgetter("id"))


def _by_index(task: WorkflowTaskExecution) -> float:
    """Return the sort key of an item: by index, without an index last, as in the lists."""
    return math.inf if task.task_index is None else task.task_index
