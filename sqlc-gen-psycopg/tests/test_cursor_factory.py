"""Generated cursors are built on the connection's `cursor_factory`, so that tools that trace see each statement."""

import asyncio
import functools
import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import psycopg
import pytest
from conformance import server
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from test_example import EXAMPLE

NAME = re.compile(r"/\* name: (\w+) :\w+ \*/\n")


@pytest.fixture(scope="module")
def library() -> Iterator[ModuleType]:
    """Return the package of the example."""
    with pytest.MonkeyPatch.context() as patch:
        for module in [name for name in sys.modules if name.partition(".")[0] == "library"]:
            patch.delitem(sys.modules, module)  # the package of another test
        patch.syspath_prepend(EXAMPLE)
        import_module("library.aio.query")
        import_module("library.query")
        yield import_module("library")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Return a database with the example's schema."""
    name = server.own_name("factories")
    with server.running() as url:
        assert not server.create(url, {name: (EXAMPLE / "schema.sql").read_text()})
        try:
            yield server.database_url(url, name)
        finally:
            server.drop(url, [name])


@pytest.fixture
def spans() -> InMemorySpanExporter:
    """Return what the real instrumentation exports."""
    return InMemorySpanExporter()


@pytest.fixture
def instrument(spans: InMemorySpanExporter) -> Callable[[Any], None]:
    """Instrument a connection as a user would."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    return functools.partial(PsycopgInstrumentor.instrument_connection, tracer_provider=provider)


CALLS = ["CreateAuthor", "GetAuthor", "ListAuthors", "AddBooks", "EachTitle", "AddTags", "TagBooks"]


def call_all(library: ModuleType, conn: psycopg.Connection[Any]) -> None:
    query, enums = library.query, library.enums
    author = query.create_author(conn, name="Ann", born=None, bio=None)
    assert query.get_author(conn, id=author.id) == author
    assert query.list_authors(conn) == [author]
    params = query.AddBooksParams(author.id, "One", enums.Genre.POETRY, [], None, {})
    books = query.add_books(conn, [params, params._replace(title="Two")])
    assert sorted(query.each_title(conn)) == ["One", "Two"]
    assert query.add_tags(conn, [query.AddTagsParams(name) for name in ("a", "b")]) == 2
    query.tag_books(conn, [query.TagBooksParams(book.id, "a") for book in books])


async def acall_all(library: ModuleType, conn: psycopg.AsyncConnection[Any]) -> None:
    query, aio, enums = library.query, library.aio.query, library.enums
    author = await aio.create_author(conn, name="Ann", born=None, bio=None)
    assert await aio.get_author(conn, id=author.id) == author
    assert await aio.list_authors(conn) == [author]
    params = query.AddBooksParams(author.id, "One", enums.Genre.POETRY, [], None, {})
    books = await aio.add_books(conn, [params, params._replace(title="Two")])
    assert sorted([title async for title in aio.each_title(conn)]) == ["One", "Two"]
    assert await aio.add_tags(conn, [query.AddTagsParams(name) for name in ("a", "b")]) == 2
    await aio.tag_books(conn, [query.TagBooksParams(book.id, "a") for book in books])


def run(library: ModuleType, url: str, kind: str, prepare: Callable[[Any], None]) -> None:
    """Call a function of each kind on a prepared connection, and roll back."""

    async def arun() -> None:
        async with await psycopg.AsyncConnection.connect(url) as conn:
            prepare(conn)
            await acall_all(library, conn)
            await conn.rollback()

    if kind == "async":
        asyncio.run(arun())
        return
    with psycopg.connect(url) as conn:
        prepare(conn)
        call_all(library, conn)
        conn.rollback()


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_call_of_each_command_is_one_span(
    library: ModuleType,
    url: str,
    kind: str,
    spans: InMemorySpanExporter,
    instrument: Callable[[Any], None],
) -> None:
    run(library, url, kind, instrument)
    found = spans.get_finished_spans()
    statements = [str((span.attributes or {})["db.statement"]) for span in found]
    assert [match[1] for one in statements if (match := NAME.match(one))] == CALLS
    assert [span.name for span in found] == [
        *("INSERT", "SELECT", "SELECT", "INSERT", "SELECT", "COPY", "INSERT"),
    ]


@pytest.mark.parametrize("failing", ["execute", "copy", "batch"])
def test_an_error_marks_the_span(
    library: ModuleType,
    url: str,
    failing: str,
    spans: InMemorySpanExporter,
    instrument: Callable[[Any], None],
) -> None:
    query = library.query
    calls: dict[str, Callable[[Any], Any]] = {
        "execute": lambda conn: query.create_author(conn, name=None, born=None, bio=None),
        "copy": lambda conn: query.add_tags(conn, [query.AddTagsParams("a")] * 2),
        "batch": lambda conn: query.tag_books(conn, [query.TagBooksParams(1, "none")]),
    }
    with psycopg.connect(url) as conn:
        instrument(conn)
        with pytest.raises(psycopg.IntegrityError):
            calls[failing](conn)
        conn.rollback()
    (span,) = spans.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR


def recording(base: type[Any], names: list[str]) -> type[Any]:
    """Return a cursor class that records the names of the statements that it executes."""

    class Recording(base):  # type: ignore[misc]
        def execute(self, query: Any, *args: Any, **options: Any) -> Any:
            names.extend(NAME.findall(query))
            return super().execute(query, *args, **options)

        def executemany(self, query: Any, *args: Any, **options: Any) -> Any:
            names.extend(NAME.findall(query))
            return super().executemany(query, *args, **options)

    return Recording


BASES = {
    ("sync", "cursor"): psycopg.Cursor,
    ("sync", "raw"): psycopg.RawCursor,
    ("sync", "client"): psycopg.ClientCursor,
    ("async", "cursor"): psycopg.AsyncCursor,
    ("async", "raw"): psycopg.AsyncRawCursor,
    ("async", "client"): psycopg.AsyncClientCursor,
}


@pytest.mark.parametrize(("kind", "base"), BASES)
def test_cursors_are_built_on_a_class(library: ModuleType, url: str, kind: str, base: str) -> None:
    names: list[str] = []
    factory = recording(BASES[kind, base], names)
    run(library, url, kind, lambda conn: setattr(conn, "cursor_factory", factory))
    assert names == CALLS


@pytest.mark.parametrize(("kind", "base"), BASES)
def test_psycopgs_own_classes_work(library: ModuleType, url: str, kind: str, base: str) -> None:
    run(library, url, kind, lambda conn: setattr(conn, "cursor_factory", BASES[kind, base]))


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_factory_that_can_not_be_built_on_is_ignored(
    library: ModuleType, url: str, kind: str
) -> None:
    aio = kind == "async"
    factories: list[Any] = [
        functools.partial(psycopg.AsyncCursor if aio else psycopg.Cursor),
        psycopg.AsyncServerCursor if aio else psycopg.ServerCursor,
    ]
    for factory in factories:
        run(library, url, kind, functools.partial(set_factory, factory))


def set_factory(factory: Any, conn: Any) -> None:
    """Give a connection this `cursor_factory`."""
    conn.cursor_factory = factory


def test_the_class_is_made_once_per_factory(library: ModuleType, url: str) -> None:
    with psycopg.connect(url, cursor_factory=recording(psycopg.Cursor, [])) as conn:
        first, second = (
            library.support.Cursor(conn, row_factory=psycopg.rows.tuple_row) for _ in range(2)
        )
        assert type(first) is type(second)
        assert isinstance(first, conn.cursor_factory)
        assert first.adapters is library.support.ADAPTERS


def test_a_factory_can_change_the_rows(library: ModuleType, url: str) -> None:
    class Logged(psycopg.Cursor[Any]):
        def fetchall(self) -> list[Any]:
            return [*super().fetchall(), "end"]

    with psycopg.connect(url, cursor_factory=Logged) as conn:
        assert library.query.list_authors(conn) == ["end"]
