"""Claims, starts, completions, heartbeats and new tasks, by calls and by the statements that they send.

By hand means psycopg's own cursors and adapters, which read each row as a dictionary and decode its JSON.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from typing import Any, LiteralString, TypeAlias

import psycopg
from attune_queries import execution as executions
from attune_queries import worker as workers
from attune_queries import workflow_task_execution as tasks
from data import OPTIONS, connect, new_run, new_tasks
from measuring import OURS, Comparison, Way, event_loop
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import JsonValue

from attune_store import (
    AsyncStore,
    CreateExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    Repositories,
    Store,
    TaskResult,
)

Steps: TypeAlias = Generator[Any, Any, None]
"""The steps of a way. Each yields what a call returned, and is sent its value, after awaiting it if needed."""
Query: TypeAlias = Callable[..., Any]

BY_HAND = "psycopg, the same statements"
GOAL = 1.05
CALLS, MANY, WAITING = 50, 100, 50_000
RESULT: dict[str, JsonValue] = {"a": 1}
S = ExecutionStatus
POOL: dict[str, Any] = {"max_size": 1, "kwargs": {"options": OPTIONS["options"]}}
_TASK, _CHILD = CreateWorkflowTaskExecutionInput.model_fields, CreateExecutionInput.model_fields


def comparisons(url: str) -> Iterator[Comparison]:
    """Compare in both twins. A round works on rows that were created before it."""
    with connect(url) as conn:
        repos = Repositories(conn)
        run = new_run(repos)
        worker = repos.workers.register("bench", lease=timedelta(days=1)).id
        for kind, sides in ("sync", _sync), ("async", _async):
            repos.workflow_task_executions.copy(new_tasks(run, WAITING, S.REQUESTED))
            conn.execute("VACUUM ANALYZE")
            with sides(url) as (query, own, way):
                by_hand, by_calls = ByHand(query, run, worker), ByCalls(own, run, worker)
                for name, each, single in (
                    ("claim, start and complete a task", CALLS, "work"),
                    ("claim an execution", CALLS, "claim"),
                    ("beat", CALLS, "beat"),
                    (f"claim and complete {MANY} tasks at once", MANY, "work_many"),
                    (f"create {MANY} tasks with their executions at once", MANY, "create_many"),
                ):
                    yield Comparison(
                        f"{name}, {kind}",
                        {
                            BY_HAND: way(getattr(by_hand, single)),
                            OURS: way(getattr(by_calls, single)),
                        },
                        each=each,
                        goal=GOAL,
                    )


class ByCalls:
    """The measured steps, by the repositories of a store."""

    def __init__(self, repos: Any, run: int, worker: int) -> None:
        self._repos = repos
        self._tasks = repos.workflow_task_executions
        self._run = run
        self._worker = worker

    def work(self) -> Steps:
        for _ in range(CALLS):
            (task,) = yield self._tasks.claim_any(worker=self._worker)
            yield self._tasks.start(task.id, attempt=task.attempt)
            yield self._tasks.complete(task.id, result=RESULT, attempt=task.attempt)

    def claim(self) -> Steps:
        for _ in range(CALLS):
            yield self._repos.executions.claim_next(worker=self._worker)

    def beat(self) -> Steps:
        for _ in range(CALLS):
            yield self._repos.workers.heartbeat(self._worker)

    def work_many(self) -> Steps:
        claimed = yield self._tasks.claim_any(worker=self._worker, to=S.RUNNING, limit=MANY)
        yield self._tasks.complete_many(
            TaskResult(task.id, RESULT, task.attempt) for task in claimed
        )

    def create_many(self) -> Steps:
        yield self._tasks.create_many(new_tasks(self._run, MANY))


class ByHand:
    """The same steps, by the statements."""

    def __init__(self, query: Query, run: int, worker: int) -> None:
        self._query = query
        self._run = run
        self._worker = worker

    def work(self) -> Steps:
        for _ in range(CALLS):
            (task,) = yield self._claim_any(1, "scheduling")
            id, attempt = task["id"], task["attempt"]
            yield self._query(tasks.START_WORKFLOW_TASK_EXECUTION, None, id, attempt)
            yield self._query(
                tasks.COMPLETE_WORKFLOW_TASK_EXECUTION, None, Jsonb(RESULT), id, attempt
            )

    def claim(self) -> Steps:
        for _ in range(CALLS):
            yield self._query(executions.CLAIM_NEXT_EXECUTIONS, "scheduling", self._worker, 1)

    def beat(self) -> Steps:
        for _ in range(CALLS):
            yield self._query(workers.HEARTBEAT_WORKER, self._worker)

    def work_many(self) -> Steps:
        claimed = yield self._claim_any(MANY, "running")
        yield self._query(
            tasks.COMPLETE_WORKFLOW_TASK_EXECUTIONS,
            [task["id"] for task in claimed],
            [task["attempt"] for task in claimed],
            [Jsonb(RESULT) for _ in claimed],
            None,
        )

    def create_many(self) -> Steps:
        inputs = new_tasks(self._run, MANY)
        children: list[Any] = [input.execution for input in inputs]
        columns: dict[str, list[Any]] = {
            **{name: [getattr(input, name) for input in inputs] for name in _TASK},
            "execution": [None for _ in inputs],
        }
        of_children = {name: [getattr(child, name) for child in children] for name in _CHILD}
        for documents in (
            columns["result"],
            columns["error"],
            of_children["config"],
            of_children["result"],
        ):
            documents[:] = [None if one is None else Jsonb(one) for one in documents]
        for labels in columns["status"], of_children["status"]:
            labels[:] = [one.value for one in labels]
        yield self._query(
            tasks.CREATE_WORKFLOW_TASK_EXECUTIONS, *columns.values(), *of_children.values()
        )

    def _claim_any(self, limit: int, to: str) -> Any:
        return self._query(tasks.CLAIM_ANY_WORKFLOW_TASK_EXECUTIONS, None, limit, to, self._worker)


@contextmanager
def _sync(url: str) -> Iterator[tuple[Query, Any, Callable[[Callable[[], Steps]], Way]]]:
    """Yield a function that queries by hand, repositories of the same connection, and how both are driven."""
    with Store(url, **POOL) as store, store.autocommit() as repos:

        def query(statement: LiteralString, *values: Any) -> list[Any]:
            cursor = psycopg.RawCursor(repos.connection, row_factory=dict_row)
            return cursor.execute(statement, values).fetchall()

        def way(steps: Callable[[], Steps]) -> Way:
            def run() -> None:
                doing = steps()
                with suppress(StopIteration):
                    value = next(doing)
                    while True:
                        value = doing.send(value)

            return run

        yield query, repos, way


@contextmanager
def _async(url: str) -> Iterator[tuple[Query, Any, Callable[[Callable[[], Steps]], Way]]]:
    """Yield the async ones."""
    with event_loop() as loop, ExitStack() as stack:
        wait = loop.run_until_complete

        def entered(manager: Any) -> Any:
            value = wait(manager.__aenter__())
            stack.callback(lambda: wait(manager.__aexit__(None, None, None)))
            return value

        repos = entered(entered(AsyncStore(url, **POOL)).autocommit())

        async def query(statement: LiteralString, *values: Any) -> list[Any]:
            cursor = psycopg.AsyncRawCursor(repos.connection, row_factory=dict_row)
            await cursor.execute(statement, values)
            rows: list[Any] = await cursor.fetchall()
            return rows

        def way(steps: Callable[[], Steps]) -> Way:
            async def run() -> None:
                doing = steps()
                with suppress(StopIteration):
                    value = await next(doing)
                    while True:
                        value = await doing.send(value)

            return lambda: wait(run())

        yield query, repos, way
