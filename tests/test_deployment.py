"""The commands and the program of docs/deployment.md run, each on a migrated database."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from attune_store import Store

pytestmark = pytest.mark.slow

TEXT = (Path(__file__).parent.parent / "docs" / "deployment.md").read_text()
BLOCKS: list[tuple[str, str]] = re.findall(
    r"^```(shell|python)\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE
)


@pytest.mark.parametrize(("language", "block"), BLOCKS)
def test_each_block_of_the_page_runs(database_url: str, language: str, block: str) -> None:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    command = ["bash", "-ec"] if language == "shell" else [sys.executable, "-W", "error", "-c"]
    done = subprocess.run(
        [*command, block],
        env=os.environ | {"PATH": path, "DATABASE_URL": database_url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with Store(database_url) as store:
        if "--down" in block:
            assert len(store.migrate()) == 1
        assert store.check() == []
