-- expect: query.sql: CreateAuthor: :execlastid has no meaning in PostgreSQL; write INSERT ... RETURNING id and :one
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
-- queries
-- name: CreateAuthor :execlastid
INSERT INTO authors (id, name) VALUES ($1, $2);
