"""The facts that sqlc, the analysis and the database report about a statement."""

from dataclasses import dataclass

from .analysis import Analysis, analyse, leftover, misnamed, stars, with_array
from .arguments import Argument, arguments
from .directives import Directives, read_directives
from .macros import Macros
from .model import Described
from .planner import Planner
from .problems import Problem
from .request import Query


@dataclass(frozen=True, slots=True)
class Statement:
    """A query, with everything that is known about it."""

    planner: Planner
    query: Query
    text: str
    """The SQL to send: that of sqlc, with the changes that sqlc does not make."""
    analysis: Analysis
    described: Described | None
    """The description of the server, if there is a database."""
    directives: Directives
    arguments: tuple[Argument, ...]

    @property
    def takes_rows(self) -> bool:
        """Return whether its function takes rows of parameters."""
        return self.query.cmd.startswith(":batch") or self.query.cmd == ":copyfrom"

    def bundles(self, count: int) -> bool:
        """Return whether the parameters are fields of a class, by their number."""
        limit = self.planner.options.query_parameter_limit
        return count > 0 and (self.takes_rows or (limit is not None and count > limit))


def read_statement(planner: Planner, query: Query) -> Statement:
    """Read a query, and let it be analysed and described."""
    macros = planner.query_files.macros(query.filename, query.name)
    written = macros.text if macros is not None else ""
    if "*" in written and (wrong := misnamed(planner.database, written, planner.listed)):
        raise Problem(wrong)
    text = stars(planner.database, _with_slices(query, macros or Macros()))
    if (left := leftover(text)) is not None:
        raise Problem(left)
    directives = read_directives(query)
    given = arguments(planner, query, text, directives, macros)
    nullable = frozenset(argument.number for argument in given if argument.nullable)
    null_elements = frozenset(argument.number for argument in given if argument.null_elements)
    analysis = analyse(planner.database, text, nullable, null_elements)
    if analysis is None:
        raise Problem("PostgreSQL's parser can't parse the statement that sqlc has rewritten")
    described: Described | None = None
    if planner.conn is not None:
        from .live import describe

        described = describe(planner.conn, text)
    elif analysis.missing:
        name, left, right = analysis.missing[0]
        raise Problem(
            f"PostgreSQL has no operator {left} {name} {right}; cast one side to the type of the"
            " other (...::type)"
        )
    return Statement(planner, query, text, analysis, described, directives, given)


def _with_slices(query: Query, macros: Macros) -> str:
    """Return the statement with an array for each `sqlc.slice`. sqlc does not support one with a cast."""
    text = query.text
    for param in query.params:
        name = param.column.name
        if not param.column.is_sqlc_slice and name not in macros.slices:
            continue
        found = with_array(text, param.number)
        if found is None:
            raise Problem(
                f"sqlc.slice({name}) must be the only item of IN, as in"
                f" `id IN (sqlc.slice({name}))`; give it a parameter of its own, write further"
                f" values as `id IN (1, 2) OR id IN (sqlc.slice({name}))`, and anything else with"
                f" an array: `= ANY (sqlc.arg({name})::bigint[])`"
            )
        text = found
    return text
