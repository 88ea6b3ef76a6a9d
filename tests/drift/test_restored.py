"""A restored database has the expected schema, however it was dumped and whoever owns it."""

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from attune_store import CreatePackInput, Store
from attune_store.testing._server import running
from tests.names import RUN
from tests.test_check import BIN

pytestmark = [
    pytest.mark.slow,
    pytest.mark.unpooled("another role logs in by itself", mode="transaction"),
]

OWNER = f"attune_test_{RUN}_restorer"


@pytest.fixture
def source(direct_database_url: str) -> str:
    """Return a database with rows, whose tables another role may use."""
    with psycopg.connect(direct_database_url) as conn:
        conn.execute("GRANT SELECT ON ALL TABLES IN SCHEMA attune TO public")
    with Store(direct_database_url) as store, store.transaction() as tx:
        for number in range(3):
            tx.packs.create(CreatePackInput(ref=f"pack-{number}", label="P", version="1.0.0"))
    return direct_database_url


@pytest.fixture
def restorer(empty_database_url: str) -> Iterator[str]:
    """Return an empty database, as a role that owns it and has no other rights."""
    owner = sql.Identifier(OWNER)
    with psycopg.connect(empty_database_url, autocommit=True) as conn:
        database = sql.Identifier(conn.info.dbname)
        conn.execute(sql.SQL("CREATE ROLE {} LOGIN").format(owner))
        conn.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, owner))
        yield make_conninfo(empty_database_url, user=OWNER)
        conn.execute(sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(database))
        conn.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(owner))
        conn.execute(sql.SQL("DROP ROLE {}").format(owner))


def run(program: str, *arguments: str | Path) -> None:
    """Run a program of the newest major version. Settings that an older server does not know are left out."""
    result = subprocess.run(
        [BIN / program, *arguments], capture_output=True, text=True, check=False
    )
    lines = result.stderr.splitlines()
    unknown = [line for line in lines if "ERROR:" in line and "transaction_timeout" not in line]
    assert not unknown, unknown


def copy(source: str, target: str, form: str, *options: str) -> None:
    """Dump one database, and restore it into another one."""
    with tempfile.TemporaryDirectory(prefix="attune-dump-") as folder:
        file = Path(folder) / "dump"
        run("pg_dump", "--format", form, *options, "--file", file, "--dbname", source)
        if form == "plain":
            run("psql", "--quiet", "--no-psqlrc", "--file", file, "--dbname", target)
        else:
            run("pg_restore", *options, "--dbname", target, file)


def assert_restored(conninfo: str) -> None:
    with Store(conninfo) as store:
        assert store.check() == []
        with store.transaction() as tx:
            tx.packs.create(CreatePackInput(ref="another", label="P", version="1.0.0"))
            assert len(tx.packs.list()) == 4


@pytest.mark.parametrize("form", ["plain", "custom"])
def test_a_restore_into_another_database(source: str, empty_database_url: str, form: str) -> None:
    copy(source, empty_database_url, form)
    assert_restored(empty_database_url)


@pytest.mark.parametrize("form", ["plain", "custom"])
def test_a_restore_without_owners_and_rights(source: str, restorer: str, form: str) -> None:
    copy(source, restorer, form, "--no-owner", "--no-privileges")
    assert_restored(restorer)


def test_a_restore_of_the_schema_first_and_the_rows_later(
    source: str, empty_database_url: str
) -> None:
    for section in "pre-data", "post-data", "data":
        copy(source, empty_database_url, "custom", f"--section={section}", "--disable-triggers")
    assert_restored(empty_database_url)


def test_a_restore_on_a_server_of_the_newest_major_version(source: str) -> None:
    with (
        tempfile.TemporaryDirectory(prefix="attune-newest-", ignore_cleanup_errors=True) as folder,
        running(Path(folder) / "data") as url,
    ):
        copy(source, url, "custom")
        assert_restored(url)
