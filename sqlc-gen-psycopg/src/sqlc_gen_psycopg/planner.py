"""The names, types, enums and models of a database, in terms of Python."""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from .analysis import Attribute, attributes
from .directives import prose
from .docs import read_docs
from .imports import reserved
from .macros import QueryFiles
from .model import EnumClass, Field, Live, Member, Model, Property
from .names import (
    Names,
    class_name,
    constant,
    field_name,
    free,
    function_name,
    item_name,
    member_names,
    singular,
    snake_case,
    unique,
)
from .problems import Problem, nothing_known
from .request import Column, Enum, Identifier, Query, Request, Table
from .schema import add_system, read_files, with_columns
from .types import Type, Types, own_type

if TYPE_CHECKING:
    from psycopg import Connection

Key = tuple[str, str]

# Values that a module can contain as an expression.
_CONSTANT = frozenset(
    [
        *("bool", "int", "float", "str", "decimal.Decimal", "uuid.UUID"),
        *("datetime.date", "datetime.time", "datetime.datetime", "datetime.timedelta"),
    ]
)


class Planner:
    """Holds the facts about the database, and the problems found."""

    def __init__(self, request: Request, database_url: str | None) -> None:
        self.options = request.plugin_options
        self.request = request
        self.problems: list[Problem] = []
        self.asked: set[str] = set()
        """The names that `rename` could have changed."""
        self.live = Live()
        self.conn: Connection | None = None
        if database_url is not None:
            # Import here, because importing psycopg takes longer than generating a package.
            from . import live
            from .read_database import read_database

            self.live = live.read(database_url, self.options.enum_functions)
            self.conn = live.connect(database_url)
            self.database = read_database(self.conn)
            add_system(self.database, request)
        else:
            self.database = read_files(request)
        self.reserved = reserved(self.options.python_types)
        self.default_schema = request.catalog.default_schema
        self.enum_names = self.names(
            {(s.name, e.name): e.name for s in request.catalog.schemas for e in s.enums}
        )
        tables = {(s.name, t.rel.name): t for s in request.catalog.schemas for t in s.tables}
        # sqlc lists a composite type as a table without columns; the analysis knows its fields.
        tables = {key: t for key, t in tables.items() if key not in self.database.composites}
        self.sqlc_tables = tables
        self.listed = {key: [column.name for column in t.columns] for key, t in tables.items()}
        self.tables = {key: with_columns(t, self.attributes(key)) for key, t in tables.items()}
        wanted = {key: self.table_name(key) for key in self.tables}
        wanted |= {key: key[1] for key in self.database.composites}
        self.model_names = self.names(wanted)
        self.types = Types(
            self.database,
            self.enum_names,
            {key: self.model_names[key] for key in self.database.composites},
            {key: self.model_names[key] for key in self.tables},
            {
                override.db_type: override.python_type
                for override in self.options.overrides
                if override.db_type and override.python_type
            },
        )
        self.composites = {
            key: model
            for key, attributes in sorted(self.database.composites.items())
            if (model := self.composite_model(key, attributes)) is not None
        }
        tables = dict(sorted(self.tables.items(), key=lambda item: item[0][::-1]))
        factories = unique(
            [self.function_name(self.model_names[key]) for key in tables], self.reserved
        )
        self.models = {
            key: model
            for (key, table), factory in zip(tables.items(), factories, strict=True)
            if (model := self.table_model(key, table, factory)) is not None
        }
        self.docs = read_docs(request.settings.queries)
        self.query_files = QueryFiles(request.settings.queries)
        self.used: set[Key] = set()

    def refuse(self, where: str, problem: Problem) -> None:
        """Note a problem, and continue to find others."""
        self.problems.append(Problem(f"{where}: {problem}"))

    def doc(self, query: Query) -> str:
        """Return the query's docstring, or all of its comments if its file can't be read."""
        found = self.docs.get((query.filename, query.name))
        return prose(query.comments) if found is None else found

    # --- names

    def renamed(self, name: str) -> str | None:
        """Return the name that `rename` sets."""
        self.asked.add(name)
        return self.options.rename.get(name)

    def snake_case(self, name: str) -> str:
        """Return a name in snake_case, with acronyms split as the options say."""
        return snake_case(name, split_acronyms=self.options.split_acronyms)

    def function_name(self, name: str) -> str:
        """Return the name of a function, before it is made unique in its module."""
        return function_name(name, split_acronyms=self.options.split_acronyms)

    def table_name(self, key: Key) -> str:
        """Return the name of a table's model, before it is made a Python name."""
        if self.options.emit_exact_table_names:
            return key[1]
        return singular(key[1], self.options.inflection_exclude_table_names)

    def names(self, wanted: dict[Key, str]) -> dict[Key, str]:
        """Return class names, with the schema as a prefix if two are equal, or for all if the option says so."""
        short = {
            key: free(self.renamed(key[1]) or class_name(name), self.reserved)
            for key, name in wanted.items()
        }
        found: dict[Key, str] = {}
        for key, name in short.items():
            clashes = list(short.values()).count(name) > 1
            prefixed = self.options.emit_schema_name_prefix or clashes
            if prefixed and key[0] != self.request.catalog.default_schema:
                name = class_name(key[0]) + name
            found[key] = name
        return dict(zip(found, unique(found.values()), strict=True))

    def field_name(self, name: str) -> str:
        """Return the name of a column in a model."""
        return field_name(self.renamed(name) or name, pydantic=self.options.pydantic)

    def item_name(self, name: str) -> str:
        """Return the name of a parameter in a class of parameters."""
        return field_name(name) if self.options.params == "pydantic" else item_name(name)

    # --- enums

    def enums(self) -> Iterator[EnumClass]:
        """Return the classes of the enum types."""
        names = Names({*self.reserved, *self.enum_names.values()})
        for schema in self.request.catalog.schemas:
            for enum in sorted(schema.enums, key=lambda enum: enum.name):
                yield self.enum_class(schema.name, enum, names)

    def enum_class(self, schema: str, enum: Enum, names: Names) -> EnumClass:
        """Return the class of an enum type. `names` are those of its module."""
        class_ = self.enum_names[schema, enum.name]
        members = member_names(enum.vals)
        functions = sorted(self.live.enum_functions.get((schema, enum.name), {}).items())
        attributes = unique(
            [self.snake_case(name) for name, _ in functions],
            {*self.reserved, *dir(StrEnum), *members},
        )
        return EnumClass(
            class_,
            _said(enum.comment) or f"The enum type {schema}.{enum.name}.",
            tuple(map(Member, members, enum.vals)),
            tuple(
                Property(
                    attribute,
                    f"{schema}.{name}",
                    names.give(f"_{constant(class_)}_{constant(attribute)}"),
                    self.property_type(f"{schema}.{name}", returns),
                    tuple((label, values[label]) for label in enum.vals),
                )
                for attribute, (name, (returns, values)) in zip(attributes, functions, strict=True)
            ),
        )

    def property_type(self, function: str, returns: str) -> Type:
        """Return the type of the result of an enum's function, if a module can contain its values."""
        type_ = self.types.resolve(returns)
        is_constant = type_.enum or type_.python in _CONSTANT
        if type_.dimensions or type_.is_instant or not is_constant:
            raise Problem(
                f"enum_functions: {function} returns {type_.sql}; it may return a number, text, bool,"
                " uuid, date, time, timestamp, interval or an enum"
            )
        return type_

    # --- tables, views and composite types

    def composite_model(self, key: Key, attributes: list[Attribute]) -> Model | None:
        """Return the model of a composite type. All of its fields may be NULL."""
        fields: list[Field] = []
        for attribute in attributes:
            try:
                type_ = self.types.resolve(
                    attribute.type or "text", dimensions=attribute.dimensions
                )
            except Problem as problem:
                self.refuse(f"type {key[0]}.{key[1]}, field {attribute.name}", problem)
                return None
            annotation = type_.annotation(nullable=True)
            fields.append(Field(self.field_name(attribute.name), type_, True, annotation))
        doc = f"A value of the composite type {key[0]}.{key[1]}."
        return Model(self.model_names[key], "", doc, _unique(fields), is_composite=True)

    def table_model(self, key: Key, table: Table, factory: str) -> Model | None:
        """Return the model of a table or view."""
        fields: list[Field] = []
        known = {column.name: column for column in self.attributes(key)}
        for column in table.columns:
            try:
                fields.append(self.table_field(key, column, known.get(column.name)))
            except Problem as problem:
                self.refuse(f"{key[0]}.{key[1]}.{column.name}", problem)
                return None
        doc = _said(table.comment) or f"A row of {key[0]}.{key[1]}."
        return Model(self.model_names[key], factory, doc, _unique(fields))

    def attributes(self, key: Key) -> list[Attribute]:
        """Return the columns of a table as the analysis knows them."""
        relation = self.database.relations.get(key)
        return [] if relation is None else attributes(self.database, relation)

    def key(self, table: Identifier) -> Key:
        """Return the key of a table as sqlc names it."""
        return table.schema_ or self.default_schema, table.name

    def column(self, parameter: Column) -> Column | None:
        """Return the column of a table that a parameter is written to or compared with."""
        return self._column(self.tables, parameter)

    def may_be_null(self, parameter: Column) -> bool:
        """Return whether a parameter may be NULL, by its column.

        The analysis knows this better than sqlc, which ignores some constraints, and applies those of a child
        table to its parent.
        """
        column = self._column(self.sqlc_tables, parameter)
        if column is None or parameter.table is None or column.not_null != parameter.not_null:
            return not parameter.not_null
        known = self.attributes(self.key(parameter.table))
        return next(
            (found.nullable for found in known if found.name == column.name), not column.not_null
        )

    def _column(self, tables: dict[Key, Table], parameter: Column) -> Column | None:
        if parameter.table is None or (table := tables.get(self.key(parameter.table))) is None:
            return None
        name = parameter.original_name or parameter.name
        return next((found for found in table.columns if found.name == name), None)

    def table_field(self, key: Key, column: Column, known: Attribute | None) -> Field:
        """Return a column of a table or view."""
        dimensions = column.array_dims or int(column.is_array)
        name, nullable = column.type.qualified, not column.not_null
        if known is not None:
            name = known.type or name
            dimensions = known.dimensions or dimensions
            nullable = known.nullable
        if (in_view := self.live.views.get((*key, column.name))) is not None:
            name = in_view
        if column.type.schema_ not in ("", "pg_catalog") and known is None:
            name = column.type.qualified
        if known is not None and known.unknown and in_view is None:
            if not self.has_own_type(key, column.name):
                raise nothing_known(known.unknown)
            name = "text"
        type_ = self.types.resolve(name, dimensions=dimensions)
        if known is not None and known.null_elements:
            type_ = replace(type_, null_elements=True)
        type_, nullable = self.overridden(key, column.name, type_, nullable)
        annotation = self.annotation(type_, nullable, (*key, column.name))
        return Field(
            self.field_name(column.name), type_, nullable, annotation, _said(column.comment)
        )

    def has_own_type(self, key: Key, column: str) -> bool:
        """Return whether `overrides` sets the type of a column."""
        overrides = self.options.overrides
        return any(one.python_type and one.applies(*key, column) for one in overrides)

    def overridden(self, key: Key, column: str, type_: Type, nullable: bool) -> tuple[Type, bool]:
        """Return the type that `overrides` sets for a column."""
        for override in self.options.overrides:
            if override.applies(*key, column):
                if override.nullable is not None:
                    nullable = override.nullable
                if override.python_type is not None:
                    type_ = own_type(type_, override.python_type)
        return type_, nullable

    def annotation(self, type_: Type, nullable: bool, column: tuple[str, str, str]) -> str:
        """Return the annotation of a column. JSON that a CHECK limits to objects is a dict."""
        if column in self.live.json_objects and type_.is_json and not type_.typed:
            return "dict[str, JsonValue] | None" if nullable else "dict[str, JsonValue]"
        return type_.annotation(nullable=nullable)


def _unique(fields: list[Field]) -> tuple[Field, ...]:
    names = unique([field.name for field in fields])
    return tuple(replace(field, name=name) for field, name in zip(fields, names, strict=True))


def _said(comment: str) -> str:
    """Return the comment, unless it is blank."""
    return comment if comment.strip() else ""
