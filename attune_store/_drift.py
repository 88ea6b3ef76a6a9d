"""Comparing a live database with the schema that the code was generated from."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a difference does to the queries of this package."""

    BREAKING = "breaking"
    """A query fails or returns something else."""
    RISKY = "risky"
    """A guarantee is weaker, or a plan slower."""
    HARMLESS = "harmless"
    """Nothing that a query would notice."""

    def at_least(self, other: "Severity") -> bool:
        """Whether this is as bad as the other, or worse."""
        return _ORDER.index(self) <= _ORDER.index(other)


_ORDER = list(Severity)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the code expects it."""

    severity: Severity
    object: str
    expected: str | None
    found: str | None
    touches: tuple[str, ...]
    remedy: str

    def __str__(self) -> str:
        expected, found = self.expected or "nothing", self.found or "nothing"
        return f"{self.severity}: {self.object}: expected {expected}, found {found}"
