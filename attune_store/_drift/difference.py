"""What a difference is, and how bad."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a difference does to the queries of this package."""

    BREAKING = "breaking"
    """A query fails, or returns what its types do not say."""
    RISKY = "risky"
    """A guarantee is weaker, or a plan slower."""
    HARMLESS = "harmless"
    """No query notices."""

    def at_least(self, other: "Severity") -> bool:
        """Whether this is as bad as the other, or worse."""
        order = list(Severity)
        return order.index(self) <= order.index(other)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as the code expects it."""

    severity: Severity
    object: str
    """Its kind and name, like "column attune.pack.label"."""
    expected: str | None
    """None: it should not be there."""
    found: str | None
    """None: it is not there."""
    touches: tuple[str, ...]
    """The generated models and functions that meet it."""
    remedy: str
    """What to do."""

    def __str__(self) -> str:
        expected, found = self.expected or "nothing", self.found or "nothing"
        return f"{self.severity}: {self.object}: expected {expected}, found {found}"
