"""How long the plugin reads a statement that is nested 16 levels deep, next to one of 2 levels.

Of the analysis alone; each form should grow with its length.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import Comparison
from sqlc_gen_psycopg.analysis import Database, analyse, read_schema

LEVELS = (2, 4, 8, 16)
SCHEMA = """
CREATE TABLE node (id int PRIMARY KEY, parent int REFERENCES node (id), label text NOT NULL);
CREATE VIEW v0 AS SELECT id, label FROM node;
"""


def nested(levels: int, innermost: str, around: Callable[[str, int], str]) -> str:
    """Put the text into itself, level by level."""
    for level in range(levels):
        innermost = around(innermost, level)
    return innermost


def joined(source: str, name: str) -> str:
    """A statement that uses a source twice."""
    return f"{name} AS (SELECT a.id, b.label FROM {source} a JOIN {source} b ON b.id = a.id)"


FORMS: dict[str, Callable[[int], str]] = {
    "coalesce(jsonb_agg(jsonb_build_object(...)))": lambda levels: nested(
        levels,
        "1",
        lambda inner, level: (
            f"(SELECT coalesce(jsonb_agg(jsonb_build_object('id', n{level}.id, 'kids', {inner})),"
            f" '[]') FROM node n{level} WHERE n{level}.parent = n{level + 1}.id)"
            if level < levels - 1
            else f"SELECT coalesce(jsonb_agg(jsonb_build_object('kids', {inner})), '[]')"
            f" FROM node n{level}"
        ),
    ),
    "scalar subqueries": lambda levels: nested(
        levels, "SELECT $1::int", lambda inner, level: f"SELECT id + ({inner}) FROM node n{level}"
    ),
    "CASE": lambda levels: (
        nested(
            levels, "SELECT id", lambda inner, level: f"SELECT CASE WHEN id = 1 THEN ({inner}) END"
        )
        + " FROM node"
    ),
    "coalesce": lambda levels: (
        f"SELECT {nested(levels, 'id', lambda inner, _: f'coalesce({inner}, $1)')} FROM node"
    ),
    "AND and OR": lambda levels: (
        "SELECT id FROM node WHERE "
        + nested(
            levels,
            "id = 1",
            lambda inner, level: f"(id = {level} {'OR' if level % 2 else 'AND'} {inner})",
        )
    ),
    "UNION": lambda levels: nested(
        levels, "SELECT id FROM node", lambda inner, _: f"(SELECT $1 UNION {inner})"
    ),
    "CTEs used twice": lambda levels: (
        "WITH "
        + ", ".join(joined(f"c{n}" if n else "node", f"c{n + 1}") for n in range(levels))
        + f" SELECT * FROM c{levels}"
    ),
    "views used twice": lambda levels: f"SELECT * FROM v{levels} WHERE id = $1",
    "recursive CTEs": lambda levels: nested(
        levels,
        "SELECT 1",
        lambda inner, level: (
            f"WITH RECURSIVE r{level}(id) AS (SELECT 1 UNION ALL"
            f" SELECT ({inner}) FROM r{level} WHERE id < 3) SELECT id FROM r{level}"
        ),
    ),
}


def database() -> Database:
    """A table, and views over views."""
    views = (f"CREATE VIEW {joined(f'v{n}', f'v{n + 1}')};\n" for n in range(max(LEVELS)))
    with TemporaryDirectory(prefix="nesting-") as folder:
        schema = Path(folder) / "schema.sql"
        schema.write_text(SCHEMA + "".join(views))
        made = Database()
        read_schema(made, [schema])
    return made


def read(form: Callable[[int], str], levels: int) -> Callable[[], None]:
    """Read a statement of which nothing is remembered."""
    sql = form(levels)

    def run() -> None:
        assert analyse(database(), sql) is not None

    return run


def comparisons(url: str) -> Iterator[Comparison]:
    """Each form by itself."""
    for name, form in FORMS.items():
        ways = {f"{levels} levels": read(form, levels) for levels in LEVELS}
        yield Comparison(f"analyse nested statements: {name}", ways)
