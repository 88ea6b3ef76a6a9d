"""Formatting with ruff, in one run for all files."""

import subprocess
import sys
import tempfile
from pathlib import Path

from .guard import check_names

# With the line length that is ruff's own.
_CONFIG = """
target-version = "py311"
exclude = []
respect-gitignore = false
[lint]
select = ["F401", "I", "RUF022"]
[lint.per-file-ignores]
"__init__.py" = ["F401"]
"""


def format_files(texts: dict[str, str], package: str) -> dict[str, str]:
    """The Python files without unused imports, sorted and formatted; the others as they are."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "ruff.toml")
        config.write_text(_CONFIG)
        root = Path(folder, package)
        for name, text in texts.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for command in (["check", "--fix"], ["format"]):
            subprocess.run(
                [
                    *(sys.executable, "-m", "ruff"),
                    *command,
                    *("--quiet", "--no-cache", "--config", str(config), str(root)),
                ],
                check=True,
                capture_output=True,
            )
        formatted = {name: (root / name).read_text(encoding="utf-8") for name in texts}
    check_names(formatted)
    return formatted
