"""What all repositories share: a connection, one way to translate errors, one way to update."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, NoReturn, Protocol, TypeVar

from attune_queries.support import Cursor
from psycopg import Connection
from psycopg.rows import RowFactory

from attune_store import _arguments as arguments
from attune_store import errors
from attune_store._translate import translating
from attune_store._update import compose_update
from attune_store.inputs import UpdateInput


class Entity(Protocol):
    """What every model has."""

    @property
    def id(self) -> int: ...
    @property
    def updated(self) -> datetime: ...


Row = TypeVar("Row", bound=Entity)


class Repository(ABC, Generic[Row]):
    """The rows of one table, on a connection of the caller's; nothing here commits."""

    _entity: ClassVar[str]

    def __init__(self, conn: Connection[Any], /) -> None:
        self._conn = conn

    @abstractmethod
    def get_by_id(self, id: int, /) -> Row:
        """Return the row with this id; raise NotFoundError if there is none."""

    def _translating(
        self, values: Mapping[str, Any] | None = None, *, deleting: bool = False
    ) -> translating:
        return translating(self._conn, self._entity, values=values, deleting=deleting)

    def _found(self, row: Row | None, field: str, value: object) -> Row:
        if row is None:
            raise errors.NotFoundError(entity=self._entity, field=field, value=value)
        return row

    def _refuse(self, id: int, expected: object) -> NoReturn:
        """Say why a guarded change met no row: it is missing, or in another status."""
        raise self._conflict(self.get_by_id(id), expected)

    def _conflict(self, row: Any, expected: object) -> errors.ConflictError:
        return errors.ConflictError(
            entity=self._entity, field="id", value=row.id, expected=expected, actual=row.status
        )

    def _update(
        self,
        row_factory: RowFactory[Row],
        id: int,
        input: UpdateInput,
        expected_updated: datetime | None,
    ) -> Row:
        id = arguments.identifier(id)
        expected_updated = arguments.optional_moment(expected_updated, "expected_updated")
        if changes := input.values():
            statement, parameters = compose_update(self._entity, id, changes, expected_updated)
            with self._translating(changes):
                with Cursor(self._conn, row_factory=row_factory) as cursor:
                    cursor.execute(statement, parameters)
                    written = cursor.fetchone()
            if written is not None:
                return written
        row = self.get_by_id(id)
        if expected_updated is not None and row.updated != expected_updated:
            raise errors.ConflictError(
                f"{self._entity} with id={id} was changed at {row.updated},"
                f" expected {expected_updated}",
                entity=self._entity,
                field="updated",
                value=id,
                expected=expected_updated,
                actual=row.updated,
            )
        return row
