"""Run sqlc with the plugin on a folder of SQL."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent


def generate(
    folder: Path,
    schema: str,
    query: str,
    options: dict[str, Any] | None = None,
    *,
    command: str = "sqlc-gen-psycopg",
) -> str:
    """Write the SQL to the folder and generate the package `library` there. Return the errors."""
    (folder / "schema.sql").write_text(schema)
    (folder / "query.sql").write_text(query)
    settings: dict[str, Any] = {
        "version": "2",
        "plugins": [
            {"name": "psycopg", "process": {"cmd": command, "format": "json"}},
        ],
        "sql": [
            {
                "schema": "schema.sql",
                "queries": "query.sql",
                "engine": "postgresql",
                "codegen": [
                    {
                        "plugin": "psycopg",
                        "out": "library",
                        "options": {"package": "library", **(options or {})},
                    }
                ],
            }
        ],
    }
    (folder / "sqlc.json").write_text(json.dumps(settings))
    return run(folder)


def run(folder: Path, **env: str) -> str:
    """Run `sqlc generate` in a folder. Return the errors."""
    done = run_sqlc(folder, **env)
    return done.stderr if done.returncode else ""


def run_sqlc(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run `sqlc generate` in a folder."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(
        [BIN / "sqlc", "generate"],
        cwd=folder,
        env=os.environ | {"PATH": path} | env,
        capture_output=True,
        text=True,
        check=False,
    )
