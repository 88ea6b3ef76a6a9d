"""Partial updates: three states of every field of every entity, and four outcomes, in both twins."""

import itertools
import random
import threading
import types
import typing
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from attune_queries.catalog import CATALOG
from pydantic import MISSING, BaseModel

import attune_store
from attune_store import (
    ExecutionStatus,
    UpdatePackInput,
    UpdateWorkflowExecutionInput,
    errors,
    testing,
)
from attune_store._input import UpdateInput
from attune_store._update import compose_update
from tests.twin import Twin

NOW = datetime(2026, 3, 1, tzinfo=UTC)

# Two values for every field, both other than the default.
SAMPLES: dict[str, tuple[Any, Any]] = {
    "label": ("one", "two"),
    "description": ("one", "two"),
    "version": ("1.2.3", "2.0.0-rc.1"),
    "conf_schema": ({"a": 1}, {"a": 1.0}),
    "config": ({"a": 1}, {"b": [None]}),
    "meta": ({"a": 1}, {}),
    "tags": (["b", "a"], ["a", "b"]),
    "runtime_deps": (["a"], []),
    "is_standard": (True, False),
    "name": ("one", "two"),
    "distributions": ({"a": 1}, {"a": True}),
    "installation": (["one"], "two"),
    "entrypoint": ("a.py", "b.py"),
    "param_schema": ({"a": 1}, {"a": "1"}),
    "out_schema": ({"a": 1}, {"a": 2}),
    "status": (ExecutionStatus.FAILED, ExecutionStatus.TIMEOUT),
    "result": ({"a": None}, [1, 2]),
    "definition": ({"tasks": {"b": 1}}, {"tasks": {"a": {}}}),
    "enabled": (False, True),
    "current_tasks": (["a"], ["b"]),
    "completed_tasks": (["a"], ["b"]),
    "failed_tasks": (["a"], ["b"]),
    "skipped_tasks": (["a"], ["b"]),
    "variables": ({"a": 1}, {"a": 1.0}),
    "task_graph": ({"a": 1}, {"a": 2}),
    "error_message": ("one", "two"),
    "paused": (True, False),
    "pause_reason": ("one", "two"),
    "task_name": ("one", "two"),
    "task_index": (1, 2),
    "task_batch": (1, 2),
    "started_at": (NOW, NOW + timedelta(microseconds=1)),
    "completed_at": (NOW, NOW + timedelta(hours=1)),
    "duration_ms": (1, 2**40),
    "error": ({"a": 1}, 7),
    "retry_count": (1, 2),
    "max_retries": (1, 2),
    "next_retry_at": (NOW, NOW + timedelta(hours=1)),
    "timeout_seconds": (1, 2),
    "timed_out": (True, False),
    "priority": (1, -1),
    "run_at": (NOW, NOW + timedelta(hours=1)),
}

ENTITIES = {
    "pack": "packs",
    "runtime": "runtimes",
    "action": "actions",
    "execution": "executions",
    "workflow_definition": "workflow_definitions",
    "workflow_execution": "workflow_executions",
    "workflow_task_execution": "workflow_task_executions",
}


def input_of(entity: str) -> type[UpdateInput]:
    name = "".join(part.title() for part in entity.split("_"))
    return getattr(attune_store, f"Update{name}Input")  # type: ignore[no-any-return]


def fields() -> list[tuple[str, str]]:
    return [(entity, field) for entity in ENTITIES for field in input_of(entity).model_fields]


def is_nullable(entity: str, field: str) -> bool:
    (table,) = (table for table in CATALOG.tables if table.name == entity)
    return not next(column.not_null for column in table.columns if column.name == field)


def make(twin: Twin, entity: str, **over: Any) -> Any:
    return getattr(testing, f"make_{entity}")(twin.repositories, **over)


def samples(twin: Twin, field: str) -> tuple[Any, Any]:
    if field == "runtime":
        return make(twin, "runtime").id, make(twin, "runtime").id
    return SAMPLES[field]


def others(field: str) -> dict[str, Any]:
    """Return the other fields that must be set with this one."""
    return {"status": ExecutionStatus.FAILED} if field == "next_retry_at" else {}


@pytest.mark.parametrize(("entity", "field"), fields())
def test_the_three_states_of_every_field(twin: Twin, entity: str, field: str) -> None:
    repo = getattr(twin.repositories, ENTITIES[entity])
    make_input = input_of(entity)
    bystander = make(twin, entity)
    row = make(twin, entity, **others(field))
    first, second = samples(twin, field)

    for value in (first, second, first):
        before = row
        row = repo.update(row.id, make_input(**{field: value}))
        assert getattr(row, field) == value
        assert type(getattr(row, field)) is type(value)
        assert row.updated > before.updated
        changed = {name for name, old in dict(before).items() if getattr(row, name) != old}
        assert changed <= {field, "updated"} | (
            {"workflow_def": {"is_workflow"}, "status": {"finished_at", "attempt"}}.get(
                field, set()
            )
        )
        assert repo.get_by_id(row.id) == row

    assert repo.update(row.id, make_input(**{field: first})) == row, "equal: nothing is written"
    assert repo.update(row.id, make_input()) == row, "absent: left alone"
    assert repo.update(row.id, make_input(**{field: MISSING})) == row, "absent: left alone"

    if is_nullable(entity, field):
        cleared = repo.update(row.id, make_input(**{field: None}))
        assert getattr(cleared, field) is None
        assert repo.update(row.id, make_input(**{field: None})) == cleared
        assert twin.execute(
            f"SELECT {field} IS NULL FROM attune.{entity} WHERE id = %s", (row.id,)
        ) == [(True,)], "no JSON null"
    assert repo.get_by_id(bystander.id) == bystander


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_update_input_has_no_fields_that_can_not_change(entity: str) -> None:
    (table,) = (table for table in CATALOG.tables if table.name == entity)
    fixed = {"id", "ref", "created", "updated", "is_workflow", "workflow_def", "pack", "pack_ref"}
    fixed |= {"workflow_execution", "held", "worker", "last_worker", "attempt", "losses"}
    fixed |= {"finished_at", "idempotency_key"}
    if entity in ("workflow_execution", "workflow_task_execution"):
        fixed |= {"execution"}
    if entity == "execution":
        fixed |= {"action", "action_ref", "parent"}
    assert set(input_of(entity).model_fields) == {
        column.name for column in table.columns if column.name not in fixed
    }


@pytest.mark.parametrize(("entity", "field"), fields())
def test_none_is_accepted_for_nullable_columns_only(entity: str, field: str) -> None:
    annotation = input_of(entity).model_fields[field].annotation
    options = typing.get_args(annotation) if annotation is not None else ()
    assert MISSING in options or isinstance(annotation, types.UnionType) or options
    if is_nullable(entity, field):
        assert dict(input_of(entity)(**{field: None}))[field] is None
    else:
        with pytest.raises(ValueError, match="valid"):
            input_of(entity)(**{field: None})


def test_several_fields_at_once(twin: Twin) -> None:
    row = make(twin, "pack", description="old")
    updated = twin.repositories.packs.update(
        row.id, UpdatePackInput(label="new", description=None, tags=["t"], meta={"a": 1})
    )
    assert (updated.label, updated.description) == ("new", None)
    assert (updated.tags, updated.meta) == (["t"], {"a": 1})


def test_an_update_without_changes_writes_nothing(twin: Twin) -> None:
    row = make(twin, "pack", meta={"b": 1, "a": [1, 2.5]}, tags=[])
    version = "SELECT xmin, ctid FROM attune.pack WHERE id = %s"
    before = twin.execute(version, (row.id,))
    for change in (
        UpdatePackInput(),
        UpdatePackInput(label=row.label, tags=[], description=None),
        UpdatePackInput(meta={"a": [1, 2.5], "b": 1}),
    ):
        assert twin.repositories.packs.update(row.id, change) == row
        assert twin.repositories.packs.update(row.id, change, expected_updated=row.updated) == row
        assert twin.execute(version, (row.id,)) == before


def test_an_integer_and_a_float_differ(twin: Twin) -> None:
    row = make(twin, "workflow_execution", variables={"n": 1})
    updated = twin.repositories.workflow_executions.update(
        row.id, UpdateWorkflowExecutionInput(variables={"n": 1.0})
    )
    assert type(updated.variables["n"]) is float
    assert updated.updated > row.updated


@pytest.mark.parametrize("change", [UpdatePackInput(), UpdatePackInput(label="new")])
def test_a_missing_row(twin: Twin, change: UpdatePackInput) -> None:
    with pytest.raises(errors.NotFoundError) as caught:
        twin.repositories.packs.update(2**40, change)
    assert (caught.value.entity, caught.value.field, caught.value.value) == ("pack", "id", 2**40)


@pytest.mark.parametrize("same", [True, False])
def test_the_expected_version(twin: Twin, same: bool) -> None:
    repo = twin.repositories.packs
    row = make(twin, "pack")
    changed = repo.update(row.id, UpdatePackInput(label="first"), expected_updated=row.updated)
    assert changed.label == "first"
    label = "first" if same else "second"
    for change in (UpdatePackInput(label=label), UpdatePackInput()):
        with pytest.raises(errors.ConflictError) as caught:
            repo.update(row.id, change, expected_updated=row.updated)
        assert (caught.value.expected, caught.value.actual) == (row.updated, changed.updated)
        assert caught.value.field == "updated"
        assert repo.get_by_id(row.id) == changed
    with pytest.raises(errors.ValidationError):
        repo.update(row.id, UpdatePackInput(), expected_updated=datetime(2026, 1, 1))


def test_the_statement_names_only_the_given_columns() -> None:
    update = compose_update("pack", frozenset({"meta", "label"}), guarded=True)
    assert update.statement.startswith(
        "/* name: UpdatePack :one */\n"
        'UPDATE "attune"."pack" SET "label" = $1, "meta" = $2::jsonb'
        ' WHERE id = $3 AND ("label", "meta"::text) IS DISTINCT FROM ($1, $2::jsonb::text)'
        " AND updated = $4 RETURNING "
    )
    assert update.parameters(7, {"meta": None, "label": "x"}, NOW) == ["x", None, 7, NOW]


def test_a_statement_is_composed_once() -> None:
    first = compose_update("pack", frozenset({"label", "meta"}), guarded=False)
    assert compose_update("pack", frozenset({"meta", "label"}), guarded=False) is first
    assert compose_update("pack", frozenset({"meta", "label"}), guarded=True) is not first
    assert compose_update("pack", frozenset({"label"}), guarded=False) is not first
    assert compose_update("action", frozenset({"label"}), guarded=False) is not first


def test_the_cache_of_statements_is_limited() -> None:
    limit = compose_update.cache_info().maxsize
    assert limit is not None
    names = sorted(input_of("workflow_task_execution").model_fields)
    kinds = [frozenset(some) for some in itertools.combinations(names, 4)]
    assert len(kinds) > limit
    for some in kinds:
        compose_update("workflow_task_execution", some, guarded=False)
    assert compose_update.cache_info().currsize <= limit


def test_threads_compose_the_same_statements() -> None:
    kinds = [
        (entity, frozenset(some), guarded)
        for entity in ENTITIES
        for some in itertools.combinations(sorted(input_of(entity).model_fields), 2)
        for guarded in (False, True)
    ]
    barrier = threading.Barrier(8)

    def compose(seed: int) -> list[Any]:
        mine = random.Random(seed).sample(kinds, len(kinds))
        barrier.wait()
        return [(one, compose_update(*one[:2], guarded=one[2])) for one in mine]

    with ThreadPoolExecutor(8) as pool:
        composed = list(itertools.chain(*pool.map(compose, range(8))))
    assert len(composed) == 8 * len(kinds)
    for (entity, names, guarded), update in composed:
        assert update == compose_update.__wrapped__(entity, names, guarded=guarded)


def test_models_and_inputs_are_frozen() -> None:
    change = UpdatePackInput(label="x")
    with pytest.raises(ValueError, match="frozen"):
        change.label = "y"  # type: ignore[misc]
    assert isinstance(change, BaseModel)
