"""Convert results."""

import datetime
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import psycopg
from psycopg.rows import RowMaker
from psycopg.types.multirange import Multirange as PsycopgMultirange
from psycopg.types.range import Range as PsycopgRange
from pydantic import BaseModel

from .arguments import Value
from .cursors import Row


def utc(value: Any) -> Any:
    """Return a datetime in UTC."""
    kind: type[Any] = value.__class__
    return value.astimezone(datetime.UTC) if issubclass(kind, datetime.datetime) else value


def utc_list(value: Any) -> Any:
    """Convert each datetime in a list of any number of dimensions."""
    kind: type[Any] = value.__class__
    return [utc_list(item) for item in value] if issubclass(kind, list) else utc(value)


def utc_range(value: Any) -> Any:
    """Convert each datetime in a range, a multirange, or a list of these."""
    kind: type[Any] = value.__class__
    if issubclass(kind, list):
        return [utc_range(item) for item in value]
    if issubclass(kind, PsycopgRange) and not value.isempty:
        return PsycopgRange(utc(value.lower), utc(value.upper), value.bounds)
    if issubclass(kind, PsycopgMultirange):
        return PsycopgMultirange([utc_range(item) for item in value])
    return utc(value)


def in_utc(
    cursor: psycopg.Cursor[Any] | psycopg.AsyncCursor[Any],
    make: RowMaker[Row],
    *columns: int,
    convert: Callable[[Any], Any] = utc,
) -> RowMaker[Row]:
    """Return the row maker for rows with these columns, which it converts to UTC."""
    if cursor.connection.pgconn.parameter_status(b"TimeZone") == b"UTC":
        return make  # psycopg returns them in UTC already.

    def make_in_utc(row: Sequence[Any]) -> Row:
        values = list(row)
        for column in columns:
            values[column] = convert(values[column])
        return make(values)

    return make_in_utc


def row_count(cursor: psycopg.Cursor[Any]) -> int:
    """Return how many rows the statement changed."""
    if cursor.rowcount < 0:  # In a pipeline, it is known only when results are fetched.
        try:
            cursor.fetchone()
        except psycopg.ProgrammingError as exc:
            if exc.sqlstate is not None:
                raise
    return cursor.rowcount


async def arow_count(cursor: psycopg.AsyncCursor[Any]) -> int:
    """Return how many rows the statement changed."""
    if cursor.rowcount < 0:  # In a pipeline, it is known only when results are fetched.
        try:
            await cursor.fetchone()
        except psycopg.ProgrammingError as exc:
            if exc.sqlstate is not None:
                raise
    return cursor.rowcount


def certain(row: Row | None) -> Row:
    """Return the row of a statement that always returns one."""
    if row is None:
        raise psycopg.ProgrammingError("the statement returned no row")
    return row


class FromRow:
    """Added to pydantic models that are made of rows, in which all fields are set."""

    __slots__ = ()

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name != "__pydantic_fields_set__":
                return super().__getattr__(name)
            # Rarely used, and for each row it would take as much memory as the values.
            names = set(self.__class__.model_fields)
            _set_names(self, names)
            return names


Model = TypeVar("Model", bound=BaseModel)


def blank(model: type[Model]) -> tuple[Model, dict[str, Any]]:
    """Make a model, and return it with its `__dict__`, which the caller fills."""
    made: Any = _new(model)
    _set_extra(made, None)
    _set_private(made, None)
    return made, made.__dict__


# Look it up once: a page of rows makes a thousand models.
_new = object.__new__
_set_names, _set_extra, _set_private = (
    vars(BaseModel)[f"__pydantic_{slot}__"].__set__ for slot in ("fields_set", "extra", "private")
)


class Scalar(Generic[Value]):
    """A row factory that returns the one column, or what a function makes of it."""

    def __init__(self, load: Callable[[Any], Any] | None = None) -> None:
        self._make: RowMaker[Value] = operator.itemgetter(0)
        if load is not None:
            self._make = lambda values: load(values[0])

    def __call__(self, _: psycopg.Cursor[Any] | psycopg.AsyncCursor[Any]) -> RowMaker[Value]:
        return self._make
