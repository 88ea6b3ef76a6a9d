"""The command, apart from what sqlc has to do with it."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from run_sqlc import generate

COMMAND = Path(sys.executable).parent / "sqlc-gen-psycopg"
EXAMPLE = Path(__file__).parent.parent / "examples/library"
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


def test_the_output_is_the_same_every_time(tmp_path: Path) -> None:
    """Whatever the seed of hashes, the locale, the time zone and the folder are."""
    schema = (EXAMPLE / "schema.sql").read_text()
    query = (EXAMPLE / "query.sql").read_text()
    outputs: list[dict[str, str]] = []
    for seed, locale, zone in [
        ("1", "C", "UTC"),
        ("2", "C.UTF-8", "Asia/Tokyo"),
        ("3", "C", "UTC"),
    ]:
        # sqlc clears the plugin's environment.
        folder = tmp_path / seed
        folder.mkdir()
        wrapper = folder / "wrapper"
        variables = f"PYTHONHASHSEED={seed} LC_ALL={locale} TZ={zone}"
        wrapper.write_text(f'#!/bin/sh\nexec env {variables} {COMMAND} "$@"\n')
        wrapper.chmod(0o755)
        assert not generate(folder, schema, query, command=str(wrapper))
        package = folder / "library"
        outputs.append(
            {str(path.relative_to(package)): path.read_text() for path in package.rglob("*.py")}
        )
    assert outputs[0] == outputs[1] == outputs[2]
