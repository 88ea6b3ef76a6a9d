"""The facts about NULLs in signatures.json are compared with a server, and with the plugin.

SIGNATURES_SEED chooses another sample of the file.
"""

import os
import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from conformance import server
from read_signatures import catalog, file, grid, scratch
from read_signatures.catalog import Catalog, Thing
from sqlc_gen_psycopg.analysis.database import Database
from sqlc_gen_psycopg.analysis.statements import analyse

SEED = os.environ.get("SIGNATURES_SEED", "0")
SAMPLE = 250
# Extensions that the embedded server does not have.
ELSEWHERE = {"pgcrypto", "postgis", "uuid-ossp"}
Key = tuple[str, str, str]


def entries() -> dict[Key, tuple[str, Any]]:
    """Return the extension and the entry of each function, operator and cast."""
    found: dict[Key, tuple[str, Any]] = {}
    for extension, section in file.load().items():
        for kind in ("functions", "operators"):
            for name, listed in section[kind].items():
                found |= {(kind, name, str(entry[:2])): (extension, entry) for entry in listed}
        found |= {("casts", "", str(entry[:2])): (extension, entry) for entry in section["casts"]}
    return found


ENTRIES = entries()


def witnesses() -> list[tuple[str, str]]:
    """Return the statements that returned NULL, and what was found with them."""
    found: list[tuple[str, str]] = []
    for _, entry in ENTRIES.values():
        nulls = entry[-1]["nulls"]
        found += [("result", witness) for witness in nulls.get("found", {}).values()]
        found += [
            ("column " + number, witness) for number, witness in nulls.get("columns", {}).items()
        ]
        found += [(kind, nulls[kind]) for kind in ("elements", "empty") if kind in nulls]
    return found


@pytest.fixture(scope="module")
def read() -> Iterator[tuple[psycopg.Connection[Any], Catalog]]:
    with server.running() as url, scratch.database(url) as conn:
        yield conn, catalog.read(conn)


def test_every_entry_has_its_evidence() -> None:
    for _, entry in ENTRIES.values():
        nulls = entry[-1]["nulls"]
        assert ("tried" in nulls) != ("untested" in nulls)
        assert "untested" in nulls or nulls["tried"] > 0


def test_the_file_has_the_objects_of_the_server(read: tuple[Any, Catalog]) -> None:
    _, found = read
    if found.version.startswith("18."):
        assert not [thing.key for thing in found.things if thing.key not in ENTRIES]
    missing = set(file.load()) - {"pg_catalog"} - set(found.extensions)
    assert missing <= ELSEWHERE


def test_a_sample_agrees_with_the_file(read: tuple[psycopg.Connection[Any], Catalog]) -> None:
    """Other values than those of the file give no NULL that the file does not list."""
    conn, found = read
    things = [thing for thing in found.things if file.is_tried(thing) and thing.key in ENTRIES]
    wrong = {
        thing.subject.call: new
        for thing in random.Random(SEED).sample(things, SAMPLE)
        if (new := _new(conn, thing))
    }
    assert not wrong


def _new(conn: psycopg.Connection[Any], thing: Thing) -> dict[Any, str]:
    nulls = ENTRIES[thing.key][1][-1]["nulls"]
    if "read" in nulls:
        return {}
    known = [_positions(key) for key in nulls.get("found", {})]
    seen = grid.attempt(conn, thing.subject, seed=SEED, limit=30)
    return {
        key: witness
        for key, witness in seen.nulls.items()
        if not any(positions <= key for positions in known)
    }


def _positions(key: str) -> frozenset[int]:
    return frozenset(map(int, key.split(",") if key else []))


def test_a_sample_of_witnesses_gives_null(read: tuple[psycopg.Connection[Any], Catalog]) -> None:
    conn, found = read
    there = {"pg_catalog", *found.extensions}
    known = [
        witness
        for extension, entry in ENTRIES.values()
        for witness in entry[-1]["nulls"].get("found", {}).values()
        if extension in there
        and _is_of(witness, found.version)
        and "read" not in entry[-1]["nulls"]
    ]
    for witness in random.Random(SEED).sample(known, min(SAMPLE, len(known))):
        assert (None,) in conn.execute(witness.encode()).fetchall(), witness


def _is_of(witness: str, version: str) -> bool:
    """Return whether the statement returned NULL on this server. The first server is not named."""
    if witness.startswith("/*"):
        return witness.startswith(f"/* {version} ")
    return version.startswith("18.")


@pytest.mark.parametrize("kind", ["result", "elements", "empty"])
def test_witnesses_are_annotated(kind: str) -> None:
    """The plugin considers each statement that returned NULL as nullable."""
    wrong: list[str] = []
    for found, witness in witnesses():
        if found != kind or "pg_temp" in witness:
            continue
        analysis = analyse(Database(), witness)
        [column] = analysis.columns if analysis else []
        if not (column.null_elements if kind == "elements" else column.nullable):
            wrong.append(witness)
    assert not wrong
