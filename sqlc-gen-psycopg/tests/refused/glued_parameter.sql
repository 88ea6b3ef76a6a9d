-- expect: query.sql: GetAuthor: sqlc reads =@ as an operator; write a blank: = @name
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
-- queries
-- name: GetAuthor :one
SELECT * FROM authors WHERE id=@id;
