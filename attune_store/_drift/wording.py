"""The text of the two sides of a difference."""

import difflib
import re
from collections.abc import Iterable

from attune_queries.catalog import Column

from attune_store._printable import printable

RESTORE = "restore it from a backup, with its data"
ADOPT = "revert the change, or add it to schema/ and generate the code again"
IGNORE = "nothing; to keep it, add it to schema/ and generate the code again"


def describe(column: Column) -> str:
    """Return a column as in CREATE TABLE, without its name."""
    parts = [column.type]
    if column.collation is not None:
        parts.append(f"COLLATE {column.collation}")
    if column.not_null:
        parts.append("NOT NULL" if column.validated else "NOT NULL NOT VALID")
    if column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    if column.identity:
        kind = "ALWAYS" if column.identity == "a" else "BY DEFAULT"
        parts.append(f"GENERATED {kind} AS IDENTITY")
    if column.generated:
        kind = "VIRTUAL" if column.virtual else "STORED"
        parts.append(f"GENERATED ALWAYS AS {column.generated} {kind}")
    return " ".join((*parts, *column.options))


def listed(options: Iterable[str]) -> str:
    """Return the options of a table or view as a list."""
    return ", ".join(sorted(options)) or "no options"


def excerpts(expected: str, found: str, *, separator: str = "\n") -> tuple[str, str]:
    """Return the parts in which two texts differ."""
    ours, theirs = expected.split(separator), found.split(separator)
    changes = [
        (separator.join(ours[a:b]), separator.join(theirs[c:d]))
        for tag, a, b, c, d in difflib.SequenceMatcher(a=ours, b=theirs).get_opcodes()
        if tag != "equal"
    ]
    expected, found = (" ... ".join(side) for side in zip(*changes, strict=True))
    return expected or "nothing", found or "nothing"


def quoted(name: str) -> str:
    """Return a name as SQL, in quotes if it needs them."""
    if re.fullmatch(r"[a-z_][a-z0-9_]*", name):
        return name
    name = name.replace('"', '""')
    return f'"{name}"'


def in_sql(name: str, *, alone: bool = False) -> str:
    """Return a name for a statement that is shown: it can be run, and has no control characters.

    A name without a dot before it is in quotes, because it may be a keyword.
    """
    if not alone and re.fullmatch(r"[a-z_][a-z0-9_$]*", name):
        return name
    return _between('"', name)


def qualified(home: str, schema: str, name: str) -> str:
    """Return the name of an object as SQL. `home` is the schema of the code."""
    return f"{home if schema == home else in_sql(schema, alone=True)}.{in_sql(name)}"


def literal(text: str) -> str:
    """Return a string for a statement that is shown."""
    return _between("'", text)


def _between(mark: str, text: str) -> str:
    text = text.replace(mark, mark * 2)
    if text.isascii() and text.isprintable():
        return f"{mark}{text}{mark}"
    escapes = (
        "\\\\" if it == "\\" else it if " " <= it <= "~" else f"\\+{ord(it):06x}" for it in text
    )
    return f"U&{mark}{''.join(escapes)}{mark}"


def without_controls(statements: str) -> str:
    """Return statements that do the same, without control characters in their names and strings."""

    def escaped(match: re.Match[str]) -> str:
        mark, text = match[0][0], match[0][1:-1]
        return match[0] if printable(text) == text else _between(mark, text.replace(mark * 2, mark))

    return re.sub(r""""(?:[^"]|"")*"|'(?:[^']|'')*'""", escaped, statements)


def plain(text: str) -> str:
    """Return the text in ASCII, so that two letters can't look alike."""
    return printable(text).encode("ascii", "backslashreplace").decode()


def visible(expected: str | None, found: str | None) -> tuple[str | None, str | None]:
    """Return both sides in a form in which they look different."""
    if expected is None or found is None:
        return expected and plain(expected), found and plain(found)
    expected, found = plain(expected), plain(found)
    if expected.split() == found.split():
        return repr(expected), repr(found)
    return expected.strip(), found.strip()
