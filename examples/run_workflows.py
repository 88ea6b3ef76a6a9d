"""Store the workflows of a folder, and run them with simulated workers.

    python examples/run_workflows.py --demo

runs all of them at once in three processes, kills one of the processes, and shows what happened.
Without DATABASE_URL the demo starts its own PostgreSQL.
"""

import os
import signal
import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from demo import report
from demo.people import answer_approvals
from demo.progress import Board
from demo.server import temporary_server
from demo.timeline import timeline
from executor import library
from executor.audit import audit
from executor.clock import Clock
from executor.definition import Definition
from executor.engine import Engine
from executor.processes import Crew, Settings
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel

from attune_store import (
    Repositories,
    Store,
    WorkflowDefinition,
    errors,
)

HERE = Path(__file__).parent


def main(
    demo: Annotated[
        bool, typer.Option("--demo", help="Bring a server along, kill a worker, show it all.")
    ] = False,
    workflows: Annotated[
        Path, typer.Option(help="The folder of the YAML files.", exists=True, file_okay=False)
    ] = HERE / "workflows",
    only: Annotated[list[str] | None, typer.Option(help="Run these alone, by ref.")] = None,
    workers: Annotated[int, typer.Option(help="So many processes.", min=1)] = 3,
    kill: Annotated[
        bool | None, typer.Option(help="Kill a worker halfway (the demo does it).")
    ] = None,
    speed: Annotated[float, typer.Option(help="Seconds of the simulation per second.")] = 360,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 7,
    lease: Annotated[
        float, typer.Option(help="Seconds until the work of a dead worker goes to others.")
    ] = 2,
    chart: Annotated[str | None, typer.Option(help="The workflow to draw, by ref.")] = None,
    limit: Annotated[float, typer.Option(help="Give up after so many seconds.")] = 300,
) -> None:
    """Store the workflows of a folder and run them with simulated workers."""
    console = Console(width=None if sys.stdout.isatty() else 100)
    kill = demo if kill is None else kill
    with _database(console, demo) as conninfo:
        store = Store(conninfo, notify=True, max_size=3)
        store.migrate()
        settings = Settings(conninfo, Clock(speed), seed=seed, lease=timedelta(seconds=lease))
        with Crew(workers, settings) as crew, store:
            stored = _store(store, workflows, only)
            started = [(one.ref, _start(store, settings.clock, one.ref)) for one in stored]
            console.print(
                f"Stored {len(stored)} workflows. {workers} workers run them;"
                f" a second is {speed / 60:.3g} minutes.\n"
            )
            marks = _watch(console, store, crew, settings.clock, started, kill=kill, limit=limit)
            crew.stop()
            with store.autocommit() as repos:
                ok = _show(console, repos, crew, started, marks, chart=chart)
    raise typer.Exit(0 if ok else 1)


@contextmanager
def _database(console: Console, demo: bool) -> Generator[str | None]:
    """Yield the conninfo. None means the default of `Store`."""
    if not demo or "DATABASE_URL" in os.environ:
        yield None
        return
    with ExitStack() as stack:
        with console.status("Starting PostgreSQL"):
            conninfo = stack.enter_context(temporary_server())
        yield conninfo


def _store(store: Store, folder: Path, only: list[str] | None) -> list[WorkflowDefinition]:
    """Store packs, actions and definitions in one transaction, and return the definitions to run."""
    packs = library.read_packs(HERE / "packs.yaml")
    files = [library.read_workflow(path) for path in sorted(folder.glob("*.yaml"))]

    def work(tx: Repositories) -> list[WorkflowDefinition]:
        for pack in packs:
            library.store_pack(tx, pack)
        return [library.store_workflow(tx, file, definition) for file, definition in files]

    stored = store.run(work)
    return [one for one in stored if one.enabled and (not only or one.ref in only)]


def _start(store: Store, clock: Clock, ref: str) -> int:
    """Begin a run with the default parameters, and return its execution."""
    return store.run(lambda tx: Engine(tx, clock.now()).start(ref)).id


def _watch(
    console: Console,
    store: Store,
    crew: Crew,
    clock: Clock,
    started: list[tuple[str, int]],
    *,
    kill: bool,
    limit: float,
) -> list[tuple[datetime, str]]:
    """Show the progress until all runs are over. Answer what is asked, and kill a worker."""
    marks: list[tuple[datetime, str]] = []
    board = Board(console, store, started)
    deadline = time.monotonic() + limit
    with board.progress:
        while board.update():
            answer_approvals(store, clock)
            if died := crew.died():
                console.print(f"[red]{', '.join(died)} died.[/]")
                break
            if time.monotonic() > deadline:
                console.print(f"[red]Not done after {limit:.0f} s.[/]")
                break
            busiest, in_hand = _busiest(store)
            # Wait for a large workflow, so that the worker holds several tasks.
            if kill and not marks and board.share > 0.35 and in_hand > (board.share < 0.6) * 2:
                crew.kill(busiest)
                marks.append((clock.now(), f"{busiest} killed"))
                console.print(f"[magenta]kill -9 {busiest}[/], with {in_hand} tasks in hand")
            time.sleep(0.2)
    return marks


def _busiest(store: Store) -> tuple[str, int]:
    """Return the worker that holds the most tasks, and their number."""
    with store.autocommit() as repos:
        return max(
            (
                (worker.name, len(repos.workflow_task_executions.find_by_worker(worker.id)))
                for worker in repos.workers.list(limit=None)
                if worker.ended_at is None
            ),
            key=lambda found: found[1],
            default=("", 0),
        )


def _show(
    console: Console,
    repos: Repositories,
    crew: Crew,
    started: list[tuple[str, int]],
    marks: list[tuple[datetime, str]],
    *,
    chart: str | None,
) -> bool:
    """Print what is stored and what happened. Return False if a rule does not hold."""
    executions = [execution for _, execution in started]
    for shown in (
        report.packs(repos),
        report.definitions(repos),
        report.runs(repos, executions),
        Columns(
            [report.tasks(repos, executions), report.workers(repos, executions, crew.killed)],
            padding=(0, 4),
        ),
    ):
        console.print()
        console.print(shown)
    console.print()
    drawn = _to_draw(repos, started, chart)
    if drawn is not None:
        ref, execution = drawn
        picture = timeline(repos, execution, width=console.width - 4, marks=marks)
        console.print(Panel(picture, title=f"[bold]{ref}[/]", title_align="left"))
    findings = [finding for execution in executions for finding in audit(repos, execution)]
    for finding in findings:
        console.print(f"[red]✘ run {finding.run}: {finding.text}[/]")
    if not findings:
        console.print("[green]✔[/] Every task was recorded once, and every run is complete.")
    if "DATABASE_URL" in os.environ and drawn is not None:
        console.print(f"  To look closer: [bold]attune-store show {drawn[1]}[/]")
    return not findings


def _to_draw(
    repos: Repositories, started: list[tuple[str, int]], chart: str | None
) -> tuple[str, int] | None:
    """Return the requested run, or one with other workflows in it, or the first one."""
    if chart is not None:
        return next((one for one in started if one[0] == chart), None)
    workflows = {action.ref for action in repos.actions.find_workflows(limit=None)}
    for one in started:
        run = repos.workflow_executions.find_by_execution(one[1])
        if run is not None:
            tasks = Definition.model_validate(run.task_graph).tasks.values()
            if any(task.action in workflows for task in tasks):
                return one
    return started[0] if started else None


def terminate(number: int, frame: FrameType | None) -> None:
    """End as after Ctrl-C, so that nothing is left behind."""
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, terminate)
    try:
        typer.run(main)
    except errors.StoreError as error:
        sys.exit(f"attune-store: {error}")
