"""The base classes of all inputs, and the types of their fields."""

from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import MISSING, BaseModel, Field, GetJsonSchemaHandler, JsonValue
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

# The patterns are the same as in the CHECK constraints.
_SEMVER = (
    "^(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)"
    "(-(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)"
    "([.](0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*)?"
    "([+][0-9a-zA-Z-]+([.][0-9a-zA-Z-]+)*)?$"
)

PackRef = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]+$")]
RuntimeRef = Annotated[str, Field(pattern="^[^A-Z]+$")]
QualifiedRef = Annotated[str, Field(pattern="^[a-z][a-z0-9_-]+[.][a-z][a-z0-9_-]*$")]
Version = Annotated[str, Field(pattern=_SEMVER)]
BigInt = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
SmallInt = Annotated[int, Field(ge=-(2**15), le=2**15 - 1)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Seconds = Annotated[int, Field(gt=0, le=2**31 - 1)]
Milliseconds = Annotated[int, Field(ge=0, le=2**63 - 1)]
Delay = Annotated[timedelta, Field(strict=True, ge=timedelta(0))]
JsonObject = dict[str, JsonValue]


class Input(BaseModel, frozen=True, extra="forbid"):
    """An argument of a repository. Unknown fields are refused."""

    _table: ClassVar[str]

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> JsonSchemaValue:
        """Describe each property by the comment of its column."""
        from attune_queries.catalog import CATALOG  # No other code needs it at run time.

        schema = handler(core_schema)
        (table,) = (table for table in CATALOG.tables if table.name == cls._table)
        comments = {column.name: column.comment for column in table.columns}
        for name, described in handler.resolve_ref_schema(schema)["properties"].items():
            described["description"] = comments[name]
        return schema

    def values(self) -> dict[str, Any]:
        """Return the given fields, by column name."""
        return {name: value for name, value in vars(self).items() if value is not MISSING}


class CreateInput(Input, frozen=True):
    """The fields of a new row."""


class UpdateInput(Input, frozen=True):
    """The changes of a row: a field is absent, a value, or `None` for NULL."""
