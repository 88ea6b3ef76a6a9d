"""The reported outcomes of attempts, in a file of lines that outlives its worker."""

import json
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple


class Outcome(StrEnum):
    """The outcome of an attempt that was reported to a worker, or that it found out."""

    BEGUN = "begun"
    """The only entry, if its worker was killed."""
    COMMITTED = "committed"
    REFUSED = "refused"
    """A retryable error: nothing was committed."""
    UNKNOWN = "unknown"
    FOUND = "found"
    """It was unknown, and the row exists."""
    ABSENT = "absent"
    """It was unknown, and the row does not exist."""
    WRONG = "wrong"
    """An error that must not happen. The detail is its text."""


class Entry(NamedTuple):
    """A line of a ledger."""

    kind: str
    key: str
    outcome: Outcome
    detail: str = ""


class Ledger:
    """The lines that a worker writes, each with one system call."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(self, kind: str, key: str, outcome: Outcome, detail: str = "") -> None:
        """Write a line."""
        os.write(self._file, json.dumps([kind, key, outcome, detail]).encode() + b"\n")


class Reader:
    """Reads a ledger while it is written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0

    def new(self) -> Iterator[Entry]:
        """Return the entries since the last call."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._position)
            for line in file:
                if not line.endswith(b"\n"):
                    return  # It is being written.
                self._position += len(line)
                kind, key, outcome, detail = json.loads(line)
                yield Entry(kind, key, Outcome(outcome), detail)
