"""Adopting a database that has all of the schema, but not the list of its migrations."""

from typing import Any

from psycopg import Connection

from attune_store import errors
from attune_store._migrations import Migration, read_migrations
from attune_store._sync.check import check
from attune_store._sync.migrate import Run, read_progress
from attune_store._translate import translating
from attune_store.errors import Severity


def adopt(conn: Connection[Any], /) -> list[Migration]:
    """List all migrations as applied, if the database has the newest schema. Return those that were not.

    The connection is an autocommit one. Raises SchemaDriftError, with the differences, if something
    breaking or risky differs; UnavailableError if another process migrates for longer than a
    minute.
    """
    run = Run(conn)
    with translating(conn):
        with run.alone():
            progress = read_progress(conn)
            if not progress.pending:
                return []
            # The settings of the check end with the savepoint.
            with conn.transaction(force_rollback=True):
                differences = check(conn)
            wrong = [one for one in differences if not _is_adoptable(one)]
            if wrong:
                raise errors.SchemaDriftError(
                    "the database can't be adopted, as its schema is not the newest one:"
                    + "".join(f"\n- {difference}" for difference in wrong),
                    differences=wrong,
                )
            run.replace_list(read_migrations())
    return list(progress.pending)


def _is_adoptable(difference: errors.Difference) -> bool:
    """Return whether the difference is harmless, or about the list itself."""
    if difference.severity is Severity.HARMLESS:
        return True
    return difference.object == "migrations" and difference.severity is Severity.RISKY
