"""Read signatures.json: the functions, operators, casts and types of PostgreSQL and its extensions."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def data() -> dict[str, Any]:
    """Return the sections of the file, PostgreSQL's own and those of the extensions, as one."""
    sections = _sections()
    merged: dict[str, Any] = {"functions": {}, "operators": {}, "casts": {}, "types": {}}
    for section in sections.values():
        for kind in ("functions", "operators"):
            for name, entries in section[kind].items():
                merged[kind].setdefault(name, []).extend(entries)
        for source, target, *described in section["casts"]:
            merged["casts"][source, target] = described
        merged["types"] |= section["types"]
    return merged


def is_builtin_type(name: str) -> bool:
    """Return whether it is a type of PostgreSQL itself, which is found before a user's type."""
    return name in _sections()["pg_catalog"]["types"]


def is_extension(name: str) -> bool:
    """Return whether the file has a section for this extension."""
    return name in _sections()


@cache
def _sections() -> dict[str, Any]:
    text = files("sqlc_gen_psycopg.analysis").joinpath("signatures.json").read_text()
    sections: dict[str, Any] = json.loads(text)
    return sections
