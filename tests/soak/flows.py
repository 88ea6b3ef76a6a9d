"""Workflows under faults: the executor of the examples, in a separate database."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import psycopg
from executor import library
from executor.audit import audit
from executor.clock import Clock
from executor.definition import WorkflowFile
from executor.engine import Engine
from executor.runs import spec_of

from attune_store import ExecutionStatus, Repositories, Store, WorkflowTaskExecution, errors

from .flow_worker import LEASE, Job

SPEED = 20.0
AT_ONCE = 20
"""The number of workflows that run at a time."""

LIMIT = 120
"""Seconds after which a workflow that is not over has failed."""

KINDS = 4
"""The number of similar workflows. The results of their actions depend on the names."""


def _inner(kind: int) -> dict[str, Any]:
    return {
        "a": {
            "action": f"test.a{kind}",
            "retry": {"count": 3, "delay": "1s"},
            "simulate": {"takes": ["1s", "12s"], "failure_rate": 0.4},
        },
        "b": {
            "action": f"test.b{kind}",
            "timeout": "10s",
            "retry": {"count": 3, "delay": "1s"},
            "simulate": {"takes": "5s", "hangs": 1},
        },
        "c": {
            "action": f"test.c{kind}",
            "simulate": {"takes": ["1s", "20s"], "fails": kind % 2},
        },
    }


def _outer(kind: int) -> dict[str, Any]:
    """Its parts end one another. If the inner workflow fails and nothing follows, the outer one fails, too."""
    follow = {"on_success": ["last"], **({"on_failure": ["last"]} if kind < KINDS - 1 else {})}
    return {
        "first": {
            "action": "test.first",
            "simulate": {"takes": "1s"},
            "on_success": ["sub", "many", "slow", "ask"],
        },
        "sub": {"action": f"test.inner{kind}", **follow},
        "many": {
            "action": f"test.many{kind}",
            "with_items": list(range(12)),
            "concurrency": 5,
            "timeout": "15s",
            "retry": {"count": 5, "delay": "1s"},
            "simulate": {"takes": ["1s", "16s"], "failure_rate": 0.2},
        },
        "slow": {
            "action": f"test.slow{kind}",
            "timeout": "10s",
            "retry": {"count": 4, "delay": "1s", "backoff": 2},
            "simulate": {"takes": ["1s", "8s"], "hangs": 1},
        },
        "ask": {"approval": "Go on?", "timeout": "1m", **follow},
        "last": {"action": "test.last", "simulate": {"takes": ["1s", "5s"]}},
    }


# What a worker completed has had its effect once, by the attempt whose result is stored.
_WRONG = """
    SELECT 'effects of task ' || coalesce(t.id::text, p.ref) || ': ' || coalesce(p.label, 'none')
    FROM (SELECT * FROM attune.workflow_task_execution WHERE status = 'completed' AND last_worker IS NOT NULL) t
    FULL JOIN (SELECT * FROM attune.pack WHERE ref LIKE 'done-%') p ON p.ref = 'done-' || t.id
    WHERE t.id IS NULL OR p.label IS DISTINCT FROM t.attempt::text OR t.result ->> 'attempt' <> t.attempt::text
    UNION ALL
    SELECT 'task ' || id || ' is ' || status FROM attune.workflow_task_execution
    WHERE NOT attune.is_terminal(status) OR next_retry_at IS NOT NULL OR worker IS NOT NULL
    UNION ALL
    SELECT 'execution ' || id || ' is ' || status FROM attune.execution WHERE NOT attune.is_terminal(status)
"""
_SEEN = """
    SELECT kind || ' ' || status, count(*) FROM (
        SELECT 'workflows' AS kind, status::text FROM attune.workflow_execution
        UNION ALL
        SELECT 'tasks', status::text FROM attune.workflow_task_execution
        UNION ALL
        SELECT 'earlier attempts', status::text FROM attune.workflow_task_attempt
    ) rows (kind, status)
    GROUP BY 1 ORDER BY 1 DESC
"""


class Flows:
    """Processes that run workflows, and people who begin, answer and cancel them."""

    def __init__(self, conninfo: str, routes: list[str], folder: Path, seed: int) -> None:
        self.conninfo = conninfo
        self._clock = Clock(SPEED)
        self._people = _People(conninfo, self._clock, random.Random(seed))
        self._processes = [
            Process(f"flow{number}", route, folder, seed, self._clock)
            for number, route in enumerate(routes, 1)
        ]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack:
            for process in self._processes:
                process.start()
                self._stack.callback(process.close)
            self._people.start()
            self._stack.callback(self._people.stop)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def choose(self, chance: random.Random) -> "Process":
        """Return one of the processes."""
        return chance.choice(self._processes)

    def failures(self) -> list[str]:
        """Return all failures so far."""
        failures = [failure for process in self._processes if (failure := process.failure())]
        return failures + self._people.failures

    def finish(self) -> list[str]:
        """Let the workflows and the processes end. Return failures."""
        self._people.begin_no_more()
        deadline = time.monotonic() + LIMIT
        while not (failures := self.failures()) and (left := self._people.count()):
            if time.monotonic() > deadline:
                return [f"{left} workflows are stuck"]
            time.sleep(0.2)
        self._people.stop()
        for process in self._processes:
            failures += process.stop()
        # By its attempt, or by the status that another worker has set.
        if strange := self._refusals().keys() - {"attempt", "id"}:
            failures.append(f"a result was refused by {', '.join(strange)}")
        return list(dict.fromkeys(failures))

    def audit(self, conn: psycopg.Connection) -> list[str]:
        """Return what must not exist."""
        repos = Repositories(conn)
        roots = [one for one in repos.executions.list(limit=None) if one.parent is None]
        found = [f"run {f.run}: {f.text}" for root in roots for f in audit(repos, root.id)]
        return found + [text for (text,) in conn.execute(_WRONG)]

    def report(self, conn: psycopg.Connection, seconds: float) -> Iterator[str]:
        """Return a summary."""
        seen: dict[str, int] = dict(conn.execute(_SEEN).fetchall())
        rate = seen.get("tasks completed", 0) / seconds
        yield f"workflows: {rate:.1f} tasks a second"
        yield ", ".join(f"{what} {number}" for what, number in seen.items())
        refused = self._refusals()
        yield f"late results refused: {refused['attempt']} by attempt, {refused['id']} by status"

    def _refusals(self) -> Counter[str]:
        return sum((process.refusals() for process in self._processes), Counter[str]())


class Process:
    """A worker process. After it is killed, another one is started."""

    def __init__(self, name: str, conninfo: str, folder: Path, seed: int, clock: Clock) -> None:
        self._name = name
        job = Job(name, conninfo, seed, clock.speed, clock.started, os.getpid())
        self._command = [
            *(sys.executable, "-W", "error", "-m", "tests.soak.flow_worker"),
            json.dumps(asdict(job)),
        ]
        self._output = folder / f"{name}.out"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        with self._output.open("ab") as output:
            self._process = subprocess.Popen(self._command, stdout=output, stderr=output)

    def kill(self) -> None:
        """Kill it like `kill -9`, and start another one in its place."""
        self.close()
        self.start()

    def oversleep(self) -> None:
        """Stop it for longer than its lease, and continue it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        time.sleep(2 * LEASE.total_seconds())
        self._process.send_signal(signal.SIGCONT)

    def failure(self) -> str | None:
        """Return why it has failed, if it has."""
        assert self._process is not None
        if self._process.poll() is None:
            return None
        return f"{self._name} ended with {self._process.returncode}:\n{self._output.read_text()[-4000:]}"

    def stop(self) -> list[str]:
        """Stop it, and return failures."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        try:
            failed = self._process.wait(LIMIT) != 0
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGUSR1)
            time.sleep(1)
            return [f"{self._name} does not end:\n{self._output.read_text()[-4000:]}"]
        return [str(self.failure())] if failed else []

    def close(self) -> None:
        """Kill it if it still runs."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def refusals(self) -> Counter[str]:
        """Return how often late results were refused, by the field of the error."""
        lines = self._output.read_text().splitlines()
        return Counter(line.split()[-1] for line in lines if line.startswith("refused by "))


class _People(threading.Thread):
    """People who begin workflows, answer their questions, and cancel some."""

    def __init__(self, conninfo: str, clock: Clock, chance: random.Random) -> None:
        super().__init__(name="people", daemon=True)
        self.failures: list[str] = []
        self._store = Store(conninfo, notify=True, max_size=2, timeout=5)
        self._clock = clock
        self._chance = chance
        self._begins = True
        self._stopped = threading.Event()

    def run(self) -> None:
        """Repeat all of this."""
        try:
            with self._store:
                while not self._stopped.wait(0.1):
                    with suppress(errors.UnavailableError, errors.SerializationError):
                        self._go_round()
        except Exception as exc:
            self.failures.append(f"people: {exc!r}")

    def begin_no_more(self) -> None:
        """Only answer and cancel existing workflows from now on."""
        self._begins = False

    def stop(self) -> None:
        """Stop."""
        self._stopped.set()
        if self.is_alive():
            self.join()

    def count(self) -> int:
        """Return how many workflows have not ended, or 1 if the server does not answer."""
        with suppress(errors.UnavailableError), self._store.autocommit() as repos:
            return len(
                repos.workflow_executions.find_by_status(ExecutionStatus.RUNNING, limit=None)
            )
        return 1

    def _go_round(self) -> None:
        with self._store.autocommit() as repos:
            running = repos.executions.find_by_status(ExecutionStatus.RUNNING, limit=None)
            roots = [execution.id for execution in running if execution.parent is None]
            questions = list(_questions(repos))
        for question in questions:
            self._answer(question)
        if self._begins and len(roots) < AT_ONCE:
            self._store.run(lambda tx: Engine(tx, self._clock.now()).start(self._any_ref()))
        elif roots and self._chance.random() < 0.02:
            with suppress(errors.ConflictError):
                self._store.run(lambda tx: tx.executions.cancel(self._chance.choice(roots)))

    def _any_ref(self) -> str:
        return f"test.outer{self._chance.randrange(KINDS)}"

    def _answer(self, question: WorkflowTaskExecution) -> None:
        if self._chance.random() < 0.2:
            approved = self._chance.random() < 0.5
            with suppress(errors.ConflictError):
                self._store.run(
                    lambda tx: Engine(tx, self._clock.now()).answer(
                        question, approved=approved, by="people"
                    )
                )


def _questions(repos: Repositories) -> Iterator[WorkflowTaskExecution]:
    for run in repos.workflow_executions.find_paused(limit=None):
        for task in repos.workflow_task_executions.find_unfinished(run.id):
            if spec_of(run, task.task_name).approval:
                yield task


def set_up(store: Store) -> None:
    """Store the workflows."""
    with store.transaction() as tx:
        for kind in range(KINDS):
            for name, tasks in (("inner", _inner(kind)), ("outer", _outer(kind))):
                header = {"ref": f"test.{name}{kind}", "label": name}
                file = WorkflowFile.model_validate({**header, "tasks": tasks})
                library.store_workflow(tx, file, {"tasks": tasks})
