"""Import a package in a new process, compared with importing its dependencies.

The bytecode of all modules exists, as in an installed package.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from generation import PLUGIN, PYTHON, sqlc, write_sources
from measuring import OURS, Comparison

ALONE = "import psycopg, psycopg_pool, pydantic"


def run(statement: str, bytecode: Path, folder: Path) -> None:
    """Run this code in a process in a folder."""
    env = os.environ | {"PYTHONPYCACHEPREFIX": str(bytecode)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run([sys.executable, "-c", statement], cwd=folder, env=env, check=True)


def comparisons(url: str) -> Iterator[Comparison]:
    """Compare, with one process for each way."""
    with TemporaryDirectory(prefix="import-") as name:
        folder = Path(name)
        write_sources(folder)
        sqlc(folder, PLUGIN.name, PYTHON)
        for what, statement, goal in (
            ("Store", "from attune_store import Store", 1.4),
            ("all names of attune_store", "from attune_store import *", None),
            ("500 generated queries with 300 models", f"{ALONE}; import library.query", None),
        ):
            yield Comparison(
                f"import {what}",
                {
                    ALONE.removeprefix("import "): partial(run, ALONE, folder / "pyc", folder),
                    OURS: partial(run, statement, folder / "pyc", folder),
                },
                goal=goal,
            )
