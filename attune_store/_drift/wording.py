"""How the sides of a difference are written."""

import difflib

from attune_queries.catalog import Column

RESTORE = "run `attune-store migrate`; if nothing is pending, restore it"
ADOPT = "change it back, or add the change to schema/ and generate the code anew"
IGNORE = "nothing, or add it to schema/ and generate the code anew"


def describe(column: Column) -> str:
    """A column as a CREATE TABLE has it, without its name."""
    parts = [column.type]
    if column.not_null:
        parts.append("NOT NULL")
    if column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    if column.identity:
        kind = "ALWAYS" if column.identity == "a" else "BY DEFAULT"
        parts.append(f"GENERATED {kind} AS IDENTITY")
    if column.generated:
        parts.append(f"GENERATED ALWAYS AS {column.generated} STORED")
    return " ".join(parts)


def excerpts(expected: str, found: str, *, separator: str = "\n") -> tuple[str, str]:
    """The parts in which two texts differ; what looks alike is quoted."""
    ours, theirs = expected.split(separator), found.split(separator)
    changes = [
        (separator.join(ours[a:b]), separator.join(theirs[c:d]))
        for tag, a, b, c, d in difflib.SequenceMatcher(a=ours, b=theirs).get_opcodes()
        if tag != "equal"
    ]
    sides = [" ... ".join(side) for side in zip(*changes, strict=True)]
    if len({" ".join(side.split()) for side in sides}) == 1:
        sides = [repr(side) for side in sides]
    return sides[0].strip() or "nothing", sides[1].strip() or "nothing"
