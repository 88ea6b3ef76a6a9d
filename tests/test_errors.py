"""The errors of the store, by the answer of the server, on real connections."""

import asyncio
import gc
import os
import pickle
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from attune_queries.support import UnknownLabelError

from attune_store import (
    CreateActionInput,
    CreatePackInput,
    CreateWorkflowDefinitionInput,
    ExecutionStatus,
    Repositories,
    Store,
    UpdatePackInput,
    errors,
)
from attune_store._translate import translating
from tests.twin import Twin
from tests.waiting import until_asleep, until_blocked

SQLSTATES = [
    ("08006", errors.UnavailableError, True),
    ("08007", errors.UnavailableError, False),
    ("08P01", errors.UnavailableError, True),
    ("0A000", errors.StoreError, False),
    ("22003", errors.ValidationError, False),
    ("22P02", errors.ValidationError, False),
    ("22P05", errors.ValidationError, False),
    ("23502", errors.ValidationError, False),
    ("23503", errors.ForeignKeyError, False),
    ("23001", errors.ForeignKeyError, False),
    ("23505", errors.AlreadyExistsError, False),
    ("23514", errors.ValidationError, False),
    ("23P01", errors.ValidationError, False),
    ("25006", errors.StoreError, False),
    ("25P03", errors.UnavailableError, True),
    ("25P04", errors.StatementTimeoutError, False),
    ("26000", errors.UnavailableError, True),
    ("28000", errors.StoreError, False),
    ("3F000", errors.SchemaDriftError, False),
    ("40001", errors.SerializationError, True),
    ("40003", errors.UnavailableError, False),
    ("40P01", errors.SerializationError, True),
    ("42501", errors.StoreError, False),
    ("42601", errors.StoreError, False),
    ("42703", errors.SchemaDriftError, False),
    ("42704", errors.SchemaDriftError, False),
    ("42P05", errors.UnavailableError, True),
    ("42883", errors.SchemaDriftError, False),
    ("42P01", errors.SchemaDriftError, False),
    ("53300", errors.UnavailableError, True),
    ("55P03", errors.StatementTimeoutError, True),
    ("57014", errors.StatementTimeoutError, False),
    ("57P01", errors.UnavailableError, True),
    ("57P02", errors.UnavailableError, True),
    ("57P03", errors.UnavailableError, True),
    ("57P05", errors.UnavailableError, True),
    ("XX000", errors.StoreError, False),
]


def nested(levels: int) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for _ in range(levels):
        document = {"a": document}
    return document


def raising(sqlstate: str) -> bytes:
    return f"DO $$ BEGIN RAISE 'said so' USING ERRCODE = '{sqlstate}'; END $$".encode()


@pytest.fixture
def connection(conn: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
    return conn


@pytest.mark.parametrize(("sqlstate", "kind", "retryable"), SQLSTATES)
def test_sqlstates(
    connection: psycopg.Connection[Any],
    sqlstate: str,
    kind: type[errors.StoreError],
    retryable: bool,
) -> None:
    with pytest.raises(errors.StoreError) as failure, translating(connection, "pack"):
        connection.execute(raising(sqlstate))
    assert type(failure.value) is kind
    assert failure.value.sqlstate == sqlstate
    assert failure.value.entity == "pack"
    assert failure.value.retryable is retryable
    assert isinstance(failure.value.__cause__, psycopg.Error)
    assert failure.value.__cause__.sqlstate == sqlstate


async def test_sqlstates_async(shared_database_url: str) -> None:
    for sqlstate, kind, retryable in SQLSTATES:
        connecting = psycopg.AsyncConnection.connect(shared_database_url, autocommit=True)
        async with await connecting as conn:
            with pytest.raises(errors.StoreError) as failure, translating(conn):
                await conn.execute(raising(sqlstate))
            assert (type(failure.value), failure.value.retryable) == (kind, retryable)


@pytest.mark.parametrize(
    "error",
    [
        errors.StoreError("so", sqlstate="XX000", retryable=True),
        errors.NotFoundError(entity="pack", field="id", value=7),
        errors.AlreadyExistsError(entity="pack", field="ref", value="core", constraint="c"),
        errors.ForeignKeyError(kind="still_referenced", entity="pack"),
        errors.ConflictError(expected={ExecutionStatus.RUNNING}, actual=ExecutionStatus.FAILED),
        errors.UnavailableError("gone", outcome_unknown=True),
        errors.SchemaDriftError(),
    ],
)
def test_errors_are_pickled(error: errors.StoreError) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)


def test_default_messages() -> None:
    pack: errors.Attributes = {"entity": "pack", "field": "ref", "value": "core"}
    messages = [
        (errors.NotFoundError(**pack), "pack with ref='core' does not exist"),
        (errors.AlreadyExistsError(**pack), "pack with ref='core' already exists"),
        (
            errors.ForeignKeyError(kind="missing", **pack),
            "pack with ref='core' refers to a row that does not exist",
        ),
        (
            errors.ForeignKeyError(kind="still_referenced", **pack),
            "pack with ref='core' is still referenced",
        ),
        (
            errors.ConflictError(
                entity="execution",
                field="id",
                value=5,
                expected=[ExecutionStatus.RUNNING, ExecutionStatus.CANCELING],
                actual=ExecutionStatus.FAILED,
            ),
            "execution with id=5 is failed, expected canceling or running",
        ),
        (
            errors.ConflictError(
                entity="execution",
                expected=datetime(2026, 1, 1, tzinfo=UTC),
                actual=datetime(2026, 1, 2, tzinfo=UTC),
            ),
            "execution is 2026-01-02 00:00:00+00:00, expected 2026-01-01 00:00:00+00:00",
        ),
        (errors.NotFoundError(), "row does not exist"),
    ]
    for error, message in messages:
        assert str(error) == message
    assert len(str(errors.NotFoundError(entity="pack", field="ref", value="x" * 10_000))) < 200


# --- constraints, by name


@pytest.fixture
def repositories(connection: psycopg.Connection[Any]) -> Repositories:
    return Repositories(connection)


def pack(ref: str = "core") -> CreatePackInput:
    return CreatePackInput(ref=ref, label="Core", version="1.0.0")


def definition(pack_id: int, pack_ref: str = "core") -> CreateWorkflowDefinitionInput:
    return CreateWorkflowDefinitionInput(
        ref=f"{pack_ref}.flow",
        pack=pack_id,
        pack_ref=pack_ref,
        label="Flow",
        version="1.0.0",
        definition={},
    )


def test_already_exists(repositories: Repositories) -> None:
    repositories.packs.create(pack())
    with pytest.raises(errors.AlreadyExistsError) as failure:
        repositories.packs.create(pack())
    error = failure.value
    assert str(error) == "pack with ref='core' already exists"
    assert (error.sqlstate, error.entity, error.field, error.value) == (
        "23505",
        "pack",
        "ref",
        "core",
    )
    assert error.constraint == "pack_ref_key"


def test_foreign_key_missing(repositories: Repositories) -> None:
    with pytest.raises(errors.ForeignKeyError) as failure:
        repositories.workflow_definitions.create(definition(4711))
    error = failure.value
    assert error.kind == "missing"
    assert (error.entity, error.field, error.value) == ("workflow_definition", "pack", 4711)
    assert str(error) == (
        "workflow_definition with pack=4711, pack_ref='core' refers to a pack that does not exist"
    )


def test_foreign_key_still_referenced(repositories: Repositories) -> None:
    parent = repositories.packs.create(pack())
    workflow = repositories.workflow_definitions.create(definition(parent.id))
    repositories.actions.create(
        CreateActionInput(
            ref="core.flow",
            pack=parent.id,
            pack_ref="core",
            label="Flow",
            description="",
            entrypoint="",
        )
    )
    action = repositories.actions.get_by_ref("core.flow")
    repositories.actions.link_workflow_def(action.id, workflow.id)
    with pytest.raises(errors.ForeignKeyError) as failure:
        repositories.workflow_definitions.delete(workflow.id)
    error = failure.value
    assert error.kind == "still_referenced"
    assert (error.entity, error.field, error.value) == ("workflow_definition", "id", workflow.id)
    assert str(error) == (
        f"workflow_definition with id={workflow.id} is still referenced by action"
    )


def test_check_constraint(repositories: Repositories) -> None:
    row = repositories.packs.create(pack())
    with pytest.raises(errors.ValidationError) as failure:
        repositories.packs.update(row.id, UpdatePackInput.model_construct(version="not a version"))
    error = failure.value
    assert error.sqlstate == "23514"
    assert (error.field, error.value) == ("version", "not a version")
    assert error.constraint is not None
    assert error.constraint in str(error)


def test_not_null(repositories: Repositories) -> None:
    row = repositories.packs.create(pack())
    with pytest.raises(errors.ValidationError, match=r"pack\.label must not be null") as failure:
        repositories.packs.update(row.id, UpdatePackInput.model_construct(label=None))
    assert (failure.value.sqlstate, failure.value.field) == ("23502", "label")


# --- what can't be sent


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", "a\0b"),
        ("label", "\ud800"),
        ("meta", {"a": "b\0"}),
        ("meta", {"a": "\ud800"}),
        ("meta", {"a": [float("nan")]}),
        ("meta", {"a": float("inf")}),
        ("tags", ["a", "\0"]),
        ("meta", nested(100_000)),
    ],
    ids=range(8),
)
def test_values_that_can_not_be_sent(
    connection: psycopg.Connection[Any], field: str, value: Any
) -> None:
    repositories = Repositories(connection)
    with pytest.raises(errors.ValidationError) as failure:
        repositories.packs.create(pack().model_copy(update={field: value}))
    assert (failure.value.entity, failure.value.field) == ("pack", field)
    assert failure.value.value is value


# --- aborted transactions


def test_after_an_abort_the_first_error_is_named(repositories: Repositories) -> None:
    repositories.packs.create(pack())
    with pytest.raises(errors.AlreadyExistsError):
        repositories.packs.create(pack())
    for _ in range(2):
        with pytest.raises(errors.StoreError, match="was aborted by") as failure:
            repositories.packs.find_by_ref("core")
        assert failure.value.sqlstate == "25P02"
        assert "pack with ref='core' already exists" in str(failure.value)
        assert not failure.value.retryable
    repositories.connection.rollback()
    assert repositories.packs.find_by_ref("core") is None


def test_after_a_retryable_abort(connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(errors.SerializationError), translating(connection):
        connection.execute(raising("40001"))
    with pytest.raises(errors.StoreError) as failure, translating(connection):
        connection.execute("SELECT 1")
    assert failure.value.retryable


def test_an_abort_of_an_earlier_transaction_is_not_named(
    connection: psycopg.Connection[Any],
) -> None:
    with pytest.raises(errors.SerializationError), translating(connection):
        connection.execute(raising("40001"))
    connection.rollback()
    with translating(connection):
        connection.execute("SELECT 1")
    with pytest.raises(psycopg.errors.DivisionByZero):
        connection.execute("SELECT 1 / 0")
    expected = pytest.raises(errors.StoreError, match="an earlier error")
    with expected as failure, translating(connection):
        connection.execute("SELECT 1")
    assert not failure.value.retryable


def test_an_error_does_not_keep_its_connection_alive(database_url: str) -> None:
    conn = psycopg.connect(database_url)
    with pytest.raises(errors.StoreError), translating(conn):
        conn.execute("SELECT 1 / 0")
    conn.close()
    gone = weakref.ref(conn)
    del conn
    gc.collect()
    assert gone() is None


def test_a_pipeline_names_the_error_that_aborted_it(connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(errors.StoreError), translating(connection), connection.pipeline():
        connection.execute("SELECT 1 / 0")
        connection.execute("SELECT 1").fetchone()


# --- connections that are lost


def test_lost_in_a_transaction(database_url: str) -> None:
    with psycopg.connect(database_url) as conn:
        repositories = Repositories(conn)
        repositories.packs.create(pack())
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [conn.info.backend_pid])
        with pytest.raises(errors.UnavailableError) as failure:
            repositories.packs.find_by_ref("core")
        assert failure.value.retryable
        # Once more, when the connection is known to be closed.
        with pytest.raises(errors.UnavailableError) as failure:
            repositories.packs.find_by_ref("core")
        assert failure.value.retryable
        assert not failure.value.outcome_unknown


def test_lost_in_a_statement_that_commits_by_itself(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        with pytest.raises(errors.UnavailableError) as failure, translating(conn):
            conn.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        # The server gave the reason, so it did not commit.
        assert failure.value.sqlstate == "57P01"
        assert failure.value.retryable
        # The next statement finds the connection closed, and is not sent.
        with pytest.raises(errors.UnavailableError) as failure, translating(conn):
            conn.execute("SELECT 1")
        assert failure.value.retryable
        assert not failure.value.outcome_unknown
    with psycopg.connect(database_url, autocommit=True) as conn:
        with (
            pytest.raises(errors.UnavailableError) as failure,
            cutting(conn, lambda: until_asleep(database_url)),
            translating(conn),
        ):
            conn.execute("SELECT pg_sleep(600)")
        assert failure.value.outcome_unknown
        assert not failure.value.retryable


@contextmanager
def cutting(conn: psycopg.Connection[Any], wait: Callable[[], object]) -> Iterator[None]:
    """Cut the connection while the server runs the statement of the block."""

    def cut() -> None:
        wait()
        _cut(conn.fileno())

    cutter = threading.Thread(target=cut)
    cutter.start()
    try:
        yield
    finally:
        cutter.join()


def _cut(fileno: int) -> None:
    with socket.socket(fileno=os.dup(fileno)) as duplicate:
        duplicate.shutdown(socket.SHUT_RDWR)


def test_a_busy_connection_is_not_reported_as_lost(database_url: str) -> None:
    conn = psycopg.connect(database_url)
    conn.pgconn.send_query(b"SELECT 1")
    with pytest.raises(errors.StoreError, match="in progress") as failure, translating(conn):
        conn.execute("SELECT 1")
    conn.close()
    assert type(failure.value) is errors.StoreError
    assert not failure.value.retryable


def test_no_message_shows_the_conninfo() -> None:
    with pytest.raises(errors.UnavailableError, match="can't connect") as failure, translating():
        psycopg.connect("host=127.0.0.1 port=1 user=someone password=geheim")
    assert failure.value.retryable
    for text in "127.0.0.1", "someone", "geheim":
        assert text not in str(failure.value)


# --- the schema under a running client


def test_a_connection_works_again_after_a_type_has_changed(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute("CREATE TABLE grown (a int)")
        for threshold in (0, 1, 5):
            with psycopg.connect(
                database_url, autocommit=True, prepare_threshold=threshold
            ) as conn:
                queries = [f"SELECT a, {number} FROM grown".encode() for number in range(3)]
                for query in queries * 10:
                    conn.execute(query)
                admin.execute("ALTER TABLE grown ALTER a TYPE bigint")
                failures: list[errors.StoreError] = []
                for query in queries * 10:
                    try:
                        with translating(conn):
                            conn.execute(query)
                    except errors.StoreError as exc:
                        failures.append(exc)
                assert [(one.sqlstate, one.retryable) for one in failures] == [("0A000", True)]
                left = conn.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
                assert left is not None
                assert left[0] <= 4
                admin.execute("ALTER TABLE grown ALTER a TYPE int")


async def test_a_connection_works_again_after_a_type_has_changed_async(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(
        database_url, autocommit=True, prepare_threshold=0
    ) as conn:
        await conn.execute("CREATE TABLE grown (a int)")
        await conn.execute("SELECT a FROM grown")
        with psycopg.connect(database_url) as admin:
            admin.execute("ALTER TABLE grown ALTER a TYPE bigint")
        with pytest.raises(errors.StoreError) as failure, translating(conn):
            await conn.execute("SELECT a FROM grown")
        assert failure.value.retryable
        for _ in range(5):
            with translating(conn):
                await conn.execute("SELECT a FROM grown")


def test_lost_prepared_statements_end_the_connection(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True, prepare_threshold=0) as conn:
        conn.execute("SELECT 1")
        with psycopg.ClientCursor(conn) as cursor:
            cursor.execute("DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$")
        with pytest.raises(errors.UnavailableError) as failure, translating(conn):
            conn.execute("SELECT 1")
        assert (failure.value.sqlstate, failure.value.retryable) == ("26000", True)
        assert not failure.value.outcome_unknown
        assert "prepare_threshold=None" in str(failure.value)
        assert conn.closed


def test_an_unknown_enum_label_is_schema_drift(committing_twin: Twin) -> None:
    twin = committing_twin
    twin.execute("ALTER TYPE attune.execution_status ADD VALUE 'dreaming'")
    ((id,),) = twin.execute(
        "INSERT INTO attune.execution (action_ref, status) VALUES ('core.a', 'dreaming')"
        " RETURNING id"
    )
    with pytest.raises(errors.SchemaDriftError, match="'dreaming'") as failure:
        twin.repositories.executions.find_by_id(id)
    cause = failure.value.__cause__
    assert isinstance(cause, UnknownLabelError)
    assert (cause.enum, cause.label) == (ExecutionStatus, "dreaming")
    assert failure.value.entity == "execution"
    assert not failure.value.retryable


def test_an_unknown_label_of_a_callers_enum_is_no_drift(
    connection: psycopg.Connection[Any],
) -> None:
    with pytest.raises(errors.ValidationError), translating(connection):
        ExecutionStatus("dreaming")


def test_an_unknown_label_can_be_pickled() -> None:
    error = pickle.loads(pickle.dumps(UnknownLabelError(ExecutionStatus, "dreaming")))
    assert (error.enum, error.label) == (ExecutionStatus, "dreaming")


def test_a_missing_table(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as conn:
        conn.execute("ALTER TABLE attune.pack RENAME TO parcel")
        with pytest.raises(errors.SchemaDriftError, match=r"attune\.pack") as failure:
            Repositories(conn).packs.find_by_id(1)
        assert failure.value.sqlstate == "42P01"


# --- waiting


def test_a_lock_timeout_is_translated(database_url: str) -> None:
    with Store(database_url) as store, store.transaction() as tx:
        row = tx.packs.create(pack())
    with Store(database_url) as store, store.transaction() as first:
        first.packs.update(row.id, UpdatePackInput(label="First"))
        impatient = store.transaction(statement_timeout=0.1)
        with pytest.raises(errors.StatementTimeoutError) as failure, impatient as second:
            second.packs.update(row.id, UpdatePackInput(label="Second"))
        assert failure.value.sqlstate == "57014"


async def test_a_cancelled_task_stays_cancelled(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as conn:

        async def wait() -> None:
            with translating(conn):
                await conn.execute("SELECT pg_sleep(600)")

        task = asyncio.create_task(wait())
        await asyncio.to_thread(until_asleep, database_url)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


def test_other_exceptions_are_not_translated(connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(LookupError), translating(connection):
        raise LookupError


def cutting_blocked(
    database_url: str, conn: psycopg.Connection[Any]
) -> AbstractContextManager[None]:
    """Cut the connection while its statement waits for a lock."""
    pid = conn.info.backend_pid
    return cutting(conn, lambda: until_blocked(database_url, pid))


@pytest.mark.parametrize("block", ["autocommit", "transaction"])
def test_a_lost_read_is_retryable(database_url: str, block: str) -> None:
    """Its connection is cut while it waits for a lock, so nothing can have been written."""
    with (
        psycopg.connect(database_url) as lock,
        Store(database_url, min_size=1, max_size=1) as store,
    ):
        lock.execute("LOCK TABLE attune.pack")
        with (
            pytest.raises(errors.UnavailableError) as failure,
            getattr(store, block)() as repos,
            cutting_blocked(database_url, repos.connection),
        ):
            repos.packs.list()
        assert (failure.value.retryable, failure.value.outcome_unknown) == (True, False)
        with (
            pytest.raises(errors.UnavailableError) as failure,
            store.autocommit() as repos,
            cutting_blocked(database_url, repos.connection),
        ):
            repos.packs.create(pack())
        assert (failure.value.retryable, failure.value.outcome_unknown) == (False, True)


def test_a_lost_end_of_a_read_only_transaction_is_retryable(database_url: str) -> None:
    with Store(database_url, min_size=1, max_size=1) as store:
        for read_only in True, False:
            with pytest.raises(errors.UnavailableError) as failure:  # noqa: SIM117
                with store.transaction(read_only=read_only) as tx:
                    tx.packs.list()
                    _cut(tx.connection.fileno())
            assert failure.value.retryable is read_only
            assert failure.value.outcome_unknown is not read_only


@pytest.mark.parametrize(
    ("sqlstate", "kind", "words"),
    [
        ("53100", errors.StoreError, "the server has no disk space left: could not extend file"),
        ("54000", errors.ValidationError, "the value is too large for the server: could not"),
    ],
)
def test_a_full_server_is_not_retryable(
    connection: psycopg.Connection[Any], sqlstate: str, kind: type[errors.StoreError], words: str
) -> None:
    raised = f"RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{sqlstate}'"
    with pytest.raises(errors.StoreError, match=words) as failure, translating(connection):
        connection.execute(f"DO $$ BEGIN {raised}; END $$".encode())
    assert type(failure.value) is kind
    assert not failure.value.retryable
