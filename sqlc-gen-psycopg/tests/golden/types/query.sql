-- name: GetThing :one
SELECT * FROM shop.things WHERE id = $1;

-- name: CreateThing :exec
INSERT INTO shop.things (id, mood, moods, mail, address, grid, span, price, paid, host, data, more, pause, raw, place)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15);

-- name: ListMoods :many
SELECT mood, moods FROM shop.things WHERE mood = ANY(sqlc.arg(wanted)::shop.mood[]) ORDER BY id;
