"""What a store tells of each query: to a function of the caller's, such as one that logs slow ones."""

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
    """A statement of a repository that has ended; it holds no argument and no value."""

    query: str
    """The query's name, as in its file and in server logs: `GetPack`, or `UpdatePack` for `update`."""
    seconds: float
    """How long it took from being sent to its result, rows not yet made into models."""
    rows: int | None
    """How many rows it returned or changed; None: it failed, or its result was not waited for."""
    error: type[BaseException] | None
    """The class of psycopg's error, or of what interrupted it; None: it succeeded."""


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
    """Return the name of a repository's statement; None: it is another one."""
    found = _NAME.match(statement) if isinstance(statement, str) else None
    return found and found[1]


def error_of(result: PGresult) -> type[psycopg.Error] | None:
    """Return the class of the error that is a statement's result; None: it succeeded."""
    match result.status:
        case ExecStatus.FATAL_ERROR:
            return type(psycopg.errors.error_from_result(result))
        case ExecStatus.PIPELINE_ABORTED:
            return psycopg.errors.PipelineAborted
        case _:
            return None


class Timer:
    """Times a statement, and tells what became of it."""

    def __init__(self, query: str, on_query: Callable[[QueryEvent], object]) -> None:
        self._query = query
        self._on_query = on_query
        self._started = perf_counter()

    def end(self, rows: int | None, error: type[BaseException] | None) -> None:
        """Tell of the statement; what that raises is logged, as no call fails for it."""
        seconds = perf_counter() - self._started
        try:
            self._on_query(QueryEvent(self._query, seconds, rows, error))
        except Exception:
            _LOGGER.exception("on_query failed for %s", self._query)
