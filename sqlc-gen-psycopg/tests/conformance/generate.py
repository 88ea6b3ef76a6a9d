"""Run sqlc with the plugin: one sqlc.yaml per mode, one package per case."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from .case import Case, Mode, Refusal
from .server import database_url, own_name

# Prefixes of equal length, sorted after "psycopg" and "pydantic" in imports, so that the output of the modes can
# be compared byte by byte after the prefix is replaced.
PREFIX: Mapping[Mode, str] = {"static": "xs_", "database": "xd_"}
_SCRIPTS = Path(sys.executable).parent


def package_name(case: Case, mode: Mode) -> str:
    """Return the import package of a case."""
    return PREFIX[mode] + case.id


@dataclass(slots=True)
class Generated:
    """The output: the folder of the packages, and the messages of failed cases."""

    root: Path
    errors: dict[str, str]


def generate(
    root: Path,
    cases: Mapping[str, Case | Refusal],
    mode: Mode,
    url: str | None,
    command: str = "sqlc-gen-psycopg",
) -> Generated:
    """Generate every case. A refused one does not prevent the others."""
    write_inputs(root, cases)
    env = {**os.environ, "PATH": f"{_SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    if url is not None and mode == "database":
        env |= {_variable(name): database_url(url, own_name(name)) for name in cases}
    errors: dict[str, str] = {}
    names = list(cases)
    # In portions, because sqlc writes nothing if one package of a run fails.
    for start in range(0, len(names), _PORTION):
        left = {name: cases[name] for name in names[start : start + _PORTION]}
        while left:
            found = _run(root, left, mode, env, command)
            errors |= found
            left = {name: case for name, case in left.items() if name not in found} if found else {}
    return Generated(root, errors)


_PORTION = 50


def write_inputs(root: Path, cases: Mapping[str, Case | Refusal]) -> None:
    """Write the SQL of the cases, and the modules of the user."""
    for name, case in cases.items():
        folder = root / "in" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "schema.sql").write_text(case.schema)
        for stem, text in case.queries.items():
            (folder / f"{stem}.sql").write_text(text)
        if isinstance(case, Case):
            for file, text in case.files.items():
                target = root / "out" / file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)


def _run(
    root: Path,
    cases: Mapping[str, Case | Refusal],
    mode: Mode,
    env: Mapping[str, str],
    command: str,
) -> dict[str, str]:
    """Run sqlc once, and return the messages of failed cases."""
    (root / "sqlc.json").write_text(json.dumps(_config(cases, mode, command), indent=1))
    done = subprocess.run(
        [_SCRIPTS / "sqlc", "generate", "-f", "sqlc.json"],
        cwd=root,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 0:
        return {}
    found = _split(done.stderr)
    if not found.keys() & cases.keys():
        raise RuntimeError(f"sqlc failed: {done.stderr[:4000]}")
    return found


def _config(cases: Mapping[str, Case | Refusal], mode: Mode, command: str) -> dict[str, Any]:
    # One plugin per case, because sqlc writes the plugin's name above the errors of a package.
    plugins: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    for name, case in cases.items():
        package = PREFIX[mode] + name
        plugin: dict[str, Any] = {
            "name": name,
            "process": {"cmd": command, "format": "json"},
        }
        plugins.append(plugin)
        options = {"package": package, **case.options}
        if mode == "database":
            plugin["env"] = [_variable(name)]
            options["database"] = _variable(name)
        entry: dict[str, Any] = {
            "schema": f"in/{name}/schema.sql",
            "queries": [f"in/{name}/{stem}.sql" for stem in case.queries],
            "engine": "postgresql",
            "codegen": [
                {
                    "plugin": name,
                    "out": f"out/{package}",
                    "options": options,
                }
            ],
        }
        if mode == "database":
            entry["database"] = {"uri": f"${{{_variable(name)}}}"}
        entries.append(entry)
    return {"version": "2", "plugins": plugins, "sql": entries}


def _variable(name: str) -> str:
    # sqlc expands no name that contains a digit.
    letters = "".join(chr(ord("A") + int(c)) if c.isdigit() else c.upper() for c in name)
    return f"CONFORMANCE_{letters}"


def _split(stderr: str) -> dict[str, str]:
    """Return the messages of each package, which sqlc begins with `# package <name>`."""
    parts = re.split(r"^# package (\S+)\n", stderr, flags=re.MULTILINE)
    found: dict[str, str] = {}
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        found[name] = found.get(name, "") + text
    return found


def differing(static: Path, database: Path, cases: Mapping[str, Case]) -> set[str]:
    """Return the cases whose output differs between the two modes."""
    return {
        name
        for name in cases
        if _tree(static / "out" / f"xs_{name}", f"xs_{name}")
        != _tree(database / "out" / f"xd_{name}", f"xd_{name}")
    }


def _tree(folder: Path, package: str) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text().replace(package, "x")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def load(root: Path, package: str) -> ModuleType:
    """Import a generated package."""
    folder = str(root / "out")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    return importlib.import_module(package)
