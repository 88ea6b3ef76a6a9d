-- name: GetExecution :one
-- Return the execution with this id, or None.
SELECT * FROM attune.execution
WHERE id = sqlc.arg(id);

-- name: ListExecutions :many
-- List all executions, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.execution
WHERE id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListExecutionsByStatus :many
-- List the executions in this status, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.execution
WHERE status >= sqlc.arg(status)::attune.execution_status  -- an order that only the index on (status, id) has
    AND (status, id) < (sqlc.arg(status), coalesce(sqlc.narg('after')::bigint, 9223372036854775807))
ORDER BY status DESC, id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListExecutionsByParent :many
-- List the executions that this one started, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.execution
WHERE parent >= sqlc.arg(parent)::bigint  -- an order that only the index on (parent, id) has
    AND (parent, id) < (sqlc.arg(parent), coalesce(sqlc.narg('after')::bigint, 9223372036854775807))
ORDER BY parent DESC, id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListExecutionsByWorker :many
-- List the executions that this worker holds, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.execution
WHERE worker >= sqlc.arg(worker)::bigint  -- an order that only the index on (worker, id) has
    AND (worker, id) < (sqlc.arg(worker), coalesce(sqlc.narg('after')::bigint, 9223372036854775807))
ORDER BY worker DESC, id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: CreateExecution :one
-- Insert an execution and return it.
INSERT INTO attune.execution (action, action_ref, config, parent, status, result, priority, run_at, idempotency_key)
VALUES (
    sqlc.narg(action),
    sqlc.arg(action_ref),
    sqlc.narg(config),
    sqlc.narg(parent),
    sqlc.arg(status),
    sqlc.narg(result),
    sqlc.arg(priority),
    sqlc.narg(run_at),
    sqlc.narg(idempotency_key)
)
RETURNING *;

-- name: CreateExecutions :many
-- Insert executions and return them, in the order of the arrays.
-- @sqlc-vet-disable bounded
-- @nullable action[], config[], parent[], result[], run_at[], idempotency_key[]
WITH created AS (
    INSERT INTO attune.execution (action, action_ref, config, parent, status, result, priority, run_at, idempotency_key)
    SELECT i.action, i.action_ref, i.config, i.parent, i.status, i.result, i.priority, i.run_at, i.idempotency_key
    FROM unnest(
            sqlc.arg(action)::bigint[],
            sqlc.arg(action_ref)::text[],
            sqlc.arg(config)::jsonb[],
            sqlc.arg(parent)::bigint[],
            sqlc.arg(status)::attune.execution_status[],
            sqlc.arg(result)::jsonb[],
            sqlc.arg(priority)::smallint[],
            sqlc.arg(run_at)::timestamptz[],
            sqlc.arg(idempotency_key)::text[]
        ) WITH ORDINALITY AS i (action, action_ref, config, parent, status, result, priority, run_at, idempotency_key, n)
    ORDER BY i.n  -- so that ids rise with the order
    RETURNING *
)
SELECT * FROM created
ORDER BY id;

-- name: CreateExecutionIds :many
-- Insert executions and return their ids, in the order of the arrays.
-- @sqlc-vet-disable bounded
-- @nullable action[], config[], parent[], result[], run_at[], idempotency_key[]
WITH created AS (
    INSERT INTO attune.execution (action, action_ref, config, parent, status, result, priority, run_at, idempotency_key)
    SELECT i.action, i.action_ref, i.config, i.parent, i.status, i.result, i.priority, i.run_at, i.idempotency_key
    FROM unnest(
            sqlc.arg(action)::bigint[],
            sqlc.arg(action_ref)::text[],
            sqlc.arg(config)::jsonb[],
            sqlc.arg(parent)::bigint[],
            sqlc.arg(status)::attune.execution_status[],
            sqlc.arg(result)::jsonb[],
            sqlc.arg(priority)::smallint[],
            sqlc.arg(run_at)::timestamptz[],
            sqlc.arg(idempotency_key)::text[]
        ) WITH ORDINALITY AS i (action, action_ref, config, parent, status, result, priority, run_at, idempotency_key, n)
    ORDER BY i.n  -- so that ids rise with the order
    RETURNING id
)
SELECT id FROM created
ORDER BY id;

-- name: CopyExecutions :copyfrom
-- Insert executions by COPY and return their number.
INSERT INTO attune.execution (action, action_ref, config, parent, status, result, priority, run_at, idempotency_key)
VALUES (
    sqlc.narg(action),
    sqlc.arg(action_ref),
    sqlc.narg(config),
    sqlc.narg(parent),
    sqlc.arg(status),
    sqlc.narg(result),
    sqlc.arg(priority),
    sqlc.narg(run_at),
    sqlc.narg(idempotency_key)
);

-- name: CreateExecutionIfAbsent :one
-- Insert an execution and return it, or None if there is one with its idempotency key.
INSERT INTO attune.execution (action, action_ref, config, parent, status, result, priority, run_at, idempotency_key)
VALUES (
    sqlc.narg(action),
    sqlc.arg(action_ref),
    sqlc.narg(config),
    sqlc.narg(parent),
    sqlc.arg(status),
    sqlc.narg(result),
    sqlc.arg(priority),
    sqlc.narg(run_at),
    sqlc.arg(idempotency_key)
)
ON CONFLICT (idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
RETURNING *;

-- name: GetExecutionByIdempotencyKey :one
-- Return the execution with this idempotency key, or None.
SELECT * FROM attune.execution
WHERE idempotency_key = sqlc.arg(idempotency_key)::text;

-- name: ClaimExecution :one
-- Set the status and the worker of an execution that is in the expected status, and return it. Return None if it is in
-- another one, if it does not exist, or if the worker has ended.
UPDATE attune.execution
SET status = sqlc.arg('to'),
    worker = sqlc.narg(worker)
WHERE id = sqlc.arg(id)
    AND status = sqlc.arg(status)
    AND (
        sqlc.narg(worker)::bigint IS NULL
        OR EXISTS (SELECT FROM attune.worker k WHERE k.id = sqlc.narg(worker) AND k.ended_at IS NULL)
    )
RETURNING *;

-- name: TransitionExecution :one
-- Set the status of an execution that is in one of the expected ones, and return it. Return None if it is in another status
-- or attempt, or does not exist.
UPDATE attune.execution
SET status = sqlc.arg('to')
WHERE id = sqlc.arg(id)
    AND status = ANY (sqlc.arg(expected)::attune.execution_status[])
    AND attempt = coalesce(sqlc.narg(attempt)::integer, attempt)
RETURNING *;

-- name: TransitionExecutions :many
-- Set the status of those executions that are in one of the expected ones. Return each that exists, by id, as it was
-- before, and whether it was changed.
-- @sqlc-vet-disable bounded
WITH locked AS MATERIALIZED (
    SELECT e.id, e.status, e.status = ANY (sqlc.arg(expected)::attune.execution_status[]) AS done
    FROM attune.execution e
    WHERE e.id = ANY (sqlc.arg(ids)::bigint[])
    ORDER BY e.id  -- two that lock the same rows do it in one order
    FOR NO KEY UPDATE
),
changed AS (
    UPDATE attune.execution e
    SET status = sqlc.arg('to')
    FROM locked l
    WHERE e.id = l.id AND l.done
)
SELECT l.id, l.status, l.done FROM locked l
ORDER BY l.id;

-- name: FinishExecution :one
-- Set a terminal status and the result of an execution that is not terminal, and return it. Return None if it is terminal,
-- in another attempt, or does not exist.
UPDATE attune.execution
SET status = sqlc.arg('to'),
    result = sqlc.narg(result)
WHERE id = sqlc.arg(id)
    AND NOT attune.is_terminal(status)
    AND attempt = coalesce(sqlc.narg(attempt)::integer, attempt)
RETURNING *;

-- name: ClaimNextExecutions :many
-- Make requested executions scheduling (or another status) and return them, in no order. Those without `run_at` are taken
-- by priority, then id; those whose `run_at` has passed, by that time. Returns none for a worker that has ended. No two
-- callers get the same one.
UPDATE attune.execution
SET status = sqlc.arg('to'),
    worker = sqlc.narg(worker)
WHERE id = ANY (ARRAY(
        -- One kind after the other, in a random order, until there are enough: neither kind waits for the other.
        -- LIMIT is written twice: for one unknown LIMIT the planner expects a tenth of the rows, and plans each claim again.
        SELECT c.id FROM (SELECT v.planned FROM unnest('{true,false}'::boolean[]) v (planned) ORDER BY random()) a,
            LATERAL (
                (SELECT p.id FROM (
                    SELECT e.id FROM attune.execution e
                    WHERE a.planned
                        AND e.status = 'requested'
                        AND e.run_at <= statement_timestamp()
                    ORDER BY e.run_at, e.id
                    LIMIT sqlc.arg('limit')::bigint
                    FOR NO KEY UPDATE SKIP LOCKED
                ) p LIMIT sqlc.arg('limit')::bigint)
                UNION ALL
                (SELECT q.id FROM (
                    SELECT e.id FROM attune.execution e
                    WHERE NOT a.planned
                        AND e.status = 'requested'
                        AND e.run_at IS NULL
                    ORDER BY e.priority DESC, e.id
                    LIMIT sqlc.arg('limit')::bigint
                    FOR NO KEY UPDATE SKIP LOCKED
                ) q LIMIT sqlc.arg('limit')::bigint)
            ) c
        LIMIT sqlc.arg('limit')::bigint
    ))
    AND (
        sqlc.narg(worker)::bigint IS NULL
        OR EXISTS (SELECT FROM attune.worker k WHERE k.id = sqlc.narg(worker) AND k.ended_at IS NULL)
    )
RETURNING *;

-- name: ClaimNextExecutionsByActionRef :many
-- Claim as ClaimNextExecutions does, but only executions of these actions.
UPDATE attune.execution
SET status = sqlc.arg('to'),
    worker = sqlc.narg(worker)
WHERE id = ANY (ARRAY(
        -- One kind after the other, in a random order, until there are enough: neither kind waits for the other.
        -- LIMIT is written twice: for one unknown LIMIT the planner expects a tenth of the rows, and plans each claim again.
        SELECT c.id FROM (
            SELECT v.planned, r.ref
            FROM unnest('{true,false}'::boolean[]) v (planned), unnest(sqlc.arg(action_refs)::text[]) r (ref)
            ORDER BY random()
        ) a,
            LATERAL (
                (SELECT p.id FROM (
                    SELECT e.id FROM attune.execution e
                    WHERE a.planned
                        AND e.status = 'requested'
                        AND e.run_at <= statement_timestamp()
                        AND e.action_ref >= a.ref  -- an order that only the index on the action has
                        AND e.action_ref <= a.ref
                    ORDER BY e.action_ref, e.run_at, e.id
                    LIMIT sqlc.arg('limit')::bigint
                    FOR NO KEY UPDATE SKIP LOCKED
                ) p LIMIT sqlc.arg('limit')::bigint)
                UNION ALL
                (SELECT q.id FROM (
                    SELECT e.id FROM attune.execution e
                    WHERE NOT a.planned
                        AND e.status = 'requested'
                        AND e.run_at IS NULL
                        AND e.action_ref >= a.ref  -- an order that only the index on the action has
                        AND e.action_ref <= a.ref
                    ORDER BY e.action_ref, e.priority DESC, e.id
                    LIMIT sqlc.arg('limit')::bigint
                    FOR NO KEY UPDATE SKIP LOCKED
                ) q LIMIT sqlc.arg('limit')::bigint)
            ) c
        LIMIT sqlc.arg('limit')::bigint
    ))
    AND (
        sqlc.narg(worker)::bigint IS NULL
        OR EXISTS (SELECT FROM attune.worker k WHERE k.id = sqlc.narg(worker) AND k.ended_at IS NULL)
    )
RETURNING *;

-- name: ReleaseExpiredExecutions :many
-- End the workers whose lease has expired, make the executions that ended workers hold requested again, and return them, in
-- no order. A canceling one becomes cancelled; one that has lost more workers than allowed, abandoned.
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
)
UPDATE attune.execution
SET status = CASE
        WHEN status = 'canceling' THEN 'cancelled'
        WHEN losses >= sqlc.arg(max_losses)::integer THEN 'abandoned'
        ELSE 'requested'
    END::attune.execution_status,
    losses = losses + 1
WHERE id = ANY (ARRAY(
    SELECT e.id FROM attune.execution e
    WHERE e.worker = ANY (ARRAY(
        SELECT l.id FROM lost l
        UNION ALL
        SELECT k.id FROM attune.worker k WHERE k.ended_at IS NOT NULL
    ))
    LIMIT sqlc.arg('limit')::bigint
    FOR NO KEY UPDATE SKIP LOCKED
))
RETURNING *;

-- name: RequeueExecution :one
-- Make an execution requested again that no worker holds, without its result, and return it. Return None if it is
-- requested, completed or cancelled, if a worker that has not ended holds it, or if it does not exist.
UPDATE attune.execution e
SET status = 'requested',
    result = NULL,
    losses = 0
WHERE e.id = sqlc.arg(id)
    AND e.status NOT IN ('requested', 'completed', 'cancelled')
    AND NOT EXISTS (SELECT FROM attune.worker k WHERE k.id = e.worker AND k.ended_at IS NULL)
RETURNING e.*;

-- name: CancelExecutionTree :many
-- Cancel an execution, those that it started and those of its workflow's tasks, at all levels. Return those that had not
-- ended, by id.
-- @sqlc-vet-disable bounded
WITH locked AS MATERIALIZED (
    SELECT e.id FROM attune.execution e
    WHERE e.id = ANY (ARRAY(SELECT tree.id FROM attune.execution_tree(sqlc.arg(execution)) tree))
        AND NOT attune.is_terminal(e.status)
    ORDER BY e.id
    FOR NO KEY UPDATE
),
cancelled AS (
    UPDATE attune.execution
    SET status = 'cancelled'
    WHERE id = ANY (ARRAY(SELECT l.id FROM locked l))
    RETURNING *
)
SELECT * FROM cancelled
ORDER BY id;

-- name: CountExecutionsByStatus :many
-- Count the executions in each status. Statuses that are not terminal are counted exactly, as are all if the table was
-- never analyzed; terminal ones are estimated from the planner's statistics.
-- @sqlc-vet-disable ordered bounded
SELECT
    s.status::attune.execution_status AS status,
    CASE
        WHEN s.exact
        THEN (
            SELECT count(*) FROM attune.execution e
            WHERE e.status >= s.status AND e.status <= s.status  -- a range: by the index, whatever the statistics say
        )
        ELSE coalesce(n.count, 0)
    END::bigint AS count,
    s.exact IS TRUE AS exact
FROM (
    SELECT
        u.status,
        NOT attune.is_terminal(u.status)
            OR NOT EXISTS (SELECT FROM attune.estimate_statuses('attune.execution')) AS exact
    FROM unnest(enum_range(NULL::attune.execution_status)) u (status)
) s
LEFT JOIN attune.estimate_statuses('attune.execution') n ON n.status = s.status;

-- name: PruneExecutions :one
-- Delete whole trees of executions that ended before a time, the oldest first, starting after a root that was seen. Return
-- the number of executions and of trees, and the last root that was seen. A tree is skipped if one of its executions, runs
-- or tasks has not ended or is locked.
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
    FOR UPDATE SKIP LOCKED
),
tree AS MATERIALIZED (
    SELECT r.id AS root, t.id FROM root r CROSS JOIN LATERAL attune.execution_tree(r.id) t
),
execution AS MATERIALIZED (  -- who has locked a row of these may want another: nobody is waited for
    SELECT e.id FROM attune.execution e
    WHERE e.id = ANY (ARRAY(SELECT tree.id FROM tree)) AND attune.is_terminal(e.status)
    FOR UPDATE SKIP LOCKED
),
run AS MATERIALIZED (
    SELECT w.execution FROM attune.workflow_execution w
    WHERE w.execution = ANY (ARRAY(SELECT tree.id FROM tree)) AND attune.is_terminal(w.status)
    FOR UPDATE SKIP LOCKED
),
task AS MATERIALIZED (
    SELECT t.execution FROM attune.workflow_task_execution t
    WHERE t.execution = ANY (ARRAY(SELECT tree.id FROM tree))
        AND attune.is_terminal(t.status)
        AND t.next_retry_at IS NULL
    FOR UPDATE SKIP LOCKED
),
kept AS (
    (SELECT tree.id FROM tree EXCEPT SELECT e.id FROM execution e)
    UNION ALL
    (
        SELECT w.execution FROM attune.workflow_execution w WHERE w.execution = ANY (ARRAY(SELECT tree.id FROM tree))
        EXCEPT SELECT run.execution FROM run
    )
    UNION ALL
    (
        SELECT t.execution FROM attune.workflow_task_execution t WHERE t.execution = ANY (ARRAY(SELECT tree.id FROM tree))
        EXCEPT SELECT task.execution FROM task
    )
),
whole AS MATERIALIZED (
    SELECT r.id FROM root r EXCEPT SELECT tree.root FROM tree JOIN kept ON kept.id = tree.id
),
dead AS MATERIALIZED (
    SELECT DISTINCT tree.id FROM tree JOIN whole ON whole.id = tree.root
),
tasks AS (
    DELETE FROM attune.workflow_task_execution t WHERE t.execution = ANY (ARRAY(SELECT d.id FROM dead d))
),
runs AS (
    DELETE FROM attune.workflow_execution w WHERE w.execution = ANY (ARRAY(SELECT d.id FROM dead d))
),
gone AS (
    DELETE FROM attune.execution e WHERE e.id = ANY (ARRAY(SELECT d.id FROM dead d)) RETURNING e.id
)
SELECT
    (SELECT count(*) FROM gone)::bigint AS executions,
    (SELECT count(*) FROM whole)::bigint AS trees,
    (SELECT max(r.finished_at) FROM root r)::timestamptz AS last_finished_at,
    (SELECT r.id FROM root r ORDER BY r.finished_at DESC, r.id DESC LIMIT 1)::bigint AS last_id;

-- name: DeleteExecution :execrows
-- Delete an execution and its workflow state; its children are kept. Return 0 if there was none.
DELETE FROM attune.execution
WHERE id = sqlc.arg(id);
