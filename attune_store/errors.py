"""The errors of the store. Classes follow SQLSTATE; the psycopg error is the `__cause__`."""

from __future__ import annotations

import reprlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypedDict, Unpack, cast

__all__ = [
    "AlreadyExistsError",
    "ConflictError",
    "Difference",
    "ForeignKeyError",
    "NotFoundError",
    "ReadOnlyServerError",
    "SchemaDriftError",
    "SerializationError",
    "Severity",
    "StatementTimeoutError",
    "StoreError",
    "UnavailableError",
    "ValidationError",
]


class Attributes(TypedDict, total=False):
    """The attributes of every error."""

    sqlstate: str | None
    entity: str | None
    field: str | None
    value: object
    constraint: str | None
    retryable: bool


class StoreError(Exception):
    """The database refused the operation.

    If `retryable` is True, nothing of the transaction was committed, and running all of it again
    may succeed.
    """

    retryable: bool = False

    def __init__(self, message: str | None = None, /, **attributes: Unpack[Attributes]) -> None:
        self.sqlstate = attributes.get("sqlstate")
        self.entity = attributes.get("entity")
        self.field = attributes.get("field")
        self.value = attributes.get("value")
        self.constraint = attributes.get("constraint")
        self.retryable = attributes.get("retryable", self.retryable)
        super().__init__(message or self._describe())

    def _describe(self) -> str:
        return self.__doc__ or type(self).__name__

    def _subject(self) -> str:
        """Name the row: "workflow_definition with ref='deploy.rollout'"."""
        entity = self.entity or "row"
        return entity if self.field is None else f"{entity} with {self.field}={shorten(self.value)}"


class NotFoundError(StoreError):
    """The row does not exist."""

    def _describe(self) -> str:
        return f"{self._subject()} does not exist"


class AlreadyExistsError(StoreError):
    """A row with this key already exists (23505)."""

    def _describe(self) -> str:
        return f"{self._subject()} already exists"


class ForeignKeyError(StoreError):
    """The row refers to a missing row, or is still referenced by another one (23503)."""

    kind: Literal["missing", "still_referenced"]

    def __init__(
        self,
        message: str | None = None,
        /,
        *,
        kind: Literal["missing", "still_referenced"] = "missing",
        **attributes: Unpack[Attributes],
    ) -> None:
        self.kind = kind
        super().__init__(message, **attributes)

    def _describe(self) -> str:
        if self.kind == "still_referenced":
            return f"{self._subject()} is still referenced"
        return f"{self._subject()} refers to a row that does not exist"


class ValidationError(StoreError):
    """A value is invalid (23514, 23502, 22xxx), or can't be sent to the server."""


class ConflictError(StoreError):
    """The row does not have the expected state."""

    def __init__(
        self,
        message: str | None = None,
        /,
        *,
        expected: object = None,
        actual: object = None,
        **attributes: Unpack[Attributes],
    ) -> None:
        self.expected = expected
        self.actual = actual
        super().__init__(message, **attributes)

    def _describe(self) -> str:
        return f"{self._subject()} is {self.actual}, expected {_alternatives(self.expected)}"


class SerializationError(StoreError):
    """The transaction conflicts with another one (40001, 40P01): run all of it again."""

    retryable = True


class StatementTimeoutError(StoreError):
    """A statement, or a wait for a lock, exceeded its timeout (57014, 55P03)."""


class UnavailableError(StoreError):
    """There is no connection to the database, or it was lost."""

    retryable = True

    def __init__(
        self,
        message: str | None = None,
        /,
        *,
        outcome_unknown: bool = False,
        **attributes: Unpack[Attributes],
    ) -> None:
        self.outcome_unknown = outcome_unknown
        if outcome_unknown:
            attributes["retryable"] = False
        super().__init__(message, **attributes)


class ReadOnlyServerError(UnavailableError):
    """The server is a standby, which can't be written to (25006): connect to the primary."""


class Severity(StrEnum):
    """The effect of a difference on the queries of this package."""

    BREAKING = "breaking"
    """A query fails, or returns a value of another type."""
    RISKY = "risky"
    """A guarantee is weaker, or a plan is slower."""
    HARMLESS = "harmless"
    """No query is affected."""

    def at_least(self, other: Severity) -> bool:
        """Return whether this is as severe as the other, or more severe."""
        order = list(Severity)
        return order.index(self) <= order.index(other)


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference between the database and the schema of the code."""

    severity: Severity
    object: str
    """Kind and name of the object, such as "column attune.pack.label"."""
    expected: str | None
    """The expected definition, None if the object should not exist."""
    found: str | None
    """The definition in the database, None if the object does not exist."""
    touches: tuple[str, ...]
    """The generated models and functions that it affects."""
    remedy: str
    """What to do, as SQL where possible."""

    def __str__(self) -> str:
        expected, found = self.expected or "nothing", self.found or "nothing"
        return f"{self.severity}: {self.object}: expected {expected}, found {found}"


class SchemaDriftError(StoreError):
    """The schema of the database is not that of the code."""

    def __init__(
        self,
        message: str | None = None,
        /,
        *,
        differences: Sequence[Difference] = (),
        **attributes: Unpack[Attributes],
    ) -> None:
        self.differences = tuple(differences)
        super().__init__(message, **attributes)

    def _describe(self) -> str:
        shown = [f"\n- {difference}" for difference in self.differences[:20]]
        if more := len(self.differences) - len(shown):
            shown.append(f"\n- and {more} more")
        return f"{type(self).__doc__}{''.join(shown)}"


def shorten(value: object) -> str:
    """Represent a value, at most some 80 characters of it."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = 80
    return short.repr(str(value) if isinstance(value, str) else value)


def _alternatives(expected: object) -> str:
    if isinstance(expected, Collection) and not isinstance(expected, str):
        return " or ".join(sorted(map(str, cast("Collection[object]", expected))))
    return str(expected)
