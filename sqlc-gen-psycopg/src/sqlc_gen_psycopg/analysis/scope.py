"""The names that an expression may use, and what is known of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .database import Attribute, Database


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression gives: its type, and whether it may be NULL."""

    type: str | None
    """None for a literal or NULL that takes the type of its surroundings."""
    nullable: bool
    dimensions: int = 0
    item: str | None = None
    """The alias of the relation that it is a plain column of."""
    table: tuple[str, str] | None = None
    column: str | None = None
    """Of the table, which it is without a change."""
    row: int = 0
    """A hash of the way from the table to here, the same for all columns of a row."""
    outer: bool = False
    """Whether it may be NULL for another reason than that the table's column may."""
    null_elements: bool = False
    """Whether there may be NULLs in the array that it is."""
    unknown: str = ""
    """What it is made of of which nothing is known, such as `the function f()`."""

    @property
    def plain(self) -> "Value":
        """The same type and NULLs, of no table's column."""
        return Value(
            self.type,
            self.nullable,
            self.dimensions,
            null_elements=self.null_elements,
            unknown=self.unknown,
        )


Columns = list[tuple[str, Value]]

NOTHING = Value(None, True)


def unknown(what: str) -> Value:
    """What something gives of which nothing is known."""
    return replace(NOTHING, unknown=what)


def unknown_of(values: Iterable[Value]) -> str:
    """The first of which nothing is known."""
    return next((value.unknown for value in values if value.unknown), "")


_SYSTEM = {
    "ctid": "tid",
    "xmin": "xid",
    "xmax": "xid",
    "cmin": "cid",
    "cmax": "cid",
    "tableoid": "oid",
}


def of_attribute(attribute: Attribute, *, nullable: bool | None = None) -> Value:
    """What a column gives, or a field of a composite value."""
    return Value(
        attribute.type,
        attribute.nullable if nullable is None else nullable,
        attribute.dimensions,
        null_elements=attribute.null_elements,
        unknown=attribute.unknown,
    )


@dataclass(slots=True, eq=False)
class Item:
    """A relation in FROM."""

    alias: str
    columns: dict[str, Value]
    table: tuple[str, str] | None = None
    row_type: str | None = None
    outer: bool = False
    known: set[str] = field(default_factory=set[str])
    """Columns that WHERE or a join's condition keeps from being NULL; "" if the row is there."""
    certain: bool = False
    """Whether it has exactly one row."""
    inner: tuple[str, ...] = ()
    """The names that its columns had before an alias gave them others."""
    twice: str = ""
    """A name that more than one of its columns has."""

    @property
    def may_be_missing(self) -> bool:
        """Whether an outer join may have no row of it; one with a known column is there."""
        return self.outer and not self.known

    def get(self, name: str) -> Value | None:
        """The column of this name, as a row of the join has it."""
        value = self.columns.get(name)
        if value is None:
            return None
        missing, is_known = self.may_be_missing, name in self.known
        return replace(
            value,
            nullable=(value.nullable or missing) and not is_known,
            item=self.alias,
            row=hash((self.alias, value.row)),
            outer=(value.outer or missing) and not is_known,
        )


@dataclass(slots=True)
class Parameters:
    """What is known of `$n`."""

    nullable: frozenset[int] = frozenset()
    null_elements: frozenset[int] = frozenset()
    """The arrays that may have NULLs in them."""
    types: dict[int, str] = field(default_factory=dict[int, str])
    starred: list[Item] = field(default_factory=list[Item])
    """The relations whose columns a `*` stands for."""
    missing: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """Operators that PostgreSQL does not have, and the types of what stands beside them."""
    are_sought: bool = False
    """While a first reading finds their types, in the order in which PostgreSQL reads."""
    open: dict[int, int] = field(default_factory=dict[int, int])
    """The places in the text that have given no type to the parameter that stands there, nor had
    one before them."""
    untyped: set[int] = field(default_factory=set[int])
    """The places where a parameter was met before it had a type."""
    torn: dict[int, int] = field(default_factory=dict[int, int])
    """Of these, the ones that have given it two types."""
    item: Item = field(default_factory=lambda: Item("", {}))
    """Knows those that a condition keeps from being NULL, as `$n`."""

    def meet(self, number: int, place: int) -> None:
        """A parameter is read."""
        if self.are_sought and number not in self.types:
            self.open[place] = number
            self.untyped.add(place)

    def note(self, number: int, place: int, type_: str) -> None:
        """A place where a parameter stands wants this type."""
        is_the_type = self.types.setdefault(number, type_) == type_
        if not self.are_sought:
            return
        if is_the_type:
            self.open.pop(place, None)
        elif place in self.untyped:
            self.torn[place] = number

    def may_be_null(self, number: int) -> bool:
        """Whether it may be NULL here."""
        return number in self.nullable and f"${number}" not in self.item.known


@dataclass(slots=True)
class Scope:
    """The items of one FROM, and the scopes around it."""

    database: Database
    parameters: Parameters
    parent: "Scope | None" = None
    items: list[Item] = field(default_factory=list[Item])
    tables: dict[str, Item] = field(default_factory=dict[str, Item])
    """The CTEs in sight."""
    merged: dict[str, Value] = field(default_factory=dict[str, Value])
    """Columns that USING or NATURAL made one."""
    hidden: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    grouped: bool = False
    """Whether each row stands for a group that is not empty."""
    rollup: set[str] = field(default_factory=set[str])
    """Columns that ROLLUP, CUBE or GROUPING SETS may leave NULL."""
    rollup_expressions: list[Any] = field(default_factory=list[Any])
    """The same for keys that are no plain columns."""
    windows: dict[str, Any] = field(default_factory=dict[str, Any])
    """The definitions in its WINDOW clause."""

    def inner(self) -> "Scope":
        """A scope below this one."""
        return Scope(self.database, self.parameters, self, tables=dict(self.tables))

    def lookup(self, names: list[str]) -> tuple[Item | None, Value | None]:
        """The column of this name, and the item that it is a column of."""
        scope: Scope | None = self
        *qualifier, column = names
        while scope is not None:
            if not qualifier and column in scope.merged:
                return None, scope.merged[column]
            for item in scope.items:
                if qualifier and item.alias != qualifier[-1]:
                    continue
                if (value := item.get(column)) is not None:
                    if column in scope.rollup:
                        value = replace(value, nullable=True, outer=True)
                    return item, value
            scope = scope.parent
        return None, None

    def item(self, alias: str) -> Item | None:
        """The item of this alias."""
        scope: Scope | None = self
        while scope is not None:
            for item in scope.items:
                if item.alias == alias:
                    return item
            scope = scope.parent
        return None

    def frame(self, over: dict[str, Any]) -> int:
        """The options of the frame that an OVER clause stands for."""
        options: int = self.windows.get(over.get("name", ""), over).get("frameOptions", 0)
        return options

    def row(self, names: list[str]) -> Item | None:
        """The item whose whole row the names mean."""
        return self.item(names[-1]) if names and self.lookup(names)[1] is None else None

    def system(self, names: list[str]) -> Value | None:
        """A system column, which every row of a table has."""
        *qualifier, column = names
        scope: Scope | None = self
        while scope is not None and column in _SYSTEM:
            for item in scope.items:
                if item.table is not None and qualifier[-1:] in ([], [item.alias]):
                    return Value(_SYSTEM[column], item.may_be_missing)
            scope = scope.parent
        return None

    def star(self, alias: str | None) -> Iterator[tuple[str, Value]]:
        """The columns of `*` or `alias.*`."""
        if alias is None:
            yield from self.merged.items()
        for item in self.items:
            if alias not in (None, item.alias):
                continue
            self.parameters.starred.append(item)
            for name in item.columns:
                if alias is None and (id(item), name) in self.hidden:
                    continue
                value = item.get(name)
                assert value is not None
                yield name, value
