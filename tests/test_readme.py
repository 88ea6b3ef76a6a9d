"""The example of the README runs unchanged."""

import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest
from draw_demo import FROM

pytestmark = pytest.mark.slow

README = Path(__file__).parent.parent / "README.md"


def test_the_example_runs(empty_database_url: str) -> None:
    example = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[0]
    assert len(example.splitlines()) <= 20
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        env=os.environ | {"DATABASE_URL": empty_database_url},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "Brings code to servers ['deploy.rollout']",
        "pack with ref='deploy' already exists",
    ]


def test_the_picture_shows_the_demo() -> None:
    """`make picture` draws it. Runs differ, but headings and workflows do not."""
    root = README.parent
    picture = unescape((root / "docs" / "demo.svg").read_text()).replace("\xa0", " ")
    report = (root / "examples" / "demo" / "report.py").read_text()
    headings = re.findall(r'_table\("(.+)"\)', report)
    shown = headings[headings.index(FROM) :]
    workflows = [path.read_text() for path in (root / "examples" / "workflows").glob("*.yaml")]
    refs = [ref for text in workflows for ref in re.findall(r"^ref: (\S+)", text, re.MULTILINE)]
    assert len(shown) == 3
    assert len(refs) == 8
    assert [word for word in (*shown, *refs) if word not in picture] == []
