-- expect: query.sql: CreateAuthor: :execlastid is not supported by PostgreSQL; use INSERT ... RETURNING id with :one
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
-- queries
-- name: CreateAuthor :execlastid
INSERT INTO authors (id, name) VALUES ($1, $2);
