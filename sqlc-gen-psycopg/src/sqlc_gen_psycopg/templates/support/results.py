"""What becomes of results."""

import datetime
import functools
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import psycopg
from psycopg.rows import RowMaker
from psycopg.types.multirange import Multirange as PsycopgMultirange
from psycopg.types.range import Range as PsycopgRange
from pydantic import BaseModel

from .arguments import Value
from .cursors import Row

Model = TypeVar("Model", bound=BaseModel)


def in_utc(
    cursor: psycopg.Cursor[Any] | psycopg.AsyncCursor[Any], make: RowMaker[Row], *columns: int
) -> RowMaker[Row]:
    """The row maker, given rows with these columns in UTC."""
    if cursor.connection.pgconn.parameter_status(b"TimeZone") == b"UTC":
        return make  # psycopg gives them so.

    def convert(row: Sequence[Any]) -> Row:
        values = list(row)
        for column in columns:
            values[column] = utc(values[column])
        return make(values)

    return convert


def utc(value: Any) -> Any:
    """The value with its points in time in UTC."""
    kind: type[Any] = value.__class__
    if issubclass(kind, datetime.datetime):
        return value.astimezone(datetime.UTC)
    if issubclass(kind, list):
        return [utc(item) for item in value]
    if issubclass(kind, PsycopgRange) and not value.isempty:
        return PsycopgRange(utc(value.lower), utc(value.upper), value.bounds)
    if issubclass(kind, PsycopgMultirange):
        return PsycopgMultirange([utc(item) for item in value])
    return value


def row_count(cursor: psycopg.Cursor[Any]) -> int:
    """How many rows the statement changed."""
    if cursor.rowcount < 0:  # In a pipeline, it is known only when results are fetched.
        try:
            cursor.fetchone()
        except psycopg.ProgrammingError as exc:
            if exc.sqlstate is not None:
                raise
    return cursor.rowcount


async def arow_count(cursor: psycopg.AsyncCursor[Any]) -> int:
    """How many rows the statement changed."""
    if cursor.rowcount < 0:  # In a pipeline, it is known only when results are fetched.
        try:
            await cursor.fetchone()
        except psycopg.ProgrammingError as exc:
            if exc.sqlstate is not None:
                raise
    return cursor.rowcount


def certain(row: Row | None) -> Row:
    """The row of a statement that always returns one."""
    if row is None:
        raise psycopg.ProgrammingError("the statement returned no row")
    return row


@functools.cache
def fields(model: type[BaseModel]) -> tuple[dict[str, Any], set[str]]:
    """The fields of a model as a dictionary to fill, and their names; both are to be copied."""
    return dict.fromkeys(model.model_fields), set(model.model_fields)


def build(model: type[Model], values: dict[str, Any], names: set[str]) -> Model:
    """Make a model of values that have their types already, without validating."""
    built = _new(model)
    _set_values(built, values)
    _set_names(built, names.copy())
    _set_extra(built, None)
    _set_private(built, None)
    return built


# Looked up once: a page of rows builds a thousand models.
_new = object.__new__
_set_values, _set_names, _set_extra, _set_private = (
    vars(BaseModel)[f"__{slot}__"].__set__
    for slot in ("dict", "pydantic_fields_set", "pydantic_extra", "pydantic_private")
)


class Scalar(Generic[Value]):
    """A row factory that gives the one column, or what a function makes of it."""

    def __init__(self, load: Callable[[Any], Any] | None = None) -> None:
        self._load = load

    def __call__(self, cursor: psycopg.Cursor[Any] | psycopg.AsyncCursor[Any]) -> RowMaker[Value]:
        load = self._load
        if load is None:
            return _first
        return lambda values: load(values[0])


def _first(values: Sequence[Any]) -> Any:
    return values[0]
