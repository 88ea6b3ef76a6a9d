"""Writes analysis/signatures.json: the functions, operators, casts and types of PostgreSQL and of its extensions.

    python tools/read_signatures.py postgresql:///scratch postgresql://host/with_postgis

Each database gets the extensions that it can have; what a later one knows is added to what the
first one says.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

TARGET = Path(__file__).parent.parent / "src/sqlc_gen_psycopg/analysis/signatures.json"
EXTENSIONS = (
    *(
        "btree_gist",
        "citext",
        "cube",
        "earthdistance",
        "fuzzystrmatch",
        "hstore",
        "intarray",
        "isn",
        "ltree",
    ),
    *("pg_trgm", "pgcrypto", "postgis", "seg", "tablefunc", "unaccent", "uuid-ossp", "vector"),
)
# Not for queries: what the server calls itself.
_INTERNAL = {
    *("internal", "cstring", "trigger", "event_trigger", "language_handler", "fdw_handler"),
    *("index_am_handler", "table_am_handler", "tsm_handler"),
}
_NAME = """
    CREATE FUNCTION pg_temp.short(type oid) RETURNS text LANGUAGE sql AS $$
        SELECT CASE WHEN e.oid IS NULL THEN t.typname ELSE e.typname || '[]' END
        FROM pg_type t LEFT JOIN pg_type e ON e.typarray = t.oid WHERE t.oid = type
    $$
"""
_FUNCTIONS = """
    SELECT
        p.proname,
        array(SELECT pg_temp.short(a) FROM unnest(p.proargtypes) WITH ORDINALITY x (a, n) ORDER BY n),
        pg_temp.short(p.prorettype),
        p.proisstrict AND p.prokind <> 'a',
        p.prokind,
        p.proretset,
        p.pronargdefaults,
        CASE WHEN p.provariadic <> 0 THEN pg_temp.short(p.provariadic) END,
        p.proargnames,
        p.proargmodes::text[],
        array(SELECT pg_temp.short(a) FROM unnest(p.proallargtypes) WITH ORDINALITY x (a, n) ORDER BY n)
    FROM pg_proc p
    WHERE p.prokind <> 'p' AND NOT starts_with(p.proname, '_')
        AND p.pronamespace NOT IN (pg_my_temp_schema(), 'information_schema'::regnamespace)
        AND (p.pronamespace <> 'pg_catalog'::regnamespace OR %s)
    ORDER BY p.proname COLLATE "C", p.oid
"""
_OPERATORS = """
    SELECT o.oprname, pg_temp.short(o.oprleft), pg_temp.short(o.oprright), pg_temp.short(o.oprresult)
    FROM pg_operator o
    WHERE o.oprresult <> 0
    ORDER BY o.oprname COLLATE "C", o.oid
"""
_CASTS = """
    SELECT pg_temp.short(castsource), pg_temp.short(casttarget)
    FROM pg_cast WHERE castcontext = 'i' AND castsource <> casttarget
"""
_TYPES = """
    SELECT t.typname, t.typcategory, t.typispreferred
    FROM pg_type t
    WHERE t.typtype IN ('b', 'p', 'r', 'm') AND NOT EXISTS (SELECT FROM pg_type WHERE typarray = t.oid)
"""


def read(conn: psycopg.Connection[Any], *, is_first: bool) -> dict[str, Any]:
    """Everything of the first server; of another, no function of PostgreSQL itself."""
    for name in EXTENSIONS:
        found = conn.execute("SELECT FROM pg_available_extensions WHERE name = %s", [name])
        if found.fetchone() is not None:
            conn.execute(f'CREATE EXTENSION IF NOT EXISTS "{name}" CASCADE'.encode())
    conn.execute(_NAME)
    functions: dict[str, list[Any]] = {}
    for name, entry in _functions(conn, is_first):
        functions.setdefault(name, []).append(entry)
    operators: dict[str, list[Any]] = {}
    for name, *entry in conn.execute(_OPERATORS):
        operators.setdefault(name, []).append(entry)
    return {
        "functions": functions,
        "operators": operators,
        "casts": [list(pair) for pair in conn.execute(_CASTS)],
        "types": {
            name: [category, is_preferred] for name, category, is_preferred in conn.execute(_TYPES)
        },
    }


def _functions(conn: psycopg.Connection[Any], is_first: bool) -> Iterator[tuple[str, list[Any]]]:
    for row in conn.execute(_FUNCTIONS, [is_first]):
        name, arguments, returns, strict, kind, is_set, defaults, variadic, names, modes, types = (
            row
        )
        if _INTERNAL & {*arguments, returns}:
            continue
        flags = ("s" if strict else "") + ("r" if is_set else "") + (kind if kind in "aw" else "")
        extra: dict[str, Any] = {}
        if defaults:
            extra["defaults"] = defaults
        if variadic:
            extra["variadic"] = variadic
        if modes:
            names = names or [""] * len(modes)
            # Of a VARIADIC function without OUT arguments there are no types of all arguments.
            every = list(zip(names, modes, types or arguments, strict=True))
            if out := [[name, type_] for name, mode, type_ in every if mode in "obt"]:
                extra["out"] = out
            names = [name for name, mode, _ in every if mode in "ibv"]
        if defaults and names:
            extra["names"] = names
        yield name, [arguments, returns, flags, *([extra] if extra else [])]


def merge(data: dict[str, Any], more: dict[str, Any]) -> None:
    """Add what the first one has not; of casts, those from types that it has not."""
    for kind in ("functions", "operators"):
        for name, entries in more[kind].items():
            known = data[kind].setdefault(name, [])
            heads = [entry[:2] for entry in known]
            known += [entry for entry in entries if entry[:2] not in heads]
    data["casts"] += [pair for pair in more["casts"] if pair[0] not in data["types"]]
    data["types"] = more["types"] | data["types"]


def main() -> None:
    data: dict[str, Any] = {}
    for url in sys.argv[1:]:
        with psycopg.connect(url) as conn:
            found = read(conn, is_first=not data)
            conn.rollback()
        if data:
            merge(data, found)
        else:
            data = found
    lines = []
    for kind, content in data.items():
        if isinstance(content, list):
            rows = [json.dumps(pair, separators=(",", ":")) for pair in sorted(content)]
            lines.append(f'"{kind}": [\n' + ",\n".join(rows) + "\n]")
        else:
            rows = [
                f"{json.dumps(name)}: {json.dumps(content[name], separators=(',', ':'))}"
                for name in sorted(content)
            ]
            lines.append(f'"{kind}": {{\n' + ",\n".join(rows) + "\n}")
    TARGET.write_text("{" + ",\n".join(lines) + "}\n")


if __name__ == "__main__":
    main()
