"""PostgreSQL's own parser, which pgparse has without type hints."""

import importlib
from functools import lru_cache
from typing import Any

_pgparse: Any = importlib.import_module("pgparse")

ParseError: type[Exception] = _pgparse.PGQueryError


@lru_cache(maxsize=16)
def parse(sql: str) -> list[dict[str, Any]]:
    """The trees of the statements, which nobody changes; raise ParseError if it can't be read."""
    found: list[dict[str, Any]] = _pgparse.parse(sql)
    return found
