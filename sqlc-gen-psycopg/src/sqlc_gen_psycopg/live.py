"""What a live database knows better than the request: described queries, views, CHECKs, enums."""

import re
from collections.abc import Generator
from contextlib import contextmanager

import psycopg
from psycopg import sql
from psycopg.pq import ExecStatus

from .model import Description, Live
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
    SELECT n.nspname, t.typname, p.proname, format_type(p.prorettype, NULL)
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_type t ON t.oid = p.proargtypes[0] AND t.typtype = 'e'
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
    WHERE p.oid = %s::regproc AND p.pronargs = 1 AND p.provolatile = 'i'
"""


def connect(database_url: str) -> psycopg.Connection:
    """Connect; each statement is a transaction of its own, so that one that fails spoils no other."""
    try:
        conn = psycopg.connect(database_url, autocommit=True)
    except psycopg.Error as exc:
        # Not the error itself: for a malformed URL it shows the password.
        raise Problem(f"can't connect to the database ({type(exc).__name__})") from None
    return conn


def read(database_url: str, enum_functions: list[str]) -> Live:
    """Read what the generator wants to know."""
    live = Live()
    with connect(database_url) as conn, qualified(conn):
        for schema, view, column, type_name in conn.execute(_VIEWS):
            live.views[schema, view, column] = _unquoted(type_name)
        live.json_objects.update(conn.execute(_JSON_OBJECTS).fetchall())
        for name in enum_functions:
            found = conn.execute(_ENUM_FUNCTION, (name,)).fetchone()
            if found is None:
                raise Problem(
                    f"enum_functions: {name} is not an immutable function of one enum argument"
                )
            schema, enum, function, returns = found
            values = conn.execute(
                sql.SQL("SELECT e::text, {}(e) FROM unnest(enum_range(NULL::{})) e").format(
                    sql.Identifier(*name.split(".")), sql.Identifier(schema, enum)
                )
            ).fetchall()
            live.enum_functions.setdefault((schema, enum), {})[function] = (
                _unquoted(returns),
                dict(values),
            )
    return live


def describe(conn: psycopg.Connection, query: str) -> Description:
    """Prepare a query and say what the server says of its types; nothing is executed."""
    for result in (conn.pgconn.prepare(b"", query.encode()), conn.pgconn.describe_prepared(b"")):
        if result.status != ExecStatus.COMMAND_OK:
            raise Problem(result.error_message.decode().strip())
    parameters = [result.param_type(number) for number in range(result.nparams)]
    columns = [result.ftype(number) for number in range(result.nfields)]
    return Description(_names(conn, parameters), _names(conn, columns))


def _names(conn: psycopg.Connection, oids: list[int]) -> tuple[str, ...]:
    with qualified(conn):
        rows = conn.execute(
            "SELECT format_type(u.oid, NULL)"
            " FROM unnest(%s::oid[]) WITH ORDINALITY AS u (oid, n) ORDER BY n",
            (oids,),
        )
        return tuple(_unquoted(name) for (name,) in rows)


def _unquoted(type_name: str) -> str:
    """The name as sqlc writes it: `Mixed Case.Kind`, not `"Mixed Case"."Kind"`."""
    if type_name.startswith('"char"'):
        return type_name
    return re.sub(r'"((?:[^"]|"")+)"', lambda quoted: quoted[1].replace('""', '"'), type_name)


@contextmanager
def qualified(conn: psycopg.Connection) -> Generator[None]:
    """Let format_type() and pg_get_*() qualify all names but those of pg_catalog."""
    with conn.transaction():
        conn.execute("SET LOCAL search_path TO pg_catalog")
        conn.execute("SET LOCAL quote_all_identifiers TO off")
        conn.execute("SET LOCAL jit TO off")  # as in read_database()
        yield
