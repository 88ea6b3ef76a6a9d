"""Read the functions, operators, casts and types of a server and its extensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row

from .grid import Subject

Entry = list[Any]

OWN = "pg_catalog"
"""The key for objects of PostgreSQL itself."""
EXTENSIONS = (
    *("btree_gist", "citext", "cube", "earthdistance", "fuzzystrmatch", "hstore", "intarray"),
    *("isn", "ltree", "pg_trgm", "pgcrypto", "postgis", "seg", "tablefunc", "unaccent"),
    *("uuid-ossp", "vector"),
)
# The types of functions that only the server itself calls.
_INTERNAL = {
    *("internal", "cstring", "trigger", "event_trigger", "language_handler", "fdw_handler"),
    *("index_am_handler", "table_am_handler", "tsm_handler"),
}
_HELPERS = """
    CREATE FUNCTION pg_temp.short(type oid) RETURNS text LANGUAGE sql AS $$
        SELECT CASE WHEN e.oid IS NULL THEN t.typname ELSE e.typname || '[]' END
        FROM pg_type t LEFT JOIN pg_type e ON e.typarray = t.oid WHERE t.oid = type
    $$;
    CREATE FUNCTION pg_temp.shorts(types oid[]) RETURNS text[] LANGUAGE sql AS $$
        SELECT coalesce(array_agg(pg_temp.short(t) ORDER BY n), '{}')
        FROM unnest(types) WITH ORDINALITY x (t, n)
    $$;
    CREATE FUNCTION pg_temp.extension(class regclass, object oid) RETURNS text LANGUAGE sql AS $$
        SELECT coalesce(min(nullif(e.extname, 'plpgsql')), 'pg_catalog')
        FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.classid = class AND d.objid = object AND d.deptype = 'e'
    $$
"""
_FUNCTIONS = """
    SELECT
        pg_temp.extension('pg_proc', p.oid) AS extension,
        p.oid::regproc::text AS call,
        p.proname AS name,
        pg_temp.shorts(p.proargtypes) AS arguments,
        pg_temp.short(p.prorettype) AS returns,
        p.proisstrict AS is_strict,
        p.prokind AS kind,
        p.proretset AS is_set,
        p.provolatile = 'v' AS is_volatile,
        p.pronargdefaults AS defaults,
        pg_temp.short(nullif(p.provariadic, 0)) AS variadic,
        p.proargnames AS names,
        p.proargmodes::text[] AS modes,
        pg_temp.shorts(p.proallargtypes) AS types,
        a.aggkind AS aggregate,
        a.aggnumdirectargs AS direct
    FROM pg_proc p LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid
    WHERE p.prokind <> 'p' AND NOT starts_with(p.proname, '_')
        AND p.pronamespace NOT IN (pg_my_temp_schema(), 'information_schema'::regnamespace)
    ORDER BY p.proname COLLATE "C", p.oid
"""
_OPERATORS = """
    SELECT
        pg_temp.extension('pg_operator', o.oid) AS extension,
        o.oprname AS name,
        format('OPERATOR(%I.%s)', o.oprnamespace::regnamespace, o.oprname) AS call,
        pg_temp.short(nullif(o.oprleft, 0)) AS left,
        pg_temp.short(o.oprright) AS right,
        pg_temp.short(o.oprresult) AS returns,
        p.proisstrict AS is_strict
    FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode
    WHERE o.oprresult <> 0
    ORDER BY o.oprname COLLATE "C", o.oid
"""
_CASTS = """
    SELECT
        pg_temp.extension('pg_cast', c.oid) AS extension,
        pg_temp.short(c.castsource) AS source,
        pg_temp.short(c.casttarget) AS target,
        c.castcontext AS context,
        coalesce(p.proisstrict, true) AS is_strict
    FROM pg_cast c LEFT JOIN pg_proc p ON p.oid = c.castfunc
    WHERE c.castsource <> c.casttarget
    ORDER BY 2, 3
"""
_TYPES = """
    SELECT
        pg_temp.extension('pg_type', t.oid) AS extension, t.typname AS name, t.typcategory AS category,
        t.typispreferred AS is_preferred
    FROM pg_type t
    WHERE t.typtype IN ('b', 'p', 'r', 'm')
        AND NOT EXISTS (SELECT FROM pg_type WHERE typarray = t.oid)
        AND t.typnamespace <> pg_my_temp_schema()
    ORDER BY 2
"""


@dataclass(frozen=True, slots=True)
class Thing:
    """A function, operator or cast, as in the file, and how to try it."""

    extension: str
    section: str
    name: str
    """Empty for a cast."""
    entry: Entry
    subject: Subject
    is_volatile: bool = False

    @property
    def key(self) -> tuple[str, str, str]:
        """Return its identity on any server."""
        return self.section, self.name, str(self.entry[:2])


@dataclass(frozen=True, slots=True)
class Catalog:
    """The objects of one server."""

    version: str
    extensions: dict[str, str]
    """Their versions."""
    things: list[Thing]
    types: dict[str, dict[str, list[Any]]]
    """By extension and name: the category, and whether it is the preferred type there."""


def read(conn: psycopg.Connection[Any]) -> Catalog:
    """Read the server, with each extension that it can have."""
    for name in EXTENSIONS:
        found = conn.execute("SELECT FROM pg_available_extensions WHERE name = %s", [name])
        if found.fetchone() is not None:
            conn.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}" CASCADE'.encode())
    conn.execute(_HELPERS)
    version = conn.execute("SELECT split_part(current_setting('server_version'), ' ', 1)")
    extensions = conn.execute("SELECT extname, extversion FROM pg_extension ORDER BY 1")
    types: dict[str, dict[str, list[Any]]] = {}
    for extension, name, *described in conn.execute(_TYPES):
        types.setdefault(extension, {})[name] = described
    return Catalog(
        str(version.fetchall()[0][0]),
        dict(row for row in extensions if row[0] != "plpgsql"),
        [
            *(thing for row in _rows(conn, _FUNCTIONS) if (thing := _function(row)) is not None),
            *map(_operator, _rows(conn, _OPERATORS)),
            *map(_cast, _rows(conn, _CASTS)),
        ],
        types,
    )


def _rows(conn: psycopg.Connection[Any], query: str) -> list[Any]:
    return conn.cursor(row_factory=namedtuple_row).execute(query.encode()).fetchall()


def _function(row: Any) -> Thing | None:
    if _INTERNAL & {*row.arguments, row.returns}:
        return None
    is_strict = row.is_strict and row.kind == "f"
    flags = ("s" if row.is_strict and row.kind != "a" else "") + ("r" if row.is_set else "")
    flags += row.kind if row.kind in "aw" else ""
    extra: dict[str, Any] = {}
    if row.defaults:
        extra["defaults"] = row.defaults
    if row.variadic:
        extra["variadic"] = row.variadic
    names = row.names
    if row.modes:
        names = names or [""] * len(row.modes)
        # A VARIADIC function without OUT arguments has no list of the types of all arguments.
        every = list(zip(names, row.modes, row.types or row.arguments, strict=True))
        if out := [[name, type_] for name, mode, type_ in every if mode in "obt"]:
            extra["out"] = out
        names = [name for name, mode, _ in every if mode in "ibv"]
    if any(names or []):
        extra["names"] = names
    arguments = tuple(row.arguments)
    subject = Subject(
        row.name,
        (*arguments[:-1], row.variadic) if row.variadic else arguments,
        f"{row.call}({{}})" if arguments or row.kind != "a" else f"{row.call}(*)",
        row.returns,
        row.kind if row.aggregate in (None, "n") else row.aggregate,
        row.direct or 0,
        is_strict,
        row.is_set,
        bool(row.variadic),
        len(extra.get("out", [])),
    )
    if row.aggregate == "h":
        # The hypothetical value, and the values that it is compared with.
        subject = Subject(row.name, ("int4", "int4"), subject.call, row.returns, "h", 1, False)
    entry = [row.arguments, row.returns, flags, extra]
    return Thing(row.extension, "functions", row.name, entry, subject, row.is_volatile)


def _operator(row: Any) -> Thing:
    arguments = (row.right,) if row.left is None else (row.left, row.right)
    call = f"{row.call} {{0}}" if row.left is None else f"{{0}} {row.call} {{1}}"
    subject = Subject(row.name, arguments, call, row.returns, is_strict=row.is_strict)
    entry = [[row.left, row.right], row.returns, "s" if row.is_strict else "", {}]
    return Thing(row.extension, "operators", row.name, entry, subject)


def _cast(row: Any) -> Thing:
    call = f'CAST({{0}} AS "{row.target}")'.replace('[]"', '"[]')
    subject = Subject("", (row.source,), call, row.target, is_strict=row.is_strict)
    entry = [row.source, row.target, row.context, {}]
    return Thing(row.extension, "casts", "", entry, subject)
