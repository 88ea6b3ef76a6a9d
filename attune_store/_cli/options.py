"""The options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        envvar="DATABASE_URL",
        help="A URL or libpq's keyword=value form; without one, libpq's PG* variables count.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
Data = Annotated[
    Path | None,
    typer.Option(
        envvar="ATTUNE_STORE_DATA",
        help="The server's data folder.",
        show_default="the platform's folder for application data",
    ),
]
