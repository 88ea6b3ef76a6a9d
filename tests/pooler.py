"""PgBouncer before the server. POOLER=session or POOLER=transaction puts one there for a whole run."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.waiting import until

MODE = os.environ.get("POOLER")
MODES = ("session", "transaction")
UNPREPARED: dict[str, Any] = {"prepare_threshold": None} if MODE == "transaction" else {}
"""How a caller connects if the next statement may run in another session."""

# The next transaction of a client gets another session, if there is one.
_CONFIGURATION = """
[databases]
* = {target}
[pgbouncer]
unix_socket_dir = {folder}
listen_port = 6432
pool_mode = {mode}
default_pool_size = 40
server_round_robin = 1
server_login_retry = 0.1
auth_type = trust
auth_file = {folder}/users
auth_user = {user}
logfile = {folder}/log
"""


@contextmanager
def pooler(server: str, mode: str, **settings: object) -> Iterator[str]:
    """Run a PgBouncer in this mode while the block lasts, and yield the conninfo of its databases."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise FileNotFoundError("pgbouncer is not installed: apt-get install pgbouncer")
    given = {key: str(value) for key, value in conninfo_to_dict(server).items()}
    with tempfile.TemporaryDirectory(prefix="attune-pooler-") as name:
        folder = Path(name)
        user = given.get("user", "postgres")
        target = {key: given[key] for key in ("host", "port") if key in given}
        _write(folder / "users", f'"{user}" "{given.get("password", "")}"\n')
        configuration = _CONFIGURATION.format(
            target=make_conninfo("", **target), folder=folder, mode=mode, user=user
        )
        lines = (f"{name} = {value}\n" for name, value in settings.items())
        _write(folder / "pgbouncer.ini", configuration + "".join(lines))
        account = _account(given.get("host", ""))
        if account:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, account)
        process = subprocess.Popen(
            [
                program,
                "--quiet",
                *(["--user", account] if account else []),
                folder / "pgbouncer.ini",
            ]
        )
        try:
            conninfo = make_conninfo(server, host=name, port=6432, hostaddr=None)
            until(lambda: process.poll() is not None or answers(conninfo))
            if process.returncode is not None:
                raise RuntimeError(f"pgbouncer ended: {(folder / 'log').read_text()}")
            yield conninfo
        finally:
            process.terminate()
            process.wait()


def _write(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)


def _account(host: str) -> str | None:
    """Return the user for PgBouncer, which refuses to be root: one who may enter the server's socket folder."""
    if os.geteuid() != 0:
        return None
    owner = Path(host).owner() if host.startswith("/") else "root"
    return owner if owner != "root" else pwd.getpwnam("nobody").pw_name


def answers(conninfo: str, sessions: int = 1) -> bool:
    """Return whether queries succeed, in this number of sessions at once, which PgBouncer then keeps.

    It fails the first query after a failed login.
    """
    try:
        with ExitStack() as stack:
            for _ in range(sessions):
                stack.enter_context(psycopg.connect(conninfo)).execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True
