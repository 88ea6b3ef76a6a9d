"""The rows that the benchmarks read and write."""

from itertools import count
from typing import Any

import psycopg
from pydantic import JsonValue

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

OPTIONS: dict[str, Any] = {
    "autocommit": True,
    "options": "-c timezone=UTC -c synchronous_commit=off",
}
RESULT: dict[str, JsonValue] = {
    "stdout": "x" * 200,
    "codes": list(range(20)),
    "nested": {"ok": True, "ratio": 0.25},
}
numbers = count(1)


def connect(url: str) -> psycopg.Connection[Any]:
    """Return a connection whose commits do not wait for the disk."""
    return psycopg.connect(url, **OPTIONS)


def new_run(repos: Repositories) -> int:
    """Create a running workflow, and return its id."""
    number = next(numbers)
    pack = repos.packs.create(CreatePackInput(ref=f"bench{number}", label="B", version="1.0.0"))
    flow = repos.workflow_definitions.create(
        CreateWorkflowDefinitionInput(
            ref=f"{pack.ref}.flow",
            pack=pack.id,
            pack_ref=pack.ref,
            label="Flow",
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


def new_tasks(
    run: int, size: int, status: ExecutionStatus = ExecutionStatus.RUNNING
) -> list[CreateWorkflowTaskExecutionInput]:
    """Return inputs for this number of tasks."""
    return [
        CreateWorkflowTaskExecutionInput(
            workflow_execution=run,
            execution=CreateExecutionInput(action_ref="bench.echo", config={"n": 1}, status=status),
            task_name="item",
            task_index=next(numbers),
            status=status,
        )
        for _ in range(size)
    ]


def finished_tasks(repos: Repositories, size: int) -> int:
    """Create a workflow with this number of finished tasks, and return its id."""
    run = new_run(repos)
    tasks = repos.workflow_task_executions.create_many(new_tasks(run, size))
    repos.workflow_task_executions.complete_many(TaskResult(task.id, RESULT) for task in tasks)
    return run
