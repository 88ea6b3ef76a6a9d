"""Print warnings, which sqlc would hide."""

import os
import sys
from contextlib import suppress
from pathlib import Path

from .folder import sqlc_command


def warn(text: str) -> None:
    """Write a warning to stderr, and to that of sqlc, which shows ours only if we fail."""
    line = f"sqlc-gen-psycopg: warning: {text}\n"
    sys.stderr.write(line)
    if sqlc_command():
        # Without /proc, only the docstring of the function has the warning.
        with suppress(OSError), Path(f"/proc/{os.getppid()}/fd/2").open("a") as stderr:
            stderr.write(line)
