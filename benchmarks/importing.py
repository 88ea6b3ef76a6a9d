"""Importing: a process that imports the package, next to one that imports what it stands on."""

import subprocess
import sys
from collections.abc import Iterator

from measuring import OURS, Comparison

ALONE = "import psycopg, psycopg_pool, pydantic"


def run(statement: str) -> None:
    """Run a process that does it."""
    subprocess.run([sys.executable, "-c", statement], check=True)


def comparisons(url: str) -> Iterator[Comparison]:
    """One process each."""
    yield Comparison(
        "import the package",
        {
            "psycopg, psycopg_pool, pydantic": lambda: run(ALONE),
            OURS: lambda: run("from attune_store import AsyncStore, CreateExecutionInput, Store"),
        },
        goal=1.4,
    )
