"""Match the objects of both sides."""

from collections.abc import Callable, Hashable, Iterable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Named(Protocol):
    """An object with a name."""

    @property
    def name(self) -> str:
        """Its name."""
        ...


def match(
    expected: Iterable[T],
    live: Iterable[T],
    *,
    key: Callable[[T], str],
    content: Callable[[T], Hashable],
) -> list[tuple[T | None, T | None]]:
    """Match objects with the same key, then those with the same content and another name.

    Objects that have exchanged their names are matched by content, too.
    """
    wanted = {key(one): one for one in expected}
    rest = {key(one): one for one in live}
    other = [
        name for name in wanted if name in rest and content(rest[name]) != content(wanted[name])
    ]
    swapped = {
        name: by for name in other for by in other if content(rest[by]) == content(wanted[name])
    }
    if set(swapped) != set(swapped.values()):
        swapped = {}
    pairs: list[tuple[T | None, T | None]] = [
        (one, rest[swapped.get(name, name)]) for name, one in wanted.items() if name in rest
    ]
    missing = [one for name, one in wanted.items() if name not in rest]
    rest = {name: one for name, one in rest.items() if name not in wanted}
    by_content = {content(one): name for name, one in reversed(rest.items())} if missing else {}
    for one in missing:
        renamed = by_content.pop(content(one), None)
        pairs.append((one, None if renamed is None else rest.pop(renamed)))
    pairs.extend((None, one) for one in rest.values())
    return pairs


def renamed(pairs: Iterable[tuple[Named | None, Named | None]]) -> dict[str, str]:
    """Return the live names of renamed objects, by their expected names."""
    return {one.name: it.name for one, it in pairs if one and it and one.name != it.name}
