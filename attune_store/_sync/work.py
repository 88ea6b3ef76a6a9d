"""The queries of the command line about all executions (queries/work.sql)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from attune_queries import work as queries
from attune_queries.enums import ExecutionStatus
from attune_queries.models import Execution
from attune_queries.work import (
    CountDueRetriesRow,
    GetOldestWaitingExecutionRow,
    ListStuckExecutionsRow,
    ListWorkerLoadsRow,
)
from psycopg import Connection

from attune_store import _arguments as arguments
from attune_store._sync.repositories import Repositories
from attune_store._translate import translating
from attune_store._workflow import StatusCount

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Work:
    """The amount of work, who does it, and what seems to be stuck."""

    counts: Mapping[str, Mapping[ExecutionStatus, StatusCount]]
    oldest_waiting: GetOldestWaitingExecutionRow | None
    due_retries: CountDueRetriesRow
    workers: list[ListWorkerLoadsRow]
    stuck: list[ListStuckExecutionsRow]


def read_work(conn: Connection[Any], *, unchanged_since: datetime, limit: int = _PAGE) -> Work:
    """Return the counts of all tables, the oldest waiting row, and at most `limit` workers and stuck executions.

    (GetOldestWaitingExecution, CountDueRetries, ListWorkerLoads, ListStuckExecutions)
    """
    repositories = Repositories(conn)
    counts = {
        "executions": repositories.executions.count_by_status(),
        "workflow_executions": repositories.workflow_executions.count_by_status(),
        "workflow_task_executions": repositories.workflow_task_executions.count_by_status(),
    }
    with translating(conn, reading=True):
        return Work(
            counts=counts,
            oldest_waiting=queries.get_oldest_waiting_execution(conn),
            due_retries=queries.count_due_retries(conn),
            workers=queries.list_worker_loads(conn, limit=limit),
            stuck=queries.list_stuck_executions(conn, unchanged_since=unchanged_since, limit=limit),
        )


def search_executions(
    conn: Connection[Any],
    *,
    statuses: Collection[ExecutionStatus] | None = None,
    worker: int | None = None,
    created_before: datetime | None = None,
    definition: str | None = None,
    limit: int,
) -> list[Execution]:
    """Return the newest executions that meet all given conditions (SearchExecutions).

    Raises NotFoundError if there is no workflow definition with the ref `definition`.
    """
    workflow_def = None
    if definition is not None:
        found = Repositories(conn).workflow_definitions.get_by_ref(definition)
        workflow_def = found.id
    with translating(conn, reading=True):
        return queries.search_executions(
            conn,
            statuses=None if statuses is None else list(statuses),
            worker=worker,
            created_before=created_before,
            workflow_def=workflow_def,
            after=None,
            limit=limit,
        )


def count_prunable(
    conn: Connection[Any],
    *,
    finished_before: datetime,
    statuses: Collection[ExecutionStatus],
) -> int:
    """Return the number of executions that `executions.prune` would delete in all (CountPrunableExecutions)."""
    executions, allowed = 0, arguments.terminal_statuses(statuses)
    after: tuple[datetime | None, int | None] = (None, None)
    while True:
        with translating(conn, reading=True):
            page = queries.count_prunable_executions(
                conn,
                finished_before=finished_before,
                statuses=allowed,
                after_finished_at=after[0],
                after_id=after[1],
                limit=_PAGE,
            )
        executions += page.executions
        if page.last_id is None:
            return executions
        after = (page.last_finished_at, page.last_id)
