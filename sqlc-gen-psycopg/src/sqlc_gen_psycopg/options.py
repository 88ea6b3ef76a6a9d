"""The options of the plugin in sqlc.yaml."""

import builtins
import datetime
import decimal
import ipaddress
import keyword
import pathlib
import typing
import uuid
from typing import Annotated, Literal, Self

import pydantic
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from .names import identifier


def _identifier(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"{name!r} is not a Python identifier; use {identifier(name)}")
    return name


def _dotted(path: str) -> str:
    for name in path.split("."):
        _identifier(name)
    return path


def _import_path(path: str) -> str:
    if not all(name.isidentifier() for name in path.split(".")):
        raise ValueError(f"{path!r} is not an import path, such as shop.types.Settings")
    if "." not in path:
        homes = (builtins, datetime, decimal, ipaddress, pathlib, pydantic, typing, uuid)
        found = next((home.__name__ for home in homes if hasattr(home, path)), None)
        hint = f"; did you mean {found}.{path}?" if found else f", such as shop.types.{path}"
        raise ValueError(f"{path!r} has no module; write the import path{hint}")
    return path


ImportPath = Annotated[str, AfterValidator(_import_path)]


class Override(BaseModel):
    """A correction of the type of columns. The last one that matches is used.

    `column` is `schema.table.column` or `table.column`; with `*` as the last part it matches each column of
    the table. `db_type` is a type, in any place.
    """

    model_config = ConfigDict(extra="forbid")

    column: str | None = None
    db_type: str | None = None
    nullable: bool | None = None
    python_type: ImportPath | None = None
    """The import path of a type of the user, such as `shop.models.Settings`."""

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if (self.column is None) is (self.db_type is None):
            raise ValueError("an override needs either `column` or `db_type`")
        if self.db_type is not None and self.nullable is not None:
            raise ValueError("`nullable` requires `column`")
        if self.nullable is None and self.python_type is None:
            raise ValueError("an override needs `python_type` or `nullable`")
        return self

    def applies(self, schema: str, table: str, column: str) -> bool:
        """Return whether it matches this column."""
        if self.column is None:
            return False
        names = [f"{schema}.{table}.{column}", f"{schema}.{table}.*"]
        if schema == "public":
            names += [f"{table}.{column}", f"{table}.*"]
        return self.column in names


class Options(BaseModel):
    """The contents of `options:`."""

    model_config = ConfigDict(extra="forbid")

    package: Annotated[str, AfterValidator(_dotted)]
    out: str | None = None
    """Not used, because sqlc knows the folder. gen-python accepts it, too."""
    emit_sync_querier: bool | None = None
    emit_async_querier: bool | None = None
    emit_pydantic_models: bool | None = None
    emit_str_enum: bool = True
    emit_exact_table_names: bool = False
    emit_schema_name_prefix: bool = False
    query_parameter_limit: int | None = Field(None, ge=0)
    inflection_exclude_table_names: list[str] = []
    omit_unused_models: bool = False
    split_acronyms: bool = False
    """Whether `IDs`, `OAuth` and `IPv4` are split into `i_ds`, `o_auth` and `i_pv4`."""
    model: Literal["pydantic", "dataclass"] = "pydantic"
    frozen: bool = True
    params: Literal["named_tuple", "pydantic"] = "named_tuple"
    """The kind of the classes of parameters."""
    refuse_json_str: bool = False
    """Whether to refuse a str for JSON, because it may be a document that is encoded already."""
    base_class: ImportPath | None = None
    """The import path of the base class of models."""
    rename: dict[str, Annotated[str, AfterValidator(_identifier)]] = {}
    overrides: list[Override] = []
    database: str | None = Field(None, pattern="^[A-Z_][A-Z0-9_]*$")
    """The environment variable, listed under the plugin's `env:`, with the URL of a migrated database."""
    enum_functions: list[str] = []
    """Immutable functions of one enum argument that become properties of the enum."""

    @property
    def python_types(self) -> frozenset[str]:
        """Return the import paths of the user's own types."""
        paths = [self.base_class, *(override.python_type for override in self.overrides)]
        return frozenset(path for path in paths if path)

    @property
    def pydantic(self) -> bool:
        """Return whether models are pydantic models."""
        return self.model == "pydantic" and self.emit_pydantic_models is not False

    @property
    def sync(self) -> bool:
        """Return whether to generate functions for psycopg.Connection."""
        return bool(self.emit_sync_querier) or not self.emit_async_querier

    @property
    def asynchronous(self) -> bool:
        """Return whether to generate functions for psycopg.AsyncConnection."""
        return bool(self.emit_async_querier) or not self.emit_sync_querier
