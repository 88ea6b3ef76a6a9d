-- expect: query.sql: ListNames: @nullable nmae: no such column or parameter; expected one of name
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
-- queries
-- name: ListNames :many
-- @nullable nmae
SELECT name FROM authors;
