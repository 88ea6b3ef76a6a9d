"""Format all files with one run of ruff."""

import subprocess
import tempfile
from pathlib import Path

from ruff import find_ruff_bin  # pyright: ignore[reportMissingTypeStubs]

from .guard import check_names
from .problems import Problem

# With ruff's default line length.
_CONFIG = """
target-version = "py311"
exclude = []
respect-gitignore = false
[lint]
select = ["F401", "I", "RUF022"]
[lint.isort]
split-on-trailing-comma = false
[lint.per-file-ignores]
"__init__.py" = ["F401"]
"""


def format_files(texts: dict[str, str], package: str) -> dict[str, str]:
    """Return the Python files without unused imports, sorted and formatted, and the other files unchanged."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "ruff.toml").write_text(_CONFIG)
        root = Path(folder, package)
        for name, text in texts.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        _ruff(folder, "check", "--fix", "--output-format", "concise", package)
        _ruff(folder, "format", package)
        formatted = {name: (root / name).read_text(encoding="utf-8") for name in texts}
    check_names(formatted)
    return formatted


def _ruff(folder: str, command: str, *arguments: str) -> None:
    """Run ruff in a folder. Raise Problem with its output if it fails."""
    done = subprocess.run(
        [
            *(find_ruff_bin(), command),
            *("--quiet", "--no-cache", "--config", "ruff.toml", *arguments),
        ],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if done.returncode:
        raise Problem(
            f"ruff {command} failed:\n{done.stdout}{done.stderr}"
            "if that is about the generated code, it is a bug in sqlc-gen-psycopg; please report it"
            " together with the statement"
        )
