"""Pieces of Python text."""

import re
import textwrap
import unicodedata
from collections.abc import Iterable

from .model import Embed, Field

_WIDTH = 88
"""The default line length of ruff."""


def literal(text: str, *, lines: bool = False) -> str:
    """Return a string literal, on one line or on the lines of the text."""
    if lines:
        return f'"""{_escaped_lines(text)}"""'
    return '"' + _escaped(text).replace('"', '\\"') + '"'


def literals(texts: Iterable[str]) -> str:
    """Return a tuple of string literals."""
    items = [literal(text) for text in texts]
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def docstring(text: str, level: int) -> str:
    """Return a docstring, wrapped if a line is too long."""
    indent = "    " * level
    escaped = _escaped_lines(text.strip(" \n"))
    if "\n" not in escaped and len(indent) + len(escaped) + 6 <= _WIDTH:
        return f'{indent}"""{escaped}"""\n'
    width = _WIDTH - len(indent) - 3
    lines = [part for line in escaped.split("\n") for part in _wrapped(line, width)]
    body = "\n".join(f"{indent}{line}".rstrip(" ") for line in lines).lstrip(" ")
    return f'{indent}"""{body}\n{indent}"""\n'


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""]


def _escaped_lines(text: str) -> str:
    """Return the text as it is written between triple quotes."""
    escaped = "\n".join(map(_escaped, text.split("\n")))
    return re.sub(r'^"|"{3,}|"\Z', lambda quotes: '\\"' * len(quotes[0]), escaped)


def _escaped(text: str) -> str:
    """Escape characters that end a line, are invisible, or change the direction of the text."""
    if text.isprintable() and "\\" not in text:
        return text
    return "".join(
        character.encode("unicode_escape").decode() if _is_unsafe(character) else character
        for character in text
    )


def _is_unsafe(character: str) -> bool:
    return character == "\\" or (character != " " and unicodedata.category(character) in _UNSEEN)


_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"})


def all_names(names: Iterable[str]) -> str:
    """Return the `__all__` of a module."""
    listed = ", ".join(literal(name) for name in sorted(names))
    annotation = "" if listed else ": list[str]"
    return f"\n\n__all__{annotation} = [{listed}]\n"


def isolated(fields: Iterable[Field | Embed]) -> set[str]:
    """Return the names in the annotations of a class that one of its fields has taken."""
    listed = list(fields)
    used = {
        name for field in listed for name in re.findall(r"(?<![\w.])[A-Za-z_]\w*", field.annotation)
    }
    return {field.name for field in listed} & used - {"None"}
