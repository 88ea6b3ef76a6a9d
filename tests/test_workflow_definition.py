"""Workflow definitions, in both twins."""

from typing import Any

import pytest

from attune_store import CreateWorkflowDefinitionInput, UpdateWorkflowDefinitionInput, errors
from tests.factories import (
    make_action,
    make_pack,
    make_workflow_definition,
    make_workflow_execution,
    make_workflow_task_execution,
)
from tests.twin import Twin


def refs(rows: list[Any]) -> list[str]:
    return [row.ref for row in rows]


def insert(twin: Twin, *names: str, **fields: Any) -> None:
    for name in names:
        make_workflow_definition(twin.repositories, ref=name, **fields)


def test_create_has_the_defaults_of_the_table(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    created = twin.repositories.workflow_definitions.create(
        CreateWorkflowDefinitionInput(
            ref="core.flow",
            pack=pack.id,
            pack_ref=pack.ref,
            label="Flow",
            version="1.0.0",
            definition={},
        )
    )
    unset = (created.description, created.param_schema, created.out_schema)
    assert unset == (None, None, None)
    assert (created.tags, created.enabled, created.definition) == ([], True, {})


def test_create_stores_every_field(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    fields = {
        "ref": "core.flow",
        "pack": pack.id,
        "pack_ref": pack.ref,
        "label": "Flow",
        "description": "d",
        "version": "2.0.0",
        "param_schema": {"a": 1},
        "out_schema": {"b": 2},
        "definition": {"tasks": {"c": {}}},
        "tags": ["x"],
        "enabled": False,
    }
    created = make_workflow_definition(twin.repositories, **fields | {"pack": pack})
    assert {name: getattr(created, name) for name in fields} == fields


def test_a_ref_is_taken_once(twin: Twin) -> None:
    insert(twin, "core.flow")
    with pytest.raises(errors.AlreadyExistsError) as caught:
        insert(twin, "core.flow")
    assert str(caught.value) == "workflow_definition with ref='core.flow' already exists"


def test_the_two_names_of_the_pack_can_not_disagree(twin: Twin) -> None:
    with pytest.raises(errors.ForeignKeyError) as caught:
        make_workflow_definition(twin.repositories, pack_ref="another")
    assert (caught.value.kind, caught.value.field) == ("missing", "pack")


def test_find_and_get(twin: Twin) -> None:
    repo = twin.repositories.workflow_definitions
    make_workflow_definition(twin.repositories)
    row = make_workflow_definition(twin.repositories, ref="core.flow")
    assert repo.find_by_ref("core.flow") == repo.get_by_ref("core.flow") == row
    assert repo.find_by_id(row.id) == repo.get_by_id(row.id) == row
    assert repo.find_by_ref("core.none") is None
    for call in (
        lambda: repo.get_by_ref("core.none"),
        lambda: repo.get_by_id(2**40),
        lambda: repo.update(2**40, UpdateWorkflowDefinitionInput(label="x")),
    ):
        with pytest.raises(errors.NotFoundError) as caught:
            call()
        assert caught.value.entity == "workflow_definition"


def test_list_is_by_ref_and_pages(twin: Twin) -> None:
    insert(twin, "aa.cc", "aa.aa", "aa.dd", "aa.bb")
    repo = twin.repositories.workflow_definitions
    assert refs(repo.list()) == ["aa.aa", "aa.bb", "aa.cc", "aa.dd"]
    assert refs(repo.list(limit=2)) == ["aa.aa", "aa.bb"]
    assert refs(repo.list(limit=2, after="aa.bb")) == ["aa.cc", "aa.dd"]


def test_of_a_pack(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    insert(twin, "aa.cc", "aa.aa", "aa.bb", pack=pack)
    insert(twin, "aa.ab")
    repo = twin.repositories.workflow_definitions
    for find, key in ((repo.find_by_pack, pack.id), (repo.find_by_pack_ref, pack.ref)):
        assert refs(find(key)) == ["aa.aa", "aa.bb", "aa.cc"]  # type: ignore[arg-type]
        assert refs(find(key, limit=1)) == ["aa.aa"]  # type: ignore[arg-type]
        assert refs(find(key, after="aa.aa")) == ["aa.bb", "aa.cc"]  # type: ignore[arg-type]
    assert repo.count_by_pack_ref(pack.ref) == 3
    assert repo.count_by_pack_ref("none") == 0


def test_find_enabled(twin: Twin) -> None:
    insert(twin, "aa.cc", "aa.aa", "aa.bb")
    insert(twin, "aa.ab", enabled=False)
    repo = twin.repositories.workflow_definitions
    assert refs(repo.find_enabled()) == ["aa.aa", "aa.bb", "aa.cc"]
    assert refs(repo.find_enabled(limit=1)) == ["aa.aa"]
    assert refs(repo.find_enabled(after="aa.aa")) == ["aa.bb", "aa.cc"]


def test_find_by_tag(twin: Twin) -> None:
    insert(twin, "aa.cc", "aa.aa", "aa.bb", tags=["x", "y"])
    insert(twin, "aa.ab", tags=["xy"])
    repo = twin.repositories.workflow_definitions
    assert refs(repo.find_by_tag("y")) == ["aa.aa", "aa.bb", "aa.cc"]
    assert refs(repo.find_by_tag("y", limit=1)) == ["aa.aa"]
    assert refs(repo.find_by_tag("y", after="aa.aa")) == ["aa.bb", "aa.cc"]


def test_search(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    insert(twin, "aa.cc", label="has Needle in it", tags=["x", "y"])
    insert(twin, "aa.aa", description="NEEDLE", tags=["x"], pack=pack)
    insert(twin, "aa.needle", enabled=False)
    insert(twin, "aa.bb", definition={"needle": 1}, tags=["y"], pack=pack, enabled=False)
    repo = twin.repositories.workflow_definitions
    assert refs(repo.search()) == ["aa.aa", "aa.bb", "aa.cc", "aa.needle"]
    assert refs(repo.search("needle")) == ["aa.aa", "aa.cc", "aa.needle"]
    assert refs(repo.search(text="needle", limit=1)) == ["aa.aa"]
    assert refs(repo.search("needle", after="aa.aa")) == ["aa.cc", "aa.needle"]
    assert refs(repo.search(pack_ref=pack.ref)) == ["aa.aa", "aa.bb"]
    assert refs(repo.search(tags=["x"])) == ["aa.aa", "aa.cc"]
    assert refs(repo.search(tags=("x", "y"))) == ["aa.cc"], "all of them"
    assert refs(repo.search(enabled=False)) == ["aa.bb", "aa.needle"]
    assert refs(repo.search(enabled=True)) == ["aa.aa", "aa.cc"]
    assert refs(repo.search("needle", pack_ref=pack.ref, tags=["x"], enabled=True)) == ["aa.aa"]


@pytest.mark.parametrize("text", ["50%", "a_b", "c\\d", "e'f"])
def test_nothing_in_a_search_is_a_wildcard(twin: Twin, text: str) -> None:
    insert(twin, "aa.hit", label=f"<{text}>")
    insert(twin, "aa.miss", label="50 aXb cXd cd ef")
    assert refs(twin.repositories.workflow_definitions.search(text)) == ["aa.hit"]


@pytest.mark.parametrize(
    "call",
    [
        lambda repo: repo.search(1),
        lambda repo: repo.search(tags="x"),
        lambda repo: repo.search(enabled="yes"),
        lambda repo: repo.search(pack_ref=1),
        lambda repo: repo.find_by_pack("1"),
        lambda repo: repo.count_by_pack_ref(None),
    ],
)
def test_bad_arguments_never_reach_the_server(twin: Twin, call: Any) -> None:
    with pytest.raises(errors.ValidationError) as caught:
        call(twin.repositories.workflow_definitions)
    assert caught.value.sqlstate is None


def test_delete(twin: Twin) -> None:
    repo = twin.repositories.workflow_definitions
    other, row = (make_workflow_definition(twin.repositories) for _ in range(2))
    assert repo.delete(row.id) is True
    assert repo.find_by_id(row.id) is None
    assert repo.delete(row.id) is False
    assert repo.delete(row.id, with_runs=True) is False
    assert repo.find_by_id(other.id) == other


def test_delete_is_refused_while_something_refers_to_it(twin: Twin) -> None:
    repos = twin.repositories
    linked, run = (make_workflow_definition(repos) for _ in range(2))
    make_action(repos, workflow_def=linked.id)
    make_workflow_execution(repos, workflow_def=run.id)
    for definition in (linked, run):
        with pytest.raises(errors.ForeignKeyError) as caught, twin.savepoint():
            repos.workflow_definitions.delete(definition.id)
        assert caught.value.kind == "still_referenced"
        assert (caught.value.field, caught.value.value) == ("id", definition.id)
        assert "violates" not in str(caught.value)
        assert repos.workflow_definitions.find_by_id(definition.id) == definition


def test_delete_with_runs(twin: Twin) -> None:
    repos = twin.repositories
    other, definition = (make_workflow_definition(repos) for _ in range(2))
    kept = make_action(repos, workflow_def=other.id)
    kept_run = make_workflow_execution(repos, workflow_def=other.id)
    action = make_action(repos, workflow_def=definition.id)
    run = make_workflow_execution(repos, workflow_def=definition.id)
    task = make_workflow_task_execution(repos, workflow_execution=run.id)

    assert repos.workflow_definitions.delete(definition.id, with_runs=True) is True

    assert repos.workflow_definitions.find_by_id(definition.id) is None
    assert repos.actions.get_by_id(action.id).workflow_def is None
    assert repos.workflow_executions.find_by_id(run.id) is None
    assert repos.workflow_task_executions.find_by_id(task.id) is None
    assert repos.executions.find_by_id(run.execution) is not None
    assert repos.executions.find_by_id(task.execution) is not None
    assert repos.workflow_definitions.find_by_id(other.id) == other
    assert repos.actions.get_by_id(kept.id) == kept
    assert repos.workflow_executions.find_by_id(kept_run.id) == kept_run
