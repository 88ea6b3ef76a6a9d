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
    """Pair what has the same key, then what has the same content and is called otherwise."""
    rest = {key(one): one for one in theirs}
    pairs: list[tuple[T | None, T | None]] = []
    missing: list[T] = []
    for one in ours:
        if (same := rest.pop(key(one), None)) is not None:
            pairs.append((one, same))
        else:
            missing.append(one)
    for one in missing:
        renamed = next((name for name in rest if content(rest[name]) == content(one)), None)
        pairs.append((one, None if renamed is None else rest.pop(renamed)))
    pairs.extend((None, one) for one in rest.values())
    return pairs
