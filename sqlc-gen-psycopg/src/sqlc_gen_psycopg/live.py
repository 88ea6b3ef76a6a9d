"""Facts that a live database knows better than the request: described queries, views, CHECKs, enums."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.pq import ExecStatus

from .model import Described, Description, Live
from .problems import Problem

_VIEWS = """
    SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, NULL)
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
        AND n.nspname NOT IN ('pg_catalog', 'information_schema')
"""
_JSON_OBJECTS = r"""
    SELECT n.nspname, c.relname, a.attname
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND k.conkey = ARRAY[a.attnum]
    WHERE k.contype = 'c' AND k.convalidated
        AND pg_get_constraintdef(k.oid) ~ '^CHECK \(\(jsonb_typeof\([^()]+\) = ''object''::text\)\)$'
"""
_ENUM_FUNCTION = """
    SELECT n.nspname, t.typname, f.nspname, p.proname, format_type(p.prorettype, NULL)
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_type t ON t.oid = p.proargtypes[0] AND t.typtype = 'e'
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    JOIN pg_catalog.pg_namespace f ON f.oid = p.pronamespace
    WHERE p.oid = %s AND p.pronargs = 1 AND p.provolatile = 'i'
"""
# Replace a domain by its base type, also within arrays. `steps` counts the replacements.
_PLAIN_TYPES = """
    WITH RECURSIVE plain AS (
        SELECT n, oid, 0 AS steps, '' AS suffix
        FROM unnest(%s::oid[]) WITH ORDINALITY AS given (oid, n)
        UNION ALL
        SELECT n, coalesce(e.oid, t.typbasetype), steps + 1,
            CASE WHEN e.oid IS NULL THEN suffix ELSE suffix || '[]' END
        FROM plain JOIN pg_catalog.pg_type t USING (oid)
        LEFT JOIN pg_catalog.pg_type e ON e.typarray = t.oid
        WHERE e.oid IS NOT NULL OR t.typtype = 'd'
    )
    SELECT DISTINCT ON (n)
        CASE WHEN s.nspname = 'pg_catalog' THEN format_type(t.oid, NULL)
            WHEN x.objid IS NOT NULL THEN t.typname ELSE s.nspname || '.' || t.typname END || suffix,
        t.typname || suffix, x.objid IS NOT NULL OR pg_type_is_visible(t.oid)
    FROM plain JOIN pg_catalog.pg_type t USING (oid)
    JOIN pg_catalog.pg_namespace s ON s.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_depend x ON x.classid = 'pg_catalog.pg_type'::regclass
        AND x.objid = t.oid AND x.deptype = 'e'
    ORDER BY n, steps DESC
"""


def connect(database_url: str) -> psycopg.Connection:
    """Connect with autocommit, so that a statement that fails does not affect the next one."""
    try:
        conn = psycopg.connect(database_url, autocommit=True)
    except psycopg.Error as exc:
        # Do not show the error: for a malformed URL it contains the password.
        raise Problem(f"can't connect to the database ({type(exc).__name__})") from None
    return conn


def read(database_url: str, enum_functions: list[str]) -> Live:
    """Read the facts that the generator needs."""
    live = Live()
    with connect(database_url) as conn:
        with qualified(conn):
            for schema, view, column, type_name in conn.execute(_VIEWS):
                live.views[schema, view, column] = _unquoted(type_name)
            live.json_objects.update(conn.execute(_JSON_OBJECTS).fetchall())
        for name in enum_functions:
            enum, function, values = _enum_function(conn, name)
            live.enum_functions.setdefault(enum, {})[function] = values
    return live


def _enum_function(
    conn: psycopg.Connection, name: str
) -> tuple[tuple[str, str], str, tuple[str, dict[str, object]]]:
    """Return the enum of a function, its name, its result type, and the result for each label."""
    named = conn.execute("SELECT to_regproc(%s)::oid", (name,)).fetchone()
    with qualified(conn):
        found = conn.execute(_ENUM_FUNCTION, named).fetchone()
    if found is None:
        raise Problem(f"enum_functions: {name} is not an immutable function of one enum argument")
    schema, enum, own_schema, function, returns = found
    try:
        # Use the search_path for which the function was written.
        values = conn.execute(
            sql.SQL("SELECT e::text, {}(e) FROM unnest(enum_range(NULL::{})) e").format(
                sql.Identifier(own_schema, function), sql.Identifier(schema, enum)
            )
        ).fetchall()
    except psycopg.Error as exc:
        raise Problem(f"enum_functions: {name} fails: {exc}") from None
    return (schema, enum), function, (_unquoted(returns), dict(values))


def describe(conn: psycopg.Connection, query: str) -> Described:
    """Prepare a query, and return the types that the server reports. Nothing is executed."""
    parameters, columns = _prepare(conn, query)
    with qualified(conn):
        rows = conn.execute(
            "SELECT format_type(u.oid, NULL)"
            " FROM unnest(%s::oid[]) WITH ORDINALITY AS u (oid, n) ORDER BY n",
            (parameters + columns,),
        ).fetchall()
    names = [_unquoted(name) for (name,) in rows]
    plain = [one.name for one in _plain(conn, parameters + columns)]
    at = len(parameters)
    return Described(
        tuple(names[:at]),
        tuple(names[at:]),
        Description(tuple(plain[:at]), tuple(plain[at:])),
    )


def differences(conn: psycopg.Connection, query: str, generated: Description) -> list[str]:
    """Prepare a query, and yield where the server reports other types than those it was generated for."""
    parameters, columns = _prepare(conn, query)
    found: list[str] = []
    for kind, names, oids in (
        ("parameters", generated.parameters, parameters),
        ("columns", generated.columns, columns),
    ):
        plain = _plain(conn, oids)
        if len(names) != len(plain) or not all(map(_Plain.is_called, plain, names)):
            there = tuple(one.name for one in plain)
            found.append(f"{kind}: generated for {names}, but the server has {there}")
    return found


def _prepare(conn: psycopg.Connection, query: str) -> tuple[list[int], list[int]]:
    """Return the types of a query's parameters and columns."""
    for result in (conn.pgconn.prepare(b"", query.encode()), conn.pgconn.describe_prepared(b"")):
        if result.status != ExecStatus.COMMAND_OK:
            raise Problem(result.error_message.decode().strip())
    return (
        [result.param_type(number) for number in range(result.nparams)],
        [result.ftype(number) for number in range(result.nfields)],
    )


@dataclass(frozen=True, slots=True)
class _Plain:
    """A type without its domains, as its values are written and read."""

    name: str
    bare: str
    """The name without a schema."""
    is_found: bool
    """Whether this name finds it, by the search_path or because it belongs to an extension."""

    def is_called(self, generated: str) -> bool:
        """Return whether code that was generated for this type is right."""
        # Without a database, every type without a schema is assumed to be in public.
        bare = generated.removeprefix("public.")
        return generated == self.name or (self.is_found and bare == self.bare)


def _plain(conn: psycopg.Connection, oids: list[int]) -> list[_Plain]:
    return [_Plain(*row) for row in conn.execute(_PLAIN_TYPES, (oids,))]


def _unquoted(type_name: str) -> str:
    """Return the name as sqlc writes it: `Mixed Case.Kind`, not `"Mixed Case"."Kind"`."""
    if type_name.startswith('"char"'):
        return type_name
    return re.sub(r'"((?:[^"]|"")+)"', lambda quoted: quoted[1].replace('""', '"'), type_name)


@contextmanager
def qualified(conn: psycopg.Connection) -> Generator[None]:
    """Let format_type() and pg_get_*() qualify all names except those of pg_catalog."""
    with conn.transaction():
        conn.execute("SET LOCAL search_path TO pg_catalog")
        conn.execute("SET LOCAL quote_all_identifiers TO off")
        conn.execute("SET LOCAL jit TO off")  # as in read_database()
        yield
