-- name: GetAuthor :one
SELECT * FROM authors WHERE id = $1;

-- name: SetSettings :exec
UPDATE authors SET settings = $1, price = $2 WHERE id = $3;

-- name: Priced :many
SELECT * FROM priced ORDER BY id;
