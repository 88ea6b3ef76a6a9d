"""Which function or operator PostgreSQL finds for arguments some of which have no type yet.

These are the rules of its manual's chapter on type conversion, 10.2 and 10.3.
"""

from collections.abc import Callable, Sequence

from .database import Database

Arguments = Sequence[str]
Given = Sequence[str | None]
Category = Callable[[str], tuple[str, bool]]
"""The category of a type, and whether it is the preferred one there."""
Accepts = Callable[[Arguments, Given], bool]


def the_one(
    database: Database,
    candidates: Sequence[Arguments],
    given: Given,
    category: Category,
    accepts: Accepts,
) -> tuple[str, ...] | None:
    """The candidate that is meant, of those that could be; None where PostgreSQL can't say."""
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
        # The others may be of the one type that is known.
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
    """Those that take strings where any does, or what all take; of these, the preferred types."""
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
