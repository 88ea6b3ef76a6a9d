"""A worker process: it claims tasks, runs several at once, and sweeps."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Event, Lock
from typing import TypeVar

from attune_store import (
    ExecutionStatus,
    Repositories,
    Store,
    WorkerLease,
    WorkflowTaskExecution,
    errors,
)

from .clock import Clock
from .engine import Engine
from .runs import attempt_at
from .simulation import Outcome, simulate

T = TypeVar("T")

GIVES_WAY = 0.2
"""Seconds that a release waits for a lock, less than PostgreSQL's deadlock_timeout."""


class Worker:
    """Claims tasks under a lease, runs each in a thread, and reports the results.

    `lease` is how long the worker may be cut off or hang before others get its tasks. Make it long. With a
    lease that is too short, work is done twice, but a result is never recorded twice.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        name: str,
        *,
        slots: int = 12,
        seed: int = 0,
        lease: timedelta = timedelta(seconds=2),
    ) -> None:
        self._store = store
        self._clock = clock
        self._name = name
        self._slots = slots
        self._seed = seed
        self._lease = lease
        self._rhythm = lease / 8
        self._stopped = Event()
        # The state that the threads share, and its lock.
        self._lock = Lock()
        self._busy = 0
        self._held: set[tuple[int, int]] = set()
        self._threads: list[Future[None]] = []

    def run(self, go_on: Callable[[], bool]) -> None:
        """Work until `go_on` returns False. Other workers get the tasks that are left."""
        with ThreadPoolExecutor(self._slots) as pool:
            try:
                while go_on():
                    try:
                        with self._store.worker(self._name, lease=self._lease) as lease:
                            self._serve(lease, pool, go_on)
                    except errors.UnavailableError:
                        self._stopped.wait(self._rhythm.total_seconds())
            finally:
                with self._lock:
                    self._stopped.set()

    def _serve(
        self, lease: WorkerLease, pool: ThreadPoolExecutor, go_on: Callable[[], bool]
    ) -> None:
        """Claim when a task may be claimable, and sweep in between, until the lease is lost."""
        while go_on() and not lease.lost:
            for _ in self._store.listen(timeout=self._rhythm):
                self._fill(lease, pool)
                if lease.lost or not go_on():
                    return
            self._sweep()
            for thread in [thread for thread in self._threads if thread.done()]:
                self._threads.remove(thread)
                thread.result()  # raises the error that has ended it

    # Work

    def _fill(self, lease: WorkerLease, pool: ThreadPoolExecutor) -> None:
        """Claim tasks for the free slots, and run them in threads."""
        with self._lock:
            free = self._slots - self._busy
            if free <= 0 or lease.lost or self._stopped.is_set():
                return
            try:
                held = self._store.run(lambda tx: self._claim(tx, lease.id, free))
            except errors.UnavailableError:
                return  # The next claim finds what this one has claimed.
            new = [task for task in held if _key(task) not in self._held]
            self._held = {_key(task) for task in held}
            self._busy += len(new)
            self._threads += [pool.submit(self._work, task, lease, pool) for task in new]

    def _claim(self, tx: Repositories, worker: int, limit: int) -> list[WorkflowTaskExecution]:
        """Claim tasks, and return all that the worker holds, in case the answer to a claim was lost."""
        tx.workflow_task_executions.claim_any(
            worker=worker, to=ExecutionStatus.RUNNING, limit=limit, now=self._clock.now()
        )
        return tx.workflow_task_executions.find_by_worker(worker, limit=None)

    def _work(
        self, task: WorkflowTaskExecution, lease: WorkerLease, pool: ThreadPoolExecutor
    ) -> None:
        """Run an attempt, which simulates work by waiting, and report the result."""
        outcome = simulate(self._insist(lambda tx: attempt_at(tx, task)), self._seed)
        if not self._stopped.wait(self._clock.until(outcome.ends)) and not outcome.hangs:
            self._report(task, outcome)
        with self._lock:
            self._busy -= 1
        self._fill(lease, pool)

    def _report(self, task: WorkflowTaskExecution, outcome: Outcome) -> None:
        def report(tx: Repositories) -> None:
            engine = self._engine(tx)
            if outcome.error is None:
                engine.complete(task, outcome.result)
            else:
                engine.fail(task, outcome.error)

        with suppress(
            errors.ConflictError
        ):  # timed out, cancelled, claimed by another worker, or recorded by the first try
            self._insist(report)

    def _insist(self, work: Callable[[Repositories], T]) -> T:
        """Run a transaction, and repeat it while the server can't be reached.

        It may be unknown whether a commit succeeded. Repeating is safe, because a result is recorded once.
        """
        while True:
            try:
                return self._store.run(work)
            except errors.UnavailableError:
                if self._stopped.wait(self._rhythm.total_seconds()):
                    raise

    # Care

    def _sweep(self) -> None:
        """Time out attempts, and release the tasks of dead workers."""
        try:
            with self._store.autocommit() as repos:
                overdue = repos.workflow_task_executions.find_overdue(now=self._clock.now())
            for task in overdue:
                self._time_out(task)
            self._store.run(lambda tx: self._engine(tx).release(), lock_timeout=GIVES_WAY)
        except (errors.UnavailableError, errors.StatementTimeoutError):
            pass  # The next sweep is soon.

    def _time_out(self, task: WorkflowTaskExecution) -> None:
        with suppress(errors.ConflictError):  # It has ended meanwhile, or another sweep was first.
            self._store.run(lambda tx: self._engine(tx).time_out(task))

    def _engine(self, tx: Repositories) -> Engine:
        return Engine(tx, self._clock.now())


def _key(task: WorkflowTaskExecution) -> tuple[int, int]:
    return task.id, task.attempt
