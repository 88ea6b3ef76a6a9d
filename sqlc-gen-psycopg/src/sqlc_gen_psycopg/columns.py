"""The result columns of a query, the embedded tables, and the model of a row."""

import re
from collections.abc import Iterator
from dataclasses import replace

from .analysis import Output
from .model import Embed, Field, Model
from .names import unique
from .planner import Planner
from .problems import Problem, nothing_known
from .request import Column
from .statement import Statement


def fields(statement: Statement) -> Iterator[Field | Embed]:
    """Return the fields of a row."""
    outputs, described = statement.analysis.columns, statement.described
    if described is not None and len(outputs) != len(described.columns):
        raise Problem(
            "the server reports other columns than the plugin; this is a bug in sqlc-gen-psycopg, please report it"
        )
    columns: list[Column | None] = [*statement.query.columns]
    if not any(map(_is_embed, statement.query.columns)) and len(columns) != len(outputs):
        columns = [None] * len(outputs)  # sqlc sees one column if a function returns several.
    found: list[Field | Embed] = []
    position = 0
    for number, column in enumerate(columns):
        if column is not None and _is_embed(column):
            embed = _embed(statement, column, position)
            found.append(embed)
            position += len(embed.model.fields)
            continue
        if position >= len(outputs):
            raise Problem(f"its column {number + 1} is not in the statement")
        end = len(outputs) if number == len(columns) - 1 else position + 1
        found += [
            _field(statement, at, column if at == position else None) for at in range(position, end)
        ]
        position = end
    for item, name in zip(found, unique([item.name for item in found]), strict=True):
        yield replace(item, name=name)


def known_model(statement: Statement, fields: tuple[Field | Embed, ...]) -> Model | None:
    """Return the model of the table whose columns the query returns, all of them in order."""
    if len(fields) < 2:
        return None  # One column is a value, not a row.
    planner, outputs = statement.planner, statement.analysis.columns
    key = outputs[0].table
    if key is None or any(output.table != key for output in outputs):
        return None
    if len({output.row for output in outputs}) != 1 or any(output.outer for output in outputs):
        return None
    table, model = planner.tables.get(key), planner.models.get(key)
    if table is None or model is None or any(isinstance(field, Embed) for field in fields):
        return None
    names = [column.name for column in table.columns]
    if [output.column for output in outputs] != names or [o.name for o in outputs] != names:
        return None
    if not all(map(_fits, fields, model.fields)):
        return None
    planner.used.add(key)
    return model


def _fits(field: Field | Embed, declared: Field | Embed) -> bool:
    """Return whether the field of the model can hold all values of the column."""
    if isinstance(field, Embed) or isinstance(declared, Embed):
        return False
    if field.type.null_elements and not declared.type.null_elements:
        return False
    return declared.nullable or not field.nullable


def _field(statement: Statement, at: int, column: Column | None) -> Field:
    planner, directives = statement.planner, statement.directives
    output = statement.analysis.columns[at]
    sqlc_name = column.name if column is not None else ""
    written = output.name if output.name != "?column?" else ""
    label = written or sqlc_name or f"column_{at + 1}"
    try:
        type_ = planner.types.resolve(
            _type_name(statement, at, column), dimensions=output.dimensions
        )
    except Problem as problem:
        raise Problem(f"column {label}: {problem}") from None
    if type_.dimensions:
        type_ = replace(type_, null_elements=directives.decide(f"{label}[]", output.null_elements))
    if output.table is None or output.column is None:
        nullable = directives.decide(label, output.nullable)
        return Field(
            planner.field_name(label), type_, nullable, type_.annotation(nullable=nullable)
        )
    type_, nullable = planner.overridden(output.table, output.column, type_, output.nullable)
    nullable = directives.decide(label, nullable or output.outer)
    annotation = planner.annotation(type_, nullable, (*output.table, output.column))
    return Field(planner.field_name(label), type_, nullable, annotation)


def _type_name(statement: Statement, at: int, column: Column | None) -> str:
    """Return the type by the analysis, or by the server, or by sqlc for functions that only sqlc knows."""
    output = statement.analysis.columns[at]
    if statement.described is None:
        return _told(statement.planner, output, column)
    found = output.type or "text"
    planner, described = statement.planner, statement.described.columns[at]
    # The server does not report domains, but overrides may name them.
    base = planner.types.resolve(described).name
    is_the_same = planner.database.base(found.removesuffix("[]")) == base
    return found if is_the_same else described


def _told(planner: Planner, output: Output, column: Column | None) -> str:
    key, name = output.table, output.column
    if not output.unknown or (key and name and planner.has_own_type(key, name)):
        return output.type or "text"
    is_call = column is not None and column.is_func_call and not column.type.name.startswith("any")
    if is_call and column is not None and re.fullmatch(r"the function \S+\(\)", output.unknown):
        return column.type.qualified
    raise nothing_known(output.unknown)


def _embed(statement: Statement, column: Column, position: int) -> Embed:
    planner, outputs = statement.planner, statement.analysis.columns[position:]
    table = column.embed_table
    assert table is not None
    # Without an alias, sqlc does not see that the table is in another schema.
    key = (outputs[0].table if outputs else None) or planner.key(table)
    model = planner.models.get(key)
    if model is None:
        raise Problem(f"sqlc.embed({table.name}): no such table")
    here = outputs[: len(model.fields)]
    written = [output.column or output.name for output in here]
    names = [column.name for column in planner.tables[key].columns]
    if written != names:
        raise Problem(
            f"sqlc.embed({table.name}): sqlc lists its columns as"
            f" {', '.join(written)}, but they are {', '.join(names)}; list them instead"
        )
    planner.used.add(key)
    alias = here[0].item or table.name
    nullable = statement.directives.decide(alias, any(output.outer for output in here))
    witness = next(
        (
            number
            for number, field in enumerate(model.fields)
            if isinstance(field, Field) and not field.nullable
        ),
        None,
    )
    return Embed(planner.field_name(alias), model, nullable, witness)


def _is_embed(column: Column) -> bool:
    return column.embed_table is not None and bool(column.embed_table.name)
