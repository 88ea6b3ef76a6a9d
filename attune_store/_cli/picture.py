"""What `attune-store show` prints of an execution."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from attune_queries.enums import WorkflowTaskStatus
from attune_queries.models import Execution, WorkflowExecutionSummary, WorkflowTaskDetail
from rich.console import RenderableType
from rich.table import Table

from attune_store._cli.output import shown
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
    """An execution and, if it runs a workflow, that and its tasks."""

    execution: Execution
    workflow: WorkflowExecutionSummary | None
    tasks: list[WorkflowTaskDetail]

    @classmethod
    def read(cls, repositories: Repositories, execution_id: int) -> Self:
        """Read it; raise NotFoundError if there is no such execution."""
        execution = repositories.executions.get_by_id(execution_id)
        workflow = repositories.workflow_executions.find_summary(execution_id)
        tasks: list[WorkflowTaskDetail] = []
        if workflow is not None:
            tasks = repositories.workflow_task_executions.find_details(workflow.id)
        return cls(execution, workflow, tasks)

    def as_json(self) -> dict[str, Any]:
        """What JSON can say of it."""
        return {
            "execution": self.execution.model_dump(mode="json"),
            "workflow": self.workflow and self.workflow.model_dump(mode="json"),
            "tasks": [task.model_dump(mode="json") for task in self.tasks],
        }


def render(picture: Picture) -> Iterator[RenderableType]:
    """Give the tables, one after the other."""
    execution, workflow = picture.execution, picture.workflow
    facts = Table(show_header=False, title=f"execution {execution.id}", title_justify="left")
    facts.add_row("action", shown(execution.action_ref))
    facts.add_row("status", _styled(execution.status, execution.status.task_status))
    facts.add_row("created", _moment(execution.created))
    if workflow is None:
        yield facts
        return
    facts.add_row("workflow", f"{shown(workflow.workflow_ref)} (run {workflow.id})")
    if workflow.paused:
        facts.add_row("paused", shown(workflow.pause_reason or "yes"))
    if workflow.error_message is not None:
        facts.add_row("error", shown(workflow.error_message))
    counts = {
        "current": workflow.current_count,
        "completed": workflow.completed_count,
        "failed": workflow.failed_count,
        "skipped": workflow.skipped_count,
    }
    facts.add_row("tasks", ", ".join(f"{count} {name}" for name, count in counts.items()))
    yield facts
    tasks = Table("task", "action", "status", "started", "took", "retries")
    for task in picture.tasks:
        index = "" if task.task_index is None else f" [{task.task_index}]"
        tasks.add_row(
            shown(task.task_name + index),
            shown(task.action_ref),
            _styled(task.status, task.task_status),
            "" if task.started_at is None else _moment(task.started_at),
            "" if task.duration_ms is None else str(timedelta(milliseconds=task.duration_ms)),
            f"{task.retry_count} of {task.max_retries}" if task.max_retries else "",
        )
    yield tasks


def _styled(status: str, state: WorkflowTaskStatus) -> str:
    return f"[{_STYLES[state]}]{status}"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
