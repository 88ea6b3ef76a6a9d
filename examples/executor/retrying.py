"""How to run a transaction again when the store says that it may succeed then."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from attune_store import Repositories, Store, errors

T = TypeVar("T")


def transact(
    store: Store,
    work: Callable[[Repositories], T],
    *,
    attempts: int = 8,
    on_retry: Callable[[errors.StoreError], None] = lambda error: None,
) -> T:
    """Do the work in one transaction, and all of it again after an error that is retryable.

    Such an error promises that nothing was committed. So `work` must have no effect but on `tx`.
    """
    for attempt in range(1, attempts + 1):
        try:
            with store.transaction() as tx:
                return work(tx)
        except errors.StoreError as error:
            if not error.retryable or attempt == attempts:
                raise
            on_retry(error)
        time.sleep(random.uniform(0, 0.01 * 2**attempt))
    raise ValueError("attempts: 1 or more")
