"""The options that commands share."""

from pathlib import Path
from typing import Annotated

import typer

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        envvar="DATABASE_URL",
        help="A URL or a connection string. Default: libpq's PG* variables.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Data = Annotated[
    Path | None,
    typer.Option(
        envvar="ATTUNE_STORE_DATA",
        help="The server's data folder.",
        show_default="the platform's folder for application data",
    ),
]
