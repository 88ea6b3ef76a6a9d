-- name: GetExecution :one
-- The execution with this id; None: there is none.
SELECT * FROM attune.execution
WHERE id = sqlc.arg(id);

-- name: ListExecutions :many
-- A page of all executions, newest first, from behind the id `after`; a limit of None is no limit.
SELECT * FROM attune.execution
WHERE id < coalesce(sqlc.narg('after')::bigint, 9223372036854775807)
ORDER BY id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListExecutionsByStatus :many
-- A page of the executions in this status, newest first, from behind the id `after`; a limit of None is no limit.
SELECT * FROM attune.execution
WHERE status >= sqlc.arg(status)::attune.execution_status  -- an order that only the index on (status, id) has
    AND (status, id) < (sqlc.arg(status), coalesce(sqlc.narg('after')::bigint, 9223372036854775807))
ORDER BY status DESC, id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: ListExecutionsByParent :many
-- A page of the executions that this one started, newest first, from behind the id `after`; a limit of None is no limit.
SELECT * FROM attune.execution
WHERE parent >= sqlc.arg(parent)::bigint  -- an order that only the index on (parent, id) has
    AND (parent, id) < (sqlc.arg(parent), coalesce(sqlc.narg('after')::bigint, 9223372036854775807))
ORDER BY parent DESC, id DESC
LIMIT sqlc.narg('limit')::bigint;

-- name: CreateExecution :one
-- Inserts an execution and returns it.
INSERT INTO attune.execution (action, action_ref, config, parent, status, result)
VALUES (
    sqlc.narg(action),
    sqlc.arg(action_ref),
    sqlc.narg(config),
    sqlc.narg(parent),
    sqlc.arg(status),
    sqlc.narg(result)
)
RETURNING *;

-- name: TransitionExecution :one
-- Sets the status if it is one of those expected; None: it is another, or there is no such execution.
UPDATE attune.execution
SET status = sqlc.arg('to')
WHERE id = sqlc.arg(id)
    AND status = ANY (sqlc.arg(expected)::attune.execution_status[])
RETURNING *;

-- name: ClaimNextExecutions :many
-- Makes the oldest requested executions scheduling and returns them, in no order; no two callers get the same one.
UPDATE attune.execution
SET status = 'scheduling'
WHERE id = ANY (ARRAY(
    SELECT e.id FROM attune.execution e
    WHERE e.status = 'requested'
    ORDER BY e.id
    LIMIT sqlc.arg('limit')::bigint
    FOR NO KEY UPDATE SKIP LOCKED
))
RETURNING *;

-- name: DeleteExecution :execrows
-- Deletes an execution with the workflow state that is attached to it; its children stay. 0: there was none.
DELETE FROM attune.execution
WHERE id = sqlc.arg(id);
