"""Do what new users do, each in an empty folder with the two wheels: `make test-strangers`.

The scripts in this folder get REPOSITORY, the wheels as URLs, and an empty database. ONLY=service runs one of them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from generate import as_url, server
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LIBPQ = {"dbname": "PGDATABASE"}
WHEELS = {"ATTUNE_STORE": ROOT, "SQLC_GEN_PSYCOPG": ROOT / "sqlc-gen-psycopg"}


def build(folder: Path) -> dict[str, str]:
    """Build the wheels, and return their URLs."""
    urls: dict[str, str] = {}
    for name, source in WHEELS.items():
        target = folder / name
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)]
        subprocess.run(command, cwd=source, check=True, capture_output=True)
        (wheel,) = target.glob("*.whl")
        urls[name] = wheel.as_uri()
    return urls


def run(script: Path, conninfo: str, wheels: dict[str, str]) -> int:
    """Run a script with a new database in an empty folder, and return its exit status."""
    database = f"attune_stranger_{script.stem}_{os.getpid()}"
    own = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PG"))}
    own |= wheels | {"REPOSITORY": str(ROOT), "PIP_CONSTRAINT": str(ROOT / "requirements-dev.txt")}
    given = make_conninfo(conninfo, dbname=database)
    own["DATABASE_URL"] = as_url(given)
    for key, value in conninfo_to_dict(given).items():
        own[LIBPQ.get(key, f"PG{key.upper()}")] = str(value)
    with (
        tempfile.TemporaryDirectory(prefix="attune-stranger-") as folder,
        psycopg.connect(conninfo, autocommit=True) as conn,
    ):
        conn.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        try:
            command = ["bash", "-euxo", "pipefail", str(script)]
            return subprocess.run(command, cwd=folder, env=own, check=False).returncode
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database))
            conn.execute(drop)


def main() -> None:
    """Run all scripts, or the given ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="*", help="names of scripts, without .sh")
    only = parser.parse_args().only
    scripts = [path for path in sorted(HERE.glob("*.sh")) if not only or path.stem in only]
    if len(scripts) < len(only):
        sys.exit(f"expected one of {', '.join(path.stem for path in sorted(HERE.glob('*.sh')))}")
    results: list[str] = []
    failed = False
    with tempfile.TemporaryDirectory() as folder, server() as conninfo:
        wheels = build(Path(folder))
        for script in scripts:
            begun = time.monotonic()
            status = run(script, conninfo, wheels)
            failed |= status != 0
            seconds = time.monotonic() - begun
            results.append(f"{script.stem}: {'failed' if status else 'ok'} in {seconds:.0f} s")
    print("\n".join(results))
    sys.exit(failed)


if __name__ == "__main__":
    main()
