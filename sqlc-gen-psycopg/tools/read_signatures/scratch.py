"""A database for the grid, dropped afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from . import grid

_NAME = "read_signatures"


@contextmanager
def database(url: str) -> Iterator[psycopg.Connection[Any]]:
    """Yield a connection to a new database, prepared for the grid."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {_NAME} TEMPLATE template0".encode())
        try:
            with psycopg.connect(make_conninfo(url, dbname=_NAME), autocommit=True) as conn:
                grid.prepare(conn)
                yield conn
        finally:
            admin.execute(f"DROP DATABASE {_NAME} WITH (FORCE)".encode())
