CREATE TYPE genre AS ENUM ('fiction', 'poetry', 'non-fiction');
CREATE TYPE format AS ENUM ('hardcover', 'paperback', 'e-book');

CREATE TABLE authors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    born date,
    bio text
);
COMMENT ON TABLE authors IS 'Someone who writes books.';
COMMENT ON COLUMN authors.born IS 'The day of birth, where it is known.';

CREATE TABLE books (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    author_id bigint NOT NULL REFERENCES authors ON DELETE CASCADE,
    title text NOT NULL,
    genre genre NOT NULL,
    formats format[] NOT NULL,
    price numeric(8, 2),
    details jsonb NOT NULL DEFAULT '{}',
    added_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE tags (name text PRIMARY KEY);

CREATE TABLE book_tags (
    book_id bigint NOT NULL REFERENCES books ON DELETE CASCADE,
    tag text NOT NULL REFERENCES tags ON DELETE CASCADE,
    PRIMARY KEY (book_id, tag)
);
