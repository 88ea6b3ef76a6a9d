"""A progress bar for each run."""

from collections.abc import Sequence
from dataclasses import dataclass

from executor.runs import definition_of, kept_inputs_of
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn

from attune_store import Repositories, Store, WorkflowExecution

from .look import styled


@dataclass
class _Line:
    execution: int
    bar: TaskID
    over: bool = False
    share: float = 0


class Board:
    """Shows the progress of the runs. Without a terminal it prints how they ended, once."""

    def __init__(self, console: Console, store: Store, runs: Sequence[tuple[str, int]]) -> None:
        self._store = store
        self.progress = Progress(
            TextColumn("[bold]{task.description}"),
            BarColumn(bar_width=30),
            TaskProgressColumn(),
            TextColumn("{task.fields[state]}"),
            console=console,
        )
        self._lines = [
            _Line(execution, self.progress.add_task(ref, total=1, state="· requested"))
            for ref, execution in runs
        ]

    @property
    def share(self) -> float:
        """Return the share of all work that is done, from 0 to 1."""
        return sum(line.share for line in self._lines) / len(self._lines)

    def update(self) -> bool:
        """Look at the runs. Return False when all are over."""
        with self._store.autocommit() as repos:
            for line in self._lines:
                if not line.over:
                    self._update(repos, line)
        return not all(line.over for line in self._lines)

    def _update(self, repos: Repositories, line: _Line) -> None:
        run = repos.workflow_executions.find_by_execution(line.execution)
        if run is None:
            execution = repos.executions.get_by_id(line.execution)
            line.over, state = execution.status.is_terminal, styled(execution.status)
        else:
            line.over, state = run.status.is_terminal, _state(run)
            line.share = 1 if line.over else _share(repos, run)
        self.progress.update(line.bar, completed=line.share, state=state)


def _share(repos: Repositories, run: WorkflowExecution) -> float:
    """Return the share of the tasks that are over; for a task with items, the share of its items."""
    over = len(run.completed_tasks) + len(run.failed_tasks) + len(run.skipped_tasks)
    share = float(over)
    for name in run.current_tasks:
        rows = repos.workflow_task_executions.find_by_task_name(run.id, name)
        ended = sum(row.status.is_terminal and row.next_retry_at is None for row in rows)
        share += ended / max(len(rows), len(kept_inputs_of(run, name)))
    return min(share / len(definition_of(run).tasks), 0.99)


def _state(run: WorkflowExecution) -> str:
    if run.paused:
        return f"[yellow]⏸ {escape(run.pause_reason or '')}[/]"
    if run.status.is_terminal:
        return styled(run.status)
    return f"[cyan]{escape(', '.join(run.current_tasks))}[/]"
