"""Generate 500 queries over 100 tables, compared with sqlc's own generator for Go."""

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from measuring import OURS, Comparison

BIN = Path(sys.executable).parent
PLUGIN = BIN / "sqlc-gen-psycopg"
TABLES = 100
SCHEMA = """
CREATE TABLE thing_{n}s (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    at timestamptz NOT NULL,
    data jsonb,
    tags text[] NOT NULL
);
"""
QUERIES = """
-- name: GetThing{n} :one
SELECT * FROM thing_{n}s WHERE id = $1;
-- name: ListThing{n} :many
SELECT id, upper(name) AS name FROM thing_{n}s
WHERE sqlc.narg(name)::text IS NULL OR name = sqlc.narg(name) ORDER BY id;
-- name: CreateThing{n} :one
INSERT INTO thing_{n}s (name, at, data, tags) VALUES ($1, $2, $3, $4) RETURNING *;
-- name: DeleteThing{n} :execrows
DELETE FROM thing_{n}s WHERE id = $1;
-- name: Join{n} :many
SELECT a.*, b.name AS other FROM thing_{n}s a LEFT JOIN thing_{n}s b ON b.id = a.id ORDER BY a.id;
"""
PYTHON = {"codegen": [{"plugin": "psycopg", "out": "library", "options": {"package": "library"}}]}


def write_sources(folder: Path) -> None:
    """Write the tables and the queries."""
    (folder / "schema.sql").write_text("".join(SCHEMA.format(n=n) for n in range(TABLES)))
    (folder / "query.sql").write_text("".join(QUERIES.format(n=n) for n in range(TABLES)))


def sqlc(folder: Path, command: str, generator: dict[str, Any]) -> None:
    """Generate with sqlc."""
    entry = {"schema": "schema.sql", "queries": "query.sql", "engine": "postgresql"}
    config = {
        "version": "2",
        "plugins": [{"name": "psycopg", "process": {"cmd": command, "format": "json"}}],
        "sql": [entry | generator],
    }
    (folder / "sqlc.json").write_text(json.dumps(config))
    subprocess.run(
        [BIN / "sqlc", "generate"],
        cwd=folder,
        env=os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"},
        check=True,
    )


def plugin(request: Path) -> None:
    """Run the plugin alone, with the request of sqlc."""
    with request.open() as stdin:
        command = [str(PLUGIN), "/plugin.CodegenService/Generate"]
        subprocess.run(command, stdin=stdin, stdout=subprocess.DEVNULL, check=True)


def comparisons(url: str) -> Iterator[Comparison]:
    """Compare with the same files, by the processor time of all processes."""
    with TemporaryDirectory(prefix="generate-") as name:
        folder = Path(name)
        write_sources(folder)
        request = folder / "request.json"
        # With this instead of the plugin, sqlc's request is kept.
        recorder = folder / "recorder"
        recorder.write_text(
            f'#!/bin/sh\ntee {shlex.quote(str(request))} | {shlex.quote(str(PLUGIN))} "$@"\n'
        )
        recorder.chmod(0o755)
        go = {"gen": {"go": {"package": "library", "out": "go", "sql_package": "pgx/v5"}}}
        sqlc(folder, str(recorder), PYTHON)
        yield Comparison(
            "generate 500 queries",
            {
                "sqlc, its generator for Go": lambda: sqlc(folder, PLUGIN.name, go),
                OURS: lambda: sqlc(folder, PLUGIN.name, PYTHON),
                "the plugin alone": lambda: plugin(request),
            },
        )
