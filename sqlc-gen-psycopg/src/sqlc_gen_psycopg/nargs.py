"""What the query files say that sqlc does not pass on: which parameters are written `sqlc.narg`."""

import re

from .folder import sql_files

_QUERY = re.compile(r"(?:--|#|/\*)\s*name:\s*(\w+)\s+:\w+")
_NARG = re.compile(r"sqlc\s*\.\s*narg\s*\(\s*'?\"?(\w+)", re.IGNORECASE)

Nargs = dict[tuple[str, str], set[str]]


def read_nargs(paths: list[str]) -> Nargs:
    """The names of such parameters, by the file and the name of the query."""
    found: Nargs = {}
    for path in sql_files(paths):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        _, *parts = _QUERY.split(text)
        for name, query in zip(parts[::2], parts[1::2], strict=True):
            found[path.name, name] = set(_NARG.findall(query))
    return found
