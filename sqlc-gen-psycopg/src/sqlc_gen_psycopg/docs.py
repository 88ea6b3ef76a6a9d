"""The docstrings of queries: the comments next to the line with the name."""

import re
from collections.abc import Iterable, Iterator
from itertools import takewhile

from .directives import prose
from .folder import sql_files

_NAME = re.compile(r"\s*(?:--|/\*)\s*name:\s*(\w+)\s+:\w+.*")
_COMMENT = re.compile(r"\s*(?:--(.*)|/\*(.*)\*/\s*)")

Docs = dict[tuple[str, str], str]


def read_docs(paths: list[str]) -> Docs:
    """Return the docstrings by file and name of the query. Files that can't be read have none."""
    found: Docs = {}
    for path in sql_files(paths):
        try:
            lines = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            continue
        for number, line in enumerate(lines):
            if (match := _NAME.fullmatch(line)) is not None:
                above = [*_comments(reversed(lines[:number]))][::-1]
                below = _comments(lines[number + 1 :])
                found[path.name, match[1]] = prose([*above, *below])
    return found


def _comments(lines: Iterable[str]) -> Iterator[str]:
    """Return the comments up to the first line that is not one."""
    for match in takewhile(bool, map(_COMMENT.fullmatch, lines)):
        if match is not None:
            yield match[1] or match[2] or ""
