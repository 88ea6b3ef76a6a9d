-- name: GetWorker :one
-- The worker with this id; None: there is none.
SELECT * FROM attune.worker
WHERE id = sqlc.arg(id);

-- name: ListWorkers :many
-- A page of all workers, newest first, after the id `after`; a limit of None is no limit.
SELECT * FROM attune.worker
WHERE id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListExpiredWorkers :many
-- A page of the workers whose lease has run out and that have not ended, newest first, after the id `after`; a limit of
-- None is no limit.
SELECT * FROM attune.worker
WHERE ended_at IS NULL
    AND heartbeat_at + lease_ms * interval '1 millisecond' < statement_timestamp()
    AND id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: RegisterWorker :one
-- Inserts a worker, which beats for the first time, and returns it.
INSERT INTO attune.worker (name, lease_ms)
VALUES (sqlc.arg(name), sqlc.arg(lease_ms))
RETURNING *;

-- name: HeartbeatWorker :one
-- Says that a worker lives; None: it has ended, or there is none.
UPDATE attune.worker
SET heartbeat_at = statement_timestamp()
WHERE id = sqlc.arg(id)
    AND ended_at IS NULL
RETURNING *;

-- name: RetireWorker :one
-- Ends a worker, once; what it holds can be released then. None: there is none.
UPDATE attune.worker
SET ended_at = coalesce(ended_at, statement_timestamp())
WHERE id = sqlc.arg(id)
RETURNING *;

-- name: PruneWorkers :execrows
-- Deletes workers that ended more than a day ago and hold nothing, at most 100; how many they were.
DELETE FROM attune.worker
WHERE id = ANY (ARRAY(
    SELECT k.id FROM attune.worker k
    WHERE k.ended_at < statement_timestamp() - interval '1 day'
        AND NOT EXISTS (SELECT FROM attune.workflow_task_execution t WHERE t.worker = k.id)
        AND NOT EXISTS (SELECT FROM attune.execution e WHERE e.worker = k.id)
    ORDER BY k.id
    LIMIT 100
    FOR UPDATE SKIP LOCKED
));
