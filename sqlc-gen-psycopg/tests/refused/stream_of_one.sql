-- expect: query.sql: GetAuthor: @stream goes with :many alone
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
-- queries
-- name: GetAuthor :one
-- @stream
SELECT * FROM authors WHERE id = $1;
