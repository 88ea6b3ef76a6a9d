"""Choose the function or operator as PostgreSQL does, if some arguments have no type yet.

These are the rules of chapter 10, type conversion, of its manual (10.2 and 10.3).
"""

from collections.abc import Callable, Sequence

from .database import Database

Arguments = Sequence[str]
Given = Sequence[str | None]
Category = Callable[[str], tuple[str, bool]]
"""The category of a type, and whether it is the preferred type of its category."""
Accepts = Callable[[Arguments, Given], bool]


def the_one(
    database: Database,
    candidates: Sequence[Arguments],
    given: Given,
    category: Category,
    accepts: Accepts,
) -> tuple[str, ...] | None:
    """Return the candidate that PostgreSQL chooses, or None if it can't."""
    left = sorted({tuple(candidate) for candidate in candidates})
    types = [database.base(type_) for type_ in given]
    known = [(place, type_) for place, type_ in enumerate(types) if type_ is not None]
    places = [place for place, type_ in enumerate(types) if type_ is None]

    def fits(wanted: str, type_: str) -> bool:
        found, is_preferred = category(wanted)
        return wanted == type_ or (is_preferred and found == category(type_)[0])

    left = _most(left, lambda one: sum(one[place] == type_ for place, type_ in known))
    left = _most(left, lambda one: sum(fits(one[place], type_) for place, type_ in known))
    if len(left) > 1 and places:
        left = _of_best_categories(left, places, category)
    if len(left) > 1 and places and len({type_ for _, type_ in known}) == 1:
        # The other arguments may have the one known type.
        alike = [type_ or known[0][1] for type_ in types]
        left = [one for one in left if accepts(one, alike)]
    return left[0] if len(left) == 1 else None


def _most(
    candidates: list[tuple[str, ...]], count: Callable[[tuple[str, ...]], int]
) -> list[tuple[str, ...]]:
    best = max(map(count, candidates))
    return [one for one in candidates if count(one) == best]


def _of_best_categories(
    candidates: list[tuple[str, ...]], places: list[int], category: Category
) -> list[tuple[str, ...]]:
    """Keep those that accept strings, if any does, or one common category. Prefer preferred types."""
    wanted: list[tuple[int, str, bool]] = []
    for place in places:
        found = [category(one[place]) for one in candidates]
        names = {name for name, _ in found}
        if len(names) > 1 and "S" not in names:
            return candidates
        name = "S" if "S" in names else found[0][0]
        wanted.append((place, name, (name, True) in found))
    left = [
        one
        for one in candidates
        if all(
            category(one[place]) == (name, True) if preferred else category(one[place])[0] == name
            for place, name, preferred in wanted
        )
    ]
    return left or candidates
