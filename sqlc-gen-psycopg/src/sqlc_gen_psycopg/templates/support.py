"""What the generated functions need of psycopg: cursors whose adaptation is this package's own.

Nothing is registered globally and nothing is changed on a connection, and what a caller registered there changes
nothing here.
"""

import json as _json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import psycopg.types.json
from psycopg import AsyncRawCursor, RawCursor
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader, Transformer
from psycopg.postgres import types
from psycopg.pq import Format
from pydantic import BaseModel
from pydantic_core import from_json

Row = TypeVar("Row")
Value = TypeVar("Value")
Model = TypeVar("Model", bound=BaseModel)


class _JsonLoader(Loader):
    """Decodes JSON faster than the standard library, and integers of any size like it."""

    def load(self, data: Buffer) -> Any:
        document = bytes(data)
        try:
            return from_json(document)
        except ValueError:  # It refuses more than 200 levels.
            return _json.loads(document)


_ADAPTERS = AdaptersMap(psycopg.adapters)
_ADAPTERS.register_loader("json", _JsonLoader)
_ADAPTERS.register_loader("jsonb", _JsonLoader)

# PostgreSQL writes the arrays of all types alike.
_load_text_array = Transformer().get_loader(types["text"].array_oid, Format.TEXT).load


class Cursor(RawCursor[Row]):
    """A cursor that takes `$1` placeholders and adapts values in the way of this package."""

    @property
    def adapters(self) -> AdaptersMap:
        """Loaders and dumpers."""
        return _ADAPTERS


class AsyncCursor(AsyncRawCursor[Row]):
    """A cursor that takes `$1` placeholders and adapts values in the way of this package."""

    @property
    def adapters(self) -> AdaptersMap:
        """Loaders and dumpers."""
        return _ADAPTERS


def _dumps(value: Any) -> str:
    return _json.dumps(value, allow_nan=False)


def json(value: Any) -> psycopg.types.json.Json | None:
    """Wrap an argument as json; None is SQL NULL. NaN and infinity raise ValueError."""
    return None if value is None else psycopg.types.json.Json(value, dumps=_dumps)


def jsonb(value: Any) -> psycopg.types.json.Jsonb | None:
    """Wrap an argument as jsonb; None is SQL NULL. NaN and infinity raise ValueError."""
    return None if value is None else psycopg.types.json.Jsonb(value, dumps=_dumps)


def aware(value: datetime | None, name: str) -> datetime | None:
    """Return an argument as it is; raise ValueError if it is a datetime without a time zone."""
    if value is not None and value.utcoffset() is None:
        raise ValueError(f"{name}: a datetime needs a time zone")
    return value


def is_utc(cursor: psycopg.Cursor[Any] | psycopg.AsyncCursor[Any]) -> bool:
    """Whether psycopg gives points in time in UTC, because it is the session's time zone."""
    return cursor.connection.info.parameter_status("TimeZone") == "UTC"


def enum_list(enum: type[Value], value: str | Sequence[Any]) -> list[Value]:
    """Make members of an array of an enum, which psycopg does not know."""
    labels = _load_text_array(value.encode()) if isinstance(value, str) else value
    return [enum(label) for label in labels]  # type: ignore[call-arg]


def certain(row: Row | None) -> Row:
    """The row of a statement that always returns one."""
    if row is None:
        raise psycopg.ProgrammingError("the statement returned no row")
    return row


def build(model: type[Model], values: Mapping[str, Any], fields: set[str]) -> Model:
    """Make a model of values that have its types already, as `model_validate` would."""
    built = model.__new__(model)
    object.__setattr__(built, "__dict__", values)
    object.__setattr__(built, "__pydantic_fields_set__", fields.copy())
    object.__setattr__(built, "__pydantic_extra__", None)
    object.__setattr__(built, "__pydantic_private__", None)
    return built
