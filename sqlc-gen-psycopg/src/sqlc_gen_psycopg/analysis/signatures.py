"""Functions and operators of PostgreSQL, and which of them a call means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from typing import Any

from .candidates import the_one
from .database import Attribute, Database, Routine
from .known import data, is_builtin_type
from .ranges import is_multirange, multirange_of, range_in, range_of

POLYMORPHIC = {
    "anyelement",
    "anynonarray",
    "anyenum",
    "anyarray",
    "anyrange",
    "anymultirange",
    "anycompatible",
    "anycompatiblenonarray",
    "anycompatiblearray",
    "anycompatiblerange",
    "anycompatiblemultirange",
    "any",
}
ARRAYS = {"anyarray", "anycompatiblearray"}
_NUMBERS = ["int2", "int4", "int8", "numeric", "float4", "float8"]


@dataclass(frozen=True, slots=True)
class Signature:
    """The function or operator of a call."""

    name: str
    arguments: tuple[str, ...]
    returns: str
    is_strict: bool = True
    is_set: bool = False
    kind: str = ""
    """`a` for an aggregate, `w` for a window function."""
    out: tuple[Attribute, ...] = ()
    is_builtin: bool = True
    is_variadic: bool = False
    nulls: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The evidence of NULLs, as in `nulls.py`."""
    is_unique: bool = True
    """Whether PostgreSQL finds it although it does not know the types of all arguments."""


@cache
def _exact_operators() -> dict[tuple[str, str, str], Any]:
    return {
        (name, left, right): entry
        for name, entries in data()["operators"].items()
        for entry in entries
        for left, right in [entry[0]]
        if left is not None and not {left, right, entry[1]} & POLYMORPHIC
    }


def category(database: Database, type_: str | None) -> str:
    """Return the category letter of a type, as in pg_type."""
    type_ = database.base(type_)
    if type_ is None:
        return "X"
    if type_.endswith("[]") or type_ in ARRAYS:
        return "A"
    if type_ in data()["types"]:
        return str(data()["types"][type_][0])
    if database.key(type_) in database.enums:
        return "E"
    return "R" if range_of(database, type_) is not None else "U"


def _preferred(type_: str) -> bool:
    return bool(data()["types"].get(type_, ["", False])[1])


def common(database: Database, types: Sequence[str | None]) -> str | None:
    """Return the common type of values of these types, as in UNION or CASE."""
    known = [type_ for type_ in types if type_ is not None]
    if not known:
        return None
    first = known[0]
    if all(type_ == first for type_ in known):
        return first
    bases = [database.base(type_) or "" for type_ in known]
    if all(base in _NUMBERS for base in bases):
        return max(bases, key=_NUMBERS.index)
    best = bases[0]
    for base in bases[1:]:
        if best != base and not _preferred(best) and _implicit(database, best, base):
            best = base
    return best


def _implicit(database: Database, source: str | None, target: str) -> bool:
    if source is None or source == target:
        return True
    base = database.base(source) or source
    if base == target:
        return True
    if base.endswith("[]") and target.endswith("[]"):
        return _implicit(database, base.removesuffix("[]"), target.removesuffix("[]"))
    found: list[Any] = data()["casts"].get((base, target), [""])
    return bool(found[0] == "i")


def _accepts(database: Database, target: str, source: str | None) -> bool:
    if target == "record" and database.fields(source) is not None:
        return True
    if target not in POLYMORPHIC:
        return _implicit(database, source, target)
    if source is None or target == "any":
        return True
    base = database.base(source) or source
    if target.endswith("range"):
        is_multi = is_multirange(database, base)
        return range_of(database, base) is not None and is_multi is target.endswith("multirange")
    if target.endswith("nonarray"):
        return not base.endswith("[]")
    if target.endswith("array"):
        return base.endswith("[]")
    if target == "anyenum":
        return category(database, base) == "E"
    return True


def _concrete(
    database: Database, declared: Sequence[str], given: Sequence[str | None], wanted: str
) -> str | None:
    """Replace a polymorphic type by the type that the arguments imply."""
    if wanted not in POLYMORPHIC or wanted == "any":
        return wanted
    elements: list[str | None] = []
    for target, source in zip(declared, given, strict=False):
        base = database.base(source)
        if target not in POLYMORPHIC or target == "any" or base is None:
            continue
        if target.endswith("range"):
            elements.append(range_of(database, base))
            if wanted.endswith("range"):
                one = range_in(database, base) or base
                return multirange_of(database, one) if wanted.endswith("multirange") else one
        elif target.endswith("array") and not target.endswith("nonarray"):
            elements.append(base.removesuffix("[]"))
        else:
            elements.append(source if "[]" not in base else base)
    element = common(database, elements)
    if element is None and wanted in ("anycompatible", "anycompatiblearray"):
        element = "text"
    if element is None:
        return None
    if wanted.endswith("range"):
        return None
    if wanted.endswith("array") and not wanted.endswith("nonarray"):
        return element if element.endswith("[]") else f"{element}[]"
    return element


def function(
    database: Database,
    schema: str,
    name: str,
    given: Sequence[str | None],
    named: Sequence[str] = (),
) -> Signature | None:
    """Return the function of a call with arguments of these types."""
    users = database.find(database.routines, schema, name)
    entries = [_entry(routine) for routine in users or []]
    return (
        _chosen(database, name, entries, given, named, is_builtin=False)
        or _chosen(database, name, builtin(name), given, named)
        or (_first(name, entries, len(given)) if entries else None)
    )


def have_one_type(database: Database, schema: str, name: str) -> bool:
    """Return whether all functions with this name return the same type."""
    users = database.find(database.routines, schema, name) or []
    returns = {item[1] for item in [*map(_entry, users), *builtin(name)]}
    return len(returns) == 1 and not returns & POLYMORPHIC


def _entry(routine: Routine) -> list[Any]:
    """Return a user's function in the form of PostgreSQL's own."""
    extra: dict[str, Any] = {"defaults": routine.defaults, "names": list(routine.names)}
    if routine.variadic is not None:
        extra["variadic"] = routine.variadic
    extra["out"] = [(out.name, out.type) for out in routine.out]
    flags = routine.kind + ("r" if routine.is_set else "")
    return [list(routine.arguments), routine.returns, flags, extra]


def _first(name: str, entries: list[Any], number: int) -> Signature | None:
    """Return the first function with this number of arguments, if their types match none."""
    for arguments, returns, flags, extra in entries:
        if len(arguments) - extra["defaults"] <= number <= len(arguments):
            out = tuple(Attribute(out_name, type_) for out_name, type_ in extra["out"])
            return Signature(
                name, tuple(arguments), returns, False, "r" in flags, out=out, is_builtin=False
            )
    return None


def _chosen(
    database: Database,
    name: str,
    entries: list[Any],
    given: Sequence[str | None],
    named: Sequence[str],
    *,
    is_builtin: bool = True,
) -> Signature | None:
    """Return the best of the functions that accept these arguments."""
    candidates: list[tuple[tuple[str, ...], Any]] = []
    for item in entries:
        declared = _fit(item, given, named)
        if declared is not None and all(
            _accepts(database, target, source)
            for target, source in zip(declared, given, strict=True)
        ):
            candidates.append((declared, item))
    if not candidates:
        return None
    one = _the_one(database, [declared for declared, _ in candidates], given)
    declared, item = max(
        candidates, key=lambda found: (found[0] == one, *_score(database, found[0], given))
    )
    extra: dict[str, Any] = item[3] if len(item) > 3 else {}
    returns = _concrete(database, declared, given, item[1])
    flags = item[2]
    return Signature(
        name,
        tuple(_concrete(database, declared, given, target) or target for target in declared),
        returns or item[1],
        is_strict="s" in flags,
        is_set="r" in flags,
        kind="a" if "a" in flags else "w" if "w" in flags else "",
        out=tuple(
            Attribute(out_name or "", _concrete(database, declared, given, type_))
            for out_name, type_ in extra.get("out", [])
        ),
        is_builtin=is_builtin,
        is_variadic="variadic" in extra,
        nulls=extra.get("nulls", {}),
        is_unique=one is not None or None not in given,
    )


def _fit(item: Any, given: Sequence[str | None], named: Sequence[str]) -> tuple[str, ...] | None:
    declared: list[str] = item[0]
    extra: dict[str, Any] = item[3] if len(item) > 3 else {}
    if named:
        names: list[str] = extra.get("names", [])
        if not set(named) <= set(names):
            return None
        positional = len(given) - len(named)
        return tuple(declared[:positional]) + tuple(declared[names.index(key)] for key in named)
    if "variadic" in extra and len(given) >= len(declared):
        fixed = declared[:-1]
        return tuple(fixed) + (extra["variadic"],) * (len(given) - len(fixed))
    if len(declared) - extra.get("defaults", 0) <= len(given) <= len(declared):
        return tuple(declared[: len(given)])
    return None


def _the_one(
    database: Database, declared: Sequence[tuple[str, ...]], given: Sequence[str | None]
) -> tuple[str, ...] | None:
    """Return the argument types of the function that PostgreSQL finds if it does not know all types."""
    if None not in given or len(declared) == 1:
        return declared[0] if len(declared) == 1 else None
    return the_one(
        database,
        declared,
        given,
        lambda type_: (
            "P" if type_ in POLYMORPHIC else category(database, type_),
            _preferred(type_),
        ),
        lambda arguments, types: _agree(database, arguments, types),
    )


def _agree(database: Database, declared: Sequence[str], types: Sequence[str | None]) -> bool:
    """Return whether arguments of these types match, including the polymorphic ones together."""
    elements: list[str] = []
    for target, type_ in zip(declared, types, strict=True):
        if not _accepts(database, target, type_):
            return False
        base = database.base(type_) or ""
        if target in POLYMORPHIC and target != "any":
            if "range" in target:
                base = range_of(database, base) or base
            elements.append(base.removesuffix("[]") if target.endswith("array") else base)
    return all(
        _implicit(database, one, other) or _implicit(database, other, one)
        for one, other in pairwise(elements)
    )


def _score(
    database: Database, declared: Sequence[str], given: Sequence[str | None]
) -> tuple[int, int, int, int]:
    pairs = list(zip(declared, given, strict=True))
    exact = sum(source is not None and database.base(source) == target for target, source in pairs)
    same = sum(
        source is not None and category(database, source) == category(database, target)
        for target, source in pairs
        if target not in POLYMORPHIC or target in ARRAYS
    )
    preferred = sum(_preferred(target) for target, source in pairs if source != target)
    text = sum(source is None and target == "text" for target, source in pairs)
    return exact, same, text, preferred


def operator(
    database: Database, name: str, left: str | None, right: str | None, *, prefix: bool = False
) -> Signature | None:
    """Return the operator of an expression with operands of these types."""
    given = [right] if prefix else [left, right]
    if not prefix:
        # An unknown operand is assumed to have the type of the other one. An exact match is
        # preferred.
        both = (database.base(left or right) or "", database.base(right or left) or "")
        if (entry := _exact_operators().get((name, *both))) is not None:
            return _operator(name, both, entry[1], entry)
    fitting: list[tuple[tuple[str, ...], Any]] = []
    for entry in data()["operators"].get(name, []):
        declared = tuple(entry[0][1:] if prefix else entry[0])
        if prefix is (entry[0][0] is None) and all(
            _accepts(database, target, source)
            for target, source in zip(declared, given, strict=True)
        ):
            fitting.append((declared, entry))
    if not fitting:
        return None
    one = _the_one(database, [declared for declared, _ in fitting], given)
    declared, entry = max(
        fitting, key=lambda found: (found[0] == one, *_operator_score(database, found[0], given))
    )
    arguments = tuple(_concrete(database, declared, given, target) or target for target in declared)
    returns = _concrete(database, declared, given, entry[1]) or entry[1]
    made = _operator(name, arguments, returns, entry)
    return replace(made, is_unique=one is not None or None not in given)


def _operator(name: str, arguments: tuple[str, ...], returns: str, entry: Any) -> Signature:
    _, _, flags, extra = entry
    return Signature(name, arguments, returns, "s" in flags, nulls=extra["nulls"])


def cast_nulls(database: Database, source: str | None, target: str | None) -> Mapping[str, Any]:
    """Return the evidence of NULLs of a cast, as in `nulls.py`."""
    bases = (database.base(source), database.base(target))
    _, described = data()["casts"].get(bases, ("", {"nulls": {}}))
    found: Mapping[str, Any] = described["nulls"]
    return found


def _operator_score(
    database: Database, declared: Sequence[str], given: Sequence[str | None]
) -> tuple[int, ...]:
    # An unknown operand is assumed to have the type of the other one.
    other = next((type_ for type_ in given if type_ is not None), None)
    assumed = [database.base(type_ or other) for type_ in given]
    exact, *rest = _score(database, declared, assumed)
    return exact, int(None in given and len({*declared}) == 1), *rest


def is_known(database: Database, type_: str) -> bool:
    """Return whether all operators of a type are known."""
    base = database.base(type_) or ""
    element = base.removesuffix("[]")
    is_own = is_builtin_type(element) and element not in (*POLYMORPHIC, "record")
    return database.has_all_operators and (is_own or database.key(element) in database.enums)


def is_operator(name: str) -> bool:
    """Return whether PostgreSQL has an operator with this name."""
    return name in data()["operators"] or name in ("<>", "!=")


def builtin(name: str) -> list[Any]:
    """Return the entries of PostgreSQL's own functions with this name."""
    found: list[Any] = data()["functions"].get(name, [])
    return found
