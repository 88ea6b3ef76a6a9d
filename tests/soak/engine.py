"""The work of an engine: tasks are created, claimed, lost, released, completed once; runs pause and end."""

from datetime import timedelta

from pydantic import JsonValue

from attune_store import (
    AsyncRepositories,
    CreateExecutionInput,
    CreateWorkflowExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    WorkflowExecution,
    WorkflowTaskExecution,
)

from .kind import Attempt, Kind, create_pack, find_pack, run, transaction


async def _ask(repos: AsyncRepositories, attempt: Attempt) -> None:
    await create_pack(repos, attempt)
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
    await create_pack(repos, attempt)


async def _work(repos: AsyncRepositories, attempt: Attempt) -> None:
    """Fail every third task once, and claim it again as a due retry."""
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
    await create_pack(repos, attempt, meta={"done": done})


async def _stop(repos: AsyncRepositories, attempt: Attempt) -> None:
    """Pause a run that all workers share, and resume it."""
    run = await repos.workflow_executions.pause(attempt.run(), reason=attempt.key)
    await repos.workflow_executions.resume(run.id)
    await create_pack(repos, attempt)


async def _end(repos: AsyncRepositories, attempt: Attempt) -> None:
    """Begin a workflow in a workflow, let one of its tasks run and one wait for a retry, and cancel it."""
    await create_pack(repos, attempt)
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


ENGINE = (
    Kind(
        "ask",
        transaction,
        _ask,
        find_pack,
        keys="SELECT ref FROM attune.pack WHERE ref LIKE 'ask-%'",
        wrong="""
            SELECT p.ref FROM attune.pack p
            LEFT JOIN attune.workflow_task_execution t ON t.task_name = 'work-' || p.ref
            WHERE p.ref LIKE 'ask-%' GROUP BY p.ref HAVING count(t.id) <> 2
        """,
    ),
    Kind(
        "take",
        transaction,
        _take,
        _was_taken,
        keys="SELECT name FROM attune.worker",
        # Only a worker that was ended loses what it holds, and a task with a worker is in flight.
        wrong="""
            SELECT t.id FROM attune.workflow_task_execution t
            WHERE (t.worker IS NOT NULL) AND t.status NOT IN ('scheduling', 'scheduled', 'running')
                OR t.losses > (SELECT count(*) FROM attune.worker WHERE ended_at IS NOT NULL)
        """,
    ),
    Kind(
        "give",
        run,
        _give_back,
        find_pack,
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
        run,
        _work,
        find_pack,
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
        run,
        _stop,
        find_pack,
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
        run,
        _end,
        find_pack,
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
)
