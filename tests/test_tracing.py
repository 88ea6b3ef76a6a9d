"""Statements as tools and callers see them: OpenTelemetry's spans, `on_query`, and the log of slow queries."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from attune_store import (
    AsyncStore,
    CreateExecutionInput,
    CreatePackInput,
    ExecutionRepository,
    QueryEvent,
    Store,
    UpdatePackInput,
    errors,
    log_slow_queries,
)
from tests.test_store import done, entered
from tests.waiting import until_blocked

PACK = CreatePackInput(ref="deploy", label="Deploy", version="1.0.0")
EXECUTION = CreateExecutionInput(action_ref="core.shell")


@pytest.fixture(params=[Store, AsyncStore])
def store_class(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter: InMemorySpanExporter) -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


@pytest.fixture
def instrumented(provider: TracerProvider, database_url: str) -> Iterator[str]:
    """Return the database, instrumented as a service does at its start."""
    PsycopgInstrumentor().instrument(tracer_provider=provider)
    yield database_url
    PsycopgInstrumentor().uninstrument()


def names(spans: tuple[ReadableSpan, ...]) -> list[str]:
    """Return the names of the queries at the beginning of the spans' statements."""
    statements = [str((span.attributes or {})["db.statement"]) for span in spans]
    return [found[1] for one in statements if (found := re.match(r"/\* name: (\w+) ", one))]


async def work(store: Any) -> None:
    """Call methods of each kind, in a transaction and without one."""
    async with entered(store.transaction()) as tx:
        pack = await done(tx.packs.create(PACK))
        await done(tx.packs.update(pack.id, UpdatePackInput(description="D")))
        await done(tx.packs.get_by_id(pack.id))
    async with entered(store.autocommit()) as repos:
        await done(repos.packs.list())
        await done(repos.executions.create_many([EXECUTION] * 2))
        await done(repos.executions.copy([EXECUTION] * 3))
        with pytest.raises(errors.AlreadyExistsError):
            await done(repos.packs.create(PACK))


WORK = ["CreatePack", "UpdatePack", "GetPack", "ListPacks", "CreateExecutions", "CopyExecutions"]
WORK.append("CreatePack")


async def test_each_call_is_one_span(
    store_class: Any, instrumented: str, exporter: InMemorySpanExporter
) -> None:
    async with entered(store_class(instrumented, max_size=1)) as store:
        await work(store)
    spans = exporter.get_finished_spans()
    assert names(spans) == WORK
    assert len(spans) == len(WORK)
    assert [span.name for span in spans] == [
        *("INSERT", "UPDATE", "SELECT", "SELECT", "WITH", "COPY", "INSERT"),
    ]
    *succeeded, failed = (span.status.status_code for span in spans)
    assert set(succeeded) == {StatusCode.UNSET}
    assert failed is StatusCode.ERROR


def test_a_copy_on_the_callers_connection_is_one_span(
    instrumented: str, exporter: InMemorySpanExporter
) -> None:
    with psycopg.connect(instrumented) as conn:
        assert ExecutionRepository(conn).copy([EXECUTION]) == 1
        conn.rollback()
    spans = exporter.get_finished_spans()
    assert (names(spans), len(spans)) == (["CopyExecutions"], 1)


async def test_one_connection_is_instrumented_by_configure(
    store_class: Any,
    database_url: str,
    exporter: InMemorySpanExporter,
    provider: TracerProvider,
) -> None:
    def instrument(conn: Any) -> None:
        PsycopgInstrumentor.instrument_connection(conn, tracer_provider=provider)

    async def ainstrument(conn: Any) -> None:
        instrument(conn)

    events: list[QueryEvent] = []
    configure = ainstrument if store_class is AsyncStore else instrument
    options: dict[str, Any] = {"configure": configure, "on_query": events.append}
    async with entered(store_class(database_url, max_size=1, **options)) as store:
        await work(store)
    assert names(exporter.get_finished_spans()) == WORK
    assert [event.query for event in events] == WORK


async def test_calls_in_a_pipeline_are_spans(
    instrumented: str, exporter: InMemorySpanExporter
) -> None:
    async with (
        AsyncStore(instrumented, max_size=1) as store,
        store.autocommit() as repos,
        repos.connection.pipeline(),
    ):
        await asyncio.gather(*(repos.packs.find_by_id(number) for number in range(3)))
    assert names(exporter.get_finished_spans()) == ["GetPack"] * 3


@pytest.fixture
def events() -> list[QueryEvent]:
    return []


@pytest.fixture
async def store(
    store_class: Any, database_url: str, events: list[QueryEvent]
) -> AsyncIterator[Any]:
    async with entered(store_class(database_url, max_size=1, on_query=events.append)) as store:
        yield store


async def test_each_statement_is_reported(store: Any, events: list[QueryEvent]) -> None:
    await work(store)
    assert [(event.query, event.rows, event.error) for event in events] == [
        ("CreatePack", 1, None),
        ("UpdatePack", 1, None),
        ("GetPack", 1, None),
        ("ListPacks", 1, None),
        ("CreateExecutions", 2, None),
        ("CopyExecutions", 3, None),
        ("CreatePack", None, psycopg.errors.UniqueViolation),
    ]
    assert all(event.seconds > 0 for event in events)


async def test_a_stream_is_reported_by_page(store: Any, events: list[QueryEvent]) -> None:
    async with entered(store.autocommit()) as repos:
        await done(repos.executions.copy([EXECUTION] * 1001))
        events.clear()
        stream = repos.executions.stream()
        found = [row async for row in stream] if hasattr(stream, "__anext__") else [*stream]
    assert len(found) == 1001
    assert [(event.query, event.rows) for event in events] == [
        *(("ListExecutions", 1000), ("ListExecutions", 1), ("ListExecutions", 0)),
    ]


async def test_statements_of_the_caller_are_not_reported(
    store: Any, events: list[QueryEvent]
) -> None:
    async with entered(store.transaction(statement_timeout=5)) as tx:
        await done(tx.connection.execute("SELECT 1"))
        await done(tx.connection.cursor().execute(b"SELECT 2"))
    assert events == []


async def test_connections_outside_the_pool_report_too(
    store: Any, events: list[QueryEvent]
) -> None:
    async with entered(store.worker("w1")):
        pass
    assert [event.query for event in events] == ["PruneWorkers", "RegisterWorker", "RetireWorker"]


async def test_a_timeout_is_reported(store: Any, events: list[QueryEvent]) -> None:
    async with entered(store.autocommit()) as repos:
        pack = await done(repos.packs.create(PACK))
        events.clear()
        with psycopg.connect(repos.connection.info.dsn) as other:
            other.execute("SELECT 1 FROM attune.pack FOR UPDATE")
            await done(repos.connection.execute("SET statement_timeout = 20"))
            with pytest.raises(errors.StatementTimeoutError):
                await done(repos.packs.update(pack.id, UpdatePackInput(label="L")))
    assert [(event.query, event.rows, event.error) for event in events] == [
        ("UpdatePack", None, psycopg.errors.QueryCanceled)
    ]
    assert events[0].seconds > 0.015


async def test_observed_statements_are_prepared(store: Any) -> None:
    async with entered(store.autocommit()) as repos:
        for _ in range(7):
            await done(repos.packs.list())
        cursor = await done(
            repos.connection.execute(
                "SELECT count(*) FROM pg_prepared_statements"
                " WHERE statement LIKE '/* name: ListPacks :many */%'"
            )
        )
        assert await done(cursor.fetchone()) == (1,)


async def test_a_cancelled_call_is_reported(database_url: str, events: list[QueryEvent]) -> None:
    async with AsyncStore(database_url, max_size=1, on_query=events.append) as store:
        async with store.autocommit() as repos:
            pack = await repos.packs.create(PACK)
        events.clear()
        with psycopg.connect(database_url) as other:
            other.execute("SELECT 1 FROM attune.pack FOR UPDATE")

            async def update() -> None:
                async with store.autocommit() as repos:
                    await repos.packs.update(pack.id, UpdatePackInput(label="L"))

            task = asyncio.create_task(update())
            await asyncio.to_thread(until_blocked, database_url)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    assert [(event.query, event.error) for event in events] == [
        ("UpdatePack", asyncio.CancelledError)
    ]


async def test_in_a_pipeline_each_statement_is_reported_with_its_result(
    database_url: str, events: list[QueryEvent]
) -> None:
    async with (
        AsyncStore(database_url, max_size=1, on_query=events.append) as store,
        store.autocommit() as repos,
    ):
        await repos.packs.create(PACK)
        events.clear()
        async with repos.connection.pipeline():
            results = await asyncio.gather(
                repos.packs.list(),
                repos.packs.create(PACK),
                repos.packs.find_by_ref("deploy"),
                return_exceptions=True,
            )
    assert isinstance(results[1], errors.AlreadyExistsError)
    assert sorted((event.query, event.rows, event.error) for event in events) == [
        ("CreatePack", None, psycopg.errors.UniqueViolation),
        ("GetPackByRef", None, psycopg.errors.PipelineAborted),
        ("ListPacks", 1, None),
    ]


async def test_a_count_in_a_pipeline_is_reported(
    database_url: str, events: list[QueryEvent]
) -> None:
    with (
        Store(database_url, max_size=1, on_query=events.append) as store,
        store.autocommit() as repos,
    ):
        pack = repos.packs.create(PACK)
        events.clear()
        with repos.connection.pipeline():
            assert repos.packs.delete(pack.id)
    assert [(event.query, event.rows, event.error) for event in events] == [("DeletePack", 1, None)]


async def test_an_exception_of_the_function_is_logged(
    store_class: Any, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(event: QueryEvent) -> None:
        raise LookupError(event.query)

    async with (
        entered(store_class(database_url, max_size=1, on_query=fail)) as store,
        entered(store.autocommit()) as repos,
    ):
        assert await done(repos.packs.list()) == []
    (record,) = [one for one in caplog.records if one.name == "attune_store"]
    assert record.message == "on_query failed for ListPacks"
    assert record.exc_info is not None
    assert record.exc_info[0] is LookupError


async def test_a_cursor_factory_of_the_caller_is_kept(store_class: Any, database_url: str) -> None:
    seen: list[str] = []
    base: Any = psycopg.AsyncCursor if store_class is AsyncStore else psycopg.Cursor

    class Noting(base):  # type: ignore[misc]
        def execute(self, query: Any, *args: Any, **options: Any) -> Any:
            seen.append(str(query))
            return super().execute(query, *args, **options)

    events: list[QueryEvent] = []
    kwargs = {"cursor_factory": Noting}
    async with (
        entered(store_class(database_url, kwargs=kwargs, on_query=events.append)) as store,
        entered(store.autocommit()) as repos,
    ):
        await done(repos.packs.list())
    assert any(one.startswith("/* name: ListPacks ") for one in seen)
    assert [event.query for event in events] == ["ListPacks"]


async def test_a_factory_that_is_a_function_is_refused(store_class: Any, database_url: str) -> None:
    kwargs = {"cursor_factory": lambda conn, **_: psycopg.Cursor(conn)}
    async with entered(store_class(database_url, kwargs=kwargs, on_query=print)) as store:
        with pytest.raises(errors.ValidationError, match="cursor_factory: expected a class"):
            async with entered(store.autocommit()):
                pass


async def test_without_on_query_cursors_are_not_replaced(
    store_class: Any, database_url: str
) -> None:
    async with (
        entered(store_class(database_url)) as store,
        entered(store.autocommit()) as repos,
    ):
        assert repos.connection.cursor_factory in (psycopg.Cursor, psycopg.AsyncCursor)


EVENTS: dict[str, Callable[[float], QueryEvent]] = {
    "GetPack took 1500 ms, rows: 1": lambda seconds: QueryEvent("GetPack", seconds, 1, None),
    "PausePack took 1500 ms": lambda seconds: QueryEvent("PausePack", seconds, None, None),
    "GetPack failed after 1500 ms: QueryCanceled": lambda seconds: QueryEvent(
        "GetPack", seconds, None, psycopg.errors.QueryCanceled
    ),
}


@pytest.mark.parametrize("message", EVENTS)
def test_slow_queries_are_logged(message: str, caplog: pytest.LogCaptureFixture) -> None:
    log = log_slow_queries()
    for seconds in 0.9, 1.5:
        log(EVENTS[message](seconds))
    assert [(one.name, one.levelname, one.message) for one in caplog.records] == [
        ("attune_store", "WARNING", message)
    ]


async def test_a_log_of_slow_queries_has_no_values(
    store_class: Any, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    log = log_slow_queries(threshold=timedelta(0), logger=logging.getLogger("service.sql"))
    secret = PACK.model_copy(update={"config": {"token": "geheim-4711"}})
    async with (
        entered(store_class(database_url, max_size=1, on_query=log)) as store,
        entered(store.autocommit()) as repos,
    ):
        await done(repos.packs.create(secret))
        with pytest.raises(errors.AlreadyExistsError):
            await done(repos.packs.create(secret))
    said = [re.sub(r"\d+ ms", "N ms", one.message) for one in caplog.records]
    assert said == [
        "CreatePack took N ms, rows: 1",
        "CreatePack failed after N ms: UniqueViolation",
    ]
    assert {one.name for one in caplog.records} == {"service.sql"}
