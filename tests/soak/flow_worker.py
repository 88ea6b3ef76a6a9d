"""A process that runs workflows: python -m tests.soak.flow_worker JOB."""

import faulthandler
import json
import signal
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from executor.clock import Clock
from executor.engine import Engine
from executor.worker import Worker
from pydantic import JsonValue

from attune_store import CreatePackInput, Repositories, Store, WorkflowTaskExecution, errors

from .worker import end_with_parent

LEASE = timedelta(seconds=1.5)


@dataclass(frozen=True)
class Job:
    """The parameters of a process."""

    name: str
    conninfo: str
    seed: int
    speed: float
    started: float
    parent: int


class _Engine(Engine):
    """The engine of the examples. Each completion has an effect in its transaction."""

    def complete(self, task: WorkflowTaskExecution, result: JsonValue) -> None:
        with _noted():
            super().complete(task, {"attempt": task.attempt})
        self._tx.packs.create(
            CreatePackInput(ref=f"done-{task.id}", label=str(task.attempt), version="1.0.0")
        )

    def fail(self, task: WorkflowTaskExecution, error: str) -> None:
        with _noted():
            super().fail(task, error)


@contextmanager
def _noted() -> Generator[None]:
    """Print the field of the error that refused a late result."""
    try:
        yield
    except errors.ConflictError as error:
        print(f"refused by {error.field}", flush=True)
        raise


class _Worker(Worker):
    def _engine(self, tx: Repositories) -> Engine:
        return _Engine(tx, self._clock.now())


def main(job: Job) -> None:
    """Run until SIGTERM, or until the parent has ended."""
    sigterm = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: sigterm.set())
    faulthandler.register(signal.SIGUSR1)
    threading.Thread(target=end_with_parent, args=(job.parent,), daemon=True).start()
    with Store(job.conninfo, notify=True, max_size=4, timeout=5) as store:
        clock = Clock(job.speed, job.started)
        worker = _Worker(store, clock, job.name, slots=6, seed=job.seed, lease=LEASE)
        worker.run(lambda: not sigterm.is_set())


if __name__ == "__main__":
    main(Job(**json.loads(sys.argv[1])))
