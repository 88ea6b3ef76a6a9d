"""Call a function with each query of a store, such as one that logs slow queries."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter

import psycopg
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

_LOGGER = logging.getLogger("attune_store")
_NAME = re.compile(r"/\* name: (\w+) :\w+ \*/")


@dataclass(frozen=True, slots=True)
class QueryEvent:
    """A statement of a repository that has ended. It contains no arguments and no values."""

    query: str
    """The query's name, as in its file and in server logs: `GetPack`, or `UpdatePack` for `update`."""
    seconds: float
    """Seconds from sending the statement to its result. Making models of the rows is not included."""
    rows: int | None
    """Number of rows that were returned or changed, None after an error or if the result was not fetched."""
    error: type[BaseException] | None
    """The class of psycopg's error, or of the exception that interrupted it, None if it succeeded."""


def log_slow_queries(
    *, threshold: timedelta = timedelta(seconds=1), logger: logging.Logger = _LOGGER
) -> Callable[[QueryEvent], None]:
    """Return a function for `on_query` that logs each query that takes as long as `threshold`.

    A warning has the query's name, milliseconds, rows and the class of an error, never arguments.
    """
    least = threshold.total_seconds()

    def log(event: QueryEvent) -> None:
        if event.seconds < least:
            return
        milliseconds = event.seconds * 1000
        if event.error is not None:
            error = event.error.__name__
            logger.warning("%s failed after %.0f ms: %s", event.query, milliseconds, error)
        elif event.rows is None:
            logger.warning("%s took %.0f ms", event.query, milliseconds)
        else:
            logger.warning("%s took %.0f ms, rows: %d", event.query, milliseconds, event.rows)

    return log


def query_name(statement: object) -> str | None:
    """Return the name of a repository's statement, or None for another statement."""
    found = _NAME.match(statement) if isinstance(statement, str) else None
    return found and found[1]


def error_of(result: PGresult) -> type[psycopg.Error] | None:
    """Return the class of the error of a result, or None if the statement succeeded."""
    match result.status:
        case ExecStatus.FATAL_ERROR:
            return type(psycopg.errors.error_from_result(result))
        case ExecStatus.PIPELINE_ABORTED:
            return psycopg.errors.PipelineAborted
        case _:
            return None


class Timer:
    """Measures a statement, and passes its event to `on_query`."""

    def __init__(self, query: str, on_query: Callable[[QueryEvent], object]) -> None:
        self._query = query
        self._on_query = on_query
        self._started = perf_counter()

    def end(self, rows: int | None, error: type[BaseException] | None) -> None:
        """Call `on_query` for the statement. An exception of it is logged, because no call may fail for it."""
        seconds = perf_counter() - self._started
        try:
            self._on_query(QueryEvent(self._query, seconds, rows, error))
        except Exception:
            _LOGGER.exception("on_query failed for %s", self._query)
