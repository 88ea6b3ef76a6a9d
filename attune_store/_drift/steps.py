"""The changes of each migration, to compare a database that lacks some of them.

`make generate` writes steps.json from a database that is reverted step by step. It contains each object that a
migration changes, as it was before.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from itertools import zip_longest
from typing import Any, Final

from attune_queries.catalog import Catalog
from pydantic import TypeAdapter

from attune_store._drift.dependents import Gone, Names, mentioned
from attune_store._drift.objects import KINDS, Object, objects, with_object

_TYPES: Final[dict[str, TypeAdapter[Any]]] = {
    kind: TypeAdapter(python) for kind, python in KINDS.items()
}

Step = Mapping[str, Object | None]
"""The objects that a migration changes, as they were before, None for those that it creates."""


@dataclass(frozen=True, slots=True)
class Undone:
    """An expected catalog without the migrations that a database lacks."""

    catalog: Catalog
    mentioned: tuple[Names, ...]
    """What a query mentions that fails without them."""
    lacking: tuple[str, ...]
    """The versions of the migrations.

    For others that are pending, the database has their changes, but does not list them.
    """


def changes(before: Catalog, after: Catalog) -> dict[str, Any]:
    """Return each object that differs as it was before, as JSON, or null if it did not exist."""
    old, new = objects(before), objects(after)
    return {
        key: asdict(old[key]) if key in old else None
        for key in sorted(old | new)
        if old.get(key) != new.get(key)
    }


def undo(
    expected: Catalog, live: Catalog, pending: Sequence[str], causes: Callable[[Catalog], int]
) -> Undone:
    """Undo the pending migrations whose changes the live catalog lacks.

    Migrations are applied in order, and each as a whole. So the last ones are missing, as many as leave the fewest
    causes of differences. `causes` counts them for an expected catalog.
    """
    if not pending:
        return Undone(expected, (), ())
    steps = [(version, _read_steps().get(version, {})) for version in sorted(pending, reverse=True)]
    catalogs = [expected]
    for _, before in steps:
        catalogs.append(_without(catalogs[-1], before))
    changed = {key for _, before in steps for key in before}
    lacking = steps[: _lacking(catalogs, live, changed, causes)]
    names = [mentioned(expected.schema, _gone(key)) for _, before in lacking for key in before]
    versions = tuple(version for version, _ in lacking)
    return Undone(catalogs[len(lacking)], tuple(names), versions)


def _without(catalog: Catalog, step: Step) -> Catalog:
    for key, old in step.items():
        catalog = with_object(catalog, key, old)
    return catalog


def _lacking(
    catalogs: Sequence[Catalog],
    live: Catalog,
    changed: set[str],
    causes: Callable[[Catalog], int],
) -> int:
    """Return how many migrations to undo, beginning with the last one.

    The first catalog is the expected one, each other lacks one migration more. `changed` is what migrations change.
    """
    left = list[int]()
    for one, following in zip_longest(catalogs, catalogs[1:]):
        left.append(causes(one))
        if left[-1] == 0 and one != following:
            break  # Without one more, something differs.
    likely = [number for number, count in enumerate(left) if count == min(left)]
    if len(likely) == 1:
        return likely[0]
    # What a migration and another cause have changed is most like what it was in between.
    apart = {number: _distance(catalogs[number], live, changed) for number in likely}
    least = min(likely, key=lambda number: apart[number])
    if all(apart.get(number) == apart[least] for number in range(least, len(catalogs))):
        return len(catalogs) - 1  # Nothing shows that one was applied: the list is right.
    while least and catalogs[least] == catalogs[least + 1]:
        least += 1  # A migration that changes rows only can be applied again.
    return least


def _distance(one: Catalog, live: Catalog, changed: set[str]) -> float:
    """Return how much the changed objects of the live catalog differ."""
    ours, there = objects(one), objects(live)
    return round(sum(_difference(ours.get(key), there[key]) for key in changed & there.keys()), 3)


def _difference(one: Object | None, other: Object) -> float:
    """Return how much two objects differ, from 0 to 1."""
    if one is None:
        return 1
    return 1 - SequenceMatcher(None, _words(one), _words(other), autojunk=False).ratio()


def _words(one: Object) -> list[str]:
    return re.findall(r"\w+|\W", repr(one))


def _gone(key: str) -> Gone:
    kind, name, *rest = key.split(" ", 2)
    return kind, name.partition("(")[0], *rest


@cache
def _read_steps() -> Mapping[str, Step]:
    document = json.loads((files("attune_store._drift") / "steps.json").read_text(encoding="utf-8"))
    return {
        version: {
            key: old if old is None else _TYPES[key.split()[0]].validate_python(old)
            for key, old in step.items()
        }
        for version, step in document.items()
    }
