"""Claims: a task is claimed, started and completed, by calls and by the statements that they send."""

from collections.abc import Iterator
from typing import Any

import psycopg
from attune_queries import execution as executions
from attune_queries import workflow_task_execution as tasks
from data import connect, new_run, new_tasks
from measuring import OURS, Comparison

from attune_store import ExecutionStatus, Repositories

CALLS = 50


def comparisons(url: str) -> Iterator[Comparison]:
    """Tasks, and executions; each round claims rows that it has made before."""
    with connect(url) as hand, connect(url) as own:
        repos = Repositories(own)
        run = new_run(repos)
        repos.workflow_task_executions.create_many(
            new_tasks(run, 20_000, ExecutionStatus.REQUESTED)
        )
        own.execute("VACUUM ANALYZE")
        cursor = psycopg.RawCursor(hand)

        def one(statement: str, *values: Any) -> Any:
            return cursor.execute(statement.encode(), values, prepare=True).fetchone()

        def by_hand() -> None:
            for _ in range(CALLS):
                row = one(tasks.CLAIM_ANY_WORKFLOW_TASK_EXECUTIONS, None, 1, "scheduling", None)
                one(tasks.START_WORKFLOW_TASK_EXECUTION, None, row[0], None)
                one(tasks.COMPLETE_WORKFLOW_TASK_EXECUTION, None, '{"a": 1}', row[0], None)

        def by_calls() -> None:
            claims = repos.workflow_task_executions
            for _ in range(CALLS):
                (task,) = claims.claim_any()
                claims.start(task.id)
                claims.complete(task.id, result={"a": 1})

        yield Comparison(
            "claim, start and complete a task",
            {"psycopg, the same statements": by_hand, OURS: by_calls},
            each=CALLS,
        )

        def claim_by_hand() -> None:
            for _ in range(CALLS):
                one(executions.CLAIM_NEXT_EXECUTIONS, "scheduling", None, 1)

        def claim() -> None:
            for _ in range(CALLS):
                repos.executions.claim_next()

        yield Comparison(
            "claim an execution",
            {"psycopg, the same statement": claim_by_hand, OURS: claim},
            each=CALLS,
        )
