-- name: GetClass :one
SELECT * FROM classes WHERE class = sqlc.arg(class) AND "from" > sqlc.arg('from');

-- name: import :one
SELECT uuid FROM classes WHERE uuid = $1;

-- name: Twice :many
SELECT id, id, class AS "class" FROM classes WHERE id BETWEEN $1 AND $2 ORDER BY id;

-- name: List :many
SELECT id FROM classes ORDER BY id;

-- name: Ranges :many
SELECT * FROM ranges ORDER BY id;

-- name: Datetime :one
SELECT datetime FROM ranges WHERE datetime > sqlc.arg(datetime) LIMIT 1;
