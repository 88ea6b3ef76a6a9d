"""What is generated: the request and the live database's knowledge, resolved to Python's terms."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from . import live as live_module
from .live import Description, Live
from .names import class_name, constant, member_name, parameter_name, snake_case
from .problems import Problem, Problems
from .request import Column, Enum, Query, Request, Table
from .types import Type, Types

COMMANDS = frozenset({":one", ":many", ":exec", ":execrows"})
MODULES = frozenset(
    {"__init__", "aio", "catalog", "constraints", "enums", "manifest", "models", "rows", "support"}
)


@dataclass(frozen=True, slots=True)
class Member:
    """A label of an enum."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Property:
    """A function of an enum as a property: its type, and its value for each label."""

    name: str
    function: str
    type: Type
    values: tuple[tuple[str, object], ...]


@dataclass(frozen=True, slots=True)
class EnumClass:
    """An enum type."""

    name: str
    doc: str
    members: tuple[Member, ...]
    properties: tuple[Property, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a row, or a parameter."""

    name: str
    type: Type
    nullable: bool
    annotation: str
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A row of a table or view, or of one query."""

    name: str
    factory: str
    doc: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A query."""

    name: str
    constant: str
    query: str
    command: str
    sql: str
    doc: str
    parameters: tuple[Field, ...]
    model: Model | None
    """What its rows are made into; a scalar, or nothing, without one."""
    own_model: bool
    scalar: Field | None
    certain: bool
    description: Description


@dataclass(frozen=True, slots=True)
class Module:
    """A query file."""

    name: str
    functions: tuple[Function, ...]


@dataclass(frozen=True, slots=True)
class Package:
    """All that is generated."""

    enums: tuple[EnumClass, ...]
    models: tuple[Model, ...]
    modules: tuple[Module, ...]


def plan(request: Request, database_url: str | None) -> Package:
    """Resolve everything, or raise all problems at once."""
    planner = _Planner(request, database_url)
    package = Package(
        enums=tuple(planner.enums()),
        models=tuple(planner.models.values()),
        modules=tuple(planner.modules()),
    )
    if planner.problems:
        raise Problems(planner.problems)
    return package


class _Planner:
    def __init__(self, request: Request, database_url: str | None) -> None:
        self.options = request.plugin_options
        self.request = request
        self.problems: list[Problem] = []
        schemas = request.catalog.schemas
        self.types = Types(
            {(schema.name, enum.name) for schema in schemas for enum in schema.enums}
        )
        self.live, self.conn = Live(), None
        if database_url is not None:
            self.live = live_module.read(database_url, self.options.enum_functions)
            self.conn = live_module.connect(database_url)
        self.tables = {
            (schema.name, table.rel.name): table for schema in schemas for table in schema.tables
        }
        self.models = {
            key: model
            for key, table in sorted(self.tables.items(), key=lambda item: item[0][::-1])
            if (model := self.table_model(*key, table)) is not None
        }

    def refuse(self, where: str, problem: Problem) -> None:
        self.problems.append(Problem(f"{where}: {problem}"))

    # --- enums

    def enums(self) -> Iterator[EnumClass]:
        for schema in self.request.catalog.schemas:
            for enum in sorted(schema.enums, key=lambda enum: enum.name):
                yield self.enum_class(schema.name, enum)

    def enum_class(self, schema: str, enum: Enum) -> EnumClass:
        functions = self.live.enum_functions.get((schema, enum.name), {})
        return EnumClass(
            class_name(enum.name),
            enum.comment or f"The enum type {schema}.{enum.name}.",
            tuple(Member(member_name(label), label) for label in enum.vals),
            tuple(
                Property(
                    snake_case(name),
                    f"{schema}.{name}",
                    self.types.resolve(returns),
                    tuple((label, values[label]) for label in enum.vals),
                )
                for name, (returns, values) in sorted(functions.items())
            ),
        )

    # --- tables and views

    def table_model(self, schema: str, name: str, table: Table) -> Model | None:
        fields: list[Field] = []
        for column in table.columns:
            try:
                fields.append(self.table_field(schema, name, column))
            except Problem as problem:
                self.refuse(f"{schema}.{name}.{column.name}", problem)
                return None
        doc = table.comment or f"A row of {schema}.{name}."
        return Model(class_name(name), snake_case(name), doc, tuple(fields))

    def table_field(self, schema: str, table: str, column: Column) -> Field:
        key = (schema, table, column.name)
        in_view = self.live.views.get(key)
        dimensions = column.array_dims or int(column.is_array)
        type_ = self.types.resolve(in_view or column.type.name, dimensions=dimensions)
        nullable = not column.not_null if in_view is None else True
        for override in self.options.overrides:
            if override.applies(*key):
                nullable = override.nullable
        annotation = self.annotation(type_, nullable, key)
        return Field(parameter_name(column.name), type_, nullable, annotation, column.comment)

    def annotation(self, type_: Type, nullable: bool, key: tuple[str, str, str]) -> str:
        if key in self.live.json_objects and type_.is_json:
            return "dict[str, JsonValue] | None" if nullable else "dict[str, JsonValue]"
        return type_.annotation(nullable=nullable)

    # --- queries

    def modules(self) -> Iterator[Module]:
        stems = sorted({query.stem for query in self.request.queries})
        for stem in stems:
            if stem in MODULES:
                self.refuse(
                    f"{stem}.sql", Problem("its module would replace one of the package's own")
                )
            functions: list[Function] = []
            for query in self.request.queries:
                if query.stem == stem:
                    try:
                        functions.append(self.function(query))
                    except Problem as problem:
                        self.refuse(f"{query.filename}: {query.name}", problem)
            yield Module(snake_case(stem), tuple(functions))

    def function(self, query: Query) -> Function:
        if query.cmd not in COMMANDS:
            raise Problem(f"{query.cmd} is not supported")
        described = None if self.conn is None else live_module.describe(self.conn, query.text)
        parameters = tuple(self.parameters(query, described))
        columns = tuple(self.columns(query, described)) if query.cmd in (":one", ":many") else ()
        model, scalar, own = None, None, False
        if query.cmd in (":one", ":many"):
            if not columns:
                raise Problem(f"{query.cmd} needs a result; use :exec or :execrows")
            model = self.known_model(query)
            if model is None and len(columns) == 1:
                scalar = columns[0]
            elif model is None:
                name = f"{class_name(query.name)}Row"
                model = Model(
                    name, f"_{snake_case(query.name)}", f"A row of {query.name}.", columns
                )
                own = True
        return Function(
            name=snake_case(query.name),
            constant=constant(query.name),
            query=query.name,
            command=query.cmd,
            sql=f"-- name: {query.name} {query.cmd}\n{query.text}",
            doc="\n".join(line.strip() for line in query.comments if not _directive(line)).strip(),
            parameters=parameters,
            model=model,
            own_model=own,
            scalar=scalar,
            certain=_is_certain(query),
            description=described
            or Description(
                tuple(field.type.sql for field in parameters),
                tuple(field.type.sql for field in (model.fields if model else columns)),
            ),
        )

    def parameters(self, query: Query, described: Description | None) -> Iterator[Field]:
        for parameter in sorted(query.params, key=lambda parameter: parameter.number):
            column = parameter.column
            if not column.name:
                raise Problem(f"parameter ${parameter.number} has no name; write sqlc.arg(name)")
            name = described.parameters[parameter.number - 1] if described else column.type.name
            type_ = self.types.resolve(name, dimensions=column.array_dims or int(column.is_array))
            nullable = not column.not_null
            annotation = type_.annotation(nullable=nullable)
            if column.table is not None:
                key = (column.table.schema_ or "public", column.table.name, column.original_name)
                annotation = self.annotation(type_, nullable, key)
            yield Field(parameter_name(column.name), type_, nullable, annotation)

    def columns(self, query: Query, described: Description | None) -> Iterator[Field]:
        not_null, nullable = _directives(query)
        for number, column in enumerate(query.columns):
            name = described.columns[number] if described else column.type.name
            type_ = self.types.resolve(name, dimensions=column.array_dims or int(column.is_array))
            certain = column.not_null and (column.table is not None or _never_null(column))
            null = column.name in nullable or (not certain and column.name not in not_null)
            yield Field(
                parameter_name(column.name or f"column_{number + 1}"),
                type_,
                null,
                type_.annotation(nullable=null),
            )

    def known_model(self, query: Query) -> Model | None:
        """The model of the table whose columns the query returns, all and in order."""
        first = query.columns[0].table
        if first is None:
            return None
        key = (first.schema_ or self.request.catalog.default_schema, first.name)
        table = self.tables.get(key)
        if table is None or any(column.table != first for column in query.columns):
            return None
        if [column.original_name or column.name for column in query.columns] != [
            column.name for column in table.columns
        ]:
            return None
        if any(c.not_null < t.not_null for c, t in zip(query.columns, table.columns, strict=True)):
            return None  # The other side of an outer join.
        return self.models.get(key)


def _directive(line: str) -> re.Match[str] | None:
    return re.fullmatch(r"\s*@(notnull|nullable)\s+(.+)", line)


def _directives(query: Query) -> tuple[set[str], set[str]]:
    found: dict[str, set[str]] = {"notnull": set(), "nullable": set()}
    for line in query.comments:
        if match := _directive(line):
            found[match[1]].update(re.split(r"[\s,]+", match[2].strip()))
    return found["notnull"], found["nullable"]


def _never_null(column: Column) -> bool:
    """Whether sqlc's word for an expression can be trusted: count() and EXISTS."""
    return column.name in ("count", "exists")


_INSERT = re.compile(r"\s*INSERT\b(?!.*\bON\s+CONFLICT\b)(?!.*\bSELECT\b).*\bVALUES\b", re.I | re.S)
_AGGREGATE = re.compile(
    r"\s*SELECT\s+(count|exists|sum|min|max|avg|bool_and|bool_or|array_agg|jsonb?_agg|string_agg)\s*\("
    r"(?!.*\b(GROUP\s+BY|HAVING|LIMIT|OFFSET|OVER|UNION|INTERSECT|EXCEPT)\b)",
    re.I | re.S,
)


def _is_certain(query: Query) -> bool:
    """Whether there is always a row: a plain INSERT's, or that of a lone aggregate."""
    if _INSERT.match(query.text):
        return True
    return len(query.columns) == 1 and bool(_AGGREGATE.match(query.text))
