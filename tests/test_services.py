"""The services of the examples pass their own tests after they were copied to another folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.mark.parametrize("name", ["fastapi_service", "flask_service"])
def test_a_service_passes_its_tests(name: str, tmp_path: Path, attune_server: str) -> None:
    shutil.copytree(EXAMPLES / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "pytest", "-p", "no:asyncio", "-q", name],
        cwd=tmp_path,
        env=os.environ | {"DATABASE_URL": attune_server},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout and "skipped" not in done.stdout
