"""From the names of SQL to those of Python."""

import keyword
import re
from collections.abc import Collection, Iterable, Iterator

from pydantic import BaseModel

# What generated functions mean by these names.
_TAKEN = frozenset(
    {"conn", "cursor", "row", "rows", "self", "support", "models", "enums", "codecs"}
)
_ANNOTATED = frozenset(
    {
        *("bool", "bytes", "dict", "float", "int", "list", "set", "str"),
        *("datetime", "decimal", "enum", "ipaddress", "psycopg", "tuple_row", "uuid"),
    }
)
# What the modules of models and queries import.
_CLASSES = frozenset(
    {
        *("Any", "AsyncCursor", "AsyncIterator", "AsyncQuerier", "AsyncRawCursor", "BaseModel"),
        *("Cursor", "Final", "Iterable", "Iterator", "JsonValue", "LiteralString", "MISSING"),
        *("Multirange", "NamedTuple", "Querier", "Range", "RawCursor", "RowMaker", "Sequence"),
    }
)
_ENUM_MEMBERS = frozenset({"name", "value", "mro"})
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "mice": "mouse",
}
_SINGULAR = frozenset(
    [
        "news",
        "series",
        "species",
        "equipment",
        "information",
        "money",
        "rice",
        "fish",
        "sheep",
        "data",
        "metadata",
        "media",
        "status",
        "campus",
        "bus",
        "alias",
        "address",
        "process",
        "access",
        "analysis",
        "basis",
        "axis",
        "virus",
        "bonus",
        "atlas",
        "canvas",
        "lens",
        "gas",
        "corpus",
        "census",
    ]
)
_RULES = (
    (r"(ss|us|is)$", r"\1"),
    (r"(alias|status|campus|bus|virus|bonus|atlas|canvas|lens|gas|corpus|census)es$", r"\1"),
    (r"(ss|sh|ch|x|zz)es$", r"\1"),
    (r"(analy|ba|diagno|parenthe|progno|synop|the|cri)ses$", r"\1sis"),
    (r"(matr|append)ices$", r"\1ix"),
    (r"(vert|ind)ices$", r"\1ex"),
    (r"(m)ovies$", r"\1ovie"),
    (r"(cook|zomb|cal|t)ies$", r"\1ie"),
    (r"([^aeiouy]|qu)ies$", r"\1y"),
    (r"(kni|wi|li)ves$", r"\1fe"),
    (r"([lr]|lea|loa|shea)ves$", r"\1f"),
    (r"(hero|potato|tomato|echo|veto)es$", r"\1"),
    (r"s$", ""),
)


def snake_case(name: str) -> str:
    """`GetHTTPServer` and `getHTTPServer` become `get_http_server`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return identifier(parted.lower())


def constant(name: str) -> str:
    """`GetPack` becomes `GET_PACK`."""
    return snake_case(name).rstrip("_").upper()


def class_name(name: str) -> str:
    """`workflow_execution` becomes `WorkflowExecution`."""
    name = identifier("".join(part[:1].upper() + part[1:] for part in re.split(r"[\W_]+", name)))
    return f"{name}_" if name in _CLASSES else name


def function_name(name: str) -> str:
    """`GetPack` becomes `get_pack`; what annotations mean by a name keeps it."""
    name = snake_case(name)
    return f"{name}_" if name in _ANNOTATED or name in _TAKEN else name


def singular(name: str, excluded: Collection[str] = ()) -> str:
    """`book_authors` becomes `book_author`; words that are no plurals stay."""
    if name in excluded:
        return name
    start, separator, word = name.rpartition("_")
    lower = word.lower()
    if lower in _SINGULAR:
        return name
    if lower in _IRREGULAR:
        found = _IRREGULAR[lower]
        return start + separator + (found.capitalize() if word[:1].isupper() else found)
    for pattern, replacement in _RULES:
        changed = re.sub(pattern, replacement, word, flags=re.IGNORECASE)
        if changed != word or re.search(pattern, word, re.IGNORECASE):
            return start + separator + changed if changed else name
    return name


def member_names(labels: Iterable[str]) -> Iterator[str]:
    """`in-progress` becomes `IN_PROGRESS`; labels that would be alike are numbered."""
    return unique(map(_member_name, labels))


def _member_name(label: str) -> str:
    words = re.sub(r"\W+", "_", label).strip("_").upper()
    if not words:
        signs = "_".join(_SIGNS.get(character, f"U{ord(character):04X}") for character in label)
        words = signs or "EMPTY"
    name = identifier(words)
    return f"{name}_" if name.lower() in _ENUM_MEMBERS and name == name.lower() else name


_SIGNS = {
    "+": "PLUS",
    "-": "MINUS",
    "=": "EQUAL",
    "<": "LESS",
    ">": "GREATER",
    "*": "STAR",
    "/": "SLASH",
    "%": "PERCENT",
    "!": "BANG",
    "&": "AND",
    "|": "OR",
    "~": "TILDE",
    "^": "CARET",
    "?": "QUESTION",
    ".": "DOT",
    ",": "COMMA",
    " ": "SPACE",
    "_": "UNDERSCORE",
}


def parameter_name(name: str) -> str:
    """A keyword gets an underscore, and so does a name that the function itself needs."""
    # sqlc calls the parameter of `@n + 1` "+n".
    name = identifier(re.sub(r"^\W+(?=\w)", "", name))
    return f"{name}_" if name in _TAKEN else name


def field_name(name: str, *, pydantic: bool = True) -> str:
    """As a parameter's; an attribute of BaseModel gets an underscore too, and none leads."""
    name = identifier(name)
    if pydantic:
        name = name.lstrip("_") or "column"
        name = identifier(f"column_{name}" if name[0].isdigit() else name)
        if hasattr(BaseModel, name):
            return f"{name}_"
    return name


def item_name(name: str) -> str:
    """The name of a NamedTuple's field."""
    name = name.lstrip("_") or "column"
    name = identifier(f"column_{name}" if name[0].isdigit() else name)
    return f"{name}_" if hasattr(tuple, name) else name


def identifier(name: str) -> str:
    """The nearest legal name: other characters become underscores, keywords get one."""
    legal = re.sub(r"\W", "_", name)
    if not legal or not legal[0].isidentifier():
        legal = f"_{legal}" if not legal or legal[0].isdigit() else legal.lstrip("_")
    return f"{legal}_" if keyword.iskeyword(legal) else legal


def unique(names: Iterable[str]) -> Iterator[str]:
    """The names, those that were there already with a number behind."""
    listed = list(names)
    given = set(listed)
    seen: set[str] = set()
    for name in listed:
        candidate, number = name, 1
        while candidate in seen or (number > 1 and candidate in given):
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate)
        yield candidate
