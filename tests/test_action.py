"""Actions, in both twins."""

from typing import Any

import pytest

from attune_store import CreateActionInput, UpdateActionInput, errors
from tests.factories import make_action, make_pack, make_runtime, make_workflow_definition
from tests.twin import Twin


def refs(rows: list[Any]) -> list[str]:
    return [row.ref for row in rows]


def insert(twin: Twin, *names: str, **fields: Any) -> None:
    for name in names:
        make_action(twin.repositories, ref=name, **fields)


def test_create_has_the_defaults_of_the_table(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    created = twin.repositories.actions.create(
        CreateActionInput(
            ref="core.echo",
            pack=pack.id,
            pack_ref=pack.ref,
            label="Echo",
            description="d",
            entrypoint="echo.py",
        )
    )
    assert (created.runtime, created.param_schema, created.out_schema) == (None, None, None)
    assert (created.workflow_def, created.is_workflow) == (None, False)
    assert twin.repositories.actions.get_by_id(created.id) == created


def test_create_stores_every_field(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    fields = {
        "ref": "core.echo",
        "pack": pack.id,
        "pack_ref": pack.ref,
        "label": "Echo",
        "description": "d",
        "entrypoint": "echo.py",
        "runtime": make_runtime(twin.repositories).id,
        "param_schema": {"a": 1},
        "out_schema": {"b": 2},
        "workflow_def": make_workflow_definition(twin.repositories).id,
    }
    created = make_action(twin.repositories, **fields | {"pack": pack})
    assert {name: getattr(created, name) for name in fields} == fields
    assert created.is_workflow


def test_a_ref_is_taken_once(twin: Twin) -> None:
    insert(twin, "core.echo")
    with pytest.raises(errors.AlreadyExistsError) as caught:
        insert(twin, "core.echo")
    assert (caught.value.field, caught.value.value) == ("ref", "core.echo")


@pytest.mark.parametrize(
    ("field", "column"), [("runtime", "runtime"), ("workflow_def", "workflow_def")]
)
def test_create_refuses_what_it_refers_to(twin: Twin, field: str, column: str) -> None:
    with pytest.raises(errors.ForeignKeyError) as caught:
        make_action(twin.repositories, **{field: 2**40})
    assert (caught.value.kind, caught.value.field) == ("missing", column)


def test_the_two_names_of_the_pack_can_not_disagree(twin: Twin) -> None:
    with pytest.raises(errors.ForeignKeyError) as caught:
        make_action(twin.repositories, pack_ref="another")
    assert (caught.value.kind, caught.value.field) == ("missing", "pack")


def test_find_and_get(twin: Twin) -> None:
    repo = twin.repositories.actions
    make_action(twin.repositories)
    action = make_action(twin.repositories, ref="core.echo")
    assert repo.find_by_ref("core.echo") == repo.get_by_ref("core.echo") == action
    assert repo.find_by_id(action.id) == repo.get_by_id(action.id) == action
    assert repo.find_by_ref("core.none") is None
    for call in (
        lambda: repo.get_by_ref("core.none"),
        lambda: repo.get_by_id(2**40),
        lambda: repo.update(2**40, UpdateActionInput(label="x")),
        lambda: repo.link_workflow_def(2**40, 1),
        lambda: repo.unlink_workflow_def(2**40),
    ):
        with pytest.raises(errors.NotFoundError) as caught:
            call()
        assert caught.value.entity == "action"
    assert repo.delete(2**40) is False


def test_list_is_by_ref_and_pages(twin: Twin) -> None:
    insert(twin, "aa.cc", "aa.aa", "aa.dd", "aa.bb")
    repo = twin.repositories.actions
    assert refs(repo.list()) == ["aa.aa", "aa.bb", "aa.cc", "aa.dd"]
    assert refs(repo.list(limit=2)) == ["aa.aa", "aa.bb"]
    assert refs(repo.list(limit=2, after="aa.bb")) == ["aa.cc", "aa.dd"]


def test_find_by_pack(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    insert(twin, "aa.cc", "aa.aa", "aa.bb", pack=pack)
    insert(twin, "aa.ab")
    repo = twin.repositories.actions
    assert refs(repo.find_by_pack(pack.id)) == ["aa.aa", "aa.bb", "aa.cc"]
    assert refs(repo.find_by_pack(pack.id, limit=1)) == ["aa.aa"]
    assert refs(repo.find_by_pack(pack.id, after="aa.aa")) == ["aa.bb", "aa.cc"]


def test_find_by_runtime(twin: Twin) -> None:
    runtime = make_runtime(twin.repositories)
    insert(twin, "aa.cc", "aa.aa", "aa.bb", runtime=runtime.id)
    insert(twin, "aa.ab", runtime=make_runtime(twin.repositories).id)
    insert(twin, "aa.ac")
    repo = twin.repositories.actions
    assert refs(repo.find_by_runtime(runtime.id)) == ["aa.aa", "aa.bb", "aa.cc"]
    assert refs(repo.find_by_runtime(runtime.id, limit=1)) == ["aa.aa"]
    assert refs(repo.find_by_runtime(runtime.id, after="aa.aa")) == ["aa.bb", "aa.cc"]


def test_find_workflows(twin: Twin) -> None:
    for ref in ("aa.cc", "aa.aa", "aa.bb"):
        insert(twin, ref, workflow_def=make_workflow_definition(twin.repositories).id)
    insert(twin, "aa.ab")
    repo = twin.repositories.actions
    assert refs(repo.find_workflows()) == ["aa.aa", "aa.bb", "aa.cc"]
    assert refs(repo.find_workflows(limit=1)) == ["aa.aa"]
    assert refs(repo.find_workflows(after="aa.aa")) == ["aa.bb", "aa.cc"]


def test_search(twin: Twin) -> None:
    insert(twin, "aa.cc", label="has Needle in it")
    insert(twin, "aa.aa", description="NEEDLE")
    insert(twin, "aa.needle")
    insert(twin, "aa.bb", label="nothing", description="nothing", entrypoint="needle.py")
    repo = twin.repositories.actions
    assert refs(repo.search("needle")) == ["aa.aa", "aa.cc", "aa.needle"]
    assert refs(repo.search("needle", limit=1)) == ["aa.aa"]
    assert refs(repo.search("needle", after="aa.aa")) == ["aa.cc", "aa.needle"]
    assert refs(repo.search("")) == ["aa.aa", "aa.bb", "aa.cc", "aa.needle"]


@pytest.mark.parametrize("text", ["50%", "a_b", "c\\d", "e'f", "100%_\\"])
def test_nothing_in_a_search_is_a_wildcard(twin: Twin, text: str) -> None:
    insert(twin, "aa.hit", label=f"<{text}>")
    insert(twin, "aa.miss", label="50 aXb cXd cd ef 100xy")
    assert refs(twin.repositories.actions.search(text)) == ["aa.hit"]


def test_link_and_unlink(twin: Twin) -> None:
    repo = twin.repositories.actions
    definition = make_workflow_definition(twin.repositories)
    other, action = make_action(twin.repositories), make_action(twin.repositories)
    linked = repo.link_workflow_def(action.id, definition.id)
    assert (linked.workflow_def, linked.is_workflow) == (definition.id, True)
    assert repo.find_by_workflow_def(definition.id) == linked
    another = make_workflow_definition(twin.repositories)
    assert repo.link_workflow_def(action.id, another.id).workflow_def == another.id
    assert repo.find_by_workflow_def(definition.id) is None
    unlinked = repo.unlink_workflow_def(action.id)
    assert (unlinked.workflow_def, unlinked.is_workflow) == (None, False)
    assert repo.find_by_workflow_def(another.id) is None
    assert repo.get_by_id(other.id) == other


def test_link_refuses(twin: Twin) -> None:
    repo = twin.repositories.actions
    definition = make_workflow_definition(twin.repositories)
    first, second = make_action(twin.repositories), make_action(twin.repositories)
    repo.link_workflow_def(first.id, definition.id)
    with pytest.raises(errors.AlreadyExistsError) as taken, twin.savepoint():
        repo.link_workflow_def(second.id, definition.id)
    assert (taken.value.field, taken.value.value) == ("workflow_def", definition.id)
    with pytest.raises(errors.ForeignKeyError) as missing, twin.savepoint():
        repo.link_workflow_def(second.id, 2**40)
    assert (missing.value.kind, missing.value.value) == ("missing", 2**40)
    with pytest.raises(errors.ValidationError):
        repo.link_workflow_def(second.id, None)  # type: ignore[arg-type]
    assert repo.get_by_id(second.id) == second


def test_delete(twin: Twin) -> None:
    other, action = make_action(twin.repositories), make_action(twin.repositories)
    assert twin.repositories.actions.delete(action.id) is True
    assert twin.repositories.actions.find_by_id(action.id) is None
    assert twin.repositories.actions.find_by_id(other.id) == other
