"""Repositories work on callers' connections of every kind, and leave them unchanged."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import psycopg
import pytest
from psycopg import pq
from psycopg.adapt import Dumper, Loader
from psycopg.rows import class_row, dict_row, namedtuple_row, scalar_row
from psycopg.types.enum import EnumInfo, register_enum
from psycopg.types.json import set_json_dumps, set_json_loads
from pydantic import BaseModel

from attune_store import (
    CreatePackInput,
    ExecutionStatus,
    TaskList,
    UpdatePackInput,
    UpdateWorkflowExecutionInput,
    errors,
)
from attune_store.testing import (
    make_action,
    make_execution,
    make_pack,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)
from tests.twin import Kind, Twin

NOW = datetime(2026, 3, 1, 12, 0, 0, 500, UTC)


class Cursor(psycopg.Cursor[Any]):
    """A cursor of the caller that adds a comment to statements, like tools that trace."""

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        return super().execute(f"{query}/* traced */", *args, **kwargs)


class AsyncCursor(psycopg.AsyncCursor[Any]):
    """The async one."""

    async def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        return await super().execute(f"{query}/* traced */", *args, **kwargs)


@dataclass
class Row:
    """A row class of the caller."""

    n: int


class StrLoader(Loader):
    """Loads every value as the text that the server sent."""

    def load(self, data: Any) -> str:
        return f"caller's {bytes(data).decode()}"


class RefusingDumper(Dumper):
    """Sends no value."""

    def dump(self, obj: Any) -> bytes:
        raise AssertionError("not this dumper")


def refuse(*_: object) -> Any:
    raise AssertionError("not this function")


# --- the kinds of connections


@dataclass
class Case:
    """How to connect, and how to use the connection."""

    options: dict[str, Any] = field(default_factory=dict)
    prepare: Callable[[Twin], object] = lambda twin: None


def enum_and_json_registered(twin: Twin) -> None:
    enum_registered(twin)
    json_functions(twin)


def enum_registered(twin: Twin) -> None:
    info = twin.run(EnumInfo.fetch(twin.connection, "attune.execution_status"))
    assert info is not None
    members: Any = Enum("Members", {label: label.upper() for label in info.labels})  # type: ignore[misc]
    register_enum(info, twin.connection, members)
    twin.run(twin.connection.rollback())


def str_enum_registered(twin: Twin) -> None:
    info = twin.run(EnumInfo.fetch(twin.connection, "attune.execution_status"))
    assert info is not None
    register_enum(info, twin.connection, ExecutionStatus)
    twin.run(twin.connection.rollback())


def json_functions(twin: Twin) -> None:
    set_json_loads(lambda _: "caller's", twin.connection)
    set_json_dumps(refuse, twin.connection)


def loaders(twin: Twin) -> None:
    for name in ("jsonb", "json", "timestamptz", "text", "int8", "bool", "text[]"):
        oid: Any = psycopg.postgres.types["text"].array_oid if name == "text[]" else name
        twin.connection.adapters.register_loader(oid, StrLoader)


def dumpers(twin: Twin) -> None:
    for kind in (dict, list, str, int, bool, datetime, type(None)):
        twin.connection.adapters.register_dumper(kind, RefusingDumper)


def setting(name: str, value: str) -> Case:
    def change(twin: Twin) -> None:
        twin.execute(f"SET {name} TO '{value}'")
        twin.commit()

    return Case(prepare=change)


CASES: dict[str, Case] = {
    "plain": Case(),
    "dict_row": Case({"row_factory": dict_row}),
    "namedtuple_row": Case({"row_factory": namedtuple_row}),
    "class_row": Case({"row_factory": class_row(Row)}),
    "scalar_row": Case({"row_factory": scalar_row}),
    "autocommit": Case({"autocommit": True}),
    "autocommit, dict_row, not prepared": Case(
        {"autocommit": True, "row_factory": dict_row, "prepare_threshold": None}
    ),
    "never prepared": Case({"prepare_threshold": None}),
    "always prepared": Case({"prepare_threshold": 0}),
    "always prepared, autocommit": Case({"prepare_threshold": 0, "autocommit": True}),
    "an enum registered": Case(prepare=enum_registered),
    "an enum registered, always prepared": Case({"prepare_threshold": 0}, enum_registered),
    "our enum registered": Case(prepare=str_enum_registered),
    "JSON functions registered": Case(prepare=json_functions),
    "loaders registered": Case(prepare=loaders),
    "dumpers registered": Case(prepare=dumpers),
    "another cursor": Case({"cursor_factory": Cursor}),
    "a client cursor": Case({"cursor_factory": psycopg.ClientCursor}),
    "a raw cursor": Case({"cursor_factory": psycopg.RawCursor}),
    "UTC": setting("timezone", "UTC"),
    "Etc/UTC": setting("timezone", "Etc/UTC"),
    "Asia/Kathmandu": setting("timezone", "Asia/Kathmandu"),
    "America/St_Johns": setting("timezone", "America/St_Johns"),
    "another search_path": setting("search_path", ""),
    "another encoding": Case({"client_encoding": "latin1"}),
    "serializable": Case(
        prepare=lambda twin: (
            twin.run(twin.connection.set_isolation_level(psycopg.IsolationLevel.SERIALIZABLE))
            if twin.kind == "async"
            else setattr(twin.connection, "isolation_level", psycopg.IsolationLevel.SERIALIZABLE)
        )
    ),
}
PREPARES = pytest.mark.unpooled("prepares statements", mode="transaction")
UNTRACKED = pytest.mark.unpooled("sets what PgBouncer does not track", mode="transaction")
MARKS = {
    **{
        name: PREPARES for name, case in CASES.items() if case.options.get("prepare_threshold") == 0
    },
    "another search_path": UNTRACKED,
}
NAMES = [pytest.param(name, marks=MARKS.get(name, ())) for name in CASES]
ASYNC_CURSORS: dict[Any, Any] = {
    Cursor: AsyncCursor,
    psycopg.ClientCursor: psycopg.AsyncClientCursor,
    psycopg.RawCursor: psycopg.AsyncRawCursor,
}


def conninfo_for(request: pytest.FixtureRequest, **options: Any) -> str:
    """Return a conninfo, of a separate database only for cases that commit: a clone takes time."""
    name = "database_url" if options.get("autocommit") else "shared_database_url"
    conninfo: str = request.getfixturevalue(name)
    return conninfo


def connect(kind: Kind, conninfo: str, case: Case) -> Twin:
    options = dict(case.options)
    if kind == "async" and "cursor_factory" in options:
        options["cursor_factory"] = ASYNC_CURSORS[options["cursor_factory"]]
    twin = Twin(kind, conninfo, **options)
    case.prepare(twin)
    return twin


# --- what is done on each


def work(twin: Twin) -> list[Any]:
    """Call a bit of everything, and return the results, without what differs between runs."""
    repos = twin.repositories
    pack = make_pack(
        repos,
        ref="core",
        label="ü",
        tags=["b", "a"],
        meta={"n": 10**30, "f": 1.0},
        is_standard=True,
    )
    results: list[Any] = [pack, repos.packs.find_by_id(pack.id), repos.packs.find_by_ref("none")]
    results += repos.packs.find_by_tag("a")
    results += repos.packs.list(limit=10, after="a")
    changed = repos.packs.update(
        pack.id,
        UpdatePackInput(description="new", meta={"n": [None, {"a": "é"}]}, tags=[]),
        expected_updated=pack.updated,
    )
    results += [changed, repos.packs.update(pack.id, UpdatePackInput(tags=[]))]

    definition = make_workflow_definition(repos, pack=pack, ref="core.flow", label="Flow")
    results += repos.workflow_definitions.search("FLOW", pack_ref="core", tags=(), enabled=True)
    results.append(repos.workflow_definitions.count_by_pack_ref("core"))
    action = make_action(repos, pack=pack, ref="core.run", label="Run", description="Runs it")
    results.append(repos.actions.link_workflow_def(action.id, definition.id))

    execution = make_execution(repos, config={"a": [1, 2.5, "x"]})
    run = make_workflow_execution(
        repos, execution=execution.id, workflow_def=definition.id, current_tasks=["a"]
    )
    results.append(repos.workflow_executions.append_tasks(run.id, current=["b", "b"]))
    results.append(repos.workflow_executions.move_tasks(run.id, ["a"], to=TaskList.COMPLETED))
    results.append(repos.workflow_executions.merge_variables(run.id, {"x": {"y": None}}))
    change = UpdateWorkflowExecutionInput(status=ExecutionStatus.RUNNING, error_message=None)
    results.append(repos.workflow_executions.update(run.id, change))
    results.append(repos.workflow_executions.pause(run.id, reason="lunch"))
    results.append(repos.workflow_executions.resume(run.id))
    results.append(repos.workflow_executions.find_summary(execution.id))

    child = make_execution(repos)
    results.append(repos.executions.claim(child.id))
    results.append(
        repos.executions.transition(
            child.id,
            expected=[ExecutionStatus.SCHEDULING, ExecutionStatus.SCHEDULED],
            to=ExecutionStatus.RUNNING,
        )
    )
    results += repos.executions.find_by_status(ExecutionStatus.RUNNING)
    task = make_workflow_task_execution(
        repos,
        workflow_execution=run.id,
        execution=child.id,
        task_name="a",
        task_index=0,
        max_retries=1,
    )
    tasks = repos.workflow_task_executions
    results += tasks.claim_next(run.id, "a")
    results.append(tasks.start(task.id, now=NOW))
    results.append(tasks.fail(task.id, error={"message": "no"}, now=NOW))
    results.append(tasks.schedule_retry(task.id, at=NOW))
    results += tasks.find_pending_retries(now=NOW)
    results += [tasks.count_in_flight(run.id, "a"), tasks.has_failed(run.id, "a")]
    results += tasks.find_details(run.id)
    results.append(repos.workflow_definitions.delete(2**40))
    return [_steady(result) for result in results]


def _steady(result: Any) -> Any:
    if not isinstance(result, BaseModel):
        return result
    values = result.model_dump()
    for name in ("created", "updated"):
        if name in values:
            assert values.pop(name).tzinfo is UTC
    for name, value in values.items():
        if isinstance(value, int) and value > 1_000_000 and not isinstance(value, bool):
            values[name] = "an id"
    types = {name: type(value) for name, value in dict(result).items()}
    return type(result), values, types


@pytest.fixture
def expected(kind: Kind, shared_database_url: str) -> list[Any]:
    """Return the results of a plain connection in UTC."""
    with Twin(kind, shared_database_url) as twin:
        twin.execute("SET LOCAL timezone TO 'UTC'")
        results = work(twin)
        twin.rollback()
        return results


# --- what a connection looks like


def state(twin: Twin) -> dict[str, Any]:
    """Return everything that a caller may have set on the connection."""
    conn = twin.connection
    adapters = conn.adapters
    return {
        "autocommit": conn.autocommit,
        "row_factory": conn.row_factory,
        "cursor_factory": conn.cursor_factory,
        "prepare_threshold": conn.prepare_threshold,
        "prepared_max": conn.prepared_max,
        "isolation_level": conn.isolation_level,
        "read_only": conn.read_only,
        "deferrable": conn.deferrable,
        "loaders": [dict(loaders) for loaders in adapters._loaders],
        "dumpers": [dict(dumpers) for dumpers in adapters._dumpers.values()],
        "dumpers by oid": [dict(dumpers) for dumpers in adapters._dumpers_by_oid],
        "types": [(info.name, info.oid) for info in adapters.types],
        "settings": {
            name: conn.info.parameter_status(name)
            for name in ("TimeZone", "client_encoding", "DateStyle", "IntervalStyle")
        },
        "encoding": conn.info.encoding,
        "pipeline": conn.pgconn.pipeline_status,
        "notices": list(conn._notice_handlers),
        "notifications": list(conn._notify_handlers),
    }


def settings_of_the_session(twin: Twin) -> list[Any]:
    """Return every setting on the server, read by a cursor of our own."""
    factory = psycopg.AsyncCursor if twin.kind == "async" else psycopg.Cursor
    cursor: Any = factory(twin.connection, row_factory=psycopg.rows.tuple_row)
    adapters = psycopg.adapt.AdaptersMap(psycopg.adapters)
    cursor._adapters = adapters
    twin.run(
        cursor.execute(
            "SELECT name || '=' || setting FROM pg_settings WHERE name !~ '^transaction_|[.]' ORDER BY 1"
        )
    )
    rows: list[Any] = twin.run(cursor.fetchall())
    return rows


@pytest.mark.parametrize("name", NAMES)
def test_each_connection_works_and_is_left_unchanged(
    kind: Kind, request: pytest.FixtureRequest, expected: list[Any], name: str
) -> None:
    case = CASES[name]
    conninfo = conninfo_for(request, **case.options)
    with connect(kind, conninfo, case) as twin:
        before, settings = state(twin), settings_of_the_session(twin)
        if not twin.connection.autocommit:
            twin.rollback()
        assert twin.connection.pgconn.transaction_status == pq.TransactionStatus.IDLE

        results = work(twin)

        assert [result == other for result, other in zip(results, expected, strict=True)] == (
            [True] * len(expected)
        ), [pair for pair in zip(results, expected, strict=True) if pair[0] != pair[1]][:2]
        assert state(twin) == before
        assert twin.connection.pgconn.transaction_status == (
            pq.TransactionStatus.IDLE if before["autocommit"] else pq.TransactionStatus.INTRANS
        )
        assert settings_of_the_session(twin) == settings
        prepared = len(twin.connection._prepared._names)
        assert (prepared > 0) == (before["prepare_threshold"] == 0)
    with Twin(kind, conninfo) as other:
        kept = other.repositories.packs.find_by_ref("core")
        assert (kept is not None) == bool(case.options.get("autocommit")), "nobody else commits"


@pytest.mark.parametrize("name", NAMES)
def test_errors_are_the_same_on_each_connection(
    kind: Kind, request: pytest.FixtureRequest, name: str
) -> None:
    case = CASES[name]
    with connect(kind, conninfo_for(request, **case.options), case) as twin:
        pack = make_pack(twin.repositories, ref="core")
        before = state(twin)
        with pytest.raises(errors.AlreadyExistsError) as taken, twin.savepoint():
            make_pack(twin.repositories, ref="core")
        assert str(taken.value) == "pack with ref='core' already exists"
        with pytest.raises(errors.NotFoundError):
            twin.repositories.packs.get_by_ref("none")
        with pytest.raises(errors.ConflictError) as conflict:
            twin.repositories.packs.update(
                pack.id, UpdatePackInput(label="x"), expected_updated=NOW
            )
        assert conflict.value.actual == pack.updated
        assert twin.repositories.packs.get_by_id(pack.id) == pack
        assert state(twin) == before


def test_the_callers_own_statements_read_as_before(kind: Kind, shared_database_url: str) -> None:
    """What was registered on the connection still applies to the caller's own statements."""
    case = Case(
        {"row_factory": dict_row},
        enum_and_json_registered,
    )
    query = "SELECT status, '{}'::jsonb AS j, now() AS t FROM attune.execution"
    with connect(kind, shared_database_url, case) as twin:
        execution = make_execution(twin.repositories, status=ExecutionStatus.RUNNING, result=[1])
        assert (execution.status, execution.result) == (ExecutionStatus.RUNNING, [1])
        (row,) = twin.execute(query)
        assert set(row) == {"status", "j", "t"}
        assert isinstance(row["status"], Enum)
        assert not isinstance(row["status"], ExecutionStatus)
        assert row["j"] == "caller's"
        assert row["t"].utcoffset() != UTC.utcoffset(None), "in the session's zone"


def test_nothing_is_registered_globally(twin: Twin) -> None:
    before = (
        [dict(loaders) for loaders in psycopg.adapters._loaders],
        [dict(dumpers) for dumpers in psycopg.adapters._dumpers.values()],
        len(list(psycopg.adapters.types)),
    )
    work(twin)
    assert before == (
        [dict(loaders) for loaders in psycopg.adapters._loaders],
        [dict(dumpers) for dumpers in psycopg.adapters._dumpers.values()],
        len(list(psycopg.adapters.types)),
    )


@pytest.mark.parametrize("scope", ["connection", "global"])
def test_json_functions_of_the_caller_are_not_used(
    twin: Twin, scope: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is registered on psycopg itself."""
    target = twin.connection if scope == "connection" else None
    set_json_dumps(lambda value: json.dumps({"caller": value}), target)
    set_json_loads(lambda _: {"caller": True}, target)
    try:
        execution = make_execution(twin.repositories, config={"a": 1}, result=[1])
        assert (execution.config, execution.result) == ({"a": 1}, [1])
        assert twin.repositories.executions.get_by_id(execution.id) == execution
    finally:
        if scope == "global":
            set_json_dumps(json.dumps)
            set_json_loads(json.loads)


# --- pipelines


@pytest.mark.parametrize("autocommit", [True, False])
@pytest.mark.parametrize(
    "threshold", [pytest.param(5, marks=PREPARES), pytest.param(0, marks=PREPARES), None]
)
def test_in_a_pipeline(
    kind: Kind,
    request: pytest.FixtureRequest,
    expected: list[Any],
    autocommit: bool,
    threshold: int | None,
) -> None:
    conninfo = conninfo_for(request, autocommit=autocommit)
    with Twin(kind, conninfo, autocommit=autocommit, prepare_threshold=threshold) as twin:
        before = state(twin)
        pipeline = twin.connection.pipeline()
        if kind == "async":
            twin.run(pipeline.__aenter__())
        else:
            pipeline.__enter__()
        try:
            assert twin.connection.pgconn.pipeline_status == pq.PipelineStatus.ON
            results = work(twin)
            with pytest.raises(errors.NotFoundError):
                twin.repositories.packs.get_by_ref("none")
            assert twin.connection.pgconn.pipeline_status == pq.PipelineStatus.ON
        finally:
            if kind == "async":
                twin.run(pipeline.__aexit__(None, None, None))
            else:
                pipeline.__exit__(None, None, None)
        assert results == expected
        assert state(twin) == before


def test_an_error_in_a_pipeline(kind: Kind, database_url: str) -> None:
    with Twin(kind, database_url, autocommit=True) as twin:
        make_pack(twin.repositories, ref="core")
        pipeline = twin.connection.pipeline()
        enter, leave = (
            (pipeline.__aenter__, pipeline.__aexit__)
            if kind == "async"
            else (pipeline.__enter__, pipeline.__exit__)
        )
        twin.run(enter())
        with pytest.raises(errors.AlreadyExistsError) as caught:
            twin.repositories.packs.create(CreatePackInput(ref="core", label="x", version="1.0.0"))
        assert caught.value.constraint == "pack_ref_key"
        twin.run(leave(None, None, None))
        assert len(twin.repositories.packs.list()) == 1
