"""Inputs: what they accept, what they refuse, and that they agree with the table."""

import ast
import inspect
import re
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from itertools import pairwise
from typing import Any

import pydantic
import pytest
from attune_queries.catalog import CATALOG, Table
from attune_queries.manifest import QUERIES, Query
from psycopg.pq import TransactionStatus

import attune_store
from attune_store import errors, testing
from attune_store._input import CreateInput, UpdateInput
from tests.twin import Twin

# Workers are registered, and attempts are kept by a trigger: neither is created from an input.
ENTITIES = [
    table.name for table in CATALOG.tables if table.name not in ("worker", "workflow_task_attempt")
]
# Columns that only the store sets.
KEPT = {
    *("id", "created", "updated", "held", "worker", "last_worker", "attempt", "losses"),
    "finished_at",
}


def table_of(entity: str) -> Table:
    return next(table for table in CATALOG.tables if table.name == entity)


def title(entity: str) -> str:
    return "".join(part.title() for part in entity.split("_"))


def create_input(entity: str) -> type[CreateInput]:
    return getattr(attune_store, f"Create{title(entity)}Input")  # type: ignore[no-any-return]


def update_input(entity: str) -> type[UpdateInput]:
    return getattr(attune_store, f"Update{title(entity)}Input")  # type: ignore[no-any-return]


VALID: dict[str, dict[str, Any]] = {
    "pack": {"ref": "core", "label": "x", "version": "1.0.0"},
    "runtime": {"ref": "python", "name": "x"},
    "action": {
        "ref": "core.echo",
        "pack": 1,
        "pack_ref": "core",
        "label": "x",
        "description": "x",
        "entrypoint": "x",
    },
    "execution": {"action_ref": "core.echo"},
    "workflow_definition": {
        "ref": "core.flow",
        "pack": 1,
        "pack_ref": "core",
        "label": "x",
        "version": "1.0.0",
        "definition": {},
    },
    "workflow_execution": {"execution": 1, "workflow_def": 1, "task_graph": {}},
    "workflow_task_execution": {"workflow_execution": 1, "execution": 1, "task_name": "x"},
}


def docstrings(model: type[pydantic.BaseModel]) -> dict[str, str]:
    """Return the text below each field, as an editor shows it."""
    (definition,) = ast.parse(inspect.getsource(model)).body
    assert isinstance(definition, ast.ClassDef)
    found: dict[str, str] = {}
    for field, below in pairwise(definition.body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = text
    return found


@pytest.mark.parametrize("entity", ENTITIES)
def test_each_field_is_described_by_its_columns_comment(entity: str) -> None:
    comments = {column.name: column.comment for column in table_of(entity).columns}
    for model in (create_input(entity), update_input(entity)):
        expected = {name: comments[name] for name in model.model_fields}
        assert docstrings(model) == expected
        properties = model.model_json_schema()["properties"]
        assert {name: properties[name]["description"] for name in properties} == expected


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_create_input_has_the_columns_and_defaults_of_the_table(entity: str) -> None:
    model = create_input(entity)
    columns = {
        column.name: column
        for column in table_of(entity).columns
        if column.name not in KEPT and not column.generated
    }
    assert set(model.model_fields) == set(columns)
    made = dict(model(**VALID[entity]))
    for name, field in model.model_fields.items():
        column = columns[name]
        assert field.is_required() == (column.not_null and column.default is None), name
        if name not in VALID[entity]:
            assert _as_sql(made[name]) == column.default, name


def _as_sql(value: Any) -> str | None:
    """Return a default as the catalog writes it."""
    if value is None:
        return None
    if isinstance(value, dict):
        return "'{}'::jsonb"
    if isinstance(value, list):
        return "'{}'::text[]"
    if isinstance(value, attune_store.ExecutionStatus):
        return f"'{value}'::attune.execution_status"
    return str(value).lower()


INSERTS = [query for query in QUERIES if query.function.startswith("create_")]


@pytest.mark.parametrize("query", INSERTS, ids=lambda query: query.function)
@pytest.mark.parametrize("package", ["attune_queries", "attune_queries.aio"])
def test_the_fields_of_a_create_input_are_the_parameters_of_its_insert(
    package: str, query: Query
) -> None:
    function = getattr(import_module(f"{package}.{query.module}"), query.function)
    parameters = set(inspect.signature(function).parameters) - {"conn"}
    children = {name for name in parameters if name.startswith("child_")}
    assert set(create_input(query.module).model_fields) == parameters - children
    if children:
        assert {f"child_{name}" for name in create_input("execution").model_fields} == children


def test_every_entity_has_an_insert() -> None:
    assert {query.module for query in INSERTS} == set(ENTITIES)


@pytest.mark.parametrize("entity", ENTITIES)
def test_the_fields_of_an_update_input_are_columns_that_may_change(entity: str) -> None:
    columns = {column.name for column in table_of(entity).columns if not column.generated}
    fields = set(update_input(entity).model_fields)
    assert fields
    assert fields <= columns - {"id", "ref", "created", "updated"}
    assert fields <= set(create_input(entity).model_fields)


def repository(twin: Twin, entity: str) -> Any:
    return getattr(twin.repositories, f"{entity}s")


WRONG = [
    {"label": "x"},
    None,
    "x",
    attune_store.CreateRuntimeInput(ref="python", name="x"),
    attune_store.UpdateRuntimeInput(name="x"),
    attune_store.CreatePackInput(ref="core", label="x", version="1.0.0"),
    attune_store.UpdatePackInput(label="x"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: type(wrong).__name__)
@pytest.mark.parametrize("entity", ENTITIES)
def test_an_argument_that_is_no_input_is_refused(twin: Twin, entity: str, wrong: object) -> None:
    """A dict, or the input of another entity. Nothing is sent."""
    repo = repository(twin, entity)
    calls: list[tuple[type[Any], Callable[[], object]]] = [
        (create_input(entity), lambda: repo.create(wrong)),
        (update_input(entity), lambda: repo.update(1, wrong)),
    ]
    if entity == "workflow_execution":
        calls.append((create_input(entity), lambda: repo.create_or_get(wrong)))
    for expected, call in calls:
        if isinstance(wrong, expected):
            continue
        message = f"^expected {expected.__name__}, got {type(wrong).__name__}$"
        with pytest.raises(errors.ValidationError, match=message) as failure:
            call()
        assert failure.value.value == wrong
        assert not failure.value.retryable
    assert twin.connection.info.transaction_status == TransactionStatus.IDLE


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_subclass_of_an_input_is_accepted(twin: Twin, entity: str) -> None:
    row = getattr(testing, f"make_{entity}")(twin.repositories)
    own = type("Own", (update_input(entity),), {})
    assert repository(twin, entity).update(row.id, own()) == row


@pytest.mark.parametrize("entity", ENTITIES)
def test_an_unknown_field_is_refused(entity: str) -> None:
    for model, fields in ((create_input(entity), VALID[entity]), (update_input(entity), {})):
        for unknown in ("id", "created", "updated", "lable"):
            with pytest.raises(pydantic.ValidationError, match="extra_forbidden"):
                model(**fields, **{unknown: 1})


FORMATS = [
    ("pack", "ref", ["core", "a_b-1", "ab"], ["a", "Core", "1a", "a.b", "a b", "", "core\n"]),
    ("action", "ref", ["core.a", "a_1.b-2"], ["core", "a.b", "core.", "core.A", "core.a.b", "c.1"]),
    ("workflow_definition", "ref", ["core.flow"], ["core", ".flow", "core.Flow", "core.flow\n"]),
    ("runtime", "ref", ["python", "core.python-3.11"], ["Python", ""]),
    (
        "pack",
        "version",
        ["0.0.0", "1.2.3-rc.1+build.5", "10.20.30-alpha-1"],
        ["1", "1.0", "01.0.0", "1.0.0-", "v1.0.0", "1.0.0-01", "1.0.0 ", "1.0.0\n"],
    ),
    ("workflow_definition", "version", ["1.0.0"], ["one"]),
]


@pytest.mark.parametrize(
    ("entity", "field", "value", "fits"),
    [
        (entity, field, value, fits)
        for entity, field, good, bad in FORMATS
        for fits, values in ((True, good), (False, bad))
        for value in values
    ],
)
def test_inputs_and_checks_accept_the_same_formats(
    twin: Twin, entity: str, field: str, value: str, fits: bool
) -> None:
    """The input and the CHECK of the table agree on every value."""
    if fits:
        made = create_input(entity)(**VALID[entity] | {field: value})
        assert getattr(made, field) == value
    else:
        with pytest.raises(pydantic.ValidationError):
            create_input(entity)(**VALID[entity] | {field: value})
    row = getattr(testing, f"make_{entity}")(twin.repositories)
    statement = f"UPDATE attune.{entity} SET {field} = %s WHERE id = %s"
    if fits:
        twin.execute(statement, (value, row.id))
    else:
        with pytest.raises(Exception, match=f"{entity}_{field}_check"):
            twin.execute(statement, (value, row.id))


def test_patterns_are_those_of_the_checks() -> None:
    for entity in ENTITIES:
        checks = {
            constraint.name: constraint.definition for constraint in table_of(entity).constraints
        }
        for name, field in create_input(entity).model_fields.items():
            for metadata in field.metadata:
                if pattern := getattr(metadata, "pattern", None):
                    definition = checks[f"{entity}_{name}_check"]
                    assert re.search(r"~ '(.*)'::text", definition)[1] == pattern  # type: ignore[index]


@pytest.mark.parametrize(
    ("entity", "fields"),
    [
        ("workflow_task_execution", {"started_at": datetime(2026, 1, 1)}),
        ("workflow_task_execution", {"task_index": -1}),
        ("workflow_task_execution", {"task_index": 2**31}),
        ("workflow_task_execution", {"timeout_seconds": 0}),
        ("workflow_task_execution", {"retry_count": -1}),
        ("workflow_task_execution", {"duration_ms": 2**63}),
        ("workflow_task_execution", {"status": "no such status"}),
        ("execution", {"action": 2**63}),
        ("execution", {"config": []}),
        ("execution", {"config": {1: 2}}),
        ("execution", {"result": object()}),
        ("pack", {"tags": "abc"}),
        ("pack", {"tags": [None]}),
        ("pack", {"tags": None}),
        ("pack", {"meta": None}),
        ("pack", {"label": 1}),
        ("workflow_definition", {"definition": [1]}),
    ],
)
def test_values_that_can_not_be_stored_are_refused_by_inputs(
    entity: str, fields: dict[str, Any]
) -> None:
    with pytest.raises(pydantic.ValidationError):
        create_input(entity)(**VALID[entity] | fields)


def test_defaults_are_not_shared() -> None:
    first = create_input("pack")(**VALID["pack"])
    dict(first)["tags"].append("x")
    assert dict(create_input("pack")(**VALID["pack"]))["tags"] == []
