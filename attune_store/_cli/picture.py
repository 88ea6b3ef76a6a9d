"""The output of `attune-store show`."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

from attune_queries.enums import WorkflowTaskStatus
from attune_queries.models import Execution, WorkflowExecutionSummary, WorkflowTaskDetail
from rich.console import RenderableType

from attune_store._cli.output import cell, columns, facts, moment, shown
from attune_store._cli.spans import in_units
from attune_store._sync.repositories import Repositories

_STYLES = {
    WorkflowTaskStatus.PENDING: "dim",
    WorkflowTaskStatus.RUNNING: "cyan",
    WorkflowTaskStatus.COMPLETED: "green",
    WorkflowTaskStatus.FAILED: "red",
    WorkflowTaskStatus.SKIPPED: "dim",
    WorkflowTaskStatus.CANCELLED: "yellow",
}


@dataclass(frozen=True, slots=True)
class Picture:
    """An execution and, if it runs a workflow, the workflow execution and its tasks."""

    execution: Execution
    workflow: WorkflowExecutionSummary | None
    tasks: list[WorkflowTaskDetail]

    @classmethod
    def read(cls, repositories: Repositories, execution_id: int) -> Self:
        """Read the execution. Raise NotFoundError if there is none."""
        execution = repositories.executions.get_by_id(execution_id)
        workflow = repositories.workflow_executions.find_summary(execution_id)
        tasks: list[WorkflowTaskDetail] = []
        if workflow is not None:
            tasks = repositories.workflow_task_executions.find_details(workflow.id)
        return cls(execution, workflow, tasks)

    def as_json(self, *, config: bool) -> dict[str, Any]:
        """Return it as JSON. The config may contain secrets, and is included only on request."""
        hidden = None if config else {"config"}
        return {
            "execution": self.execution.model_dump(mode="json", exclude=hidden),
            "workflow": self.workflow and self.workflow.model_dump(mode="json"),
            "tasks": [task.model_dump(mode="json") for task in self.tasks],
        }


def render(picture: Picture, *, config: bool) -> Iterator[RenderableType]:
    """Yield the tables."""
    execution, workflow = picture.execution, picture.workflow
    known = facts()
    known.add_row("execution", str(execution.id))
    known.add_row("action", cell(execution.action_ref))
    known.add_row("status", styled(execution.status, execution.status.task_status))
    known.add_row("created", f"{moment(execution.created)} UTC")
    if execution.finished_at is not None:
        known.add_row("finished", f"{moment(execution.finished_at)} UTC")
    if execution.worker is not None:
        known.add_row("worker", str(execution.worker))
    if config:
        known.add_row("config", shown(json.dumps(execution.config)))
    yield known
    if workflow is None:
        return
    known.add_row("workflow", f"{cell(workflow.workflow_ref)} (run {workflow.id})")
    if workflow.paused:
        known.add_row("paused", shown(workflow.pause_reason or "yes"))
    if workflow.error_message is not None:
        known.add_row("error", shown(workflow.error_message))
    counts = {
        "current": workflow.current_count,
        "completed": workflow.completed_count,
        "failed": workflow.failed_count,
        "skipped": workflow.skipped_count,
    }
    known.add_row("tasks", ", ".join(f"{count} {name}" for name, count in counts.items()))
    tasks = columns(
        "task", "action", "status", "started (UTC)", "took", "retries", long=["task", "action"]
    )
    for task in picture.tasks:
        tasks.add_row(
            cell(name_of(task)),
            cell(task.action_ref),
            styled(task.status, task.task_status),
            moment(task.started_at),
            took(task),
            f"{task.retry_count} of {task.max_retries}" if task.max_retries else "",
        )
    yield tasks


def name_of(task: WorkflowTaskDetail) -> str:
    """Return the name of a task, with the number of its item."""
    return task.task_name + ("" if task.task_index is None else f" [{task.task_index}]")


def took(task: WorkflowTaskDetail) -> str:
    """Return how long the last attempt at a task ran."""
    return "" if task.duration_ms is None else in_units(timedelta(milliseconds=task.duration_ms))


def styled(status: str, state: WorkflowTaskStatus) -> str:
    """Return a status in its colour."""
    return f"[{_STYLES[state]}]{status}[/]"
