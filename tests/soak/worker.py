"""A worker process: several lanes on one store, each of which does one thing after another."""

import asyncio
import faulthandler
import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attune_store import AsyncRepositories, AsyncStore, Store, errors

from .faces import AsyncFace, Face, SyncFace, finish
from .kind import Attempt, Kind, Scene
from .kinds import KINDS
from .ledger import Ledger, Outcome

LANES = 4
"""More than the pool has connections, so that some wait for one."""
CONNECTIONS = 3
CANCELLED = 0.02
"""The share of calls to cancel, for lanes whose calls can be cancelled."""


@dataclass(frozen=True)
class Job:
    """The parameters of a worker."""

    name: str
    is_async: bool
    conninfo: str
    ledger: Path
    seed: int
    scene: Scene


class Lane:
    """Does one thing after another, and notes the outcome of each."""

    def __init__(self, job: Job, number: int, face: Face, stopped: Callable[[], bool]) -> None:
        self._name = f"{job.name}-{number}"
        self._scene = job.scene
        self._face = face
        self._stopped = stopped
        self._ledger = Ledger(job.ledger)
        self._chance = random.Random(f"{job.seed}-{self._name}")

    async def run(self) -> None:
        """Work until the worker is stopped."""
        number = 0
        while not self._stopped():
            number += 1
            (kind,) = self._chance.choices(KINDS, [kind.share for kind in KINDS])
            await self._do(kind, number)

    async def _do(self, kind: Kind, number: int) -> None:
        attempts: list[Attempt] = []

        async def work(repos: AsyncRepositories) -> None:
            key = f"{kind.name}-{self._name}-{number}-{len(attempts)}"
            attempts.append(Attempt(key, self._scene))
            self._ledger.note(kind.name, key, Outcome.BEGUN)
            await kind.work(repos, attempts[-1])

        error: Exception | None = None
        patience = self._chance.uniform(0, 0.1) if self._chance.random() < CANCELLED else None
        try:
            async with self._face.cancelled_after(patience):
                await kind.block(self._face, work)
        except Exception as exc:
            error = exc
        for attempt in attempts[:-1]:
            self._ledger.note(kind.name, attempt.key, Outcome.REFUSED, "again")
        last = attempts[-1] if attempts else None
        key = last.key if last else f"{kind.name}-{self._name}-{number}"
        outcome, detail = _judge(error, wrote=last is not None and kind.trace is not None)
        self._ledger.note(kind.name, key, outcome, detail)
        if outcome is Outcome.UNKNOWN and last is not None:
            await self._look(kind, last)
        elif outcome is not Outcome.COMMITTED:
            await self._face.sleep(self._chance.uniform(0.01, 0.2))

    async def _look(self, kind: Kind, attempt: Attempt) -> None:
        """Read the row to find out whether an attempt was committed."""
        assert kind.trace is not None
        while True:
            try:
                async with self._face.autocommit() as repos:
                    found = await kind.trace(repos, attempt)
            except Exception as exc:
                outcome, detail = _judge(exc, wrote=False)
                if outcome is not Outcome.REFUSED:
                    self._ledger.note(kind.name, attempt.key, Outcome.WRONG, detail)
                    return
                await self._face.sleep(0.1)
                continue
            self._ledger.note(kind.name, attempt.key, Outcome.FOUND if found else Outcome.ABSENT)
            return


def _judge(error: Exception | None, *, wrote: bool) -> tuple[Outcome, str]:
    """Return the outcome that an error means. If nothing was written, it is never unknown."""
    if error is None:
        return Outcome.COMMITTED, ""
    detail = f"{type(error).__name__} {getattr(error, 'sqlstate', None)}: {error}"
    if isinstance(error, errors.StoreError) and error.retryable:
        return Outcome.REFUSED, detail
    if isinstance(error, TimeoutError):
        return Outcome.UNKNOWN if wrote else Outcome.REFUSED, "cancelled"
    if isinstance(error, errors.UnavailableError) and error.outcome_unknown and wrote:
        return Outcome.UNKNOWN, detail
    return Outcome.WRONG, f"{detail}\n{''.join(traceback.format_exception(error))}"


def work_sync(job: Job, stopped: Callable[[], bool]) -> None:
    """Run the lanes as threads on one Store."""
    with Store(job.conninfo, max_size=CONNECTIONS, timeout=5) as store:
        lanes = [Lane(job, number, SyncFace(store), stopped) for number in range(LANES)]
        threads = [threading.Thread(target=lambda lane=lane: finish(lane.run())) for lane in lanes]
        for thread in threads:
            thread.start()
        # With a timeout: a wait that another thread's signal does not interrupt would miss SIGTERM.
        for thread in threads:
            while thread.is_alive():
                thread.join(0.1)


async def work_async(job: Job, stopped: Callable[[], bool]) -> None:
    """Run the lanes as tasks on one AsyncStore."""
    async with AsyncStore(job.conninfo, max_size=CONNECTIONS, timeout=5) as store:
        face = AsyncFace(store)
        await asyncio.gather(*(Lane(job, number, face, stopped).run() for number in range(LANES)))


def main(given: dict[str, Any]) -> None:
    """Work until SIGTERM, or until the parent has ended."""
    skew = given.pop("skew") * 3600
    real, parent = given.pop("now"), given.pop("parent")
    job = Job(**given | {"ledger": Path(given["ledger"]), "scene": Scene(**given["scene"])})
    if abs(datetime.now(UTC).timestamp() - real - skew) > 1800:
        raise SystemExit(f"{job.name}: its clock should be {skew} s off")
    sigterm = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: sigterm.set())
    faulthandler.register(signal.SIGUSR1)
    threading.Thread(target=end_with_parent, args=(parent,), daemon=True).start()
    if job.is_async:
        asyncio.run(work_async(job, sigterm.is_set))
    else:
        work_sync(job, sigterm.is_set)


def end_with_parent(parent: int) -> None:
    """End this process with its parent, if the parent is killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
