"""Actions, in both twins."""

from collections.abc import Callable
from typing import Any

import pytest

from attune_store import CreateActionInput, UpdateActionInput, errors
from attune_store.testing import (
    make_action,
    make_execution,
    make_pack,
    make_runtime,
    make_workflow_definition,
)
from tests.pages import assert_pages, read_in_order_of_insertion, refs
from tests.twin import Twin


def make_actions(twin: Twin, *names: str, **over: Any) -> None:
    for name in names:
        make_action(twin.repositories, ref=name, **over)


def test_create_has_the_defaults_of_the_table(twin: Twin) -> None:
    pack = make_pack(twin.repositories, ref="core")
    created = twin.repositories.actions.create(
        CreateActionInput(
            ref="core.echo",
            pack=pack.id,
            pack_ref=pack.ref,
            label="Echo",
            description="",
            entrypoint="echo.sh",
        )
    )
    assert (created.ref, created.label, created.description) == ("core.echo", "Echo", "")
    assert (created.pack, created.pack_ref) == (pack.id, "core")
    assert (created.entrypoint, created.runtime) == ("echo.sh", None)
    assert (created.param_schema, created.out_schema) == (None, None)
    assert (created.workflow_def, created.is_workflow) == (None, False)
    assert created.created == created.updated


def test_create_stores_every_field(twin: Twin) -> None:
    repos = twin.repositories
    pack = make_pack(repos, ref="core")
    values: dict[str, Any] = {
        "ref": "core.echo",
        "pack": pack.id,
        "pack_ref": "core",
        "label": "Echo",
        "description": "Says it again",
        "entrypoint": "echo.sh",
        "runtime": make_runtime(repos).id,
        "param_schema": {"type": "object"},
        "out_schema": {"type": "string"},
        "workflow_def": make_workflow_definition(repos).id,
    }
    created = repos.actions.create(CreateActionInput(**values))
    assert created.model_dump(exclude={"id", "created", "updated", "is_workflow"}) == values
    assert created.is_workflow is True
    assert repos.actions.get_by_id(created.id) == created


def test_create_refuses_a_ref_that_is_taken(twin: Twin) -> None:
    make_actions(twin, "core.echo")
    with pytest.raises(errors.AlreadyExistsError) as caught:
        make_actions(twin, "core.echo")
    assert str(caught.value) == "action with ref='core.echo' already exists"
    assert (caught.value.sqlstate, caught.value.constraint) == ("23505", "action_ref_key")
    assert (caught.value.entity, caught.value.field) == ("action", "ref")
    assert caught.value.value == "core.echo"


def test_create_refuses_a_workflow_of_another_action(twin: Twin) -> None:
    definition = make_workflow_definition(twin.repositories)
    make_action(twin.repositories, workflow_def=definition.id)
    with pytest.raises(errors.AlreadyExistsError) as caught:
        make_action(twin.repositories, workflow_def=definition.id)
    assert str(caught.value) == f"action with workflow_def={definition.id} already exists"
    assert caught.value.constraint == "action_workflow_def_key"
    assert (caught.value.field, caught.value.value) == ("workflow_def", definition.id)


@pytest.mark.parametrize(
    ("field", "value", "target"),
    [
        ("pack", 2**40, "pack"),
        ("runtime", 2**40, "runtime"),
        ("workflow_def", 2**40, "workflow_definition"),
    ],
)
def test_create_refuses_missing_references(twin: Twin, field: str, value: int, target: str) -> None:
    pack = make_pack(twin.repositories, ref="core")
    values: dict[str, Any] = {
        "ref": "core.echo",
        "pack": pack.id,
        "pack_ref": "core",
        "label": "x",
        "description": "x",
        "entrypoint": "x",
    } | {field: value}
    with pytest.raises(errors.ForeignKeyError) as caught:
        twin.repositories.actions.create(CreateActionInput(**values))
    assert (caught.value.kind, caught.value.sqlstate) == ("missing", "23503")
    assert caught.value.constraint == f"action_{field}_fkey"
    assert (caught.value.field, caught.value.value) == (field, value)
    assert str(caught.value).startswith(f"action with {field}={value}")
    assert str(caught.value).endswith(f" refers to a {target} that does not exist")


def test_create_refuses_a_ref_of_another_pack(twin: Twin) -> None:
    pack = make_pack(twin.repositories, ref="core").model_copy(update={"ref": "another"})
    with pytest.raises(errors.ForeignKeyError) as caught:
        make_action(twin.repositories, pack=pack, ref="core.echo")
    assert str(caught.value) == (
        f"action with pack={pack.id}, pack_ref='another' refers to a pack that does not exist"
    )


def test_find_and_get(twin: Twin) -> None:
    actions = twin.repositories.actions
    first, second = make_action(twin.repositories), make_action(twin.repositories)
    for action in (first, second):
        assert actions.find_by_id(action.id) == action
        assert actions.get_by_id(action.id) == action
        assert actions.find_by_ref(action.ref) == action
        assert actions.get_by_ref(action.ref) == action


def test_missing_rows(twin: Twin) -> None:
    actions = twin.repositories.actions
    definition = make_workflow_definition(twin.repositories)
    make_actions(twin, "core.echo")
    assert actions.find_by_id(2**40) is None
    assert actions.find_by_ref("core.Echo") is None
    assert actions.find_by_workflow_def(2**40) is None
    assert actions.delete(2**40) is False
    assert actions.find_by_pack(2**40) == []
    assert actions.find_by_runtime(2**40) == []
    calls: list[tuple[Callable[[], Any], str, Any]] = [
        (lambda: actions.get_by_id(2**40), "id", 2**40),
        (lambda: actions.get_by_ref("core.Echo"), "ref", "core.Echo"),
        (lambda: actions.update(2**40, UpdateActionInput(label="x")), "id", 2**40),
        (lambda: actions.link_workflow_def(2**40, definition.id), "id", 2**40),
        (lambda: actions.unlink_workflow_def(2**40), "id", 2**40),
    ]
    for call, field, value in calls:
        with pytest.raises(errors.NotFoundError) as caught:
            call()
        assert str(caught.value) == f"action with {field}={value!r} does not exist"
        assert (caught.value.entity, caught.value.field) == ("action", field)
        assert caught.value.value == value


def test_list(twin: Twin) -> None:
    make_actions(twin, "core.c", "core.a", "core.d", "core.b")
    read_in_order_of_insertion(twin)
    assert_pages(twin.repositories.actions.list, ["core.a", "core.b", "core.c", "core.d"])


def test_find_by_pack(twin: Twin) -> None:
    pack, other = make_pack(twin.repositories), make_pack(twin.repositories)
    make_actions(twin, "core.c", "core.a", pack=pack)
    make_actions(twin, "core.ab", pack=other)
    make_actions(twin, "core.b", pack=pack)
    read_in_order_of_insertion(twin)
    actions = twin.repositories.actions
    assert_pages(
        lambda **page: actions.find_by_pack(pack.id, **page), ["core.a", "core.b", "core.c"]
    )


def test_find_by_runtime(twin: Twin) -> None:
    runtime, other = make_runtime(twin.repositories), make_runtime(twin.repositories)
    make_actions(twin, "core.c", "core.a", runtime=runtime.id)
    make_actions(twin, "core.ab", runtime=other.id)
    make_actions(twin, "core.ac")
    make_actions(twin, "core.b", runtime=runtime.id)
    read_in_order_of_insertion(twin)
    actions = twin.repositories.actions
    assert_pages(
        lambda **page: actions.find_by_runtime(runtime.id, **page), ["core.a", "core.b", "core.c"]
    )


def test_find_workflows(twin: Twin) -> None:
    for name in ("core.c", "core.a", "core.b"):
        definition = make_workflow_definition(twin.repositories)
        make_actions(twin, name, workflow_def=definition.id)
        make_actions(twin, f"{name}x")
    read_in_order_of_insertion(twin)
    assert_pages(twin.repositories.actions.find_workflows, ["core.a", "core.b", "core.c"])


def test_search_reads_ref_label_and_description(twin: Twin) -> None:
    other = {"label": "x", "description": "x"}
    make_actions(twin, "core.d", **other | {"description": "a NEEDLE in it"})
    make_actions(twin, "core.b", **other | {"label": "Needles"})
    make_actions(twin, "core.a-needle", **other)
    make_actions(twin, "core.ab", **other)
    make_actions(twin, "core.e", **other | {"description": "need le", "label": "need"})
    make_actions(twin, "core.c", label="needle", description="needle")
    read_in_order_of_insertion(twin)
    actions = twin.repositories.actions
    for text in ("needle", "NeEdLe", "eedl"):
        assert_pages(
            lambda text=text, **page: actions.search(text, **page),
            ["core.a-needle", "core.b", "core.c", "core.d"],
        )
    assert actions.search("needless") == []
    assert refs(actions.search("needles")) == ["core.b"]
    assert refs(actions.search("ab")) == ["core.ab"]
    assert len(actions.search("")) == 6


@pytest.mark.parametrize("field", ["label", "description"])
@pytest.mark.parametrize(
    ("text", "holding", "not_holding"),
    [
        ("100%", "at 100% of", "at 1000 of"),
        ("%", "%", "percent"),
        ("a_b", "xa_bx", "xacbx"),
        ("a\\b", "a\\b", "ab"),
        ("a\\\\b", "a\\\\b", "a\\b"),
        ("a\\%b", "a\\%b", "a%b"),
        ("\\", "\\", "/"),
        ("'; --", "x'; --", "x"),
        ("Ünï", "ÜNÏCODE", "unicode"),
        (" ", "a b", "ab"),
        ("$1", "$1", "1"),
        ("😀", "so 😀", "so"),
    ],
)
def test_search_has_no_wildcards(
    twin: Twin, field: str, text: str, holding: str, not_holding: str
) -> None:
    other = {"label": "x", "description": "x"}
    make_actions(twin, "core.no", **other | {field: not_holding})
    make_actions(twin, "core.yes", **other | {field: holding})
    assert refs(twin.repositories.actions.search(text)) == ["core.yes"]


def test_search_has_no_wildcards_in_a_ref(twin: Twin) -> None:
    make_actions(twin, "core.a_b", "core.acb", label="x", description="x")
    assert refs(twin.repositories.actions.search("A_B")) == ["core.a_b"]


def test_the_lists_are_limited_to_a_thousand(twin: Twin) -> None:
    repos = twin.repositories
    pack, runtime = make_pack(repos), make_runtime(repos)
    twin.execute(
        "WITH d AS (INSERT INTO attune.workflow_definition"
        " (ref, pack, pack_ref, label, version, definition)"
        " SELECT 'core.d' || n, %(id)s, %(ref)s, 'x', '1.0.0', '{}' FROM generate_series(1, 1001) n"
        " RETURNING id) INSERT INTO attune.action"
        " (ref, pack, pack_ref, label, description, entrypoint, runtime, workflow_def)"
        " SELECT 'core.a' || id, %(id)s, %(ref)s, 'x', 'x', 'x', %(runtime)s, id FROM d",
        {"id": pack.id, "ref": pack.ref, "runtime": runtime.id},
    )
    actions = repos.actions
    finds: list[Callable[..., Any]] = [
        actions.list,
        actions.find_workflows,
        lambda **page: actions.find_by_pack(pack.id, **page),
        lambda **page: actions.find_by_runtime(runtime.id, **page),
        lambda **page: actions.search("core", **page),
    ]
    for find in finds:
        assert len(find()) == 1000
        assert len(find(limit=None)) == 1001


def test_link_and_unlink_a_workflow(twin: Twin) -> None:
    repos = twin.repositories
    action, other = make_action(repos), make_action(repos)
    first, second = make_workflow_definition(repos), make_workflow_definition(repos)

    linked = repos.actions.link_workflow_def(action.id, first.id)
    assert (linked.workflow_def, linked.is_workflow) == (first.id, True)
    changed = {"workflow_def", "is_workflow", "updated"}
    assert linked.model_dump(exclude=changed) == action.model_dump(exclude=changed)
    assert linked.updated > action.updated
    assert repos.actions.find_by_workflow_def(first.id) == linked
    assert repos.actions.find_by_workflow_def(second.id) is None

    assert repos.actions.link_workflow_def(action.id, second.id).workflow_def == second.id
    assert repos.actions.find_by_workflow_def(first.id) is None
    repos.actions.link_workflow_def(other.id, first.id)

    unlinked = repos.actions.unlink_workflow_def(action.id)
    assert (unlinked.workflow_def, unlinked.is_workflow) == (None, False)
    assert repos.actions.get_by_id(action.id) == unlinked
    assert repos.actions.find_by_workflow_def(second.id) is None
    found = repos.actions.find_by_workflow_def(first.id)
    assert found is not None
    assert found.id == other.id
    assert repos.actions.unlink_workflow_def(action.id).workflow_def is None


def test_link_refuses_a_workflow_of_another_action(twin: Twin) -> None:
    repos = twin.repositories
    definition = make_workflow_definition(repos)
    make_action(repos, workflow_def=definition.id)
    action = make_action(repos)
    with pytest.raises(errors.AlreadyExistsError) as caught, twin.savepoint():
        repos.actions.link_workflow_def(action.id, definition.id)
    assert str(caught.value) == f"action with workflow_def={definition.id} already exists"
    assert caught.value.constraint == "action_workflow_def_key"
    assert (caught.value.field, caught.value.value) == ("workflow_def", definition.id)
    assert repos.actions.get_by_id(action.id) == action


def test_link_refuses_a_missing_workflow(twin: Twin) -> None:
    action = make_action(twin.repositories)
    with pytest.raises(errors.ForeignKeyError) as caught, twin.savepoint():
        twin.repositories.actions.link_workflow_def(action.id, 2**40)
    assert str(caught.value) == (
        f"action with workflow_def={2**40} refers to a workflow_definition that does not exist"
    )
    assert (caught.value.kind, caught.value.sqlstate) == ("missing", "23503")
    assert caught.value.constraint == "action_workflow_def_fkey"
    assert (caught.value.field, caught.value.value) == ("workflow_def", 2**40)
    assert twin.repositories.actions.get_by_id(action.id) == action


def test_update(twin: Twin) -> None:
    actions = twin.repositories.actions
    action, other = make_action(twin.repositories), make_action(twin.repositories)
    updated = actions.update(action.id, UpdateActionInput(param_schema={"a": 1}, label="New"))
    assert (updated.param_schema, updated.label) == ({"a": 1}, "New")
    assert updated.updated > action.updated
    changed = {"param_schema", "label", "updated"}
    assert updated.model_dump(exclude=changed) == action.model_dump(exclude=changed)
    assert actions.get_by_id(action.id) == updated
    assert actions.get_by_id(other.id) == other


def test_update_refuses_a_missing_runtime(twin: Twin) -> None:
    action = make_action(twin.repositories)
    with pytest.raises(errors.ForeignKeyError) as caught:
        twin.repositories.actions.update(action.id, UpdateActionInput(runtime=2**40))
    assert str(caught.value) == (
        f"action with runtime={2**40} refers to a runtime that does not exist"
    )
    assert (caught.value.kind, caught.value.field) == ("missing", "runtime")
    assert (caught.value.value, caught.value.constraint) == (2**40, "action_runtime_fkey")


def test_delete_keeps_its_executions_and_its_workflow(twin: Twin) -> None:
    repos = twin.repositories
    definition = make_workflow_definition(repos)
    action, other = make_action(repos, workflow_def=definition.id), make_action(repos)
    execution = make_execution(repos, action=action)
    assert repos.actions.delete(action.id) is True
    assert repos.actions.delete(action.id) is False
    assert repos.actions.find_by_id(action.id) is None
    kept = repos.executions.get_by_id(execution.id)
    assert (kept.action, kept.action_ref) == (None, action.ref)
    assert repos.workflow_definitions.get_by_id(definition.id) == definition
    assert repos.actions.get_by_id(other.id) == other


@pytest.mark.parametrize(
    ("field", "value", "constraint"),
    [
        ("ref", "echo", "action_ref_check"),
        ("param_schema", [], "action_param_schema_check"),
        ("out_schema", 1, "action_out_schema_check"),
    ],
)
def test_the_table_refuses_values_that_inputs_refuse(
    twin: Twin, field: str, value: Any, constraint: str
) -> None:
    pack = make_pack(twin.repositories, ref="core")
    values: dict[str, Any] = {
        "ref": "core.echo",
        "pack": pack.id,
        "pack_ref": "core",
        "label": "x",
        "description": "x",
        "entrypoint": "x",
    } | {field: value}
    with pytest.raises(errors.ValidationError) as caught:
        twin.repositories.actions.create(CreateActionInput.model_construct(**values))
    assert (caught.value.sqlstate, caught.value.constraint) == ("23514", constraint)
    assert (caught.value.field, caught.value.value) == (field, value)
    assert str(caught.value) == f"action with {field}={value!r} does not satisfy {constraint}"


@pytest.mark.parametrize("field", ["label", "description", "entrypoint", "pack"])
def test_the_table_refuses_null(twin: Twin, field: str) -> None:
    pack = make_pack(twin.repositories, ref="core")
    values: dict[str, Any] = {
        "ref": "core.echo",
        "pack": pack.id,
        "pack_ref": "core",
        "label": "x",
        "description": "x",
        "entrypoint": "x",
    } | {field: None}
    with pytest.raises(errors.ValidationError) as caught:
        twin.repositories.actions.create(CreateActionInput.model_construct(**values))
    assert (caught.value.sqlstate, caught.value.field) == ("23502", field)
    assert caught.value.value is None
    assert str(caught.value) == f"action.{field} must not be null"


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda actions: actions.find_by_id("1"), "id"),
        (lambda actions: actions.delete(1.0), "id"),
        (lambda actions: actions.find_by_ref(1), "ref"),
        (lambda actions: actions.find_by_pack("core"), "pack_id"),
        (lambda actions: actions.find_by_pack(1, limit=-1), "limit"),
        (lambda actions: actions.find_by_runtime(None), "runtime_id"),
        (lambda actions: actions.find_by_runtime(1, after=1), "after"),
        (lambda actions: actions.find_by_workflow_def(None), "workflow_def_id"),
        (lambda actions: actions.find_workflows(limit="1"), "limit"),
        (lambda actions: actions.search(None), "text"),
        (lambda actions: actions.search("x", limit=-1), "limit"),
        (lambda actions: actions.search("x", after=1), "after"),
        (lambda actions: actions.list(after=1), "after"),
        (lambda actions: actions.link_workflow_def("1", 1), "action_id"),
        (lambda actions: actions.link_workflow_def(1, None), "workflow_def_id"),
        (lambda actions: actions.unlink_workflow_def(None), "action_id"),
    ],
)
def test_bad_arguments_never_reach_the_server(
    twin: Twin, call: Callable[[Any], Any], field: str
) -> None:
    with pytest.raises(errors.ValidationError) as caught:
        call(twin.repositories.actions)
    assert (caught.value.sqlstate, caught.value.field) == (None, field)
    assert twin.execute("SELECT 1") == [(1,)], "the transaction goes on"
