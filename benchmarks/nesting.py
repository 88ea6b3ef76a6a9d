"""Analyse a statement that is nested 16 levels deep, compared with the same amount of text with 2 levels.

Only the analysis is measured. It should grow with the length of a statement, and not with its depth.
"""

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from measuring import OURS, Comparison, Way
from sqlc_gen_psycopg.analysis import Database, analyse, read_schema

SHALLOW, DEEP, TIMES = 2, 16, 20
numbers = count()
SCHEMA = """
CREATE TABLE node (id int PRIMARY KEY, parent int REFERENCES node (id), label text NOT NULL);
CREATE VIEW v0 AS SELECT id, label FROM node;
"""


def nested(levels: int, innermost: str, around: Callable[[str, int], str]) -> str:
    """Nest the text, level by level."""
    for level in range(levels):
        innermost = around(innermost, level)
    return innermost


def joined(source: str, name: str) -> str:
    """Return a statement that uses a source twice."""
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
    """Return a database with a table, and views over views."""
    views = (f"CREATE VIEW {joined(f'v{n}', f'v{n + 1}')};\n" for n in range(DEEP))
    with TemporaryDirectory(prefix="nesting-") as folder:
        schema = Path(folder) / "schema.sql"
        schema.write_text(SCHEMA + "".join(views))
        made = Database()
        read_schema(made, [schema])
    return made


def read(known: Database, sql: str, times: int) -> Way:
    """Analyse a statement several times. None was analysed before."""

    def run() -> None:
        for _ in range(times):
            assert analyse(known, f"{sql} -- {next(numbers)}") is not None

    return run


def comparisons(url: str) -> Iterator[Comparison]:
    """Compare each form separately."""
    known = database()
    for name, form in FORMS.items():
        shallow, deep = form(SHALLOW), form(DEEP)
        as_much = round(TIMES * len(deep) / len(shallow))
        yield Comparison(
            f"analyse {name}, nested {DEEP} levels deep",
            {
                f"as much text, {SHALLOW} levels deep": read(known, shallow, as_much),
                OURS: read(known, deep, TIMES),
            },
            each=TIMES,
            goal=2,
        )
