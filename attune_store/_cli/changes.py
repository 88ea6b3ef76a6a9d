"""The commands that change executions."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import TYPE_CHECKING, Annotated, Any

import typer
from attune_queries.enums import ExecutionStatus

from attune_store import errors
from attune_store._cli.database import snapshot, store
from attune_store._cli.options import DatabaseUrl, Json
from attune_store._cli.output import (
    console,
    counted,
    details,
    in_words,
    print_error,
    print_json,
    reporting,
)
from attune_store._cli.spans import ago, span_option

if TYPE_CHECKING:
    import psycopg

    from attune_store import Execution, Repositories

_TREES = 10  # of a hundred executions each, for example

ExecutionIds = Annotated[list[int], typer.Argument(help="The ids of executions.", min=1)]


def cancel(
    execution_ids: ExecutionIds, database_url: DatabaseUrl = None, as_json: Json = False
) -> None:
    """Cancel executions and all below them."""
    _change(_cancel, execution_ids, database_url, as_json)


def requeue(
    execution_ids: ExecutionIds, database_url: DatabaseUrl = None, as_json: Json = False
) -> None:
    """Requeue executions that failed or that no worker holds."""
    _change(_requeue, execution_ids, database_url, as_json)


def prune(
    older_than: Annotated[
        timedelta, span_option("Minimum time since the end, such as 30d or 12h.")
    ],
    database_url: DatabaseUrl = None,
    status: Annotated[
        list[ExecutionStatus] | None, typer.Option(help="Final status; may be repeated.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    as_json: Json = False,
) -> None:
    """Delete old executions, with all below them.

    A tree is kept while a part of it has not ended.
    """
    finished_before = ago(older_than)
    statuses = status or [one for one in ExecutionStatus if one.is_terminal]
    with reporting(as_json=as_json):
        if dry_run:
            count = _count_prunable(database_url, finished_before, statuses)
        else:
            count = _prune(database_url, finished_before, statuses)
    if as_json:
        print_json({"executions": count, "dry_run": dry_run})
    else:
        typer.echo(f"{'would delete' if dry_run else 'deleted'} {counted(count, 'execution')}")


def _change(
    change: "Callable[[Repositories, int], Execution]",
    execution_ids: list[int],
    database_url: str | None,
    as_json: bool,
) -> None:
    """Change each execution in a transaction of its own. Exit with 1 if one could not be changed."""
    outcomes: list[dict[str, Any]] = []
    with reporting(as_json=as_json), store(database_url) as opened:
        for id in execution_ids:
            try:
                with opened.transaction() as repositories:
                    status = change(repositories, id).status
            except errors.StoreError as exc:
                outcomes.append({"id": id, "error": in_words(exc), **details(exc)})
                print_error(f"execution {id}: {in_words(exc)}")
                if not isinstance(exc, errors.NotFoundError | errors.ConflictError):
                    break  # The others would fail, too.
            else:
                outcomes.append({"id": id, "status": status})
                if not as_json:
                    typer.echo(f"execution {id} is {status}")
    if as_json:
        print_json(outcomes)
    raise typer.Exit(1 if any("error" in one for one in outcomes) else 0)


def _cancel(repositories: "Repositories", id: int) -> "Execution":
    return repositories.executions.cancel(id)


def _requeue(repositories: "Repositories", id: int) -> "Execution":
    """Requeue the execution, or the task that it runs, which changes the execution, too."""
    task = repositories.workflow_task_executions.find_by_execution(id)
    if task is None:
        return repositories.executions.requeue(id)
    repositories.workflow_task_executions.requeue(task.id)
    return repositories.executions.get_by_id(id)


def _count_prunable(
    database_url: str | None, finished_before: datetime, statuses: list[ExecutionStatus]
) -> int:
    from attune_store._sync.work import count_prunable

    with snapshot(database_url) as conn:
        return count_prunable(conn, finished_before=finished_before, statuses=statuses)


def _prune(
    database_url: str | None, finished_before: datetime, statuses: list[ExecutionStatus]
) -> int:
    """Delete in batches, and show the progress."""
    from rich.progress import MofNCompleteColumn, Progress

    screen = console(stderr=True)
    total = _count_prunable(database_url, finished_before, statuses) if screen.is_terminal else None
    deleted = 0
    bar = Progress(
        *Progress.get_default_columns(),
        MofNCompleteColumn(),
        console=screen,
        disable=not screen.is_terminal,
    )
    with store(database_url) as opened, opened.autocommit() as repositories, bar:
        shown = bar.add_task("deleting", total=total)
        for count in _batches(repositories.connection, finished_before, statuses):
            deleted += count
            bar.update(shown, completed=deleted)
    return deleted


def _batches(
    conn: "psycopg.Connection[Any]", finished_before: datetime, statuses: list[ExecutionStatus]
) -> Iterator[int]:
    """Delete a few trees in a transaction, then pause for as long as that took."""
    from attune_store import _arguments as arguments
    from attune_store._sync.pruning import prune_batch
    from attune_store._translate import translating

    allowed, batch = arguments.terminal_statuses(statuses), None
    while batch is None or batch.last_id is not None:
        begun = monotonic()
        with translating(conn):
            batch = prune_batch(
                conn, finished_before=finished_before, statuses=allowed, limit=_TREES, after=batch
            )
        yield batch.executions
        sleep(monotonic() - begun)
