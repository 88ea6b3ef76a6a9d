"""Composite types, ranges, hstore, and types of the user."""

import functools
from collections.abc import Callable
from typing import Any, cast

from psycopg.types.multirange import Multirange as PsycopgMultirange
from psycopg.types.range import Range as PsycopgRange
from pydantic import TypeAdapter

from .arguments import Value
from .codecs import Codec, Json, quote, read_token
from .cursors import text


class Composite(Codec[Value]):
    """A composite type, as a model."""

    def __init__(self, model: Callable[..., Value], **fields: Codec[Any]) -> None:
        self._model = model
        self._fields = fields

    def load(self, value: Any) -> Value:
        loaded: dict[str, Any] = {}
        at = 1
        for name, codec in self._fields.items():
            token, quoted, at = read_token(value, at, ",)")
            loaded[name] = codec.load(token) if token or quoted else None
            at += 1
        return self._model(**loaded)

    def dump(self, value: Any) -> str | None:
        if value is None:
            return None
        dumped = (codec.dump(getattr(value, name)) for name, codec in self._fields.items())
        return "(" + ",".join("" if part is None else quote(part) for part in dumped) + ")"


class Range(Codec[PsycopgRange[Value]]):
    """A range."""

    def __init__(self, bound: Codec[Value]) -> None:
        self._bound = bound

    def load(self, value: Any) -> PsycopgRange[Value]:
        if isinstance(value, PsycopgRange):
            return cast("PsycopgRange[Value]", value)
        if value == "empty":
            return PsycopgRange[Value](empty=True)
        lower, lower_quoted, at = read_token(value, 1, ",")
        upper, upper_quoted, at = read_token(value, at + 1, ")]")
        return PsycopgRange(
            self._bound.load(lower) if lower or lower_quoted else None,
            self._bound.load(upper) if upper or upper_quoted else None,
            value[0] + value[at],
        )

    def dump(self, value: Any) -> str | None:
        if value is None or value.isempty:
            return None if value is None else "empty"
        lower, upper = self._bound.dump(value.lower), self._bound.dump(value.upper)
        return (
            ("[" if value.lower_inc else "(")
            + ("" if lower is None else quote(lower))
            + ","
            + ("" if upper is None else quote(upper))
            + ("]" if value.upper_inc else ")")
        )


class Multirange(Codec[PsycopgMultirange[Value]]):
    """A multirange."""

    def __init__(self, bound: Codec[Value]) -> None:
        self._range = Range(bound)

    def load(self, value: Any) -> PsycopgMultirange[Value]:
        if isinstance(value, PsycopgMultirange):
            return cast("PsycopgMultirange[Value]", value)
        spans: list[PsycopgRange[Value]] = []
        at = 1
        while value[at] != "}":
            start = at
            _, _, at = read_token(value, at + 1, ",")
            _, _, at = read_token(value, at + 1, ")]")
            at += 1
            spans.append(self._range.load(value[start:at]))
            if value[at] == ",":
                at += 1
        return PsycopgMultirange(spans)

    def dump(self, value: Any) -> str | None:
        if value is None:
            return None
        return "{" + ",".join(self._range.dump(span) or "" for span in value) + "}"


class Hstore(Codec[dict[str, str | None]]):
    """hstore."""

    def load(self, value: Any) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        at = 0
        while at < len(value):
            key, _, at = read_token(value, at, "=")
            item, quoted, at = read_token(value, at + 2, ",")
            found[key] = None if not quoted and item.upper() == "NULL" else item
            at += 2
        return found

    def dump(self, value: Any) -> str | None:
        if value is None:
            return None
        return ",".join(
            f"{quote(key)}=>{'NULL' if item is None else quote(item)}"
            for key, item in value.items()
        )


_adapter = functools.cache(TypeAdapter[Any])


class Typed(Codec[Value]):
    """A type of the user over another one, validated in both directions."""

    def __init__(self, python: Any, codec: Codec[Any] | None = None) -> None:
        self._adapter: TypeAdapter[Value] = _adapter(python)
        self._codec = codec
        self._is_json = isinstance(codec, Json)

    def load(self, value: Any) -> Value:
        if isinstance(value, str) and self._codec is not None and not self._is_json:
            value = self._codec.load(value)
        return self._adapter.validate_python(value)

    def dump(self, value: Any) -> str | None:
        if value is None:
            return None
        checked = self._adapter.validate_python(value)
        if self._is_json:
            return self._adapter.dump_json(checked).decode()
        plain = self._adapter.dump_python(checked)
        return text(plain) if self._codec is None else self._codec.dump(plain)
