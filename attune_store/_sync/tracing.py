"""Cursors that report the statements of repositories."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, ClassVar, Self, TypeVar, cast

from psycopg import Connection, Cursor
from psycopg.pq import PipelineStatus

from attune_store import errors
from attune_store._tracing import QueryEvent, Timer, error_of, query_name

Row = TypeVar("Row")


class Observer:
    """Reports the statements of the cursors of connections to a function."""

    def __init__(self, on_query: Callable[[QueryEvent], object]) -> None:
        self._on_query = on_query
        # Some tools make a class per connection.
        self._derived = lru_cache(maxsize=64)(self._derive)

    def observe(self, conn: Connection[Any]) -> None:
        """Derive a class from the connection's `cursor_factory`, unless that was done already."""
        factory: Any = conn.cursor_factory
        if not isinstance(factory, type):
            raise errors.ValidationError(
                f"cursor_factory: expected a class, which on_query can derive from, got {factory!r}"
            )
        if not issubclass(factory, ObservedCursor):
            conn.cursor_factory = self._derived(cast("Any", factory))

    def _derive(self, factory: type[Cursor[Any]]) -> type[Cursor[Any]]:
        own = ObservedCursor
        bases: Any = (own,) if issubclass(own, factory) else (own, factory)
        return type(own.__name__, bases, {"_on_query": staticmethod(self._on_query)})


class ObservedCursor(Cursor[Row]):
    """A cursor that reports each statement that has a name."""

    _on_query: ClassVar[Callable[[QueryEvent], object]]
    _timer: Timer | None = None
    """The timer of a statement whose result is not known yet."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        """Execute a statement."""
        self._start(query)
        try:
            super().execute(query, params, **options)
        except BaseException as exc:
            self._end(type(exc))
            raise
        self._end_by_result()
        return self

    def executemany(
        self, query: Any, params_seq: Iterable[Any], *, returning: bool = False
    ) -> None:
        """Execute a statement for each of the parameters."""
        self._start(query)
        try:
            super().executemany(query, params_seq, returning=returning)
        except BaseException as exc:
            self._end(type(exc))
            raise
        self._end_by_result()

    def close(self) -> None:
        """Close the cursor. In a pipeline, the result may not be known yet."""
        self._end()
        super().close()

    def _fetch_pipeline(self) -> None:
        """Wait for the result of a statement in a pipeline."""
        try:
            super()._fetch_pipeline()
        except BaseException as exc:
            self._end(type(exc))
            raise
        self._end_by_result()

    def _start(self, query: object) -> None:
        name = query_name(query)
        self._timer = Timer(name, type(self)._on_query) if name is not None else None

    def _end_by_result(self) -> None:
        """Report the statement, unless its result is not known yet."""
        if self._timer is None:
            return
        if self.connection.pgconn.pipeline_status == PipelineStatus.OFF:
            self._end()
        elif self.pgresult is not None:
            self._end(error_of(self.pgresult))

    def _end(self, error: type[BaseException] | None = None) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.end(self.rowcount if error is None and self.rowcount >= 0 else None, error)
