"""mypy --strict and pyright strict on the snippets of tests/typing/."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
SNIPPETS = ROOT / "tests/typing"


def mypy(path: Path) -> dict[int, str]:
    """Return the errors by line."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    found = re.findall(
        rf"^{re.escape(str(path.relative_to(ROOT)))}:(\d+): error: (.*)$", done.stdout, re.M
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return {int(line): message for line, message in found}


def pyright(path: Path) -> dict[int, str]:
    """Return the errors by line."""
    done = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", str(path)],
        cwd=ROOT,
        env=os.environ | {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
    )
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == 1
    return {
        diagnostic["range"]["start"]["line"] + 1: diagnostic["message"]
        for diagnostic in report["generalDiagnostics"]
        if diagnostic["severity"] == "error"
    }


@pytest.mark.parametrize("check", [mypy, pyright])
def test_the_public_types_are_as_expected(check: object) -> None:
    assert callable(check)
    assert check(SNIPPETS / "accepted.py") == {}


@pytest.mark.parametrize("check", [mypy, pyright])
def test_wrong_calls_are_refused(check: object) -> None:
    assert callable(check)
    path = SNIPPETS / "refused.py"
    wrong = {
        statement.lineno
        for function in ast.parse(path.read_text()).body
        if isinstance(function, ast.FunctionDef)
        for statement in function.body
    }
    assert set(check(path)) == wrong
