-- expect: query.sql: PutAuthor: sqlc did not replace sqlc.arg(), which happens in MERGE
CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);
-- queries
-- name: PutAuthor :exec
MERGE INTO authors USING (SELECT sqlc.arg(id)::bigint AS id) s ON authors.id = s.id
WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, 'new');
