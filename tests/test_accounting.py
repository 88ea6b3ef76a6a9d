"""A run fails if it does not call a method or a function, and names it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
TESTS = """
from attune_queries import pack
import psycopg, pytest

def test_one():
    with pytest.raises(AttributeError):
        pack.get_pack(None, id=1)

def test_other():
    pass
"""
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run pytest on two tests that call nearly nothing."""
    (tmp_path / "test_little.py").write_text(TESTS)

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "tests.accounting", *options],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "generated")])},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_full_run_fails_and_names_what_was_not_called(run: Run, workers: str) -> None:
    done = run("-n", workers)
    assert done.returncode == 1
    named = done.stdout.splitlines()
    assert "attune_queries.pack.list_packs" in named
    assert "attune_queries.aio.pack.get_pack" in named
    assert "AsyncWorkflowExecutionRepository.pause" in named
    assert "attune_queries.pack.get_pack" not in named, "one was called"


@pytest.mark.parametrize(
    "options",
    [
        ["-k", "one"],
        ["test_little.py"],
        ["--lf"],
        ["--deselect", "test_little.py::test_other"],
        ["--ignore", "nothing"],
        ["--collect-only"],
    ],
)
def test_a_partial_run_does_not_fail(run: Run, options: list[str]) -> None:
    done = run(*options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "never called by a test" not in done.stdout
