"""What sqlc, the analysis and a database at hand say of one statement, side by side."""

from dataclasses import dataclass

from .analysis import Analysis, analyse, leftover, misnamed, slices, stars
from .directives import Directives, read_directives
from .model import Described
from .planner import Planner
from .problems import Problem
from .request import Query


@dataclass(frozen=True, slots=True)
class Statement:
    """A query, and everything that is known of it."""

    planner: Planner
    query: Query
    text: str
    """The SQL that is sent: sqlc's, with what it does not rewrite itself."""
    analysis: Analysis
    described: Described | None
    """The server's word, where there is a database."""
    directives: Directives

    @property
    def takes_rows(self) -> bool:
        """Whether its function takes rows of parameters."""
        return self.query.cmd.startswith(":batch") or self.query.cmd == ":copyfrom"

    def bundles(self, count: int) -> bool:
        """Whether so many parameters are fields of a class."""
        limit = self.planner.options.query_parameter_limit
        return count > 0 and (self.takes_rows or (limit is not None and count > limit))


def read_statement(planner: Planner, query: Query) -> Statement:
    """Read a query, and have it analysed and described."""
    written = planner.queries.get((query.filename, query.name), "")
    if "*" in written and (wrong := misnamed(planner.database, written, planner.listed)):
        raise Problem(wrong)
    text = slices(query.text, [p.number for p in query.params if p.column.is_sqlc_slice])
    text = stars(planner.database, text)
    if (left := leftover(text)) is not None:
        raise Problem(left)
    nullable = {p.number: not p.column.not_null for p in query.params}
    analysis = analyse(planner.database, text, nullable)
    if analysis is None:
        raise Problem("PostgreSQL's parser can't read it as sqlc has rewritten it")
    described: Described | None = None
    if planner.conn is not None:
        from .live import describe

        described = describe(planner.conn, text)
    return Statement(planner, query, text, analysis, described, read_directives(query))
