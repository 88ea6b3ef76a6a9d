"""What signatures.json says that PostgreSQL and its extensions can do."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def data() -> dict[str, Any]:
    """The sections of the file, PostgreSQL's own and those of the extensions, as one."""
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
    """Whether it is a type of PostgreSQL itself, which is found before any of a user's."""
    return name in _sections()["pg_catalog"]["types"]


def is_extension(name: str) -> bool:
    """Whether it is an extension of which the file has a section."""
    return name in _sections()


@cache
def _sections() -> dict[str, Any]:
    text = files("sqlc_gen_psycopg.analysis").joinpath("signatures.json").read_text()
    sections: dict[str, Any] = json.loads(text)
    return sections
