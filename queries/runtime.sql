-- name: GetRuntime :one
-- Return the runtime with this id, or None.
SELECT * FROM attune.runtime
WHERE id = sqlc.arg(id);

-- name: GetRuntimeByRef :one
-- Return the runtime with this ref, or None.
SELECT * FROM attune.runtime
WHERE ref = sqlc.arg(ref);

-- name: ListRuntimes :many
-- List all runtimes, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.runtime
WHERE ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListRuntimesByPack :many
-- List the runtimes that a pack brings, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.runtime
WHERE pack = sqlc.arg(pack)::bigint
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: CreateRuntime :one
-- Insert a runtime and return it.
INSERT INTO attune.runtime (ref, pack, pack_ref, description, name, distributions, installation)
VALUES (
    sqlc.arg(ref),
    sqlc.narg(pack),
    sqlc.narg(pack_ref),
    sqlc.narg(description),
    sqlc.arg(name),
    sqlc.arg(distributions),
    sqlc.narg(installation)
)
RETURNING *;

-- name: DeleteRuntime :execrows
-- Delete a runtime; its actions are kept, without a runtime. Return 0 if there was none.
DELETE FROM attune.runtime
WHERE id = sqlc.arg(id);
