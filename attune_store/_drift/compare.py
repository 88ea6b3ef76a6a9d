"""Compare everything that was read of a live database with what the code expects."""

from collections.abc import Sequence

from attune_queries.catalog import Catalog
from attune_queries.manifest import Query

from attune_store._drift.answers import Answers
from attune_store._drift.catalog import compare_catalogs
from attune_store._drift.guarantees import compare_guarantees
from attune_store._drift.holders import compare_holders
from attune_store._drift.migrations import compare_migrations
from attune_store._drift.publications import compare_publications
from attune_store._drift.queries import Described, compare_queries, report_locked
from attune_store._drift.report import Report
from attune_store._drift.rights import compare_rights
from attune_store._drift.sequences import compare_sequences
from attune_store._drift.settings import compare_settings
from attune_store._drift.sides import Sides
from attune_store._drift.state import State
from attune_store._migrations import Progress
from attune_store.errors import Difference


def compare(
    expected: Catalog,
    live: Catalog,
    state: State,
    progress: Progress | None,
    described: Sequence[Described],
    statements: Sequence[Query],
    answers: Answers,
) -> list[Difference]:
    """Return the differences, as far as the answers are known. Ask for missing answers.

    `progress` is None if it can't be read.
    """
    report, sides = Report(expected.schema, statements, answers), Sides(expected, live)
    compare_migrations(report, sides, state, progress)
    compare_catalogs(report, sides, state)
    state = state.as_expected(sides)
    compare_guarantees(report, expected, state)
    compare_sequences(report, sides, state)
    compare_publications(report, live, sides, state)
    compare_holders(report, sides, state)
    compare_settings(report, state)
    report_locked(report, state)
    compare_rights(report, expected, sides, state)
    compare_queries(report, described, state.domains)
    return report.differences
