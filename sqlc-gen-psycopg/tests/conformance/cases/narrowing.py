"""The limits of what a condition implies about NULLs."""

from __future__ import annotations

from .nullability import add

add(
    "known_within_an_outer_join",
    """
    -- name: LeftOfKnown :many
    SELECT a.id, b.value, b.value + 1 AS more, c.n FROM a
    LEFT JOIN (b JOIN a AS c ON c.n = b.value) ON b.a_id = a.id + 2;

    -- name: RightOfKnown :many
    SELECT b.label, -c.n AS minus FROM (a AS c JOIN a AS d ON c.n = d.id) RIGHT JOIN b ON b.a_id = c.id + 2;

    -- name: FullOfKnown :many
    SELECT c.n + d.value AS sum, c.n * 2 AS twice, d.value * 2 AS double
    FROM (a AS c JOIN a AS e ON c.n = e.id)
    FULL JOIN (b AS d JOIN b AS f ON d.value = f.id) ON d.a_id = c.id + 2;
    """,
)
add(
    "known_before_an_assignment",
    """
    -- name: WriteNotes :many
    UPDATE a SET note = sqlc.narg(note) WHERE note IS NOT NULL RETURNING note;

    -- name: ClearNumbers :many
    UPDATE a SET n = NULL WHERE n > 0 RETURNING id, n;

    -- name: KeepNumbers :many
    UPDATE a SET note = 'x' WHERE n > 0 RETURNING n;
    """,
    {"write_notes": "list[str | None]", "keep_numbers": "list[int]"},
)
add(
    "known_in_a_set_operation",
    """
    -- name: ExceptCertain :many
    SELECT note FROM a EXCEPT SELECT name FROM a;

    -- name: CertainExcept :many
    SELECT name FROM a EXCEPT SELECT note FROM a;

    -- name: CertainInSecond :many
    SELECT note FROM a INTERSECT SELECT name FROM a;

    -- name: CertainInFirst :many
    SELECT name FROM a INTERSECT SELECT note FROM a;

    -- name: InBoth :many
    SELECT note FROM a INTERSECT SELECT note FROM a;

    -- name: ArraysExcept :many
    SELECT array_agg(name) AS names FROM a GROUP BY n EXCEPT SELECT array_agg(note) FROM a GROUP BY n;
    """,
    {
        "except_certain": "list[str | None]",
        "certain_except": "list[str]",
        "certain_in_second": "list[str]",
        "certain_in_first": "list[str]",
        "in_both": "list[str | None]",
    },
)
add(
    "known_of_a_relation_used_twice",
    """
    -- name: TableTwice :many
    SELECT a.note, c.note AS other FROM a, a AS c WHERE c.note IS NOT NULL;

    -- name: CteTwice :many
    WITH x AS (SELECT id, note FROM a)
    SELECT x.note FROM x WHERE x.id NOT IN (SELECT y.id + 3 FROM x AS y WHERE y.note IS NOT NULL);

    -- name: CteInItsOwnFilter :many
    WITH x AS (SELECT id, note FROM a)
    SELECT x.note FROM x WHERE EXISTS (SELECT 1 FROM x WHERE note IS NOT NULL);
    """,
)
