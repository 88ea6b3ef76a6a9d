"""Races of an engine: late results against releases and new claims, beats against sweeps, prunes against everything."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from attune_store import ExecutionStatus, Repositories, errors
from attune_store.testing import (
    make_execution,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)

pytestmark = pytest.mark.slow

S = ExecutionStatus
TASKS = 200
FAR = datetime(2100, 1, 1, tzinfo=UTC)


class Crew:
    """Threads that each do something again and again, until they are told to stop."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.stop = threading.Event()
        self.failures: list[BaseException] = []

    @contextmanager
    def at_work(self, *duties: Callable[[Repositories, random.Random], object]) -> Iterator[None]:
        """Let one thread do each duty, on a connection of its own, while the block runs."""
        threads = [
            threading.Thread(target=self._repeat, args=(duty, seed))
            for seed, duty in enumerate(duties)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()
        assert self.failures == []

    def _repeat(self, duty: Callable[[Repositories, random.Random], object], seed: int) -> None:
        try:
            with psycopg.connect(self.conninfo, autocommit=True) as conn:
                repos, chance = Repositories(conn), random.Random(seed)
                while not self.stop.is_set():
                    duty(repos, chance)
        except BaseException as exc:
            self.failures.append(exc)
            self.stop.set()


def test_a_task_has_its_effect_once_however_often_its_workers_are_lost(database_url: str) -> None:
    """Workers oversleep leases of a few milliseconds; only results of the present attempt count."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE effects (task bigint, attempt integer)")
        repos = Repositories(conn)
        run = make_workflow_execution(repos, status=S.RUNNING)
        for index in range(TASKS):
            make_workflow_task_execution(
                repos, workflow_execution=run.id, task_name="item", task_index=index
            )
    refused: list[str | None] = []

    def work(repos: Repositories, chance: random.Random) -> None:
        worker = repos.workers.register("w", lease=timedelta(milliseconds=5))
        tasks = repos.workflow_task_executions
        for claimed in tasks.claim_any(worker=worker.id, limit=3):
            try:
                if chance.random() < 0.3:
                    time.sleep(chance.random() * 0.02)
                tasks.start(claimed.id, attempt=claimed.attempt)
                if chance.random() < 0.3:
                    time.sleep(chance.random() * 0.02)
                with repos.connection.transaction():
                    repos.connection.execute(
                        "INSERT INTO effects VALUES (%s, %s)", (claimed.id, claimed.attempt)
                    )
                    tasks.complete(claimed.id, result=claimed.attempt, attempt=claimed.attempt)
            except errors.ConflictError as error:
                refused.append(error.field)
        repos.workers.retire(worker.id)

    def release(repos: Repositories, chance: random.Random) -> None:
        repos.workflow_task_executions.release_expired(max_losses=1000)
        time.sleep(chance.random() * 0.01)

    crew = Crew(database_url)
    with psycopg.connect(database_url, autocommit=True) as conn:
        tasks = Repositories(conn).workflow_task_executions
        with crew.at_work(work, work, work, work, release, release):
            while tasks.find_unfinished(run.id, limit=1) and not crew.stop.is_set():
                time.sleep(0.05)
        rows = {row.id: row for row in tasks.find_by_workflow_execution(run.id)}
        effects = conn.execute("SELECT task, attempt FROM effects").fetchall()
    assert {row.status for row in rows.values()} == {S.COMPLETED}
    assert len(effects) == len(rows) == TASKS
    assert all(rows[id].result == rows[id].attempt == attempt for id, attempt in effects)
    assert all(row.retry_count == 0 for row in rows.values())
    assert refused, "nobody was late"


def test_a_beat_and_a_sweep_agree_on_who_lives(database_url: str) -> None:
    """A worker whose beat was taken has not ended before it; one that was ended beats no more."""
    ended: list[int] = []

    def beat(repos: Repositories, chance: random.Random) -> None:
        worker = repos.workers.register("w", lease=timedelta(milliseconds=2))
        while not crew.stop.is_set():
            time.sleep(chance.random() * 0.004)
            if repos.workers.get_by_id(worker.id).ended_at is None:
                with suppress(errors.ConflictError):
                    assert repos.workers.heartbeat(worker.id).ended_at is None
                continue
            with pytest.raises(errors.ConflictError, match="register anew"):
                repos.workers.heartbeat(worker.id)
            ended.append(worker.id)
            return

    def sweep(repos: Repositories, chance: random.Random) -> None:
        repos.executions.release_expired()
        repos.workflow_task_executions.release_expired()

    crew = Crew(database_url)
    with crew.at_work(beat, beat, beat, sweep, sweep):
        while len(ended) < 100 and not crew.stop.is_set():
            time.sleep(0.02)


def test_prune_races_everything(database_url: str) -> None:
    """Trees go as a whole, and nothing that still has work to do goes."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        definition = make_workflow_definition(Repositories(conn)).id
    pruned: list[int] = []
    made: list[int] = []

    def make(repos: Repositories, chance: random.Random) -> None:
        root = make_execution(repos, action_ref="core.root", status=S.RUNNING)
        run = make_workflow_execution(
            repos, execution=root.id, workflow_def=definition, status=S.RUNNING
        )
        for name in "ab":
            make_workflow_task_execution(
                repos,
                workflow_execution=run.id,
                execution=make_execution(repos, parent=root.id, action_ref="core.task").id,
                task_name=name,
            )
        made.append(root.id)

    def finish(repos: Repositories, chance: random.Random) -> None:
        for task in repos.workflow_task_executions.claim_any(to=S.RUNNING, limit=4):
            with suppress(errors.ConflictError, errors.NotFoundError):  # cancelled, or pruned then
                repos.workflow_task_executions.complete(task.id, attempt=task.attempt)

    def end(repos: Repositories, chance: random.Random) -> None:
        for id in made[-20:]:
            # Two cancellations of one tree may deadlock; the one that is told so may run again.
            with suppress(errors.ConflictError, errors.NotFoundError, errors.SerializationError):
                if chance.random() < 0.5:
                    repos.executions.cancel(id)
                else:
                    repos.executions.finish(id, to=S.COMPLETED)

    def prune(repos: Repositories, chance: random.Random) -> None:
        pruned.append(repos.executions.prune(finished_before=FAR, limit=5))

    crew = Crew(database_url)
    with psycopg.connect(database_url, autocommit=True) as conn:
        with crew.at_work(make, make, finish, finish, end, end, prune, prune):
            while sum(pruned) < 600 and not crew.stop.is_set():
                time.sleep(0.02)
        assert conn.execute(
            "SELECT count(*) FROM attune.execution"
            " WHERE parent IS NULL AND action_ref = 'core.task'"
        ).fetchone() == (0,), "a child outlived its tree"
        assert conn.execute(
            "SELECT count(*) FROM attune.execution e WHERE e.action_ref = 'core.root'"
            " AND NOT EXISTS (SELECT FROM attune.workflow_execution w WHERE w.execution = e.id)"
            " AND attune.is_terminal(e.status)"
        ).fetchone() == (0,), "a tree went in part"
