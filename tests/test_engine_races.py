"""Races of an engine: late results, releases, claims, heartbeats, sweeps, cancellations and prunes at once.

A run samples them; `make test-races` runs a thousand of each.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from attune_store import (
    ExecutionStatus,
    Repositories,
    UpdateExecutionInput,
    WorkflowTaskExecution,
    errors,
)
from attune_store.testing import (
    make_execution,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)

pytestmark = pytest.mark.slow

S = ExecutionStatus
RACES = int(os.environ.get("RACES", "200"))
FAR = datetime(2100, 1, 1, tzinfo=UTC)


class Crew:
    """Threads that each repeat something until they are stopped."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self.stop = threading.Event()
        self.failures: list[BaseException] = []

    @contextmanager
    def at_work(self, *duties: Callable[[Repositories, random.Random], object]) -> Iterator[None]:
        """Run each duty in a thread, on its own connection, while the block lasts."""
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


def test_a_task_has_one_effect_although_workers_are_lost(database_url: str) -> None:
    """Leases expire while their workers report. Only results of the current attempt count."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE effects (task bigint, attempt integer)")
        repos = Repositories(conn)
        run = make_workflow_execution(repos, status=S.RUNNING)
        for index in range(RACES):
            make_workflow_task_execution(
                repos, workflow_execution=run.id, task_name="item", task_index=index
            )
    refused: list[str | None] = []

    def work(repos: Repositories, chance: random.Random) -> None:
        late = chance.random() < 0.7  # Other workers complete the work.
        lease = timedelta(milliseconds=1) if late else timedelta(hours=1)
        worker = repos.workers.register("w", lease=lease)
        tasks = repos.workflow_task_executions
        for claimed in tasks.claim_any(worker=worker.id, limit=3):
            try:
                tasks.start(claimed.id, attempt=claimed.attempt)
                with repos.connection.transaction():
                    repos.connection.execute(
                        "INSERT INTO effects VALUES (%s, %s)", (claimed.id, claimed.attempt)
                    )
                    tasks.complete(claimed.id, result=claimed.attempt, attempt=claimed.attempt)
            except errors.ConflictError as error:
                refused.append(error.field)
        repos.workers.retire(worker.id)

    def release(repos: Repositories, chance: random.Random) -> None:
        repos.workflow_task_executions.release_expired(max_losses=10**6)

    crew = Crew(database_url)
    with psycopg.connect(database_url, autocommit=True) as conn:
        tasks = Repositories(conn).workflow_task_executions
        with crew.at_work(work, work, work, work, release, release):
            while tasks.find_unfinished(run.id, limit=1) and not crew.stop.is_set():
                time.sleep(0.05)
        rows = {row.id: row for row in tasks.find_by_workflow_execution(run.id)}
        effects = conn.execute("SELECT task, attempt FROM effects").fetchall()
    assert {row.status for row in rows.values()} == {S.COMPLETED}
    assert len(effects) == len(rows) == RACES
    assert all(rows[id].result == rows[id].attempt == attempt for id, attempt in effects)
    assert all(row.retry_count == 0 for row in rows.values())
    assert sum(row.losses for row in rows.values()) >= RACES / 4 and refused, "nobody was late"


def test_heartbeats_and_sweeps_agree_on_live_workers(database_url: str) -> None:
    """A worker whose heartbeat succeeded had not ended before it. An ended worker can't send one."""
    ended: list[int] = []

    def beat(repos: Repositories, chance: random.Random) -> None:
        worker = repos.workers.register("w", lease=timedelta(milliseconds=2))
        while not crew.stop.is_set():
            time.sleep(chance.random() * 0.004)
            if repos.workers.get_by_id(worker.id).ended_at is None:
                with suppress(errors.ConflictError):
                    assert repos.workers.heartbeat(worker.id).ended_at is None
                continue
            with pytest.raises(errors.ConflictError, match="register a new worker"):
                repos.workers.heartbeat(worker.id)
            ended.append(worker.id)
            return

    def sweep(repos: Repositories, chance: random.Random) -> None:
        repos.executions.release_expired()
        repos.workflow_task_executions.release_expired()

    crew = Crew(database_url)
    with crew.at_work(beat, beat, beat, sweep, sweep):
        while len(ended) < RACES and not crew.stop.is_set():
            time.sleep(0.02)


def test_a_cancellation_races_results(database_url: str) -> None:
    """A task is completed with its effect, or cancelled without one. Nothing of the run is left."""
    outcomes: Counter[S] = Counter()
    with ExitStack() as stack:
        connections = [
            stack.enter_context(psycopg.connect(database_url, autocommit=True)) for _ in range(4)
        ]
        connections[0].execute("CREATE TABLE effects (task bigint)")
        pool = stack.enter_context(ThreadPoolExecutor(3))
        definition = make_workflow_definition(Repositories(connections[0])).id
        for _ in range(RACES):
            repos = Repositories(connections[0])
            run = make_workflow_execution(repos, workflow_def=definition, status=S.RUNNING)
            tasks = [
                make_workflow_task_execution(repos, workflow_execution=run.id, task_name=name)
                for name in "ab"
            ]
            attempts = [repos.workflow_task_executions.start(task.id) for task in tasks]
            start = threading.Barrier(3)

            def cancel(
                conn: psycopg.Connection, id: int = run.id, start: threading.Barrier = start
            ) -> None:
                start.wait()
                Repositories(conn).workflow_executions.cancel(id)

            def complete(
                conn: psycopg.Connection,
                task: WorkflowTaskExecution,
                start: threading.Barrier = start,
            ) -> None:
                start.wait()
                with suppress(errors.ConflictError), conn.transaction():
                    repos = Repositories(conn)
                    repos.workflow_task_executions.complete(task.id, attempt=task.attempt)
                    conn.execute("INSERT INTO effects VALUES (%s)", (task.id,))
                    repos.workflow_executions.append_tasks(
                        task.workflow_execution, completed=[task.task_name]
                    )

            racers = [
                pool.submit(cancel, connections[1]),
                *map(pool.submit, (complete,) * 2, connections[2:], attempts),
            ]
            for racer in racers:
                racer.result()
            rows = repos.workflow_task_executions.find_by_workflow_execution(run.id)
            children = [repos.executions.get_by_id(row.execution).status for row in rows]
            assert repos.workflow_executions.get_by_id(run.id).status is S.CANCELLED
            assert [row.status for row in rows] == children
            outcomes.update(children)
        effects = connections[0].execute("SELECT count(*), count(DISTINCT task) FROM effects")
        assert effects.fetchone() == (outcomes[S.COMPLETED],) * 2
    assert outcomes.keys() == {S.COMPLETED, S.CANCELLED}, "one of them always wins"


def test_prune_races_everything(database_url: str) -> None:
    """Only whole trees are deleted, and nothing that still has work to do."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        definition = make_workflow_definition(Repositories(conn)).id
    pruned: list[int] = []
    made: dict[int, int] = {}  # runs by their executions, until they are pruned

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
        made[root.id] = run.id

    def finish(repos: Repositories, chance: random.Random) -> None:
        for task in repos.workflow_task_executions.claim_any(to=S.RUNNING, limit=4):
            with suppress(
                errors.ConflictError, errors.NotFoundError
            ):  # cancelled, or pruned after that
                repos.workflow_task_executions.complete(task.id, attempt=task.attempt)

    def end(repos: Repositories, chance: random.Random) -> None:
        executions, runs = repos.executions, repos.workflow_executions
        for root, run in list(made.items())[:20]:
            try:
                match chance.randrange(4):
                    case 0:
                        executions.cancel(root)
                    case 1:  # its run continues
                        executions.finish(root, to=S.COMPLETED)
                    case 2:
                        runs.transition(run, expected=S.RUNNING, to=S.COMPLETED)
                    case _:  # also of what has ended
                        with repos.connection.transaction():
                            runs.merge_variables(run, {"n": chance.random()})
                            executions.update(root, UpdateExecutionInput(result=chance.random()))
            except errors.ConflictError:
                continue  # it has ended
            except errors.NotFoundError:
                made.pop(root, None)

    def prune(repos: Repositories, chance: random.Random) -> None:
        pruned.append(repos.executions.prune(finished_before=FAR, limit=5))

    crew = Crew(database_url)
    with psycopg.connect(database_url, autocommit=True) as conn:
        with crew.at_work(make, make, finish, finish, end, end, prune, prune):
            while sum(pruned) < 3 * RACES and not crew.stop.is_set():
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
