"""The command line, `attune-store`. Each group of commands has a module.

Functions import psycopg and pydantic when they need them, so that `--help` is fast.
"""

import sys


def main() -> None:
    """Run the command line; exit with status 2 if the extra `cli` is not installed."""
    try:
        from attune_store._cli.app import app
    except ModuleNotFoundError as exc:
        if exc.name not in {"rich", "typer"}:
            raise
        print(
            "the command line is not installed: run pip install 'attune-store[cli]'",
            file=sys.stderr,
        )
        sys.exit(2)
    app()
