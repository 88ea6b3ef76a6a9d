"""Tables of stored definitions, and of what happened."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from rich import box
from rich.markup import escape
from rich.table import Table

from attune_store import (
    ExecutionStatus,
    Repositories,
    WorkflowExecutionSummary,
    WorkflowTaskExecution,
)

from .look import number, span, styled


def _table(title: str) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        header_style="bright_black",
        show_edge=False,
        pad_edge=False,
        collapse_padding=True,
    )


def packs(repos: Repositories) -> Table:
    """Return a table of the packs with their actions."""
    table = _table("Packs and their actions")
    table.add_column("pack", style="bold", no_wrap=True)
    table.add_column("version", no_wrap=True)
    table.add_column("tags", style="cyan", no_wrap=True)
    table.add_column("actions, workflows underlined")
    for pack in repos.packs.list(limit=None):
        names = [
            f"[underline]{escape(name)}[/]" if action.is_workflow else escape(name)
            for action in repos.actions.find_by_pack(pack.id, limit=None)
            for name in [action.ref.partition(".")[2]]
        ]
        table.add_row(escape(pack.ref), pack.version, " ".join(pack.tags), ", ".join(names))
    return table


def definitions(repos: Repositories) -> Table:
    """Return a table of the workflow definitions."""
    table = _table("Workflow definitions")
    table.add_column("workflow", style="bold", no_wrap=True)
    table.add_column("version")
    table.add_column("tasks", justify="right")
    table.add_column("runs", justify="right")
    table.add_column("tags", style="cyan", no_wrap=True)
    table.add_column("label")
    for stored in repos.workflow_definitions.list(limit=None):
        runs = repos.workflow_executions.find_by_workflow_def(stored.id, limit=None)
        tasks = stored.definition.get("tasks")
        table.add_row(
            escape(stored.ref),
            stored.version,
            str(len(tasks) if isinstance(tasks, dict) else 0),
            str(len(runs)),
            " ".join(stored.tags),
            escape(stored.label),
        )
    return table


def runs(repos: Repositories, executions: Sequence[int]) -> Table:
    """Return a table of the workflow executions, with inner ones indented, and the results of their tasks."""
    table = _table("Workflow executions")
    table.padding = (0, 0)  # so that it fits 80 columns
    table.add_column("id", justify="right", style="bright_black")
    table.add_column("workflow", style="bold", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for name in ("done", "failed", "skip"):
        table.add_column(name, justify="right")
    table.add_column("rows", justify="right")
    table.add_column("retries", justify="right")
    table.add_column("timed\nout", justify="right", no_wrap=True)
    table.add_column("took", justify="right", no_wrap=True)
    reasons: list[str] = []
    for depth, summary, rows in _walk(repos, executions, 0):
        table.add_row(
            str(summary.execution),
            "  " * depth + escape(summary.workflow_ref),
            styled(summary.status),
            number(summary.completed_count, "green"),
            number(summary.failed_count, "red"),
            number(summary.skipped_count),
            str(len(rows)),
            number(sum(row.retry_count for row in rows), "yellow"),
            number(sum(row.timed_out for row in rows), "red"),
            _took(rows),
        )
        if summary.error_message:
            reasons.append(f"{escape(summary.workflow_ref)}: {escape(summary.error_message)}")
    if reasons:
        table.caption = "\n".join(f"✘ {reason}" for reason in reasons)
        table.caption_justify = "left"
        table.caption_style = "red"
    return table


def tasks(repos: Repositories, executions: Sequence[int]) -> Table:
    """Return a table of the number of tasks with each status."""
    rows = [row for *_, found in _walk(repos, executions, 0) for row in found]
    statuses = Counter(row.status for row in rows)
    table = _table("Tasks by status")
    table.add_column("status", no_wrap=True)
    table.add_column("tasks", justify="right")
    table.add_column("retried", justify="right")
    table.add_column("mean", justify="right")
    for status in ExecutionStatus:
        if count := statuses[status]:
            some = [row for row in rows if row.status is status]
            times = [row.duration_ms / 1000 for row in some if row.duration_ms is not None]
            table.add_row(
                styled(status),
                str(count),
                number(sum(row.retry_count > 0 for row in some), "yellow"),
                span(sum(times) / len(times)) if times else "",
            )
    table.add_section()
    table.add_row("all", str(len(rows)), number(sum(row.retry_count > 0 for row in rows)), "")
    return table


def workers(repos: Repositories, executions: Sequence[int], killed: Collection[str]) -> Table:
    """Return a table of the results of each worker's attempts."""
    names = {worker.id: worker.name for worker in repos.workers.list(limit=None)}
    ends = {name: Counter[ExecutionStatus]() for name in names.values()}
    for *_, rows in _walk(repos, executions, 0):
        for row in rows:
            for attempt in repos.workflow_task_executions.find_attempts(row.id):
                if attempt.worker is not None:
                    ends[names[attempt.worker]][attempt.status] += 1
    table = _table("Attempts by worker")
    columns = {
        "done": ExecutionStatus.COMPLETED,
        "failed": ExecutionStatus.FAILED,
        "timed out": ExecutionStatus.TIMEOUT,
        "lost": ExecutionStatus.RUNNING,
    }
    table.add_column("process", no_wrap=True)
    for title in columns:
        table.add_column(title, justify="right")
    for name, counts in sorted(ends.items()):
        mark = " [magenta]killed[/]" if name in killed else ""
        table.add_row(name + mark, *(number(counts[status]) for status in columns.values()))
    return table


_Found = tuple[int, WorkflowExecutionSummary, list[WorkflowTaskExecution]]


def _walk(repos: Repositories, executions: Sequence[int], depth: int) -> Iterator[_Found]:
    for execution in executions:
        summary = repos.workflow_executions.find_summary(execution)
        if summary is None:
            continue
        rows = repos.workflow_task_executions.find_by_workflow_execution(summary.id)
        yield depth, summary, rows
        # The execution of a task whose action is a workflow has a run.
        yield from _walk(repos, [row.execution for row in rows], depth + 1)


def _took(rows: Sequence[WorkflowTaskExecution]) -> str:
    started: list[datetime] = [row.started_at for row in rows if row.started_at]
    ended: list[datetime] = [row.completed_at for row in rows if row.completed_at]
    return span(max(ended) - min(started)) if started and ended else ""
