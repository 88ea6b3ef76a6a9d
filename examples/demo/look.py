"""The look of the demo: colours, words, durations."""

from datetime import timedelta

from attune_store import ExecutionStatus, WorkflowTaskStatus

STYLES = {
    WorkflowTaskStatus.PENDING: "bright_black",
    WorkflowTaskStatus.RUNNING: "cyan",
    WorkflowTaskStatus.COMPLETED: "green",
    WorkflowTaskStatus.FAILED: "red",
    WorkflowTaskStatus.SKIPPED: "bright_black",
    WorkflowTaskStatus.CANCELLED: "yellow",
}
_MARKS = {
    WorkflowTaskStatus.PENDING: "·",
    WorkflowTaskStatus.RUNNING: "▸",
    WorkflowTaskStatus.COMPLETED: "✔",
    WorkflowTaskStatus.FAILED: "✘",
    WorkflowTaskStatus.SKIPPED: "↷",
    WorkflowTaskStatus.CANCELLED: "∅",
}


def styled(status: ExecutionStatus | WorkflowTaskStatus) -> str:
    """Return a status with its mark and its colour, as markup."""
    seen = status.task_status if isinstance(status, ExecutionStatus) else status
    return f"[{STYLES[seen]}]{_MARKS[seen]} {status}[/]"


def span(duration: timedelta | float) -> str:
    """Return a duration in two units: 45s, 2m 30s, 1h 04m."""
    seconds = round(duration.total_seconds() if isinstance(duration, timedelta) else duration)
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m {seconds % 60:02}s"
    return f"{seconds // 3600}h {seconds % 3600 // 60:02}m"


def number(count: int, style: str = "") -> str:
    """Return a count. Zero is dimmed."""
    if not count:
        return "[bright_black]·[/]"
    return f"[{style}]{count}[/]" if style else str(count)
