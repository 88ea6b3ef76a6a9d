"""`catalog` writes the contents of the database, with any names and comments."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hostile
import psycopg
import pytest
from conformance import server

BIN = Path(sys.executable).parent
# PostgreSQL accepts any character except NUL.
TEXTS = [text for text in hostile.PARTS if text.strip() and len(text) < 60]


def _schema() -> str:
    texts = list(enumerate(TEXTS))
    columns = [f"{hostile.name(f'{number}{text}')} text" for number, text in texts]
    checks = [
        f"CONSTRAINT {hostile.name(f'{text}{number}')} CHECK (id::text <> {hostile.string(text)})"
        for number, text in texts
    ]
    table = hostile.name(TEXTS[0])
    return "\n".join(
        [
            f"CREATE TYPE kind AS ENUM ({', '.join(map(hostile.string, TEXTS))});",
            f"CREATE TABLE {table} ({', '.join(['id integer PRIMARY KEY', *columns, *checks])});",
            f"CREATE TABLE another (id integer, CONSTRAINT {hostile.name(f'{TEXTS[0]}0')} CHECK (id > 0));",
            *(
                f"COMMENT ON COLUMN {table}.{hostile.name(f'{number}{text}')}"
                f" IS {hostile.string(text)};"
                for number, text in texts
            ),
            *(
                f"ALTER TABLE {table} ALTER {hostile.name(f'{number}{text}')}"
                f" SET DEFAULT {hostile.string(text)};"
                for number, text in texts
            ),
        ]
    )


@pytest.fixture
def url() -> Iterator[str]:
    name = f"catalog_{os.getpid()}"
    with server.running() as of_server:
        assert not server.create(of_server, {name: _schema()})
        try:
            yield server.database_url(of_server, name)
        finally:
            server.drop(of_server, [name])


def test_the_catalog_agrees_with_the_database(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "hostile_catalog"
    folder.mkdir()
    done = subprocess.run(
        [BIN / "sqlc-gen-psycopg", "catalog", "--out", folder, "--constraints"],
        env=os.environ | {"DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    monkeypatch.syspath_prepend(tmp_path)
    catalog: Any = importlib.import_module("hostile_catalog.catalog")
    with psycopg.connect(url) as conn:
        conn.execute("SET search_path TO pg_catalog")
        row = psycopg.RawCursor(conn).execute(catalog.READ_CATALOG, ("public",)).fetchone()
    assert row is not None
    assert catalog.parse_catalog(row[0]) == catalog.CATALOG
    constraints: Any = importlib.import_module("hostile_catalog.constraints")
    expected = sorted(f"{text}{number}" for number, text in enumerate(TEXTS))
    assert sorted(constraints.Check) == expected
