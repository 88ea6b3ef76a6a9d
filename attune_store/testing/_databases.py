"""Databases for tests: clones of a template that is migrated once per version of the schema."""

import hashlib
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from itertools import count
from typing import LiteralString, Self

import psycopg
from attune_queries.catalog import CATALOG
from psycopg import sql
from psycopg.conninfo import make_conninfo

from attune_store._migrations import read_migrations
from attune_store._sync.store import Store

_LOCK = 0x74657374  # "test"
_TEMPLATES = 5  # templates that a server keeps

# A run is alive while a session has the name of its databases.
_ABANDONED = """
    SELECT d.datname FROM pg_database AS d
    WHERE d.datname ~ '^attune_test_[0-9a-f]{8}_[0-9]+$' AND pg_has_role(d.datdba, 'USAGE')
        AND NOT EXISTS (
            SELECT FROM pg_stat_activity AS a
            WHERE a.datid = d.oid OR a.application_name = substring(d.datname, '^attune_test_[^_]+')
        )
"""
_TEMPLATE = "SELECT datname FROM pg_database WHERE datname = %s"
_OLD_TEMPLATES = """
    SELECT datname FROM pg_database
    WHERE datname ~ '^attune_template_[0-9a-f]{16}$' AND pg_has_role(datdba, 'USAGE')
    ORDER BY oid DESC OFFSET %s
"""


class Databases:
    """Migrated databases on a server, each dropped at the end of its block.

    Several processes may use one server. The databases of a process that was killed are dropped by the next one.
    """

    def __init__(self, conn: psycopg.Connection, server: str, name: str) -> None:
        self._conn = conn
        self._server = server
        self._name = name
        self._numbers = count(1)
        self._template = f"attune_template_{_schema_hash()}"

    @classmethod
    @contextmanager
    def on(cls, server: str) -> Generator[Self]:
        """Connect, and create the template if this version of the schema has none yet."""
        name = f"attune_test_{secrets.token_hex(4)}"
        with psycopg.connect(
            server, autocommit=True, application_name=name, prepare_threshold=None
        ) as conn:
            databases = cls(conn, server, name)
            with databases._locked():
                databases._drop_abandoned()
                if not databases._names(_TEMPLATE, databases._template):
                    databases._make_template()
            yield databases

    @contextmanager
    def clone(self) -> Generator[str]:
        """Create a migrated database, yield its conninfo, and drop it at the end of the block."""
        with self._created(self._template) as name:
            yield make_conninfo(self._server, dbname=name)

    @contextmanager
    def _created(self, template: str) -> Generator[str]:
        name = f"{self._name}_{next(self._numbers)}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        try:
            yield name
        finally:
            self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _make_template(self) -> None:
        """Create the template under another name, so that only a complete one can be cloned."""
        with self._created("template0") as name:
            conninfo = make_conninfo(self._server, dbname=name)
            Store(conninfo).migrate()
            _spread_ids(conninfo)
            self._execute("ALTER DATABASE {} RENAME TO {}", name, self._template)
        self._execute("ALTER DATABASE {} IS_TEMPLATE true ALLOW_CONNECTIONS false", self._template)

    def _drop_abandoned(self) -> None:
        for name in self._names(_OLD_TEMPLATES, _TEMPLATES):
            self._execute("ALTER DATABASE {} IS_TEMPLATE false", name)
            self._execute("DROP DATABASE {}", name)
        for name in self._names(_ABANDONED):
            with suppress(psycopg.errors.ObjectInUse):
                self._execute("DROP DATABASE IF EXISTS {}", name)

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Let only one process at a time create the template and drop databases."""
        self._conn.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield
        finally:
            self._conn.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])

    def _names(self, query: LiteralString, *parameters: str | int) -> list[str]:
        return [name for (name,) in self._conn.execute(query, parameters)]

    def _execute(self, statement: LiteralString, *names: str) -> None:
        self._conn.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _schema_hash() -> str:
    """Return a hash of the migrations."""
    return hashlib.sha256(repr(read_migrations()).encode()).hexdigest()[:16]


def _spread_ids(conninfo: str) -> None:
    """Let the ids of each table begin at another number, so that a test can't mix up two tables.

    Small numbers are free for tests that choose ids.
    """
    restart = sql.SQL("ALTER TABLE {} ALTER COLUMN id RESTART WITH {}")
    with psycopg.connect(conninfo) as conn:
        for number, table in enumerate(CATALOG.tables, 1):
            if any(column.name == "id" for column in table.columns):
                name = sql.Identifier(CATALOG.schema, table.name)
                conn.execute(restart.format(name, sql.Literal(number * 1_000_001)))
