"""A PostgreSQL server that can be stopped, killed and started."""

import os
import signal
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import psutil
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from attune_store._embedded import _pg_ctl, start, stop

ROLE = "soak"
CONNECTIONS = 80

_SETTINGS = {
    # A killed server loses no file that the system has. A commit is still written before it is reported.
    "fsync": "off",
    "max_connections": CONNECTIONS,
    "deadlock_timeout": "100ms",
    "log_min_messages": "warning",
    "listen_addresses": "",
}


class Server:
    """A server with a database that belongs to the role of the workers."""

    def __init__(self, data: Path) -> None:
        self._data = data
        url = start(data)
        folder = conninfo_to_dict(url)["host"]
        settings = {**_SETTINGS, "unix_socket_directories": folder}
        with psycopg.connect(url, autocommit=True) as conn:
            for name, value in settings.items():
                conn.execute(
                    sql.SQL("ALTER SYSTEM SET {} = {}").format(
                        sql.Identifier(name), sql.Literal(str(value))
                    )
                )
            conn.execute(f"CREATE ROLE {ROLE} LOGIN")
            conn.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE}")
        self.admin = make_conninfo(url, dbname=ROLE)
        self.conninfo = make_conninfo(url, dbname=ROLE, user=ROLE)
        self.restart("fast")

    def beside(self, name: str) -> str:
        """Create another database of the workers' role, and return its conninfo."""
        with psycopg.connect(self.admin, autocommit=True) as conn:
            conn.execute(f"CREATE DATABASE {name} OWNER {ROLE}")
        return make_conninfo(self.conninfo, dbname=name)

    def restart(self, mode: Literal["fast", "immediate"]) -> None:
        """Stop the server in this mode, and start it again."""
        if not _pg_ctl(self._data, "stop", "-w", "-m", mode):
            raise RuntimeError("the server can't be stopped")
        self._start()

    def kill(self) -> None:
        """Kill the postmaster like `kill -9`, and start it again."""
        postmaster = psutil.Process(int((self._data / "postmaster.pid").read_text().split()[0]))
        family = [postmaster, *postmaster.children(recursive=True)]
        os.kill(postmaster.pid, signal.SIGKILL)
        psutil.wait_procs(family)
        self._start()

    def log(self) -> str:
        """Return the end of the server's log."""
        return (self._data / "log").read_text()[-4000:]

    def _start(self) -> None:
        if not _pg_ctl(self._data, "start", "-w", "-l", str(self._data / "log")):
            raise RuntimeError(f"the server does not start:\n{self.log()}")


@contextmanager
def temporary_server() -> Generator[Server]:
    """Start a server, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="attune-soak-", ignore_cleanup_errors=True) as name:
        data = Path(name) / "data"
        try:
            yield Server(data)
        finally:
            stop(data)
