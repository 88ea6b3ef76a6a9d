"""Generated code follows ruff's defaults. The conformance suite checks its packages, too."""

import subprocess
import sys
from pathlib import Path

import pytest
from sqlc_gen_psycopg.formatting import format_files
from sqlc_gen_psycopg.problems import Problem

HERE = Path(__file__).parent
PACKAGES = [HERE.parent / "examples/library", *sorted((HERE / "golden").iterdir())]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=["check", "format"])
def test_ruff_finds_nothing(command: list[str], package: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", package / "library"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("package", ["library", "dist", "site-packages"])
def test_a_package_may_have_a_name_that_ruff_excludes(package: str) -> None:
    assert format_files({"query.py": "import os\nx = [ ]"}, package) == {"query.py": "x = []\n"}


def test_an_error_of_ruff_is_shown() -> None:
    with pytest.raises(Problem) as raised:
        format_files({"query.py": "x = 1\n", "aio/query.py": 'x = """ab'}, "library")
    assert "library/aio/query.py:1:5: invalid-syntax: missing closing quote" in str(raised.value)
    assert "library/query.py" not in str(raised.value)
