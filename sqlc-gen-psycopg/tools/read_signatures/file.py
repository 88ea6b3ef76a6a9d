"""The file: a section for PostgreSQL itself, and one for each extension."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psycopg

from . import grid, reading
from .catalog import Catalog, Thing
from .grid import Found

PATH = Path(__file__).parents[2] / "src/sqlc_gen_psycopg/analysis/signatures.json"
Section = dict[str, Any]
# Functions for which each word of the first argument has its own answer.
_BY_WORD = {"extract", "date_part"}


def load() -> dict[str, Section]:
    """Load the sections unchanged."""
    found: dict[str, Section] = json.loads(PATH.read_text())
    return found


class Reading:
    """The facts from several servers. An entry comes from the first server that has it."""

    def __init__(self) -> None:
        self._things: dict[tuple[str, str, str], Thing] = {}
        self._found: dict[tuple[str, str, str], Found] = {}
        self._types: dict[str, dict[str, list[Any]]] = {}
        self._servers: dict[str, list[str]] = {}

    def add(
        self, conn: psycopg.Connection[Any], catalog: Catalog, *, limit: int = grid.LIMIT
    ) -> None:
        """Add the objects of a server, and try them."""
        known = set(self._servers)
        for thing in catalog.things:
            if thing.key not in self._things:
                if thing.extension in known:
                    continue  # The newer server no longer has it.
                self._things[thing.key] = thing
            found = self._found.setdefault(thing.key, Found())
            if is_tried(thing):
                label = f"/* {catalog.version} */ " if thing.extension in known else ""
                found.add(grid.attempt(conn, thing.subject, limit=limit), label)
        for extension, version in {"pg_catalog": "", **catalog.extensions}.items():
            self._types[extension] = catalog.types.get(extension, {}) | self._types.get(
                extension, {}
            )
            label = f"PostgreSQL {catalog.version}"
            self._servers.setdefault(extension, []).append(
                f"{version} on {label}" if version else label
            )

    def sections(self) -> dict[str, Section]:
        """Return the sections of the file."""
        found: dict[str, Section] = {
            extension: {
                "read_from": list(dict.fromkeys(servers)),
                "functions": {},
                "operators": {},
                "casts": [],
                "types": {},
            }
            for extension, servers in self._servers.items()
        }
        for key, thing in self._things.items():
            *head, extra = thing.entry
            entry = [*head, extra | {"nulls": evidence(thing, self._found[key])}]
            section = found[thing.extension][thing.section]
            if thing.name:
                section.setdefault(thing.name, []).append(entry)
            else:
                section.append(entry)
        for extension, types in self._types.items():
            found[extension]["types"] = types
        return found


def is_tried(thing: Thing) -> bool:
    """Return whether a call changes nothing, and ends soon and without harm."""
    if thing.name in reading.NOT_TO_TRY:
        return False
    return not thing.is_volatile or thing.name in reading.HARMLESS


def evidence(thing: Thing, found: Found) -> dict[str, Any]:
    """Return what is known about NULLs, with the evidence."""
    made: dict[str, Any] = {}
    if not is_tried(thing):
        made["untested"] = "may have effects, take long or end the server"
    elif not found.tried:
        made["untested"] = "no values that it takes"
    else:
        made["tried"] = found.tried
    if nulls := found.minimal():
        made["found"] = {
            ",".join(map(str, sorted(positions))): witness
            for positions, witness in sorted(nulls.items(), key=lambda item: sorted(item[0]))
        }
    if found.elements:
        made["elements"] = found.elements
    if found.out:
        made["columns"] = {str(number): found.out[number] for number in sorted(found.out)}
    if found.empty:
        made["empty"] = found.empty
    if thing.name in _BY_WORD and frozenset() in found.nulls:
        made["never_for"] = sorted(word for word, is_null in found.words.items() if not is_null)
    if "out" in thing.entry[-1] and reading.STATE.fullmatch(thing.name):
        made["columns_read"] = "they depend on the server's state"
    if reason := reading.why_null(thing.extension, thing.name):
        made["read"] = reason
    return made


def write(sections: dict[str, Section]) -> None:
    """Write the file, with one entry per line."""
    parts = (
        f"{json.dumps(name)}: {{\n{_section(sections[name])}\n}}" for name in _sorted(sections)
    )
    PATH.write_text("{" + ",\n".join(parts) + "}\n")


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (name != "pg_catalog", name))


def _section(section: Section) -> str:
    parts: list[str] = []
    for kind, content in section.items():
        if kind == "casts":
            rows = [_line(row) for row in content]
            parts.append(f'"{kind}": [\n' + ",\n".join(rows) + "\n]")
        elif isinstance(content, list):
            parts.append(f"{json.dumps(kind)}: {_line(content)}")
        else:
            rows = [f"{json.dumps(name)}: {_line(content[name])}" for name in sorted(content)]
            parts.append(f'"{kind}": {{\n' + ",\n".join(rows) + "\n}")
    return ",\n".join(parts)


def _line(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False)
