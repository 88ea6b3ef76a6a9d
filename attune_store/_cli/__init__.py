"""The command line, `attune-store`: a module for each group of commands."""

from attune_store._cli import executions, schema, server
from attune_store._cli.app import app

__all__ = ["app", "executions", "main", "schema", "server"]


def main() -> None:
    """Run the command line."""
    app()
