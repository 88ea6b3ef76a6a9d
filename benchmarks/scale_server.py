"""A server for databases of any size. With a folder, it is kept between runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import psycopg
import scale_fill
from psycopg import sql
from psycopg.conninfo import make_conninfo

from attune_store._embedded import _pg_ctl, start, stop
from attune_store._sync.migrate import migrate

SETTINGS: Final = {
    "shared_preload_libraries": "pg_stat_statements",
    "shared_buffers": "1GB",
    "track_io_timing": "on",
    "max_wal_size": "2GB",
    "log_autovacuum_min_duration": "0",
}

FRESH: Final = 1_000_000  # A larger database has enough rows for what a run uses up.


@contextmanager
def server(data: Path | None) -> Iterator[str]:
    """Yield the conninfo of a server that counts what statements read. Without a folder, its data is removed."""
    if data is None:
        with (
            TemporaryDirectory(prefix="attune-scale-") as folder,
            server(Path(folder) / "data") as url,
        ):
            yield url
        return
    new = not (data / "PG_VERSION").exists()
    url = start(data)
    try:
        if new:
            with psycopg.connect(url, autocommit=True) as admin:
                for name, value in SETTINGS.items():
                    admin.execute(
                        sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value)
                    )
            assert _pg_ctl(data, "restart", "-w", "-m", "fast", "-l", str(data / "log"))
            with psycopg.connect(url, autocommit=True) as admin:
                admin.execute("CREATE EXTENSION pg_stat_statements")
        yield url
    finally:
        stop(data)


def filled(url: str, rows: int) -> str:
    """Return the conninfo of a database with this number of tasks, a new or an existing large one."""
    name = f"rows_{rows}"
    conninfo = make_conninfo(url, dbname=name)
    with psycopg.connect(url, autocommit=True) as admin:
        present = admin.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount
        if present and rows > FRESH:
            return conninfo
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
        making = f"{name}_new"
        for statement in ("DROP DATABASE IF EXISTS {}", "CREATE DATABASE {}"):
            admin.execute(sql.SQL(statement).format(sql.Identifier(making)))
        with psycopg.connect(make_conninfo(url, dbname=making), autocommit=True) as conn:
            migrate(conn)
            scale_fill.fill(conn, rows)
        renamed = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        admin.execute(renamed.format(sql.Identifier(making), sql.Identifier(name)))
    return conninfo
