"""`make lint`'s part about SQL: squawk reads the migrations, sqlc the queries."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from generate import BIN, ROOT, run, scratch_database

_DOWN = re.compile(r"^-- migrate:down.*", re.MULTILINE | re.DOTALL)


def vet_migrations(schema: Path) -> Iterator[str]:
    """What squawk says about each direction of each migration: each runs by itself."""
    for file in sorted(schema.glob("*.sql")):
        text = file.read_text()
        up = _DOWN.sub("", text)
        down = "\n" * up.count("\n") + text.removeprefix(up)  # on the lines where it stands
        yield from _squawk(file, up)
        # Going back drops what going there made.
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
    # Alone there is no place for SET LOCAL, and what CONCURRENTLY locks stops no writer.
    return [line for line in lines if not (alone and " require-lock-timeout " in line)]


def vet_queries(root: Path, url: str) -> None:
    """Run sqlc's rules; with an empty search_path whatever is not qualified can't be prepared."""
    run("sqlc", "vet", env={"SQLC_URI": f"{url}&search_path="}, cwd=root)


def main() -> None:
    """Vet schema/ and queries/."""
    schema = ROOT / "schema"
    if said := list(vet_migrations(schema)):
        sys.exit("\n".join(said))
    with scratch_database(schema) as url:
        vet_queries(ROOT, url)


if __name__ == "__main__":
    main()
