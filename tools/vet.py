"""Check SQL for `make lint`: the migrations with squawk, the queries with sqlc."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from generate import BIN, ROOT, run, scratch_database

_DOWN = re.compile(r"^-- migrate:down.*", re.MULTILINE | re.DOTALL)


def vet_migrations(schema: Path) -> Iterator[str]:
    """Return the messages of squawk about each direction of each migration, which runs alone."""
    for file in sorted(schema.glob("*.sql")):
        text = file.read_text()
        up = _DOWN.sub("", text)
        down = "\n" * up.count("\n") + text.removeprefix(up)  # at the lines of the file
        yield from _squawk(file, up)
        # The way back drops what the way there has created.
        yield from (line for line in _squawk(file, down) if " ban-drop-" not in line)


def _squawk(file: Path, script: str) -> list[str]:
    command = [str(BIN / "squawk"), "--reporter=gcc", f"--stdin-filepath={file}"]
    alone = "transaction:false" in script
    if alone:
        command.append("--no-assume-in-transaction")
    done = subprocess.run(
        command, input=script, capture_output=True, text=True, cwd=ROOT, check=False
    )
    if done.stderr:
        sys.exit(done.stderr)
    lines = done.stdout.splitlines()
    # SET LOCAL has no effect in a single statement, and the locks of CONCURRENTLY stop no writer.
    return [line for line in lines if not (alone and " require-lock-timeout " in line)]


def vet_queries(root: Path, url: str) -> None:
    """Run the rules of sqlc. With an empty search_path, a name that is not qualified can't be prepared."""
    run("sqlc", "vet", env={"SQLC_URI": f"{url}&search_path="}, cwd=root)


def main() -> None:
    """Check schema/ and queries/."""
    schema = ROOT / "schema"
    if said := list(vet_migrations(schema)):
        sys.exit("\n".join(said))
    with scratch_database(schema) as url:
        vet_queries(ROOT, url)


if __name__ == "__main__":
    main()
