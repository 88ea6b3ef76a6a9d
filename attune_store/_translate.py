"""The one place that turns the errors of psycopg into those of the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import psycopg
import psycopg_pool
import pydantic_core
from attune_queries.catalog import CATALOG
from attune_queries.support import UnknownLabelError
from psycopg.pq import TransactionStatus

from . import errors

Connection: TypeAlias = psycopg.Connection[Any] | psycopg.AsyncConnection[Any]

_UNKNOWN = {"08007", "40003"}
_UNAVAILABLE = {"08", "57P01", "57P02", "57P03", "57P05", "53300", "25P03", "40003"}
_TIMEOUT = {"57014", "55P03", "25P04"}
_SERIALIZATION = {"40001", "40P01"}
_DRIFT = {"42P01", "42703", "42704", "42883", "3F000"}

# What aborted a connection's transaction: the message, and whether it may be retried. Not the error
# itself, which would keep the connection alive through its traceback.
_aborted: WeakKeyDictionary[Connection, tuple[str, bool]] = WeakKeyDictionary()


class translating:
    """Raise the errors of psycopg in this block as those of the store.

    `values` are what the statement was given, by column; `deleting` tells the two ways of a foreign
    key apart; `committing` says that a lost connection leaves the outcome open.
    """

    __slots__ = ("committing", "conn", "deleting", "entity", "implicit", "unsent", "values")

    def __init__(
        self,
        conn: Connection | None = None,
        entity: str | None = None,
        *,
        values: Mapping[str, Any] | None = None,
        deleting: bool = False,
        committing: bool = False,
    ) -> None:
        self.conn = conn
        self.entity = entity
        self.values: Mapping[str, Any] = values or {}
        self.deleting = deleting
        self.committing = committing
        self.implicit = False
        self.unsent = conn is None

    def __enter__(self) -> None:
        if self.conn is None:
            return
        status = self.conn.pgconn.transaction_status
        self.implicit = status == TransactionStatus.IDLE and self.conn.autocommit
        self.unsent = status == TransactionStatus.UNKNOWN
        if _aborted and status != TransactionStatus.INERROR:
            _aborted.pop(self.conn, None)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc is None or (error := self._translate(exc)) is None:
            return
        conn = self.conn
        if (
            conn is not None
            and conn.pgconn.transaction_status == TransactionStatus.INERROR
            and error.sqlstate != "25P02"
        ):
            _aborted.setdefault(conn, (str(error), error.retryable))
        raise error from exc

    def _translate(self, exc: BaseException) -> errors.StoreError | None:
        if isinstance(exc, psycopg.Error):
            return self._from_psycopg(exc)
        if isinstance(exc, pydantic_core.ValidationError):
            return None
        if isinstance(exc, UnicodeEncodeError):
            return self._refused("a lone surrogate can't be stored")
        if isinstance(exc, UnknownLabelError):
            return errors.SchemaDriftError(str(exc), entity=self.entity)
        if isinstance(exc, ValueError):
            return self._refused(str(exc))
        if isinstance(exc, RecursionError):
            return self._refused("JSON that is nested this deeply can't be stored")
        return None

    def _from_psycopg(self, exc: psycopg.Error) -> errors.StoreError:
        sqlstate = exc.sqlstate
        if sqlstate is None:
            return self._from_client(exc)
        entity, message = self.entity, exc.diag.message_primary or str(exc)
        if sqlstate in _SERIALIZATION:
            return errors.SerializationError(message, sqlstate=sqlstate, entity=entity)
        if sqlstate in _TIMEOUT:
            return errors.StatementTimeoutError(message, sqlstate=sqlstate, entity=entity)
        if sqlstate in _UNAVAILABLE or sqlstate[:2] in _UNAVAILABLE:
            return self._unavailable(message, sqlstate)
        if sqlstate in _DRIFT:
            return errors.SchemaDriftError(
                f"the live schema is not the one of the code: {message}",
                sqlstate=sqlstate,
                entity=entity,
            )
        if sqlstate.startswith("22"):
            return self._refused(message, sqlstate)
        if sqlstate.startswith("23"):
            return self._from_data(exc, sqlstate, message)
        if sqlstate == "25P02":
            return self._after_abort(sqlstate)
        return errors.StoreError(
            message,
            sqlstate=sqlstate,
            entity=entity,
            retryable=self._forget_prepared(exc, sqlstate),
        )

    def _from_client(self, exc: psycopg.Error) -> errors.StoreError:
        if isinstance(exc, psycopg.errors.PipelineAborted):
            return self._after_abort(None)
        if isinstance(exc, psycopg_pool.PoolClosed):
            return errors.UnavailableError("the store is not open", entity=self.entity)
        if isinstance(exc, psycopg_pool.PoolTimeout | psycopg_pool.TooManyRequests):
            return errors.UnavailableError(f"no connection is to be had: {exc}", entity=self.entity)
        # Neither of these messages repeats what libpq says of the host.
        if isinstance(exc, psycopg.OperationalError) and self.conn is None:
            return self._unavailable("can't connect to the database", None)
        if isinstance(exc, psycopg.OperationalError) and self.conn and self.conn.closed:
            return self._unavailable("the connection to the database is lost", None)
        if isinstance(exc, psycopg.DataError):
            return self._refused(str(exc))
        return errors.StoreError(str(exc), entity=self.entity)

    def _unavailable(self, message: str, sqlstate: str | None) -> errors.UnavailableError:
        # A statement that commits by itself has not, if the server still said why it went away.
        unknown = self.committing or (self.implicit and sqlstate is None)
        unknown = sqlstate in _UNKNOWN or (unknown and not self.unsent)
        return errors.UnavailableError(
            f"{message}; whether the transaction was committed is unknown" if unknown else message,
            sqlstate=sqlstate,
            entity=self.entity,
            outcome_unknown=unknown,
        )

    def _after_abort(self, sqlstate: str | None) -> errors.StoreError:
        message, retryable = "an earlier error", False
        if self.conn is not None:
            message, retryable = _aborted.get(self.conn, (message, retryable))
        return errors.StoreError(
            f"the transaction was aborted by {message}",
            sqlstate=sqlstate,
            entity=self.entity,
            retryable=retryable,
        )

    def _refused(self, message: str, sqlstate: str | None = None) -> errors.ValidationError:
        field = next((name for name, value in self.values.items() if not _sendable(value)), None)
        subject = ".".join(filter(None, (self.entity, field)))
        return errors.ValidationError(
            f"{subject}: {message}" if subject else message,
            sqlstate=sqlstate,
            entity=self.entity,
            field=field,
            value=None if field is None else self.values[field],
        )

    def _from_data(self, exc: psycopg.Error, sqlstate: str, message: str) -> errors.StoreError:
        diag, entity = exc.diag, self.entity or exc.diag.table_name
        name = diag.constraint_name
        columns, target = _constraint(diag.table_name, name)
        if self.deleting and sqlstate in {"23503", "23001"}:
            columns = ("id",)
        if diag.column_name:
            columns = (diag.column_name,)
        given = {column: self.values.get(column) for column in columns}
        named = ", ".join(f"{key}={errors.shorten(value)}" for key, value in given.items())
        subject = f"{entity} with {named}" if named else str(entity)
        # The first column of a foreign key is the reference; others are copied along with it.
        lone = len(columns) == 1 or (sqlstate == "23503" and columns)
        attributes: errors.Attributes = {
            "sqlstate": sqlstate,
            "entity": entity,
            "field": columns[0] if lone else None,
            "value": given[columns[0]] if lone else None,
            "constraint": name,
        }
        match sqlstate:
            case "23505":
                return errors.AlreadyExistsError(f"{subject} already exists", **attributes)
            case "23503" | "23001" if self.deleting or sqlstate == "23001":
                return errors.ForeignKeyError(
                    f"{subject} is still referenced by {diag.table_name}",
                    kind="still_referenced",
                    **attributes,
                )
            case "23503":
                return errors.ForeignKeyError(
                    f"{subject} refers to a {target or 'row'} that does not exist", **attributes
                )
            case "23502":
                message = f"{entity}.{diag.column_name} must not be null"
            case _:
                message = f"{subject} does not satisfy {name}"
        return errors.ValidationError(message, **attributes)

    def _forget_prepared(self, exc: psycopg.Error, sqlstate: str) -> bool:
        """Make the connection forget its prepared statements, if it is those that failed.

        psycopg would run them again and again. Each is closed by its name with the next statement:
        a DEALLOCATE ALL would also take what that one has just prepared.
        """
        stale = sqlstate == "0A000" and exc.diag.source_function == "RevalidateCachedQuery"
        if self.conn is None or not (stale or sqlstate == "26000"):
            return False
        prepared = self.conn._prepared  # pyright: ignore[reportPrivateUsage]
        names = list(prepared._names.values())  # pyright: ignore[reportPrivateUsage]
        prepared.clear()
        prepared._to_flush.clear()  # pyright: ignore[reportPrivateUsage]
        if stale:
            prepared._to_flush.extend(names)  # pyright: ignore[reportPrivateUsage]
        return True


def _constraint(table_name: str | None, name: str | None) -> tuple[tuple[str, ...], str | None]:
    """The columns of a constraint or unique index, and the table that it refers to."""
    for table in (table for table in CATALOG.tables if table.name == table_name):
        for constraint in table.constraints:
            if constraint.name == name:
                return constraint.columns, constraint.references
        for index in table.indexes:
            if index.name == name:
                return index.columns, None
    return (), None


def _sendable(value: object) -> bool:
    """Whether the server can be sent this value, as text or inside JSON."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
        text.encode()
    except (ValueError, RecursionError):
        return False
    return "\\u0000" not in text.replace("\\\\", "")  # not: a backslash and u0000
