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
    """What every error may carry."""

    sqlstate: str | None
    entity: str | None
    field: str | None
    value: object
    constraint: str | None
    retryable: bool


class StoreError(Exception):
    """The database refused the operation.

    `retryable` promises that nothing of the transaction was committed, and that running all of it
    again may succeed.
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
    """There is no such row."""

    def _describe(self) -> str:
        return f"{self._subject()} does not exist"


class AlreadyExistsError(StoreError):
    """A row with this key exists already (23505)."""

    def _describe(self) -> str:
        return f"{self._subject()} already exists"


class ForeignKeyError(StoreError):
    """The row refers to one that is missing, or is still referenced itself (23503)."""

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
    """The values are not acceptable (23514, 23502, 22xxx), or could not be sent at all."""


class ConflictError(StoreError):
    """The row is not in the state that the operation expects."""

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
    """Another transaction was in the way (40001, 40P01): run the whole transaction again."""

    retryable = True


class StatementTimeoutError(StoreError):
    """A statement, or its wait for a lock, took longer than allowed (57014, 55P03)."""


class UnavailableError(StoreError):
    """No connection to the database, or the connection was lost."""

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
    """The server is a standby, which takes no writes (25006): connect to the primary."""


class Severity(StrEnum):
    """What a difference does to the queries of this package."""

    BREAKING = "breaking"
    """A query fails, or returns what its types do not say."""
    RISKY = "risky"
    """A guarantee is weaker, or a plan slower."""
    HARMLESS = "harmless"
    """No query notices."""

    def at_least(self, other: Severity) -> bool:
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


class SchemaDriftError(StoreError):
    """The live schema is not the one that the code was generated from."""

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
