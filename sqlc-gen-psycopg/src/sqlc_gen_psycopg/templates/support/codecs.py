"""Types that psycopg does not know without registration."""

import datetime
import enum
from typing import Any, Generic, TypeVar

from psycopg.adapt import Transformer
from psycopg.postgres import types as _types
from psycopg.pq import Format

from .arguments import Value, dumps, no_str
from .cursors import load_json, text

Member = TypeVar("Member", bound=enum.Enum)


class Codec(Generic[Value]):
    """Reads and writes the text form of a type."""

    def load(self, value: Any) -> Value:
        """Return the value of a text, or a decoded value unchanged."""
        raise NotImplementedError

    def dump(self, value: Any) -> str | None:
        """Return the text of a value. None is NULL."""
        return None if value is None else text(value)


class Builtin(Codec[Any]):
    """A type that psycopg reads and writes."""

    def __init__(self, name: str) -> None:
        self._loader = Transformer().get_loader(_types[name].oid, Format.TEXT)

    def load(self, value: Any) -> Any:
        return self._loader.load(value.encode())


class Text(Codec[str]):
    """A type that is read and written as text."""

    def load(self, value: Any) -> str:
        return str(value)


class Instant(Codec[datetime.datetime]):
    """timestamptz, in UTC."""

    _builtin = Builtin("timestamptz")

    def load(self, value: Any) -> datetime.datetime:
        loaded: datetime.datetime = self._builtin.load(value)
        return loaded.astimezone(datetime.UTC)


class Json(Codec[Any]):
    """json or jsonb."""

    def load(self, value: Any) -> Any:
        return load_json(value)

    def dump(self, value: Any) -> str | None:
        return None if value is None else dumps(value)


class JsonOfField(Json):
    """The JSON of a field that refuses a str."""

    def __init__(self, name: str) -> None:
        self._name = name

    def dump(self, value: Any) -> str | None:
        return super().dump(no_str(value, self._name))


class UnknownLabelError(ValueError):
    """A result has a label that its enum does not have."""

    def __init__(self, kind: type[enum.Enum], label: str) -> None:
        super().__init__(kind, label)
        self.enum = kind
        self.label = label

    def __str__(self) -> str:
        return (
            f"the database holds the label {self.label!r}, which {self.enum.__name__}"
            " does not have: generate the code again"
        )


class Enum(Codec[Member], dict[str, Member]):
    """The members of an enum by label. An unknown label is an error."""

    def __init__(self, kind: type[Member]) -> None:
        super().__init__((member.value, member) for member in kind)
        self._kind = kind

    def __missing__(self, label: str) -> Member:
        raise UnknownLabelError(self._kind, label)

    def load(self, value: Any) -> Member:
        return self[value]


class Array(Codec[list[Any]]):
    """An array of any number of dimensions."""

    def __init__(self, element: Codec[Any], delimiter: str = ",", dimensions: int = 0) -> None:
        self._element = element
        self._delimiter = delimiter
        # For JSON, which has lists, too: the number of dimensions of the array.
        self._dimensions = dimensions

    def load(self, value: Any) -> list[Any]:
        if issubclass(type(value), list):
            return self._loaded(value)
        start = value.index("{")
        found, _ = self._parse(value, start)
        return found

    def _loaded(self, items: Any) -> list[Any]:
        return [None if item is None else self._item(item) for item in items]

    def _item(self, item: Any) -> Any:
        return self._loaded(item) if issubclass(type(item), list) else self._element.load(item)

    def _parse(self, value: str, at: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        at += 1
        while value[at] != "}":
            if value[at] == self._delimiter:
                at += 1
            if value[at] == "{":
                item, at = self._parse(value, at)
                items.append(item)
                continue
            token, quoted, at = read_token(value, at, self._delimiter + "}")
            null = not quoted and token.upper() == "NULL"
            items.append(None if null else self._element.load(token))
        return items, at + 1

    def dump(self, value: Any) -> str | None:
        return None if value is None else self._dumped(value, 1)

    def _dumped(self, value: Any, depth: int) -> str:
        parts: list[str] = []
        for item in value:
            if issubclass(type(item), list) and depth != self._dimensions:
                parts.append(self._dumped(item, depth + 1))
            else:
                dumped = self._element.dump(item)
                parts.append("NULL" if dumped is None else quote(dumped))
        return "{" + self._delimiter.join(parts) + "}"


def read_token(value: str, at: int, end: str) -> tuple[str, bool, int]:
    """Return the text up to an end character, whether it was quoted, and its end."""
    parts: list[str] = []
    quoted = False
    while at < len(value):
        character = value[at]
        if character == '"':
            quoted = True
            at += 1
            while True:
                if value[at] == "\\":
                    at += 1
                elif value[at] == '"':
                    if value[at + 1 : at + 2] != '"':
                        break
                    at += 1
                parts.append(value[at])
                at += 1
        elif character == "\\":
            at += 1
            parts.append(value[at])
        elif character in end:
            break
        else:
            parts.append(character)
        at += 1
    return "".join(parts), quoted, at


def quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
