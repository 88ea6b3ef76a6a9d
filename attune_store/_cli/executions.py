"""The commands about executions."""

from typing import Annotated

import typer

import attune_store
from attune_store._cli.options import DatabaseUrl, Json
from attune_store._cli.output import connection, console, print_json, reporting


def show(
    execution_id: Annotated[int, typer.Argument(help="The id of the parent execution.")],
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Show an execution and, if it runs a workflow, how far that is and what its tasks did."""
    from psycopg import IsolationLevel

    from attune_store._cli.picture import Picture, render

    with reporting(), connection(database_url) as conn:
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        with conn.transaction():
            picture = Picture.read(attune_store.Repositories(conn), execution_id)
    if as_json:
        print_json(picture.as_json())
    else:
        console().print(*render(picture), sep="\n")
