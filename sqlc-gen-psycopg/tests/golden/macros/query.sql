-- name: BooksWithPeople :many
SELECT sqlc.embed(b), sqlc.embed(author), sqlc.embed(translator)
FROM books b JOIN authors author ON author.id = b.author_id LEFT JOIN authors translator ON translator.id = b.translator_id
ORDER BY b.id;

-- name: BooksByIds :many
SELECT * FROM books WHERE id IN (sqlc.slice(ids)) ORDER BY id;

-- name: FindBooks :many
SELECT * FROM books WHERE (sqlc.narg(title)::text IS NULL OR title = sqlc.narg(title)) ORDER BY id;

-- name: UpdateAuthor :one
UPDATE authors SET
    name = CASE WHEN sqlc.arg(set_name)::bool THEN sqlc.arg(name) ELSE name END,
    bio = CASE WHEN sqlc.arg(set_bio)::bool THEN sqlc.narg(bio) ELSE bio END
WHERE id = sqlc.arg(id) RETURNING *;
