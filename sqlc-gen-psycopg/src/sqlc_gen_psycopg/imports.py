"""The imports of generated modules, and the names that are therefore reserved."""

import ast
import builtins
from collections.abc import Iterable

IMPORTS = """
import datetime
import decimal
import enum
import ipaddress
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, LiteralString, NamedTuple

import psycopg
from psycopg import AsyncCursor, AsyncRawCursor, Cursor, RawCursor
from psycopg.rows import RowMaker, tuple_row
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range
from pydantic import MISSING, BaseModel, JsonValue
"""
"""The imports that a module may need. ruff removes those that it does not."""
_STATEMENTS = ast.parse(IMPORTS).body
_MODULES = {
    name.name for item in _STATEMENTS if isinstance(item, ast.Import) for name in item.names
}
_MEMBERS = {
    name.name for item in _STATEMENTS if isinstance(item, ast.ImportFrom) for name in item.names
}
_LOCAL = {"codecs", "enums", "models", "rows", "support"}
_VARIABLES = {"conn", "cursor", "row", "self"}
_TYPES = {
    name for name, value in vars(builtins).items() if isinstance(value, type) and name[0].islower()
}
_TAKEN = _MEMBERS | _LOCAL | _VARIABLES | _TYPES | {"AsyncQuerier", "Querier"}

IN_FUNCTIONS = frozenset({*_LOCAL, *_VARIABLES, "MISSING", "psycopg", "tuple_row"})
"""The names that the body of a function needs, which no parameter may have."""


def reserved(python_types: Iterable[str] = ()) -> frozenset[str]:
    """Return the reserved names of a module, with those of the user's own types."""
    users = {imported_name(path).partition(".")[0] for path in python_types}
    names = _MODULES | _TAKEN | users
    # An annotation uses `_datetime` if a field of its class is named `datetime`.
    return frozenset({*names, *(f"_{name}" for name in names), "_conn"})


def imported_name(path: str) -> str:
    """Return the name of a user's type in generated modules: its import path, if the first part is free."""
    module, _, name = path.rpartition(".")
    return f"{_alias(module) or module}.{name}"


def user_import(path: str) -> str:
    """Return the statement that imports the module of a user's type."""
    module = path.rpartition(".")[0]
    alias = _alias(module)
    return f"import {module} as {alias}\n" if alias else f"import {module}\n"


def _alias(module: str) -> str | None:
    taken = module.partition(".")[0] in _TAKEN
    return f"{module.replace('.', '_')}_" if taken else None
