-- expect: query.sql: GetAuthor: @stream requires :many
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
-- queries
-- name: GetAuthor :one
-- @stream
SELECT * FROM authors WHERE id = $1;
