"""What is known of a database: its relations, types and functions.

A type is written by its short name (`int4`), with its schema where a user made it (`public.mood`),
and with `[]` behind it where it is an array.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeGuard, TypeVar

from .known import is_builtin_type

_T = TypeVar("_T")
Key = tuple[str, str]
"""Schema and name."""

_ALIASES = {
    "smallint": "int2",
    "smallserial": "int2",
    "serial2": "int2",
    "integer": "int4",
    "int": "int4",
    "serial": "int4",
    "serial4": "int4",
    "bigint": "int8",
    "bigserial": "int8",
    "serial8": "int8",
    "real": "float4",
    "float": "float8",
    "double precision": "float8",
    "decimal": "numeric",
    "dec": "numeric",
    "boolean": "bool",
    "character varying": "varchar",
    "character": "bpchar",
    "bit varying": "varbit",
    "time without time zone": "time",
    "time with time zone": "timetz",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
}


# The fields that an interval is of, as the parser has them: a bit for each.
_INTERVALS = {
    0x7FFF: "",
    1 << 2: "year",
    1 << 1: "month",
    1 << 3: "day",
    1 << 10: "hour",
    1 << 11: "minute",
    1 << 12: "second",
    0b110: "year to month",
    1 << 3 | 1 << 10: "day to hour",
    1 << 3 | 0b11 << 10: "day to minute",
    1 << 3 | 0b111 << 10: "day to second",
    0b11 << 10: "hour to minute",
    0b111 << 10: "hour to second",
    0b11 << 11: "minute to second",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """A column of a relation, or a field of a composite type."""

    name: str
    type: str | None
    nullable: bool = True
    dimensions: int = 0
    null_elements: bool = False
    modifiers: tuple[str, ...] = ()
    """What its type has in parentheses, as `varchar(20)` has, after the fields of an interval."""
    unknown: str = ""
    """What a view makes it of of which nothing is known, such as `the function f()`."""


@dataclass(slots=True)
class Relation:
    """A table, or a view with the statement that it stands for."""

    schema: str
    name: str
    columns: list[Attribute] = field(default_factory=list[Attribute])
    query: dict[str, Any] | None = None
    parents: list[Key] = field(default_factory=list[Key])
    """The tables that it inherits from or is a partition of."""
    inherited: set[str] = field(default_factory=set[str])
    """The columns that it has from its parents alone."""
    of_type: Key | None = None
    """The composite type that it is a table of."""
    not_nulls: dict[str, str] = field(default_factory=dict[str, str])
    """Names of NOT NULL constraints, and the columns that they are about."""
    indexes: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Its indexes, and their columns."""
    is_sequence: bool = False
    owner: Key | None = None
    """The table that a sequence belongs to."""

    def column(self, name: str) -> Attribute | None:
        """The column of this name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Routine:
    """A function that a user made."""

    arguments: tuple[str, ...]
    returns: str
    is_set: bool = False
    defaults: int = 0
    out: tuple[Attribute, ...] = ()
    names: tuple[str, ...] = ()
    """Of the arguments, empty for one without a name."""
    variadic: str | None = None
    """The type of each of the arguments that may be repeated at the end."""
    kind: str = ""
    """`a` for an aggregate."""


@dataclass(slots=True)
class Database:
    """All that a statement may refer to; keys are (schema, name)."""

    relations: dict[tuple[str, str], Relation] = field(
        default_factory=dict[tuple[str, str], Relation]
    )
    enums: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    domains: dict[tuple[str, str], tuple[str, bool]] = field(
        default_factory=dict[tuple[str, str], tuple[str, bool]]
    )
    """Base type, and whether the domain is NOT NULL."""
    composites: dict[tuple[str, str], list[Attribute]] = field(
        default_factory=dict[tuple[str, str], list[Attribute]]
    )
    ranges: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    multiranges: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """The types of the ranges that they consist of."""
    routines: dict[tuple[str, str], list[Routine]] = field(
        default_factory=dict[tuple[str, str], list[Routine]]
    )
    search_path: tuple[str, ...] = ("public",)
    views: dict[tuple[str, str], list[Attribute]] = field(
        default_factory=dict[tuple[str, str], list[Attribute]]
    )
    """The columns of the views that have been read, as long as the schema stays as it is."""
    has_all_operators: bool = False
    """Whether there are surely no operators and casts but PostgreSQL's and known extensions'."""

    def find(self, kind: dict[tuple[str, str], _T], schema: str, name: str) -> _T | None:
        """What has this name, looked up along the search path where no schema is given."""
        for found in [schema] if schema else self.search_path:
            if (found, name) in kind:
                return kind[found, name]
        return None

    def named(self, node: dict[str, Any]) -> Key:
        """The key that a RangeVar makes where it stands in DDL."""
        return node.get("schemaname") or self.search_path[0], node["relname"]

    def qualified(self, nodes: list[dict[str, Any]]) -> Key:
        """The key that a list of names makes where it stands in DDL."""
        *schema, name = strings(nodes)
        return (schema[-1] if schema else self.search_path[0]), name

    def relation(self, schema: str, name: str) -> Relation | None:
        """The table or view of this name."""
        return self.find(self.relations, schema, name) or self.relations.get(("pg_catalog", name))

    def type(self, schema: str, name: str) -> str:
        """The canonical name of a type, without brackets."""
        if schema in ("", "pg_catalog"):
            name = _ALIASES.get(name, name)
            if is_builtin_type(name):
                return name
        for found in [schema] if schema else self.search_path:
            if self._has_type((found, name)):
                return f"{found}.{name}"
        return name

    def _has_type(self, key: tuple[str, str]) -> bool:
        ranges = (self.ranges, self.multiranges)
        kinds = (self.enums, self.domains, self.composites, *ranges, self.relations)
        return any(key in kind for kind in kinds)

    def key(self, type_: str) -> tuple[str, str]:
        """The schema and name of a user's type, either of which may have a dot in it."""
        schema, _, name = type_.rpartition(".")
        while "." in schema and not self._has_type((schema, name)):
            schema, _, more = schema.rpartition(".")
            name = f"{more}.{name}"
        return schema, name

    def base(self, type_: str | None) -> str | None:
        """The type under a domain; itself for any other."""
        while type_ is not None and (found := self.domains.get(self.key(type_))) is not None:
            type_ = found[0]
        return type_

    def is_not_null(self, type_: str | None) -> bool:
        """Whether the type is a domain that allows no NULL."""
        while type_ is not None and (found := self.domains.get(self.key(type_))) is not None:
            if found[1]:
                return True
            type_ = found[0]
        return False

    def fields(self, type_: str | None) -> list[Attribute] | None:
        """The fields of a composite type or of a table's row type."""
        type_ = self.base(type_)
        if type_ is None:
            return None
        key = self.key(type_)
        if (found := self.composites.get(key)) is not None:
            return found
        if (relation := self.relations.get(key)) is not None:
            return relation.columns
        return None


def is_node(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether it is a node of a statement's tree."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether it is a list of nodes."""
    return isinstance(value, list)


def walk(node: Any) -> Iterator[tuple[str, Any]]:
    """All nodes below this one, as (kind, content), however deeply they are nested."""
    waiting: list[tuple[str, Any]] = [("", node)]
    while waiting:
        kind, content = waiting.pop()
        if kind:
            yield kind, content
        if is_node(content):
            waiting.extend(reversed(content.items()))
        elif is_list(content):
            waiting.extend(("", item) for item in reversed(content))


def strings(nodes: list[dict[str, Any]] | None) -> list[str]:
    """The texts of a list of String nodes."""
    return [node["String"].get("sval", "") for node in nodes or [] if "String" in node]


def type_name(database: Database, node: dict[str, Any]) -> tuple[str, int]:
    """The canonical name of a TypeName node, and its dimensions."""
    *schema, name = strings(node.get("names"))
    found = database.type(schema[-1] if schema else "", name)
    dimensions = len(node.get("arrayBounds", []))
    return (f"{found}[]" if dimensions else found), dimensions


def modifiers(node: dict[str, Any]) -> tuple[str, ...]:
    """What a TypeName node has in parentheses, after the fields of an interval."""
    found: list[str] = []
    for item in node.get("typmods", []):
        constant = item.get("A_Const", {})
        names = strings(item.get("ColumnRef", {}).get("fields"))
        number = constant.get("ival", {}).get("ival", 0)
        found.append("".join(names) or constant.get("sval", {}).get("sval") or str(number))
    name = strings(node.get("names"))[-1:]
    if name == ["numeric"] and len(found) == 1:
        found.append("0")
    if name == ["interval"] and found:
        found[0] = _INTERVALS[int(found[0])]
    return tuple(item.lower() for item in found if item)
