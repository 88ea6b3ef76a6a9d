-- expect: query.sql: GetAuthor: sqlc parses =@ as an operator; write a space: = @name
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
-- queries
-- name: GetAuthor :one
SELECT * FROM authors WHERE id=@id;
