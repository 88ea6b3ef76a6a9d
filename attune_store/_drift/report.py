"""A report with one line per cause, whatever its consequences."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from attune_queries import enums, models
from attune_queries.manifest import Query

from attune_store._drift.answers import Answer, Answers
from attune_store._drift.wording import plain, visible, without_controls
from attune_store.errors import Difference, Severity


def mentions(text: str, *names: str) -> bool:
    """Return whether the text contains all of the names, each as a whole word."""
    return all(name in text for name in names) and all(
        re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in names
    )


# PostgreSQL's messages that contain no name: undefined or ambiguous functions and operators, types that do not fit, and
# ON CONFLICT without its index.
_NAMELESS = {
    *(
        "42883",
        "42725",
        "42804",
        "42846",
        "42P18",
        "42P08",
        "42P10",
        "22P02",
        "42803",
        "0A000",
        "428C9",
    ),
}


@dataclass(frozen=True, slots=True)
class _Line:
    difference: Difference
    if_worse: str | None
    """The remedy if the line becomes worse because of a query."""
    mentioned: tuple[tuple[str, ...], ...]


class Report:
    """Collects differences, and asks the server what their severity depends on."""

    def __init__(
        self, schema: str, queries: Sequence[Query], answers: Answers | None = None
    ) -> None:
        self.schema = schema
        self._queries = {query: _text(query) for query in queries}
        self._answers = answers or Answers()
        self._lines: list[_Line] = []

    def trial(self) -> "Report":
        """Return an empty report that asks nothing new, to see what a comparison adds to it."""
        return Report(self.schema, (), Answers(self._answers.given))

    def ask(self, statement: str) -> Answer:
        """Return the server's answer to a statement that reads one row."""
        return self._answers.ask(statement)

    def add(
        self,
        severity: Severity,
        object: str,
        expected: str | None,
        found: str | None,
        remedy: str,
        *,
        if_worse: str | None = None,
        touches: Iterable[str] = (),
        mentioned: Iterable[tuple[str, ...]] = (),
    ) -> None:
        """Add a line. It explains a failing query that mentions all names of one of `mentioned`."""
        expected, found = visible(expected, found)
        object, remedy = plain(object).replace("\n", "\\n"), without_controls(remedy)
        difference = Difference(severity, object, expected, found, tuple(touches), remedy)
        self._lines.append(_Line(difference, if_worse, tuple(mentioned)))

    def touched(self, *names: str) -> list[str]:
        """Return the generated classes and functions that mention all of the names, the first one qualified."""
        plain = names[0].removeprefix(f"{self.schema}.")
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
        """Return whether a statement has these columns in its ON CONFLICT, which needs their index."""
        target = f"ON CONFLICT ({', '.join(columns)})"
        return any(mentions(query.sql, relation) and target in query.sql for query in self._queries)

    def copying(self, relation: str) -> list[str]:
        """Return the functions that write the relation by COPY."""
        return [
            function(query)
            for query in self._queries
            if query.command == ":copyfrom" and mentions(query.sql, relation)
        ]

    def forbids_rule(self, relation: str, event: str) -> bool:
        """Return whether a statement writes the relation in a way that PostgreSQL refuses if there is such a rule."""
        command = {"INSERT": "INSERT INTO", "DELETE": "DELETE FROM"}.get(event, event)
        in_with = rf"\(\s*{command} {re.escape(relation)}(?!\w)"
        on_conflict = rf"INSERT INTO {re.escape(relation)}(?!\w).* ON CONFLICT "
        pattern = in_with if event == "DELETE" else f"{in_with}|{on_conflict}"
        texts = (" ".join(query.sql.split()) for query in self._queries)
        return any(re.search(pattern, text) for text in texts)

    def is_always_given(self, relation: str, column: str) -> bool:
        """Return whether each statement that inserts into the relation sets the column."""
        inserts = re.compile(rf"INSERT INTO {re.escape(relation)}(?: AS \w+)? \(([^)]*)\)")
        lists = [text for query in self._queries for text in inserts.findall(query.sql)]
        return bool(lists) and all(column in re.findall(r"\w+", text) for text in lists)

    def worsen(self, query: Query, message: str, sqlstate: str | None = None) -> bool:
        """Make the line breaking that explains why this query fails. Return False if there is none.

        A line whose name is in the message is preferred, then one that is breaking already.
        """
        likely = sorted(
            range(len(self._lines)),
            key=lambda number: self._lines[number].difference.severity is not Severity.BREAKING,
        )
        nameless = [False, True] if not message or sqlstate in _NAMELESS else [False]
        for is_nameless, number in product(nameless, likely):
            line = self._lines[number]
            if self._fails_by(line, query, message, is_nameless=is_nameless):
                touches = (*line.difference.touches, function(query))
                difference = replace(
                    line.difference,
                    severity=Severity.BREAKING,
                    touches=tuple(dict.fromkeys(touches)),
                )
                if line.if_worse is not None and message:
                    said = f"{(difference.found or '').partition(': ')[0]}: {plain(message)}"
                    difference = replace(difference, remedy=line.if_worse, found=said)
                self._lines[number] = replace(line, difference=difference)
                return True
        return False

    def _fails_by(self, line: _Line, query: Query, message: str, *, is_nameless: bool) -> bool:
        breaking = line.difference.severity is Severity.BREAKING
        known = breaking and function(query) in line.difference.touches
        return (known and not line.mentioned) or any(
            (known or mentions(self._queries[query], *names))
            and (is_nameless or mentions(message, names[-1].rpartition(".")[2]))
            for names in line.mentioned
        )

    @property
    def differences(self) -> list[Difference]:
        """Return the lines, the worst ones first."""
        order = list(Severity)
        lines = (line.difference for line in self._lines)
        return sorted(lines, key=lambda difference: order.index(difference.severity))


def function(query: Query) -> str:
    """Return the name of a query's generated function: "pack.get_pack"."""
    return f"{query.module}.{query.function}"


def _text(query: Query) -> str:
    """Return everything that a query may mention."""
    return " ".join((query.sql, *query.parameters, *query.columns))
