"""The directives in a query's comments, and the rest of the comments."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .problems import Problem
from .request import Query

_DIRECTIVE = re.compile(r"\s*@(notnull|nullable|stream)\b\s*(.*)")


@dataclass(slots=True)
class Directives:
    """The directives of a query."""

    not_null: set[str] = field(default_factory=set[str])
    nullable: set[str] = field(default_factory=set[str])
    stream: bool = False

    def decide(self, name: str, nullable: bool) -> bool:
        """Return whether the name may be NULL: by a directive, or by what is known."""
        return name in self.nullable or (nullable and name not in self.not_null)

    def check(self, known: set[str]) -> None:
        """Refuse a directive for a name that does not exist, because it is probably misspelt."""
        for kind, names in (("nullable", self.nullable), ("notnull", self.not_null)):
            for name in sorted(names - known):
                raise Problem(
                    f"@{kind} {name}: no such column or parameter;"
                    f" expected one of {', '.join(sorted(known))}"
                )


def read_directives(query: Query) -> Directives:
    """Read the directives of a query."""
    found = Directives()
    for line in query.comments:
        if (match := _DIRECTIVE.fullmatch(line)) is None:
            continue
        names = set(re.split(r"[\s,]+", match[2].strip()))
        match match[1]:
            case "notnull":
                found.not_null |= names
            case "nullable":
                found.nullable |= names
            case _:
                found.stream = True
    if found.stream and query.cmd != ":many":
        raise Problem("@stream requires :many")
    return found


def prose(comments: Iterable[str]) -> str:
    """Return the comments that are not directives of the plugin or of sqlc."""
    lines = (
        comment.strip()
        for comment in comments
        if _DIRECTIVE.fullmatch(comment) is None
        and not comment.lstrip().startswith("@sqlc-vet-disable")
    )
    return "\n".join(lines).strip()
