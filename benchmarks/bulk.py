"""What many rows cost by one statement, next to a call for each: tasks created, tasks completed.

    python benchmarks/bulk.py --rounds 5

Both ways write the same rows, a task and its execution, on connections to the same server, in turn,
round by round; each call commits by itself. Printed are rows per second, and how many times as many
the one statement does.
"""

import argparse
from collections.abc import Callable
from itertools import count
from typing import Any

import psycopg
from measuring import database, measure
from rich.console import Console
from rich.table import Table

from attune_store import (
    CreateExecutionInput,
    CreatePackInput,
    CreateWorkflowDefinitionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    Repositories,
    TaskResult,
)

SIZES = (1, 10, 100, 1000)
OPTIONS = "-c timezone=UTC -c synchronous_commit=off"

numbers = count()


def new_run(repos: Repositories) -> int:
    """A workflow that runs."""
    pack = repos.packs.create(CreatePackInput(ref="bench", label="Bench", version="1.0.0"))
    flow = repos.workflow_definitions.create(
        CreateWorkflowDefinitionInput(
            ref="bench.flow",
            pack=pack.id,
            pack_ref=pack.ref,
            label="x",
            version="1.0.0",
            definition={},
        )
    )
    execution = repos.executions.create(CreateExecutionInput(action_ref=flow.ref))
    run = CreateWorkflowExecutionInput(
        execution=execution.id,
        workflow_def=flow.id,
        task_graph={},
        status=ExecutionStatus.RUNNING,
    )
    return repos.workflow_executions.create(run).id


def new_tasks(run: int, size: int) -> list[CreateWorkflowTaskExecutionInput]:
    """Inputs of so many tasks that run."""
    return [
        CreateWorkflowTaskExecutionInput(
            workflow_execution=run,
            execution=CreateExecutionInput(
                action_ref="bench.echo", config={"n": 1}, status=ExecutionStatus.RUNNING
            ),
            task_name="item",
            task_index=next(numbers),
            status=ExecutionStatus.RUNNING,
        )
        for _ in range(size)
    ]


def creating(repos: Repositories, run: int, size: int) -> dict[str, Callable[[], Any]]:
    """Both ways to create so many."""
    tasks = repos.workflow_task_executions
    return {
        "single": lambda: [tasks.create(input) for input in new_tasks(run, size)],
        "bulk": lambda: tasks.create_many(new_tasks(run, size)),
    }


def completing(
    repos: Repositories, run: int, size: int, rounds: int
) -> dict[str, Callable[[], Any]]:
    """Both ways to complete so many, of tasks that are there already."""
    tasks = repos.workflow_task_executions
    stock = [
        [task.id for task in tasks.create_many(new_tasks(run, size))]
        for _ in range(2 * (rounds + 1))
    ]

    def single() -> None:
        for id in stock.pop():
            tasks.complete(id, result={"n": 1})

    def bulk() -> None:
        outcome = tasks.complete_many([TaskResult(id, {"n": 1}) for id in stock.pop()])
        assert not outcome.refused

    return {"single": single, "bulk": bulk}


def main() -> None:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds: int = parser.parse_args().rounds
    table = Table(title=f"many rows, medians of {rounds} rounds or more")
    for heading in "what", "rows", "single", "bulk", "ratio":
        table.add_column(heading, justify="right" if table.columns else "left")
    with (
        database() as conninfo,
        psycopg.connect(conninfo, autocommit=True, options=OPTIONS) as conn,
    ):
        repos = Repositories(conn)
        run = new_run(repos)
        for what in "create", "complete":
            for size in SIZES:
                times = rounds * max(1, 100 // size)
                ways = (
                    creating(repos, run, size)
                    if what == "create"
                    else completing(repos, run, size, times)
                )
                conn.execute("ANALYZE")
                medians = measure(ways, times)
                rates = [size / medians[way] for way in ("single", "bulk")]
                shown = (f"{rate:,.0f}/s" for rate in rates)
                table.add_row(what, str(size), *shown, f"{rates[1] / rates[0]:.1f}")
    Console().print(table)


if __name__ == "__main__":
    main()
