"""What the query files say that sqlc does not pass on: `sqlc.narg`, and where a `*` stands."""

import re

from .folder import sql_files

_QUERY = re.compile(r"(?:--|#|/\*)\s*name:\s*(\w+)\s+:\w+")
_NARG = re.compile(r"sqlc\s*\.\s*narg\s*\(\s*'?\"?(\w+)", re.IGNORECASE)

Nargs = dict[tuple[str, str], set[str]]


def read_queries(paths: list[str]) -> dict[tuple[str, str], str]:
    """The queries as they are written, by file and name; those of unreadable files are missing."""
    found: dict[tuple[str, str], str] = {}
    for path in sql_files(paths):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        _, *parts = _QUERY.split(text)
        for name, query in zip(parts[::2], parts[1::2], strict=True):
            found[path.name, name] = query.partition("\n")[2]
    return found


def nargs_of(queries: dict[tuple[str, str], str]) -> Nargs:
    """The names of the parameters that are written `sqlc.narg`."""
    return {key: set(_NARG.findall(query)) for key, query in queries.items()}
