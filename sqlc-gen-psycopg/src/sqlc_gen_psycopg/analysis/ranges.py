"""Ranges and multiranges: their elements, and which belong together."""

from .database import Database

_BUILTIN = {
    "int4range": "int4",
    "int8range": "int8",
    "numrange": "numeric",
    "tsrange": "timestamp",
    "tstzrange": "timestamptz",
    "daterange": "date",
}
_MULTIRANGES = {name.replace("range", "multirange"): name for name in _BUILTIN}


def range_of(database: Database, type_: str | None) -> str | None:
    """Return the type of the bounds of a range or multirange."""
    if type_ is None:
        return None
    name = range_in(database, type_) or type_
    return _BUILTIN.get(name) or database.ranges.get(database.key(name))


def is_multirange(database: Database, type_: str) -> bool:
    """Return whether it is a multirange."""
    return range_in(database, type_) is not None


def range_in(database: Database, type_: str) -> str | None:
    """Return the type of the ranges that a multirange contains."""
    return _MULTIRANGES.get(type_) or database.multiranges.get(database.key(type_))


def multirange_of(database: Database, type_: str) -> str | None:
    """Return the type of the multiranges that contain such ranges."""
    own = {range_: ".".join(key) for key, range_ in database.multiranges.items()}
    return own.get(type_) or next((m for m, one in _MULTIRANGES.items() if one == type_), None)
