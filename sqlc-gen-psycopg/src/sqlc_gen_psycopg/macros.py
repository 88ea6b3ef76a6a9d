"""Macros in the query files that sqlc does not pass on, or not always: narg and slice."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from .analysis import macros
from .folder import sql_files

_QUERY = re.compile(r"(?:--|#|/\*)\s*name:\s*(\w+)\s+:\w+")


@dataclass(frozen=True, slots=True)
class Macros:
    """The parameters of a query that are written as `sqlc.narg` or `sqlc.slice`."""

    text: str = ""
    nargs: set[str] = field(default_factory=set[str])
    slices: set[str] = field(default_factory=set[str])


class QueryFiles:
    """The macros of all queries. Files that can't be read have none."""

    def __init__(self, paths: list[str]) -> None:
        self._found: dict[tuple[str, str], Macros] = {}
        for path in sql_files(paths):
            for text, named in macros(_text(path)):
                if (match := _QUERY.search(text)) is not None:
                    made = Macros(text, named.get("narg", set()), named.get("slice", set()))
                    self._found[path.name, match[1]] = made

    def macros(self, file: str, query: str) -> Macros | None:
        """Return the macros of a query, or None if its file can't be read."""
        return self._found.get((file, query))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
