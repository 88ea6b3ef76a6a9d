"""The parameters of a query: their names, types and whether they may be NULL."""

from collections.abc import Iterator
from dataclasses import replace

from .analysis import pairs
from .model import Field, Parameter
from .names import parameter_name, unique
from .problems import Problem
from .request import Column, Identifier
from .request import Parameter as RequestParameter
from .statement import Statement


def parameters(statement: Statement) -> Iterator[Parameter]:
    """The parameters in the order of their numbers; a pair `set_x` and `x` is marked as one."""
    query, planner = statement.query, statement.planner
    written = {p.number: p.column.name for p in query.params}
    paired = any(name.startswith("set_") for name in written.values())
    flags = pairs(statement.text, written) if paired else {}
    params = sorted(_params(statement), key=lambda parameter: parameter.number)
    names = [
        parameter_name(
            planner.renamed(param.column.name)
            or param.column.name
            or _fallback(param.number, len(params))
        )
        for param in params
    ]
    if statement.bundles(len(params) - len(flags)):
        names = [planner.item_name(name) for name in names]
    numbers = [param.number for param in params]
    of_number = dict(zip(numbers, unique(names), strict=True))
    for param in params:
        field = _field(statement, param.number, param.column, of_number[param.number])
        if param.number in flags.values():
            yield Parameter(
                replace(field, annotation=f"{field.annotation} | MISSING"), is_optional=True
            )
        elif (value := flags.get(param.number)) is not None:
            yield Parameter(replace(field, name=of_number[value]), is_flag=True)
        else:
            yield Parameter(field)


def _params(statement: Statement) -> list[RequestParameter]:
    """What sqlc reports, and what it overlooks: it reads no parameter of MERGE."""
    reported = statement.query.params
    missing = statement.analysis.parameters.keys() - {param.number for param in reported}
    return [
        *reported,
        *(
            RequestParameter(number=number, column=Column(not_null=True, type=Identifier()))
            for number in sorted(missing)
        ),
    ]


def _fallback(number: int, of: int) -> str:
    return f"p{number}" if of > 1 else "value"


def _field(statement: Statement, number: int, column: Column, name: str) -> Field:
    planner = statement.planner
    type_name = _type_name(statement, number, column)
    is_array = type_name.endswith("[]")
    dimensions = (column.array_dims or int(column.is_array)) if is_array else 0
    nullable = _may_be_null(statement, number, column, type_name)
    try:
        type_ = planner.types.resolve(type_name, dimensions=dimensions)
    except Problem as problem:
        raise Problem(f"parameter {name} (${number}): {problem}") from None
    refuses_str = planner.options.refuse_json_str and type_.is_json
    type_ = replace(type_, refuses_str=refuses_str)
    annotation = type_.annotation(nullable=nullable)
    stands = planner.column(column)
    if column.table is None or stands is None or stands.is_array is not bool(type_.dimensions):
        return Field(name, type_, nullable, annotation)
    # Of the column that it stands for, it has the dimensions and the overrides.
    key, of_column = planner.key(column.table), column.original_name or column.name
    dimensions = stands.array_dims or int(stands.is_array)
    type_ = replace(type_, dimensions=max(type_.dimensions, dimensions))
    type_, _ = planner.overridden(key, of_column, type_, nullable)
    return Field(name, type_, nullable, planner.annotation(type_, nullable, (*key, of_column)))


def _type_name(statement: Statement, number: int, column: Column) -> str:
    """The server's word, else the analysis's, else sqlc's."""
    if statement.described is not None:
        found: str | None = statement.described.parameters[number - 1]
    else:
        found = statement.analysis.parameters.get(number)
    if found is None:
        found = column.type.qualified
        return "text" if found in ("any", "anyelement") else found
    return found


def _may_be_null(statement: Statement, number: int, column: Column, type_name: str) -> bool:
    planner, analysis = statement.planner, statement.analysis
    nullable = planner.may_be_null(column)
    if statement.text.lstrip()[:5].upper() == "MERGE":
        # sqlc knows nothing of MERGE's columns.
        nullable = analysis.written.get(number, False)
    if column.type.name == "any" and not column.is_named_param:
        # sqlc knows nothing of `$1 + 1`.
        nullable = number in analysis.tested
    nargs = planner.nargs.get((statement.query.filename, statement.query.name))
    if column.table is None and nargs is not None and column.name not in nargs:
        # sqlc takes for nullable what it knows nothing of.
        nullable = nullable and number in analysis.tested
    nullable = nullable and not planner.database.is_not_null(type_name)
    return statement.directives.decide(column.name, nullable)
