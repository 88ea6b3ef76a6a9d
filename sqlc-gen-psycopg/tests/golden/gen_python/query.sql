-- name: GetAuthor :one
SELECT * FROM authors WHERE id = $1 LIMIT 1;

-- name: CreateAuthor :one
INSERT INTO authors (name, bio, status) VALUES ($1, $2, $3) RETURNING *;

-- name: DeleteAuthor :exec
DELETE FROM authors WHERE id = $1;
