"""Many callers at once, behind a barrier, each with its own connection: nothing is lost or done twice."""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import Any, TypeVar

import psycopg
import pytest

from attune_store import (
    AsyncRepositories,
    CreateExecutionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    Repositories,
    TaskFailure,
    TaskList,
    TaskResult,
    UpdateExecutionInput,
    UpdateWorkflowTaskExecutionInput,
    errors,
)
from attune_store.testing import make_execution, make_workflow_definition, make_workflow_execution
from tests.pooler import UNPREPARED
from tests.twin import Twin
from tests.waiting import LIMIT, until_blocked

pytestmark = pytest.mark.slow

S = ExecutionStatus
T = TypeVar("T")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
EIGHT = 8


def at_once(twin: Twin, work: Callable[[Any, int], Any], count: int = EIGHT) -> list[Any]:
    """Return the results of `work(repositories, number)`, each on its own connection, all at once.

    The sync twin uses threads, the async one tasks of one loop. `work` is a generator that yields what the methods
    return, awaitable or not, and is sent the results.
    """
    if twin.kind == "sync":
        barrier = threading.Barrier(count, timeout=LIMIT)

        def in_thread(number: int) -> Any:
            with psycopg.connect(twin.conninfo, autocommit=True, **UNPREPARED) as conn:
                repos = Repositories(conn)
                barrier.wait()
                return _drive(work(repos, number))

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(in_thread, range(count)))

    async def in_task(number: int, conn: psycopg.AsyncConnection[Any]) -> Any:
        script = work(AsyncRepositories(conn), number)
        resume = partial(script.send, None)
        while True:
            try:
                step = resume()
            except StopIteration as stop:
                return stop.value
            try:
                resume = partial(script.send, await step)
            except errors.StoreError as exc:
                resume = partial(script.throw, exc)

    async def gather() -> list[Any]:
        connecting = (
            psycopg.AsyncConnection.connect(twin.conninfo, autocommit=True, **UNPREPARED)
            for _ in range(count)
        )
        conns = await asyncio.gather(*connecting)
        try:
            return await asyncio.gather(*map(in_task, range(count), conns))
        finally:
            for conn in conns:
                await conn.close()

    return asyncio.run(gather())


def _drive(script: Any) -> Any:
    """Run a script whose steps are values already."""
    value = None
    while True:
        try:
            value = script.send(value)
        except StopIteration as stop:
            return stop.value


def test_concurrent_appends_lose_nothing(committing_twin: Twin) -> None:
    """Eight connections each append 25 names, one after another."""
    run = make_workflow_execution(committing_twin.repositories)

    def append(repos: Any, number: int) -> Any:
        for n in range(25):
            yield repos.workflow_executions.append_tasks(
                run.id, completed=[f"{number}.{n}"], current=["shared"]
            )

    at_once(committing_twin, append)
    after = committing_twin.repositories.workflow_executions.get_by_id(run.id)
    assert sorted(after.completed_tasks) == sorted(
        f"{number}.{n}" for number in range(EIGHT) for n in range(25)
    )
    assert after.current_tasks == ["shared"]


def test_concurrent_moves_lose_nothing(committing_twin: Twin) -> None:
    names = [f"{number}.{n}" for number in range(EIGHT) for n in range(20)]
    run = make_workflow_execution(committing_twin.repositories, current_tasks=names)

    def move(repos: Any, number: int) -> Any:
        for n in range(20):
            to = TaskList.FAILED if n % 5 == 0 else TaskList.COMPLETED
            yield repos.workflow_executions.move_tasks(run.id, [f"{number}.{n}"], to=to)

    at_once(committing_twin, move)
    after = committing_twin.repositories.workflow_executions.get_by_id(run.id)
    assert after.current_tasks == []
    assert sorted(after.completed_tasks + after.failed_tasks) == sorted(names)
    assert len(after.failed_tasks) == EIGHT * 4


def test_concurrent_merges_of_different_keys_lose_nothing(committing_twin: Twin) -> None:
    run = make_workflow_execution(committing_twin.repositories, variables={"kept": True})

    def merge(repos: Any, number: int) -> Any:
        for n in range(20):
            yield repos.workflow_executions.merge_variables(run.id, {f"{number}.{n}": n})

    at_once(committing_twin, merge)
    after = committing_twin.repositories.workflow_executions.get_by_id(run.id)
    assert after.variables == {"kept": True} | {
        f"{number}.{n}": n for number in range(EIGHT) for n in range(20)
    }


def test_create_or_get_makes_one_row(committing_twin: Twin) -> None:
    repos = committing_twin.repositories
    definition = make_workflow_definition(repos)
    executions = [make_execution(repos).id for _ in range(40)]

    def create(repos: Any, number: int) -> Any:
        made = []
        for execution in executions:
            made.append(
                (
                    yield repos.workflow_executions.create_or_get(
                        CreateWorkflowExecutionInput(
                            execution=execution,
                            workflow_def=definition.id,
                            task_graph={},
                            variables={"number": number},
                        )
                    )
                )
            )
        return made

    for results in zip(*at_once(committing_twin, create), strict=True):
        assert sum(result.created for result in results) == 1
        assert len({result.workflow_execution.id for result in results}) == 1


def test_a_claim_has_one_winner(committing_twin: Twin) -> None:
    executions = [make_execution(committing_twin.repositories).id for _ in range(40)]

    def claim(repos: Any, number: int) -> Any:
        won = []
        for execution in executions:
            if (yield repos.executions.claim(execution)) is not None:
                won.append(execution)
        return won

    won = [execution for wins in at_once(committing_twin, claim) for execution in wins]
    assert sorted(won) == sorted(executions)


def test_a_transition_has_one_winner(committing_twin: Twin) -> None:
    runs = [make_workflow_execution(committing_twin.repositories).id for _ in range(20)]

    def transition(repos: Any, number: int) -> Any:
        won = []
        for run in runs:
            try:
                yield repos.workflow_executions.transition(run, expected=S.REQUESTED, to=S.RUNNING)
            except errors.ConflictError:
                continue
            won.append(run)
        return won

    won = [run for wins in at_once(committing_twin, transition) for run in wins]
    assert sorted(won) == sorted(runs)


def fill(twin: Twin, count: int, status: str = "requested") -> int:
    """Create a workflow with this number of items, on a table that was never analyzed."""
    run = make_workflow_execution(twin.repositories)
    twin.execute(
        "WITH e AS (INSERT INTO attune.execution (action_ref, status)"
        " SELECT 'core.noop', 'running' FROM generate_series(1, %(count)s) RETURNING id)"
        " INSERT INTO attune.workflow_task_execution (workflow_execution, execution, task_name,"
        "  task_index, status, max_retries, started_at, timeout_seconds, next_retry_at)"
        " SELECT %(run)s, id, 'item', row_number() OVER (), %(status)s::attune.execution_status, 1,"
        "  now() - interval '1 hour', 1, CASE %(status)s::attune.execution_status WHEN 'failed' THEN now() END FROM e",
        {"run": run.id, "count": count, "status": status},
    )
    return run.id


def test_eight_claimers_get_each_of_ten_thousand_rows_once(committing_twin: Twin) -> None:
    run = fill(committing_twin, 10_000)

    def claim(repos: Any, number: int) -> Any:
        mine: list[int] = []
        while rows := (yield repos.workflow_task_executions.claim_next(run, "item", limit=50)):
            assert len(rows) <= 50
            mine += (row.id for row in rows)
        return mine

    claimed = Counter(row for rows in at_once(committing_twin, claim) for row in rows)
    assert len(claimed) == 10_000
    assert set(claimed.values()) == {1}


@pytest.mark.parametrize("sweep", ["claim_due_retries", "time_out_overdue"])
def test_sweeps_return_each_row_once(committing_twin: Twin, sweep: str) -> None:
    run = fill(committing_twin, 1000, "failed" if sweep == "claim_due_retries" else "running")

    def take(repos: Any, number: int) -> Any:
        mine: list[int] = []
        while rows := (yield getattr(repos.workflow_task_executions, sweep)(limit=20)):
            assert len(rows) <= 20
            mine += (row.id for row in rows)
        return mine

    taken = Counter(row for rows in at_once(committing_twin, take) for row in rows)
    assert len(taken) == 1000
    assert set(taken.values()) == {1}
    rows = committing_twin.repositories.workflow_task_executions.find_by_workflow_execution(run)
    if sweep == "claim_due_retries":
        assert {row.retry_count for row in rows} == {1}
    else:
        assert {row.status for row in rows} == {S.TIMEOUT}


def test_claims_return_each_execution_once(committing_twin: Twin) -> None:
    committing_twin.execute(
        "INSERT INTO attune.execution (action_ref) SELECT 'core.noop' FROM generate_series(1, 2000)"
    )

    def claim(repos: Any, number: int) -> Any:
        mine: list[int] = []
        while rows := (yield repos.executions.claim_next(limit=25)):
            mine += (row.id for row in rows)
        return mine

    claimed = Counter(row for rows in at_once(committing_twin, claim) for row in rows)
    assert len(claimed) == 2000
    assert set(claimed.values()) == {1}


def test_pauses_and_resumes_end_in_one_of_both_states(committing_twin: Twin) -> None:
    run = make_workflow_execution(committing_twin.repositories)

    def toggle(repos: Any, number: int) -> Any:
        for n in range(20):
            if number % 2:
                yield repos.workflow_executions.pause(run.id, reason=f"{number}.{n}")
            else:
                yield repos.workflow_executions.resume(run.id)

    at_once(committing_twin, toggle)
    after = committing_twin.repositories.workflow_executions.get_by_id(run.id)
    assert after.paused == (after.pause_reason is not None)


def test_a_retry_is_used_once(committing_twin: Twin) -> None:
    """A caller who fails, schedules and claims in a loop never gets more attempts than allowed."""
    run = fill(committing_twin, 40, "failed")
    repo = committing_twin.repositories.workflow_task_executions
    later = datetime.now(UTC) + timedelta(hours=1)

    def claim(repos: Any, number: int) -> Any:
        mine = []
        for _ in range(10):
            mine += yield repos.workflow_task_executions.claim_due_retries(limit=2, now=later)
        return [row.id for row in mine]

    claimed = [row for rows in at_once(committing_twin, claim) for row in rows]
    assert len(claimed) == len(set(claimed)) == 40
    for row in repo.find_by_workflow_execution(run):
        repo.start(row.id)
        repo.fail(row.id, error="again")
        with pytest.raises(errors.ConflictError, match="no retry left"):
            repo.schedule_retry(row.id, at=NOW)


def test_every_retry_is_used_and_none_twice(committing_twin: Twin) -> None:
    """Eight callers claim, start, fail and schedule again, until no task has a retry left."""
    run = fill(committing_twin, 24, "failed")
    committing_twin.execute("UPDATE attune.workflow_task_execution SET max_retries = 3")

    def retry(repos: Any, number: int) -> Any:
        tasks = repos.workflow_task_executions
        attempts: list[tuple[int, int]] = []
        while (yield tasks.find_unfinished(run)):
            for row in (yield tasks.claim_due_retries(limit=2)):
                attempts.append((row.id, row.retry_count))
                yield tasks.start(row.id)
                yield tasks.fail(row.id, error=row.retry_count)
                try:
                    yield tasks.schedule_retry(row.id, at=NOW)
                except errors.ConflictError:
                    assert row.retry_count == 3
        return attempts

    attempts = Counter(one for some in at_once(committing_twin, retry) for one in some)
    rows = committing_twin.repositories.workflow_task_executions.find_by_workflow_execution(run)
    assert attempts == Counter((row.id, count) for row in rows for count in (1, 2, 3))
    assert {(row.status, row.error, row.next_retry_at) for row in rows} == {(S.FAILED, 3, None)}


def test_scheduling_races_with_claiming(committing_twin: Twin) -> None:
    """A retry is scheduled before it is claimed, or refused after that."""
    run = fill(committing_twin, 40, "failed")
    repo = committing_twin.repositories.workflow_task_executions
    rows = repo.find_by_workflow_execution(run)

    def work(repos: Any, number: int) -> Any:
        claimed: list[int] = []
        found: set[object] = set()
        for row in rows:
            if number % 2:
                mine = yield repos.workflow_task_executions.claim_due_retries(limit=1)
                claimed += (one.id for one in mine)
                continue
            try:
                yield repos.workflow_task_executions.schedule_retry(row.id, at=NOW)
            except errors.ConflictError as exc:
                found.add(exc.actual)
        return claimed, found

    results = at_once(committing_twin, work)
    assert sorted(id for claimed, _ in results for id in claimed) == sorted(row.id for row in rows)
    assert {status for _, found in results for status in found} <= {S.SCHEDULING}
    assert {(row.status, row.retry_count) for row in repo.find_by_workflow_execution(run)} == {
        (S.SCHEDULING, 1)
    }


def test_a_task_ends_once(committing_twin: Twin) -> None:
    """Completions, failures, cancellations and time-outs of the same tasks at once."""
    run = fill(committing_twin, 40, "running")
    repo = committing_twin.repositories.workflow_task_executions
    rows = repo.find_by_workflow_execution(run)

    def end(repos: Any, number: int) -> Any:
        tasks = repos.workflow_task_executions
        ended: list[tuple[int, ExecutionStatus]] = []
        for row in rows:
            try:
                if number % 4 == 0:
                    mine = [(yield tasks.complete(row.id, result=number))]
                elif number % 4 == 1:
                    mine = [(yield tasks.fail(row.id, error=number))]
                elif number % 4 == 2:
                    mine = [(yield tasks.cancel(row.id))]
                else:
                    mine = yield tasks.time_out_overdue(limit=1)
            except errors.ConflictError:
                continue
            ended += ((one.id, one.status) for one in mine)
        return ended

    ended = Counter(one for some in at_once(committing_twin, end) for one in some)
    assert set(ended.values()) == {1}
    assert sorted(ended) == sorted((row.id, row.status) for row in repo.list(limit=None))


def test_create_or_get_refuses_a_second_definition(committing_twin: Twin) -> None:
    """The second caller, with another definition, gets the existing one in the error."""
    repos = committing_twin.repositories
    definitions = [make_workflow_definition(repos).id for _ in range(2)]
    executions = [make_execution(repos).id for _ in range(20)]

    def create(repos: Any, number: int) -> Any:
        stands = []
        for execution in executions:
            input = CreateWorkflowExecutionInput(
                execution=execution, workflow_def=definitions[number % 2], task_graph={}
            )
            try:
                made = yield repos.workflow_executions.create_or_get(input)
            except errors.ConflictError as exc:
                stands.append(exc.actual)
            else:
                stands.append(made.workflow_execution.workflow_def)
        return stands

    for stands in zip(*at_once(committing_twin, create), strict=True):
        assert len(set(stands)) == 1


def test_inserting_tasks_and_locking_the_workflow_does_not_deadlock(committing_twin: Twin) -> None:
    """Transactions that each insert a task row and then lock the parent."""
    run = make_workflow_execution(committing_twin.repositories)
    barrier = threading.Barrier(2, timeout=LIMIT)

    def work(repos: Any, number: int) -> Any:
        for n in range(20):
            yield repos.connection.execute("BEGIN")
            child = yield repos.executions.create(CreateExecutionInput(action_ref="core.noop"))
            yield repos.workflow_task_executions.create(
                CreateWorkflowTaskExecutionInput(
                    workflow_execution=run.id, execution=child.id, task_name=f"{number}.{n}"
                )
            )
            if n == 0 and committing_twin.kind == "sync":
                barrier.wait()  # the tasks of a loop take turns in any case
            yield repos.workflow_executions.lock(run.id)
            yield repos.workflow_executions.append_tasks(run.id, current=[f"{number}.{n}"])
            yield repos.connection.execute("COMMIT")

    at_once(committing_twin, work, 2)
    after = committing_twin.repositories.workflow_executions.get_by_id(run.id)
    assert len(after.current_tasks) == 40


def test_no_task_stays_held_when_a_workflow_resumes(committing_twin: Twin) -> None:
    """Pauses, resumes and inserts at once: an insert sees the pause, or the resume sees its row."""
    repos = committing_twin.repositories
    run = make_workflow_execution(repos, status=S.RUNNING)
    children = [[make_execution(repos).id for _ in range(40)] for _ in range(EIGHT)]

    def flip(repos: Any, number: int) -> Any:
        for index, child in enumerate(children[number]):
            if number < 2:
                yield repos.workflow_executions.pause(run.id)
                yield repos.workflow_executions.resume(run.id)
            else:
                yield repos.workflow_task_executions.create(
                    CreateWorkflowTaskExecutionInput(
                        workflow_execution=run.id,
                        execution=child,
                        task_name=f"task{number}",
                        task_index=index,
                    )
                )

    at_once(committing_twin, flip)
    resumed = repos.workflow_executions.resume(run.id)
    assert not resumed.paused
    rows = repos.workflow_task_executions.find_by_workflow_execution(run.id)
    assert len(rows) == 40 * (EIGHT - 2)
    assert [row for row in rows if row.held] == []


def test_ending_a_workflow_does_not_deadlock_with_its_tasks(committing_twin: Twin) -> None:
    """Callers who end a task and then its workflow, and who end the workflow, do not deadlock."""
    repos = committing_twin.repositories
    run = make_workflow_execution(repos, status=S.RUNNING)
    tasks = [
        repos.workflow_task_executions.create(
            CreateWorkflowTaskExecutionInput(
                workflow_execution=run.id,
                execution=make_execution(repos).id,
                task_name="task",
                task_index=index,
                status=S.RUNNING,
                max_retries=1,
            )
        )
        for index in range(EIGHT * 20)
    ]

    def work(repos: Any, number: int) -> Any:
        if number == 0:
            for _ in range(20):
                yield repos.workflow_executions.transition(run.id, expected=S.RUNNING, to=S.FAILED)
                yield repos.workflow_executions.transition(run.id, expected=S.FAILED, to=S.RUNNING)
            return
        for task in tasks[number::EIGHT]:
            yield repos.workflow_task_executions.fail(
                task.id, error={}, retry_delay=timedelta(seconds=0)
            )
            yield repos.workflow_executions.append_tasks(run.id, failed=[f"task{task.id}"])

    at_once(committing_twin, work)
    claimed = repos.workflow_task_executions.claim_due_retries(limit=1000)
    failed = {task.id for number in range(1, EIGHT) for task in tasks[number::EIGHT]}
    assert {task.id for task in claimed} == failed


def test_a_definition_is_deleted_with_every_run(committing_twin: Twin) -> None:
    """A run that begins at the same time is deleted, too, or refused. No deletion fails."""
    repos = committing_twin.repositories
    definitions = [make_workflow_definition(repos) for _ in range(30)]
    children = {one.id: [make_execution(repos).id for _ in range(EIGHT)] for one in definitions}

    def work(repos: Any, number: int) -> Any:
        refused: list[str | None] = []
        for one in definitions:
            if number < 2:
                yield repos.workflow_definitions.delete(one.id, with_runs=True)
                continue
            try:
                yield repos.workflow_executions.create(
                    CreateWorkflowExecutionInput(
                        execution=children[one.id][number], workflow_def=one.id, task_graph={}
                    )
                )
            except errors.ForeignKeyError as error:
                refused.append(error.field)
        return refused

    refused = at_once(committing_twin, work)
    assert set(chain.from_iterable(refused)) <= {"workflow_def"}
    assert repos.workflow_definitions.list() == []
    assert repos.workflow_executions.list() == []


def test_overlapping_bulk_changes_neither_deadlock_nor_win_twice(committing_twin: Twin) -> None:
    """Completions and failures in different orders, a canceller, and changes of the executions."""
    repos = committing_twin.repositories
    run = make_workflow_execution(repos, status=S.RUNNING)
    tasks = repos.workflow_task_executions.create_many(
        CreateWorkflowTaskExecutionInput(
            workflow_execution=run.id,
            execution=CreateExecutionInput(action_ref="core.noop", status=S.RUNNING),
            task_name="item",
            task_index=index,
            status=S.RUNNING,
            started_at=NOW,
        )
        for index in range(240)
    )
    ids = [task.id for task in tasks]
    children = {task.execution for task in tasks}

    def change(repos: Any, number: int) -> Any:
        order = random.Random(number)
        told: list[tuple[int, str, str | None]] = []
        for _ in range(30):
            some = order.sample(ids, 60)
            name = f"{number}.{_}"
            if number == 0:
                for id in some[:10]:
                    with suppress(errors.ConflictError):
                        yield repos.workflow_task_executions.cancel(id)
                        told.append((id, "cancelled", None))
            elif number == 1:
                yield repos.executions.transition_many(
                    order.sample(sorted(children), 60), expected=S.RUNNING, to=S.RUNNING
                )
            elif number % 2:
                wrong = dict.fromkeys(some[:20], 1)  # they are in attempt 0
                outcome = yield repos.workflow_task_executions.complete_many(
                    TaskResult(id, name, wrong.get(id)) for id in some
                )
                assert not wrong.keys() & set(outcome.done)
                assert len(outcome.done) + len(outcome.refused) == len(some)
                told += [(id, "completed", name) for id in outcome.done]
            else:
                outcome = yield repos.workflow_task_executions.fail_many(
                    TaskFailure(id, name, 0) for id in some
                )
                told += [(id, "failed", name) for id in outcome.done]
        return told

    told = [one for each in at_once(committing_twin, change, 6) for one in each]
    assert max(Counter(id for id, _, _ in told).values()) == 1
    for id, status, name in told:
        task = repos.workflow_task_executions.get_by_id(id)
        assert (task.status, task.result or task.error) == (status, name)
        assert repos.executions.get_by_id(task.execution).status == status
    rest = set(ids) - {id for id, _, _ in told}
    assert all(repos.workflow_task_executions.get_by_id(id).status == S.RUNNING for id in rest)
    assert len(told) > len(ids) / 2


def test_overlapping_bulk_transitions_do_not_deadlock(committing_twin: Twin) -> None:
    executions = committing_twin.repositories.executions
    ids = [
        row.id
        for row in executions.create_many([CreateExecutionInput(action_ref="core.noop")] * 100)
    ]

    def swap(repos: Any, number: int) -> Any:
        order, changed = random.Random(number), Counter[int]()
        for n in range(40):
            expected, to = (S.REQUESTED, S.RUNNING) if n % 2 else (S.RUNNING, S.REQUESTED)
            outcome = yield repos.executions.transition_many(
                order.sample(ids, 50), expected=expected, to=to
            )
            changed.update(outcome.done)
        return changed

    changed = sum(at_once(committing_twin, swap), Counter[int]())
    for id in ids:
        # Each change raises the attempt. What was reported is what happened.
        assert executions.get_by_id(id).attempt == changed[id]


@pytest.mark.parametrize("what", ["complete_many", "fail_many", "transition_many"])
def test_rows_are_locked_in_the_order_of_their_ids(committing_twin: Twin, what: str) -> None:
    """While another transaction has the lowest one, none is locked, wherever the rows are in the table."""
    twin, repos = committing_twin, committing_twin.repositories
    run = make_workflow_execution(repos, status=S.RUNNING)
    tasks = repos.workflow_task_executions.create_many(
        CreateWorkflowTaskExecutionInput(
            workflow_execution=run.id,
            execution=CreateExecutionInput(action_ref="core.noop"),
            task_name="item",
            task_index=index,
            status=S.RUNNING,
        )
        for index in range(3)
    )
    # The row with the lowest id is now the last one in the table.
    repos.workflow_task_executions.update(
        tasks[0].id, UpdateWorkflowTaskExecutionInput(timeout_seconds=60)
    )
    repos.executions.update(tasks[0].execution, UpdateExecutionInput(priority=1))
    table = "execution" if what == "transition_many" else "workflow_task_execution"
    ids = [task.execution if table == "execution" else task.id for task in tasks]
    lock = f"SELECT FROM attune.{table} WHERE id = %s FOR UPDATE NOWAIT"

    def change() -> Any:
        with twin.connect(autocommit=True) as other:
            many: Any = getattr(other.repositories, f"{table}s")
            if what == "complete_many":
                return many.complete_many([TaskResult(id) for id in reversed(ids)])
            if what == "fail_many":
                return many.fail_many([TaskFailure(id, "x") for id in reversed(ids)])
            return many.transition_many(reversed(ids), expected=S.REQUESTED, to=S.RUNNING)

    with ThreadPoolExecutor(1) as pool:
        with twin.savepoint():
            twin.execute(lock, (ids[0],))
            changing = pool.submit(change)
            until_blocked(twin.conninfo)
            for id in ids[1:]:
                twin.execute(lock, (id,))
        assert changing.result().done == [*reversed(ids)]
