"""Read and replace the names in a definition as PostgreSQL writes it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from attune_store._drift.wording import quoted

Name = tuple[str, ...]
"""The parts of a name that are joined by dots, without quotes."""

_PART = r'(?:"(?:[^"]|"")*"|[A-Za-z_][\w$]*)'
_TOKEN = re.compile(rf"'(?:[^']|'')*'|({_PART}(?:\.{_PART})*)")
_CAST = re.compile(
    r"::(?:character varying|timestamp with(?:out)? time zone|double precision|bit varying"
    rf"|{_PART}(?:\.{_PART})*)(?:\([\d,]+\))?(?: with(?:out)? time zone)?(?:\[\])*"
)
# What may follow a relation without an alias.
_NO_ALIAS = {
    *(
        "ON",
        "WHERE",
        "JOIN",
        "LEFT",
        "RIGHT",
        "FULL",
        "INNER",
        "CROSS",
        "NATURAL",
        "GROUP",
        "ORDER",
    ),
    *("LIMIT", "OFFSET", "FETCH", "HAVING", "WINDOW", "UNION", "EXCEPT", "INTERSECT", "FOR"),
    *("TABLESAMPLE", "USING", "WITH"),
}


def names(text: str) -> Iterator[tuple[Name, re.Match[str]]]:
    """Yield the names in a definition, whatever they refer to, except those in strings."""
    for match in _TOKEN.finditer(text):
        if match[1] is not None:
            parts = re.findall(_PART, match[1])
            yield tuple(_unquoted(part) for part in parts), match


def around(definition: str, name: str) -> tuple[str, str]:
    """Return what is before and after the name of an object in its definition."""
    in_quotes = name.replace('"', '""')
    before, _, after = definition.partition(f' "{in_quotes}" ')
    if not after:
        before, _, after = definition.partition(f" {name} ")
    return before, after


def _may_have(text: str, some: Iterable[str]) -> bool:
    """Return whether one of the names may be in the text. This is fast, and true for few definitions."""
    return any(name.replace('"', '""') in text for name in some)


def _unquoted(part: str) -> str:
    return part[1:-1].replace('""', '"') if part.startswith('"') else part


def has(text: str, name: Name) -> bool:
    """Return whether the definition contains the name, alone or as the beginning of a longer one."""
    return _may_have(text, name[-1:]) and any(one[: len(name)] == name for one, _ in names(text))


def replaced(text: str, new: Callable[[Name, re.Match[str]], Name]) -> str:
    """Return the definition with other names in it. The rest keeps its form."""
    pieces, end = list[str](), 0
    for name, match in names(text):
        if (other := new(name, match)) != name:
            pieces += [text[end : match.start()], ".".join(map(quoted, other))]
            end = match.end()
    return "".join((*pieces, text[end:]))


def with_qualified(text: str, schema: str, new: Mapping[str, str]) -> str:
    """Return the definition with other names for objects of the schema."""
    if not _may_have(text, new):
        return text

    def other(name: Name, _: re.Match[str]) -> Name:
        if len(name) > 1 and name[0] == schema and name[1] in new:
            return (schema, new[name[1]], *name[2:])
        return name

    return replaced(text, other)


def with_columns(text: str, new: Mapping[str, str]) -> str:
    """Return an expression over one table with other names for columns, also in old.x and new.x."""
    if not _may_have(text, new):
        return text

    def other(name: Name, match: re.Match[str]) -> Name:
        if _is_column(name, match) and name[-1] in new:
            return (*name[:-1], new[name[-1]])
        return name

    return replaced(text, other)


def has_column(text: str, column: str) -> bool:
    """Return whether an expression over one table reads the column."""
    return _may_have(text, [column]) and any(
        _is_column(name, match) and name[-1] == column for name, match in names(text)
    )


def _is_column(name: Name, match: re.Match[str]) -> bool:
    before, after = match.string[: match.start()], match.string[match.end() :]
    alone = len(name) == 1 or (len(name) == 2 and name[0] in ("new", "old"))
    return alone and not before.endswith("::") and not after.startswith("(")


def without_casts(text: str) -> str:
    """Return the definition without what another type of a column changes in it: casts and parentheses."""
    strings: list[str] = []

    def kept(match: re.Match[str]) -> str:
        if match[1] is not None:
            return match[0]
        strings.append(match[0])
        return f"'{len(strings) - 1}'"

    bare = re.sub(r"[()\s]", "", _CAST.sub("", _TOKEN.sub(kept, text)))
    return re.sub(r"'(\d+)'", lambda match: strings[int(match[1])], bare)


@dataclass(frozen=True, slots=True)
class Query:
    """The definition of a view, and the relations that it reads, by their aliases."""

    text: str
    relations: Mapping[str, str]

    def reads(self, relation: str, column: str | None = None) -> bool:
        """Return whether it reads the relation, or the column of it."""
        if column is None:
            return relation in self.relations.values()
        return any(
            self._resolve(name, match) == (relation, column) for name, match in names(self.text)
        )

    def with_columns(self, relation: str, new: Mapping[str, str]) -> str:
        """Return its text with other names for columns of the relation."""

        def other(name: Name, match: re.Match[str]) -> Name:
            read = self._resolve(name, match)
            if read is not None and read[0] == relation and read[1] in new:
                return (*name[:-1], new[read[1]])
            return name

        return replaced(self.text, other)

    def _resolve(self, name: Name, match: re.Match[str]) -> tuple[str, str] | None:
        """Return the relation and the column that a name refers to."""
        if len(name) == 2 and name[0] in self.relations:
            return self.relations[name[0]], name[1]
        if len(name) == 1 and len(self.relations) == 1 and _is_column(name, match):
            (relation,) = self.relations.values()
            return relation, name[0]
        return None


def view_query(text: str, schema: str) -> Query:
    """Parse the definition of a view."""
    relations: dict[str, str] = {}
    for alias, name in _declared(text, schema):
        relations.setdefault(alias or name, name)
    return Query(text, relations)


def _declared(text: str, schema: str) -> Iterator[tuple[str | None, str]]:
    found = list(names(text))
    for number, (name, match) in enumerate(found):
        if not _is_relation(name, match, schema):
            continue
        alias = None
        if number + 1 < len(found):
            following, where = found[number + 1]
            between = text[match.end() : where.start()]
            if len(following) == 1 and between == " " and where[0].upper() not in _NO_ALIAS:
                alias = following[0]
        yield alias, name[1]


def _is_relation(name: Name, match: re.Match[str], schema: str) -> bool:
    before, after = match.string[: match.start()], match.string[match.end() :]
    return (
        len(name) == 2
        and name[0] == schema
        and not before.endswith("::")
        and not after.startswith("(")
    )


@lru_cache(maxsize=100)
def canonical_view(text: str, schema: str) -> str:
    """Return the definition with numbered relations, and without redundant aliases."""
    query = view_query(text, schema)
    numbers = {alias: f"r{number}" for number, alias in enumerate(query.relations)}

    def other(name: Name, _: re.Match[str]) -> Name:
        return (numbers[name[0]], name[1]) if len(name) == 2 and name[0] in numbers else name

    text = replaced(text, other)
    for alias, name in _declared(text, schema):
        number = numbers[alias or name]
        called = f" {quoted(alias)}" if alias else ""
        declared = rf"{re.escape(f'{schema}.{quoted(name)}{called}')}(?![\w.(])"
        text = re.sub(declared, f"{schema}.{quoted(name)}#{number}", text, count=1)
    text = re.sub(r"((?:\w+\.)?(\w+)) AS \2\b", r"\1", text)
    return " ".join(text.split())
