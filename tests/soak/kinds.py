"""What workers do. Each attempt has a key, which it leaves in the database if it is committed."""

import random
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, LiteralString

from psycopg import IsolationLevel
from pydantic import JsonValue

from attune_store import (
    AsyncRepositories,
    CreateExecutionInput,
    CreatePackInput,
    CreateWorkflowDefinitionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    Store,
    UpdateExecutionInput,
    UpdatePackInput,
    WorkflowExecution,
    WorkflowTaskExecution,
)

from .faces import Face

COUNTER = "counter"


@dataclass(frozen=True)
class Scene:
    """The rows that all workers share."""

    pack: int
    counter: int
    definition: int
    runs: list[int]


def set_up(store: Store) -> Scene:
    """Create the rows that all workers share."""
    with store.transaction() as tx:
        pack = tx.packs.create(CreatePackInput(ref="shared", label="Shared", version="1.0.0"))
        counter = tx.packs.create(
            CreatePackInput(ref=COUNTER, label="Counter", version="1.0.0", config={"count": 0})
        )
        definition = tx.workflow_definitions.create(
            CreateWorkflowDefinitionInput(
                ref="shared.flow",
                pack=pack.id,
                pack_ref=pack.ref,
                label="Flow",
                version="1.0.0",
                definition={},
            )
        )
        runs: list[int] = []
        for _ in range(50):
            execution = tx.executions.create(
                CreateExecutionInput(action_ref="shared.flow", status=ExecutionStatus.RUNNING)
            )
            run = tx.workflow_executions.create(
                CreateWorkflowExecutionInput(
                    execution=execution.id, workflow_def=definition.id, task_graph={}
                )
            )
            runs.append(run.id)
    return Scene(pack.id, counter.id, definition.id, runs)


@dataclass(frozen=True)
class Attempt:
    """An attempt at something: its key, and the rows that it may use."""

    key: str
    scene: Scene

    def run(self) -> int:
        """One of the shared runs: the same for the same key."""
        return random.Random(self.key).choice(self.scene.runs)


@dataclass(frozen=True)
class Kind:
    """A kind of work.

    `block` runs the work, as an attempt at it. `trace` tells whether a committed attempt left its
    row. `keys` are all that the database has of this kind, and `wrong` what must not be there.
    Without `trace` it reads alone, and its outcome is never unknown. `share` is how often it is
    done, beside the others.
    """

    name: str
    block: Callable[[Face, Callable[[AsyncRepositories], Coroutine[Any, Any, None]]], Any]
    work: Callable[[AsyncRepositories, Attempt], Coroutine[Any, Any, None]]
    trace: Callable[[AsyncRepositories, Attempt], Coroutine[Any, Any, bool]] | None = None
    keys: LiteralString | None = None
    wrong: LiteralString | None = None
    share: int = 20


async def _autocommit(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    async with face.autocommit() as repos:
        await work(repos)


async def _transaction(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    async with face.transaction() as tx:
        await work(tx)


async def _read_only(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    async with face.transaction(read_only=True) as tx:
        await work(tx)


async def _run(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    await face.run(work)


async def _serializable(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    await face.run(work, attempts=3, isolation_level=IsolationLevel.SERIALIZABLE)


async def _impatient(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    await face.run(work, attempts=3, lock_timeout=0.02)


async def _migrate(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    assert await face.migrate() == []


async def _check(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    assert await face.check() == []


async def _nothing(repos: AsyncRepositories, attempt: Attempt) -> None:
    pass


# Packs: by their keys


async def _create_pack(repos: AsyncRepositories, attempt: Attempt, **more: Any) -> None:
    await repos.packs.create(
        CreatePackInput(ref=attempt.key, label=attempt.key, version="1.0.0", **more)
    )


async def _find_pack(repos: AsyncRepositories, attempt: Attempt) -> bool:
    return await repos.packs.find_by_ref(attempt.key) is not None


# Statements that commit by themselves, on rows that all share


async def _append(repos: AsyncRepositories, attempt: Attempt) -> None:
    await repos.workflow_executions.append_tasks(attempt.run(), completed=[attempt.key])


async def _was_appended(repos: AsyncRepositories, attempt: Attempt) -> bool:
    run = await repos.workflow_executions.get_by_id(attempt.run())
    return attempt.key in run.completed_tasks


# A transaction of several statements, all or nothing


async def _merge(repos: AsyncRepositories, attempt: Attempt) -> None:
    await repos.workflow_executions.merge_variables(attempt.run(), {attempt.key: 1})
    await repos.workflow_executions.append_tasks(attempt.run(), skipped=[attempt.key])


async def _was_merged(repos: AsyncRepositories, attempt: Attempt) -> bool:
    run = await repos.workflow_executions.get_by_id(attempt.run())
    merged = attempt.key in run.variables
    assert merged == (attempt.key in run.skipped_tasks), f"half of {attempt.key} is there"
    return merged


# A row that others want too, and that nobody waits long for


async def _lock(repos: AsyncRepositories, attempt: Attempt) -> None:
    run = await repos.workflow_executions.lock(attempt.run())
    await repos.workflow_executions.append_tasks(run.id, failed=[attempt.key])


async def _was_locked(repos: AsyncRepositories, attempt: Attempt) -> bool:
    run = await repos.workflow_executions.get_by_id(attempt.run())
    return attempt.key in run.failed_tasks


# Claims: what is requested is claimed once


async def _request(repos: AsyncRepositories, attempt: Attempt) -> None:
    await _create_pack(repos, attempt)
    for number in range(2):
        await repos.executions.create(
            CreateExecutionInput(
                action_ref="shared.claimed", config={"by": attempt.key, "number": number}
            )
        )


async def _claim(repos: AsyncRepositories, attempt: Attempt) -> None:
    claimed = await repos.executions.claim_next(action_refs=["shared.claimed"], limit=2)
    for execution in claimed:
        await repos.executions.update(
            execution.id,
            UpdateExecutionInput(
                status=ExecutionStatus.COMPLETED, result={"claimed_by": attempt.key}
            ),
        )
    await _create_pack(repos, attempt, meta={"claimed": [execution.id for execution in claimed]})


# A small workflow


async def _flow(repos: AsyncRepositories, attempt: Attempt) -> None:
    await _create_pack(repos, attempt)
    tasks = repos.workflow_task_executions
    execution = await repos.executions.create(
        CreateExecutionInput(
            action_ref="shared.flow", status=ExecutionStatus.RUNNING, config={"flow": attempt.key}
        )
    )
    run = await repos.workflow_executions.create(
        CreateWorkflowExecutionInput(
            execution=execution.id, workflow_def=attempt.scene.definition, task_graph={}
        )
    )
    for index in range(2):
        child = await repos.executions.create(
            CreateExecutionInput(
                action_ref="shared.item", parent=execution.id, status=ExecutionStatus.SCHEDULING
            )
        )
        await tasks.create(
            CreateWorkflowTaskExecutionInput(
                workflow_execution=run.id,
                execution=child.id,
                task_name="item",
                task_index=index,
                max_retries=1,
            )
        )
    done, failed = await tasks.claim_next(run.id, "item", limit=2)
    await tasks.start(done.id)
    await tasks.complete(done.id, result={"key": attempt.key})
    await tasks.start(failed.id)
    failed = await tasks.fail(failed.id, error={}, retry_delay=timedelta(days=1))
    assert failed.next_retry_at is not None


# An engine: tasks are asked for, taken by workers that are lost, given back, and done once


async def _ask(repos: AsyncRepositories, attempt: Attempt) -> None:
    await _create_pack(repos, attempt)
    for index in range(2):
        child = await repos.executions.create(
            CreateExecutionInput(action_ref="shared.work", status=ExecutionStatus.SCHEDULED)
        )
        await repos.workflow_task_executions.create(
            CreateWorkflowTaskExecutionInput(
                workflow_execution=attempt.run(),
                execution=child.id,
                task_name=f"work-{attempt.key}",
                task_index=index,
                max_retries=1,
            )
        )


async def _take(repos: AsyncRepositories, attempt: Attempt) -> None:
    worker = await repos.workers.register(attempt.key, lease=timedelta(seconds=1))
    await repos.workflow_task_executions.claim_any(worker=worker.id, limit=3)


async def _was_taken(repos: AsyncRepositories, attempt: Attempt) -> bool:
    return any(worker.name == attempt.key for worker in await repos.workers.list(limit=None))


async def _give_back(repos: AsyncRepositories, attempt: Attempt) -> None:
    await repos.workflow_task_executions.release_expired(max_losses=10**6, limit=1000)
    await _create_pack(repos, attempt)


async def _work(repos: AsyncRepositories, attempt: Attempt) -> None:
    """Every third task fails once, and is claimed again as a retry that is due."""
    tasks = repos.workflow_task_executions
    done: list[JsonValue] = []
    for task in await tasks.claim_any(to=ExecutionStatus.RUNNING, limit=2):
        if task.id % 3 == 0 and task.retry_count == 0:
            await tasks.fail(
                task.id, error={"by": attempt.key}, retry_delay=timedelta(0), attempt=task.attempt
            )
        else:
            await tasks.complete(task.id, result={"by": attempt.key}, attempt=task.attempt)
            done.append(task.id)
    await _create_pack(repos, attempt, meta={"done": done})


async def _stop(repos: AsyncRepositories, attempt: Attempt) -> None:
    """Pause a run that all share, and let it go on."""
    run = await repos.workflow_executions.pause(attempt.run(), reason=attempt.key)
    await repos.workflow_executions.resume(run.id)
    await _create_pack(repos, attempt)


async def _end(repos: AsyncRepositories, attempt: Attempt) -> None:
    """Begin a workflow in a workflow, let a task of it run and one await a retry, and cancel it."""
    await _create_pack(repos, attempt)
    outer, task = await _begin(repos, attempt, None)
    inner, _ = await _begin(repos, attempt, task.execution)
    tasks = repos.workflow_task_executions
    _, running, failing = await tasks.find_by_workflow_execution(inner.id)
    await tasks.start(running.id)
    await tasks.start(failing.id)
    await tasks.fail(failing.id, error={}, retry_delay=timedelta(0))
    await repos.executions.cancel(outer.execution)


async def _begin(
    repos: AsyncRepositories, attempt: Attempt, execution: int | None
) -> tuple[WorkflowExecution, WorkflowTaskExecution]:
    if execution is None:
        root = await repos.executions.create(
            CreateExecutionInput(
                action_ref="shared.end", status=ExecutionStatus.RUNNING, config={"end": attempt.key}
            )
        )
        execution = root.id
    run = await repos.workflow_executions.create(
        CreateWorkflowExecutionInput(
            execution=execution,
            workflow_def=attempt.scene.definition,
            task_graph={},
            status=ExecutionStatus.RUNNING,
        )
    )
    tasks = await repos.workflow_task_executions.create_many(
        [
            CreateWorkflowTaskExecutionInput(
                workflow_execution=run.id,
                execution=CreateExecutionInput(action_ref="shared.part", parent=execution),
                task_name="part",
                task_index=index,
                max_retries=1,
            )
            for index in range(3)
        ]
    )
    return run, tasks[0]


# A read-modify-write, which only its isolation keeps right


async def _count(repos: AsyncRepositories, attempt: Attempt) -> None:
    counter = await repos.packs.get_by_id(attempt.scene.counter)
    number = counter.config["count"]
    assert isinstance(number, int)
    await repos.packs.update(counter.id, UpdatePackInput(config={"count": number + 1}))
    await _create_pack(repos, attempt)


# Reads: what comes back is what was asked for


async def _read(repos: AsyncRepositories, attempt: Attempt) -> None:
    scene = attempt.scene
    assert (await repos.packs.get_by_id(scene.pack)).ref == "shared"
    assert (await repos.packs.get_by_ref(COUNTER)).id == scene.counter
    assert (await repos.workflow_executions.get_by_id(attempt.run())).id == attempt.run()
    definition = await repos.workflow_definitions.get_by_ref("shared.flow")
    assert definition.id == scene.definition


KINDS = (
    Kind(
        "create",
        _autocommit,
        _create_pack,
        _find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'create-%'",
    ),
    Kind(
        "append",
        _autocommit,
        _append,
        _was_appended,
        keys="SELECT unnest(completed_tasks) FROM attune.workflow_execution",
    ),
    Kind(
        "merge",
        _run,
        _merge,
        _was_merged,
        keys="SELECT jsonb_object_keys(variables) FROM attune.workflow_execution",
        wrong="""
            SELECT id FROM attune.workflow_execution
            WHERE cardinality(skipped_tasks) <> (SELECT count(*) FROM jsonb_object_keys(variables))
        """,
    ),
    Kind(
        "lock",
        _impatient,
        _lock,
        _was_locked,
        keys="SELECT unnest(failed_tasks) FROM attune.workflow_execution",
    ),
    Kind(
        "request",
        _transaction,
        _request,
        _find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'request-%'",
        wrong="""
            SELECT p.ref FROM attune.pack p
            LEFT JOIN attune.execution e ON e.config ->> 'by' = p.ref
            WHERE p.ref LIKE 'request-%' GROUP BY p.ref HAVING count(e.id) <> 2
        """,
    ),
    Kind(
        "claim",
        _run,
        _claim,
        _find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'claim-%'",
        wrong="""
            SELECT e.id, p.ref FROM (
                SELECT ref, claimed.id::bigint AS id
                FROM attune.pack, jsonb_array_elements_text(meta -> 'claimed') AS claimed (id)
                WHERE ref LIKE 'claim-%'
            ) p
            FULL JOIN (SELECT * FROM attune.execution WHERE action_ref = 'shared.claimed') e
                ON e.id = p.id AND e.result ->> 'claimed_by' = p.ref
            WHERE (e.id IS NULL OR p.id IS NULL) AND e.status IS DISTINCT FROM 'requested'
        """,
    ),
    Kind(
        "flow",
        _transaction,
        _flow,
        _find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'flow-%'",
        # The server's clock stamped the row, and the retry is due a day later by the same clock.
        wrong="""
            SELECT p.ref FROM attune.pack p
            LEFT JOIN attune.execution e ON e.config ->> 'flow' = p.ref
            LEFT JOIN attune.workflow_execution w ON w.execution = e.id
            LEFT JOIN attune.workflow_task_execution t ON t.workflow_execution = w.id
            WHERE p.ref LIKE 'flow-%'
            GROUP BY p.ref
            HAVING count(*) FILTER (WHERE t.status = 'completed' AND t.result ->> 'key' = p.ref) <> 1
                OR count(*) FILTER (WHERE t.status = 'failed' AND t.next_retry_at - t.updated
                    BETWEEN interval '86340 seconds' AND interval '86460 seconds') <> 1
        """,
    ),
    Kind(
        "ask",
        _transaction,
        _ask,
        _find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'ask-%'",
        wrong="""
            SELECT p.ref FROM attune.pack p
            LEFT JOIN attune.workflow_task_execution t ON t.task_name = 'work-' || p.ref
            WHERE p.ref LIKE 'ask-%' GROUP BY p.ref HAVING count(t.id) <> 2
        """,
    ),
    Kind(
        "take",
        _transaction,
        _take,
        _was_taken,
        keys="SELECT name FROM attune.worker",
        # Only who was ended loses what it holds, and a task that is held is in flight.
        wrong="""
            SELECT t.id FROM attune.workflow_task_execution t
            WHERE (t.worker IS NOT NULL) AND t.status NOT IN ('scheduling', 'scheduled', 'running')
                OR t.losses > (SELECT count(*) FROM attune.worker WHERE ended_at IS NOT NULL)
        """,
    ),
    Kind(
        "give",
        _run,
        _give_back,
        _find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'give-%'",
        wrong="""
            SELECT t.id FROM attune.workflow_task_execution t
            JOIN attune.execution e ON e.id = t.execution
            WHERE t.task_name LIKE 'work-%' AND t.losses > 0 AND t.status = 'requested'
                AND e.status <> 'requested'
        """,
    ),
    Kind(
        "work",
        _run,
        _work,
        _find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'work-%'",
        wrong="""
            SELECT t.id, p.ref FROM (
                SELECT ref, done.id::bigint AS id
                FROM attune.pack, jsonb_array_elements_text(meta -> 'done') AS done (id)
                WHERE ref LIKE 'work-%'
            ) p
            FULL JOIN (
                SELECT * FROM attune.workflow_task_execution
                WHERE task_name LIKE 'work-%' AND status = 'completed'
            ) t ON t.id = p.id AND t.result ->> 'by' = p.ref
            WHERE t.id IS NULL OR p.id IS NULL
        """,
    ),
    Kind(
        "stop",
        _run,
        _stop,
        _find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'stop-%'",
        wrong="""
            SELECT t.id FROM attune.workflow_task_execution t
            JOIN attune.workflow_execution w ON w.id = t.workflow_execution
            WHERE t.held <> (w.paused OR attune.is_terminal(w.status)) AND t.status = 'requested'
        """,
        share=5,
    ),
    Kind(
        "end",
        _run,
        _end,
        _find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'end-%'",
        wrong="""
            WITH RECURSIVE tree AS (
                SELECT id, status, config ->> 'end' AS key FROM attune.execution
                WHERE action_ref = 'shared.end'
                UNION ALL
                SELECT e.id, e.status, tree.key
                FROM tree JOIN attune.execution e ON e.parent = tree.id
            )
            SELECT tree.key, tree.id, t.id, w.id FROM tree
            LEFT JOIN attune.workflow_task_execution t ON t.execution = tree.id
            LEFT JOIN attune.workflow_execution w ON w.execution = tree.id
            WHERE tree.status <> 'cancelled' OR t.status <> 'cancelled'
                OR t.next_retry_at IS NOT NULL OR w.status <> 'cancelled'
        """,
        share=5,
    ),
    Kind(
        "count",
        _serializable,
        _count,
        _find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'count-%'",
        wrong="""
            SELECT config FROM attune.pack WHERE ref = 'counter' AND (config ->> 'count')::bigint
                <> (SELECT count(*) FROM attune.pack WHERE ref LIKE 'count-%')
        """,
    ),
    Kind("read", _autocommit, _read),
    Kind("read_only", _read_only, _read),
    Kind("migrate", _migrate, _nothing, share=2),
    Kind("check", _check, _nothing, share=1),
)
