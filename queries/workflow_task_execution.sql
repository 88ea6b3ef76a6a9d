-- name: GetWorkflowTaskExecution :one
-- The workflow task execution with this id; None: there is none.
SELECT * FROM attune.workflow_task_execution
WHERE id = sqlc.arg(id);

-- name: GetWorkflowTaskExecutionByExecution :one
-- The workflow task execution of this child execution; None: there is none.
SELECT * FROM attune.workflow_task_execution
WHERE execution = sqlc.arg(execution);

-- name: ListWorkflowTaskExecutions :many
-- A page of all workflow task executions, newest first, from behind the id `after`; a limit of None is no limit.
SELECT * FROM attune.workflow_task_execution
WHERE id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowTaskExecutionsByWorkflowExecution :many
-- A workflow's tasks, by name and index (one without an index last), after the one with this name and index; a limit of
-- None is no limit. Each of the three parts is a range of one index: a single condition would read all rows before the page.
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
-- The items of one task of a workflow, by index (one without an index last), after the one with this index (-1: from the
-- start, None: none); a limit of None is no limit.
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
-- A workflow's tasks that are not terminal or await a retry, by name and index (one without an index last), after the one
-- with this name and index; a limit of None is no limit.
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
-- The items of one task of a workflow that are not terminal or await a retry, by index (one without an index last), after
-- the one with this index (-1: from the start, None: none); a limit of None is no limit.
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
-- A page of the tasks whose retry is due, the longest due first, after the one with this time and id; none whose workflow is
-- paused or terminal. A limit of None is no limit.
SELECT t.* FROM attune.workflow_task_execution t
JOIN attune.workflow_execution w ON w.id = t.workflow_execution
WHERE t.next_retry_at <= coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())
    AND t.retry_count < t.max_retries
    AND NOT t.held
    AND NOT w.paused
    AND NOT attune.is_terminal(w.status)
    AND (t.next_retry_at, t.id) > (
        coalesce(sqlc.narg(after_time)::timestamptz, '-infinity'), sqlc.narg(after_id)::bigint
    )
ORDER BY t.next_retry_at, t.id
LIMIT sqlc.narg('limit')::bigint;

-- name: ListRetryableWorkflowTaskExecutions :many
-- A page of the tasks that failed or timed out, have a retry left and await none, by id, after this id; none whose workflow
-- has ended. A limit of None is no limit. The tasks of paused workflows are held, and found through those.
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
-- A page of the tasks whose last attempt ran out of time, newest first, from behind the id `after`; a limit of None is no
-- limit.
SELECT * FROM attune.workflow_task_execution
WHERE timed_out
    AND id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListWorkflowTaskDetails :many
-- One line on each task of a workflow, all of them, by name and index (one without an index last).
-- @sqlc-vet-disable bounded
SELECT * FROM attune.workflow_task_detail
WHERE workflow_execution = sqlc.arg(workflow_execution)::bigint
ORDER BY task_name, task_index;

-- name: CountInFlightWorkflowTaskExecutions :one
-- How many items of a task are scheduling, scheduled, running or canceling.
SELECT count(*) FROM attune.workflow_task_execution
WHERE workflow_execution = sqlc.arg(workflow_execution)
    AND task_name = sqlc.arg(task_name)
    AND status IN ('scheduling', 'scheduled', 'running', 'canceling');

-- name: ExistsFailedWorkflowTaskExecution :one
-- Whether an item of a task failed, timed out or was abandoned, and awaits no retry.
SELECT EXISTS (
    SELECT FROM attune.workflow_task_execution
    WHERE workflow_execution = sqlc.arg(workflow_execution)
        AND task_name = sqlc.arg(task_name)
        AND status IN ('failed', 'timeout', 'abandoned')
        AND next_retry_at IS NULL
);

-- name: CreateWorkflowTaskExecution :one
-- Inserts a workflow task execution and returns it.
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

-- name: ClaimNextWorkflowTaskExecutions :many
-- Makes the next requested items of a task scheduling and returns them, in no order; none while the workflow is paused or
-- terminal. No two callers get the same one.
UPDATE attune.workflow_task_execution
SET status = 'scheduling'
WHERE id = ANY (ARRAY(
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
))
RETURNING *;

-- name: TransitionWorkflowTaskExecution :one
-- Sets a status that is neither running nor terminal, if the present one is one of those expected, and clears the outcome
-- and the retry of an earlier attempt; None: it is another, or there is no such task.
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
    AND status = ANY (sqlc.arg(expected)::attune.execution_status[])
RETURNING *;

-- name: StartWorkflowTaskExecution :one
-- Makes a requested, scheduling or scheduled task running; None: it is in another status, or there is none.
UPDATE attune.workflow_task_execution
SET status = 'running',
    started_at = coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())
WHERE id = sqlc.arg(id)
    AND status IN ('requested', 'scheduling', 'scheduled')
RETURNING *;

-- name: CompleteWorkflowTaskExecution :one
-- Makes a running task completed; None: it is in another status, or there is none.
UPDATE attune.workflow_task_execution
SET status = 'completed',
    completed_at = greatest(coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()), started_at),
    duration_ms = attune.elapsed_ms(started_at, coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())),
    result = sqlc.narg(result)
WHERE id = sqlc.arg(id)
    AND status = 'running'
RETURNING *;

-- name: FailWorkflowTaskExecution :one
-- Makes a running task failed, and lets it await a retry if a delay is given and a retry is left; None: it is in another
-- status, or there is none.
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
    AND status = 'running'
RETURNING *;

-- name: CancelWorkflowTaskExecution :one
-- Cancels a task that is not terminal or awaits a retry; what the last attempt took and when it ended stays. None: it is
-- terminal, or there is none.
UPDATE attune.workflow_task_execution
SET status = 'cancelled',
    completed_at = coalesce(completed_at, greatest(coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()), started_at)),
    duration_ms = coalesce(
        duration_ms,
        attune.elapsed_ms(started_at, coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()))
    ),
    next_retry_at = NULL
WHERE id = sqlc.arg(id)
    AND (NOT attune.is_terminal(status) OR next_retry_at IS NOT NULL)
RETURNING *;

-- name: ScheduleWorkflowTaskExecutionRetry :one
-- Lets a failed or timed-out task with a retry left await it, until a time or for a delay by the server's clock, and
-- replaces the error if one is given; None: it is in another status or has no retry left, or there is none.
UPDATE attune.workflow_task_execution
SET next_retry_at = coalesce(sqlc.narg('at')::timestamptz, statement_timestamp() + sqlc.narg(delay)::interval),
    error = coalesce(sqlc.narg(error)::jsonb, error)
WHERE id = sqlc.arg(id)
    AND status IN ('failed', 'timeout')
    AND retry_count < max_retries
RETURNING *;

-- name: ClaimDueRetries :many
-- Makes the tasks whose retry is longest due scheduling, without the outcome of the attempt before, and returns them, in no
-- order; none whose workflow is paused or terminal. No two callers get the same one.
UPDATE attune.workflow_task_execution
SET status = 'scheduling',
    started_at = NULL,
    completed_at = NULL,
    duration_ms = NULL,
    result = NULL,
    error = NULL,
    retry_count = retry_count + 1,
    next_retry_at = NULL,
    timed_out = false
WHERE id = ANY (ARRAY(
    SELECT t.id FROM attune.workflow_task_execution t
    JOIN attune.workflow_execution w ON w.id = t.workflow_execution
    WHERE t.next_retry_at <= coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())
        AND t.retry_count < t.max_retries
        AND NOT t.held
        AND NOT w.paused
        AND NOT attune.is_terminal(w.status)
    ORDER BY t.next_retry_at, t.id
    LIMIT sqlc.arg('limit')::bigint
    FOR NO KEY UPDATE OF t SKIP LOCKED
))
RETURNING *;

-- name: TimeOutOverdueWorkflowTaskExecutions :many
-- Makes the running tasks that are longest past their time timeout and returns them, in no order; lets those with a retry
-- left await it if a delay is given. No two callers get the same one.
UPDATE attune.workflow_task_execution
SET status = 'timeout',
    completed_at = coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()),
    duration_ms = attune.elapsed_ms(started_at, coalesce(sqlc.narg(now)::timestamptz, statement_timestamp())),
    timed_out = true,
    next_retry_at = CASE
        WHEN retry_count < max_retries
        THEN coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()) + sqlc.narg(retry_delay)::interval
    END
WHERE id = ANY (ARRAY(
    SELECT t.id FROM attune.workflow_task_execution t
    WHERE t.status = 'running'
        AND (t.started_at AT TIME ZONE 'UTC') + t.timeout_seconds * interval '1 second'
            < coalesce(sqlc.narg(now)::timestamptz, statement_timestamp()) AT TIME ZONE 'UTC'
    ORDER BY (t.started_at AT TIME ZONE 'UTC') + t.timeout_seconds * interval '1 second', t.id
    LIMIT sqlc.arg('limit')::bigint
    FOR NO KEY UPDATE SKIP LOCKED
))
RETURNING *;

-- name: DeleteWorkflowTaskExecution :execrows
-- Deletes a workflow task execution; its execution stays. 0: there was none.
DELETE FROM attune.workflow_task_execution
WHERE id = sqlc.arg(id);
