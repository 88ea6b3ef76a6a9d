"""The names that an expression may use, and what is known about them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .database import Attribute, Database


@dataclass(frozen=True, slots=True)
class Value:
    """The value of an expression: its type, and whether it may be NULL."""

    type: str | None
    """None for a literal or NULL that takes the type of its context."""
    nullable: bool
    dimensions: int = 0
    item: str | None = None
    """The alias of the relation, if it is a plain column of one."""
    table: tuple[str, str] | None = None
    column: str | None = None
    """The column of the table, if it is one without a change."""
    row: int = 0
    """A hash of the path from the table to here, the same for all columns of a row."""
    outer: bool = False
    """Whether it may be NULL for another reason than that the table's column may be."""
    null_elements: bool = False
    """Whether the elements of the array may be NULL."""
    unknown: str = ""
    """An unknown part of the expression, such as `the function f()`."""

    @property
    def plain(self) -> "Value":
        """Return the same type and nullability, without the column."""
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
    """Return the value of an unknown expression."""
    return replace(NOTHING, unknown=what)


def unknown_of(values: Iterable[Value]) -> str:
    """Return the first unknown part of the values."""
    return next((value.unknown for value in values if value.unknown), "")


_SYSTEM = {
    "ctid": "tid",
    "xmin": "xid",
    "xmax": "xid",
    "cmin": "cid",
    "cmax": "cid",
    "tableoid": "oid",
}


def of_attribute(
    attribute: Attribute,
    *,
    nullable: bool | None = None,
    table: tuple[str, str] | None = None,
) -> Value:
    """Return the value of a column of a table, or of a field of a composite value."""
    return Value(
        attribute.type,
        attribute.nullable if nullable is None else nullable,
        attribute.dimensions,
        table=table,
        column=attribute.name if table is not None else None,
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
    """Columns that a condition of WHERE or a join keeps from being NULL; "" means that the row exists."""
    certain: bool = False
    """Whether it has exactly one row."""
    inner: tuple[str, ...] = ()
    """The names that its columns had before an alias renamed them."""
    twice: str = ""
    """A name that several of its columns have."""

    @property
    def may_be_missing(self) -> bool:
        """Whether an outer join may have no row of it. A column that is not NULL proves that there is one."""
        return self.outer and not self.known

    def get(self, name: str) -> Value | None:
        """Return the column with this name, as in a row of the join."""
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
    """The parameters `$n`, as known so far."""

    nullable: frozenset[int] = frozenset()
    null_elements: frozenset[int] = frozenset()
    """The arrays whose elements may be NULL."""
    types: dict[int, str] = field(default_factory=dict[int, str])
    starred: list[Item] = field(default_factory=list[Item])
    """The relations whose columns a `*` means."""
    missing: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """Operators that PostgreSQL does not have, and the types of their operands."""
    are_sought: bool = False
    """Whether this is a first reading, which finds their types in PostgreSQL's order."""
    open: dict[int, int] = field(default_factory=dict[int, int])
    """The positions of parameters that had no type before, and got none there."""
    untyped: set[int] = field(default_factory=set[int])
    """The positions where a parameter was read before it had a type."""
    torn: dict[int, int] = field(default_factory=dict[int, int])
    """Those of them that have given it two types."""
    item: Item = field(default_factory=lambda: Item("", {}))
    """The parameters that a condition keeps from being NULL, as `$n`."""

    def meet(self, number: int, place: int) -> None:
        """Read a parameter."""
        if self.are_sought and number not in self.types:
            self.open[place] = number
            self.untyped.add(place)

    def note(self, number: int, place: int, type_: str) -> None:
        """Note that the place of a parameter wants this type."""
        is_the_type = self.types.setdefault(number, type_) == type_
        if not self.are_sought:
            return
        if is_the_type:
            self.open.pop(place, None)
        elif place in self.untyped:
            self.torn[place] = number

    def may_be_null(self, number: int) -> bool:
        """Return whether the parameter may be NULL here."""
        return number in self.nullable and f"${number}" not in self.item.known


@dataclass(slots=True)
class Scope:
    """The items of one FROM, and the scopes around it."""

    database: Database
    parameters: Parameters
    parent: "Scope | None" = None
    items: list[Item] = field(default_factory=list[Item])
    tables: dict[str, Item] = field(default_factory=dict[str, Item])
    """The visible CTEs."""
    merged: dict[str, Value] = field(default_factory=dict[str, Value])
    """Columns that USING or NATURAL has merged."""
    hidden: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    grouped: bool = False
    """Whether each row stands for a group that is not empty."""
    rollup: set[str] = field(default_factory=set[str])
    """Columns that may be NULL because of ROLLUP, CUBE or GROUPING SETS."""
    rollup_expressions: list[Any] = field(default_factory=list[Any])
    """The same for keys that are not plain columns."""
    windows: dict[str, Any] = field(default_factory=dict[str, Any])
    """The definitions in its WINDOW clause."""

    def inner(self) -> "Scope":
        """Return a scope inside of this one."""
        return Scope(self.database, self.parameters, self, tables=dict(self.tables))

    def lookup(self, names: list[str]) -> tuple[Item | None, Value | None]:
        """Return the column with this name, and its item."""
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
        """Return the item with this alias."""
        scope: Scope | None = self
        while scope is not None:
            for item in scope.items:
                if item.alias == alias:
                    return item
            scope = scope.parent
        return None

    def frame(self, over: dict[str, Any]) -> int:
        """Return the options of the frame of an OVER clause."""
        options: int = self.windows.get(over.get("name", ""), over).get("frameOptions", 0)
        return options

    def row(self, names: list[str]) -> Item | None:
        """Return the item whose whole row the names mean."""
        return self.item(names[-1]) if names and self.lookup(names)[1] is None else None

    def system(self, names: list[str]) -> Value | None:
        """Return a system column, which every row of a table has."""
        *qualifier, column = names
        scope: Scope | None = self
        while scope is not None and column in _SYSTEM:
            for item in scope.items:
                if item.table is not None and qualifier[-1:] in ([], [item.alias]):
                    return Value(_SYSTEM[column], item.may_be_missing)
            scope = scope.parent
        return None

    def star(self, alias: str | None) -> Iterator[tuple[str, Value]]:
        """Return the columns of `*` or `alias.*`."""
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
