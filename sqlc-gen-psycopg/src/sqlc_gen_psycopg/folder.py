"""Where sqlc's paths start."""

import os
import re
import shutil
import subprocess
from pathlib import Path


def config_folder() -> Path:
    """The folder of sqlc's configuration, which the paths in it are relative to.

    It is the current one, unless `sqlc generate --file` names a file elsewhere: sqlc does not tell
    its plugins, so the command line of the process that started this one has to.
    """
    command, *arguments = _parent() or [""]
    if "sqlc" not in Path(command).name:
        return Path()
    for number, argument in enumerate(arguments):
        if argument in ("-f", "--file", "-file") and number + 1 < len(arguments):
            return Path(arguments[number + 1]).parent
        if match := re.fullmatch(r"(?:--?file=|-f=?)(.+)", argument):
            return Path(match[1]).parent
    return Path()


def sql_files(paths: list[str]) -> list[Path]:
    """The files that paths of sqlc's configuration name: files, folders or patterns."""
    found: list[Path] = []
    folder = config_folder()
    for path in (folder / path for path in paths):
        if not path.exists():
            found += sorted(path.parent.glob(path.name))
        elif path.is_dir():
            found += sorted(
                file
                for file in path.glob("*.sql")
                if not file.name.endswith(".down.sql") and not file.name.startswith(".")
            )
        else:
            found.append(path)
    return found


def _parent() -> list[str]:
    parent = os.getppid()
    try:
        text = Path(f"/proc/{parent}/cmdline").read_text(encoding="utf-8", errors="surrogateescape")
        return text.rstrip("\0").split("\0")
    except OSError:
        pass
    if (ps := shutil.which("ps")) is None:
        return []
    done = subprocess.run(
        [ps, "-o", "args=", "-p", str(parent)], capture_output=True, text=True, check=False
    )
    return done.stdout.split()
