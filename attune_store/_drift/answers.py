"""What a comparison has to ask the server, about the rows and expressions that decide it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Answer:
    """The first row that a statement gave, or the SQLSTATE and the message with which it failed."""

    row: tuple[Any, ...] = ()
    sqlstate: str | None = None
    message: str = ""

    @property
    def is_true(self) -> bool:
        """Whether the server said so."""
        return self.row == (True,)

    @property
    def may_be_true(self) -> bool:
        """Whether the server said so, or is still to be asked."""
        return self.is_true or self.sqlstate == ""


UNKNOWN = Answer(sqlstate="")


@dataclass(slots=True)
class Answers:
    """Those that were given, and the statements that wait for one.

    A comparison that had to ask is made again when the answers are there.
    """

    given: dict[str, Answer] = field(default_factory=dict[str, Answer])
    open: list[str] = field(default_factory=list[str])

    def ask(self, statement: str) -> Answer:
        """The answer; an unknown one as long as nobody gave it."""
        if statement not in self.given:
            if statement not in self.open:
                self.open.append(statement)
            return UNKNOWN
        return self.given[statement]
