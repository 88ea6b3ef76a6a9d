"""The command line, `attune-store`: a module for each group of commands.

What needs psycopg or pydantic is imported by the functions that need it: `--help` does without.
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
