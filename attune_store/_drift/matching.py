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

    The name of an object may be that of another one now. Objects that have exchanged their names, or of which each has
    the name of the next, are matched by content, too.
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
    names = {name: swapped.get(name, name) for name in wanted if name in rest}
    # By content, names that no expected object has are preferred.
    open_names = [name for name in other if name not in swapped]
    extra = [name for name in rest if name not in wanted]
    by_content = {content(rest[name]): name for name in reversed([*extra, *open_names])}
    missing = [name for name in wanted if name not in rest]
    for name in missing:
        if (by := by_content.pop(content(wanted[name]), None)) is not None:
            names[name] = by
            if by in wanted:  # so its own object is missing
                names.pop(by)
                missing.append(by)
    found = {*names.values()}
    return [
        *((one, rest[names[name]] if name in names else None) for name, one in wanted.items()),
        *((None, one) for name, one in rest.items() if name not in found),
    ]


def renamed(pairs: Iterable[tuple[Named | None, Named | None]]) -> dict[str, str]:
    """Return the live names of renamed objects, by their expected names."""
    return {one.name: it.name for one, it in pairs if one and it and one.name != it.name}
