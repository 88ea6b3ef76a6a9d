-- name: GetTag :one
-- The tag with this id.
SELECT * FROM tags WHERE id = $1;

-- name: CreateTag :one
INSERT INTO tags (name) VALUES ($1) RETURNING id;

-- name: ListTags :many
SELECT * FROM tags ORDER BY id;

-- name: EachName :many
-- @stream
SELECT name FROM tags;

-- name: ClearTags :exec
DELETE FROM tags;

-- name: DeleteTag :execrows
DELETE FROM tags WHERE id = $1;

-- name: TouchTags :execresult
UPDATE tags SET at = $1;

-- name: CopyTags :copyfrom
INSERT INTO tags (name, at) VALUES ($1, $2);

-- name: RenameTags :batchexec
UPDATE tags SET name = $1 WHERE id = $2;

-- name: GetTags :batchone
SELECT * FROM tags WHERE id = $1;

-- name: FindTags :batchmany
SELECT id, name FROM tags WHERE name = $1 ORDER BY id;
