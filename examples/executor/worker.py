"""The loop of an executor process."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, auto
from itertools import count
from typing import Concatenate, Generic, ParamSpec, TypeVar

from attune_store import (
    Execution,
    ExecutionStatus,
    Repositories,
    Store,
    WorkflowExecution,
    errors,
)

from .clock import Clock
from .engine import Engine
from .runs import Attempt, LostError
from .simulation import Outcome, simulate

P = ParamSpec("P")
T = TypeVar("T")
Row = TypeVar("Row", Execution, WorkflowExecution)


class Count(IntEnum):
    """What an executor counts."""

    IN_HAND = 0
    STARTED = auto()
    COMPLETED = auto()
    FAILED = auto()
    TIMED_OUT = auto()
    TAKEN_UP = auto()
    LOST = auto()
    REPEATED = auto()


@dataclass
class Job:
    """An attempt, how it will end, and when its executor last gave a sign."""

    attempt: Attempt
    outcome: Outcome
    due: datetime
    touched: float


class Executor:
    """Claims executions, works at several at once, and sweeps up what nobody works at.

    An attempt that nobody touched for `lease` seconds is taken up by any executor. Make it a good
    deal longer than a process may hang: too short a lease costs work that is done twice, and never
    a result that is recorded twice.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        counts: "list[int]",
        *,
        slots: int = 12,
        seed: int = 0,
        lease: float = 2,
    ) -> None:
        self._store = store
        self._clock = clock
        self._counts = counts
        self._slots = slots
        self._seed = seed
        self._lease = lease
        self._jobs: list[Job] = []
        self._executions = Watched[Execution](lease)
        self._runs = Watched[WorkflowExecution](lease)
        self._next_sweep = 0.0

    def run(self, go_on: Callable[[], bool]) -> None:
        """Work for as long as `go_on` says so; what is in hand then is for others to take up."""
        while go_on():
            try:
                busy = self._finish_due()
                busy |= self._start_next()
                if time.monotonic() >= self._next_sweep:
                    self._sweep()
                    self._next_sweep = time.monotonic() + self._lease / 5
            except errors.UnavailableError:
                # What was begun may be recorded or not. If it is, and is not in hand here, it will
                # be taken up like the work of an executor that died.
                busy = False
            if not busy:
                time.sleep(self._idle())

    def _transact(
        self, work: Callable[Concatenate[Engine, P], T], *args: P.args, **kw: P.kwargs
    ) -> T:
        """Call a method of the engine in a transaction, again after an error that is retryable."""
        calls = count()

        def attempt(tx: Repositories) -> T:
            if next(calls):
                self._count(Count.REPEATED)
            return work(Engine(tx, self._clock.now()), *args, **kw)

        return self._store.run(attempt, attempts=8)

    def _count(self, count: Count) -> None:
        self._counts[count] += 1

    def _idle(self) -> float:
        due = min((self._clock.until(job.due) for job in self._jobs), default=1)
        return min(due, 0.04)

    # Work

    def _start_next(self) -> bool:
        if len(self._jobs) >= self._slots:
            return False
        execution = self._transact(Engine.start_next)
        if execution is None:
            return False
        try:
            attempt = self._transact(Engine.begin, execution)
        except (errors.ConflictError, LostError):
            return True  # Cancelled, or taken up by somebody else.
        if attempt is not None:
            self._count(Count.STARTED)
            outcome = simulate(attempt, self._seed)
            seconds = outcome.seconds
            if attempt.task.timeout_seconds is not None:
                seconds = attempt.task.timeout_seconds if outcome.hangs else seconds
                seconds = min(seconds, attempt.task.timeout_seconds)
            due = (attempt.task.started_at or self._clock.now()) + timedelta(seconds=seconds)
            self._jobs.append(Job(attempt, outcome, due, time.monotonic()))
            self._counts[Count.IN_HAND] = len(self._jobs)
        return True

    def _finish_due(self) -> bool:
        now = self._clock.now()
        due = sorted((job for job in self._jobs if job.due <= now), key=lambda job: job.due)
        for job in due:
            self._jobs.remove(job)
            if not _is_overdue(job, now):
                self._finish(job)
            self._counts[Count.IN_HAND] = len(self._jobs)
        return bool(due)

    def _finish(self, job: Job) -> None:
        attempt, outcome = job.attempt, job.outcome
        try:
            if outcome.error is None:
                self._transact(Engine.complete, attempt, outcome.result)
                self._count(Count.COMPLETED)
            else:
                self._transact(Engine.fail, attempt, outcome.error)
                self._count(Count.FAILED)
        except (errors.ConflictError, LostError):
            # Timed out, cancelled, or taken up by somebody else: theirs is what counts.
            self._count(Count.LOST)
        except errors.UnavailableError:
            # Recorded or not, nobody knows: to try again tells, since it is recorded once.
            job.due += timedelta(seconds=self._clock.speed)
            self._jobs.append(job)

    # Care

    def _sweep(self) -> None:
        self._touch()
        for task in self._transact(Engine.time_out):
            self._count(Count.TIMED_OUT)
            self._transact(Engine.settle, task)
        while retry := self._transact(Engine.claim_retry):
            self._transact(Engine.go_on, retry.workflow_execution)
        self._take_up_stale()
        self._go_on_after_pause()

    def _touch(self) -> None:
        """Give a sign for each attempt in hand."""
        for job in [*self._jobs]:
            if time.monotonic() - job.touched < self._lease / 4:
                continue
            try:
                self._transact(Engine.touch, job.attempt)
                job.touched = time.monotonic()
            except (errors.ConflictError, LostError):
                self._jobs.remove(job)
                self._count(Count.LOST)

    def _take_up_stale(self) -> None:
        with self._store.autocommit() as repos:
            running = repos.executions.find_by_status(ExecutionStatus.RUNNING, limit=None)
        for execution in self._executions.stale(running):
            try:
                if self._transact(Engine.take_up, execution):
                    self._count(Count.TAKEN_UP)
            except errors.ConflictError:
                pass  # Its executor gave a sign, or another one took it up.

    def _go_on_after_pause(self) -> None:
        """Go on with workflows that somebody resumed without an engine, or that a sweep left."""
        with self._store.autocommit() as repos:
            running = repos.workflow_executions.find_by_status(ExecutionStatus.RUNNING, limit=None)
            standing = [run.id for run in self._runs.stale(running) if _stands_still(repos, run)]
        for id in standing:
            self._transact(Engine.go_on, id)


class Watched(Generic[Row]):
    """Rows that are looked at again and again, to see which of them have not changed for a while.

    The server stamps each change, and the time in between is measured here: nobody's clock has to
    agree with another.
    """

    def __init__(self, lease: float) -> None:
        self._lease = lease
        self._seen: dict[int, tuple[datetime, float]] = {}

    def stale(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that did not change during the lease; `rows` are all that there are."""
        now, before = time.monotonic(), self._seen
        self._seen = {row.id: (row.updated, now) for row in rows}
        for id, seen in before.items():
            if id in self._seen and seen[0] == self._seen[id][0]:
                self._seen[id] = seen
        return [row for row in rows if now - self._seen[row.id][1] > self._lease]


def _stands_still(repos: Repositories, run: WorkflowExecution) -> bool:
    tasks = repos.workflow_task_executions.find_unfinished(run.id)
    if not tasks:
        return True
    return not run.paused and any(task.status is ExecutionStatus.REQUESTED for task in tasks)


def _is_overdue(job: Job, now: datetime) -> bool:
    task = job.attempt.task
    if job.outcome.hangs:
        return True
    if task.timeout_seconds is None or task.started_at is None:
        return False
    return now > task.started_at + timedelta(seconds=task.timeout_seconds)
