"""How the commands connect, print and fail."""

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from attune_store import errors
from attune_store._printable import printable

if TYPE_CHECKING:
    import psycopg


def console(*, stderr: bool = False) -> Console:
    console = Console(stderr=stderr)
    # A file or a pipe has no width; tables need one.
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = 200
    return console


def shown(text: str) -> str:
    """The text as it is, whatever rich or the terminal would make of it."""
    return escape(printable(text))


def print_json(document: Any) -> None:
    typer.echo(json.dumps(document, indent=2))


def fail(message: str, code: int = 1) -> NoReturn:
    console(stderr=True).print(f"[red]error:[/] {shown(message)}", highlight=False)
    raise typer.Exit(code)


@contextmanager
def reporting(code: int = 1) -> Generator[None]:
    """End with a message instead of a traceback."""
    try:
        yield
    except errors.StoreError as exc:
        fail(in_words(exc), code)


def in_words(exc: errors.StoreError) -> str:
    """The message of the error, with what is known of its cause."""
    message = "\n".join([str(exc), *getattr(exc, "__notes__", [])])
    if isinstance(exc, errors.UnavailableError) and exc.__cause__ is not None:
        message += f"\n{exc.__cause__}"
    return message


@contextmanager
def connection(database_url: str | None) -> Generator["psycopg.Connection[Any]"]:
    import psycopg

    from attune_store._conninfo import resolve_conninfo
    from attune_store._translate import translating

    with translating():
        conn = psycopg.connect(resolve_conninfo(database_url), prepare_threshold=None)
    with conn:
        yield conn
