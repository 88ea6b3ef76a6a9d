-- name: GetAuthor :one
SELECT * FROM authors WHERE id = $1;

-- name: Places :many
SELECT name, place FROM authors ORDER BY id;
