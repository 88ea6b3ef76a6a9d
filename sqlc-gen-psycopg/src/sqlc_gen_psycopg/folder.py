"""The folder that sqlc's paths are relative to."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from .problems import Problem


def config_folder() -> Path:
    """Return the folder of sqlc's configuration, to which its paths are relative.

    This is the current folder, unless `sqlc generate --file` names a file in another one. sqlc does not pass
    this to its plugins, so it is read from the command line of the parent process.
    """
    _, *arguments = sqlc_command() or [""]
    for number, argument in enumerate(arguments):
        if argument in ("-f", "--file", "-file") and number + 1 < len(arguments):
            return Path(arguments[number + 1]).parent
        if match := re.fullmatch(r"(?:--?file=|-f=?)(.+)", argument):
            return Path(match[1]).parent
    return Path()


def check_package(package: str, out: str) -> None:
    """Refuse a package whose name differs from its folder, or from the end of its path."""
    if not out:
        return
    folder, names = (config_folder() / out).absolute(), package.split(".")
    if list(folder.parts[-len(names) :]) != names:
        hint = (
            f"did you mean {folder.name}?"
            if folder.name.isidentifier()
            else f"rename the folder, as no package can be called {folder.name}"
        )
        raise Problem(
            f"sqlc.yaml: options: package: {package} is not the name of `out`, {out}; {hint}"
        )


def sql_files(paths: list[str]) -> list[Path]:
    """Return the files that paths of sqlc's configuration name: files, folders or patterns."""
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


def sqlc_command() -> list[str]:
    """Return the command line of the sqlc that started this process, or an empty one."""
    command = _parent_command()
    return command if command and "sqlc" in Path(command[0]).name else []


def _parent_command() -> list[str]:
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
