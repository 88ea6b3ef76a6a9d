"""The commands about migrations and the schema."""

import dataclasses
import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

import attune_store
from attune_store import errors
from attune_store._cli.database import connection
from attune_store._cli.options import DatabaseUrl, Json
from attune_store._cli.output import (
    console,
    fail,
    in_words,
    print_json,
    reporting,
    shown,
)


def migrate(
    database_url: DatabaseUrl = None,
    down: Annotated[int, typer.Option(min=0, help="Revert this many of the last migrations.")] = 0,
    adopt: Annotated[
        bool,
        typer.Option(
            "--adopt", help="Mark all as applied, in a database that has the schema already."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Revert without asking.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the SQL instead of running it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Bring the database to the newest schema.

    A database that is newer than this code is not changed.
    """
    from attune_store._sync.migrate import as_script, checked_steps, read_progress

    if adopt and (down or dry_run):
        fail("--adopt can't be used with --down or --dry-run", code=2, as_json=as_json)
    if adopt:
        with reporting(as_json=as_json):
            names = attune_store.Store(database_url).migrate(adopt=True)
        _print_done("adopted", names, as_json=as_json)
        return
    with reporting(as_json=as_json), connection(database_url) as conn:
        progress = read_progress(conn)
        steps = checked_steps(progress, down)
    if dry_run:
        script = as_script(steps, down=bool(down)) if steps else ""
        if as_json:
            print_json({"sql": script})
        elif script:
            typer.echo(script)
        return
    if down and steps and not yes:
        _confirm([migration.name for migration in steps], as_json=as_json)
    with reporting(as_json=as_json):
        names = attune_store.Store(database_url).migrate(down=down)
    if progress.is_newer:
        unknown = ", ".join(progress.unknown)
        message = f"the database is newer than this code: it has also the migrations {unknown}"
        console(stderr=True).print(shown(message), highlight=False)
    _print_done("reverted" if down else "applied", names, as_json=as_json)


def status(database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """List the migrations and whether they are applied."""
    from attune_store._sync.migrate import read_progress

    with reporting(as_json=as_json), connection(database_url) as conn:
        progress = read_progress(conn)
    states = [
        *(("applied", migration.name) for migration in progress.applied),
        *(("pending", migration.name) for migration in progress.pending),
        *(("unknown", version) for version in progress.unknown),
    ]
    if as_json:
        print_json([{"migration": name, "state": state} for state, name in states])
        return
    table = Table("migration", "state")
    for state, name in states:
        style = {"applied": "green", "pending": "yellow", "unknown": "red"}[state]
        table.add_row(shown(name), f"[{style}]{state}")
    console().print(table)


def check(
    database_url: DatabaseUrl = None,
    severity: Annotated[
        errors.Severity, typer.Option(help="Fail on differences of this severity or worse.")
    ] = errors.Severity.HARMLESS,
    as_json: Json = False,
) -> None:
    """Compare the schema of the database with that of the code.

    Exits with 0 if nothing of the severity or worse differs, 1 if something does, 2 if the
    comparison was not possible.
    """
    differences: Sequence[errors.Difference] = ()
    error: str | None = None
    failed = True
    try:
        differences, failed = attune_store.Store(database_url).check(severity=severity), False
    except errors.StoreError as exc:
        differences = getattr(exc, "differences", ())
        error = None if differences else in_words(exc)
    if as_json:
        print_json(
            {
                "ok": not failed,
                "severity": severity,
                "differences": [dataclasses.asdict(difference) for difference in differences],
                **({"error": error} if error else {}),
            }
        )
    elif differences:
        console().print(_differences(differences))
    elif not failed:
        console().print("[green]the schema of the database is that of the code")
    if error:
        fail(error, code=2)
    raise typer.Exit(1 if failed else 0)


def _print_done(what: str, names: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        print_json({what: list(names)})
        return
    for name in names:
        console().print(f"{what} {name}", highlight=False)
    if not names:
        console().print("nothing to do")


def _confirm(names: Sequence[str], *, as_json: bool) -> None:
    """Ask whether to revert the migrations; exit with status 2 without a terminal."""
    question = f"Revert {', '.join(names)}? This drops what they created, with its data."
    if as_json or not sys.stdin.isatty():
        message = f"{question} Without a terminal, or with --json, this needs --yes"
        fail(message, code=2, as_json=as_json)
    typer.confirm(question, abort=True)


def _differences(differences: Sequence[errors.Difference]) -> Table:
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
            shown(difference.object),
            shown(difference.expected or "-"),
            shown(difference.found or "-"),
            shown(_shortened(difference.touches)),
            shown(difference.remedy),
        )
    return table


def _shortened(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
