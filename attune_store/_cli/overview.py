"""The commands that show many executions."""

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from attune_queries.enums import ExecutionStatus
from rich.console import RenderableType

from attune_store._cli.database import snapshot
from attune_store._cli.options import DatabaseUrl, Json
from attune_store._cli.output import (
    cell,
    columns,
    console,
    facts,
    moment,
    print_apart,
    print_json,
    reporting,
)
from attune_store._cli.spans import ago, since, span_option

if TYPE_CHECKING:
    from attune_store._sync.work import Work

_REASONS = {
    "lost": "its worker was lost",
    "overdue": "past its timeout",
    "idle": "no worker holds it",
    "undecided": "all tasks have ended",
}


def work(
    database_url: DatabaseUrl = None,
    idle_for: Annotated[
        timedelta, span_option("Time without a change after which an execution counts as stuck.")
    ] = timedelta(hours=1),
    limit: Annotated[
        int, typer.Option(min=0, help="Maximum number of workers and of stuck executions.")
    ] = 20,
    as_json: Json = False,
) -> None:
    """Show the number of rows per status, the workers, and what is stuck."""
    from attune_store._sync.work import read_work

    with reporting(as_json=as_json), snapshot(database_url) as conn:
        found = read_work(conn, unchanged_since=ago(idle_for), limit=limit)
    if as_json:
        print_json(_as_json(found))
    else:
        print_apart(_counts(found), _waiting(found), *_tables(found))


def list_(
    database_url: DatabaseUrl = None,
    status: Annotated[
        list[ExecutionStatus] | None, typer.Option(help="Status; may be repeated.")
    ] = None,
    worker: Annotated[
        int | None, typer.Option(help="Id of the worker that holds the execution or its task.")
    ] = None,
    older_than: Annotated[
        timedelta | None, span_option("Minimum age, such as 30d or 1h30m.")
    ] = None,
    definition: Annotated[str | None, typer.Option(help="Ref of the workflow definition.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of executions.")] = 50,
    as_json: Json = False,
) -> None:
    """List executions, newest first."""
    from attune_store._sync.work import search_executions

    with reporting(as_json=as_json), snapshot(database_url) as conn:
        found = search_executions(
            conn,
            statuses=status or None,
            worker=worker,
            created_before=None if older_than is None else ago(older_than),
            definition=definition,
            limit=limit,
        )
    if as_json:
        print_json([row.model_dump(mode="json", exclude={"config", "result"}) for row in found])
        return
    table = columns("id", "action", "status", "worker", "created (UTC)", long=["action"])
    for row in found:
        table.add_row(
            str(row.id),
            cell(row.action_ref),
            row.status,
            "" if row.worker is None else str(row.worker),
            moment(row.created),
        )
    console().print(table)


def _as_json(found: "Work") -> dict[str, Any]:
    return {
        "counts": {
            name: {status: asdict(counts[status]) for status in ExecutionStatus}
            for name, counts in found.counts.items()
        },
        "oldest_waiting": found.oldest_waiting and found.oldest_waiting.model_dump(mode="json"),
        "due_retries": found.due_retries.model_dump(mode="json"),
        "workers": [worker.model_dump(mode="json") for worker in found.workers],
        "stuck": [execution.model_dump(mode="json") for execution in found.stuck],
    }


def _counts(found: "Work") -> RenderableType:
    tables = ("executions", "workflow runs", "tasks")
    table = columns("status", *tables, right=tables)
    for status in ExecutionStatus:
        counts = [of_table[status] for of_table in found.counts.values()]
        if any(one.count for one in counts):
            table.add_row(status, *(f"{'' if one.exact else '~'}{one.count:,}" for one in counts))
    return table


def _waiting(found: "Work") -> RenderableType:
    oldest, due = found.oldest_waiting, found.due_retries
    known = facts()
    known.add_row(
        "oldest waiting",
        "nothing waits"
        if oldest is None
        else f"execution {oldest.id}, {cell(oldest.action_ref)}, for {since(oldest.since)}",
    )
    known.add_row(
        "due retries",
        str(due.count) if due.since is None else f"{due.count}, the first for {since(due.since)}",
    )
    living = sum(worker.lives for worker in found.workers)
    known.add_row("workers", f"{living} alive, {len(found.workers) - living} lost")
    known.add_row("stuck", str(len(found.stuck)))
    return known


def _tables(found: "Work") -> list[RenderableType]:
    workers = columns("worker", "name", "lease (UTC)", "executions", "tasks", long=["name"])
    for worker in found.workers:
        workers.add_row(
            str(worker.id),
            cell(worker.name),
            f"{'ends' if worker.lives else 'ended'} {moment(worker.lease_ends_at)}",
            str(worker.executions),
            str(worker.tasks),
        )
    stuck = columns("stuck", "action", "status", "why", "for", long=["action"])
    for row in found.stuck:
        stuck.add_row(
            str(row.id), cell(row.action_ref), row.status, _REASONS[row.reason], since(row.since)
        )
    return [table for table in (workers, stuck) if table.row_count]
