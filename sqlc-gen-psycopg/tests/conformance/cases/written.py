"""Values that are written to tables: which of them may be NULL, and their types."""

from __future__ import annotations

from .nullability import add

add(
    "several_columns_at_once",
    """
    -- name: Row :exec
    UPDATE a SET (name, note, big) = ($1, $2, $3) WHERE id = $4;

    -- name: RowOfCasts :exec
    UPDATE a SET (note, name, n) = ROW($1, upper($2), $3 + 1);

    -- name: Select :exec
    UPDATE a SET (note, n) = (SELECT b.label, b.a_id FROM b WHERE b.id = $1);

    -- name: OnConflict :exec
    INSERT INTO a (id, name) VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET (name, note) = (excluded.name, $3);
    """,
)
add(
    "rows_that_are_inserted",
    """
    -- name: Several :exec
    INSERT INTO a (id, name, note) VALUES ($1, $2, $3), ($4, $5, $6);

    -- name: WithDefaults :exec
    INSERT INTO a (id, name, big, tags) VALUES ($1, $2, DEFAULT, $3);

    -- name: Selected :exec
    INSERT INTO a (id, name, note) SELECT $1, $2, $3;

    -- name: SelectedFrom :exec
    INSERT INTO a (id, name, note) SELECT b.id + 100, $1, $2 FROM b;

    -- name: Returned :one
    INSERT INTO a (id, name, note) VALUES ($1, $2, $3) RETURNING id, name, note, coalesce(note, name) AS text;

    -- name: Maybe :one
    INSERT INTO a (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id;

    -- name: Always :one
    INSERT INTO a (id, name) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING id;

    -- name: Sometimes :one
    INSERT INTO a (id, name) VALUES ($1, $2)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name WHERE a.n > 0 RETURNING id;

    -- name: FromNothing :one
    INSERT INTO a (id, name) SELECT $1, $2 WHERE $3::bool RETURNING id;

    -- name: FromOneRow :one
    INSERT INTO a (id, name) SELECT $1, $2 RETURNING id;

    -- name: WithCte :one
    WITH x AS (SELECT count(*) AS n FROM b) INSERT INTO a (id, name, big) SELECT $1, 'x', x.n FROM x RETURNING big;
    """,
    {
        "returned": "ReturnedRow",
        "maybe": "int | None",
        "always": "int",
        "sometimes": "int | None",
        "from_nothing": "int | None",
        "from_one_row": "int",
        "with_cte": "int",
    },
)
add(
    "rows_that_sqlc_alone_refuses",
    """
    -- name: SelectedUnion :exec
    INSERT INTO a (id, name, note) SELECT 101, 'x', $1::text UNION ALL SELECT 102, $2, NULL;

    -- name: OneElement :exec
    INSERT INTO a (id, name, tags[1]) VALUES ($1, $2, $3);

    -- name: FirstColumns :exec
    INSERT INTO b VALUES ($1, $2, $3);

    -- name: AllColumns :exec
    INSERT INTO b VALUES ($1, $2, $3, $4, $5);
    """,
    modes=("database",),
)
add(
    "rows_that_are_changed",
    """
    -- name: Sums :many
    UPDATE a SET n = n + $1, big = big + $2, note = note || $3, name = name || $4 RETURNING id;

    -- name: Chosen :exec
    UPDATE a SET name = CASE WHEN $1::bool THEN $2 ELSE name END, note = CASE WHEN $3::bool THEN $4 ELSE note END;

    -- name: Defaulted :exec
    UPDATE a SET big = DEFAULT, tags = $1 WHERE id = $2;

    -- name: Element :exec
    UPDATE a SET tags[1] = $1, tags[2:3] = $2;

    -- name: Twice :exec
    UPDATE a SET note = $1 WHERE name = $1;

    -- name: BothWays :exec
    UPDATE a SET name = $1, note = $1;

    -- name: FromOther :many
    UPDATE a SET note = b.label, n = b.value FROM b WHERE b.value > 0 AND b.a_id = a.id
    RETURNING a.note, a.n, b.value + 1 AS more;

    -- name: Deleted :many
    DELETE FROM a WHERE n > $1 AND note IS NOT NULL RETURNING n, note, note || 'x' AS longer;
    """,
)
add(
    "merged_rows",
    """
    -- name: MergeAll :execrows
    MERGE INTO a USING (SELECT $1::int AS id, $2::text AS note) AS s ON a.id = s.id
    WHEN MATCHED AND a.n > $3 THEN DELETE
    WHEN MATCHED THEN UPDATE SET note = $4, name = $5, big = a.big + $6
    WHEN NOT MATCHED AND s.id > $7 THEN INSERT (id, name, note, n) VALUES (s.id, $8, $9, $10)
    WHEN NOT MATCHED THEN DO NOTHING;

    -- name: MergeValues :execrows
    MERGE INTO b USING a ON a.id = b.id
    WHEN NOT MATCHED THEN INSERT VALUES (a.id, $1, $2, $3, $4);
    """,
)
add(
    "merge_that_returns",
    """
    -- name: Merged :many
    MERGE INTO a USING (SELECT id + 2 AS id, label, value FROM b) AS s ON a.id = s.id
    WHEN MATCHED THEN UPDATE SET note = s.label
    WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.label)
    RETURNING a.id, a.note, s.label, s.label || 'x' AS longer;

    -- name: MergedBySource :many
    MERGE INTO a USING (SELECT id + 3 AS id, label FROM b) AS s ON a.id = s.id
    WHEN MATCHED THEN UPDATE SET note = s.label
    WHEN NOT MATCHED BY SOURCE THEN UPDATE SET note = 'gone'
    RETURNING a.id, a.note, s.label, s.label || 'x' AS longer;

    -- name: MergedWhere :many
    MERGE INTO a USING b ON a.id = b.id AND b.value > 0
    WHEN NOT MATCHED THEN INSERT (id, name) VALUES (b.id + 100, b.label)
    RETURNING a.id, b.value + 1 AS more;
    """,
    modes=("database",),
    since=17,
)
add(
    "tested_parameters",
    """
    -- name: Filled :many
    SELECT id FROM a WHERE n = coalesce(sqlc.narg(n), n);

    -- name: Optional :many
    SELECT id FROM a WHERE sqlc.narg(note)::text IS NULL OR note = sqlc.narg(note);

    -- name: Distinct :many
    SELECT id FROM a WHERE note IS DISTINCT FROM sqlc.narg(note);

    -- name: Equal :many
    SELECT id FROM a WHERE nullif(sqlc.narg(note), '') = note;
    """,
)
