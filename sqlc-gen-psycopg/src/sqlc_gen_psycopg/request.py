"""The request of sqlc: the parts of its GenerateRequest that the plugin reads, with their JSON names."""

import base64
import json
from typing import Any

from pydantic import BaseModel, Field, field_validator, model_validator

from .options import Options

SYSTEM_SCHEMAS = frozenset({"pg_catalog", "information_schema"})


class Identifier(BaseModel):
    """A name, with its schema if sqlc knows it."""

    schema_: str = Field(default="", alias="schema")
    name: str = ""

    @property
    def qualified(self) -> str:
        """Return the name, with its schema if there is one."""
        return f"{self.schema_}.{self.name}" if self.schema_ else self.name


class Column(BaseModel):
    """A column of a table or a result, or a parameter."""

    name: str = ""
    original_name: str = ""
    not_null: bool = False
    is_array: bool = False
    array_dims: int = 0
    comment: str = ""
    table: Identifier | None = None
    type: Identifier
    embed_table: Identifier | None = None
    is_sqlc_slice: bool = False
    is_named_param: bool = False
    is_func_call: bool = False


class Table(BaseModel):
    """A table or view."""

    rel: Identifier
    columns: list[Column] = []
    comment: str = ""


class Enum(BaseModel):
    """An enum type."""

    name: str
    vals: list[str] = []
    comment: str = ""


class Schema(BaseModel):
    """A schema of the database."""

    name: str
    tables: list[Table] = []
    enums: list[Enum] = []


class Catalog(BaseModel):
    """The database as sqlc knows it."""

    default_schema: str = "public"
    schemas: list[Schema] = []
    system: list[dict[str, Any]] = []
    """The schemas of PostgreSQL itself, as sqlc sends them: nine tenths of the request."""

    @model_validator(mode="before")
    @classmethod
    def _apart(cls, value: dict[str, Any]) -> dict[str, Any]:
        schemas: list[dict[str, Any]] = value.get("schemas", [])
        system = [schema for schema in schemas if schema.get("name") in SYSTEM_SCHEMAS]
        others = [schema for schema in schemas if schema.get("name") not in SYSTEM_SCHEMAS]
        return {**value, "schemas": others, "system": system}


class Parameter(BaseModel):
    """A parameter of a query, by its number."""

    number: int
    column: Column


class Query(BaseModel):
    """An annotated query."""

    text: str
    name: str
    cmd: str
    columns: list[Column] = []
    params: list[Parameter] = []
    comments: list[str] = []
    filename: str = ""
    insert_into_table: Identifier | None = None

    @property
    def stem(self) -> str:
        """Return the name of its file, without `.sql`."""
        return self.filename.removesuffix(".sql")


class Codegen(BaseModel):
    """An entry of `codegen:` in sqlc.yaml."""

    out: str = ""


class Settings(BaseModel):
    """The settings of this package in sqlc.yaml."""

    codegen: Codegen = Codegen()
    schema_files: list[str] = Field(default=[], alias="schema")
    queries: list[str] = []


class Request(BaseModel):
    """A request of sqlc."""

    sqlc_version: str = ""
    catalog: Catalog
    queries: list[Query] = []
    plugin_options: Options
    settings: Settings = Settings()

    @field_validator("plugin_options", mode="before")
    @classmethod
    def _decoded(cls, value: str) -> Any:
        return json.loads(base64.b64decode(value) or "{}")
