"""Workflow definitions, in both twins."""

from collections.abc import Callable
from typing import Any

import pytest

from attune_store import (
    CreateWorkflowDefinitionInput,
    ExecutionStatus,
    UpdateWorkflowDefinitionInput,
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
from tests.pages import assert_pages, read_in_order_of_insertion, refs
from tests.twin import Twin


def make_definitions(twin: Twin, *names: str, **over: Any) -> None:
    for name in names:
        make_workflow_definition(twin.repositories, ref=name, **over)


def minimal(twin: Twin, **over: Any) -> dict[str, Any]:
    """Return the fields that a definition needs, with an existing pack."""
    pack = make_pack(twin.repositories, ref="core")
    return {
        "ref": "core.flow",
        "pack": pack.id,
        "pack_ref": "core",
        "label": "Flow",
        "version": "1.0.0",
        "definition": {"tasks": {}},
    } | over


def test_create_has_the_defaults_of_the_table(twin: Twin) -> None:
    values = minimal(twin)
    created = twin.repositories.workflow_definitions.create(CreateWorkflowDefinitionInput(**values))
    assert created.model_dump(include=set(values)) == values
    assert (created.description, created.param_schema, created.out_schema) == (None, None, None)
    assert (created.tags, created.enabled) == ([], True)
    assert created.created == created.updated


def test_create_stores_every_field(twin: Twin) -> None:
    values = minimal(
        twin,
        description="All of it",
        param_schema={"type": "object"},
        out_schema={"type": "string"},
        tags=["b", "a"],
        enabled=False,
    )
    created = twin.repositories.workflow_definitions.create(CreateWorkflowDefinitionInput(**values))
    assert created.model_dump(exclude={"id", "created", "updated"}) == values
    assert twin.repositories.workflow_definitions.get_by_id(created.id) == created


def test_create_refuses_a_ref_that_is_taken(twin: Twin) -> None:
    make_definitions(twin, "deploy.rollout")
    with pytest.raises(errors.AlreadyExistsError) as caught:
        make_definitions(twin, "deploy.rollout")
    assert str(caught.value) == "workflow_definition with ref='deploy.rollout' already exists"
    assert caught.value.constraint == "workflow_definition_ref_key"
    assert (caught.value.sqlstate, caught.value.entity) == ("23505", "workflow_definition")
    assert (caught.value.field, caught.value.value) == ("ref", "deploy.rollout")


@pytest.mark.parametrize("over", [{"pack": 2**40}, {"pack_ref": "another"}])
def test_create_refuses_a_missing_pack(twin: Twin, over: dict[str, Any]) -> None:
    values = minimal(twin) | over
    with pytest.raises(errors.ForeignKeyError) as caught:
        twin.repositories.workflow_definitions.create(CreateWorkflowDefinitionInput(**values))
    assert str(caught.value) == (
        f"workflow_definition with pack={values['pack']}, pack_ref={values['pack_ref']!r}"
        " refers to a pack that does not exist"
    )
    assert (caught.value.kind, caught.value.sqlstate) == ("missing", "23503")
    assert caught.value.constraint == "workflow_definition_pack_fkey"
    assert (caught.value.field, caught.value.value) == ("pack", values["pack"])


def test_find_and_get(twin: Twin) -> None:
    definitions = twin.repositories.workflow_definitions
    made = [make_workflow_definition(twin.repositories) for _ in range(2)]
    for definition in made:
        assert definitions.find_by_id(definition.id) == definition
        assert definitions.get_by_id(definition.id) == definition
        assert definitions.find_by_ref(definition.ref) == definition
        assert definitions.get_by_ref(definition.ref) == definition


def test_missing_rows(twin: Twin) -> None:
    definitions = twin.repositories.workflow_definitions
    make_definitions(twin, "core.flow")
    assert definitions.find_by_id(2**40) is None
    assert definitions.find_by_ref("core.Flow") is None
    assert definitions.delete(2**40) is False
    assert definitions.delete(2**40, with_runs=True) is False
    assert definitions.find_by_pack(2**40) == []
    assert definitions.find_by_pack_ref("none") == []
    assert definitions.count_by_pack_ref("none") == 0
    change = UpdateWorkflowDefinitionInput(label="x")
    calls: list[tuple[Callable[[], Any], str, Any]] = [
        (lambda: definitions.get_by_id(2**40), "id", 2**40),
        (lambda: definitions.get_by_ref("core.Flow"), "ref", "core.Flow"),
        (lambda: definitions.update(2**40, change), "id", 2**40),
    ]
    for call, field, value in calls:
        with pytest.raises(errors.NotFoundError) as caught:
            call()
        assert str(caught.value) == f"workflow_definition with {field}={value!r} does not exist"
        assert (caught.value.entity, caught.value.field) == ("workflow_definition", field)
        assert caught.value.value == value


def test_list(twin: Twin) -> None:
    make_definitions(twin, "core.c", "core.a", "core.d", "core.b")
    read_in_order_of_insertion(twin)
    assert_pages(
        twin.repositories.workflow_definitions.list, ["core.a", "core.b", "core.c", "core.d"]
    )


def test_find_and_count_by_pack(twin: Twin) -> None:
    pack, other = make_pack(twin.repositories), make_pack(twin.repositories)
    make_definitions(twin, "core.c", "core.a", pack=pack)
    make_definitions(twin, "core.ab", pack=other)
    make_definitions(twin, "core.b", pack=pack)
    read_in_order_of_insertion(twin)
    definitions = twin.repositories.workflow_definitions
    expected = ["core.a", "core.b", "core.c"]
    assert_pages(lambda **page: definitions.find_by_pack(pack.id, **page), expected)
    assert_pages(lambda **page: definitions.find_by_pack_ref(pack.ref, **page), expected)
    assert definitions.count_by_pack_ref(pack.ref) == 3
    assert definitions.count_by_pack_ref(other.ref) == 1


def test_find_enabled(twin: Twin) -> None:
    make_definitions(twin, "core.c", "core.a")
    make_definitions(twin, "core.ab", "core.d", enabled=False)
    make_definitions(twin, "core.b")
    read_in_order_of_insertion(twin)
    assert_pages(
        twin.repositories.workflow_definitions.find_enabled, ["core.a", "core.b", "core.c"]
    )


def test_find_by_tag(twin: Twin) -> None:
    make_definitions(twin, "core.c", tags=["other", "wanted"])
    make_definitions(twin, "core.a", tags=["wanted"])
    make_definitions(twin, "core.ab", tags=["other"])
    make_definitions(twin, "core.ac", tags=["Wanted", "want"])
    make_definitions(twin, "core.ad")
    make_definitions(twin, "core.b", tags=["wanted", "wanted"])
    read_in_order_of_insertion(twin)
    definitions = twin.repositories.workflow_definitions
    assert_pages(
        lambda **page: definitions.find_by_tag("wanted", **page), ["core.a", "core.b", "core.c"]
    )
    assert refs(definitions.find_by_tag("other")) == ["core.ab", "core.c"]
    assert definitions.find_by_tag("none has it") == []


def test_search_for_everything(twin: Twin) -> None:
    make_definitions(twin, "core.c", "core.a", "core.d", "core.b")
    read_in_order_of_insertion(twin)
    assert_pages(
        twin.repositories.workflow_definitions.search, ["core.a", "core.b", "core.c", "core.d"]
    )


def test_search_reads_ref_label_and_description(twin: Twin) -> None:
    make_definitions(twin, "core.d", label="x", description="a NEEDLE in it")
    make_definitions(twin, "core.b", label="Needles", description="x")
    make_definitions(twin, "core.a-needle", label="x", description="x")
    make_definitions(twin, "core.ab", label="x", description=None)
    make_definitions(twin, "core.e", label="need", description="need le")
    make_definitions(twin, "core.c", label="needle", description=None)
    read_in_order_of_insertion(twin)
    definitions = twin.repositories.workflow_definitions
    for text in ("needle", "NeEdLe", "eedl"):
        assert_pages(
            lambda text=text, **page: definitions.search(text, **page),
            ["core.a-needle", "core.b", "core.c", "core.d"],
        )
    assert definitions.search("needless") == []
    assert refs(definitions.search("needles")) == ["core.b"]
    assert len(definitions.search("")) == 6


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
    ],
)
def test_search_has_no_wildcards(
    twin: Twin, field: str, text: str, holding: str, not_holding: str
) -> None:
    other = {"label": "x", "description": "x"}
    make_definitions(twin, "core.no", **other | {field: not_holding})
    make_definitions(twin, "core.yes", **other | {field: holding})
    assert refs(twin.repositories.workflow_definitions.search(text)) == ["core.yes"]


def test_search_has_no_wildcards_in_a_ref(twin: Twin) -> None:
    make_definitions(twin, "core.a_b", "core.acb", label="x", description="x")
    assert refs(twin.repositories.workflow_definitions.search("A_B")) == ["core.a_b"]


def test_search_by_pack_tags_and_enabled(twin: Twin) -> None:
    pack, other = make_pack(twin.repositories), make_pack(twin.repositories)
    make_definitions(twin, "core.c", pack=pack, tags=["a"], enabled=False)
    make_definitions(twin, "core.a", pack=pack, tags=["a", "b"])
    make_definitions(twin, "core.d", pack=other, tags=["b", "a", "c"])
    make_definitions(twin, "core.b", pack=other, tags=[])
    read_in_order_of_insertion(twin)
    search = twin.repositories.workflow_definitions.search
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"pack_ref": pack.ref}, ["core.a", "core.c"]),
        ({"pack_ref": other.ref}, ["core.b", "core.d"]),
        ({"pack_ref": "none"}, []),
        ({"pack_ref": ""}, []),
        ({"tags": ["a"]}, ["core.a", "core.c", "core.d"]),
        ({"tags": ["a", "b"]}, ["core.a", "core.d"]),
        ({"tags": ("b",)}, ["core.a", "core.d"]),
        ({"tags": {"c"}}, ["core.d"]),
        ({"tags": ["A"]}, []),
        ({"enabled": True}, ["core.a", "core.b", "core.d"]),
        ({"enabled": False}, ["core.c"]),
    ]
    for conditions, expected in cases:
        assert_pages(lambda conditions=conditions, **page: search(**conditions, **page), expected)


def test_search_combines_all_conditions(twin: Twin) -> None:
    pack, other = make_pack(twin.repositories), make_pack(twin.repositories)
    wanted: dict[str, Any] = {"pack": pack, "tags": ["t"], "label": "Needle", "enabled": True}
    make_definitions(twin, "core.c", **wanted)
    make_definitions(twin, "core.ab", **wanted | {"label": "x"})
    make_definitions(twin, "core.ac", **wanted | {"pack": other})
    make_definitions(twin, "core.ad", **wanted | {"tags": ["u"]})
    make_definitions(twin, "core.ae", **wanted | {"enabled": False})
    make_definitions(twin, "core.a", "core.b", **wanted)
    read_in_order_of_insertion(twin)
    definitions = twin.repositories.workflow_definitions
    assert_pages(
        lambda **page: definitions.search(
            "needle", pack_ref=pack.ref, tags=["t"], enabled=True, **page
        ),
        ["core.a", "core.b", "core.c"],
    )


def test_the_lists_are_limited_to_a_thousand(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    twin.execute(
        "INSERT INTO attune.workflow_definition"
        " (ref, pack, pack_ref, label, version, definition, tags)"
        " SELECT 'core.d' || n, %s, %s, 'x', '1.0.0', '{}', '{t}' FROM generate_series(1, 1001) n",
        (pack.id, pack.ref),
    )
    definitions = twin.repositories.workflow_definitions
    finds: list[Callable[..., Any]] = [
        definitions.list,
        definitions.find_enabled,
        definitions.search,
        lambda **page: definitions.find_by_pack(pack.id, **page),
        lambda **page: definitions.find_by_pack_ref(pack.ref, **page),
        lambda **page: definitions.find_by_tag("t", **page),
    ]
    for find in finds:
        assert len(find()) == 1000
        assert len(find(limit=None)) == 1001
    assert definitions.count_by_pack_ref(pack.ref) == 1001


def test_update(twin: Twin) -> None:
    definitions = twin.repositories.workflow_definitions
    definition, other = (make_workflow_definition(twin.repositories) for _ in range(2))
    change = UpdateWorkflowDefinitionInput(enabled=False, definition={"tasks": {"a": {}}})
    updated = definitions.update(definition.id, change)
    assert (updated.enabled, updated.definition) == (False, {"tasks": {"a": {}}})
    assert updated.updated > definition.updated
    changed = {"enabled", "definition", "updated"}
    assert updated.model_dump(exclude=changed) == definition.model_dump(exclude=changed)
    assert definitions.get_by_id(definition.id) == updated
    assert definitions.get_by_id(other.id) == other


def test_delete(twin: Twin) -> None:
    definitions = twin.repositories.workflow_definitions
    definition, other = (make_workflow_definition(twin.repositories) for _ in range(2))
    assert definitions.delete(definition.id) is True
    assert definitions.delete(definition.id) is False
    assert definitions.find_by_id(definition.id) is None
    assert definitions.get_by_id(other.id) == other


def test_delete_is_refused_while_an_action_links_to_it(twin: Twin) -> None:
    repos = twin.repositories
    definition = make_workflow_definition(repos)
    action = make_action(repos, workflow_def=definition.id)
    with pytest.raises(errors.ForeignKeyError) as caught, twin.savepoint():
        repos.workflow_definitions.delete(definition.id)
    assert str(caught.value) == (
        f"workflow_definition with id={definition.id} is still referenced by action"
    )
    assert (caught.value.kind, caught.value.sqlstate) == ("still_referenced", "23503")
    assert caught.value.constraint == "action_workflow_def_fkey"
    assert (caught.value.field, caught.value.value) == ("id", definition.id)
    assert repos.workflow_definitions.get_by_id(definition.id) == definition
    assert repos.actions.get_by_id(action.id) == action


def test_delete_is_refused_while_it_has_runs(twin: Twin) -> None:
    repos = twin.repositories
    run = make_workflow_execution(repos, status=ExecutionStatus.COMPLETED)
    with pytest.raises(errors.ForeignKeyError) as caught, twin.savepoint():
        repos.workflow_definitions.delete(run.workflow_def)
    assert str(caught.value) == (
        f"workflow_definition with id={run.workflow_def} is still referenced by workflow_execution"
    )
    assert (caught.value.kind, caught.value.sqlstate) == ("still_referenced", "23503")
    assert caught.value.constraint == "workflow_execution_workflow_def_fkey"
    assert repos.workflow_definitions.find_by_id(run.workflow_def) is not None
    assert repos.workflow_executions.get_by_id(run.id) == run


def test_delete_with_runs_keeps_the_executions(twin: Twin) -> None:
    repos = twin.repositories
    definition, other = make_workflow_definition(repos), make_workflow_definition(repos)
    action = make_action(repos, workflow_def=definition.id)
    other_action = make_action(repos, workflow_def=other.id)
    unlinked_action = make_action(repos)
    parents = [make_execution(repos, action=action) for _ in range(2)]
    runs = [
        make_workflow_execution(repos, workflow_def=definition.id, execution=parent.id)
        for parent in parents
    ]
    child = make_execution(repos, parent=parents[0].id)
    task = make_workflow_task_execution(repos, workflow_execution=runs[0].id, execution=child.id)
    other_run = make_workflow_execution(repos, workflow_def=other.id)
    other_task = make_workflow_task_execution(repos, workflow_execution=other_run.id)

    assert repos.workflow_definitions.delete(definition.id, with_runs=True) is True
    assert repos.workflow_definitions.delete(definition.id, with_runs=True) is False
    assert repos.workflow_definitions.find_by_id(definition.id) is None
    unlinked = repos.actions.get_by_id(action.id)
    assert (unlinked.workflow_def, unlinked.is_workflow) == (None, False)
    for run in runs:
        assert repos.workflow_executions.find_by_id(run.id) is None
    assert repos.workflow_task_executions.find_by_id(task.id) is None
    for execution in (*parents, child):
        assert repos.executions.get_by_id(execution.id) == execution
    assert repos.workflow_definitions.get_by_id(other.id) == other
    assert repos.actions.get_by_id(other_action.id) == other_action
    assert repos.actions.get_by_id(unlinked_action.id) == unlinked_action
    assert repos.workflow_executions.get_by_id(other_run.id) == other_run
    assert repos.workflow_task_executions.get_by_id(other_task.id) == other_task


def test_delete_with_runs_when_there_are_none(twin: Twin) -> None:
    definition = make_workflow_definition(twin.repositories)
    assert twin.repositories.workflow_definitions.delete(definition.id, with_runs=True) is True
    assert twin.repositories.workflow_definitions.find_by_id(definition.id) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ref", "flow"),
        ("version", "v1"),
        ("param_schema", []),
        ("out_schema", "x"),
        ("definition", [1]),
        ("tags", [None]),
    ],
)
def test_the_table_refuses_values_that_inputs_refuse(twin: Twin, field: str, value: Any) -> None:
    values = minimal(twin) | {field: value}
    with pytest.raises(errors.ValidationError) as caught:
        twin.repositories.workflow_definitions.create(
            CreateWorkflowDefinitionInput.model_construct(**values)
        )
    constraint = f"workflow_definition_{field}_check"
    assert (caught.value.sqlstate, caught.value.constraint) == ("23514", constraint)
    assert (caught.value.field, caught.value.value) == (field, value)
    assert str(caught.value) == (
        f"workflow_definition with {field}={value!r} does not satisfy {constraint}"
    )


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda definitions: definitions.find_by_id("1"), "id"),
        (lambda definitions: definitions.delete(None), "id"),
        (lambda definitions: definitions.delete("1", with_runs=True), "id"),
        (lambda definitions: definitions.find_by_ref(1), "ref"),
        (lambda definitions: definitions.find_by_pack("core"), "pack_id"),
        (lambda definitions: definitions.find_by_pack(1, limit=-1), "limit"),
        (lambda definitions: definitions.find_by_pack_ref(1), "pack_ref"),
        (lambda definitions: definitions.find_by_pack_ref("x", after=1), "after"),
        (lambda definitions: definitions.count_by_pack_ref(None), "pack_ref"),
        (lambda definitions: definitions.find_enabled(limit="1"), "limit"),
        (lambda definitions: definitions.find_by_tag(1), "tag"),
        (lambda definitions: definitions.find_by_tag("x", limit=-1), "limit"),
        (lambda definitions: definitions.search(1), "text"),
        (lambda definitions: definitions.search(pack_ref=1), "pack_ref"),
        (lambda definitions: definitions.search(tags="abc"), "tags"),
        (lambda definitions: definitions.search(tags=[None]), "tags"),
        (lambda definitions: definitions.search(tags=[1]), "tags"),
        (lambda definitions: definitions.search(enabled="yes"), "enabled"),
        (lambda definitions: definitions.search(enabled=1), "enabled"),
        (lambda definitions: definitions.search(limit=-1), "limit"),
        (lambda definitions: definitions.search(after=1), "after"),
        (lambda definitions: definitions.list(after=1), "after"),
    ],
)
def test_bad_arguments_never_reach_the_server(
    twin: Twin, call: Callable[[Any], Any], field: str
) -> None:
    with pytest.raises(errors.ValidationError) as caught:
        call(twin.repositories.workflow_definitions)
    assert (caught.value.sqlstate, caught.value.field) == (None, field)
    assert twin.execute("SELECT 1") == [(1,)], "the transaction goes on"
