"""Run mypy, pyright and ruff over all generated code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .generate import PREFIX

_SCRIPTS = Path(sys.executable).parent


def complaints(root: Path, outs: Sequence[Path]) -> dict[str, list[str]]:
    """Return the messages of the checkers about the packages in the folders, by package.

    Messages that belong to no package, such as a checker that did not run, are listed by the name of the checker.
    """
    packages = {out: sorted(str(path.relative_to(root)) for path in out.iterdir()) for out in outs}
    every = [package for found in packages.values() for package in found]
    found: dict[str, list[str]] = {}
    for path, complaint in (
        *(item for out in outs if packages[out] for item in _mypy(root, out, packages[out])),
        *_pyright(root, outs, every),
        *_ruff(root, every),
    ):
        package = next((part for part in Path(path).parts if part[:3] in PREFIX.values()), path)
        found.setdefault(package, []).append(complaint)
    return found


def _mypy(root: Path, out: Path, packages: list[str]) -> Iterator[tuple[str, str]]:
    # One folder at a time, because each contains modules of the cases.
    (root / "mypy.ini").write_text("[mypy]\nstrict = True\nshow_column_numbers = True\n")
    code, output = _run(
        root,
        *("mypy", "--config-file", "mypy.ini", "--python-version", "3.11", *packages),
        env={"MYPYPATH": str(out)},
    )
    found = [
        (match[1], f"mypy: {line}")
        for line in output.splitlines()
        if (match := re.match(r"(\S+?):\d+.*(?:error|note): ", line))
    ]
    yield from found
    if code not in (0, 1) or (code == 1 and not found):
        yield "mypy", output[:2000]


def _pyright(root: Path, outs: Sequence[Path], packages: list[str]) -> Iterator[tuple[str, str]]:
    folders = [str(out.relative_to(root)) for out in outs]
    config = {
        "typeCheckingMode": "strict",
        "include": packages,
        "extraPaths": folders,
        "executionEnvironments": [{"root": folder} for folder in folders],
        "pythonVersion": "3.11",
    }
    (root / "pyrightconfig.json").write_text(json.dumps(config))
    _, output = _run(
        root,
        *("pyright", "--outputjson", "--pythonpath", sys.executable, "-p", "pyrightconfig.json"),
    )
    try:
        report = json.loads(output)
    except ValueError:
        yield "pyright", output[:2000]
        return
    for item in report["generalDiagnostics"]:
        line = item["range"]["start"]["line"] + 1
        yield item["file"], f"pyright: {item['file']}:{line}: {item['message']}"
    if not report["summary"]["filesAnalyzed"]:
        yield "pyright", "no file analysed"


def _ruff(root: Path, packages: list[str]) -> Iterator[tuple[str, str]]:
    # By ruff's own defaults.
    _, output = _run(root, *("ruff", "check", "--isolated", "--output-format", "json"), *packages)
    for item in json.loads(output):
        where = f"{item['filename']}:{item['location']['row']}"
        yield item["filename"], f"ruff: {where}: {item['code']} {item['message']}"
    _, output = _run(root, "ruff", "format", "--isolated", "--check", *packages)
    for line in output.splitlines():
        if line.startswith("Would reformat: "):
            yield line.removeprefix("Would reformat: "), line


def _run(
    root: Path, command: str, *arguments: str, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Return the exit code and standard output, or standard error if there is no output."""
    done = subprocess.run(
        [_SCRIPTS / command, *arguments],
        cwd=root,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout or done.stderr
