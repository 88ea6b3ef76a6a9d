"""Run the examples of the pages on a database."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conformance import server
from psycopg.conninfo import conninfo_to_dict


@contextmanager
def database(url: str, schema: str) -> Iterator[dict[str, str]]:
    """Create a database with this schema, and yield libpq's variables for it."""
    name = server.own_name("docs")
    assert not server.create(url, {name: schema})
    try:
        own = server.database_url(url, name)
        parts = conninfo_to_dict(own)
        yield {f"PG{key.upper()}": str(value) for key, value in parts.items() if key in _LIBPQ} | {
            "PGDATABASE": name,
            "DATABASE_URL": own,
        }
    finally:
        server.drop(url, [name])


_LIBPQ = {"host", "port", "user", "password", "sslmode"}


def complete(block: str) -> str:
    """Complete a configuration: without a version it is an excerpt."""
    return block if "version:" in block else f'version: "2"\n{block}'


def python(folder: Path, script: str, env: dict[str, str]) -> str:
    """Run a script, and return its output."""
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        cwd=folder,
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
