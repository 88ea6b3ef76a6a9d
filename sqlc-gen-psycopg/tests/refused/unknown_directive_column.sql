-- expect: query.sql: ListNames: @nullable nmae: there is no such column or parameter; there are name
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
-- queries
-- name: ListNames :many
-- @nullable nmae
SELECT name FROM authors;
