"""Many rows: created and completed with one statement, and copied."""

from collections.abc import Iterator
from typing import Any

import psycopg
from data import connect, new_run, new_tasks
from measuring import OURS, Comparison
from peers import TABLES, engine
from psycopg.types.json import Jsonb

from attune_store import (
    CreateExecutionInput,
    CreateWorkflowTaskExecutionInput,
    Repositories,
    TaskResult,
)

ROWS, COPIED = 1000, 20_000
COLUMNS = "action, action_ref, config, parent, status, result, priority, run_at, idempotency_key"
TASK_COLUMNS = (
    "workflow_execution, execution, task_name, task_index, task_batch, status, started_at,"
    " completed_at, duration_ms, result, error, retry_count, max_retries, next_retry_at,"
    " timeout_seconds, timed_out"
)
INSERT = f"INSERT INTO attune.execution ({COLUMNS}) VALUES (" + ", ".join(["%s"] * 9) + ")"


def executions(count: int) -> Iterator[CreateExecutionInput]:
    """Return new executions. All ways begin with such an input."""
    for number in range(count):
        yield CreateExecutionInput(action_ref="bench.echo", config={"n": number, "of": "many"})


def as_row(input: CreateExecutionInput) -> tuple[Any, ...]:
    """Return the values that psycopg writes."""
    result = None if input.result is None else Jsonb(input.result)
    return (
        *(input.action, input.action_ref, Jsonb(input.config), input.parent, input.status.value),
        *(result, input.priority, input.run_at, input.idempotency_key),
    )


def copy(conn: psycopg.Connection[Any], table: str, columns: str, rows: Iterator[Any]) -> None:
    """Write the rows with COPY by hand."""
    statement = f"COPY attune.{table} ({columns}) FROM STDIN".encode()
    with conn.cursor() as cursor, cursor.copy(statement) as copying:
        for row in rows:
            copying.write_row(row)


def comparisons(url: str) -> Iterator[Comparison]:
    """Compare each method with the same work by hand."""
    with connect(url) as hand, connect(url) as own:
        repos = Repositories(own)
        run = new_run(repos)
        alchemy = engine(url)
        table = TABLES.tables["attune.execution"]

        def executemany() -> None:
            with hand.cursor() as cursor:
                cursor.executemany(INSERT.encode(), map(as_row, executions(ROWS)))

        def core() -> None:
            with alchemy.begin() as conn:
                rows = ([*input.values().items()] for input in executions(ROWS))
                given = [{name: value for name, value in row if value is not None} for row in rows]
                conn.execute(table.insert(), given)

        yield Comparison(
            "create 1,000 executions",
            {
                "psycopg, executemany": executemany,
                OURS: lambda: repos.executions.create_many(executions(ROWS)),
                "SQLAlchemy Core, insert": core,
            },
            each=ROWS,
        )
        tasks = repos.workflow_task_executions

        def running() -> list[int]:
            return [task.id for task in tasks.create_many(new_tasks(run, 100))]

        def one_by_one() -> None:
            for id in running():
                tasks.complete(id, result={"n": 1})

        yield Comparison(
            "create and complete 100 tasks, next to a call for each that is completed",
            {
                "complete": one_by_one,
                OURS: lambda: tasks.complete_many(TaskResult(id, {"n": 1}) for id in running()),
            },
            each=100,
        )
        yield from _copies(hand, repos, run)


def _copies(hand: psycopg.Connection[Any], repos: Repositories, run: int) -> Iterator[Comparison]:
    yield Comparison(
        f"copy {COPIED:,} executions",
        {
            "psycopg, write_row": lambda: copy(
                hand, "execution", COLUMNS, map(as_row, executions(COPIED))
            ),
            OURS: lambda: repos.executions.copy(executions(COPIED)),
        },
        each=COPIED,
        goal=1.3,
    )
    found = hand.execute(
        "INSERT INTO attune.execution (action_ref) SELECT 'bench.echo'"
        " FROM generate_series(1, %s) RETURNING id",
        (20 * COPIED,),
    ).fetchall()
    free = iter([id for (id,) in found])

    def items() -> Iterator[CreateWorkflowTaskExecutionInput]:
        for number in range(COPIED // 4):
            execution = next(free)
            yield CreateWorkflowTaskExecutionInput(
                workflow_execution=run,
                execution=execution,
                task_name="copied",
                task_index=execution,
                max_retries=number % 3,
            )

    def task_row(input: CreateWorkflowTaskExecutionInput) -> tuple[Any, ...]:
        values = dict(vars(input))
        values["status"] = input.status.value
        return tuple(values.values())

    yield Comparison(
        f"copy {COPIED // 4:,} tasks",
        {
            "psycopg, write_row": lambda: copy(
                hand, "workflow_task_execution", TASK_COLUMNS, map(task_row, items())
            ),
            OURS: lambda: repos.workflow_task_executions.copy(items()),
        },
        each=COPIED // 4,
        goal=1.3,
    )
