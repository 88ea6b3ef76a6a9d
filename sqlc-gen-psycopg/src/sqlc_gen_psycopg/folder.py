"""Where sqlc's paths start."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from .problems import Problem


def config_folder() -> Path:
    """The folder of sqlc's configuration, which the paths in it are relative to.

    It is the current one, unless `sqlc generate --file` names a file elsewhere: sqlc does not tell
    its plugins, so the command line of the process that started this one has to.
    """
    _, *arguments = sqlc_command() or [""]
    for number, argument in enumerate(arguments):
        if argument in ("-f", "--file", "-file") and number + 1 < len(arguments):
            return Path(arguments[number + 1]).parent
        if match := re.fullmatch(r"(?:--?file=|-f=?)(.+)", argument):
            return Path(match[1]).parent
    return Path()


def check_package(package: str, out: str) -> None:
    """Refuse a package that is not called like its folder, or like the end of its path."""
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


def sqlc_command() -> list[str]:
    """The command line of the sqlc that started this process; empty if none did."""
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
