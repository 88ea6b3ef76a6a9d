"""The parameters of a query: their names and types, and whether they may be NULL."""

import re
from collections.abc import Iterator
from dataclasses import replace
from textwrap import shorten

from .analysis import pairs
from .arguments import Argument
from .model import Field, Parameter
from .names import parameter_name, unique
from .problems import Problem
from .request import Column
from .statement import Statement


def parameters(statement: Statement) -> Iterator[Parameter]:
    """Return the parameters in the order of their numbers. A pair `set_x` and `x` is marked as one."""
    planner = statement.planner
    given = statement.arguments
    written = {argument.number: argument.column.name for argument in given}
    paired = any(name.startswith("set_") for name in written.values())
    flags = pairs(statement.text, written) if paired else {}
    names = [
        parameter_name(
            planner.renamed(argument.name)
            or argument.name
            or _fallback(argument.number, len(given))
        )
        for argument in given
    ]
    if statement.bundles(len(given) - len(flags)):
        names = [planner.item_name(name) for name in names]
    numbers = [argument.number for argument in given]
    of_number = dict(zip(numbers, unique(names), strict=True))
    for argument in given:
        field = _field(statement, argument, of_number[argument.number])
        if argument.number in flags.values():
            yield Parameter(
                replace(field, annotation=f"{field.annotation} | MISSING"), is_optional=True
            )
        elif (value := flags.get(argument.number)) is not None:
            yield Parameter(replace(field, name=of_number[value]), is_flag=True)
        else:
            yield Parameter(field)


def _fallback(number: int, of: int) -> str:
    return f"p{number}" if of > 1 else "value"


def _field(statement: Statement, argument: Argument, name: str) -> Field:
    planner, number, column = statement.planner, argument.number, argument.column
    if statement.described is None and number in statement.analysis.undetermined:
        raise Problem(_without_type(statement, argument, name))
    type_name = _type_name(statement, number, column)
    is_array = type_name.endswith("[]")
    dimensions = (column.array_dims or int(column.is_array)) if is_array else 0
    nullable = argument.nullable and not planner.database.is_not_null(type_name)
    try:
        type_ = planner.types.resolve(type_name, dimensions=dimensions)
    except Problem as problem:
        raise Problem(f"parameter {name} (${number}): {problem}") from None
    refuses_str = planner.options.refuse_json_str and type_.is_json
    null_elements = argument.null_elements and bool(type_.dimensions)
    type_ = replace(type_, refuses_str=refuses_str, null_elements=null_elements)
    annotation = type_.annotation(nullable=nullable)
    stands = planner.column(column)
    if column.table is None or stands is None or stands.is_array is not bool(type_.dimensions):
        return Field(name, type_, nullable, annotation)
    # It has the dimensions and overrides of the column that it is used for.
    key, of_column = planner.key(column.table), column.original_name or column.name
    dimensions = stands.array_dims or int(stands.is_array)
    type_ = replace(type_, dimensions=max(type_.dimensions, dimensions))
    type_, _ = planner.overridden(key, of_column, type_, nullable)
    return Field(name, type_, nullable, planner.annotation(type_, nullable, (*key, of_column)))


def _type_name(statement: Statement, number: int, column: Column) -> str:
    """Return the type by the server, or by the analysis, or by sqlc."""
    if statement.described is not None:
        found: str | None = statement.described.parameters[number - 1]
    else:
        found = statement.analysis.parameters.get(number)
    if found is None:
        found = column.type.qualified
        return "text" if found in ("any", "anyelement") else found
    return found


def _without_type(statement: Statement, argument: Argument, name: str) -> str:
    """Return the message for a parameter for which PostgreSQL finds no type."""
    number, analysis = argument.number, statement.analysis
    found = statement.text.encode()[analysis.undetermined[number] :].decode().split("\n")[0]
    after = found.removeprefix(f"${number}")
    written = {f"${given.number}": _written(given) for given in statement.arguments}
    rest = re.sub(r"\$\d+", lambda place: written.get(place[0], place[0]), after)
    rest = shorten(rest, 60, placeholder="...")
    known = analysis.parameters.get(number)
    type_ = statement.planner.types.resolve(known or "text").sql
    space = " " if after[:1].isspace() else ""
    return (
        f"parameter {name}: PostgreSQL can't determine its type; write"
        f" `{_written(argument)}::{type_}{space}{rest}`{'' if known else ', or another type'}"
    )


def _written(argument: Argument) -> str:
    """Return the parameter as it is written in the query file."""
    if argument.column.is_named_param:
        return f"sqlc.{'narg' if argument.is_narg else 'arg'}({argument.column.name})"
    return f"${argument.number}"
