"""The command line, `attune-store`, and the options that its commands share."""

from typing import Annotated

import typer

app = typer.Typer(
    name="attune-store",
    help="The typed PostgreSQL layer of the Attune workflow platform.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        envvar="DATABASE_URL",
        help="A URL or libpq's keyword=value form; without one, libpq's PG* variables count.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
