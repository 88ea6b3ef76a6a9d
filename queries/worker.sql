-- name: GetWorker :one
-- Return the worker with this id, or None.
SELECT * FROM attune.worker
WHERE id = sqlc.arg(id);

-- name: ListWorkers :many
-- List all workers, newest first. A page starts after the id `after`; a limit of None lists all.
SELECT * FROM attune.worker
WHERE id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListExpiredWorkers :many
-- List the workers whose lease has expired and that have not ended, newest first. A page starts after the id `after`; a
-- limit of None lists all.
SELECT * FROM attune.worker
WHERE ended_at IS NULL
    AND heartbeat_at + lease_ms * interval '1 millisecond' < statement_timestamp()
    AND id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: RegisterWorker :one
-- Insert a worker with a first heartbeat and return it.
INSERT INTO attune.worker (name, lease_ms)
VALUES (sqlc.arg(name), sqlc.arg(lease_ms))
RETURNING *;

-- name: HeartbeatWorker :one
-- Renew the lease of a worker and return it, or None if it has ended or does not exist.
UPDATE attune.worker
SET heartbeat_at = statement_timestamp()
WHERE id = sqlc.arg(id)
    AND ended_at IS NULL
RETURNING *;

-- name: RetireWorker :one
-- End a worker, so that what it holds can be released, and return it, or None if it does not exist.
UPDATE attune.worker
SET ended_at = coalesce(ended_at, statement_timestamp())
WHERE id = sqlc.arg(id)
RETURNING *;

-- name: PruneWorkers :execrows
-- Delete up to 100 workers that ended more than a day ago and hold nothing. Return their number.
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
