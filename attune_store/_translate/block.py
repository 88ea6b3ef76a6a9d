"""The block in which errors are translated. It knows the statement that the error is about."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol

import psycopg
import psycopg_pool
import pydantic_core
from psycopg.pq import TransactionStatus

from attune_store import errors
from attune_store._translate import aborted, connecting, constraints, prepared, standby, values
from attune_store._translate.connection import Connection
from attune_store._translate.rows import Rows
from attune_store._translate.sqlstates import OUTCOME_UNKNOWN, RETRYABLE, WORDS, kind_of


class Block(Protocol):
    """The block of a store in which a statement runs."""

    def begin_statement(self) -> None: ...
    def end_statement(self) -> None: ...


class translating:
    """Raise the errors of psycopg in this block as those of the store.

    `values` are the values that were given to the statement, by column, or its rows. `deleting`
    selects one of the two ways to violate a foreign key. `reading` means that nothing is written,
    `committing` that a lost connection leaves the outcome unknown. `block` is the block in which
    the statement has to run. One context can be used for several statements, also at a time.
    """

    __slots__ = (
        "block",
        "committing",
        "conn",
        "deleting",
        "entity",
        "reading",
        "status",
        "values",
    )

    def __init__(
        self,
        conn: Connection | None = None,
        entity: str | None = None,
        *,
        values: Mapping[str, Any] | Rows | None = None,
        deleting: bool = False,
        reading: bool = False,
        committing: bool = False,
        block: Block | None = None,
    ) -> None:
        self.conn = conn
        self.entity = entity
        self.values: Mapping[str, Any] | Rows = values or {}
        self.deleting = deleting
        self.reading = reading
        self.committing = committing
        self.block = block

    def __enter__(self) -> None:
        if self.block is not None:
            self.block.begin_statement()
        if self.conn is not None:
            self.status = self.conn.pgconn.transaction_status
            aborted.forget(self.conn)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self.block is not None:
            self.block.end_statement()
        if exc is None or (error := self._translate(exc)) is None:
            return
        if self.conn is not None and error.sqlstate != "25P02":
            aborted.remember(self.conn, error)
        raise error from exc

    def _translate(self, exc: BaseException) -> errors.StoreError | None:
        match exc:
            case psycopg.Error(sqlstate=str(sqlstate)):
                return self._from_server(exc, sqlstate)
            case psycopg.Error():
                return self._from_client(exc)
            case pydantic_core.ValidationError():
                return None
            case UnicodeEncodeError():
                return self._refused(
                    "text contains a lone surrogate, which can't be encoded in UTF-8"
                )
            case ValueError():
                return self._from_value(exc)
            case RecursionError():
                return self._refused("JSON is nested too deeply")
            case _:
                return None

    def _from_value(self, exc: ValueError) -> errors.StoreError:
        from attune_queries.support import UnknownLabelError  # already imported

        if isinstance(exc, UnknownLabelError):
            return errors.SchemaDriftError(str(exc), entity=self.entity)
        return self._refused(str(exc))

    def _from_server(self, exc: psycopg.Error, sqlstate: str) -> errors.StoreError:
        message, kind = exc.diag.message_primary or str(exc), kind_of(sqlstate)
        if sqlstate == "25P02":
            return aborted.refusal(self.conn, sqlstate, self.entity)
        if sqlstate.startswith("23"):
            return self._violated(exc)
        if words := WORDS.get(sqlstate):
            message = f"{words}: {message}"
        if kind is errors.ValidationError:
            return self._refused(message, sqlstate)
        if sqlstate == "25006" and self.conn is not None:
            return standby.refusal(self.conn, message, self.entity)
        if self.conn is not None and prepared.are_mixed_up(exc):
            return prepared.refusal(self.conn, message, sqlstate, self.entity)
        if kind is errors.UnavailableError:
            return self._unavailable(message, sqlstate, told=exc.diag.source_function is not None)
        if kind is errors.SchemaDriftError:
            message = f"the schema of the database is not that of the code: {message}"
        retryable = kind.retryable or sqlstate in RETRYABLE
        retryable = retryable or prepared.forget_stale(self.conn, exc)
        return kind(message, sqlstate=sqlstate, entity=self.entity, retryable=retryable)

    def _violated(self, exc: psycopg.Error) -> errors.StoreError:
        if isinstance(self.values, Rows):
            place, given = self.values.violating(exc)
            # Without an entity, the error names the table: one statement may write several.
            return constraints.violation(exc, None, given, deleting=False, place=place)
        return constraints.violation(exc, self.entity, self.values, deleting=self.deleting)

    def _from_client(self, exc: psycopg.Error) -> errors.StoreError:
        if isinstance(exc, psycopg.errors.PipelineAborted):
            return aborted.refusal(self.conn, None, self.entity)
        if isinstance(exc, psycopg_pool.PoolClosed):
            return errors.UnavailableError(
                "the store is not open", entity=self.entity, retryable=False
            )
        if isinstance(exc, psycopg_pool.PoolTimeout | psycopg_pool.TooManyRequests):
            return errors.UnavailableError(f"no connection is free: {exc}", entity=self.entity)
        if isinstance(exc, psycopg.OperationalError) and self.conn is None:
            return connecting.refusal(exc)
        # An InternalError: both the server and PgBouncer said why they close the connection.
        is_lost = isinstance(exc, psycopg.OperationalError | psycopg.InternalError)
        if is_lost and self.conn and self.conn.closed:
            return self._unavailable("the connection to the database is lost", None, told=False)
        if isinstance(exc, psycopg.DataError):
            return self._refused(str(exc))
        return errors.StoreError(str(exc), entity=self.entity)

    def _unavailable(
        self, message: str, sqlstate: str | None, *, told: bool
    ) -> errors.UnavailableError:
        # If the server itself gave the reason, an implicit transaction was not committed. A
        # pooler's reason does not tell.
        lost = self.committing or (self._commits() and not told)
        unknown = lost or sqlstate in OUTCOME_UNKNOWN
        return errors.UnavailableError(
            f"{message}; whether the transaction was committed is unknown" if unknown else message,
            sqlstate=sqlstate,
            entity=self.entity,
            outcome_unknown=unknown,
        )

    def _commits(self) -> bool:
        """Return True if the statement wrote and commits by itself."""
        if self.conn is None or self.reading or not self.conn.autocommit:
            return False
        # Active: another statement of the pipeline, or of another thread, is running.
        return self.status in (TransactionStatus.IDLE, TransactionStatus.ACTIVE)

    def _refused(self, message: str, sqlstate: str | None = None) -> errors.ValidationError:
        if isinstance(self.values, Rows):
            entity, (place, given) = self.values.unsendable()
            return values.refusal(message, entity or self.entity, given, sqlstate, place=place)
        return values.refusal(message, self.entity, self.values, sqlstate)
