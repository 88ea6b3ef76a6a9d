"""Small SQL and the generated Python. `UPDATE_GOLDEN=1` writes the Python again."""

import json
import os
import shutil
from pathlib import Path

import pytest
from run_sqlc import generate

GOLDEN = Path(__file__).with_name("golden")
# The same in every package, except for support.py, which has its own tests.
FIXED = {"support.py", "py.typed", "__init__.py", "aio/__init__.py"}


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.iterdir()))
def test_generated_code_is_as_expected(name: str, tmp_path: Path) -> None:
    case = GOLDEN / name
    settings = case / "options.json"
    errors = generate(
        tmp_path,
        (case / "schema.sql").read_text(),
        (case / "query.sql").read_text(),
        json.loads(settings.read_text()) if settings.exists() else None,
    )
    assert not errors
    generated = _texts(tmp_path / "library")
    if os.environ.get("UPDATE_GOLDEN"):
        shutil.rmtree(case / "library", ignore_errors=True)
        for path, text in generated.items():
            target = case / "library" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    assert generated == _texts(case / "library")


def _texts(folder: Path) -> dict[str, str]:
    return {
        name: path.read_text()
        for path in sorted(folder.rglob("*.py"))
        if (name := path.relative_to(folder).as_posix()) not in FIXED
    }
