"""The commands, in the order of the help."""

from typing import Annotated

import typer

from attune_store import __version__
from attune_store._cli import changes, executions, overview, schema, server

app = typer.Typer(
    name="attune-store",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)
embedded = typer.Typer(
    help="Run a PostgreSQL server for development (extra: embedded).",
    no_args_is_help=True,
)
app.command()(schema.migrate)
app.command()(schema.status)
app.command()(schema.check)
app.command()(overview.work)
app.command("list")(overview.list_)
app.command()(executions.show)
app.command()(executions.tail)
app.command()(changes.cancel)
app.command()(changes.requeue)
app.command()(changes.prune)
app.add_typer(embedded, name="server")
embedded.command()(server.start)
embedded.command()(server.stop)
embedded.command()(server.url)
embedded.command(context_settings=server.PASS_ON)(server.psql)
embedded.command(context_settings=server.PASS_ON)(server.dump)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"attune-store {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Set up, watch and steer the typed PostgreSQL layer of the Attune workflow platform."""
