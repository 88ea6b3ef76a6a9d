-- name: GetAuthor :one
SELECT * FROM authors WHERE id = $1;

-- name: ListAuthors :many
SELECT * FROM authors ORDER BY name;

-- name: CreateAuthor :one
INSERT INTO authors (name, born, bio, country, settings) VALUES ($1, $2, $3, $4, $5) RETURNING *;

-- name: SetSettings :exec
UPDATE authors SET settings = $1 WHERE id = $2;

-- name: SetCountry :execrows
UPDATE authors SET country = $1 WHERE id = $2;

-- name: Initials :one
SELECT upper(left($1::text, 1)) || upper(left($2::text, 1)) AS initials;
