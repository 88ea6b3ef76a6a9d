"""A report in which one cause is one line, however much follows from it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum

from attune_queries import enums, models
from attune_queries.manifest import Query

from attune_store._drift.wording import plain, visible
from attune_store.errors import Difference, Severity


def mentions(text: str, *names: str) -> bool:
    """Whether the text has all of the names in it, each as a whole word."""
    return all(name in text for name in names) and all(
        re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names
    )


class Reach(IntEnum):
    """How far a difference reaches."""

    QUERIES = 1
    """Queries may fail by it."""
    CHANGED = 2
    """Others are written otherwise, too."""
    MISSING = 3
    """Others go with it, too."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What else a difference explains: whatever mentions all of the names, as far as it reaches."""

    names: tuple[str, ...]
    reach: Reach = Reach.MISSING


def reach_of(found: object | None) -> Reach:
    """How far it reaches that something is gone, or is otherwise."""
    return Reach.MISSING if found is None else Reach.CHANGED


@dataclass(frozen=True, slots=True)
class _Line:
    difference: Difference
    causes: tuple[Cause, ...]


class Report:
    """Collects differences; what follows from an earlier one is left out."""

    def __init__(self, schema: str, queries: Sequence[Query], pending: str = "") -> None:
        self._schema = schema
        self._queries = {query: _text(query) for query in queries}
        self._pending = pending
        self._lines: list[_Line] = []

    def add(
        self,
        severity: Severity,
        object: str,
        expected: str | None,
        found: str | None,
        remedy: str,
        *,
        touches: Iterable[str] = (),
        causes: Iterable[Cause] = (),
    ) -> None:
        """Add a line."""
        expected, found = visible(expected, found)
        difference = Difference(severity, plain(object), expected, found, tuple(touches), remedy)
        self._lines.append(_Line(difference, tuple(causes)))

    def explains(
        self, text: str, *names: str, missing: bool = False, causes: Iterable[Cause] = ()
    ) -> bool:
        """Whether it is known why what has this text and these names is otherwise, or missing.

        A line says so, which then takes on the `causes`; or a pending migration has the names.
        """
        if self._pending and mentions(self._pending, *names):
            return True
        least = Reach.MISSING if missing else Reach.CHANGED
        for number, line in enumerate(self._lines):
            if any(mentions(text, *one.names) for one in line.causes if one.reach >= least):
                self._lines[number] = replace(line, causes=(*line.causes, *causes))
                return True
        return False

    def touched(self, *names: str) -> list[str]:
        """The generated classes and functions that meet all of the names, the first qualified."""
        plain = names[0].removeprefix(f"{self._schema}.")
        name = "".join(part.capitalize() for part in plain.split("_"))
        found = [
            f"{place}.{name}"
            for place, module in (("models", models), ("enums", enums))
            if hasattr(module, name)
        ]
        return found + [
            function(query) for query, text in self._queries.items() if mentions(text, *names)
        ]

    def is_arbiter(self, relation: str, columns: Iterable[str]) -> bool:
        """Whether a statement has these columns in its ON CONFLICT, which needs their index."""
        target = f"ON CONFLICT ({', '.join(columns)})"
        return any(mentions(query.sql, relation) and target in query.sql for query in self._queries)

    def worsen(self, query: Query) -> bool:
        """Make the line breaking that explains why this query fails; False: none does."""
        if self._pending:
            return True
        for number, line in enumerate(self._lines):
            difference = line.difference
            breaks = difference.severity is Severity.BREAKING
            if (breaks and function(query) in difference.touches) or any(
                mentions(self._queries[query], *cause.names) for cause in line.causes
            ):
                touches = tuple(dict.fromkeys((*difference.touches, function(query))))
                difference = replace(difference, severity=Severity.BREAKING, touches=touches)
                self._lines[number] = replace(line, difference=difference)
                return True
        return False

    @property
    def differences(self) -> list[Difference]:
        """The lines, the worst ones first."""
        order = list(Severity)
        lines = (line.difference for line in self._lines)
        return sorted(lines, key=lambda difference: order.index(difference.severity))


def function(query: Query) -> str:
    """The name of a query's generated function: "pack.get_pack"."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", query.name)
    return f"{query.module}.{name.lower()}"


def _text(query: Query) -> str:
    """Whatever a query may mention."""
    return " ".join((query.sql, *query.parameters, *query.columns))
