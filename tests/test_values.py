"""Values come back as they were stored, and values that can't be stored are refused before they are sent."""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import psycopg
import pydantic
import pytest
from attune_queries.catalog import CATALOG
from pydantic import BaseModel, JsonValue
from random_rows import assert_alike

from attune_store import (
    CreateExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    UpdateExecutionInput,
    UpdatePackInput,
    UpdateWorkflowDefinitionInput,
    UpdateWorkflowExecutionInput,
    UpdateWorkflowTaskExecutionInput,
    errors,
    testing,
)
from attune_store.testing import (
    make_action,
    make_execution,
    make_pack,
    make_runtime,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)
from tests.twin import Twin

JSONB = [
    (table.name, column.name, not column.not_null)
    for table in CATALOG.tables
    for column in table.columns
    if column.type == "jsonb" and table.name != "workflow_task_attempt"  # a trigger fills it
]


def nested(levels: int) -> JsonValue:
    value: JsonValue = 1
    for _ in range(levels):
        value = [value]
    return value


def assert_same(left: Any, right: Any) -> None:
    """Check that values are equal and have the same types at all levels: 1, 1.0 and True differ."""
    assert type(left) is type(right)
    if isinstance(left, dict):
        assert left.keys() == right.keys()
        for key in left:
            assert_same(left[key], right[key])
    elif isinstance(left, list):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            assert_same(one, other)
    else:
        assert left == right


# --- large and odd values come back as they were


@pytest.mark.slow
def test_a_result_of_5_mb(twin: Twin) -> None:
    executions = twin.repositories.executions
    result: JsonValue = [
        {"number": number, "text": 'añ\\"\n' * 20, "nested": {"a": [None, True, 1.5]}}
        for number in range(40_000)
    ]
    created = executions.create(CreateExecutionInput(action_ref="core.noop", result=result))
    assert twin.execute("SELECT octet_length(result::text) > 5000000 FROM attune.execution") == [
        (True,)
    ]
    assert created.result == result
    assert executions.get_by_id(created.id).result == result
    assert executions.list()[0].result == result
    other = make_execution(twin.repositories)
    assert executions.update(other.id, UpdateExecutionInput(result=result)).result == result


@pytest.mark.slow
def test_a_definition_of_5000_tasks(twin: Twin) -> None:
    definitions = twin.repositories.workflow_definitions
    tasks: dict[str, JsonValue] = {
        f"task{number}": {
            "action": "core.echo",
            "input": {"message": f"<% ctx().m{number} %>"},
            "next": [{"when": "<% succeeded() %>", "do": [f"task{number + 1}"]}],
        }
        for number in range(5000)
    }
    definition: dict[str, JsonValue] = {"version": 1.0, "tasks": tasks}
    created = make_workflow_definition(twin.repositories, definition=definition)
    assert_same(created.definition, definition)
    assert_same(definitions.get_by_ref(created.ref).definition, definition)
    tasks["task4999"] = None
    updated = definitions.update(created.id, UpdateWorkflowDefinitionInput(definition=definition))
    assert_same(updated.definition, definition)


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        2**63,
        10**40,
        -(10**300) - 1,
        1.0,
        0.1,
        -2.5e-300,
        True,
        False,
        "",
        "null",
        "ünï \u2028 😀",
        "a\\u0000b",
        "\\\\u0000",
        "'\"\\\b\t\x01\x7f",
        [],
        {},
        [None, [None], {"": None}],
        {"a": {"b": [1, 1.0, True, "1"]}},
        {"$1": "%s {} %(x)s", "é": "\\"},
        nested(199),
        nested(240),
    ],
    ids=range(23),
)
def test_json_comes_back_as_it_was(twin: Twin, value: Any) -> None:
    executions = twin.repositories.executions
    created = make_execution(twin.repositories, result=value)
    assert_same(created.result, value)
    assert_same(executions.get_by_id(created.id).result, value)
    assert_same(executions.find_by_status(ExecutionStatus.REQUESTED)[0].result, value)
    other = make_execution(twin.repositories)
    updated = executions.update(other.id, UpdateExecutionInput(result=value, config={"x": value}))
    assert_same(updated.result, value)
    assert_same(updated.config, {"x": value})
    assert executions.update(other.id, UpdateExecutionInput(result=value)) == updated


@pytest.mark.parametrize(
    "text",
    ["", " ", "NULL", "null", "{}", '"', "\\", "a,b", "{a}", "'", "\n", "ünï 😀", "a\\u0000"],
)
def test_text_comes_back_as_it_was(twin: Twin, text: str) -> None:
    pack = make_pack(twin.repositories, label=text, description=text, tags=[text, "x", text])
    assert (pack.label, pack.description, pack.tags) == (text, text, [text, "x", text])
    assert twin.repositories.packs.get_by_id(pack.id) == pack
    assert twin.repositories.packs.find_by_tag(text) == [pack]
    run = make_workflow_execution(twin.repositories)
    appended = twin.repositories.workflow_executions.append_tasks(run.id, current=[text])
    assert appended.current_tasks == [text]


@pytest.mark.parametrize("number", [-(2**63), 2**63 - 1])
def test_ids_at_the_end_of_their_range(twin: Twin, number: int) -> None:
    assert twin.repositories.packs.find_by_id(number) is None
    assert twin.repositories.executions.list(after=-(2**63)) == []
    twin.execute("INSERT INTO attune.execution (id, action_ref) VALUES (%s, 'a.b')", (number,))
    assert twin.repositories.executions.get_by_id(number).id == number


# --- what can't be stored never reaches the server

UNSENDABLE: list[tuple[str, Any]] = [
    ("label", "nul \0"),
    ("label", "\ud800"),
    ("description", "\udfff"),
    ("tags", ["a", "\0"]),
    ("tags", ["\ud800"]),
    ("meta", {"a": "\0"}),
    ("meta", {"a": ["\\\0"]}),
    ("meta", {"\0": 1}),
    ("meta", {"a": "\ud83d"}),
    ("meta", {"\udc00": 1}),
    ("meta", {"a": math.nan}),
    ("meta", {"a": [math.inf]}),
    ("meta", {"a": -math.inf}),
]


@pytest.mark.parametrize(("field", "value"), UNSENDABLE, ids=range(len(UNSENDABLE)))
def test_values_that_can_not_be_sent_are_refused(twin: Twin, field: str, value: Any) -> None:
    packs = twin.repositories.packs
    pack = make_pack(twin.repositories)
    calls: list[Callable[[], Any]] = [
        lambda: make_pack(twin.repositories, **{field: value}),
        lambda: packs.update(pack.id, UpdatePackInput(**{field: value})),
    ]
    for call in calls:
        with pytest.raises(errors.ValidationError) as caught:
            call()
        assert (caught.value.entity, caught.value.field) == ("pack", field)
        assert caught.value.value == value or field == "meta"
        assert caught.value.sqlstate is None, "the server was not asked"
        assert not caught.value.retryable
        assert caught.value.__cause__ is not None
        assert packs.get_by_id(pack.id) == pack, "the transaction goes on"


def test_the_error_names_the_right_field(twin: Twin) -> None:
    with pytest.raises(errors.ValidationError) as caught:
        make_pack(twin.repositories, label="\\u0000", meta={"a": "\\\0"}, tags=["\\\\u0000"])
    assert (caught.value.field, caught.value.value) == ("meta", {"a": "\\\0"})


@pytest.mark.parametrize("value", [math.nan, math.inf, "\0", "\ud800", {"\0": 1}, ["\udc00"]])
def test_values_that_can_not_be_sent_are_refused_by_every_method(twin: Twin, value: Any) -> None:
    repos = twin.repositories
    run = make_workflow_execution(repos)
    task = make_workflow_task_execution(
        repos,
        workflow_execution=run.id,
        status=ExecutionStatus.RUNNING,
        started_at=datetime.now(UTC),
    )
    calls: list[Callable[[], Any]] = [
        lambda: make_execution(repos, result=value),
        lambda: make_workflow_task_execution(repos, result=value),
        lambda: make_workflow_task_execution(repos, error=value),
        lambda: repos.workflow_executions.merge_variables(run.id, {"x": value}),
        lambda: repos.workflow_task_executions.complete(task.id, result=value),
        lambda: repos.workflow_task_executions.fail(task.id, error=value),
    ]
    for call in calls:
        with pytest.raises(errors.ValidationError) as caught:
            call()
        assert caught.value.sqlstate is None, "the server was not asked"
        assert repos.workflow_task_executions.get_by_id(task.id) == task, "the transaction goes on"


@pytest.mark.parametrize("text", ["nul \0", "\ud800"])
def test_arguments_refuse_text_that_can_not_be_sent(twin: Twin, text: str) -> None:
    repos = twin.repositories
    run = make_workflow_execution(repos)
    calls: list[Callable[[], Any]] = [
        lambda: repos.packs.find_by_ref(text),
        lambda: repos.packs.find_by_tag(text),
        lambda: repos.packs.list(after=text),
        lambda: repos.actions.search(text),
        lambda: repos.workflow_definitions.search(tags=[text]),
        lambda: repos.workflow_definitions.count_by_pack_ref(text),
        lambda: repos.workflow_executions.append_tasks(run.id, current=[text]),
        lambda: repos.workflow_executions.pause(run.id, reason=text),
        lambda: repos.workflow_task_executions.find_by_task_name(run.id, text),
    ]
    for call in calls:
        with pytest.raises(errors.ValidationError) as caught:
            call()
        assert caught.value.sqlstate is None, "the server was not asked"
        assert repos.workflow_executions.get_by_id(run.id) == run, "the transaction goes on"


NAIVE = datetime(2026, 1, 1)


@pytest.mark.parametrize("field", ["started_at", "completed_at", "next_retry_at"])
def test_inputs_refuse_a_naive_datetime(field: str) -> None:
    with pytest.raises(pydantic.ValidationError, match="timezone"):
        UpdateWorkflowTaskExecutionInput.model_validate({field: NAIVE})
    values = {"workflow_execution": 1, "execution": 1, "task_name": "x", field: NAIVE}
    with pytest.raises(pydantic.ValidationError, match="timezone"):
        CreateWorkflowTaskExecutionInput.model_validate(values)


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda tasks: tasks.start(1, now=NAIVE), "now"),
        (lambda tasks: tasks.complete(1, now=NAIVE), "now"),
        (lambda tasks: tasks.fail(1, error={}, now=NAIVE), "now"),
        (lambda tasks: tasks.cancel(1, now=NAIVE), "now"),
        (lambda tasks: tasks.schedule_retry(1, at=NAIVE), "at"),
        (lambda tasks: tasks.claim_due_retries(now=NAIVE), "now"),
        (lambda tasks: tasks.time_out(1, now=NAIVE), "now"),
        (lambda tasks: tasks.time_out_overdue(now=NAIVE), "now"),
        (lambda tasks: tasks.find_pending_retries(now=NAIVE), "now"),
        (
            lambda tasks: tasks.update(
                1, UpdateWorkflowTaskExecutionInput(), expected_updated=NAIVE
            ),
            "expected_updated",
        ),
    ],
)
def test_arguments_refuse_a_naive_datetime(
    twin: Twin, call: Callable[[Any], Any], field: str
) -> None:
    with pytest.raises(errors.ValidationError) as caught:
        call(twin.repositories.workflow_task_executions)
    assert (caught.value.sqlstate, caught.value.field) == (None, field)
    assert caught.value.value == NAIVE
    assert twin.execute("SELECT 1") == [(1,)], "the transaction goes on"


# --- None is SQL NULL


@pytest.mark.parametrize(("entity", "column", "nullable"), JSONB)
def test_no_column_holds_a_json_null(twin: Twin, entity: str, column: str, nullable: bool) -> None:
    row = getattr(testing, f"make_{entity}")(
        twin.repositories, **{column: None} if nullable else {}
    )
    stored = f"SELECT {column} IS NULL FROM attune.{entity} WHERE id = %s"
    assert twin.execute(stored, (row.id,)) == [(nullable,)]
    with (
        pytest.raises(psycopg.errors.CheckViolation, match=f"{entity}_{column}_check"),
        twin.savepoint(),
    ):
        twin.execute(f"UPDATE attune.{entity} SET {column} = 'null' WHERE id = %s", (row.id,))


def test_a_task_ends_without_a_json_null(twin: Twin) -> None:
    task = make_workflow_task_execution(
        twin.repositories, status=ExecutionStatus.RUNNING, result={"a": 1}
    )
    completed = twin.repositories.workflow_task_executions.complete(task.id, result=None)
    assert completed.result is None
    assert twin.execute("SELECT result IS NULL FROM attune.workflow_task_execution") == [(True,)]


def test_a_null_inside_is_kept(twin: Twin) -> None:
    run = make_workflow_execution(twin.repositories, variables={"a": None})
    assert run.variables == {"a": None}
    merged = twin.repositories.workflow_executions.merge_variables(run.id, {"b": None})
    assert merged.variables == {"a": None, "b": None}
    change = UpdateWorkflowExecutionInput(variables={"c": None})
    updated = twin.repositories.workflow_executions.update(run.id, change)
    assert updated.variables == {"c": None}


# --- points in time


@pytest.mark.parametrize("zone", [None, "UTC", "Etc/UTC", "Asia/Kathmandu", "-03:30"])
def test_times_come_back_in_utc(twin: Twin, zone: str | None) -> None:
    if zone is not None:
        twin.execute("SELECT set_config('TimeZone', %s, true)", (zone,))
    moment = datetime(2026, 3, 29, 2, 30, 0, 123456, timezone(timedelta(hours=5, minutes=45)))
    task = make_workflow_task_execution(
        twin.repositories,
        status=ExecutionStatus.FAILED,
        started_at=moment,
        completed_at=moment,
        next_retry_at=moment,
        max_retries=1,
    )
    tasks = twin.repositories.workflow_task_executions
    rows: list[Any] = [
        task,
        tasks.get_by_id(task.id),
        *tasks.list(),
        *tasks.find_details(task.workflow_execution),
        tasks.update(task.id, UpdateWorkflowTaskExecutionInput(retry_count=0)),
    ]
    for row in rows:
        assert row.started_at == row.completed_at == row.next_retry_at == moment
        values = [value for value in dict(row).values() if isinstance(value, datetime)]
        assert {value.tzinfo for value in values} == {UTC}
        assert all(value.tzinfo is UTC for value in values)
    assert abs(task.created - datetime.now(UTC)) < timedelta(minutes=10)


# --- generated models equal validated ones


def every_row(twin: Twin) -> list[BaseModel]:
    repos = twin.repositories
    run = make_workflow_execution(repos, variables={"a": [1]}, current_tasks=["x"])
    task = make_workflow_task_execution(
        repos, workflow_execution=run.id, result={"a": 1}, started_at=datetime.now(UTC)
    )
    definition = repos.workflow_definitions.get_by_id(run.workflow_def)
    summary = repos.workflow_executions.find_summary(run.execution)
    assert summary is not None
    return [
        make_pack(repos, tags=["a"], meta={"a": {"b": None}}),
        make_runtime(repos, pack=make_pack(repos), installation=[1]),
        make_action(repos, param_schema={"a": 1}, workflow_def=definition.id),
        make_execution(repos, config={"a": 1}, result=[1.0]),
        definition,
        run,
        task,
        summary,
        *repos.workflow_task_executions.find_details(run.id),
    ]


def test_a_row_equals_a_validated_model(twin: Twin) -> None:
    rows = every_row(twin)
    assert len({type(row) for row in rows}) == 9
    for row in rows:
        assert_alike(row, type(row).model_validate(dict(row), strict=True))


def test_a_changed_copy_of_a_row(twin: Twin) -> None:
    for row in every_row(twin):
        changed = row.model_copy(update={"id": 7})
        assert changed != row
        assert changed.model_dump(exclude={"id"}) == row.model_dump(exclude={"id"})


def test_a_row_shares_nothing_with_another(twin: Twin) -> None:
    first, second = make_pack(twin.repositories), make_pack(twin.repositories)
    first.model_fields_set.discard("id")
    assert "id" not in first.model_fields_set
    assert "id" in second.model_fields_set
    assert "id" in twin.repositories.packs.get_by_id(first.id).model_fields_set
    first.tags.append("x")
    assert second.tags == []
    assert first != twin.repositories.packs.get_by_id(first.id)


def test_a_row_is_frozen(twin: Twin) -> None:
    for row in every_row(twin):
        for name in type(row).model_fields:
            with pytest.raises(pydantic.ValidationError, match="frozen"):
                setattr(row, name, None)
            with pytest.raises(pydantic.ValidationError, match="frozen"):
                delattr(row, name)


def test_a_row_has_the_hash_of_a_validated_model(twin: Twin) -> None:
    for row in every_row(twin):
        validated = type(row).model_validate(dict(row))
        try:
            expected = hash(validated)
        except TypeError:
            with pytest.raises(TypeError, match="unhashable"):
                hash(row)
        else:
            assert hash(row) == expected


def test_statuses_are_members_of_the_enum(twin: Twin) -> None:
    for status in ExecutionStatus:
        execution = make_execution(twin.repositories, status=status)
        assert execution.status is status
        assert twin.repositories.executions.find_by_status(status)[0].status is status


def test_the_schema_of_a_model_has_the_columns_and_their_comments(twin: Twin) -> None:
    for row in every_row(twin):
        schema = type(row).model_json_schema()
        assert schema["required"] == list(type(row).model_fields)
        assert schema["description"]
        assert "additionalProperties" not in schema
