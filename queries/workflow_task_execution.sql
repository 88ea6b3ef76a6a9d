-- name: GetWorkflowTaskExecution :one
-- Return the workflow task execution with this id, or None.
SELECT * FROM attune.workflow_task_execution
WHERE id = sqlc.arg(id);

-- name: GetWorkflowTaskExecutionByExecution :one
-- Return the workflow task execution of this child execution, or None.
SELECT * FROM attune.workflow_task_execution
WHERE execution = sqlc.arg(execution);

-- name: ListWorkflowTaskExecutions :many
-- List all workflow task executions, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.workflow_task_execution
WHERE id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowTaskExecutionsByWorkflowExecution :many
-- List a workflow's tasks by name and index, those without an index last. A page starts after the task with this name and
-- index; a limit of None lists all. Each of the three parts is a range of one index; a single condition would read all rows
-- before the page.
SELECT * FROM (
    (
        SELECT t.* FROM attune.workflow_task_execution t
        WHERE t.workflow_execution = sqlc.arg(workflow_execution)
            AND t.task_name = coalesce(sqlc.narg(after_name)::text, '')
            AND t.task_index > coalesce(
                sqlc.narg(after_index)::integer, CASE WHEN sqlc.narg(after_name)::text IS NULL THEN -1 END
            )
        ORDER BY t.task_index
        LIMIT sqlc.narg('limit')::bigint
    )
    UNION ALL
    (
        SELECT t.* FROM attune.workflow_task_execution t
        WHERE t.workflow_execution = sqlc.arg(workflow_execution)
            AND t.task_name = coalesce(sqlc.narg(after_name)::text, '')
            AND t.task_index IS NULL
            AND (sqlc.narg(after_index)::integer IS NOT NULL OR sqlc.narg(after_name)::text IS NULL)
    )
    UNION ALL
    (
        SELECT t.* FROM attune.workflow_task_execution t
        WHERE t.workflow_execution = sqlc.arg(workflow_execution)
            AND t.task_name > coalesce(sqlc.narg(after_name)::text, '')
        ORDER BY t.task_name, t.task_index
        LIMIT sqlc.narg('limit')::bigint
    )
) t
ORDER BY t.task_name, t.task_index
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowTaskExecutionsByTaskName :many
-- List the items of one task of a workflow by index, one without an index last. A page starts after this index: -1 starts
-- with the first item, None is after the last. A limit of None lists all.
SELECT * FROM (
    (
        SELECT t.* FROM attune.workflow_task_execution t
        WHERE t.workflow_execution = sqlc.arg(workflow_execution)
            AND t.task_name = sqlc.arg(task_name)
            AND t.task_index > sqlc.narg(after_index)::integer
        ORDER BY t.task_index
        LIMIT sqlc.narg('limit')::bigint
    )
    UNION ALL
    (
        SELECT t.* FROM attune.workflow_task_execution t
        WHERE t.workflow_execution = sqlc.arg(workflow_execution)
            AND t.task_name = sqlc.arg(task_name)
            AND t.task_index IS NULL
            AND sqlc.narg(after_index)::integer IS NOT NULL
    )
) t
ORDER BY t.task_index
LIMIT sqlc.narg('limit')::bigint;

-- name: ListUnfinishedWorkflowTaskExecutions :many
-- List a workflow's tasks that are not terminal or await a retry, by name and index, those without an index last. A page
-- starts after the task with this name and index; a limit of None lists all.
SELECT * FROM (
    (
        SELECT t.* FROM attune.workflow_task_execution t
        WHERE t.workflow_execution = sqlc.arg(workflow_execution)
            AND (NOT attune.is_terminal(t.status) OR t.next_retry_at IS NOT NULL)
            AND t.task_name = coalesce(sqlc.narg(after_name)::text, '')
            AND t.task_index > coalesce(
                sqlc.narg(after_index)::integer, CASE WHEN sqlc.narg(after_name)::text IS NULL THEN -1 END
            )
        ORDER BY t.task_index
        LIMIT sqlc.narg('limit')::bigint
    )
    UNION ALL
    (
        SELECT t.* FROM attune.workflow_task_execution t
        WHERE t.workflow_execution = sqlc.arg(workflow_execution)
            AND (NOT attune.is_terminal(t.status) OR t.next_retry_at IS NOT NULL)
            AND t.task_name = coalesce(sqlc.narg(after_name)::text, '')
            AND t.task_index IS NULL
            AND (sqlc.narg(after_index)::integer IS NOT NULL OR sqlc.narg(after_name)::text IS NULL)
    )
    UNION ALL
    (
        SELECT t.* FROM attune.workflow_task_execution t
        WHERE t.workflow_execution = sqlc.arg(workflow_execution)
            AND (NOT attune.is_terminal(t.status) OR t.next_retry_at IS NOT NULL)
            AND t.task_name > coalesce(sqlc.narg(after_name)::text, '')
        ORDER BY t.task_name, t.task_index
        LIMIT sqlc.narg('limit')::bigint
    )
) t
ORDER BY t.task_name, t.task_index
LIMIT sqlc.narg('limit')::bigint;

-- name: ListUnfinishedWorkflowTaskExecutionsByTaskName :many
-- List the items of one task of a workflow that are not terminal or await a retry, by index, one without an index last. A
-- page starts after this index: -1 starts with the first item, None is after the last. A limit of None lists all.
SELECT * FROM (
    (
        SELECT t.* FROM attune.workflow_task_execution t
        WHERE t.workflow_execution = sqlc.arg(workflow_execution)
            AND (NOT attune.is_terminal(t.status) OR t.next_retry_at IS NOT NULL)
            AND t.task_name = sqlc.arg(task_name)
            AND t.task_index > sqlc.narg(after_index)::integer
        ORDER BY t.task_index
        LIMIT sqlc.narg('limit')::bigint
    )
    UNION ALL
    (
        SELECT t.* FROM attune.workflow_task_execution t
        WHERE t.workflow_execution = sqlc.arg(workflow_execution)
            AND (NOT attune.is_terminal(t.status) OR t.next_retry_at IS NOT NULL)
            AND t.task_name = sqlc.arg(task_name)
            AND t.task_index IS NULL
            AND sqlc.narg(after_index)::integer IS NOT NULL
    )
) t
ORDER BY t.task_index
LIMIT sqlc.narg('limit')::bigint;

-- name: ListPendingRetries :many
-- List the tasks whose retry is due, the longest due first. Tasks of workflows that are paused or terminal are left out. A
-- page starts after the task with this time and id; a limit of None lists all.
SELECT t.* FROM attune.workflow_task_execution t
JOIN attune.workflow_execution w ON w.id = t.workflow_execution
WHERE t.next_retry_at <= coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())
    AND t.next_retry_at IS NOT NULL
    AND t.retry_count < t.max_retries
    AND NOT t.held
    AND NOT w.paused
    AND coalesce(NOT attune.is_terminal(w.status), false)  -- of unknown share: by the index's order
    AND (t.next_retry_at, t.id) > (
        coalesce(sqlc.narg(after_time)::timestamptz, '-infinity'), sqlc.narg(after_id)::bigint
    )
ORDER BY t.next_retry_at, t.id
LIMIT sqlc.narg('limit')::bigint;

-- name: ListRetryableWorkflowTaskExecutions :many
-- List the tasks that failed or timed out, have a retry left and await none, by id. Tasks of workflows that have ended are
-- left out. A page starts after this id; a limit of None lists all. The tasks of paused workflows are held, and found
-- through those.
SELECT * FROM (
    (
        SELECT t.* FROM attune.workflow_task_execution t
        JOIN attune.workflow_execution w ON w.id = t.workflow_execution
        WHERE t.status IN ('failed', 'timeout')
            AND t.next_retry_at IS NULL
            AND t.retry_count < t.max_retries
            AND NOT t.held
            AND NOT attune.is_terminal(w.status)
            AND t.id > coalesce(sqlc.narg('after')::bigint, -9223372036854775808)
        ORDER BY t.id
        LIMIT sqlc.narg('limit')::bigint
    )
    UNION ALL
    (
        SELECT t.* FROM attune.workflow_task_execution t
        WHERE t.workflow_execution = ANY (ARRAY(
                SELECT w.id FROM attune.workflow_execution w WHERE w.paused AND NOT attune.is_terminal(w.status)
            ))
            AND t.status IN ('failed', 'timeout')
            AND t.next_retry_at IS NULL
            AND t.retry_count < t.max_retries
            AND t.held
            AND t.id > coalesce(sqlc.narg('after')::bigint, -9223372036854775808)
    )
) t
ORDER BY t.id
LIMIT sqlc.narg('limit')::bigint;

-- name: ListTimedOutWorkflowTaskExecutions :many
-- List the tasks whose last attempt timed out, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.workflow_task_execution
WHERE timed_out
    AND id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListOverdueWorkflowTaskExecutions :many
-- List the running tasks that are past their timeout, the longest first.
SELECT * FROM attune.workflow_task_execution t
WHERE t.status = 'running'
    AND (t.started_at AT TIME ZONE 'UTC') + t.timeout_seconds * interval '1 second' < coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()) AT TIME ZONE 'UTC'
ORDER BY (t.started_at AT TIME ZONE 'UTC') + t.timeout_seconds * interval '1 second', t.id
LIMIT sqlc.arg('limit')::bigint;

-- name: ListWorkflowTaskExecutionsByStatus :many
-- List the tasks in this status, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.workflow_task_execution
WHERE status >= sqlc.arg(status)::attune.execution_status  -- an order that only the index on (status, id) has
    AND (status, id) < (sqlc.arg(status), coalesce(sqlc.narg('after')::bigint, 9223372036854775807))
ORDER BY status DESC, id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowTaskExecutionsByWorker :many
-- List the tasks that this worker holds, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.workflow_task_execution
WHERE worker >= sqlc.arg(worker)::bigint  -- an order that only the index on (worker, id) has
    AND (worker, id) < (sqlc.arg(worker), coalesce(sqlc.narg('after')::bigint, 9223372036854775807))
ORDER BY worker DESC, id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowTaskAttempts :many
-- List the attempts at a task, oldest first: the past ones, and the present one if it was claimed.
-- @sqlc-vet-disable bounded
SELECT * FROM (
    SELECT * FROM attune.workflow_task_attempt
    WHERE workflow_task_execution = sqlc.arg(id)
    UNION ALL
    SELECT t.id, t.attempt, t.status, t.last_worker, t.started_at, t.completed_at, t.duration_ms, t.result, t.error
    FROM attune.workflow_task_execution t
    WHERE t.id = sqlc.arg(id) AND t.status <> 'requested'
) a
ORDER BY a.attempt;

-- name: ListWorkflowTaskDetails :many
-- List all tasks of a workflow with their details, by name and index, those without an index last.
-- @sqlc-vet-disable bounded
SELECT * FROM attune.workflow_task_detail
WHERE workflow_execution = sqlc.arg(workflow_execution)::bigint
ORDER BY task_name, task_index;

-- name: CountInFlightWorkflowTaskExecutions :one
-- Count the items of a task that are scheduling, scheduled, running or canceling.
SELECT count(*) FROM attune.workflow_task_execution
WHERE workflow_execution = sqlc.arg(workflow_execution)
    AND task_name = sqlc.arg(task_name)
    AND status IN ('scheduling', 'scheduled', 'running', 'canceling');

-- name: ExistsFailedWorkflowTaskExecution :one
-- Return whether an item of a task failed, timed out or was abandoned, and awaits no retry.
SELECT count(*) > 0 AS failed FROM (
    SELECT FROM attune.workflow_task_execution
    WHERE workflow_execution >= sqlc.arg(workflow_execution)  -- an order that only an index has
        AND workflow_execution <= sqlc.arg(workflow_execution)
        AND task_name >= sqlc.arg(task_name)
        AND task_name <= sqlc.arg(task_name)
        AND status IN ('failed', 'timeout', 'abandoned')
        AND next_retry_at IS NULL
    ORDER BY workflow_execution, task_name
    LIMIT 1
) f;

-- name: CreateWorkflowTaskExecution :one
-- Insert a workflow task execution and return it.
INSERT INTO attune.workflow_task_execution (
    workflow_execution, execution, task_name, task_index, task_batch, status, started_at, completed_at, duration_ms, result,
    error, retry_count, max_retries, next_retry_at, timeout_seconds, timed_out
)
VALUES (
    sqlc.arg(workflow_execution),
    sqlc.arg(execution),
    sqlc.arg(task_name),
    sqlc.narg(task_index),
    sqlc.narg(task_batch),
    sqlc.arg(status),
    sqlc.narg(started_at),
    sqlc.narg(completed_at),
    sqlc.narg(duration_ms),
    sqlc.narg(result),
    sqlc.narg(error),
    sqlc.arg(retry_count),
    sqlc.arg(max_retries),
    sqlc.narg(next_retry_at),
    sqlc.narg(timeout_seconds),
    sqlc.arg(timed_out)
)
RETURNING *;

-- name: CreateWorkflowTaskExecutions :many
-- Insert workflow task executions, and an execution for each that is given an action instead of one, and return them, in
-- the order of the arrays.
-- @sqlc-vet-disable bounded
-- @nullable execution[], task_index[], task_batch[], started_at[], completed_at[], duration_ms[], result[], error[]
-- @nullable next_retry_at[], timeout_seconds[]
-- @nullable child_action[], child_action_ref[], child_config[], child_parent[], child_status[], child_result[]
-- @nullable child_priority[], child_run_at[], child_idempotency_key[]
WITH input AS MATERIALIZED (
    SELECT i.*, count(i.child_action_ref) OVER (ORDER BY i.n) AS child
    FROM unnest(
            sqlc.arg(workflow_execution)::bigint[],
            sqlc.arg(execution)::bigint[],
            sqlc.arg(task_name)::text[],
            sqlc.arg(task_index)::integer[],
            sqlc.arg(task_batch)::integer[],
            sqlc.arg(status)::attune.execution_status[],
            sqlc.arg(started_at)::timestamptz[],
            sqlc.arg(completed_at)::timestamptz[],
            sqlc.arg(duration_ms)::bigint[],
            sqlc.arg(result)::jsonb[],
            sqlc.arg(error)::jsonb[],
            sqlc.arg(retry_count)::integer[],
            sqlc.arg(max_retries)::integer[],
            sqlc.arg(next_retry_at)::timestamptz[],
            sqlc.arg(timeout_seconds)::integer[],
            sqlc.arg(timed_out)::boolean[],
            sqlc.arg(child_action)::bigint[],
            sqlc.arg(child_action_ref)::text[],
            sqlc.arg(child_config)::jsonb[],
            sqlc.arg(child_parent)::bigint[],
            sqlc.arg(child_status)::attune.execution_status[],
            sqlc.arg(child_result)::jsonb[],
            sqlc.arg(child_priority)::smallint[],
            sqlc.arg(child_run_at)::timestamptz[],
            sqlc.arg(child_idempotency_key)::text[]
        ) WITH ORDINALITY AS i (
            workflow_execution, execution, task_name, task_index, task_batch, status, started_at, completed_at, duration_ms,
            result, error, retry_count, max_retries, next_retry_at, timeout_seconds, timed_out, child_action,
            child_action_ref, child_config, child_parent, child_status, child_result, child_priority, child_run_at,
            child_idempotency_key, n
        )
),
child AS (
    INSERT INTO attune.execution (action, action_ref, config, parent, status, result, priority, run_at, idempotency_key)
    SELECT
        i.child_action, i.child_action_ref, i.child_config, i.child_parent, i.child_status, i.child_result, i.child_priority,
        i.child_run_at, i.child_idempotency_key
    FROM input i
    WHERE i.child_action_ref IS NOT NULL
    ORDER BY i.n  -- so that ids rise with the order
    RETURNING id
),
task AS (
    INSERT INTO attune.workflow_task_execution (
        workflow_execution, execution, task_name, task_index, task_batch, status, started_at, completed_at, duration_ms,
        result, error, retry_count, max_retries, next_retry_at, timeout_seconds, timed_out
    )
    SELECT
        i.workflow_execution, coalesce(i.execution, (ARRAY(SELECT c.id FROM child c ORDER BY c.id))[i.child]), i.task_name,
        i.task_index, i.task_batch, i.status, i.started_at, i.completed_at, i.duration_ms, i.result, i.error, i.retry_count,
        i.max_retries, i.next_retry_at, i.timeout_seconds, i.timed_out
    FROM input i
    ORDER BY i.n
    RETURNING *
)
SELECT * FROM task
ORDER BY id;

-- name: CopyWorkflowTaskExecutions :copyfrom
-- Insert workflow task executions by COPY and return their number.
INSERT INTO attune.workflow_task_execution (
    workflow_execution, execution, task_name, task_index, task_batch, status, started_at, completed_at, duration_ms,
    result, error, retry_count, max_retries, next_retry_at, timeout_seconds, timed_out
)
VALUES (
    sqlc.arg(workflow_execution),
    sqlc.arg(execution),
    sqlc.arg(task_name),
    sqlc.narg(task_index),
    sqlc.narg(task_batch),
    sqlc.arg(status),
    sqlc.narg(started_at),
    sqlc.narg(completed_at),
    sqlc.narg(duration_ms),
    sqlc.narg(result),
    sqlc.narg(error),
    sqlc.arg(retry_count),
    sqlc.arg(max_retries),
    sqlc.narg(next_retry_at),
    sqlc.narg(timeout_seconds),
    sqlc.arg(timed_out)
);

-- name: ClaimNextWorkflowTaskExecutions :many
-- Make the next requested items of a task scheduling (or running, with their executions) and return them, in no order.
-- Returns none while the workflow is paused or terminal, or for a worker that has ended. No two callers get the same one.
WITH task AS (
    UPDATE attune.workflow_task_execution
    SET status = sqlc.arg('to'),
        started_at = CASE WHEN sqlc.arg('to') = 'running'::attune.execution_status THEN statement_timestamp() END,
        worker = sqlc.narg(worker)
    WHERE id = ANY (ARRAY(
            -- LIMIT is written twice: for one unknown LIMIT the planner expects a tenth of the rows, and plans each claim again.
            SELECT n.id FROM (
                SELECT t.id FROM attune.workflow_task_execution t
                JOIN attune.workflow_execution w ON w.id = t.workflow_execution
                WHERE t.workflow_execution = sqlc.arg(workflow_execution)
                    AND t.task_name = sqlc.arg(task_name)
                    AND t.status = 'requested'
                    AND NOT w.paused
                    AND NOT attune.is_terminal(w.status)
                ORDER BY t.task_index
                LIMIT sqlc.arg('limit')::bigint
                FOR NO KEY UPDATE OF t SKIP LOCKED
            ) n
            LIMIT sqlc.arg('limit')::bigint
        ))
        AND (
            sqlc.narg(worker)::bigint IS NULL
            OR EXISTS (SELECT FROM attune.worker k WHERE k.id = sqlc.narg(worker) AND k.ended_at IS NULL)
        )
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = 'running'
    FROM task
    WHERE task.status = 'running'
        AND e.id = task.execution
        AND NOT attune.is_terminal(e.status)
)
SELECT * FROM task;

-- name: ClaimAnyWorkflowTaskExecutions :many
-- Make requested tasks and tasks whose retry is due scheduling (or running, with their executions), and return them, in no
-- order. Tasks of workflows that are paused or terminal are left out. Requested tasks are taken by item number, then id;
-- retries by the time at which they are due. Returns none for a worker that has ended. No two callers get the same one.
WITH next AS MATERIALIZED (
    -- One kind after the other, in a random order, until there are enough: neither kind waits for the other.
    -- LIMIT is written twice: for one unknown LIMIT the planner expects a tenth of the rows, and plans each claim again.
    SELECT n.id FROM (
        SELECT c.id FROM (SELECT v.retries FROM unnest('{true,false}'::boolean[]) v (retries) ORDER BY random()) a,
            LATERAL (
                (SELECT r.id FROM (
                    SELECT t.id FROM attune.workflow_task_execution t
                    JOIN attune.workflow_execution w ON w.id = t.workflow_execution
                    WHERE a.retries
                        AND t.next_retry_at <= coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())
                        AND t.next_retry_at IS NOT NULL  -- how few they are, the planner knows
                        AND t.retry_count < t.max_retries
                        AND NOT t.held
                        AND NOT w.paused
                        AND coalesce(NOT attune.is_terminal(w.status), false)  -- of unknown share: by the index's order
                    ORDER BY t.next_retry_at, t.id
                    LIMIT sqlc.arg('limit')::bigint
                    FOR NO KEY UPDATE OF t SKIP LOCKED
                ) r LIMIT sqlc.arg('limit')::bigint)
                UNION ALL
                (SELECT q.id FROM (
                    SELECT t.id FROM attune.workflow_task_execution t
                    JOIN attune.workflow_execution w ON w.id = t.workflow_execution
                    WHERE NOT a.retries
                        AND t.status = 'requested'
                        AND NOT t.held
                        AND NOT w.paused
                        AND coalesce(NOT attune.is_terminal(w.status), false)  -- of unknown share: by the index's order
                    ORDER BY coalesce(t.task_index, 0), t.id
                    LIMIT sqlc.arg('limit')::bigint
                    FOR NO KEY UPDATE OF t SKIP LOCKED
                ) q LIMIT sqlc.arg('limit')::bigint)
            ) c
        LIMIT sqlc.arg('limit')::bigint
    ) n
    LIMIT sqlc.arg('limit')::bigint
),
task AS (
    UPDATE attune.workflow_task_execution
    SET status = sqlc.arg('to'),
        started_at = CASE
            WHEN sqlc.arg('to') = 'running'::attune.execution_status
            THEN coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())
        END,
        completed_at = NULL,
        duration_ms = NULL,
        result = NULL,
        error = NULL,
        retry_count = retry_count + CASE WHEN next_retry_at IS NULL THEN 0 ELSE 1 END,
        next_retry_at = NULL,
        timed_out = false,
        worker = sqlc.narg(worker)
    WHERE id = ANY (ARRAY(SELECT next.id FROM next))
        AND (
            sqlc.narg(worker)::bigint IS NULL
            OR EXISTS (SELECT FROM attune.worker k WHERE k.id = sqlc.narg(worker) AND k.ended_at IS NULL)
        )
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = task.status
    FROM task
    WHERE e.id = task.execution
        AND (task.status = 'running' OR task.retry_count > 0)
        AND e.status NOT IN ('completed', 'cancelled')
)
SELECT * FROM task;

-- name: ClaimAnyWorkflowTaskExecutionsByTaskName :many
-- Claim as ClaimAnyWorkflowTaskExecutions does, but only tasks with these names.
WITH next AS MATERIALIZED (
    -- One kind after the other, in a random order, until there are enough: neither kind waits for the other.
    -- LIMIT is written twice: for one unknown LIMIT the planner expects a tenth of the rows, and plans each claim again.
    SELECT n.id FROM (
        SELECT c.id FROM (
            SELECT v.retries, n.name
            FROM unnest('{true,false}'::boolean[]) v (retries), unnest(sqlc.arg(task_names)::text[]) n (name)
            ORDER BY random()) a,
            LATERAL (
                (SELECT r.id FROM (
                    SELECT t.id FROM attune.workflow_task_execution t
                    JOIN attune.workflow_execution w ON w.id = t.workflow_execution
                    WHERE a.retries
                        AND t.next_retry_at <= coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())
                        AND t.next_retry_at IS NOT NULL  -- how few they are, the planner knows
                        AND t.retry_count < t.max_retries
                        AND NOT t.held
                        AND NOT w.paused
                        AND coalesce(NOT attune.is_terminal(w.status), false)  -- of unknown share: by the index's order
                        AND t.task_name >= a.name  -- an order that only the index on the name has
                        AND t.task_name <= a.name
                    ORDER BY t.task_name, t.next_retry_at, t.id
                    LIMIT sqlc.arg('limit')::bigint
                    FOR NO KEY UPDATE OF t SKIP LOCKED
                ) r LIMIT sqlc.arg('limit')::bigint)
                UNION ALL
                (SELECT q.id FROM (
                    SELECT t.id FROM attune.workflow_task_execution t
                    JOIN attune.workflow_execution w ON w.id = t.workflow_execution
                    WHERE NOT a.retries
                        AND t.status = 'requested'
                        AND NOT t.held
                        AND NOT w.paused
                        AND coalesce(NOT attune.is_terminal(w.status), false)  -- of unknown share: by the index's order
                        AND t.task_name >= a.name  -- an order that only the index on the name has
                        AND t.task_name <= a.name
                    ORDER BY t.task_name, coalesce(t.task_index, 0), t.id
                    LIMIT sqlc.arg('limit')::bigint
                    FOR NO KEY UPDATE OF t SKIP LOCKED
                ) q LIMIT sqlc.arg('limit')::bigint)
            ) c
        LIMIT sqlc.arg('limit')::bigint
    ) n
    LIMIT sqlc.arg('limit')::bigint
),
task AS (
    UPDATE attune.workflow_task_execution
    SET status = sqlc.arg('to'),
        started_at = CASE
            WHEN sqlc.arg('to') = 'running'::attune.execution_status
            THEN coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())
        END,
        completed_at = NULL,
        duration_ms = NULL,
        result = NULL,
        error = NULL,
        retry_count = retry_count + CASE WHEN next_retry_at IS NULL THEN 0 ELSE 1 END,
        next_retry_at = NULL,
        timed_out = false,
        worker = sqlc.narg(worker)
    WHERE id = ANY (ARRAY(SELECT next.id FROM next))
        AND (
            sqlc.narg(worker)::bigint IS NULL
            OR EXISTS (SELECT FROM attune.worker k WHERE k.id = sqlc.narg(worker) AND k.ended_at IS NULL)
        )
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = task.status
    FROM task
    WHERE e.id = task.execution
        AND (task.status = 'running' OR task.retry_count > 0)
        AND e.status NOT IN ('completed', 'cancelled')
)
SELECT * FROM task;

-- name: TransitionWorkflowTaskExecution :one
-- Set a status of a task that is neither running nor terminal, and that of its execution, if the task is in one of the
-- expected ones; clear the outcome and the retry of an earlier attempt, and return it. Return None if it is in another
-- status or attempt, or does not exist.
WITH task AS (
    UPDATE attune.workflow_task_execution
    SET status = sqlc.arg('to'),
        started_at = CASE WHEN sqlc.arg('to') = 'canceling'::attune.execution_status THEN started_at END,
        completed_at = NULL,
        duration_ms = NULL,
        result = NULL,
        error = NULL,
        next_retry_at = NULL,
        timed_out = false
    WHERE id = sqlc.arg(id)
        AND coalesce(status = ANY (sqlc.arg(expected)::attune.execution_status[]), false)  -- so wrapped, no partial index fits: by the key
        AND attempt = coalesce(sqlc.narg(attempt)::integer, attempt)
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = task.status
    FROM task
    WHERE e.id = task.execution
)
SELECT * FROM task;

-- name: StartWorkflowTaskExecution :one
-- Make a requested, scheduling or scheduled task running, and its execution if that has not ended, and return it. With an
-- attempt, only that one is started, and only after a claim. Return None if the task is in another status or attempt, or
-- does not exist.
WITH task AS (
    UPDATE attune.workflow_task_execution
    SET status = 'running',
        started_at = coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())
    WHERE id = sqlc.arg(id)
        AND coalesce(  -- so wrapped, no partial index fits: by the key
            status IN ('scheduling', 'scheduled') AND attempt = coalesce(sqlc.narg(attempt)::integer, attempt)
            OR status = 'requested' AND sqlc.narg(attempt)::integer IS NULL,
            false
        )
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = 'running'
    FROM task
    WHERE e.id = task.execution AND NOT attune.is_terminal(e.status)
)
SELECT * FROM task;

-- name: CompleteWorkflowTaskExecution :one
-- Complete a running task, and its execution with the same result if that has not ended, and return it. Return None if it
-- is in another status or attempt, or does not exist.
WITH task AS (
    UPDATE attune.workflow_task_execution
    SET status = 'completed',
        completed_at = greatest(coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()), started_at),
        duration_ms = attune.elapsed_ms(started_at, coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())),
        result = sqlc.narg(result)
    WHERE id = sqlc.arg(id)
        AND coalesce(status = 'running', false)  -- so wrapped, no partial index fits: by the key
        AND attempt = coalesce(sqlc.narg(attempt)::integer, attempt)
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = task.status,
        result = coalesce(task.result, e.result)
    FROM task
    WHERE e.id = task.execution AND NOT attune.is_terminal(e.status)
)
SELECT * FROM task;

-- name: FailWorkflowTaskExecution :one
-- Fail a running task, and its execution if that has not ended, and return it. With a delay, and if a retry is left, the
-- task awaits a retry and its execution is scheduled. Return None if it is in another status or attempt, or does not exist.
WITH task AS (
    UPDATE attune.workflow_task_execution
    SET status = 'failed',
        completed_at = greatest(coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()), started_at),
        duration_ms = attune.elapsed_ms(started_at, coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())),
        error = sqlc.arg(error)::jsonb,
        next_retry_at = CASE
            WHEN retry_count < max_retries
            THEN coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()) + sqlc.narg(retry_delay)::interval
        END
    WHERE id = sqlc.arg(id)
        AND coalesce(status = 'running', false)  -- so wrapped, no partial index fits: by the key
        AND attempt = coalesce(sqlc.narg(attempt)::integer, attempt)
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = CASE WHEN task.next_retry_at IS NULL THEN task.status ELSE 'scheduled' END,
        result = coalesce(task.result, e.result)
    FROM task
    WHERE e.id = task.execution AND NOT attune.is_terminal(e.status)
)
SELECT * FROM task;

-- name: TimeOutWorkflowTaskExecution :one
-- Set a running task to timeout, and its execution if that has not ended, and return it. With a delay, and if a retry is
-- left, the task awaits a retry and its execution is scheduled. Return None if it is in another status or attempt, or does
-- not exist.
WITH task AS (
    UPDATE attune.workflow_task_execution
    SET status = 'timeout',
        completed_at = greatest(coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()), started_at),
        duration_ms = attune.elapsed_ms(started_at, coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())),
        timed_out = true,
        next_retry_at = CASE
            WHEN retry_count < max_retries
            THEN coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()) + sqlc.narg(retry_delay)::interval
        END
    WHERE id = sqlc.arg(id)
        AND coalesce(status = 'running', false)  -- so wrapped, no partial index fits: by the key
        AND attempt = coalesce(sqlc.narg(attempt)::integer, attempt)
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = CASE WHEN task.next_retry_at IS NULL THEN task.status ELSE 'scheduled' END,
        result = coalesce(task.result, e.result)
    FROM task
    WHERE e.id = task.execution AND NOT attune.is_terminal(e.status)
)
SELECT * FROM task;

-- name: CompleteWorkflowTaskExecutions :many
-- Complete running tasks, and their executions with the same results if those have not ended. A task with an attempt is
-- completed only in that one. Return each task that exists, by id, as it was before, and whether it was completed.
-- @sqlc-vet-disable bounded
-- @nullable attempts[], results[]
WITH locked AS MATERIALIZED (
    SELECT
        t.id, t.status, t.attempt, i.result,
        t.status = 'running' AND t.attempt = coalesce(i.attempt, t.attempt) AS done
    FROM unnest(sqlc.arg(ids)::bigint[], sqlc.arg(attempts)::integer[], sqlc.arg(results)::jsonb[]) AS i (id, attempt, result)
    JOIN attune.workflow_task_execution t ON t.id = i.id
    ORDER BY t.id  -- two that lock the same rows do it in one order
    FOR NO KEY UPDATE OF t
),
task AS (
    UPDATE attune.workflow_task_execution t
    SET status = 'completed',
        completed_at = greatest(coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()), t.started_at),
        duration_ms = attune.elapsed_ms(t.started_at, coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())),
        result = l.result
    FROM locked l
    WHERE t.id = l.id AND l.done
    RETURNING t.execution, t.status, t.result
),
unfinished AS MATERIALIZED (
    SELECT e.id, task.status, task.result
    FROM task
    JOIN attune.execution e ON e.id = task.execution
    WHERE NOT attune.is_terminal(e.status)
    ORDER BY e.id
    FOR NO KEY UPDATE OF e
),
child AS (
    UPDATE attune.execution e
    SET status = u.status,
        result = coalesce(u.result, e.result)
    FROM unfinished u
    WHERE e.id = u.id
)
SELECT l.id, l.status, l.attempt, l.done FROM locked l
ORDER BY l.id;

-- name: FailWorkflowTaskExecutions :many
-- Fail running tasks, and their executions if those have not ended. A task with a delay, if a retry is left, awaits it, and
-- its execution is scheduled. A task with an attempt is failed only in that one. Return each task that exists, by id, as it
-- was before, and whether it failed.
-- @sqlc-vet-disable bounded
-- @nullable attempts[], errors[], retry_delays[]
WITH locked AS MATERIALIZED (
    SELECT
        t.id, t.status, t.attempt, i.error, i.retry_delay,
        t.status = 'running' AND t.attempt = coalesce(i.attempt, t.attempt) AS done
    FROM unnest(
            sqlc.arg(ids)::bigint[], sqlc.arg(attempts)::integer[], sqlc.arg(errors)::jsonb[], sqlc.arg(retry_delays)::interval[]
        ) AS i (id, attempt, error, retry_delay)
    JOIN attune.workflow_task_execution t ON t.id = i.id
    ORDER BY t.id  -- two that lock the same rows do it in one order
    FOR NO KEY UPDATE OF t
),
task AS (
    UPDATE attune.workflow_task_execution t
    SET status = 'failed',
        completed_at = greatest(coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()), t.started_at),
        duration_ms = attune.elapsed_ms(t.started_at, coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())),
        error = l.error,
        next_retry_at = CASE WHEN t.retry_count < t.max_retries THEN coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()) + l.retry_delay END
    FROM locked l
    WHERE t.id = l.id AND l.done
    RETURNING t.execution, t.status, t.result, t.next_retry_at
),
unfinished AS MATERIALIZED (
    SELECT e.id, CASE WHEN task.next_retry_at IS NULL THEN task.status ELSE 'scheduled' END AS status, task.result
    FROM task
    JOIN attune.execution e ON e.id = task.execution
    WHERE NOT attune.is_terminal(e.status)
    ORDER BY e.id
    FOR NO KEY UPDATE OF e
),
child AS (
    UPDATE attune.execution e
    SET status = u.status,
        result = coalesce(u.result, e.result)
    FROM unfinished u
    WHERE e.id = u.id
)
SELECT l.id, l.status, l.attempt, l.done FROM locked l
ORDER BY l.id;

-- name: CancelWorkflowTaskExecution :one
-- Cancel a task that is not terminal or awaits a retry, and its execution if that has not ended, and return it. The
-- duration and the end of the last attempt are kept. Return None if it is terminal or in another attempt, or does not
-- exist.
WITH task AS (
    UPDATE attune.workflow_task_execution
    SET status = 'cancelled',
        completed_at = coalesce(completed_at, greatest(coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()), started_at)),
        duration_ms = coalesce(duration_ms, attune.elapsed_ms(started_at, coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()))),
        next_retry_at = NULL
    WHERE id = sqlc.arg(id)
        AND coalesce(NOT attune.is_terminal(status) OR next_retry_at IS NOT NULL, false)  -- so wrapped, no partial index fits: by the key
        AND attempt = coalesce(sqlc.narg(attempt)::integer, attempt)
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = 'cancelled'
    FROM task
    WHERE e.id = task.execution AND NOT attune.is_terminal(e.status)
)
SELECT * FROM task;

-- name: ScheduleWorkflowTaskExecutionRetry :one
-- Let a failed or timed-out task with a retry left await it, until a time or for a delay by the server's clock, replace the
-- error if one is given, and return the task. Its execution is scheduled, unless it was completed or cancelled. Return None
-- if the task is in another status or attempt, has no retry left, or does not exist.
WITH task AS (
    UPDATE attune.workflow_task_execution
    SET next_retry_at = coalesce(sqlc.narg('at')::timestamptz, statement_timestamp() + sqlc.narg(delay)::interval),
        error = coalesce(sqlc.narg(error)::jsonb, error)
    WHERE id = sqlc.arg(id)
        AND coalesce(status IN ('failed', 'timeout'), false)  -- so wrapped, no partial index fits: by the key
        AND retry_count < max_retries
        AND attempt = coalesce(sqlc.narg(attempt)::integer, attempt)
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = 'scheduled'
    FROM task
    WHERE e.id = task.execution AND e.status NOT IN ('completed', 'cancelled')
)
SELECT * FROM task;

-- name: ClaimDueRetries :many
-- Make the tasks whose retry has been due the longest scheduling, clear the outcome of their last attempt, and return them,
-- in no order. Tasks of workflows that are paused or terminal are left out. Returns none for a worker that has ended. No
-- two callers get the same one.
WITH task AS (
    UPDATE attune.workflow_task_execution
    SET status = 'scheduling',
        started_at = NULL,
        completed_at = NULL,
        duration_ms = NULL,
        result = NULL,
        error = NULL,
        retry_count = retry_count + 1,
        next_retry_at = NULL,
        timed_out = false,
        worker = sqlc.narg(worker)
    WHERE id = ANY (ARRAY(
            -- Written as in ClaimAnyWorkflowTaskExecutions: the planner takes the index's order, and plans once.
            SELECT n.id FROM (
                SELECT r.id FROM (
                    SELECT t.id FROM attune.workflow_task_execution t
                    JOIN attune.workflow_execution w ON w.id = t.workflow_execution
                    WHERE t.next_retry_at <= coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())
                        AND t.next_retry_at IS NOT NULL
                        AND t.retry_count < t.max_retries
                        AND NOT t.held
                        AND NOT w.paused
                        AND coalesce(NOT attune.is_terminal(w.status), false)
                    ORDER BY t.next_retry_at, t.id
                    LIMIT sqlc.arg('limit')::bigint
                    FOR NO KEY UPDATE OF t SKIP LOCKED
                ) r LIMIT sqlc.arg('limit')::bigint
            ) n LIMIT sqlc.arg('limit')::bigint
        ))
        AND (
            sqlc.narg(worker)::bigint IS NULL
            OR EXISTS (SELECT FROM attune.worker k WHERE k.id = sqlc.narg(worker) AND k.ended_at IS NULL)
        )
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = task.status
    FROM task
    WHERE e.id = task.execution
        AND (task.status = 'running' OR task.retry_count > 0)
        AND e.status NOT IN ('completed', 'cancelled')
)
SELECT * FROM task;

-- name: TimeOutOverdueWorkflowTaskExecutions :many
-- Set the running tasks that are the longest past their timeout to timeout, with their executions, and return them, in no
-- order. With a delay, those with a retry left await it. No two callers get the same one.
WITH task AS (
    UPDATE attune.workflow_task_execution
    SET status = 'timeout',
        completed_at = coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()),
        duration_ms = attune.elapsed_ms(started_at, coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())),
        timed_out = true,
        next_retry_at = CASE WHEN retry_count < max_retries THEN coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()) + sqlc.narg(retry_delay)::interval END
    WHERE id = ANY (ARRAY(
        SELECT t.id FROM attune.workflow_task_execution t
        WHERE t.status = 'running'
            AND (t.started_at AT TIME ZONE 'UTC') + t.timeout_seconds * interval '1 second' < coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()) AT TIME ZONE 'UTC'
        ORDER BY (t.started_at AT TIME ZONE 'UTC') + t.timeout_seconds * interval '1 second', t.id
        LIMIT sqlc.arg('limit')::bigint
        FOR NO KEY UPDATE SKIP LOCKED
    ))
    RETURNING *
),
child AS (
    UPDATE attune.execution e
    SET status = CASE WHEN task.next_retry_at IS NULL THEN task.status ELSE 'scheduled' END,
        result = coalesce(task.result, e.result)
    FROM task
    WHERE e.id = task.execution AND NOT attune.is_terminal(e.status)
)
SELECT * FROM task;

-- name: ReleaseExpiredWorkflowTaskExecutions :many
-- End the workers whose lease has expired, make the tasks that ended workers hold requested again, with their executions,
-- and return them, in no order. A canceling one, or one of a workflow that has ended, becomes cancelled; one that has lost
-- more workers than allowed, abandoned. A limit of None is no limit.
WITH lost AS (
    UPDATE attune.worker
    SET ended_at = statement_timestamp()
    WHERE id = ANY (ARRAY(
        SELECT k.id FROM attune.worker k
        WHERE k.ended_at IS NULL
            AND k.heartbeat_at + k.lease_ms * interval '1 millisecond' < statement_timestamp()
        ORDER BY k.id
        FOR NO KEY UPDATE SKIP LOCKED
    ))
    RETURNING id
),
released AS MATERIALIZED (
    SELECT t.id,
        CASE
            WHEN t.status = 'canceling' OR attune.is_terminal(w.status) THEN 'cancelled'
            WHEN t.losses >= sqlc.arg(max_losses)::integer THEN 'abandoned'
            ELSE 'requested'
        END::attune.execution_status AS status
    FROM attune.workflow_task_execution t
    JOIN attune.workflow_execution w ON w.id = t.workflow_execution
    WHERE t.worker = ANY (ARRAY(
            SELECT l.id FROM lost l
            UNION ALL
            SELECT k.id FROM attune.worker k WHERE k.ended_at IS NOT NULL
        ))
    LIMIT sqlc.arg('limit')::bigint
    FOR NO KEY UPDATE OF t SKIP LOCKED
),
task AS (
    UPDATE attune.workflow_task_execution t
    SET status = r.status,
        losses = t.losses + 1,
        started_at = CASE WHEN attune.is_terminal(r.status) THEN t.started_at END,
        completed_at = CASE WHEN attune.is_terminal(r.status) THEN greatest(statement_timestamp(), t.started_at) END,
        duration_ms = CASE
            WHEN attune.is_terminal(r.status) THEN attune.elapsed_ms(t.started_at, statement_timestamp())
        END,
        error = CASE
            WHEN r.status = 'abandoned' THEN jsonb_build_object('code', 'worker_lost', 'losses', t.losses + 1)
        END
    FROM released r
    WHERE t.id = r.id AND t.id = ANY (ARRAY(SELECT id FROM released))
    RETURNING t.*
),
child AS (
    UPDATE attune.execution e
    SET status = task.status
    FROM task
    WHERE e.id = task.execution AND NOT attune.is_terminal(e.status)
)
SELECT * FROM task;

-- name: RequeueWorkflowTaskExecution :one
-- Make a task requested again that no worker holds, with its execution, without its outcome and without using up a retry,
-- and return it. Return None if it is requested, completed or cancelled, if a worker that has not ended holds it, if its
-- workflow has ended, or if it does not exist.
WITH task AS (
    UPDATE attune.workflow_task_execution t
    SET status = 'requested',
        started_at = NULL,
        completed_at = NULL,
        duration_ms = NULL,
        result = NULL,
        error = NULL,
        next_retry_at = NULL,
        timed_out = false,
        losses = 0
    WHERE t.id = sqlc.arg(id)
        AND t.status NOT IN ('requested', 'completed', 'cancelled')
        AND NOT EXISTS (SELECT FROM attune.worker k WHERE k.id = t.worker AND k.ended_at IS NULL)
        AND EXISTS (
            SELECT FROM attune.workflow_execution w
            WHERE w.id = t.workflow_execution AND NOT attune.is_terminal(w.status)
        )
    RETURNING t.*
),
child AS (
    UPDATE attune.execution e
    SET status = 'requested'
    FROM task
    WHERE e.id = task.execution AND e.status NOT IN ('completed', 'cancelled')
)
SELECT * FROM task;

-- name: CancelWorkflowTaskExecutionTree :execrows
-- Cancel the tasks below an execution, and the task of the execution itself, that are not terminal or await a retry, in the
-- order of their ids. Return their number.
WITH locked AS MATERIALIZED (
    SELECT t.id FROM attune.workflow_task_execution t
    WHERE t.execution = ANY (ARRAY(SELECT tree.id FROM attune.execution_tree(sqlc.arg(execution)) tree))
        AND (NOT attune.is_terminal(t.status) OR t.next_retry_at IS NOT NULL)
    ORDER BY t.id
    FOR NO KEY UPDATE
)
UPDATE attune.workflow_task_execution
SET status = 'cancelled',
    completed_at = coalesce(completed_at, greatest(statement_timestamp(), started_at)),
    duration_ms = coalesce(duration_ms, attune.elapsed_ms(started_at, statement_timestamp())),
    next_retry_at = NULL
WHERE id = ANY (ARRAY(SELECT l.id FROM locked l));

-- name: CountWorkflowTaskExecutionsByStatus :many
-- Count the tasks in each status. Statuses that are not terminal are counted exactly, as are all if the table was never
-- analyzed; terminal ones are estimated from the planner's statistics.
-- @sqlc-vet-disable ordered bounded
SELECT
    s.status::attune.execution_status AS status,
    CASE
        WHEN s.exact
        THEN (
            SELECT count(*) FROM attune.workflow_task_execution t
            WHERE t.status >= s.status AND t.status <= s.status  -- a range: by the index, whatever the statistics say
        )
        ELSE coalesce(n.count, 0)
    END::bigint AS count,
    s.exact IS TRUE AS exact
FROM (
    SELECT
        u.status,
        NOT attune.is_terminal(u.status)
            OR NOT EXISTS (SELECT FROM attune.estimate_statuses('attune.workflow_task_execution')) AS exact
    FROM unnest(enum_range(NULL::attune.execution_status)) u (status)
) s
LEFT JOIN attune.estimate_statuses('attune.workflow_task_execution') n ON n.status = s.status;

-- name: DeleteWorkflowTaskExecution :execrows
-- Delete a workflow task execution; its execution is kept. Return 0 if there was none.
DELETE FROM attune.workflow_task_execution
WHERE id = sqlc.arg(id);
