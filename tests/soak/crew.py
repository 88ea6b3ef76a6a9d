"""All worker processes, and their progress."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from .clock import environment
from .kind import Scene
from .ledger import Entry, Outcome, Reader

LIMIT = 180
"""Seconds after which a worker that does nothing has failed."""


@dataclass(frozen=True)
class Post:
    """The route and the clock of a worker."""

    name: str
    is_async: bool
    route: str
    conninfo: str
    skew: int
    """The number of hours by which its clock is wrong."""

    def __str__(self) -> str:
        twin = "AsyncStore" if self.is_async else "Store"
        clock = f", {self.skew:+d} h" if self.skew else ""
        return f"{self.name} {twin}, {self.route}{clock}"


class Worker:
    """A worker process and its ledger. After it is killed, another one is started."""

    def __init__(self, post: Post, folder: Path, seed: int, scene: Scene) -> None:
        self.post = post
        self.outcomes: Counter[Outcome] = Counter()
        self.entries: list[Entry] = []
        self._folder = folder
        self._seed = seed
        self._scene = scene
        self._number = 0
        self._output = (folder / f"{post.name}.out").open("w+b")
        self._start()

    def _start(self) -> None:
        self._number += 1
        name = f"{self.post.name}{self._number}"
        ledger = self._folder / name
        self._reader = Reader(ledger)
        job = {
            "name": name,
            "is_async": self.post.is_async,
            "conninfo": self.post.conninfo,
            "ledger": str(ledger),
            "seed": self._seed,
            "scene": asdict(self._scene),
            "skew": self.post.skew,
            "now": time.time(),
            "parent": os.getpid(),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "tests.soak.worker", json.dumps(job)],
            stdout=self._output,
            stderr=self._output,
            env=environment(self.post.skew),
        )

    def kill(self) -> None:
        """Kill the process like `kill -9`, and start another one in its place."""
        self._process.kill()
        self._process.wait()
        self.read()
        latest = {entry.key: entry for entry in self.entries}
        for entry in latest.values():
            if entry.outcome is Outcome.UNKNOWN:  # Nobody will look for its row any more.
                self.entries.append(entry._replace(outcome=Outcome.BEGUN))
        self._start()

    def read(self) -> None:
        """Read the entries that it has written so far."""
        for entry in self._reader.new():
            self.entries.append(entry)
            self.outcomes[entry.outcome] += 1

    def failure(self) -> str | None:
        """Return why it has failed, if it has."""
        wrong = [entry for entry in self.entries if entry.outcome is Outcome.WRONG]
        if wrong:
            return f"{wrong[0].key}: {wrong[0].detail}"
        if self._process.poll() is not None:
            return f"{self.post} ended with {self._process.returncode}:\n{self._read_output()}"
        return None

    def stop(self) -> str | None:
        """Stop it, and return why it did not end, if so."""
        self._process.send_signal(signal.SIGTERM)
        try:
            if self._process.wait(LIMIT) == 0:
                return None
            return f"{self.post} ended with {self._process.returncode}:\n{self._read_output()}"
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGUSR1)
            time.sleep(1)
            return f"{self.post} does not end:\n{self._read_output()}"

    def close(self) -> None:
        """Kill it if it still runs."""
        self._process.kill()
        self._process.wait()
        self._output.close()

    def _read_output(self) -> str:
        self._output.seek(0)
        return self._output.read().decode(errors="replace")


class Crew:
    """The workers. All of them end with the block."""

    def __init__(self, posts: list[Post], folder: Path, seed: int, scene: Scene) -> None:
        self.workers: list[Worker] = []
        self._stack = ExitStack()
        with self._stack:
            for post in posts:
                self.workers.append(Worker(post, folder, seed, scene))
                self._stack.callback(self.workers[-1].close)
            self._stack = self._stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def failures(self) -> list[str]:
        """Return all failures so far."""
        for worker in self.workers:
            worker.read()
        return [failure for worker in self.workers if (failure := worker.failure())]

    def committed(self) -> dict[str, int]:
        """Return how much each worker has committed so far."""
        return {worker.post.name: worker.outcomes[Outcome.COMMITTED] for worker in self.workers}

    def wait_until_all_commit(self, count: int) -> list[str]:
        """Wait until each worker has committed this much more. Return failures."""
        failures = self.failures()
        before, deadline = self.committed(), time.monotonic() + LIMIT
        while not failures:
            late = [name for name, done in self.committed().items() if done < before[name] + count]
            if not late:
                break
            if time.monotonic() > deadline:
                return [f"{name} commits nothing any more: its pool is not healed" for name in late]
            time.sleep(0.05)
            failures = self.failures()
        return failures

    def stop(self) -> list[str]:
        """Stop all workers. Return failures."""
        failures = [failure for worker in self.workers if (failure := worker.stop())]
        for worker in self.workers:
            worker.read()
        return failures
