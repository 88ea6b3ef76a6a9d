-- expect: query.sql: A: :execlastid is not supported by PostgreSQL
-- expect: query.sql: B: @stream requires :many
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
-- queries
-- name: A :execlastid
INSERT INTO authors (id, name) VALUES ($1, $2);
-- name: B :one
-- @stream
SELECT * FROM authors WHERE id = $1;
