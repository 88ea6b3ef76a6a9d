"""What each attempt came to, as its worker was told: a file of lines that outlives its worker."""

import json
import os
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple


class Outcome(StrEnum):
    """What a worker was told of an attempt, or found out."""

    BEGUN = "begun"
    """Nothing more, if its worker was killed."""
    COMMITTED = "committed"
    REFUSED = "refused"
    """By an error that is retryable: nothing was committed."""
    UNKNOWN = "unknown"
    FOUND = "found"
    """It was unknown; the row is there."""
    ABSENT = "absent"
    """It was unknown; the row is not there."""
    WRONG = "wrong"
    """An error that must not be; the detail is it."""


class Entry(NamedTuple):
    """A line of a ledger."""

    kind: str
    key: str
    outcome: Outcome
    detail: str = ""


class Ledger:
    """The lines that a worker writes, each by one call to the system."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def note(self, kind: str, key: str, outcome: Outcome, detail: str = "") -> None:
        """Write a line."""
        os.write(self._file, json.dumps([kind, key, outcome, detail]).encode() + b"\n")


class Reader:
    """Reads a ledger as it grows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0

    def new(self) -> Iterator[Entry]:
        """The entries since the last call."""
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
