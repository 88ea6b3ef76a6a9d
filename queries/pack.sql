-- name: GetPack :one
-- The pack with this id; None: there is none.
SELECT * FROM attune.pack
WHERE id = sqlc.arg(id);

-- name: GetPackByRef :one
-- The pack with this ref; None: there is none.
SELECT * FROM attune.pack
WHERE ref = sqlc.arg(ref);

-- name: ListPacks :many
-- A page of all packs, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.pack
WHERE ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListPacksByTag :many
-- A page of the packs that carry the tag, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.pack
WHERE id = ANY (ARRAY(SELECT p.id FROM attune.pack p WHERE p.tags @> ARRAY[sqlc.arg(tag)::text]))
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListStandardPacks :many
-- A page of the packs that come with the platform, by ref, after the ref `after`; a limit of None is no limit.
SELECT * FROM attune.pack
WHERE is_standard
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: CreatePack :one
-- Inserts a pack and returns it.
INSERT INTO attune.pack (ref, label, description, version, conf_schema, config, meta, tags, runtime_deps, is_standard)
VALUES (
    sqlc.arg(ref),
    sqlc.arg(label),
    sqlc.narg(description),
    sqlc.arg(version),
    sqlc.arg(conf_schema),
    sqlc.arg(config),
    sqlc.arg(meta),
    sqlc.arg(tags),
    sqlc.arg(runtime_deps),
    sqlc.arg(is_standard)
)
RETURNING *;

-- name: DeletePack :execrows
-- Deletes a pack with its actions, workflow definitions and runtimes; 0: there was none.
DELETE FROM attune.pack
WHERE id = sqlc.arg(id);
