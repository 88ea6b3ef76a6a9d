"""Workers in separate processes, each with its own Store."""

import multiprocessing
import signal
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.process import BaseProcess
from threading import Event
from types import FrameType
from typing import Self

from attune_store import Store

from .clock import Clock
from .worker import Worker

_CONTEXT = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Settings:
    """The settings of all workers of a crew."""

    conninfo: str | None
    clock: Clock
    seed: int = 0
    slots: int = 12
    lease: timedelta = timedelta(seconds=2)


class Crew:
    """Several worker processes. They end with the block, or when this process ends.

    They are forked, which is cheap, and safe as long as there is neither a thread nor a connection: enter the
    block before you open a `Store`.
    """

    def __init__(self, size: int, settings: Settings) -> None:
        self.killed: set[str] = set()
        self._processes: dict[str, BaseProcess] = {
            name: _CONTEXT.Process(target=_work, args=(name, settings), name=name, daemon=True)
            for name in (f"worker-{number}" for number in range(1, size + 1))
        }

    def __enter__(self) -> Self:
        for process in self._processes.values():
            process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop all workers."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            process.join(timeout=5)
            if process.is_alive():
                process.kill()
                process.join()

    def kill(self, name: str) -> None:
        """Kill a worker like `kill -9`."""
        self._processes[name].kill()
        self._processes[name].join()
        self.killed.add(name)

    def died(self) -> list[str]:
        """Return the workers that ended although nobody stopped them."""
        return [
            name
            for name, process in self._processes.items()
            if not process.is_alive() and name not in self.killed
        ]


def _work(name: str, settings: Settings) -> None:
    stopped = Event()

    def stop(number: int, frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the parent, which stops the workers.
    parent = multiprocessing.parent_process()
    # The server shows the name in pg_stat_activity.
    with Store(
        settings.conninfo, notify=True, max_size=4, kwargs={"application_name": name}
    ) as store:
        worker = Worker(
            store,
            settings.clock,
            name,
            slots=settings.slots,
            seed=settings.seed,
            lease=settings.lease,
        )
        worker.run(lambda: not stopped.is_set() and (parent is None or parent.is_alive()))
