"""Find out whether the elements of an array may be NULL.

The array of a column is assumed to have no NULLs. An array that a statement collects has the NULLs
of what it collects.
"""

import re
from collections.abc import Sequence
from typing import Any

from .scope import Value
from .signatures import Signature

Node = dict[str, Any]

_NULL = re.compile(r"\bNULL\b", re.IGNORECASE)
# A group that is optional in a match.
_OPTIONAL = re.compile(r"\||\)[?*{]")


def is_array(value: Value) -> bool:
    """Return whether the value is an array."""
    return value.type is not None and value.type.endswith("[]")


def as_element(value: Value) -> bool:
    """Return whether an array that contains the value, or is joined to it, may have NULL elements."""
    return value.null_elements if is_array(value) else value.nullable


def of_literal(node: Node) -> bool:
    """Return whether `'{...}'` has a NULL in it."""
    text = node.get("A_Const", {}).get("sval", {}).get("sval", "")
    return text.startswith("{") and _NULL.search(text) is not None


def of_call(found: Signature, nodes: Sequence[Node], values: Sequence[Value]) -> bool:
    """Return whether the array that a function returns may have NULL elements."""
    match found.name, values:
        case ("array_agg", [value, *_]):
            return as_element(value)
        case ("array_append" | "array_prepend" | "array_cat", [one, other]):
            return as_element(one) or as_element(other)
        case ("array_replace", [array, _, new]):
            return array.null_elements or new.nullable
        case ("array_fill", [value, *_]):
            return value.nullable
        case ("array_remove", _) if nodes[1].get("A_Const", {}).get("isnull"):
            return False
        case ("string_to_array", [_, _, _]):
            return not nodes[2].get("A_Const", {}).get("isnull")
        case ("regexp_match" | "regexp_matches", _):
            pattern = nodes[1].get("A_Const", {}).get("sval", {}).get("sval")
            return pattern is None or _OPTIONAL.search(pattern) is not None
        case _:
            return "elements" in found.nulls or any(value.null_elements for value in values)
