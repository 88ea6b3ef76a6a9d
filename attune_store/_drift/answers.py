"""Questions that a comparison asks the server, about rows and expressions."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """The first row of a statement, or the SQLSTATE and the message of its error."""

    row: tuple[Any, ...] = ()
    sqlstate: str | None = None
    message: str = ""

    @property
    def is_true(self) -> bool:
        """Return whether the answer is true."""
        return self.row == (True,)

    @property
    def may_be_true(self) -> bool:
        """Return whether the answer is true, or still unknown."""
        return self.is_true or self.sqlstate == ""


UNKNOWN = Answer(sqlstate="")


@dataclass(slots=True)
class Answers:
    """The known answers, and the statements that wait for one.

    A comparison that had to ask is repeated when the answers are known.
    """

    given: dict[str, Answer] = field(default_factory=dict[str, Answer])
    open: list[str] = field(default_factory=list[str])

    def ask(self, statement: str) -> Answer:
        """Return the answer, which is unknown until it was given."""
        if statement not in self.given:
            if statement not in self.open:
                self.open.append(statement)
            return UNKNOWN
        return self.given[statement]
