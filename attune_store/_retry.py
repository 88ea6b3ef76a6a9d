"""How long to pause before a transaction is tried again."""

import random

_FIRST, _LONGEST = 0.05, 5.0  # seconds


def pause_after(attempt: int) -> float:
    """Seconds to pause after the attempt with this number, from 1: twice as long each time.

    A random half of it keeps apart those who collided.
    """
    return min(_FIRST * 2.0 ** (attempt - 1), _LONGEST) * random.uniform(0.5, 1)
