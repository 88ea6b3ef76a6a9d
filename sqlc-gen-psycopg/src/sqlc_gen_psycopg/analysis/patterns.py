"""What a statement says in a form of the plugin's own: pairs of `set_x` and `x`, and slices."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .database import walk
from .parser import ParseError, parse


def pairs(sql: str, names: Mapping[int, str]) -> dict[int, int]:
    """The flags `set_x` and the values `x` of `CASE WHEN $set_x THEN $x ELSE x END`."""
    found: dict[int, int] = {}
    try:
        parsed = parse(sql)
    except ParseError:
        return found
    for kind, node in walk(parsed):
        if kind != "CaseExpr" or "arg" in node or len(node["args"]) != 1:
            continue
        when = node["args"][0]["CaseWhen"]
        flag, value = _parameter(when["expr"]), _parameter(when["result"])
        if flag and value and names.get(flag) == f"set_{names.get(value)}":
            found[flag] = value
    return found


def _parameter(node: dict[str, Any]) -> int | None:
    while "TypeCast" in node:
        node = node["TypeCast"]["arg"]
    number = node.get("ParamRef", {}).get("number")
    return int(number) if number else None


def slices(sql: str, numbers: Sequence[int]) -> str:
    """The statement with `IN ($n)` of each slice as `= ANY ($n)`, which takes an array."""
    for number in numbers:
        place = rf"\s+IN\s*\(\s*\${number}\s*\)"
        sql = re.sub(rf"\s+NOT{place}", f" <> ALL (${number})", sql, flags=re.IGNORECASE)
        sql = re.sub(place, f" = ANY (${number})", sql, flags=re.IGNORECASE)
    return sql
