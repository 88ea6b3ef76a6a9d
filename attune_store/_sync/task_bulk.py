"""Many workflow task executions by one statement (queries/workflow_task_execution.sql)."""

from collections.abc import Callable, Iterable
from typing import Any

from attune_queries.models import WorkflowTaskExecution
from psycopg import Connection

from attune_store import _arguments as arguments
from attune_store._sync.queries import workflow_task_execution as queries
from attune_store._translate import Rows, translating
from attune_store.inputs import CreateExecutionInput, CreateWorkflowTaskExecutionInput

_TASK = tuple(CreateWorkflowTaskExecutionInput.model_fields)
_CHILD = tuple(CreateExecutionInput.model_fields)


class TaskBulk:
    """What a repository does with many tasks at once, on its connection."""

    def __init__(self, conn: Connection[Any], writing: Callable[[Rows], translating], /) -> None:
        self._conn = conn
        self._writing = writing

    def create_with_child(self, input: CreateWorkflowTaskExecutionInput) -> WorkflowTaskExecution:
        """Insert one whose execution is an input, too (CreateWorkflowTaskExecutions)."""
        (created,) = self._create([input], None)
        return created

    def create_many(
        self, inputs: Iterable[CreateWorkflowTaskExecutionInput]
    ) -> list[WorkflowTaskExecution]:
        """Insert those, and the executions that are inputs (CreateWorkflowTaskExecutions)."""
        given = arguments.several(inputs, CreateWorkflowTaskExecutionInput, "inputs")
        return self._create(given, "inputs") if given else []

    def _create(
        self, inputs: list[CreateWorkflowTaskExecutionInput], name: str | None
    ) -> list[WorkflowTaskExecution]:
        rows = [_by_table(input) for input in inputs]
        tasks = [row["workflow_task_execution"] for row in rows]
        children = [row.get("execution", {}) for row in rows]
        columns: dict[str, Any] = {
            **{field: [task.get(field) for task in tasks] for field in _TASK},
            **{f"child_{field}": [child.get(field) for child in children] for field in _CHILD},
        }
        with self._writing(Rows(name, rows)):
            return queries.create_workflow_task_executions(self._conn, **columns)


def _by_table(input: CreateWorkflowTaskExecutionInput) -> dict[str, dict[str, Any]]:
    """The values of a task, and of its execution if that is to be created."""
    values = input.values()
    if not isinstance(input.execution, CreateExecutionInput):
        return {"workflow_task_execution": values}
    del values["execution"]
    return {"workflow_task_execution": values, "execution": input.execution.values()}
