"""The directives in a query's comments, and what else the comments say."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .problems import Problem
from .request import Query

_DIRECTIVE = re.compile(r"\s*@(notnull|nullable|stream)\b\s*(.*)")


@dataclass(slots=True)
class Directives:
    """What the comments of a query say of it."""

    not_null: set[str] = field(default_factory=set[str])
    nullable: set[str] = field(default_factory=set[str])
    stream: bool = False

    def decide(self, name: str, nullable: bool) -> bool:
        """Whether what has this name may be NULL: as a directive says, else as it is known."""
        return name in self.nullable or (nullable and name not in self.not_null)

    def check(self, known: set[str]) -> None:
        """Refuse one about what there is not: it would be a misspelt one."""
        for kind, names in (("nullable", self.nullable), ("notnull", self.not_null)):
            for name in sorted(names - known):
                raise Problem(
                    f"@{kind} {name}: no such column or parameter;"
                    f" expected one of {', '.join(sorted(known))}"
                )


def read_directives(query: Query) -> Directives:
    """The directives of a query."""
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
    """The comments that are no directives, neither of the plugin nor of sqlc."""
    lines = (
        comment.strip()
        for comment in comments
        if _DIRECTIVE.fullmatch(comment) is None
        and not comment.lstrip().startswith("@sqlc-vet-disable")
    )
    return "\n".join(lines).strip()
