"""Draw a run as a Gantt chart in the terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from executor.definition import Definition
from executor.runs import LED_TO
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from attune_store import (
    Repositories,
    WorkflowExecution,
    WorkflowTaskExecution,
    WorkflowTaskStatus,
)

from .look import STYLES, span, styled

_LEVELS = " ▁▂▃▄▅▆▇█"
_STEPS = [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400]


@dataclass(frozen=True)
class _Row:
    """A task of the chart."""

    name: str
    depth: int
    kind: str
    ready: datetime
    spans: list[tuple[datetime, datetime]]
    status: WorkflowTaskStatus
    notes: list[str]

    @property
    def start(self) -> datetime:
        return min(start for start, _ in self.spans)

    @property
    def end(self) -> datetime:
        return max(end for _, end in self.spans)


@dataclass(frozen=True)
class _Scale:
    """Converts time to columns."""

    start: datetime
    end: datetime
    width: int

    def column(self, moment: datetime) -> int:
        share = (moment - self.start) / (self.end - self.start)
        return min(max(int(share * self.width), 0), self.width - 1)

    def moment(self, column: float) -> datetime:
        return self.start + (self.end - self.start) * (column / self.width)


def timeline(
    repos: Repositories,
    execution_id: int,
    *,
    width: int,
    marks: Sequence[tuple[datetime, str]] = (),
) -> RenderableType:
    """Return the chart of the workflow that this execution ran, with the workflows in it."""
    run = repos.workflow_executions.find_by_execution(execution_id)
    rows = [] if run is None else list(_rows(repos, run, 0, None))
    if not rows:
        return Text("nothing has run", style="bright_black")
    labels = max(len(row.name) + 2 * row.depth for row in rows)
    notes = max(len(Text.from_markup(_note(row)).plain) for row in rows)
    scale = _Scale(
        min(row.ready for row in rows),
        max(row.end for row in rows) + timedelta(seconds=1),
        max(width - labels - notes - 6, 20),
    )
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="left")
    table.add_row("", _axis(scale), "")
    for moment, text in marks:
        if scale.start <= moment <= scale.end:
            table.add_row("", _mark(scale, moment, text), "")
    for row in rows:
        label = Text("  " * row.depth + row.name, style="bold" if row.kind == "workflow" else "")
        table.add_row(label, _bar(row, scale), Text.from_markup(_note(row)))
    return Group(table, Text(), _legend())


def _rows(
    repos: Repositories, run: WorkflowExecution, depth: int, ready: datetime | None
) -> Iterator[_Row]:
    definition = Definition.model_validate(run.task_graph)
    tasks: dict[str, list[WorkflowTaskExecution]] = {}
    for task in repos.workflow_task_executions.find_by_workflow_execution(run.id):
        if task.started_at is not None and task.completed_at is not None:
            tasks.setdefault(task.task_name, []).append(task)
    if not tasks:
        return
    begin = ready or min(_started(items[0]) for items in tasks.values())
    led_to = run.variables.get(LED_TO)
    led_to = led_to if isinstance(led_to, dict) else {}
    for name, items in sorted(tasks.items(), key=lambda pair: min(map(_started, pair[1]))):
        before = [
            max(map(_ended, tasks[one]))
            for one, targets in led_to.items()
            if isinstance(targets, list) and name in targets and one in tasks
        ]
        spec = definition.tasks[name]
        latest = max(before) if before and spec.join == "all" else min(before, default=begin)
        first = min(map(_started, items))
        inner = repos.workflow_executions.find_by_execution(items[0].execution)
        kind = "workflow" if inner else "items" if spec.with_items is not None else "task"
        worst = max(items, key=lambda item: item.status.task_status != "completed")
        yield _Row(
            name=name,
            depth=depth,
            kind="approval" if spec.approval else kind,
            ready=min(latest, first),
            spans=[(_started(item), _ended(item)) for item in items],
            status=worst.status.task_status,
            notes=_notes(items, kind),
        )
        if inner is not None:
            yield from _rows(repos, inner, depth + 1, first)


def _started(task: WorkflowTaskExecution) -> datetime:
    assert task.started_at is not None
    return task.started_at


def _ended(task: WorkflowTaskExecution) -> datetime:
    assert task.completed_at is not None
    return task.completed_at


def _notes(items: Sequence[WorkflowTaskExecution], kind: str) -> list[str]:
    notes = [f"{len(items)} items"] if kind == "items" else []
    if retries := sum(item.retry_count for item in items):
        notes.append(f"[yellow]↻ {retries}[/]")
    if any(item.timed_out for item in items):
        notes.append("[red]timed out[/]")
    return notes


def _note(row: _Row) -> str:
    ended = [] if row.status is WorkflowTaskStatus.COMPLETED else [styled(row.status)]
    return " ".join([span(row.end - row.start), *ended, *row.notes])


def _bar(row: _Row, scale: _Scale) -> Text:
    first, last = scale.column(row.start), scale.column(row.end)
    waited = scale.column(row.ready)
    bar = Text(" " * waited)
    bar.append("┄" * (first - waited), style="bright_black")
    style = STYLES[row.status]
    match row.kind:
        case "items":
            bar.append(_density(row, scale, first, last), style=style)
        case "workflow":
            bar.append("╺" + "─" * max(last - first - 1, 0) + "╸", style=style)
        case "approval":
            bar.append("▒" * (last - first + 1), style="yellow")
        case _:
            bar.append("━" * (last - first + 1), style=style)
    return bar


def _density(row: _Row, scale: _Scale, first: int, last: int) -> str:
    """Return how many items ran at once, column by column."""
    counts = [
        sum(
            start < scale.moment(column + 1) and end > scale.moment(column)
            for start, end in row.spans
        )
        for column in range(first, last + 1)
    ]
    most = max(counts)
    return "".join(_LEVELS[-(-count * 8 // most)] for count in counts)


def _axis(scale: _Scale) -> Text:
    total = (scale.end - scale.start).total_seconds()
    step = next((step for step in _STEPS if total / step * 9 <= scale.width), _STEPS[-1])
    line = [" "] * scale.width
    for second in range(0, int(total) + 1, step):
        column = scale.column(scale.start + timedelta(seconds=second))
        label = f"╷{_tick(second)}"
        if column + len(label) <= scale.width:
            line[column : column + len(label)] = label
    return Text("".join(line), style="bright_black")


def _tick(seconds: int) -> str:
    if seconds % 3600 == 0 and seconds:
        return f"{seconds // 3600}h"
    return f"{seconds // 60}m" if seconds % 60 == 0 else f"{seconds}s"


def _mark(scale: _Scale, moment: datetime, text: str) -> Text:
    column = scale.column(moment)
    if column + len(text) + 2 > scale.width:
        return Text(f"{text} ▾".rjust(column + 1), style="magenta")
    return Text(" " * column + f"▾ {text}", style="magenta")


def _legend() -> Text:
    return Text.from_markup(
        "[green]━[/] task  [green]▂▅█[/] items at once  [green]╺─╸[/] sub-workflow  "
        "[yellow]▒[/] asks a person  [bright_black]┄ waits or tries[/]  [yellow]↻[/] retries"
    )
