"""The parameters of a query before the analysis: their names, and whether they may be NULL."""

from dataclasses import dataclass

from .analysis import Uses, uses
from .directives import Directives
from .macros import Macros
from .planner import Planner
from .request import Column, Identifier, Parameter, Query


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter, by number."""

    number: int
    column: Column
    """The column as sqlc reports it."""
    name: str
    """The name in the query file, or of the first use; empty if there is none."""
    is_narg: bool
    """Whether it is written as `sqlc.narg`."""
    nullable: bool
    null_elements: bool
    """Whether a directive says that elements of its array may be NULL."""


def arguments(
    planner: Planner, query: Query, text: str, directives: Directives, macros: Macros | None
) -> tuple[Argument, ...]:
    """Return the parameters in the order of their numbers."""
    known = uses(planner.database, text)
    found: list[Argument] = []
    for param in sorted(_params(query, known), key=lambda param: param.number):
        name = param.column.name or known.names.get(param.number, "")
        nullable = _may_be_null(planner, param, known, macros)
        found.append(
            Argument(
                param.number,
                param.column,
                name,
                macros is not None and name in macros.nargs,
                directives.decide(name, nullable),
                f"{name}[]" in directives.nullable,
            )
        )
    return tuple(found)


def _params(query: Query, known: Uses) -> list[Parameter]:
    """Return the parameters that sqlc reports, and those that it misses: it reads none of MERGE."""
    missing = known.numbers - {param.number for param in query.params}
    return [
        *query.params,
        *(
            Parameter(number=number, column=Column(not_null=True, type=Identifier()))
            for number in missing
        ),
    ]


def _may_be_null(planner: Planner, param: Parameter, known: Uses, macros: Macros | None) -> bool:
    column = param.column
    if column.is_sqlc_slice or (macros is not None and column.name in macros.slices):
        return False
    if param.number in known.tested:
        return True
    if macros is not None and column.name in macros.nargs:
        return True
    if column.table is not None:
        return planner.may_be_null(column)
    if macros is None and column.is_named_param:
        return not column.not_null
    # sqlc reports a parameter as nullable if it knows nothing about it.
    return known.written.get(param.number, False)
