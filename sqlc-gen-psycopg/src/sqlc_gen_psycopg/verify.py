"""`sqlc-gen-psycopg verify`: prepare every query of a generated package on a live database."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

from .live import connect, differences
from .model import Description
from .problems import Problem, Problems


def verify(database_url: str, package: Path) -> int:
    """Compare the server's description of each query with the manifest, and return the number of queries.

    Raises Problems that name the query, its module, what was generated and what is there.
    """
    queries = _load(package).QUERIES
    problems: list[Problem] = []
    with connect(database_url) as conn:
        for query in queries:
            where = f"{query.module}.sql: {query.name}"
            try:
                wrong = differences(conn, query.sql, Description(query.parameters, query.columns))
            except Problem as problem:
                wrong = [str(problem)]
            problems += [Problem(f"{where}: {one}") for one in wrong]
    if problems:
        raise Problems(problems)
    return len(queries)


def _load(package: Path) -> ModuleType:
    """Import the manifest of a package, which need not be on the path."""
    if not (package / "manifest.py").is_file():
        raise Problem(f"{package} is not a generated package: it has no manifest.py")
    sys.path.insert(0, str(package.resolve().parent))
    try:
        return importlib.import_module(f"{package.resolve().name}.manifest")
    finally:
        sys.path.pop(0)
