-- expect: query.sql: A: :execlastid has no meaning
-- expect: query.sql: B: @stream goes with :many alone
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
-- queries
-- name: A :execlastid
INSERT INTO authors (id, name) VALUES ($1, $2);
-- name: B :one
-- @stream
SELECT * FROM authors WHERE id = $1;
