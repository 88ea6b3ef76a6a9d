"""`sqlc.slice`: sqlc writes it as `IN ($n)`, which becomes `= ANY ($n)` with an array."""

import re
from collections.abc import Iterator
from typing import Any

from .database import walk
from .parser import ParseError, parse

Node = dict[str, Any]

_IN = re.compile(rb"(NOT\s+)?IN\b", re.IGNORECASE)
_WORD = rb'(?:[\w$\x80-\xff]+|"(?:[^"]|"")*")'
_TYPE = re.compile(
    rb"%(word)s(?:\s*\.\s*%(word)s)*(?:\s+%(word)s)*(?:\s*\([\d\s,]*\))?(?:\s+%(word)s)*"
    % {b"word": _WORD}
)


def with_array(sql: str, number: int) -> str | None:
    """Return the statement with an array instead of a slice, or None if the slice is at another place.

    Only words are replaced, so that comments stay. The result is parsed to check that it is the
    intended statement.
    """
    text = sql.encode()
    try:
        for start, end, words in sorted(_edits(text, number), reverse=True):
            text = text[:start] + words + text[end:]
        return text.decode() if _is_array_everywhere(text, number) else None
    except ParseError:
        return None


def _edits(text: bytes, number: int) -> Iterator[tuple[int, int, bytes]]:
    """Return the replacements: for IN, and for the types that the slice is cast to."""
    for kind, node in walk(parse(text.decode())):
        if kind != "A_Expr" or node["kind"] != "AEXPR_IN":
            continue
        items = node["rexpr"]["List"]["items"]
        casts, found = _parameter(items[0])
        words = _IN.match(text, node["location"])
        if len(items) > 1 or found != number or words is None:
            continue
        yield *words.span(), b"<> ALL" if words[1] else b"= ANY"
        for type_ in casts:
            written = _TYPE.match(text, type_["location"])
            if "arrayBounds" not in type_ and written is not None:
                yield written.end(), written.end(), b"[]"


def _is_array_everywhere(text: bytes, number: int) -> bool:
    """Return whether the parameter is everywhere the array of `= ANY`, or of another operator."""
    places = arrays = 0
    for kind, node in walk(parse(text.decode())):
        if kind == "ParamRef":
            places += node.get("number") == number
        elif kind == "A_Expr" and node["kind"] in ("AEXPR_OP_ANY", "AEXPR_OP_ALL"):
            casts, found = _parameter(node["rexpr"])
            is_array = found == number and all("arrayBounds" in type_ for type_ in casts)
            arrays += is_array and "RowExpr" not in node["lexpr"]
    return places == arrays


def _parameter(node: Node) -> tuple[list[Node], int | None]:
    """Return the types that a parameter is cast to, and its number."""
    casts: list[Node] = []
    while "TypeCast" in node:
        casts.append(node["TypeCast"]["typeName"])
        node = node["TypeCast"]["arg"]
    return casts, node.get("ParamRef", {}).get("number")
