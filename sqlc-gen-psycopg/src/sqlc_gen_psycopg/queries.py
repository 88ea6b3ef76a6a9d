"""Make a function of a query, from the report of sqlc and the analysis."""

from .columns import fields, known_model
from .copies import copy_statement
from .model import Description, Embed, Field, Function, Model, Parameter
from .names import class_name
from .parameters import parameters
from .planner import Planner
from .problems import Problem, bug
from .request import Query
from .statement import Statement, read_statement

COMMANDS = frozenset(
    {
        *(":one", ":many", ":exec", ":execrows", ":execresult", ":copyfrom"),
        *(":batchexec", ":batchone", ":batchmany"),
    }
)
_WITH_ROWS = frozenset({":one", ":many", ":batchone", ":batchmany"})


def function(planner: Planner, query: Query) -> Function:
    """Return the function of a query."""
    try:
        _check_command(query)
        return _function(read_statement(planner, query))
    except Problem:
        raise
    except Exception as exc:
        raise bug(exc) from exc


def _check_command(query: Query) -> None:
    if query.cmd == ":execlastid":
        raise Problem(
            ":execlastid is not supported by PostgreSQL; use INSERT ... RETURNING id with :one"
        )
    if query.cmd not in COMMANDS:
        raise Problem(f"{query.cmd} is not supported; use one of {', '.join(sorted(COMMANDS))}")


def _function(statement: Statement) -> Function:
    query, directives = statement.query, statement.directives
    taken = tuple(parameters(statement))
    given = tuple(fields(statement)) if query.cmd in _WITH_ROWS else ()
    directives.check(_names(statement, taken, given))
    renamed = statement.planner.renamed(query.name)
    class_ = class_name(renamed or query.name)
    model, scalar, own = None, None, False
    if query.cmd in _WITH_ROWS:
        if not given and not statement.analysis.is_empty:
            raise Problem(
                f"{query.cmd} needs a result; use :exec, :execrows or RETURNING, and"
                " list the columns where sqlc could not write out a `*`"
            )
        if not (directives.nullable | directives.not_null) & _column_names(statement, given):
            model = known_model(statement, given)
        if model is None and len(given) == 1 and isinstance(given[0], Field):
            scalar = given[0]
        elif model is None:
            model = Model(f"{class_}Row", "", f"A row of {query.name}.", given)
            own = True
    if statement.takes_rows and not taken:
        raise Problem(f"{query.cmd} needs parameters; without any, use :exec, :one or :many")
    # Tools that trace find the operation after a comment of this form only.
    named = f"/* name: {query.name} {query.cmd} */\n"
    bundled = statement.bundles(sum(not parameter.is_flag for parameter in taken))
    return Function(
        name=renamed or statement.planner.function_name(query.name),
        query=query.name,
        command=query.cmd,
        sql=f"{named}{statement.text}",
        doc=statement.planner.doc(query),
        parameters=taken,
        model=model,
        own_model=own,
        scalar=scalar,
        certain=statement.analysis.certain,
        description=_description(statement, taken),
        is_stream=directives.stream,
        bundle=f"{class_}Params" if bundled else None,
        copy=(
            f"{named}{copy_statement(statement.planner.database, statement.text)}"
            if query.cmd == ":copyfrom"
            else ""
        ),
    )


def _names(
    statement: Statement, taken: tuple[Parameter, ...], given: tuple[Field | Embed, ...]
) -> set[str]:
    """Return the names that directives may use, generated and as written; `name[]` means the elements."""
    known: dict[str, bool] = {}
    for argument, parameter in zip(statement.arguments, taken, strict=True):
        known[argument.name] = bool(parameter.field.type.dimensions)
        known[parameter.field.name] = known[argument.name]
    return _column_names(statement, given) | _with_elements(known)


def _column_names(statement: Statement, given: tuple[Field | Embed, ...]) -> set[str]:
    """Return the names of the result columns only."""
    known: dict[str, bool] = {}
    for output in statement.analysis.columns:
        known[output.name] = (output.type or "").endswith("[]")
    for field in given:
        known[field.name] = isinstance(field, Field) and bool(field.type.dimensions)
    return _with_elements(known)


def _with_elements(known: dict[str, bool]) -> set[str]:
    """Return the names, and those of the elements of arrays."""
    names = known.keys() - {"", "?column?"}
    return names | {f"{name}[]" for name in names if known[name]}


def _description(statement: Statement, taken: tuple[Parameter, ...]) -> Description:
    """Return the description by the server, or by the analysis."""
    if statement.described is not None:
        return statement.described.description
    types = statement.planner.types
    columns = [
        types.resolve(output.type or "text", dimensions=output.dimensions)
        for output in statement.analysis.columns
    ]
    return Description(
        tuple(parameter.field.type.sql for parameter in taken),
        tuple(type_.sql for type_ in columns),
    )
