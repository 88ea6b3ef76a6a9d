"""The pause before a transaction is tried again."""

import random

_FIRST, _LONGEST = 0.05, 5.0  # seconds


def pause_after(attempt: int) -> float:
    """Return the seconds to pause after the attempt with this number, from 1. They double each time.

    A random part of the pause prevents that the same transactions collide again.
    """
    return min(_FIRST * 2.0 ** (attempt - 1), _LONGEST) * random.uniform(0.5, 1)
