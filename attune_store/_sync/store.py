"""A pool of connections, and the repositories on them."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from inspect import isawaitable
from types import TracebackType
from typing import Any, Literal, Self

from psycopg import Connection, IsolationLevel, OperationalError, sql
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row
from psycopg_pool import ConnectionPool
from psycopg_pool.abc import ConnectionCB

from attune_store import errors
from attune_store._conninfo import resolve_conninfo
from attune_store._sync.migrate import migrate
from attune_store._sync.repositories import Repositories
from attune_store._translate import translating
from attune_store.errors import Difference, Severity


class Store:
    """The database, through a pool of connections.

    Without a conninfo it is the one of `DATABASE_URL`, else of libpq's own variables. The options
    are those of psycopg_pool's pools. The sessions' time zone is UTC.
    """

    def __init__(self, conninfo: str | None = None, **pool_options: Any) -> None:
        if (max_size := pool_options.get("max_size")) is not None:
            pool_options.setdefault("min_size", min(4, max_size))
        pool_options.setdefault("open", False)
        pool_options["configure"] = _in_utc(pool_options.get("configure"))
        self._pool: ConnectionPool[Connection[Any]] = ConnectionPool(
            resolve_conninfo(conninfo), **pool_options
        )
        self._owned = True

    @classmethod
    def from_pool(cls, pool: ConnectionPool[Any], /) -> Self:
        """Use a pool of the caller's, who opens and closes it."""
        store = cls.__new__(cls)
        store._pool = pool
        store._owned = False
        return store

    def open(self) -> None:
        """Start connecting."""
        if self._owned:
            try:
                self._pool.open()
            except OperationalError as exc:
                raise errors.UnavailableError("a closed store can't be opened again") from exc

    def close(self) -> None:
        """Close all connections; a store that was closed can't be opened again."""
        if self._owned:
            self._pool.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def transaction(
        self,
        *,
        isolation_level: IsolationLevel | None = None,
        read_only: bool = False,
        statement_timeout: timedelta | float | None = None,
    ) -> Generator[Repositories]:
        """Give the repositories of one transaction: committed, or rolled back on an exception.

        The settings are for this transaction alone; a number as `statement_timeout` means seconds.
        """
        timeout = None if statement_timeout is None else _milliseconds(statement_timeout)
        with self._connection() as conn:
            before = conn.isolation_level, conn.read_only
            try:
                if isolation_level is not None:
                    conn.set_isolation_level(isolation_level)
                if read_only:
                    conn.set_read_only(True)
                with _committed(conn):
                    if timeout is not None:
                        with translating(conn):
                            conn.execute(
                                sql.SQL("SET LOCAL statement_timeout = {}").format(timeout)
                            )
                    yield Repositories(conn)
            finally:
                if _idle(conn):
                    conn.set_isolation_level(before[0])
                    conn.set_read_only(before[1])

    @contextmanager
    def autocommit(self) -> Generator[Repositories]:
        """Give the repositories of one connection on which each statement commits by itself."""
        with self._connection() as conn:
            before = conn.autocommit
            conn.set_autocommit(True)
            try:
                yield Repositories(conn)
            finally:
                if _idle(conn):
                    conn.set_autocommit(before)

    def migrate(self, *, down: int = 0) -> list[str]:
        """Bring the database to the newest schema; return the names of the migrations applied.

        It is idempotent, and safe when many processes do it at once. With `down`, take that many
        back instead.
        """
        if down < 0:
            raise errors.ValidationError("down: a number of migrations, 0 or more", value=down)
        with self._own_connection() as conn:
            return [migration.name for migration in migrate(conn, down=down)]

    def check(
        self, *, severity: Severity | Literal["breaking", "risky", "harmless"] = Severity.HARMLESS
    ) -> list[Difference]:
        """Compare the live schema with the one that the code was generated from.

        Raises SchemaDriftError if a difference has this severity or a worse one, else returns them.
        """
        # Imported here, with the comparison and the manifest: most processes never compare.
        from attune_store._sync.check import check

        if severity not in list(Severity):
            raise errors.ValidationError("severity: breaking, risky or harmless", value=severity)
        with self._own_connection() as conn:
            # Whatever the role's defaults: it waits for no writer, and fails for none.
            conn.set_isolation_level(IsolationLevel.READ_COMMITTED)
            conn.set_deferrable(False)
            differences = check(conn)
        if any(difference.severity.at_least(Severity(severity)) for difference in differences):
            raise errors.SchemaDriftError(differences=differences)
        return differences

    @contextmanager
    def _connection(self) -> Generator[Connection[Any]]:
        with translating():
            conn = self._pool.getconn()
        try:
            yield conn
        finally:
            self._pool.putconn(conn)

    @contextmanager
    def _own_connection(self) -> Generator[Connection[Any]]:
        """Connect beside the pool, whose size and state then do not matter."""
        pool = self._pool
        conninfo: str = _given(pool.conninfo)
        options: dict[str, Any] = {**(_given(pool.kwargs) or {})}
        options.update(autocommit=True, row_factory=tuple_row)
        with translating():
            conn = pool.connection_class.connect(conninfo or "", **options)
        with conn:
            yield conn


def _in_utc(
    configure: ConnectionCB[Connection[Any]] | None,
) -> ConnectionCB[Connection[Any]]:
    """Set the time zone of a new connection, by a statement: PgBouncer refuses startup options."""

    def in_utc(conn: Connection[Any]) -> None:
        autocommit = conn.autocommit
        conn.set_autocommit(True)
        conn.execute("SET timezone TO 'UTC'")
        conn.set_autocommit(autocommit)
        if configure is not None:
            configure(conn)

    return in_utc


@contextmanager
def _committed(conn: Connection[Any]) -> Generator[None]:
    """Run the block in a transaction; only the errors of BEGIN and COMMIT are translated here."""
    transaction = conn.transaction()
    with translating(conn):
        transaction.__enter__()
    try:
        yield
        if conn.pgconn.transaction_status == TransactionStatus.INERROR:
            # An error was swallowed, and PostgreSQL would take a COMMIT for a ROLLBACK.
            with translating(conn):
                conn.execute("SELECT 1")
    except BaseException as exc:
        if not transaction.__exit__(type(exc), exc, exc.__traceback__):
            raise
    else:
        with translating(conn, committing=True):
            transaction.__exit__(None, None, None)


def _idle(conn: Connection[Any]) -> bool:
    """Close a connection that was left in the middle of something: the pool replaces it."""
    if conn.pgconn.transaction_status == TransactionStatus.IDLE:
        return True
    conn.close()
    return False


def _given(option: Any) -> Any:
    """What the pool was given: a value, or a function for it."""
    value: Any = option() if callable(option) else option
    if isawaitable(value):
        return value
    return value


def _milliseconds(timeout: timedelta | float) -> int:
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    if not 0 <= seconds < 2**31 / 1000:
        raise errors.ValidationError(
            "statement_timeout: a number of seconds, 0 for none", value=timeout
        )
    return max(1, round(seconds * 1000)) if seconds else 0
