"""Parameters: tests for NULL, names by use, elements that may be NULL, no type."""

from __future__ import annotations

import datetime as dt
import uuid

from ..case import Q, Script, case, refusal

TOY = "CREATE TABLE toys (id bigint PRIMARY KEY, name text NOT NULL, box integer);"
CATS = """
CREATE TYPE mood AS ENUM ('calm', 'cross');
CREATE TABLE cats (
    id integer PRIMARY KEY, mood mood NOT NULL, owner uuid NOT NULL, name text NOT NULL, born date,
    tame boolean NOT NULL DEFAULT true
);
CREATE TABLE owners (id uuid PRIMARY KEY, city text NOT NULL);
INSERT INTO cats VALUES
    (1, 'calm', '00000000-0000-0000-0000-000000000001', 'Tom', NULL),
    (2, 'cross', '00000000-0000-0000-0000-000000000002', 'Zoe', '2020-01-01');
INSERT INTO owners VALUES ('00000000-0000-0000-0000-000000000001', 'Ulm');
"""


@case(
    schema=CATS,
    queries="""
    -- name: Search :many
    SELECT id FROM cats WHERE ($1::mood IS NULL OR mood = $1) AND ($2::uuid IS NULL OR owner = $2)
    ORDER BY id LIMIT $3;

    -- name: Coalesced :many
    SELECT id FROM cats WHERE mood = COALESCE(@mood, mood) ORDER BY id;

    -- name: InJoin :many
    SELECT c.id, o.city FROM cats c
    LEFT JOIN owners o ON o.id = c.owner AND (@city::text IS NULL OR o.city = @city)
    ORDER BY c.id;

    -- name: InCase :many
    SELECT id, CASE WHEN @name::text IS NOT NULL THEN @name ELSE 'none' END AS asked FROM cats
    WHERE CASE WHEN @name::text IS NULL THEN true ELSE name = @name END ORDER BY id;

    -- name: Distinct :many
    SELECT id FROM cats WHERE name IS NOT DISTINCT FROM @name ORDER BY id;

    -- name: InCall :many
    SELECT id, upper(coalesce(@name::text, name)) AS upper FROM cats ORDER BY id;

    -- name: OfCall :many
    SELECT id FROM cats WHERE nullif(trim(@name::text), '') IS NULL OR name = @name ORDER BY id;

    -- name: Optional :many
    SELECT id FROM cats WHERE (name = sqlc.narg(name) OR sqlc.narg(name) IS NULL)
        AND (sqlc.narg(born)::date IS NULL OR born = sqlc.narg(born)) ORDER BY id;

    -- name: Unknown :many
    SELECT id FROM cats WHERE @tame::boolean IS UNKNOWN OR tame = @tame ORDER BY id;

    -- name: Counted :many
    SELECT id FROM cats WHERE num_nulls(@name::text, @mood::mood) > 0 OR mood = @mood ORDER BY id;

    -- name: Rename :many
    UPDATE cats SET name = coalesce(@name, name), born = coalesce(born, @born)
    WHERE id = @id RETURNING name, born;

    -- name: Given :many
    SELECT @mood::mood AS mood, coalesce(@mood::mood, 'calm') AS found FROM cats;

    -- name: NotTested :many
    SELECT id, nullif(@name::text, 'Tom') AS name, coalesce(born, @born::date) AS born FROM cats
    WHERE name <> @name::text;

    -- name: SaidOtherwise :many
    -- @notnull mood
    SELECT id FROM cats WHERE @mood::mood IS NULL OR mood = @mood;
    """,
    loose=("not_tested[].name",),
)
def tested_for_null(q: Q) -> Script:
    """A parameter that the statement tests for NULL may be None."""
    assert q.signature("search") == {
        "mood": "Mood | None",
        "owner": "UUID | None",
        "limit": "int",
        "return": "list[int]",
    }
    for name, parameter, annotation in (
        ("coalesced", "mood", "Mood | None"),
        ("in_join", "city", "str | None"),
        ("in_case", "name", "str | None"),
        ("distinct", "name", "str | None"),
        ("in_call", "name", "str | None"),
        ("of_call", "name", "str | None"),
        ("unknown", "tame", "bool | None"),
        ("counted", "name", "str | None"),
        ("rename", "name", "str | None"),
        ("not_tested", "name", "str"),
        ("not_tested", "born", "date"),
        ("said_otherwise", "mood", "Mood"),
    ):
        assert q.signature(name)[parameter] == annotation, (name, parameter)
    calm = q.module("enums").Mood.CALM
    assert (yield q.search(mood=None, owner=None, limit=1)) == [1]
    assert (yield q.search(mood=calm, owner=uuid.UUID(int=2), limit=9)) == []
    assert (yield q.coalesced(mood=None)) == [1, 2]
    assert [row.city for row in (yield q.in_join(city=None))] == ["Ulm", None]
    assert [row.asked for row in (yield q.in_case(name=None))] == ["none", "none"]
    assert (yield q.distinct(name=None)) == []
    assert [row.upper for row in (yield q.in_call(name=None))] == ["TOM", "ZOE"]
    assert (yield q.of_call(name=" ")) == (yield q.of_call(name=None)) == [1, 2]
    assert (yield q.optional(name=None, born=None)) == [1, 2]
    assert (yield q.optional(name="Zoe", born=dt.date(2020, 1, 1))) == [2]
    assert (yield q.unknown(tame=None)) == [1, 2]
    assert (yield q.counted(name=None, mood=calm)) == [1, 2]
    (row,) = yield q.rename(name=None, born=dt.date(2021, 2, 3), id=1)
    assert (row.name, row.born) == ("Tom", dt.date(2021, 2, 3))
    assert [row.mood for row in (yield q.given(mood=None))] == [None, None]


@case(
    schema=CATS
    + """
    CREATE TYPE place AS (street text, zip integer);
    CREATE TABLE homes (id integer PRIMARY KEY, place place, tags text[] NOT NULL DEFAULT '{}');
    CREATE FUNCTION greeting(salutation text, name text) RETURNS text LANGUAGE sql
        AS $$ SELECT salutation || ' ' || name $$;
    """,
    queries="""
    -- name: Compared :many
    SELECT id FROM cats
    WHERE name LIKE '%' || $1::text || '%' AND born BETWEEN $2::date AND $3::date
        AND lower(name) <> lower($4::text) AND id = ANY ($5::int[]) AND mood IN ($6, $7)
    ORDER BY id OFFSET $8;

    -- name: Written :exec
    INSERT INTO cats (id, mood, owner, name, born) SELECT $1::int, $2::mood, $3::uuid, upper($4::text), $5::date
    ON CONFLICT (id) DO UPDATE SET name = $6::text;

    -- name: Selected :many
    SELECT $1::int AS size, greatest($2::int, c.id) AS most FROM cats c
    WHERE c.id > coalesce($3::int, c.id - 1);

    -- name: Placed :exec
    UPDATE homes SET place = ROW($1, $2)::place, tags = tags || $3::text WHERE id = $4;

    -- name: Called :one
    SELECT greeting($1::text, name => $2::text) AS greeting;

    -- name: InQuery :many
    SELECT id FROM cats WHERE $1::uuid IN (SELECT o.id FROM owners o WHERE (o.id, o.city) = ($2::uuid, $3::text))
    ORDER BY id;

    -- name: Merged :execrows
    MERGE INTO homes h USING cats c ON h.id = c.id
    WHEN MATCHED THEN UPDATE SET tags = $1
    WHEN NOT MATCHED THEN INSERT (id, place) VALUES (c.id, $2);
    """,
    loose=("called",),
)
def found_names(q: Q) -> Script:
    """A parameter without a name gets the name of the first use that has one."""
    for name, names in {
        "compared": ["name", "born", "born_2", "name_2", "id", "mood", "mood_2", "offset"],
        "written": ["id", "mood", "owner", "name", "born", "name_2"],
        "selected": ["size", "id", "id_2"],
        "placed": ["street", "zip", "tags", "id"],
        "called": ["salutation", "name"],
        "in_query": ["id", "id_2", "city"],
        "merged": ["tags", "place"],
    }.items():
        assert list(q.signature(name))[:-1] == names, (name, q.signature(name))
    assert q.signature("merged")["place"] == "Place | None"
    owner = uuid.UUID(int=1)
    calm = q.module("enums").Mood.CALM
    yield q.written(id=1, mood=calm, owner=owner, name="x", born=dt.date(2020, 1, 1), name_2="Tim")
    assert (yield q.called(salutation="Hi", name="Tom")) == "Hi Tom"
    assert (yield q.merged(tags=["a"], place=None)) == 2
    yield q.placed(street="s", zip=1, tags="b", id=1)
    assert (yield q.in_query(id=owner, id_2=owner, city="Ulm")) == [1, 2]


@case(
    schema=CATS,
    queries="""
    -- name: Shades :many
    SELECT v.shade, v.depth FROM (VALUES ($1::text, $2::int)) AS v(shade, depth);

    -- name: Unnested :many
    SELECT d.key, d.label FROM unnest($1::int[], $2::text[]) AS d(key, label) ORDER BY d.key;

    -- name: Common :many
    WITH v(shade, depth) AS (SELECT $1::text, $2::int) SELECT v.shade, v.depth FROM v;

    -- name: Put :exec
    INSERT INTO cats VALUES ($1, $2, $3, $4, $5);
    """,
    modes=("database",),
)
def found_names_of_columns(q: Q) -> Script:
    """Names from columns that an alias or the table itself names, which sqlc knows only with a database."""
    for name, names in {
        "shades": ["shade", "depth"],
        "unnested": ["key", "label"],
        "common": ["shade", "depth"],
        "put": ["id", "mood", "owner", "name", "born"],
    }.items():
        assert list(q.signature(name))[:-1] == names, (name, q.signature(name))
    assert q.signature("put")["born"] == "date | None"
    assert q.signature("put")["name"] == "str"
    assert [row.label for row in (yield q.unnested(key=[1, 2], label=["a", "b"]))] == ["a", "b"]


TOWNS = "CREATE TABLE towns (id integer PRIMARY KEY, city text, tags text[] NOT NULL DEFAULT '{}');"


@case(
    schema=TOWNS,
    queries="""
    -- name: Up :execrows
    -- @nullable cities[]
    UPDATE towns SET city = d.city
    FROM unnest(sqlc.arg(ids)::int[], sqlc.arg(cities)::text[]) AS d(id, city) WHERE towns.id = d.id;

    -- name: Cities :many
    SELECT id, city FROM towns ORDER BY id;
    """,
    modes=("database",),
)
def null_elements_of_several(q: Q) -> Script:
    """Several arrays in one place, one of which may contain NULLs."""
    assert q.signature("up") == {"ids": "list[int]", "cities": "list[str | None]", "return": "int"}
    yield q.sql("INSERT INTO towns VALUES (1, 'Ulm'), (2, 'Bonn')")
    assert (yield q.up(ids=[1, 2], cities=[None, "Köln"])) == 2
    assert [row.city for row in (yield q.cities())] == [None, "Köln"]


@case(
    schema=TOWNS,
    queries="""
    -- name: Back :many
    -- @nullable cities[]
    SELECT c::text AS city, sqlc.arg(cities)::text[] AS cities FROM unnest(sqlc.arg(cities)::text[]) AS c;

    -- name: Both :many
    -- @nullable cities, cities[]
    SELECT unnest(sqlc.arg(cities)::text[]) AS city;

    -- name: Tags :many
    -- @nullable tags[]
    SELECT id, tags FROM towns ORDER BY id;

    -- name: Known :many
    -- @notnull known[]
    SELECT array_agg(city) FILTER (WHERE city IS NOT NULL) AS known FROM towns GROUP BY id;

    -- name: Tag :exec
    -- @nullable tags[]
    UPDATE towns SET tags = sqlc.arg(tags) WHERE id = sqlc.arg(id);

    -- name: Add :one
    -- @nullable cities[]
    INSERT INTO towns (id, city) VALUES (sqlc.arg(id), (sqlc.arg(cities)::text[])[1]) RETURNING *;
    """,
)
def null_elements(q: Q) -> Script:
    """`name[]` in a directive means the elements of an array."""
    assert q.signature("back")["cities"] == "list[str | None]"
    assert q.signature("both")["cities"] == "list[str | None] | None"
    assert q.signature("both")["return"] == "list[str | None]"
    assert q.signature("known")["return"] == "list[list[str] | None]"
    yield q.sql("INSERT INTO towns VALUES (1, 'Ulm', '{}'), (2, 'Bonn', '{}')")
    rows = yield q.back(cities=["a", None])
    assert [(row.city, row.cities) for row in rows] == [("a", ["a", None]), (None, ["a", None])]
    assert (yield q.both(cities=None)) == []
    yield q.tag(tags=["x", None], id=1)
    assert [row.tags for row in (yield q.tags())] == [["x", None], []]
    assert q.signature("add")["cities"] == "list[str | None]"
    assert q.signature("add")["return"] == "Town", "its columns are not what that is about"
    assert (yield q.add(id=3, cities=[None])).city is None


refusal(
    "elements_of_no_array",
    schema=TOY,
    queries="-- name: Find :many\n-- @nullable name[]\nSELECT * FROM toys WHERE name = @name;",
    says=("query.sql: Find: @nullable name[]", "no such"),
)


for name, statement, cast in (
    (
        "filter",
        "SELECT * FROM toys WHERE sqlc.narg(x) IS NULL OR name = sqlc.narg(x)",
        "sqlc.narg(x)::text IS NULL",
    ),
    ("number", "SELECT * FROM toys WHERE @x IS NULL OR id = @x", "sqlc.arg(x)::bigint IS NULL"),
    (
        "join",
        "SELECT a.* FROM toys a JOIN toys b ON $1 IS NULL OR a.box = $1",
        "$1::integer IS NULL",
    ),
    (
        "case",
        "SELECT * FROM toys WHERE CASE WHEN $1 IS NULL THEN true ELSE name = $1 END",
        "$1::text IS NULL",
    ),
    ("json", "SELECT jsonb_build_object('a', sqlc.arg(x)) AS found FROM toys", "sqlc.arg(x)::text"),
    ("format", "SELECT format('%s', $1) AS found FROM toys", "$1::text"),
    ("concat", "SELECT concat(name, $1) AS found FROM toys", "$1::text"),
    (
        "target",
        "SELECT id, num_nulls($2) AS found FROM toys WHERE id = $1",
        "$2::text",
    ),
    ("sum", "SELECT * FROM toys WHERE box > $1 + $2", "$1::"),
    ("two_types", "UPDATE toys SET box = $1, id = $1", "$1::integer"),
):
    refusal(
        f"untyped_{name}",
        schema=TOY,
        queries=f"-- name: Find :exec\n{statement};",
        says=("query.sql: Find: parameter", "can't determine its type", f"`{cast}"),
    )


@case(
    schema=CATS,
    queries="""
    -- name: Cte :many
    WITH p AS (SELECT @mood::mood AS m, @name::text AS name)
    SELECT cats.id FROM cats, p WHERE (p.m IS NULL OR cats.mood = p.m) AND cats.name <> p.name
    ORDER BY cats.id;

    -- name: Named :many
    WITH p (m) AS (SELECT @mood::mood)
    SELECT cats.id, p.m FROM cats, p WHERE cats.mood = coalesce(p.m, cats.mood) ORDER BY cats.id;

    -- name: Subquery :many
    SELECT cats.id FROM cats, (VALUES (@mood::mood)) AS p (m) WHERE p.m IS NULL OR cats.mood = p.m;

    -- name: Untested :many
    WITH p AS (SELECT @born::date AS born)
    SELECT cats.id FROM cats LEFT JOIN p ON p.born = cats.born WHERE cats.born IS NULL;
    """,
    annotations={"named.m": "Mood | None"},
)
def tested_in_a_cte(q: Q) -> Script:
    assert q.signature("cte") == {"mood": "Mood | None", "name": "str", "return": "list[int]"}
    assert q.signature("subquery")["mood"] == "Mood | None"
    assert q.signature("untested")["born"] == "date"
    calm = q.enums.Mood.CALM
    every = yield q.cte(mood=None, name="")
    assert every == [row.id for row in (yield q.named(mood=None))]
    assert set((yield q.cte(mood=calm, name=""))) < set(every)
    assert (yield q.subquery(mood=calm)) == (yield q.cte(mood=calm, name=""))
    yield q.untested(born=dt.date(2024, 1, 1))
