"""The output and the errors of the commands."""

import json
import os
from collections.abc import Collection, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal, NoReturn

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.table import Table

from attune_store import errors
from attune_store._printable import printable


def console(*, stderr: bool = False) -> Console:
    """Return a console on stdout or stderr, or on the stream that replaces it."""
    console = Console(stderr=stderr)
    # A file or a pipe has no width, but tables need one.
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 200
    return console


def shown(text: str) -> str:
    """Return the text without markup or control characters that rich or the terminal would interpret."""
    return escape(printable(text))


def cell(text: str) -> str:
    """Return the text unchanged, on one line."""
    return shown(text).replace("\n", "\\n")


def moment(moment: datetime | None) -> str:
    """Return the time to the second, in UTC."""
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def columns(*headings: str, right: Collection[str] = (), long: Collection[str] = ()) -> Table:
    """Return a table that cuts nothing off.

    Text that is too long in a `long` column continues in the next line.
    """
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in headings:
        justify: Literal["left", "right"] = "right" if heading in right else "left"
        table.add_column(heading, overflow="fold", justify=justify, no_wrap=heading not in long)
    return table


def facts() -> Table:
    """Return a table of names and values."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def print_apart(*parts: RenderableType) -> None:
    """Print the parts with a blank line between them."""
    for number, part in enumerate(parts):
        console().print(*([""] if number else []), part, sep="\n")


def counted(count: int, noun: str) -> str:
    """Return the number with its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def print_json(document: Any) -> None:
    """Print a document for a program, in ASCII."""
    typer.echo(json.dumps(document, indent=2))


def fail(message: str, code: int = 1, *, as_json: bool = False, **details: object) -> NoReturn:
    """Print an error, for a program, too, and exit."""
    if as_json:
        print_json({"error": message, **details})
    print_error(message)
    raise typer.Exit(code)


def print_error(message: str) -> None:
    """Print an error for people."""
    console(stderr=True).print(f"[red]error:[/] {shown(message)}", highlight=False, soft_wrap=True)


@contextmanager
def reporting(code: int = 1, *, as_json: bool = False) -> Generator[None]:
    """Print a message instead of a traceback."""
    try:
        yield
    except errors.StoreError as exc:
        fail(in_words(exc), code, as_json=as_json, **details(exc))


def details(exc: errors.StoreError) -> dict[str, object]:
    """Return the attributes of the error, for a program."""
    return {"kind": type(exc).__name__, "retryable": exc.retryable, "sqlstate": exc.sqlstate}


def in_words(exc: errors.StoreError) -> str:
    """Return the message of the error, with the details of its cause."""
    message = "\n".join([str(exc), *getattr(exc, "__notes__", [])])
    if isinstance(exc, errors.UnavailableError) and exc.__cause__ is not None:
        message += f"\n{exc.__cause__}".replace("\t", "  ")
    return message
