-- What the command line asks about the work as a whole.

-- name: SearchExecutions :many
-- List the executions that meet all conditions that are given, newest first: in one of these statuses; held by this worker,
-- or with a task that is; created before this time; runs of this workflow definition. A page starts after the id `after`; a
-- limit of None lists all.
SELECT e.* FROM attune.execution e
WHERE (
        sqlc.narg(statuses)::attune.execution_status[] IS NULL
        OR e.status = ANY (sqlc.narg(statuses)::attune.execution_status[])
    )
    AND (
        sqlc.narg(worker)::bigint IS NULL
        OR e.id = ANY (ARRAY(
            SELECT h.id FROM attune.execution h WHERE h.worker = sqlc.narg(worker)::bigint
            UNION ALL
            SELECT t.execution FROM attune.workflow_task_execution t WHERE t.worker = sqlc.narg(worker)::bigint
        ))
    )
    AND (sqlc.narg(created_before)::timestamptz IS NULL OR e.created < sqlc.narg(created_before)::timestamptz)
    AND (
        sqlc.narg(workflow_def)::bigint IS NULL
        OR e.id = ANY (ARRAY(
            SELECT w.execution FROM attune.workflow_execution w WHERE w.workflow_def = sqlc.narg(workflow_def)::bigint
        ))
    )
    AND e.id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY e.id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: GetOldestWaitingExecution :one
-- Return the execution that could have been claimed for the longest time, and since when, or None. Executions of tasks of a
-- paused workflow are left out.
SELECT s.id, s.action_ref, s.since FROM (
    SELECT p.id, p.action_ref, p.since FROM (
        SELECT e.id, e.action_ref, e.created AS since FROM attune.execution e
        WHERE e.status <= 'requested'  -- the first label, in an order that only the index on (status, id) has
            AND e.run_at IS NULL
            AND NOT EXISTS (SELECT FROM attune.workflow_task_execution t WHERE t.execution = e.id AND t.held)
        ORDER BY e.status, e.id
        LIMIT 1
    ) p
    UNION ALL
    SELECT q.id, q.action_ref, q.since FROM (
        SELECT e.id, e.action_ref, e.run_at AS since FROM attune.execution e
        WHERE e.status = 'requested'
            AND e.run_at <= statement_timestamp()
            AND NOT EXISTS (SELECT FROM attune.workflow_task_execution t WHERE t.execution = e.id AND t.held)
        ORDER BY e.run_at, e.id
        LIMIT 1
    ) q
) s
ORDER BY s.since, s.id
LIMIT 1;

-- name: CountDueRetries :one
-- Count the tasks whose retry is due, and return the time of the earliest. Tasks of workflows that are paused or terminal
-- are left out.
SELECT count(*) AS count, min(t.next_retry_at) AS since FROM attune.workflow_task_execution t
WHERE t.next_retry_at <= statement_timestamp()
    AND NOT t.held;

-- name: ListWorkerLoads :many
-- List the workers that have not ended or hold something, newest first, with the number of executions and tasks that each
-- holds and the end of its lease.
SELECT
    k.id,
    k.name,
    k.heartbeat_at,
    coalesce(k.ended_at, k.heartbeat_at + k.lease_ms * interval '1 millisecond')::timestamptz AS lease_ends_at,
    (k.ended_at IS NULL AND k.heartbeat_at + k.lease_ms * interval '1 millisecond' >= statement_timestamp())::boolean AS lives,
    (SELECT count(*) FROM attune.execution e WHERE e.worker = k.id)::bigint AS executions,
    (SELECT count(*) FROM attune.workflow_task_execution t WHERE t.worker = k.id)::bigint AS tasks
FROM attune.worker k
WHERE k.ended_at IS NULL
    OR EXISTS (SELECT FROM attune.execution e WHERE e.worker = k.id)
    OR EXISTS (SELECT FROM attune.workflow_task_execution t WHERE t.worker = k.id)
ORDER BY k.id DESC
LIMIT sqlc.arg('limit')::bigint;

-- name: ListStuckExecutions :many
-- List the executions in flight that no worker seems to work on, the longest first, by reason. `lost`: its worker has ended
-- or the worker's lease has expired. `overdue`: its task is past its timeout. `idle`: no worker holds it, and it has not
-- changed since a time. `undecided`: all tasks of its workflow have ended, and the workflow has not changed since.
SELECT s.id, s.action_ref, s.status, s.reason, s.since FROM (
    SELECT e.id, e.action_ref, e.status, 'lost'::text AS reason, k.since FROM (
        SELECT
            k.id,
            coalesce(k.ended_at, k.heartbeat_at + k.lease_ms * interval '1 millisecond')::timestamptz AS since
        FROM attune.worker k
        WHERE k.ended_at IS NOT NULL
            OR k.heartbeat_at + k.lease_ms * interval '1 millisecond' < statement_timestamp()
    ) k
    CROSS JOIN LATERAL (
        SELECT e.id FROM attune.execution e WHERE e.worker = k.id
        UNION
        SELECT t.execution FROM attune.workflow_task_execution t WHERE t.worker = k.id
    ) held
    JOIN attune.execution e ON e.id = held.id
    UNION ALL
    SELECT
        e.id, e.action_ref, e.status, 'overdue'::text AS reason,
        (t.started_at + t.timeout_seconds * interval '1 second')::timestamptz AS since
    FROM attune.workflow_task_execution t
    JOIN attune.execution e ON e.id = t.execution
    WHERE t.status = 'running'
        AND (t.started_at AT TIME ZONE 'UTC') + t.timeout_seconds * interval '1 second'
            < statement_timestamp() AT TIME ZONE 'UTC'
    UNION ALL
    SELECT e.id, e.action_ref, e.status, 'idle'::text AS reason, e.updated AS since
    FROM unnest('{scheduling,scheduled,running,canceling}'::attune.execution_status[]) i (status)
    JOIN attune.execution e ON e.status >= i.status AND e.status <= i.status  -- a range: by the index
    WHERE e.worker IS NULL
        AND e.updated < sqlc.arg(unchanged_since)::timestamptz
        AND (SELECT w.id FROM attune.workflow_execution w WHERE w.execution = e.id) IS NULL
        AND NOT EXISTS (
            SELECT FROM attune.workflow_task_execution t
            WHERE t.execution = e.id AND (t.worker IS NOT NULL OR t.next_retry_at IS NOT NULL)
        )
    UNION ALL
    SELECT e.id, e.action_ref, e.status, 'undecided'::text AS reason, w.updated AS since
    FROM unnest('{requested,scheduling,scheduled,running,canceling}'::attune.execution_status[]) i (status)
    CROSS JOIN LATERAL (
        SELECT r.id, r.execution, r.updated FROM attune.workflow_execution r
        WHERE r.status >= i.status AND r.status <= i.status
            AND NOT r.paused
            AND r.updated < sqlc.arg(unchanged_since)::timestamptz
        OFFSET 0  -- or the planner reads all runs once, to save one look for each status
    ) w
    JOIN attune.execution e ON e.id = w.execution
    WHERE e.status IN ('scheduling', 'scheduled', 'running', 'canceling')
        AND NOT EXISTS (
            SELECT FROM attune.workflow_task_execution t
            WHERE t.workflow_execution = w.id AND (NOT attune.is_terminal(t.status) OR t.next_retry_at IS NOT NULL)
        )
        AND NOT EXISTS (
            SELECT FROM attune.workflow_task_execution t
            WHERE t.workflow_execution = w.id AND t.updated >= sqlc.arg(unchanged_since)::timestamptz
        )
) s
ORDER BY s.since, s.id
LIMIT sqlc.arg('limit')::bigint;

-- name: CountPrunableExecutions :one
-- Count the executions and trees that PruneExecutions would delete, and return the last root that was seen. Nothing is
-- locked.
WITH root AS MATERIALIZED (
    SELECT e.id, coalesce(e.finished_at, e.created) AS finished_at FROM attune.execution e
    WHERE e.parent IS NULL
        AND e.status IN ('completed', 'failed', 'cancelled', 'timeout', 'abandoned')
        AND e.status = ANY (sqlc.arg(statuses)::attune.execution_status[])
        AND coalesce(e.finished_at, e.created) < sqlc.arg(finished_before)::timestamptz
        AND coalesce(e.finished_at, e.updated) < sqlc.arg(finished_before)::timestamptz  -- it may have ended long after
        AND (coalesce(e.finished_at, e.created), e.id) > (
            coalesce(sqlc.narg(after_finished_at)::timestamptz, '-infinity'), coalesce(sqlc.narg(after_id)::bigint, 0)
        )
        AND NOT EXISTS (SELECT FROM attune.workflow_task_execution t WHERE t.execution = e.id)
    ORDER BY coalesce(e.finished_at, e.created), e.id
    LIMIT sqlc.arg('limit')::bigint
),
tree AS MATERIALIZED (
    SELECT r.id AS root, t.id FROM root r CROSS JOIN LATERAL attune.execution_tree(r.id) t
),
kept AS (
    SELECT e.id FROM attune.execution e
    WHERE e.id = ANY (ARRAY(SELECT tree.id FROM tree)) AND NOT attune.is_terminal(e.status)
    UNION ALL
    SELECT w.execution FROM attune.workflow_execution w
    WHERE w.execution = ANY (ARRAY(SELECT tree.id FROM tree)) AND NOT attune.is_terminal(w.status)
    UNION ALL
    SELECT t.execution FROM attune.workflow_task_execution t
    WHERE t.execution = ANY (ARRAY(SELECT tree.id FROM tree))
        AND (NOT attune.is_terminal(t.status) OR t.next_retry_at IS NOT NULL)
),
whole AS MATERIALIZED (
    SELECT r.id FROM root r EXCEPT SELECT tree.root FROM tree JOIN kept ON kept.id = tree.id
)
SELECT
    (SELECT count(DISTINCT tree.id) FROM tree JOIN whole ON whole.id = tree.root)::bigint AS executions,
    (SELECT count(*) FROM whole)::bigint AS trees,
    (SELECT max(r.finished_at) FROM root r)::timestamptz AS last_finished_at,
    (SELECT r.id FROM root r ORDER BY r.finished_at DESC, r.id DESC LIMIT 1)::bigint AS last_id;
