"""The changes of each migration, to compare a database that lacks some of them.

`make generate` writes steps.json from a database that is reverted step by step. It contains each object that a
migration changes, as it was before.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from typing import Any, Final

from attune_queries.catalog import Catalog
from pydantic import TypeAdapter

from attune_store._drift.dependents import Gone, Names, mentioned
from attune_store._drift.objects import KINDS, Object, objects, with_object

_TYPES: Final[dict[str, TypeAdapter[Any]]] = {
    kind: TypeAdapter(python) for kind, python in KINDS.items()
}


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


def undo(expected: Catalog, live: Catalog, pending: Sequence[str]) -> Undone:
    """Undo the pending migrations whose changes the live catalog lacks.

    Migrations are applied in order, and each as a whole. So the last ones are missing, as many as leave the fewest
    differences, and the remaining differences have another cause.
    """
    steps = [(version, _read_steps().get(version, {})) for version in sorted(pending, reverse=True)]
    lacking = steps[: _lacking(expected, live, [before for _, before in steps])]
    names = [mentioned(expected.schema, _gone(key)) for _, before in lacking for key in before]
    for _, before in lacking:
        for key, old in before.items():
            expected = with_object(expected, key, old)
    return Undone(expected, tuple(names), tuple(version for version, _ in lacking))


def _lacking(expected: Catalog, live: Catalog, steps: Sequence[Mapping[str, Object | None]]) -> int:
    """Return how many migrations to undo, beginning with the last one."""
    if not steps:
        return 0
    there, now = objects(live), objects(expected)
    tables = {table.name for table in live.tables}
    # Nothing is known of what belongs to a table that is missing, or has another name.
    steps = [
        {key: old for key, old in before.items() if not _is_member(key) or key.split()[1] in tables}
        for before in steps
    ]
    apart = {key: _distance(now.get(key), there.get(key)) for before in steps for key in before}
    differences = [_total(apart)]
    for before in steps:
        apart |= {key: _distance(old, there.get(key)) for key, old in before.items()}
        differences.append(_total(apart))
    least = differences.index(min(differences))
    # If nothing shows that one of the others was applied, the list is right about them.
    return len(steps) if len({*differences[least:]}) == 1 else least


def _is_member(key: str) -> bool:
    return key.split()[0] in ("column", "constraint", "index", "trigger")


def _total(apart: Mapping[str, float]) -> tuple[int, float]:
    """Return how many objects differ, and how much they do, which decides between equal numbers."""
    return sum(distance > 0 for distance in apart.values()), round(sum(apart.values()), 3)


def _distance(one: Object | None, other: Object | None) -> float:
    """Return how much two objects differ, from 0 to 1."""
    if one == other:
        return 0
    if one is None or other is None:
        return 1
    return 1 - SequenceMatcher(None, repr(one), repr(other), autojunk=False).ratio()


def _gone(key: str) -> Gone:
    kind, name, *rest = key.split(" ", 2)
    return kind, name.partition("(")[0], *rest


@cache
def _read_steps() -> Mapping[str, Mapping[str, Object | None]]:
    document = json.loads((files("attune_store._drift") / "steps.json").read_text(encoding="utf-8"))
    return {
        version: {
            key: old if old is None else _TYPES[key.split()[0]].validate_python(old)
            for key, old in step.items()
        }
        for version, step in document.items()
    }
