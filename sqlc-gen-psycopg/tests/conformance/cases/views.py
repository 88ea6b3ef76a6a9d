"""Views and tables whose outer column names differ from the inner ones, and tables by unqualified names."""

from __future__ import annotations

from ..case import Q, Script, case, refusal

SCHEMA = """
CREATE TABLE m (id int PRIMARY KEY, n int NOT NULL, t text);
CREATE VIEW rv (a, b, c) AS SELECT id, n::text, t FROM m;
CREATE FUNCTION rows_of_rv() RETURNS SETOF rv LANGUAGE sql STABLE AS 'SELECT * FROM rv';
CREATE VIEW part (a) AS SELECT id, n, t FROM m;
CREATE VIEW swapped (t, id) AS SELECT id, t FROM m;
CREATE MATERIALIZED VIEW mv (a, b) AS SELECT id, t FROM m;
CREATE TABLE filled (a, b) AS SELECT id, t FROM m;
CREATE RECURSIVE VIEW steps (k, twice) AS
    SELECT 1, 2 UNION ALL SELECT k + 1, twice + 2 FROM steps WHERE k < 5;
CREATE VIEW both_sides (a, b) AS SELECT id, t FROM m UNION ALL SELECT n, t FROM m;
CREATE VIEW renamed AS SELECT id, n, t FROM m;
ALTER VIEW renamed RENAME COLUMN n TO number;
CREATE MATERIALIZED VIEW renamed_mv AS SELECT id, n, t FROM m;
ALTER MATERIALIZED VIEW renamed_mv RENAME COLUMN t TO note;
CREATE VIEW replaced (a) AS SELECT NULL::integer;
CREATE OR REPLACE VIEW replaced (a, b) AS SELECT id, t FROM m;
"""
ROWS = "INSERT INTO m VALUES (1, 10, NULL); REFRESH MATERIALIZED VIEW mv;"


@case(
    schema=SCHEMA,
    queries="""
    -- name: Swapped :many
    SELECT t, id FROM swapped;

    -- name: SwappedStar :many
    SELECT * FROM swapped;

    -- name: Steps :many
    SELECT * FROM steps;

    -- name: Renamed :many
    SELECT * FROM renamed;

    -- name: ByNumber :many
    SELECT id, t FROM renamed WHERE number = $1;

    -- name: RenamedMv :many
    SELECT * FROM renamed_mv WHERE note = $1;

    -- name: Cte :many
    WITH c (a, b) AS (SELECT id, t FROM m) SELECT * FROM c;

    -- name: CteOfView :many
    WITH c (x) AS (SELECT id, number FROM renamed) SELECT c.*, m.t FROM c JOIN m ON m.id = c.x;

    -- name: CountAll :one
    SELECT count(*) FROM rv;

    -- name: EmbedRenamed :many
    SELECT sqlc.embed(renamed), sqlc.embed(m) FROM renamed JOIN m ON m.id = renamed.id;
    """,
)
def names_of_views(q: Q) -> Script:
    yield q.sql(ROWS)
    (row,) = yield q.swapped()
    assert (row.t, row.id) == (1, None)
    assert q.signature("swapped")["return"] == "list[Swapped]"
    (row,) = yield q.swapped_star()
    assert (row.t, row.id) == (1, None)
    assert list(q.models.Rv.model_fields) == ["a", "b", "c"]
    assert list(q.models.Part.model_fields) == ["a", "n", "t"]
    assert list(q.models.Filled.model_fields) == ["a", "b"]
    assert list(q.models.Step.model_fields) == ["k", "twice"]
    assert q.models.Rv.__annotations__["c"] in ("str | None", str | None)
    (one,) = yield q.embed_renamed()
    assert (one.renamed.number, one.m.n) == (10, 10)


@case(
    schema=SCHEMA,
    queries="""
    -- name: Cols :many
    SELECT a, b, c FROM rv;

    -- name: Some :many
    SELECT c FROM rv WHERE b = $1;

    -- name: Part :many
    SELECT a, n, t FROM part;

    -- name: Mv :many
    SELECT a, b FROM mv;

    -- name: Filled :many
    SELECT a, b FROM filled;

    -- name: PutFilled :one
    INSERT INTO filled (a, b) VALUES (sqlc.narg(a), sqlc.narg(b)) RETURNING a, b;

    -- name: BothSides :many
    SELECT a, b FROM both_sides;

    -- name: Replaced :many
    SELECT a, b FROM replaced;
    """,
    modes=("database",),
)
def listed(q: Q) -> Script:
    yield q.sql(ROWS)
    assert (yield q.cols()) == [q.models.Rv(a=1, b="10", c=None)]
    assert (yield q.part()) == [q.models.Part(a=1, n=10, t=None)]
    assert (yield q.mv()) == [q.models.Mv(a=1, b=None)]
    assert (yield q.replaced()) == [q.models.Replaced(a=1, b=None)]
    assert q.signature("both_sides")["return"] == "list[BothSide]"
    assert (yield q.put_filled(a=None, b=None)) == q.models.Filled(a=None, b=None)


for name, query, says in (
    ("view", "SELECT * FROM rv", "over rv out as id, n, t, but its columns are a, b, c"),
    ("part", "SELECT part.* FROM part", "out as id, n, t, but its columns are a, n, t"),
    ("matview", "SELECT * FROM mv", "over mv out as id, t, but its columns are a, b"),
    ("filled", "SELECT * FROM filled", "over filled out as id, t, but its columns are a, b"),
    ("function", "SELECT * FROM rows_of_rv()", "over rows_of_rv out as id, n, t"),
    ("nested", "SELECT count(*) FROM (SELECT * FROM rv) x", "over rv out as id, n, t"),
    ("alias", "SELECT * FROM m AS x (p, q)", "over x out as id, n, t, but its columns are p, q, t"),
    ("subquery", "SELECT * FROM (SELECT id, t FROM m) AS x (p)", "write SELECT id AS p"),
    ("joined", "SELECT rv.* FROM m LEFT JOIN rv ON true", "over rv out as id, n, t"),
    ("embed", "SELECT sqlc.embed(rv) FROM rv", "columns as id, n, t, but they are a, b, c"),
    ("swapped", "SELECT sqlc.embed(swapped) FROM swapped", "as id, t, but they are t, id"),
):
    refusal(
        f"star_{name}",
        schema=SCHEMA,
        queries=f"-- name: Star :many\n{query};",
        says=("query.sql: Star: ", says, "list them instead"),
    )

refusal(
    "star_of_a_child",
    schema="""
    CREATE TABLE p (a int NOT NULL, b text);
    CREATE TABLE c (d date) INHERITS (p);
    ALTER TABLE p ADD COLUMN e uuid;
    """,
    queries="""
    -- name: Star :many
    SELECT * FROM c;

    -- name: Put :one
    INSERT INTO c (a) VALUES ($1) RETURNING *;
    """,
    says=(
        "Star: sqlc writes `*` over c out as a, b, d, but its columns are a, b, d, e;",
        "Put: sqlc writes `*` over c out",
    ),
)


@case(
    schema="""
    CREATE TABLE p (a int NOT NULL, b text, z int NOT NULL);
    CREATE TABLE c (d date) INHERITS (p);
    ALTER TABLE p ADD COLUMN e uuid, DROP COLUMN b;
    ALTER TABLE p RENAME COLUMN z TO y;
    CREATE TABLE log (at date NOT NULL, text text) PARTITION BY RANGE (at);
    CREATE TABLE log_2024 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    ALTER TABLE log ADD COLUMN level int NOT NULL;
    """,
    queries="""
    -- name: Children :many
    SELECT a, y, d, e FROM c;

    -- name: PutChild :one
    INSERT INTO c (a, y, d, e) VALUES (sqlc.arg(a), sqlc.arg(y), sqlc.narg(d), sqlc.narg(e))
    RETURNING a, y, d, e;

    -- name: Log :many
    SELECT at, text, level FROM log_2024;

    -- name: PutLog :exec
    INSERT INTO log (at, text, level) VALUES ($1, $2, $3);
    """,
    modes=("database",),
)
def children(q: Q) -> Script:
    put = yield q.put_child(a=1, y=2, d=None, e=None)
    assert put == q.models.C(a=1, y=2, d=None, e=None)
    assert (yield q.children()) == [put]
    assert q.signature("log")["return"] == "list[Log2024]"


@case(
    schema="""
    CREATE SCHEMA app;
    CREATE TABLE app.owner (id int PRIMARY KEY, name text);
    CREATE TABLE pet (id int PRIMARY KEY, owner_id int, name text NOT NULL);
    """,
    queries="""
    -- name: Owners :many
    SELECT sqlc.embed(owner) FROM app.owner;

    -- name: Pets :many
    SELECT sqlc.embed(pet), sqlc.embed(owner) FROM pet LEFT JOIN app.owner ON owner.id = pet.owner_id;
    """,
    modes=("database",),
)
def embedded_by_bare_name(q: Q) -> Script:
    yield q.sql(
        "INSERT INTO app.owner VALUES (1, NULL); INSERT INTO pet VALUES (2, 1, 'Rex'), (3, 5, 'Ty')"
    )
    (owner,) = yield q.owners()
    assert owner.owner == q.models.Owner(id=1, name=None)
    rex, ty = sorted((yield q.pets()), key=lambda row: row.pet.id)
    assert rex.owner == owner.owner and ty.owner is None


@case(
    schema="""
    CREATE SCHEMA app;
    CREATE TABLE owner (id int PRIMARY KEY, name text);
    CREATE TABLE app.owner (id int PRIMARY KEY, name text);
    """,
    queries="""
    -- name: Owners :many
    SELECT sqlc.embed(owner) FROM app.owner;

    -- name: Both :many
    SELECT sqlc.embed(o), sqlc.embed(a) FROM owner o JOIN app.owner a ON a.id = o.id;
    """,
)
def embedded_from_another_schema(q: Q) -> Script:
    yield q.sql("INSERT INTO app.owner VALUES (1, NULL); INSERT INTO owner VALUES (1, 'p')")
    (owner,) = yield q.owners()
    assert owner.owner == q.models.AppOwner(id=1, name=None)
    (row,) = yield q.both()
    assert row.o == q.models.Owner(id=1, name="p") and row.a == owner.owner
