"""Rows of a table, through CTEs, subqueries and set operations, and other rows."""

from __future__ import annotations

from ..case import Q, Script, case

PETS = """
CREATE TABLE owners (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE pets (
    id int PRIMARY KEY, name text NOT NULL, born date, owner int, tags text[] NOT NULL DEFAULT '{}'
);
CREATE TABLE old_pets (LIKE pets);
CREATE VIEW named AS SELECT id, name, born FROM pets;
"""


@case(
    schema=PETS,
    queries="""
    -- name: Rename :one
    WITH p AS (UPDATE pets SET name = @name WHERE id = @id RETURNING *) SELECT * FROM p;

    -- name: Make :one
    WITH p AS (INSERT INTO pets (id, name, born) VALUES ($1, $2, $3) RETURNING *) SELECT * FROM p;

    -- name: Both :many
    SELECT * FROM pets WHERE id = 1 UNION ALL SELECT * FROM pets WHERE id = 2;

    -- name: Thrice :many
    SELECT * FROM pets UNION SELECT * FROM pets WHERE born IS NULL
    UNION ALL SELECT p.* FROM owners AS o JOIN pets AS p ON p.owner = o.id;

    -- name: ButNew :many
    SELECT * FROM pets EXCEPT SELECT * FROM old_pets;

    -- name: AndOld :many
    SELECT * FROM pets INTERSECT SELECT * FROM old_pets;

    -- name: Inner :many
    SELECT s.* FROM (SELECT * FROM pets WHERE id > 0 ORDER BY id LIMIT 5) AS s ORDER BY s.id;

    -- name: Distinct :many
    SELECT DISTINCT * FROM pets ORDER BY id;

    -- name: Oldest :many
    SELECT DISTINCT ON (owner) * FROM pets ORDER BY owner, born;

    -- name: NestedTwice :many
    WITH a AS (SELECT * FROM pets), b AS (SELECT * FROM a WHERE id > 0) SELECT b.* FROM b;

    -- name: Lateral :many
    SELECT l.* FROM owners AS o
    JOIN LATERAL (SELECT * FROM pets AS p WHERE p.owner = o.id ORDER BY p.id LIMIT 1) AS l ON true;

    -- name: OfView :many
    WITH v AS (SELECT * FROM named) SELECT * FROM v UNION SELECT * FROM named;

    -- name: InGroups :many
    SELECT id, name, born, owner, tags FROM pets GROUP BY id;
    """,
    annotations={
        "rename": "Pet | None",
        "make": "Pet",
        "both": "list[Pet]",
        "thrice": "list[Pet]",
        "but_new": "list[Pet]",
        "and_old": "list[Pet]",
        "inner": "list[Pet]",
        "distinct": "list[Pet]",
        "oldest": "list[Pet]",
        "nested_twice": "list[Pet]",
        "lateral": "list[Pet]",
        "of_view": "list[Named]",
        "in_groups": "list[Pet]",
    },
)
def of_a_table(q: Q) -> Script:
    made = yield q.make(id=1, name="Rex", born=None)
    assert made == q.models.Pet(id=1, name="Rex", born=None, owner=None, tags=[])
    renamed = yield q.rename(id=1, name="Max")
    assert type(renamed) is q.models.Pet
    assert renamed.name == "Max"
    assert (yield q.rename(id=2, name="Max")) is None
    assert (yield q.both()) == [renamed]
    assert (yield q.but_new()) == [renamed]


@case(
    schema=PETS,
    queries="""
    -- name: Missing :many
    SELECT s.* FROM owners AS o LEFT JOIN (SELECT * FROM pets) AS s ON s.owner = o.id;

    -- name: MissingInside :many
    WITH s AS (SELECT p.* FROM owners AS o LEFT JOIN pets AS p ON p.owner = o.id) SELECT * FROM s;

    -- name: MissingLateral :many
    SELECT l.* FROM owners AS o
    LEFT JOIN LATERAL (SELECT * FROM pets AS p WHERE p.owner = o.id LIMIT 1) AS l ON true;

    -- name: MissingInUnion :many
    SELECT p.* FROM pets AS p UNION ALL SELECT p.* FROM owners AS o LEFT JOIN pets AS p ON p.owner = o.id;

    -- name: Sums :many
    SELECT id, name, born, owner, tags FROM pets GROUP BY ROLLUP (id, name, born, owner, tags);

    -- name: SumsInside :many
    WITH s AS (SELECT id, name, born, owner, tags FROM pets GROUP BY ROLLUP (id, name, born, owner, tags))
    SELECT * FROM s;

    -- name: WithNull :many
    SELECT id, name, born, owner, tags FROM pets UNION SELECT id, NULL, born, owner, tags FROM pets;

    -- name: OfTwo :many
    SELECT * FROM pets UNION ALL SELECT id, name, born, owner, tags FROM old_pets;

    -- name: Mixed :many
    SELECT a.id, b.name, b.born, b.owner, b.tags FROM pets AS a JOIN pets AS b ON a.id = b.id;

    -- name: MixedInside :many
    WITH a AS (SELECT * FROM pets)
    SELECT a.id, p.name, p.born, p.owner, p.tags FROM a JOIN pets AS p ON p.id = a.id;

    -- name: Renamed :many
    WITH a (key, name, born, owner, tags) AS (SELECT * FROM pets) SELECT * FROM a;

    -- name: Swapped :many
    SELECT name, id, born, owner, tags FROM (SELECT * FROM pets) AS s;

    -- name: Changed :many
    SELECT id, name, born, owner, tags[1:1] AS tags FROM pets;

    -- name: Known :many
    SELECT s.* FROM owners AS o LEFT JOIN (SELECT * FROM pets) AS s ON s.owner = o.id
    WHERE s.id IS NOT NULL;
    """,
    annotations={
        "missing": "list[MissingRow]",
        "missing_inside": "list[MissingInsideRow]",
        "missing_lateral": "list[MissingLateralRow]",
        "missing_in_union": "list[MissingInUnionRow]",
        "sums": "list[SumsRow]",
        "sums_inside": "list[SumsInsideRow]",
        "with_null": "list[WithNullRow]",
        "of_two": "list[OfTwoRow]",
        "mixed": "list[MixedRow]",
        "mixed_inside": "list[MixedInsideRow]",
        "renamed": "list[RenamedRow]",
        "swapped": "list[SwappedRow]",
        "changed": "list[ChangedRow]",
        "known": "list[Pet]",
    },
)
def of_no_table(q: Q) -> Script:
    yield q.sql("INSERT INTO owners VALUES (1, 'Ann'), (2, 'Bob')")
    yield q.sql("INSERT INTO pets VALUES (1, 'Rex', NULL, 1)")
    missing = yield q.missing()
    assert {row.id for row in missing} == {1, None}
    assert None in {row.name for row in (yield q.sums_inside())}


@case(
    schema="""
    CREATE TABLE owners (id int PRIMARY KEY);
    CREATE TABLE pets (id int PRIMARY KEY, born date, owner int, doc jsonb NOT NULL);
    """,
    queries="""
    -- name: Inner :many
    WITH a AS (SELECT * FROM pets) SELECT doc, born FROM a;

    -- name: Missing :many
    SELECT s.born, s.doc FROM owners AS o LEFT JOIN (SELECT * FROM pets) AS s ON s.owner = o.id
    ORDER BY o.id;

    -- name: Whole :many
    SELECT * FROM pets UNION SELECT * FROM pets;
    """,
    options={
        "overrides": [
            {"column": "pets.born", "nullable": False},
            {"column": "pets.doc", "python_type": "conformance_rows.Size"},
        ]
    },
    files={
        "conformance_rows.py": '"""Documents."""\n\nfrom typing_extensions import TypedDict\n\n\n'
        'class Size(TypedDict):\n    """A size."""\n\n    x: int\n'
    },
    annotations={"whole": "list[Pet]"},
)
def overridden(q: Q) -> Script:
    yield q.sql("INSERT INTO owners VALUES (1), (2)")
    yield q.sql("INSERT INTO pets VALUES (1, '2020-01-01', 1, '{\"x\": 1}')")
    (row,) = yield q.inner()
    assert row.doc == {"x": 1}
    yield q.sql("INSERT INTO pets VALUES (2, '2020-01-01', NULL, '{\"x\": 1}')")
    assert [pet.owner for pet in (yield q.whole())] in ([1, None], [None, 1])
    assert [row.born is None for row in (yield q.missing())] == [False, True]
