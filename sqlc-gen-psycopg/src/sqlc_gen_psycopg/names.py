"""Convert names of SQL to names of Python."""

import itertools
import keyword
import re
import unicodedata
from collections.abc import Collection, Iterable

from pydantic import BaseModel

from .imports import IN_FUNCTIONS

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


def snake_case(name: str, *, split_acronyms: bool = False) -> str:
    """Convert `GetHTTPServer` and `getHTTPServer` to `get_http_server`, `ListURLs` to `list_urls`."""
    if not split_acronyms:
        name = name.replace("OAuth", "Oauth")
        # As in iOS and IPv4: a letter before an acronym, and one between it and a number.
        name = re.sub(r"(?<![^\W_])[a-z](?=[A-Z]{2})", _upper, name)
        name = re.sub(r"[A-Z]{2,}v(?=\d)", _upper, name)
        name = re.sub(r"([A-Z]{2,})s(?![a-z])", _without_plural, name)
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return identifier(parted.lower())


def _upper(match: re.Match[str]) -> str:
    return match[0].upper()


def _without_plural(match: re.Match[str]) -> str:
    """Treat `URLs` as one word, but `URLIs`, `URLAs` and `URLUs` as two."""
    acronym, rest = match[1], match.string[match.end() :]
    if acronym[-1] in "AIU" and rest[:1].isupper():
        known = acronym in _SHORT_ACRONYMS or acronym.endswith(_ACRONYMS)
        return f"{acronym}s".capitalize() if known else match[0]
    return f"{acronym}s".capitalize()


# An acronym followed by the words As, Is or Us.
_SHORT_ACRONYMS = frozenset({"AI", "CA", "CI", "EU", "QA", "TA", "UI"})
_ACRONYMS = (
    *("API", "CLI", "DPI", "GUI", "KPI", "POI", "ROI", "URI"),
    *("CTA", "DBA", "DNA", "EULA", "MFA", "RNA", "SLA", "VGA"),
    *("CPU", "GPU", "ICU", "MTU", "SKU", "TPU"),
)


def class_name(name: str) -> str:
    """Convert `workflow_execution` to `WorkflowExecution`."""
    name = "".join(part[:1].upper() + part[1:] for part in _legal(name).split("_"))
    return identifier(name or "Unnamed")


def function_name(name: str, *, split_acronyms: bool = False) -> str:
    """Convert `GetPack` to `get_pack`. No name begins with two underscores, which a class would mangle."""
    return re.sub("^__+", "_", snake_case(name, split_acronyms=split_acronyms))


def constant(function: str) -> str:
    """Convert `get_pack` to `GET_PACK`."""
    return identifier(function.rstrip("_").upper())


def singular(name: str, excluded: Collection[str] = ()) -> str:
    """Convert `book_authors` to `book_author`. Words that are not plural do not change."""
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


def member_names(labels: Iterable[str]) -> list[str]:
    """Convert `in-progress` to `IN_PROGRESS`. Labels that would get the same name are numbered."""
    return unique(map(_member_name, labels))


def _member_name(label: str) -> str:
    words = re.sub(" +", "_", _legal(label, " ")).strip("_").upper()
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
    """Return the name of a field; a name that the function itself uses gets an underscore."""
    # sqlc names the parameter of `@n + 1` "+n".
    return free(_public(re.sub(r"^\W+(?=\w)", "", name)), IN_FUNCTIONS)


def field_name(name: str, *, pydantic: bool = True) -> str:
    """Return a valid field name. Keywords and attributes of BaseModel get an underscore, and none leads."""
    name = _public(name)
    return f"{name}_" if pydantic and hasattr(BaseModel, name) else name


def item_name(name: str) -> str:
    """Return the name of a parameter in a NamedTuple."""
    return f"{name}_" if hasattr(tuple, name) else name


def _public(name: str) -> str:
    """Return the nearest legal name without leading underscores: `__deleted` becomes `deleted`."""
    name = identifier(name).lstrip("_") or "column"
    return identifier(name if name.isidentifier() else f"column_{name}")


def identifier(name: str) -> str:
    """Return the nearest legal name: other characters become underscores, keywords get one."""
    legal = _legal(name)
    if not legal[:1].isidentifier():
        legal = f"_{legal}"
    return f"{legal}_" if keyword.iskeyword(legal) else legal


def _legal(name: str, filler: str = "_") -> str:
    """Return the name as Python's parser reads it. Characters that no identifier has become the filler."""
    normal = unicodedata.normalize("NFKC", name)
    return "".join(letter if f"_{letter}".isidentifier() else filler for letter in normal)


def free(name: str, taken: Collection[str]) -> str:
    """Return the name, with an underscore if it is taken."""
    while name in taken:
        name = f"{name}_"
    return name


class Names:
    """The names of one scope, which must be unique."""

    def __init__(self, reserved: Collection[str] = ()) -> None:
        self._reserved = reserved
        self._given: set[str] = set()

    def give(self, wanted: str, others: Collection[str] = ()) -> str:
        """Return the wanted name if it is free and not among the others, or a name with a number."""
        name = wanted = free(wanted, self._reserved)
        numbers = itertools.count(2)
        while name in self._given or name in others:
            name = f"{wanted}_{next(numbers)}"
        self._given.add(name)
        return name

    def give_all(self, wanted: Iterable[str]) -> list[str]:
        """Return names for all. No number may create a name that another one wants."""
        listed = [free(name, self._reserved) for name in wanted]
        every = set(listed)
        return [self.give(name, every - {name}) for name in listed]


def unique(names: Iterable[str], reserved: Collection[str] = ()) -> list[str]:
    """Return the names: reserved ones get an underscore, equal ones a number."""
    return Names(reserved).give_all(names)
