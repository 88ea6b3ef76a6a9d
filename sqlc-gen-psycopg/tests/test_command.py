"""The command, apart from what sqlc has to do with it."""

import base64
import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from run_sqlc import generate

COMMAND = Path(sys.executable).parent / "sqlc-gen-psycopg"
GENERATE = "/plugin.CodegenService/Generate"


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments], input=stdin, capture_output=True, text=True, check=False
    )


def request(options: dict[str, Any], **more: Any) -> str:
    encoded = base64.b64encode(json.dumps(options).encode()).decode()
    return json.dumps({"catalog": {"schemas": []}, "plugin_options": encoded} | more)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "options: package: is needed"),
        ({"package": "x", "pakage": 1}, "pakage: there is no such option; did you mean package?"),
        ({"package": 3}, "options: package: Input should be a valid string"),
        (
            {"package": "x", "overrides": [{"column": "a.b"}]},
            "an override needs `python_type` or `nullable`",
        ),
        (
            {"package": "x", "database": "NOWHERE"},
            "the variable NOWHERE is not set; list it under the plugin's `env:`",
        ),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    done = run(GENERATE, stdin=request(options))
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_several_wrong_options_in_one_run() -> None:
    done = run(GENERATE, stdin=request({"pakage": "x", "renam": {}}))
    assert "did you mean package?" in done.stderr
    assert "did you mean rename?" in done.stderr


def test_what_is_no_request() -> None:
    done = run(GENERATE, stdin="garbage")
    assert done.returncode == 1
    assert "the request" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_password_is_never_shown() -> None:
    for url in ("postgresql://u:hush@[broken/x", "postgresql://u:hush@127.0.0.1:1/x"):
        done = run("verify", "--database-url", url, ".")
        assert done.returncode == 1
        assert "hush" not in done.stdout + done.stderr


def test_500_queries_over_100_tables_take_less_than_2_seconds(tmp_path: Path) -> None:
    schema = "\n".join(
        f"CREATE TABLE thing_{number}s (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
        " name text NOT NULL, at timestamptz NOT NULL, data jsonb, tags text[] NOT NULL);"
        for number in range(100)
    )
    query = "\n".join(
        f"-- name: GetThing{n} :one\nSELECT * FROM thing_{n}s WHERE id = $1;\n"
        f"-- name: ListThing{n} :many\nSELECT id, upper(name) AS name FROM thing_{n}s"
        " WHERE sqlc.narg(name)::text IS NULL OR name = sqlc.narg(name) ORDER BY id;\n"
        f"-- name: CreateThing{n} :one\nINSERT INTO thing_{n}s (name, at, data, tags)"
        " VALUES ($1, $2, $3, $4) RETURNING *;\n"
        f"-- name: DeleteThing{n} :execrows\nDELETE FROM thing_{n}s WHERE id = $1;\n"
        f"-- name: Join{n} :many\nSELECT a.*, b.name AS other FROM thing_{n}s a"
        f" LEFT JOIN thing_{n}s b ON b.id = a.id ORDER BY a.id;\n"
        for n in range(100)
    )
    # sqlc passes the request to this, which keeps it.
    recorder = tmp_path / "recorder"
    recorder.write_text(f'#!/bin/sh\ntee {tmp_path}/request.json | {COMMAND} "$@"\n')
    recorder.chmod(0o755)
    assert not generate(tmp_path, schema, query)
    settings = json.loads((tmp_path / "sqlc.json").read_text())
    settings["plugins"][0]["process"]["cmd"] = str(recorder)
    (tmp_path / "sqlc.json").write_text(json.dumps(settings))
    first = {path: path.read_text() for path in (tmp_path / "library").rglob("*.py")}
    subprocess.run([COMMAND.with_name("sqlc"), "generate"], cwd=tmp_path, check=True)
    assert first == {path: path.read_text() for path in (tmp_path / "library").rglob("*.py")}

    took = _processor_time(tmp_path / "request.json")
    assert took < 2, f"{took:.2f} s"


def _processor_time(path: Path) -> float:
    """What one run takes of a processor, however busy the machine is; the best of three."""
    found: list[float] = []
    for _ in range(3):
        start = resource.getrusage(resource.RUSAGE_CHILDREN)
        with path.open() as stdin:
            subprocess.run([COMMAND, GENERATE], stdin=stdin, capture_output=True, check=True)
        end = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime)
    return min(found)
