"""Write what each migration changes, from a database that is reverted step by step.

    DATABASE_URL=... python tools/steps.py FILE

The database has all migrations at first, and none at the end.
"""

import json
import os
import sys
from pathlib import Path

import psycopg
from attune_queries.catalog import READ_CATALOG, Catalog, parse_catalog

from attune_store._drift.steps import changes
from attune_store._migrations import read_migrations

ROOT = Path(__file__).parent.parent
SCHEMA = "attune"


def main() -> None:
    """Revert step by step, and compare after each step."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as conn:
        after, steps = _read(conn), {}
        for migration in reversed(read_migrations(ROOT / "schema")):
            conn.execute(migration.down.sql.encode())
            before = _read(conn)
            steps[migration.version] = changes(before, after)
            after = before
    Path(sys.argv[1]).write_text(json.dumps(steps, indent=1) + "\n")


def _read(conn: psycopg.Connection) -> Catalog:
    with psycopg.RawCursor(conn) as cursor, conn.transaction():
        conn.execute("SET LOCAL search_path TO ''")
        row = cursor.execute(READ_CATALOG, (SCHEMA,)).fetchone()
    assert row is not None
    return parse_catalog(row[0])


if __name__ == "__main__":
    main()
