"""Which object of one side is which of the other."""

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


def match(
    ours: Iterable[T],
    theirs: Iterable[T],
    *,
    key: Callable[[T], str],
    content: Callable[[T], object],
) -> list[tuple[T | None, T | None]]:
    """Pair what has the same key, then what has the same content and is called otherwise.

    Those that changed their names among each other are paired by content, too.
    """
    wanted = {key(one): one for one in ours}
    rest = {key(one): one for one in theirs}
    other = {
        name for name, one in wanted.items() if name in rest and content(rest[name]) != content(one)
    }
    swapped = {
        name: by for name in other for by in other if content(rest[by]) == content(wanted[name])
    }
    pairs: list[tuple[T | None, T | None]] = []
    missing: list[T] = []
    for name, one in wanted.items():
        if set(swapped) == set(swapped.values()) and name in swapped:
            pairs.append((one, rest[swapped[name]]))
        elif name in rest:
            pairs.append((one, rest[name]))
        else:
            missing.append(one)
    for name in wanted:
        rest.pop(name, None)
    for one in missing:
        renamed = next((name for name in rest if content(rest[name]) == content(one)), None)
        pairs.append((one, None if renamed is None else rest.pop(renamed)))
    pairs.extend((None, one) for one in rest.values())
    return pairs
