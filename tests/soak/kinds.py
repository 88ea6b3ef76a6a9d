"""The kinds of work. Each attempt has a key, which is in the database if it was committed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from psycopg import IsolationLevel

from attune_store import (
    AsyncRepositories,
    CreateExecutionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    UpdateExecutionInput,
    UpdatePackInput,
)

from .engine import ENGINE
from .faces import Face
from .kind import COUNTER, Attempt, Kind, autocommit, create_pack, find_pack, run, transaction


async def _read_only(face: Face, work: Callable[[AsyncRepositories], Any]) -> None:
    async with face.transaction(read_only=True) as tx:
        await work(tx)


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


# Statements that commit by themselves, on shared rows


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


# A row that others also want, and for which nobody waits long


async def _lock(repos: AsyncRepositories, attempt: Attempt) -> None:
    run = await repos.workflow_executions.lock(attempt.run())
    await repos.workflow_executions.append_tasks(run.id, failed=[attempt.key])


async def _was_locked(repos: AsyncRepositories, attempt: Attempt) -> bool:
    run = await repos.workflow_executions.get_by_id(attempt.run())
    return attempt.key in run.failed_tasks


# Claims: a requested row is claimed once


async def _request(repos: AsyncRepositories, attempt: Attempt) -> None:
    await create_pack(repos, attempt)
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
    await create_pack(repos, attempt, meta={"claimed": [execution.id for execution in claimed]})


# A small workflow


async def _flow(repos: AsyncRepositories, attempt: Attempt) -> None:
    await create_pack(repos, attempt)
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


# A read-modify-write, which is correct only because of its isolation level


async def _count(repos: AsyncRepositories, attempt: Attempt) -> None:
    counter = await repos.packs.get_by_id(attempt.scene.counter)
    number = counter.config["count"]
    assert isinstance(number, int)
    await repos.packs.update(counter.id, UpdatePackInput(config={"count": number + 1}))
    await create_pack(repos, attempt)


# Reads: what is returned is what was requested


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
        autocommit,
        create_pack,
        find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'create-%'",
    ),
    Kind(
        "append",
        autocommit,
        _append,
        _was_appended,
        keys="SELECT unnest(completed_tasks) FROM attune.workflow_execution",
    ),
    Kind(
        "merge",
        run,
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
        transaction,
        _request,
        find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'request-%'",
        wrong="""
            SELECT p.ref FROM attune.pack p
            LEFT JOIN attune.execution e ON e.config ->> 'by' = p.ref
            WHERE p.ref LIKE 'request-%' GROUP BY p.ref HAVING count(e.id) <> 2
        """,
    ),
    Kind(
        "claim",
        run,
        _claim,
        find_pack,
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
        transaction,
        _flow,
        find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'flow-%'",
        # The server's clock has set the time, and the retry is due a day later by the same clock.
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
        "count",
        _serializable,
        _count,
        find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'count-%'",
        wrong="""
            SELECT config FROM attune.pack WHERE ref = 'counter' AND (config ->> 'count')::bigint
                <> (SELECT count(*) FROM attune.pack WHERE ref LIKE 'count-%')
        """,
    ),
    Kind("read", autocommit, _read),
    Kind("read_only", _read_only, _read),
    Kind("migrate", _migrate, _nothing, share=2),
    Kind("check", _check, _nothing, share=1),
    *ENGINE,
)
