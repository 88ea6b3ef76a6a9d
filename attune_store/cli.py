"""The command line, `attune-store`."""

import dataclasses
import json
import os
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import psycopg
import typer
from psycopg import IsolationLevel
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from attune_store import errors
from attune_store._conninfo import resolve_conninfo
from attune_store._show import Picture, render
from attune_store._sync.migrate import read_progress
from attune_store._sync.repositories import Repositories
from attune_store._sync.store import Store
from attune_store._translate import translating

app = typer.Typer(
    name="attune-store",
    help="The typed PostgreSQL layer of the Attune workflow platform.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
server = typer.Typer(
    help="A PostgreSQL server of your own, for development (the `embedded` extra).",
    no_args_is_help=True,
)
app.add_typer(server, name="server")

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


@app.command()
def migrate(
    database_url: DatabaseUrl = None,
    down: Annotated[int, typer.Option(min=0, help="Take back this many instead.")] = 0,
) -> None:
    """Bring the database to the newest schema."""
    with _reporting():
        names = Store(database_url).migrate(down=down)
    for name in names:
        _console().print(f"{'took back' if down else 'applied'} {name}", highlight=False)
    if not names:
        _console().print("nothing to do")


@app.command()
def status(database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """List the migrations, and which of them the database has."""
    with _reporting(), _connection(database_url) as conn:
        progress = read_progress(conn)
    states = [
        *(("applied", migration.name) for migration in progress.applied),
        *(("pending", migration.name) for migration in progress.pending),
        *(("unknown", version) for version in progress.unknown),
    ]
    if as_json:
        _print_json([{"migration": name, "state": state} for state, name in states])
        return
    table = Table("migration", "state")
    for state, name in states:
        style = {"applied": "green", "pending": "yellow", "unknown": "red"}[state]
        table.add_row(name, f"[{style}]{state}")
    _console().print(table)


@app.command()
def check(
    database_url: DatabaseUrl = None,
    severity: Annotated[
        errors.Severity, typer.Option(help="Fail for differences of this severity and worse ones.")
    ] = errors.Severity.HARMLESS,
    as_json: Json = False,
) -> None:
    """Compare the live schema with the one that the code was generated from.

    Exits with 0 if nothing of the severity or worse differs, 1 if something does, 2 if the
    comparison was not possible.
    """
    with _reporting(2):
        try:
            differences = Store(database_url).check(severity=severity)
            failed = False
        except errors.SchemaDriftError as exc:
            if not exc.differences:
                raise
            differences, failed = list(exc.differences), True
    if as_json:
        _print_json(
            {
                "ok": not failed,
                "severity": severity,
                "differences": [dataclasses.asdict(difference) for difference in differences],
            }
        )
    elif differences:
        _console().print(_differences(differences))
    else:
        _console().print("[green]the live schema is the one that the code was generated from")
    raise typer.Exit(1 if failed else 0)


@app.command()
def show(
    execution_id: Annotated[int, typer.Argument(help="The id of the parent execution.")],
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Show an execution and, if it runs a workflow, how far that is and what its tasks did."""
    with _reporting(), _connection(database_url) as conn:
        conn.isolation_level = IsolationLevel.REPEATABLE_READ
        conn.read_only = True
        with conn.transaction():
            picture = Picture.read(Repositories(conn), execution_id)
    if as_json:
        _print_json(picture.as_json())
    else:
        _console().print(*render(picture), sep="\n")


@server.command()
def start(data: Data = None) -> None:
    """Start the server if it does not run, and print its URL."""
    with _embedded() as embedded:
        typer.echo(embedded.start(data or embedded.default_data()))


@server.command()
def stop(data: Data = None) -> None:
    """Stop the server; its data stay."""
    with _embedded() as embedded:
        stopped = embedded.stop(data or embedded.default_data())
    _console().print("stopped" if stopped else "the server was not running")


@server.command()
def url(data: Data = None) -> None:
    """Print the URL of the running server."""
    with _embedded() as embedded:
        data = data or embedded.default_data()
        if not embedded.is_running(data):
            _fail("the server does not run; start it with: attune-store server start")
        typer.echo(embedded.start(data))


def _differences(differences: list[errors.Difference]) -> Table:
    table = Table(show_lines=True)
    for heading in "severity", "object", "expected", "found", "touches", "what to do":
        table.add_column(heading, overflow="fold")
    styles = {
        errors.Severity.BREAKING: "red",
        errors.Severity.RISKY: "yellow",
        errors.Severity.HARMLESS: "dim",
    }
    for difference in differences:
        table.add_row(
            f"[{styles[difference.severity]}]{difference.severity}",
            escape(difference.object),
            escape(difference.expected or "-"),
            escape(difference.found or "-"),
            escape(_shortened(difference.touches)),
            escape(difference.remedy),
        )
    return table


def _shortened(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr)
    # A file or a pipe has no width; tables need one.
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 200
    return console


def _print_json(document: Any) -> None:
    typer.echo(json.dumps(document, indent=2))


def _fail(message: str, code: int = 1) -> NoReturn:
    _console(stderr=True).print(f"[red]error:[/] {escape(message)}", highlight=False)
    raise typer.Exit(code)


@contextmanager
def _reporting(code: int = 1) -> Generator[None]:
    """End with a message instead of a traceback."""
    try:
        yield
    except errors.StoreError as exc:
        message = "\n".join([str(exc), *getattr(exc, "__notes__", [])])
        if isinstance(exc, errors.UnavailableError) and exc.__cause__ is not None:
            message += f"\n{exc.__cause__}"
        _fail(message, code)


@contextmanager
def _connection(database_url: str | None) -> Generator[psycopg.Connection[Any]]:
    with translating():
        conn = psycopg.connect(resolve_conninfo(database_url), prepare_threshold=None)
    with conn:
        yield conn


@contextmanager
def _embedded() -> Generator[Any]:
    try:
        from attune_store import _embedded
    except ImportError:
        _fail('this needs the embedded server: pip install "attune-store[embedded]"')
    try:
        yield _embedded
    except (OSError, ValueError, subprocess.SubprocessError) as exc:
        _fail(str(exc))


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
