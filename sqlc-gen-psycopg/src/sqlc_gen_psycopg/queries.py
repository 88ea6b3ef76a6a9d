"""A query as sqlc reports it and the analysis knows it, as a function."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .analysis import Analysis, Output, analyse, leftover, pairs, slices, stars
from .model import Description, Embed, Field, Function, Model, Parameter
from .names import (
    class_name,
    constant,
    function_name,
    item_name,
    parameter_name,
    snake_case,
    unique,
)
from .planner import Planner
from .problems import Problem, bug
from .request import Column, Identifier, Query
from .request import Parameter as RequestParameter

COMMANDS = frozenset(
    {
        *(":one", ":many", ":exec", ":execrows", ":execresult", ":copyfrom"),
        *(":batchexec", ":batchone", ":batchmany"),
    }
)
_WITH_ROWS = frozenset({":one", ":many", ":batchone", ":batchmany"})
_DIRECTIVE = re.compile(r"\s*@(notnull|nullable|stream)\b\s*(.*)")


def function(planner: Planner, query: Query) -> Function:
    """The function of a query."""
    try:
        return _Planned(planner, query).function()
    except Problem:
        raise
    except Exception as exc:
        raise bug(exc) from exc


@dataclass(slots=True)
class _Directives:
    not_null: set[str]
    nullable: set[str]
    stream: bool
    doc: str


class _Planned:
    def __init__(self, planner: Planner, query: Query) -> None:
        self.planner = planner
        self.query = query
        if query.cmd == ":execlastid":
            raise Problem(
                ":execlastid has no meaning in PostgreSQL; write INSERT ... RETURNING id and :one"
            )
        if query.cmd not in COMMANDS:
            raise Problem(f"{query.cmd} is not supported; use one of {', '.join(sorted(COMMANDS))}")
        self.text = slices(query.text, [p.number for p in query.params if p.column.is_sqlc_slice])
        self.text = stars(planner.database, self.text)
        if (left := leftover(self.text)) is not None:
            raise Problem(left)
        nullable = {p.number: not p.column.not_null for p in query.params}
        analysed = analyse(planner.database, self.text, nullable)
        if analysed is None:
            raise Problem("PostgreSQL's parser can't read it as sqlc has rewritten it")
        self.analysis: Analysis = analysed
        self.described: Description | None = None
        if planner.conn is not None:
            from .live import describe

            self.described = describe(planner.conn, self.text)
        self.directives = _directives(query)

    def function(self) -> Function:
        query = self.query
        parameters = tuple(self.parameters())
        fields = tuple(self.fields()) if query.cmd in _WITH_ROWS else ()
        self.check_directives(parameters, fields)
        model, scalar, own = None, None, False
        if query.cmd in _WITH_ROWS:
            if not fields and not self.analysis.is_empty:
                raise Problem(
                    f"{query.cmd} needs a result; use :exec, :execrows or RETURNING, and"
                    " list the columns where sqlc could not write out a `*`"
                )
            if not self.directives.nullable and not self.directives.not_null:
                model = self.known_model(fields)
            if model is None and len(fields) == 1 and isinstance(fields[0], Field):
                scalar = fields[0]
            elif model is None:
                name = f"{class_name(query.name)}Row"
                doc = f"A row of {query.name}."
                model = Model(name, self.factory(), doc, fields)
                own = True
        limit = self.planner.options.query_parameter_limit
        keywords = [parameter for parameter in parameters if not parameter.is_flag]
        batch = query.cmd.startswith(":batch") or query.cmd == ":copyfrom"
        bundled = batch or (limit is not None and len(keywords) > limit)
        if batch and not parameters:
            raise Problem(f"{query.cmd} needs parameters; without any, use :exec, :one or :many")
        return Function(
            name=function_name(query.name),
            constant=constant(query.name),
            query=query.name,
            command=query.cmd,
            sql=f"-- name: {query.name} {query.cmd}\n{self.text}",
            doc=self.directives.doc,
            parameters=parameters,
            model=model,
            own_model=own,
            scalar=scalar,
            certain=self.analysis.certain,
            description=self.described or self.description(parameters),
            is_stream=self.directives.stream,
            bundle=f"{class_name(query.name)}Params" if bundled and keywords else None,
            copy=self.copy() if query.cmd == ":copyfrom" else "",
        )

    def check_directives(
        self, parameters: tuple[Parameter, ...], fields: tuple[Field | Embed, ...]
    ) -> None:
        """Refuse a directive about what there is not: it would be a misspelt one."""
        known = {field.name for field in fields} | {p.field.name for p in parameters}
        known |= {output.name for output in self.analysis.columns}
        known |= {parameter.column.name for parameter in self.query.params}
        known = {name for name in known if name not in ("", "?column?")}
        for kind, names in (
            ("nullable", self.directives.nullable),
            ("notnull", self.directives.not_null),
        ):
            for name in sorted(names - known):
                raise Problem(
                    f"@{kind} {name}: there is no such column or parameter;"
                    f" there are {', '.join(sorted(known))}"
                )

    def factory(self) -> str:
        """The name of the row factory, which no query has."""
        name = f"{snake_case(self.query.name)}_row"
        return f"{name}_" if name in self.planner.query_names else name

    def description(self, parameters: tuple[Parameter, ...]) -> Description:
        columns = [
            self.planner.types.resolve(output.type or "text", dimensions=output.dimensions)
            for output in self.analysis.columns
        ]
        return Description(
            tuple(parameter.field.type.sql for parameter in parameters),
            tuple(type_.sql for type_ in columns),
        )

    def copy(self) -> str:
        into = self.query.insert_into_table
        match = re.fullmatch(
            r"\s*INSERT\s+INTO\s+(.+?)\s*\(([^()]*)\)\s*VALUES\s*\(\s*\$1(?:\s*,\s*\$\d+)*\s*\)\s*;?\s*",
            self.text,
            re.IGNORECASE | re.DOTALL,
        )
        if into is None or match is None:
            raise Problem(
                ":copyfrom needs INSERT INTO table (columns) VALUES ($1, $2, ...), one parameter"
                " a column; use :batchexec for anything else"
            )
        columns = re.sub(r"\s+", " ", match[2]).strip()
        return f"COPY {match[1]} ({columns}) FROM STDIN"

    # --- parameters

    def parameters(self) -> Iterator[Parameter]:
        written = {p.number: p.column.name for p in self.query.params}
        paired = any(name.startswith("set_") for name in written.values())
        flags = pairs(self.text, written) if paired else {}
        params = sorted(self.params(), key=lambda parameter: parameter.number)
        names = [
            self.planner.renamed(param.column.name)
            or parameter_name(param.column.name or self.parameter_fallback(param.number))
            for param in params
        ]
        if self.query.cmd.startswith(":batch") or self.query.cmd == ":copyfrom":
            names = [item_name(name) for name in names]
        for param, name in zip(params, unique(names), strict=True):
            field = self.parameter(param.number, param.column, name)
            if param.number in flags.values():
                field = replace(
                    field,
                    annotation=f"{field.annotation} | MISSING",
                )
                yield Parameter(field, is_optional=True)
            elif param.number in flags:
                value = flags[param.number]
                position = [other.number for other in params].index(value)
                yield Parameter(replace(field, name=names[position]), is_flag=True)
            else:
                yield Parameter(field)

    def params(self) -> list[RequestParameter]:
        """What sqlc reports, and what it overlooks: it reads no parameter of MERGE."""
        known = {parameter.number for parameter in self.query.params}
        missing = sorted(self.analysis.parameters.keys() - known)
        return [
            *self.query.params,
            *(
                RequestParameter(number=number, column=Column(not_null=True, type=Identifier()))
                for number in missing
            ),
        ]

    def parameter_fallback(self, number: int) -> str:
        return f"p{number}" if len(self.params()) > 1 else "value"

    def parameter(self, number: int, column: Column, name: str) -> Field:
        planner = self.planner
        dimensions = column.array_dims or int(column.is_array)
        found = self.analysis.parameters.get(number)
        if self.described is not None:
            found = self.described.parameters[number - 1]
        if found is None:
            found = column.type.qualified
            if found in ("any", "anyelement"):
                found = "text"
        if not found.endswith("[]"):
            dimensions = 0
        nullable = not column.not_null and not planner.only_seems_nullable(column)
        if self.text.lstrip()[:5].upper() == "MERGE":
            # sqlc knows nothing of MERGE's columns.
            nullable = self.analysis.written.get(number, False)
        if column.type.name == "any" and not column.is_named_param:
            # sqlc knows nothing of `$1 + 1`.
            nullable = number in self.analysis.tested
        nullable = nullable and not planner.database.is_not_null(found)
        nargs = planner.nargs.get((self.query.filename, self.query.name))
        if column.table is None and nargs is not None and column.name not in nargs:
            # sqlc takes for nullable what it knows nothing of.
            nullable = nullable and number in self.analysis.tested
        if column.name in self.directives.nullable | self.directives.not_null:
            nullable = column.name in self.directives.nullable
        if found == "text[]" and "oid" in column.type.name:
            found = column.type.qualified
        try:
            type_ = planner.types.resolve(found, dimensions=dimensions)
        except Problem as problem:
            raise Problem(f"parameter {name} (${number}): {problem}") from None
        annotation = type_.annotation(nullable=nullable)
        if column.table is not None and column.table.name:
            key = planner.key(column.table)
            of_column = column.original_name or column.name
            if not dimensions or found.endswith("[]"):
                stands = planner.column(column)
                if stands is not None and (stands.is_array == bool(type_.dimensions)):
                    dims = stands.array_dims or int(stands.is_array)
                    type_ = replace(type_, dimensions=max(type_.dimensions, dims))
                    type_, _ = planner.overridden(key, of_column, type_, nullable)
                    annotation = planner.annotation(type_, nullable, (*key, of_column))
        return Field(name, type_, nullable, annotation)

    # --- result columns

    def fields(self) -> Iterator[Field | Embed]:
        outputs = self.analysis.columns
        if self.described is not None and len(outputs) != len(self.described.columns):
            raise Problem("the server sees other columns than the plugin; this is the plugin's bug")
        columns: list[Column | None] = [*self.query.columns]
        if not any(map(_is_embed, self.query.columns)) and len(columns) != len(outputs):
            columns = [None] * len(outputs)  # sqlc sees one column where a function gives several.
        found: list[Field | Embed] = []
        position = 0
        for number, column in enumerate(columns):
            if column is not None and _is_embed(column):
                embed = self.embed(column, outputs, position)
                found.append(embed)
                position += len(embed.model.fields)
                continue
            if position >= len(outputs):
                raise Problem(f"its column {number + 1} is not in the statement")
            end = len(outputs) if number == len(columns) - 1 else position + 1
            found += [
                self.column(at, outputs[at], column if at == position else None)
                for at in range(position, end)
            ]
            position = end
        for item, name in zip(found, unique([item.name for item in found]), strict=True):
            yield replace(item, name=name)

    def column(self, at: int, output: Output, column: Column | None) -> Field:
        planner = self.planner
        type_name = output.type or "text"
        if output.unknown and self.described is None:
            type_name = _told(output, column)
        if self.described is not None:
            described = self.described.columns[at]
            # The server does not tell a domain from its base, but the overrides may.
            base = planner.types.resolve(described).name
            if planner.database.base(type_name.removesuffix("[]")) != base:
                type_name = described
        sqlc_name = column.name if column is not None else ""
        written = output.name if output.name != "?column?" else ""
        label = written or sqlc_name or f"column_{at + 1}"
        try:
            type_ = planner.types.resolve(type_name, dimensions=output.dimensions)
        except Problem as problem:
            raise Problem(f"column {label}: {problem}") from None
        if output.null_elements:
            type_ = replace(type_, null_elements=True)
        nullable = output.nullable
        key = output.table
        annotation = type_.annotation(nullable=nullable)
        doc = ""
        if key is not None and output.column is not None:
            type_, forced = planner.overridden(key, output.column, type_, nullable)
            nullable = forced or output.outer
            annotation = planner.annotation(type_, nullable, (*key, output.column))
        if label in self.directives.nullable or label in self.directives.not_null:
            nullable = label in self.directives.nullable
            annotation = type_.annotation(nullable=nullable)
            if key is not None and output.column is not None:
                annotation = planner.annotation(type_, nullable, (*key, output.column))
        return Field(planner.field_name(label), type_, nullable, annotation, doc)

    def embed(self, column: Column, outputs: list[Output], position: int) -> Embed:
        planner = self.planner
        assert column.embed_table is not None
        key = planner.key(column.embed_table)
        model = planner.models.get(key)
        if model is None:
            raise Problem(f"sqlc.embed({column.embed_table.name}): there is no such table")
        planner.used.add(key)
        here = outputs[position : position + len(model.fields)]
        alias = here[0].item or column.embed_table.name
        nullable = any(output.outer for output in here)
        if alias in self.directives.nullable | self.directives.not_null:
            nullable = alias in self.directives.nullable
        witness = next(
            (
                number
                for number, field in enumerate(model.fields)
                if isinstance(field, Field) and not field.nullable
            ),
            None,
        )
        return Embed(planner.field_name(alias), model, nullable, witness)

    def known_model(self, fields: tuple[Field | Embed, ...]) -> Model | None:
        """The model of the table whose columns the query returns, all and in order."""
        if len(fields) < 2:
            return None  # One column is a value, not a row of its own.
        outputs = self.analysis.columns
        key = outputs[0].table
        if key is None or any(output.table != key for output in outputs):
            return None
        if len({output.item for output in outputs}) != 1 or any(o.outer for o in outputs):
            return None
        table, model = self.planner.tables.get(key), self.planner.models.get(key)
        if table is None or model is None:
            return None
        if [output.column for output in outputs] != [column.name for column in table.columns]:
            return None
        if any(isinstance(field, Embed) for field in fields):
            return None
        if [output.name for output in outputs] != [column.name for column in table.columns]:
            return None
        self.planner.used.add(key)
        return model


def _is_embed(column: Column) -> bool:
    return column.embed_table is not None and bool(column.embed_table.name)


def _told(output: Output, column: Column | None) -> str:
    """The type that sqlc gives to the result of a function of which the plugin knows nothing."""
    if column is not None and column.type.name not in ("", "any"):
        return column.type.qualified
    raise Problem(
        f"column {output.name}: nothing is known of the function {output.unknown}(); cast its result"
        f" ({output.unknown}(...)::type), or have a CREATE FUNCTION in the schema"
    )


def _directives(query: Query) -> _Directives:
    found = _Directives(set(), set(), False, "")
    lines: list[str] = []
    for line in query.comments:
        if line.lstrip().startswith("@sqlc-vet-disable"):  # sqlc's own
            continue
        if (match := _DIRECTIVE.fullmatch(line)) is None:
            lines.append(line.strip())
            continue
        names = set(re.split(r"[\s,]+", match[2].strip()))
        match match[1]:
            case "notnull":
                found.not_null |= names
            case "nullable":
                found.nullable |= names
            case _:
                found.stream = True
    found.doc = "\n".join(lines).strip()
    if found.stream and query.cmd != ":many":
        raise Problem("@stream goes with :many alone")
    return found
