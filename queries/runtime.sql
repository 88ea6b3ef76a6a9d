-- name: GetRuntime :one
-- The runtime with this id; None: there is none.
SELECT * FROM attune.runtime
WHERE id = sqlc.arg(id);

-- name: GetRuntimeByRef :one
-- The runtime with this ref; None: there is none.
SELECT * FROM attune.runtime
WHERE ref = sqlc.arg(ref);

-- name: ListRuntimes :many
-- A page of all runtimes, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.runtime
WHERE ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListRuntimesByPack :many
-- A page of the runtimes that a pack brings, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.runtime
WHERE pack = sqlc.arg(pack)::bigint
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: CreateRuntime :one
-- Inserts a runtime and returns it.
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
-- Deletes a runtime; its actions stay, without one. 0: there was none.
DELETE FROM attune.runtime
WHERE id = sqlc.arg(id);
