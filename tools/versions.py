"""Run a command on each PostgreSQL major version: versions.py [MAJOR ...] -- COMMAND ..."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

MAJORS = ("15", "16", "17", "18")
_PACKAGES = Path(__file__).with_suffix("")
_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


def install() -> None:
    """Install the servers that package-lock.json pins, and create the links that npm leaves out."""
    subprocess.run(["npm", "ci", "--silent"], cwd=_PACKAGES, check=True)
    for package in _PACKAGES.glob("node_modules/postgresql-*"):
        links = json.loads((package / "native" / "pg-symlinks.json").read_text())
        for link in links:
            target = package / link["target"]
            target.unlink(missing_ok=True)
            target.symlink_to(Path(os.path.relpath(package / link["source"], target.parent)))


@contextmanager
def server(major: str) -> Iterator[str]:
    """Run a new server of this major version while the block lasts, and yield its URL."""
    native = _PACKAGES / "node_modules" / f"postgresql-{major}" / "native"
    user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root.
    with tempfile.TemporaryDirectory(prefix=f"postgresql-{major}-") as folder:
        data = Path(folder) / "data"
        data.mkdir(mode=0o700)
        if user:
            _let_in(user, native / "bin", data)

        def run(program: str, *arguments: str) -> None:
            # Write its messages to a file: with a pipe, the server would keep it open.
            log = Path(folder) / f"{program}.log"
            with log.open("wb") as output:
                command = [str(native / "bin" / program), "-D", str(data), *arguments]
                result = subprocess.run(
                    command, stdout=output, stderr=output, user=user, cwd=folder, check=False
                )
            if result.returncode:
                raise SystemExit(f"{program} of PostgreSQL {major}:\n{log.read_text()}")

        run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        options = " ".join(f"-c {setting}" for setting in _SETTINGS)
        run("pg_ctl", "-w", "-o", f"-h '' -k {data} {options}", "start")
        try:
            yield f"postgresql://postgres@/postgres?host={quote(str(data), safe='')}"
        finally:
            run("pg_ctl", "-w", "-m", "fast", "stop")


def _let_in(user: str, programs: Path, data: Path) -> None:
    """Give the data to the user, and allow it to pass through the folders above."""
    import pwd

    account = pwd.getpwnam(user)
    os.chown(data, account.pw_uid, account.pw_gid)
    for folder in {*programs.parents, *data.parents}:
        folder.chmod(folder.stat().st_mode | 0o011)  # to pass through, not to list


def main(arguments: list[str]) -> int:
    if "--" not in arguments:
        print(__doc__, file=sys.stderr)
        return 2
    split = arguments.index("--")
    majors, command = arguments[:split] or MAJORS, arguments[split + 1 :]
    install()
    failed: list[str] = []
    for major in majors:
        print(f"PostgreSQL {major}: {shlex.join(command)}", flush=True)
        with server(major) as url:
            result = subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False)
        if result.returncode:
            failed.append(major)
    print(
        f"failed on PostgreSQL {', '.join(failed)}" if failed else f"passed on {', '.join(majors)}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
