-- expect: public.rows.shape: no Python type for PostgreSQL's 'blob_type'; cast it to a type that has one, or name a type of your own under `overrides` (db_type, python_type)
CREATE TYPE blob_type;
CREATE TABLE rows (id bigint PRIMARY KEY, shape blob_type NOT NULL);
-- queries
-- name: ListRows :many
SELECT id, shape FROM rows;
