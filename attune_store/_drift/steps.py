"""What each migration changes, so that a database that lacks some has a catalog to be held against.

steps.json is written by `make generate` from a database that goes back step by step. Of each object that a migration
changes, it has what the object was before.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
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
    """An expected catalog without the steps that a database lacks, and what that means."""

    catalog: Catalog
    mentioned: tuple[Names, ...]
    """What a query mentions that fails without them."""
    lacking: tuple[str, ...]
    """The versions of the steps; of the other ones, the database has what they change, and does not list them."""


def changes(before: Catalog, after: Catalog) -> dict[str, Any]:
    """What each object that differs was before, as JSON; null: it was not there."""
    old, new = objects(before), objects(after)
    return {
        key: asdict(old[key]) if key in old else None
        for key in sorted(old | new)
        if old.get(key) != new.get(key)
    }


def undo(expected: Catalog, live: Catalog, pending: Sequence[str]) -> Undone:
    """Undo the pending steps whose changes the live catalog lacks.

    Steps are applied in their order, and each as a whole: so the last ones are lacking, as many as leave the least
    differences, and what differs then has another cause.
    """
    steps = [(version, _read_steps().get(version, {})) for version in sorted(pending, reverse=True)]
    lacking = steps[: _lacking(expected, live, [before for _, before in steps])]
    names = [mentioned(expected.schema, _gone(key)) for _, before in lacking for key in before]
    for _, before in lacking:
        for key, old in before.items():
            expected = with_object(expected, key, old)
    return Undone(expected, tuple(names), tuple(version for version, _ in lacking))


def _lacking(expected: Catalog, live: Catalog, steps: Sequence[Mapping[str, Object | None]]) -> int:
    """How many steps are to be undone, the last of all first."""
    if not steps:
        return 0
    there = objects(live)
    now: dict[str, Object | None] = {**objects(expected)}
    keys = {key for before in steps for key in before}
    differences = [sum(now.get(key) != there.get(key) for key in keys)]
    for before in steps:
        now |= before
        differences.append(sum(now.get(key) != there.get(key) for key in keys))
    least = differences.index(min(differences))
    # Where nothing shows that one of the others was applied, the list is right about them.
    return len(steps) if len({*differences[least:]}) == 1 else least


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
