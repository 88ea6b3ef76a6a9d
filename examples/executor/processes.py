"""Executors in processes of their own, each with its own Store."""

import multiprocessing
import os
import signal
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any, Self

from attune_store import Store

from .clock import Clock
from .worker import Count, Executor

_CONTEXT = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Settings:
    """What all executors of a run share."""

    conninfo: str | None
    clock: Clock
    seed: int = 0
    slots: int = 12
    lease: float = 2


class Crew:
    """Several executor processes. They end with the block, and with this process however it ends.

    They are forks, which is cheap, and safe as long as there is neither a thread nor a connection:
    enter the block before you open a `Store`.
    """

    def __init__(self, size: int, settings: Settings) -> None:
        self.killed: set[int] = set()
        # Shared memory without a lock: a process that is killed can't leave one behind.
        self._counts: list[Any] = [_CONTEXT.RawArray("q", len(Count)) for _ in range(size)]
        self._stop: Any = _CONTEXT.RawValue("b", 0)
        self._processes: list[BaseProcess] = [
            _CONTEXT.Process(
                target=_work,
                args=(f"executor-{n}", settings, counts, self._stop),
                name=f"executor-{n}",
                daemon=True,
            )
            for n, counts in enumerate(self._counts, 1)
        ]

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Let all of them end."""
        self._stop.value = 1
        for process in self._processes:
            process.join(timeout=5)
            if process.is_alive():
                process.kill()
                process.join()

    def __len__(self) -> int:
        return len(self._processes)

    def counts(self, index: int) -> dict[Count, int]:
        """What an executor has counted by now."""
        return {count: self._counts[index][count] for count in Count}

    def kill(self, index: int) -> None:
        """Kill an executor as `kill -9` does; nothing of it can run any more."""
        process = self._processes[index]
        if process.pid is not None and process.is_alive():
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            self.killed.add(index)

    def died(self) -> list[str]:
        """The executors that ended of themselves, though nobody said so."""
        return [
            process.name
            for index, process in enumerate(self._processes)
            if not process.is_alive() and index not in self.killed
        ]


def _work(name: str, settings: Settings, counts: list[int], stop: Any) -> None:
    stopped = False

    def on_signal(number: int, frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which says stop.
    parent = multiprocessing.parent_process()
    # The server shows the name in pg_stat_activity.
    with Store(settings.conninfo, max_size=1, kwargs={"application_name": name}) as store:
        executor = Executor(
            store,
            settings.clock,
            counts,
            slots=settings.slots,
            seed=settings.seed,
            lease=settings.lease,
        )
        executor.run(
            lambda: not stopped and not stop.value and (parent is None or parent.is_alive())
        )
