"""Read the facts that the analysis of statements needs from a live database."""

import re
from typing import Any

import psycopg

from .analysis import Attribute, Database, Relation, Routine
from .analysis.parser import ParseError, parse

# A type as the analysis writes it: its short name, with its schema unless it belongs to PostgreSQL.
_TYPE = """(
    SELECT CASE WHEN y_e.oid IS NOT NULL THEN
        CASE WHEN y_e.typnamespace = ANY (system.own) THEN y_e.typname
            ELSE y_en.nspname || '.' || y_e.typname END || '[]'
        WHEN y_t.typnamespace = ANY (system.own) THEN y_t.typname
        ELSE y_tn.nspname || '.' || y_t.typname END
    FROM pg_catalog.pg_type y_t
    JOIN pg_catalog.pg_namespace y_tn ON y_tn.oid = y_t.typnamespace
    LEFT JOIN pg_catalog.pg_type y_e ON y_e.oid = y_t.typelem AND y_t.typcategory = 'A'
    LEFT JOIN pg_catalog.pg_namespace y_en ON y_en.oid = y_e.typnamespace
    WHERE y_t.oid = {})"""
_WITH = "WITH system AS (SELECT ARRAY['pg_catalog'::regnamespace::oid] AS own) "
_USERS = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'"
_COLUMNS = f"""
    {_WITH} SELECT n.nspname, c.relname, c.relkind::text, a.attname, {_TYPE.format("a.atttypid")},
        NOT (a.attnotnull AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_constraint k
            WHERE k.conrelid = c.oid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]
                AND NOT k.convalidated)
            OR ty.typnotnull), a.attndims::int,
        format_type(a.atttypid, a.atttypmod),
        CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
    JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
    CROSS JOIN system
    WHERE {_USERS} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c', 'S') AND a.attnum > 0
        AND NOT a.attisdropped
    ORDER BY c.oid, a.attnum
"""
_TYPES = f"""
    {_WITH} SELECT n.nspname, t.typname, t.typtype::text, {_TYPE.format("t.typbasetype")},
        t.typnotnull, {_TYPE.format("CASE t.typtype WHEN 'm' THEN r.rngtypid ELSE r.rngsubtype END")}
    FROM pg_catalog.pg_type t
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_range r ON t.oid IN (r.rngtypid, r.rngmultitypid)
    CROSS JOIN system
    WHERE {_USERS} AND t.typtype IN ('e', 'd', 'r', 'm')
"""
_ROUTINES = f"""
    {_WITH} SELECT n.nspname, p.proname, p.proretset, p.pronargdefaults::int,
        {_TYPE.format("p.prorettype")},
        ARRAY(SELECT {_TYPE.format("u.t")} FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u(t, n)
            ORDER BY u.n),
        ARRAY(SELECT {_TYPE.format("u.t")} FROM unnest(p.proallargtypes) WITH ORDINALITY u(t, n)
            ORDER BY u.n),
        p.proargmodes::text[], p.proargnames, p.provariadic <> 0,
        CASE WHEN p.prokind = 'f' THEN '' ELSE p.prokind::text END
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    CROSS JOIN system
    WHERE {_USERS} AND p.prokind IN ('f', 'w', 'a') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
"""


def read_database(conn: psycopg.Connection) -> Database:
    """Read the relations, types and functions of the database."""
    with conn.transaction():
        # The planner estimates high costs: compiling the queries would take seconds, running them takes
        # milliseconds.
        conn.execute("SET LOCAL jit TO off")
        return _read(conn)


def _read(conn: psycopg.Connection) -> Database:
    path = conn.execute("SELECT current_schemas(false)::text[]").fetchone()
    database = Database(search_path=tuple(path[0]) if path else ("public",))
    for schema, name, kind, base, not_null, subtype in conn.execute(_TYPES):
        match kind:
            case "e":
                database.enums.add((schema, name))
            case "d":
                database.domains[schema, name] = (base, not_null)
            case "m":
                database.multiranges[schema, name] = subtype
            case _:
                database.ranges[schema, name] = subtype
    for schema, name, kind, column, type_, nullable, dims, modified, view in conn.execute(_COLUMNS):
        array = type_.endswith("[]")
        attribute = Attribute(
            column,
            _short(type_),
            nullable,
            max(dims, 1) if array else 0,
            modifiers=_modifiers(modified),
        )
        if kind == "c":
            database.composites.setdefault((schema, name), []).append(attribute)
            continue
        relation = database.relations.setdefault(
            (schema, name), Relation(schema, name, is_sequence=kind == "S")
        )
        relation.columns.append(attribute)
        if view is not None and relation.query is None:
            relation.query = _parsed(view)
    for row in conn.execute(_ROUTINES):
        schema, name, is_set, defaults, returns, arguments, every, modes, names, variadic, kind = (
            row
        )
        modes = modes or ["i"] * len(arguments)
        out = tuple(
            Attribute(out_name or "", _short(type_))
            for mode, type_, out_name in zip(modes, every or [], names or [], strict=False)
            if mode in ("o", "t", "b")
        )
        routine = Routine(
            tuple(map(_short, arguments)),
            _short(returns),
            is_set,
            defaults,
            out[1:] and out,
            tuple(n for m, n in zip(modes, names or [], strict=False) if m not in ("o", "t")),
            _short(arguments[-1]).removesuffix("[]") if variadic else None,
            kind,
        )
        database.routines.setdefault((schema, name), []).append(routine)
    return database


def _modifiers(formatted: str) -> tuple[str, ...]:
    """Return what a type has in parentheses, after the fields of an interval, as format_type() writes it."""
    fields = re.match(r"interval ([a-z ]+)", formatted)
    inside = re.search(r"\(([^()]+)\)", formatted)
    found = inside[1].split(",") if inside else []
    return tuple(part.strip().lower() for part in [*(fields.groups() if fields else ()), *found])


def _short(type_: str) -> str:
    # Types of extensions are known by name only.
    _, dot, name = type_.rpartition(".")
    return name if dot and name.removesuffix("[]") in _EXTENSION_TYPES else type_


_EXTENSION_TYPES = frozenset(
    [
        "citext",
        "hstore",
        "ltree",
        "lquery",
        "ltxtquery",
        "vector",
        "halfvec",
        "sparsevec",
        "cube",
        "seg",
    ]
)


def _parsed(view: str) -> dict[str, Any] | None:
    try:
        return dict(parse(view)[0]["stmt"])
    except ParseError:
        return None
