from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True)
class Column:
    """A column of a table or view.

    `validated` is whether its NOT NULL holds for every row.
    """

    name: str
    type: str
    not_null: bool
    default: str | None = None
    identity: str = ""
    generated: str = ""
    virtual: bool = False
    validated: bool = True
    collation: str | None = None
    options: tuple[str, ...] = ()
    comment: str | None = None


@dataclass(frozen=True)
class Constraint:
    """A constraint. `kind` is primary_key, unique, foreign_key, check or exclusion.

    `validated` is whether every row satisfies it, and its index is valid.
    """

    name: str
    kind: str
    definition: str
    columns: tuple[str, ...] = ()
    references: str | None = None
    validated: bool = True


@dataclass(frozen=True)
class Index:
    """An index that belongs to no constraint."""

    name: str
    definition: str
    columns: tuple[str, ...] = ()
    unique: bool = False
    valid: bool = True


@dataclass(frozen=True)
class Trigger:
    """A trigger. `enabled` is PostgreSQL's letter for it."""

    name: str
    definition: str
    enabled: str = "O"


@dataclass(frozen=True)
class Table:
    """A table and its parts. `options` are such as fillfactor=70 or UNLOGGED."""

    name: str
    columns: tuple[Column, ...]
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    options: tuple[str, ...] = ()
    comment: str | None = None


@dataclass(frozen=True)
class View:
    """A view."""

    name: str
    definition: str
    columns: tuple[Column, ...]
    options: tuple[str, ...] = ()
    comment: str | None = None


@dataclass(frozen=True)
class Enum:
    """An enum type with its labels in order."""

    name: str
    labels: tuple[str, ...]
    comment: str | None = None


@dataclass(frozen=True)
class Function:
    """A function, by its identity arguments."""

    name: str
    arguments: str
    definition: str
    comment: str | None = None


@dataclass(frozen=True)
class Catalog:
    """A schema and everything in it."""

    schema: str
    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()
    enums: tuple[Enum, ...] = ()
    functions: tuple[Function, ...] = ()


_CATALOG = TypeAdapter(Catalog)


def parse_catalog(document: Any) -> Catalog:
    """Return the catalog in a document that READ_CATALOG returned."""
    return _CATALOG.validate_python(document)
