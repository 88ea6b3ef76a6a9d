"""Pieces of Python text."""

import re
import textwrap
from collections.abc import Iterable, Iterator

from .model import Embed, Field

_WIDTH = 88
"""How long lines are by ruff's own defaults."""


def docstring(text: str, level: int) -> str:
    """A docstring, wrapped by paragraphs where a line is too long."""
    indent = "    " * level
    escaped = text.strip().replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if escaped.endswith('"'):
        escaped = f'{escaped[:-1]}\\"'
    if "\n" not in escaped and len(escaped) + len(indent) + 6 <= _WIDTH:
        return f'{indent}"""{escaped}"""\n'
    lines = [
        line for part in escaped.split("\n") for line in _wrapped(part, _WIDTH - 3 - len(indent))
    ]
    body = "\n".join(f"{indent}{line}".rstrip() for line in lines).lstrip()
    return f'{indent}"""{body}\n{indent}"""\n'


def _wrapped(line: str, width: int) -> Iterator[str]:
    yield from textwrap.wrap(line, width, break_long_words=False) or [""]


def quoted(text: str) -> str:
    """A string literal."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else repr(c)[1:-1] for c in escaped) + '"'


def all_names(names: Iterable[str]) -> str:
    """The list of what a module exports."""
    listed = ", ".join(quoted(name) for name in sorted(names))
    annotation = "" if listed else ": list[str]"
    return f"\n\n__all__{annotation} = [{listed}]\n"


def isolated(fields: Iterable[Field | Embed]) -> set[str]:
    """The names in the annotations of a class that a field of it has taken."""
    listed = list(fields)
    used = {
        name for field in listed for name in re.findall(r"(?<![\w.])[A-Za-z_]\w*", field.annotation)
    }
    return {field.name for field in listed} & used - {"None"}
