-- name: People :many
SELECT * FROM app.person;

-- name: PutPerson :one
INSERT INTO app.person (email, name, mood, home, tags, attributes, born, ticket)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING *;

-- name: RenamePerson :execrows
UPDATE app.person SET name = sqlc.arg(name), mood = sqlc.narg(mood) WHERE id = sqlc.arg(id);

-- name: FullNames :many
SELECT p.id, app.full_name(p) AS full_name FROM app.person p;

-- name: Items :many
SELECT sqlc.embed(i), p.name, p.mood FROM app.item i JOIN app.person p ON p.id = i.owner_id;

-- name: ItemsOrNone :many
SELECT p.id, i.id AS item_id, i.price, i.span, i.spans, i.meta
FROM app.person p LEFT JOIN app.item i ON i.owner_id = p.id;

-- name: PutItem :one
INSERT INTO app.item (owner_id, parent_id, price, span, spans, meta)
VALUES ($1, $2, $3, $4, $5, $6) RETURNING id;

-- name: Readings :many
SELECT * FROM app.reading WHERE taken >= sqlc.arg(since);

-- name: Readings2024 :many
SELECT * FROM app.reading_2024;

-- name: ReadingsOfSensor :many
SELECT * FROM app.reading_2024_1;

-- name: PutReading :exec
INSERT INTO app.reading (taken, sensor, value, note) VALUES ($1, $2, $3, $4);

-- name: Parties :many
SELECT * FROM app.party;

-- name: Firms :many
SELECT * FROM app.firm;

-- name: PutFirm :exec
INSERT INTO app.firm (id, title, remark, founded) VALUES ($1, $2, $3, $4);

-- name: PutLog :one
INSERT INTO app.log (data) VALUES ($1) RETURNING id, at, data;

-- name: Plain :many
SELECT * FROM plain;

-- name: PutPlain :exec
INSERT INTO plain (a, b, "Odd Name") VALUES ($1, $2, $3);

-- name: Owners :many
SELECT * FROM app.owners WHERE items >= sqlc.arg(items);

-- name: Named :many
SELECT * FROM app.named;

-- name: Daily :many
SELECT * FROM app.daily;

-- name: Product :one
SELECT app.product(value) AS product FROM app.reading;
