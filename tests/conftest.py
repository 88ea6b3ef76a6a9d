"""A real PostgreSQL for every test: that of DATABASE_URL, or an embedded one for the run.

With POOLER=session or POOLER=transaction the tests reach it through a PgBouncer in that mode.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pytest_postgresql import factories

from attune_store.testing import Databases
from attune_store.testing._server import running
from tests.names import RUN
from tests.pooler import MODE, MODES, UNPREPARED, answers, pooler
from tests.twin import Kind, Twin
from tests.waiting import until

pytest_plugins = ["tests.accounting"]

_SERVER = "ATTUNE_TEST_SERVER"
_POOLER = "ATTUNE_TEST_POOLER"
_TIMEZONE = "America/St_Johns"


def pytest_configure(config: pytest.Config) -> None:
    """Start the server once, before xdist's workers, and tell pytest-postgresql its address."""
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
    stack.callback(os.environ.pop, _POOLER, None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect tests that can't run through the pooler, or without a pooler tests of poolers."""
    kept = [item for item in items if _fits(item)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


def _fits(item: pytest.Item) -> bool:
    """Return whether the test can run in this mode."""
    if MODE is None:
        return item.get_closest_marker("pooled") is None
    refused = (mark.kwargs.get("mode", MODE) for mark in item.iter_markers("unpooled"))
    wanted = (mark.kwargs.get("mode", MODE) for mark in item.iter_markers("pooled"))
    return MODE not in refused and all(mode == MODE for mode in wanted)


def _start(config: pytest.Config) -> str:
    stack = ExitStack()
    stack.callback(os.environ.pop, _SERVER, None)
    config.add_cleanup(stack.close)
    folder = tempfile.TemporaryDirectory(prefix="attune-test-", ignore_cleanup_errors=True)
    return stack.enter_context(running(Path(stack.enter_context(folder)) / "data"))


# One template per worker, and a clone of it for each test that asks for a database.
_empty_template = factories.postgresql_noproc(dbname=f"attune_test_{RUN}_empty")
_empty = factories.postgresql("_empty_template")


def _hostile(conninfo: str) -> str:
    """Return the database with a time zone that reveals a missing conversion to UTC."""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        database, zone = sql.Identifier(conn.info.dbname), sql.Literal(_TIMEZONE)
        conn.execute(sql.SQL("ALTER DATABASE {} SET timezone TO {}").format(database, zone))
    return conninfo


def _pooled(conninfo: str) -> str:
    """Return the same database through the pooler, if there is one.

    PgBouncer may have tried to log in to an earlier database with this name while it was dropped.
    """
    if pooler := os.environ.get(_POOLER):
        conninfo = make_conninfo(pooler, dbname=conninfo_to_dict(conninfo)["dbname"])
        until(lambda: answers(conninfo, sessions=2))
    return conninfo


@pytest.fixture(scope="session")
def attune_server() -> str:
    """Return the server of this run."""
    return os.environ.get("DATABASE_URL") or os.environ[_SERVER]


@pytest.fixture
def empty_database_url(_empty: psycopg.Connection, attune_server: str) -> str:
    """Return the conninfo of an empty database, only for this test."""
    return _pooled(_hostile(make_conninfo(attune_server, dbname=_empty.info.dbname)))


@pytest.fixture
def direct_database_url(attune_conninfo: str) -> str:
    """Return the conninfo of a migrated database, only for this test, without a pooler."""
    return _hostile(attune_conninfo)


@pytest.fixture
def database_url(direct_database_url: str) -> str:
    """Return the conninfo of a migrated database, only for this test."""
    return _pooled(direct_database_url)


@pytest.fixture(scope="session")
def shared_database_url(attune_databases: Databases) -> Iterator[str]:
    """Return the conninfo of a migrated database in which every test rolls back."""
    with attune_databases.clone() as conninfo:
        yield _pooled(_hostile(conninfo))


@pytest.fixture
def conn(shared_database_url: str) -> Iterator[psycopg.Connection]:
    """Return a connection whose changes are rolled back."""
    with psycopg.connect(shared_database_url, **UNPREPARED) as connection:
        yield connection
        if not connection.closed:
            connection.rollback()


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Return each twin in turn: the test runs once for each."""
    kind: Kind = request.param
    return kind


@pytest.fixture
def twin(kind: Kind, shared_database_url: str) -> Iterator[Twin]:
    """Return the repositories of a twin, on a connection whose changes are rolled back."""
    with Twin(kind, shared_database_url) as twin:
        yield twin
        twin.rollback()


@pytest.fixture
def committing_twin(kind: Kind, database_url: str) -> Iterator[Twin]:
    """Return the repositories of a twin, on an autocommit connection to a database only for this test."""
    with Twin(kind, database_url, autocommit=True) as twin:
        yield twin
