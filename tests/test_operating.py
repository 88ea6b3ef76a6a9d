"""The SQL, the commands and the files of docs/operating.md, in the order of the page."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from attune_store import CreatePackInput, Store, errors
from tests.names import RUN
from tests.test_migration_safety import BIN

pytestmark = pytest.mark.slow

TEXT = (Path(__file__).parent.parent / "docs" / "operating.md").read_text()
BLOCKS: list[tuple[str, str]] = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
ROLES = ("owner", "service", "reader")
OF_THE_READER = [["python", "-m", "myapp.worker"]]
"""Values that only the reader of the page has."""


@pytest.fixture
def database(empty_database_url: str) -> Iterator[str]:
    """Return an empty database, and remove the roles of the page at the end."""
    yield empty_database_url
    with psycopg.connect(empty_database_url, autocommit=True) as conn:
        for role in ROLES:
            name = sql.Identifier(f"attune_{RUN}_{role}")
            conn.execute(sql.SQL("DROP OWNED BY {} CASCADE").format(name))
            conn.execute(sql.SQL("DROP ROLE {}").format(name))


@pytest.fixture
def restored(database: str) -> Iterator[str]:
    """Return one more empty database."""
    name = f"{conninfo_to_dict(database)['dbname']}_restored"
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield make_conninfo(database, dbname=name)
        conn.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))


def test_the_page_runs_from_top_to_bottom(restored: str, database: str, tmp_path: Path) -> None:
    parts = {key: str(value) for key, value in conninfo_to_dict(database).items()}
    environment = os.environ | {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), str(BIN), os.environ["PATH"])),
        "DATABASE_URL": database,
        "OWNER_URL": make_conninfo(database, user=f"attune_{RUN}_owner"),
        "SERVICE_URL": make_conninfo(database, user=f"attune_{RUN}_service"),
        "RESTORED_URL": restored,
        "PGHOST": parts["host"],
        "PGPORT": parts.get("port", "5432"),
    }

    def run(command: list[str]) -> str:
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout

    for language, block in BLOCKS:
        match language:
            case "sql":
                text = re.sub(r"\battune_(?=owner|service|reader)", f"attune_{RUN}_", block)
                text = text.replace("DATABASE attune", f"DATABASE {parts['dbname']}")
                with psycopg.connect(database, autocommit=True) as conn:
                    conn.execute(text.encode())
            case "shell":
                run(["bash", "-c", block])
            case "yaml":
                for command in commands(list(yaml.safe_load_all(block))):
                    if command not in OF_THE_READER:
                        run(command)
            case _:
                # test_command_line_docs.py checks the output of the command line.
                assert language in {"console", "ini", "text"}
    assert_rights(environment)
    with Store(restored) as store, store.autocommit() as repos:
        assert store.migrate() == []
        repos.packs.create(CreatePackInput(ref="core", label="Core", version="1.0.0"))


def assert_rights(environment: dict[str, str]) -> None:
    """Check that the service reads and writes rows, within its limits, and can't change the schema."""
    with Store(environment["SERVICE_URL"]) as store:
        assert store.check() == []
        with store.transaction() as tx:
            tx.packs.create(CreatePackInput(ref="core", label="Core", version="1.0.0"))
            cursor = tx.connection.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("30s",)
        with store.autocommit() as repos, pytest.raises(psycopg.errors.InsufficientPrivilege):
            repos.connection.execute("CREATE TABLE attune.mine ()")
    with psycopg.connect(environment["DATABASE_URL"]) as conn:
        conn.execute(f"SET ROLE attune_{RUN}_reader".encode())
        assert conn.execute("SELECT ref FROM attune.pack").fetchall() == [("core",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("DELETE FROM attune.pack")


def commands(document: Any) -> Iterator[list[str]]:
    """Return the commands of containers, and those of health checks."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key == "command":
                yield value
            elif key == "test":
                assert value[0] == "CMD"
                yield value[1:]
            else:
                yield from commands(value)
    elif isinstance(document, list):
        for one in document:
            yield from commands(one)


def test_each_error_is_explained() -> None:
    rows = dict(re.findall(r"^\| `(\w+Error)` \| (yes|no) \|", TEXT, re.MULTILINE))
    kinds = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]
    assert rows == {kind.__name__: "yes" if kind.retryable else "no" for kind in kinds}
