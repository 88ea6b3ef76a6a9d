"""The commands that show one execution."""

from typing import Annotated

import typer

import attune_store
from attune_store._cli.database import snapshot, store
from attune_store._cli.options import DatabaseUrl, Json
from attune_store._cli.output import print_apart, print_json, reporting

ExecutionId = Annotated[int, typer.Argument(help="The id of the execution.", min=1)]


def show(
    execution_id: ExecutionId,
    database_url: DatabaseUrl = None,
    show_config: Annotated[
        bool, typer.Option("--show-config", help="Show the config, too. It may hold secrets.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show an execution and, if it runs a workflow, its tasks."""
    from attune_store._cli.picture import Picture, render

    with reporting(as_json=as_json), snapshot(database_url) as conn:
        picture = Picture.read(attune_store.Repositories(conn), execution_id)
    if as_json:
        print_json(picture.as_json(config=show_config))
    else:
        print_apart(*render(picture, config=show_config))


def tail(
    execution_id: ExecutionId,
    database_url: DatabaseUrl = None,
    interval: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Seconds between two queries.")
    ] = 1.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document per line.")
    ] = False,
) -> None:
    """Follow an execution, and its tasks if it runs a workflow, until it ends.

    Exits with 0 if it completed, 1 if it ended in another way.
    """
    from attune_store._cli.following import follow

    with reporting(as_json=as_json), store(database_url) as opened:
        status = None
        for event in follow(opened, execution_id, interval):
            typer.echo(event.as_json() if as_json else event.as_line())
            status = event.status if event.task is None else status
    raise typer.Exit(0 if status == "completed" else 1)
