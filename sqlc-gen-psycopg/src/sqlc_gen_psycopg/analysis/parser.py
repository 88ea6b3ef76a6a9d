"""PostgreSQL's own parser. pgparse has no type hints."""

import importlib
from functools import lru_cache
from typing import Any

_pgparse: Any = importlib.import_module("pgparse")

ParseError: type[Exception] = _pgparse.PGQueryError


@lru_cache(maxsize=16)
def parse(sql: str) -> list[dict[str, Any]]:
    """Return the trees of the statements, which must not be changed. Raise ParseError for invalid SQL."""
    found: list[dict[str, Any]] = _pgparse.parse(sql)
    return found
