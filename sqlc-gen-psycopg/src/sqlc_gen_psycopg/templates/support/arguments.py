"""Check and wrap arguments before they are sent."""

import datetime
import json as _json
import re
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from psycopg.types.json import Json as PsycopgJson
from psycopg.types.json import Jsonb
from psycopg.types.multirange import Multirange as PsycopgMultirange
from psycopg.types.range import Range as PsycopgRange
from pydantic import JsonValue

Value = TypeVar("Value")


dumps: Callable[[Any], str] = _json.JSONEncoder(allow_nan=False).encode


def _dumps_jsonb(value: Any) -> str:
    document = dumps(value)
    if "\\ud" in document:
        _json.dumps(value, ensure_ascii=False).encode()  # raises for a lone surrogate
    if "\\u0000" in document and _NUL.search(document):
        raise ValueError("NUL can't be stored in jsonb")
    return document


_NUL = re.compile(r"(?<!\\)(\\\\)*\\u0000")


def json(value: Any) -> PsycopgJson | None:
    """Wrap an argument as json. None is NULL. NaN and infinity raise ValueError."""
    return None if value is None else PsycopgJson(value, dumps=dumps)


def jsonb(value: Any) -> Jsonb | None:
    """Wrap an argument as jsonb. None is NULL.

    Values that jsonb can't hold raise ValueError: NaN, infinity, NUL and lone
    surrogates.
    """
    return None if value is None else Jsonb(value, dumps=_dumps_jsonb)


JsonExceptStr: TypeAlias = dict[str, JsonValue] | list[JsonValue] | int | float | bool
"""A JSON value, but not a str, which may be a document that is encoded already."""


def no_str(value: Any, name: str, dimensions: int = 0) -> Any:
    """Return JSON, or an array of it. Raise TypeError for a str."""
    kind: type[Any] = value.__class__
    if issubclass(kind, str):
        raise TypeError(
            f"{name}: expected a JSON value, got str; pass the value itself, not its json.dumps()"
        )
    for item in value if dimensions and issubclass(kind, list) else ():
        no_str(item, name, dimensions - 1)
    return value


def aware(value: Value, name: str) -> Value:
    """Return an argument. Raise ValueError for a datetime without a time zone."""
    if isinstance(value, datetime.datetime) and value.utcoffset() is None:
        raise ValueError(f"{name}: a datetime needs a time zone")
    return value


def aware_list(value: Any, name: str) -> Any:
    """Check each datetime in a list of any number of dimensions."""
    for item in value or ():
        (aware_list if issubclass(item.__class__, list) else aware)(item, name)
    return value


def aware_range(value: Any, name: str) -> Any:
    """Check each datetime in a range, a multirange, or a list of these."""
    kind: type[Any] = value.__class__
    if issubclass(kind, list | PsycopgMultirange):
        for item in value:
            aware_range(item, name)
    elif issubclass(kind, PsycopgRange):
        aware(value.lower, name)
        aware(value.upper, name)
    return value
