"""Warnings, which sqlc would keep to itself."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from .folder import sqlc_command


def warn(text: str) -> None:
    """Write a warning to stderr, and to that of sqlc, which drops ours unless we fail."""
    line = f"sqlc-gen-psycopg: warning: {text}\n"
    sys.stderr.write(line)
    if sqlc_command():
        # Where there is no /proc, the docstring of the function still says it.
        with suppress(OSError), Path(f"/proc/{os.getppid()}/fd/2").open("a") as stderr:
            stderr.write(line)
