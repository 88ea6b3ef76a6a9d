"""The database as the analysis knows it: its relations, types and functions.

A type is written by its short name (`int4`), with its schema if a user created it (`public.mood`),
and followed by `[]` if it is an array.
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


# The fields of an interval, as bits of the parser.
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
    """The values that its type has in parentheses, as in `varchar(20)`, after the fields of an interval."""
    unknown: str = ""
    """An unknown part of the view's expression for it, such as `the function f()`."""


@dataclass(slots=True)
class Relation:
    """A table, or a view with its statement."""

    schema: str
    name: str
    columns: list[Attribute] = field(default_factory=list[Attribute])
    query: dict[str, Any] | None = None
    parents: list[Key] = field(default_factory=list[Key])
    """The tables that it inherits from or is a partition of."""
    inherited: set[str] = field(default_factory=set[str])
    """The columns that it has only from its parents."""
    of_type: Key | None = None
    """The composite type of a table OF a type."""
    not_nulls: dict[str, str] = field(default_factory=dict[str, str])
    """The names of NOT NULL constraints, and their columns."""
    indexes: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Its indexes, and their columns."""
    is_sequence: bool = False
    owner: Key | None = None
    """The table that a sequence belongs to."""

    def column(self, name: str) -> Attribute | None:
        """Return the column with this name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True, slots=True)
class Routine:
    """A function of the user."""

    arguments: tuple[str, ...]
    returns: str
    is_set: bool = False
    defaults: int = 0
    out: tuple[Attribute, ...] = ()
    names: tuple[str, ...] = ()
    """The names of the arguments, empty for one without a name."""
    variadic: str | None = None
    """The type of the last argument, if it can be repeated."""
    kind: str = ""
    """`a` for an aggregate."""


@dataclass(slots=True)
class Database:
    """Everything that a statement may refer to, by (schema, name)."""

    relations: dict[tuple[str, str], Relation] = field(
        default_factory=dict[tuple[str, str], Relation]
    )
    enums: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    domains: dict[tuple[str, str], tuple[str, bool]] = field(
        default_factory=dict[tuple[str, str], tuple[str, bool]]
    )
    """The base type, and whether the domain is NOT NULL."""
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
    """The columns of the views that have been read, as long as the schema does not change."""
    has_all_operators: bool = False
    """Whether all operators and casts belong to PostgreSQL and known extensions."""

    def find(self, kind: dict[tuple[str, str], _T], schema: str, name: str) -> _T | None:
        """Return the object with this name. Without a schema, the search path is used."""
        for found in [schema] if schema else self.search_path:
            if (found, name) in kind:
                return kind[found, name]
        return None

    def named(self, node: dict[str, Any]) -> Key:
        """Return the key of a RangeVar in DDL."""
        return node.get("schemaname") or self.search_path[0], node["relname"]

    def qualified(self, nodes: list[dict[str, Any]]) -> Key:
        """Return the key of a list of names in DDL."""
        *schema, name = strings(nodes)
        return (schema[-1] if schema else self.search_path[0]), name

    def relation(self, schema: str, name: str) -> Relation | None:
        """Return the table or view with this name."""
        return self.find(self.relations, schema, name) or self.relations.get(("pg_catalog", name))

    def type(self, schema: str, name: str) -> str:
        """Return the canonical name of a type, without brackets."""
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
        """Return the schema and the name of a user's type. Both may contain a dot."""
        schema, _, name = type_.rpartition(".")
        while "." in schema and not self._has_type((schema, name)):
            schema, _, more = schema.rpartition(".")
            name = f"{more}.{name}"
        return schema, name

    def base(self, type_: str | None) -> str | None:
        """Return the base type of a domain, or the type itself."""
        while type_ is not None and (found := self.domains.get(self.key(type_))) is not None:
            type_ = found[0]
        return type_

    def is_not_null(self, type_: str | None) -> bool:
        """Return whether the type is a domain that is NOT NULL."""
        while type_ is not None and (found := self.domains.get(self.key(type_))) is not None:
            if found[1]:
                return True
            type_ = found[0]
        return False

    def fields(self, type_: str | None) -> list[Attribute] | None:
        """Return the fields of a composite type or of a table's row type."""
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
    """Return whether it is a node of a statement's tree."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Return whether it is a list of nodes."""
    return isinstance(value, list)


def walk(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield all nodes below this one, at any depth, as (kind, content)."""
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
    """Return the texts of a list of String nodes."""
    return [node["String"].get("sval", "") for node in nodes or [] if "String" in node]


def type_name(database: Database, node: dict[str, Any]) -> tuple[str, int]:
    """Return the canonical name of a TypeName node, and its dimensions."""
    *schema, name = strings(node.get("names"))
    found = database.type(schema[-1] if schema else "", name)
    dimensions = len(node.get("arrayBounds", []))
    return (f"{found}[]" if dimensions else found), dimensions


def modifiers(node: dict[str, Any]) -> tuple[str, ...]:
    """Return what a TypeName node has in parentheses, after the fields of an interval."""
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
