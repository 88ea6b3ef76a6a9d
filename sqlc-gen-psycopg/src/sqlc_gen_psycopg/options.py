"""The options of the plugin in sqlc.yaml."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Override(BaseModel):
    """A correction of what is known of columns; later ones win.

    `column` is `schema.table.column`; a `*` as the last part means each column of the table.
    """

    model_config = ConfigDict(extra="forbid")

    column: str
    nullable: bool

    def applies(self, schema: str, table: str, column: str) -> bool:
        """Whether it is about this column."""
        return self.column in (f"{schema}.{table}.{column}", f"{schema}.{table}.*")


class Options(BaseModel):
    """What `options:` may hold."""

    model_config = ConfigDict(extra="forbid")

    package: str
    emit_sync_querier: bool = True
    emit_async_querier: bool = True
    database: str | None = Field(None, pattern="^[A-Z_][A-Z0-9_]*$")
    """The environment variable, listed under the plugin's `env:`, with the URL of a migrated database."""
    overrides: list[Override] = []
    enum_functions: list[str] = []
    """Immutable functions of one enum argument that become properties of the enum."""
    model: Literal["pydantic"] = "pydantic"
