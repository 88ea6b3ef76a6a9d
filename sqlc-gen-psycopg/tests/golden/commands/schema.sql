CREATE TABLE tags (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, at timestamptz);
COMMENT ON TABLE tags IS 'A word about a book.';
COMMENT ON COLUMN tags.at IS 'When it was added, where that is known.';
