-- name: GetPack :one
-- Return the pack with this id, or None.
SELECT * FROM attune.pack
WHERE id = sqlc.arg(id);

-- name: GetPackByRef :one
-- Return the pack with this ref, or None.
SELECT * FROM attune.pack
WHERE ref = sqlc.arg(ref);

-- name: ListPacks :many
-- List all packs, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.pack
WHERE ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListPacksByTag :many
-- List the packs that carry the tag, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.pack
WHERE id = ANY (ARRAY(SELECT p.id FROM attune.pack p WHERE p.tags @> ARRAY[sqlc.arg(tag)::text]))
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: ListStandardPacks :many
-- List the packs that come with the platform, by ref. A page starts after the ref `after`; a limit of None lists all.
SELECT * FROM attune.pack
WHERE is_standard
    AND ref > coalesce(sqlc.narg('after')::text, '')
ORDER BY ref
LIMIT sqlc.narg('limit')::bigint;

-- name: CreatePack :one
-- Insert a pack and return it.
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
-- Delete a pack with its actions, workflow definitions and runtimes. Return 0 if there was none.
DELETE FROM attune.pack
WHERE id = sqlc.arg(id);
