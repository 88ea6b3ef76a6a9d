-- name: GetAuthor :one
-- The author with this id; None without one.
SELECT * FROM authors WHERE id = $1;

-- name: ListAuthors :many
-- All authors, by name.
SELECT * FROM authors ORDER BY name, id;

-- name: CreateAuthor :one
-- Add an author.
INSERT INTO authors (name, born, bio)
VALUES (sqlc.arg(name), sqlc.narg(born), sqlc.narg(bio))
RETURNING *;

-- name: UpdateAuthor :one
-- Change an author: what is not given stays as it is, and None clears the biography.
UPDATE authors SET
    name = CASE WHEN sqlc.arg(set_name)::bool THEN sqlc.arg(name) ELSE name END,
    bio = CASE WHEN sqlc.arg(set_bio)::bool THEN sqlc.narg(bio) ELSE bio END
WHERE id = sqlc.arg(id)
RETURNING *;

-- name: DeleteAuthor :execrows
-- Delete an author with all books; 0 where there was none.
DELETE FROM authors WHERE id = $1;

-- name: AddBooks :batchone
-- Add books, all in one round trip.
INSERT INTO books (author_id, title, genre, formats, price, details)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING *;

-- name: FindBooks :many
-- The books of these genres that are available in every one of the formats.
SELECT * FROM books
WHERE genre = ANY(sqlc.arg(genres)::genre[]) AND formats @> sqlc.arg(formats)::format[]
ORDER BY title, id;

-- name: ListAuthorsWithBooks :many
-- Every author with each book; `book` is None for those who have written none yet.
SELECT sqlc.embed(author), sqlc.embed(book)
FROM authors author
LEFT JOIN books book ON book.author_id = author.id
ORDER BY author.name, author.id, book.title, book.id;

-- name: PricesPerGenre :many
-- How many books there are of each genre, and what they cost.
SELECT genre, count(*) AS books, max(price) AS highest, string_agg(title, ', ' ORDER BY title) AS titles
FROM books
GROUP BY genre
ORDER BY genre;

-- name: EachTitle :many
-- @stream
-- The titles one after the other, without holding them all in memory.
SELECT title FROM books ORDER BY id;

-- name: AddTags :copyfrom
-- Add tags with COPY.
INSERT INTO tags (name) VALUES ($1);

-- name: TagBooks :batchexec
-- Put tags on books; those that are there already stay.
INSERT INTO book_tags (book_id, tag) VALUES ($1, $2) ON CONFLICT DO NOTHING;

-- name: CountTags :one
SELECT count(*) FROM tags;
