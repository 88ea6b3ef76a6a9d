"""Dumps of pg_dump as schema files. sqlc reads them unchanged, and so does the plugin."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range

from . import server
from .case import MODES, OLDEST, Case, Q, Script
from .suite import Suite

HERE = Path(__file__).parent / "dumped"
OPTIONS = {
    "schema": ["--schema-only"],
    "bare": ["--schema-only", "--no-owner", "--no-privileges", "--no-comments"],
    "quoted": ["--schema-only", "--quote-all-identifiers"],
    "data": ["--inserts"],
}


@pytest.fixture(scope="module")
def source(url: str) -> Iterator[str]:
    """Return a database to dump."""
    name = server.own_name("dumped")
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("DROP ROLE IF EXISTS dumped_reader")
        conn.execute("CREATE ROLE dumped_reader")
        assert not server.create(url, {name: (HERE / "schema.sql").read_text()})
        yield server.database_url(url, name)
        server.drop(url, [name])
        conn.execute("DROP ROLE dumped_reader")


@pytest.mark.parametrize("name", OPTIONS)
def test_dump(url: str, source: str, tmp_path: Path, name: str) -> None:
    """Generate from a dump in both modes, and compare with a database that was restored from it."""
    text = dump(source, OPTIONS[name])
    case = Case(
        area="dumps",
        name=name,
        schema=text,
        queries={"query": (HERE / "query.sql").read_text()},
        options={},
        script=_script,
        annotations={},
        loose=frozenset({"full_names[].full_name", "product"}),
        modes=MODES,
        files={},
        since=OLDEST,
    )
    suite = Suite(tmp_path, {case.id: case}, {}, url, type_check=False)
    try:
        assert not suite.execute(case)
        assert not suite.differing
    finally:
        suite.close()


def _script(q: Q) -> Script:
    ann = yield q.put_person(
        email="ann@x",
        name="Ann",
        mood=q.enums.Mood.OK,
        home=q.models.Address(street=None, zip="1", floor=3),
        tags=[],
        attributes={"a": None},
        born=None,
        ticket=None,
    )
    yield q.put_person(
        email="bob@x", name="Bob", mood=None, home=None, tags=["t"], attributes=None,
        born=dt.date(2000, 1, 1), ticket=5,
    )  # fmt: skip
    span = Range(1.0, 2.0)
    yield q.put_item(
        owner_id=ann.id,
        parent_id=None,
        price=Decimal(3),
        span=span,
        spans=Multirange([span]),
        meta={},
    )
    items = yield q.items_or_none()
    assert {row.id: row.spans for row in items}[ann.id] == Multirange([span])
    yield q.sql("REFRESH MATERIALIZED VIEW app.daily")
    assert q.signature("put_reading")["value"] == "float | None"
    assert q.signature("firms")["return"] == "list[Firm]"
    assert q.signature("put_person")["email"] == "str"


def dump(url: str, options: list[str]) -> str:
    """Return the dump of a database."""
    variables = {
        f"PG{'DATABASE' if key == 'dbname' else key.upper()}": str(value)
        for key, value in conninfo_to_dict(url).items()
    }
    done = subprocess.run(
        [server.programs() / "pg_dump", *options],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    with psycopg.connect(url) as conn:
        version = conn.info.server_version
    if version < 170000:
        # This pg_dump is PostgreSQL 18's. psql would continue after the error.
        return done.stdout.replace("SET transaction_timeout = 0;\n", "")
    return done.stdout
