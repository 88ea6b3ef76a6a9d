"""Packs, in both twins."""

from collections.abc import Callable
from typing import Any

import pytest

from attune_store import CreatePackInput, UpdatePackInput, errors
from attune_store.testing import (
    make_action,
    make_execution,
    make_pack,
    make_runtime,
    make_workflow_definition,
    make_workflow_execution,
)
from tests.pages import assert_pages, read_in_order_of_insertion, refs
from tests.twin import Twin


def make_packs(twin: Twin, *names: str, **over: Any) -> None:
    for name in names:
        make_pack(twin.repositories, ref=name, **over)


def test_create_has_the_defaults_of_the_table(twin: Twin) -> None:
    created = twin.repositories.packs.create(
        CreatePackInput(ref="core", label="Core", version="1.0.0")
    )
    assert (created.ref, created.label, created.version) == ("core", "Core", "1.0.0")
    assert (created.description, created.is_standard) == (None, False)
    assert (created.conf_schema, created.config, created.meta) == ({}, {}, {})
    assert (created.tags, created.runtime_deps) == ([], [])
    assert created.created == created.updated


def test_create_stores_every_field(twin: Twin) -> None:
    values: dict[str, Any] = {
        "ref": "core",
        "label": "Core",
        "description": "What everybody needs",
        "version": "1.2.3-rc.1+build",
        "conf_schema": {"type": "object"},
        "config": {"url": "https://example.org"},
        "meta": {"author": None},
        "tags": ["b", "a", "b"],
        "runtime_deps": ["python", "bash"],
        "is_standard": True,
    }
    created = twin.repositories.packs.create(CreatePackInput(**values))
    assert created.model_dump(exclude={"id", "created", "updated"}) == values
    assert twin.repositories.packs.get_by_id(created.id) == created


def test_create_refuses_a_ref_that_is_taken(twin: Twin) -> None:
    make_packs(twin, "core")
    with pytest.raises(errors.AlreadyExistsError) as caught, twin.savepoint():
        make_pack(twin.repositories, ref="core")
    assert str(caught.value) == "pack with ref='core' already exists"
    assert (caught.value.sqlstate, caught.value.constraint) == ("23505", "pack_ref_key")
    assert (caught.value.entity, caught.value.field, caught.value.value) == ("pack", "ref", "core")
    assert not caught.value.retryable
    assert refs(twin.repositories.packs.list()) == ["core"]


def test_find_and_get(twin: Twin) -> None:
    packs = twin.repositories.packs
    first, second = make_pack(twin.repositories), make_pack(twin.repositories)
    for pack in (first, second):
        assert packs.find_by_id(pack.id) == pack
        assert packs.get_by_id(pack.id) == pack
        assert packs.find_by_ref(pack.ref) == pack
        assert packs.get_by_ref(pack.ref) == pack


def test_missing_rows(twin: Twin) -> None:
    packs = twin.repositories.packs
    make_packs(twin, "core")
    assert packs.find_by_id(2**40) is None
    assert packs.find_by_ref("Core") is None
    assert packs.delete(2**40) is False
    calls: list[tuple[Callable[[], Any], str, Any]] = [
        (lambda: packs.get_by_id(2**40), "id", 2**40),
        (lambda: packs.get_by_ref("Core"), "ref", "Core"),
        (lambda: packs.update(2**40, UpdatePackInput(label="x")), "id", 2**40),
        (lambda: packs.update(2**40, UpdatePackInput()), "id", 2**40),
    ]
    for call, field, value in calls:
        with pytest.raises(errors.NotFoundError) as caught:
            call()
        assert str(caught.value) == f"pack with {field}={value!r} does not exist"
        assert (caught.value.entity, caught.value.field) == ("pack", field)
        assert caught.value.value == value
        assert caught.value.sqlstate is None


def test_list(twin: Twin) -> None:
    make_packs(twin, "cc", "aa", "dd", "bb")
    read_in_order_of_insertion(twin)
    assert_pages(twin.repositories.packs.list, ["aa", "bb", "cc", "dd"])


def test_find_by_tag(twin: Twin) -> None:
    make_packs(twin, "cc", tags=["other", "wanted"])
    make_packs(twin, "aa", tags=["wanted"])
    make_packs(twin, "ab", tags=["other"])
    make_packs(twin, "ac", tags=["Wanted", "want", "wanted2"])
    make_packs(twin, "ad", tags=[])
    make_packs(twin, "bb", tags=["wanted", "wanted"])
    read_in_order_of_insertion(twin)
    packs = twin.repositories.packs
    assert_pages(lambda **page: packs.find_by_tag("wanted", **page), ["aa", "bb", "cc"])
    assert refs(packs.find_by_tag("other")) == ["ab", "cc"]
    assert packs.find_by_tag("none has it") == []


def test_find_standard(twin: Twin) -> None:
    make_packs(twin, "cc", "aa", is_standard=True)
    make_packs(twin, "ab", "dd", is_standard=False)
    make_packs(twin, "bb", is_standard=True)
    read_in_order_of_insertion(twin)
    assert_pages(twin.repositories.packs.find_standard, ["aa", "bb", "cc"])


def test_the_lists_are_limited_to_a_thousand(twin: Twin) -> None:
    twin.execute(
        "INSERT INTO attune.pack (ref, label, version, tags, is_standard)"
        " SELECT 'pack-' || n, 'x', '1.0.0', '{t}', true FROM generate_series(1, 1001) n"
    )
    packs = twin.repositories.packs
    for find in (packs.list, packs.find_standard, lambda **page: packs.find_by_tag("t", **page)):
        assert len(find()) == 1000
        assert len(find(limit=None)) == 1001


def test_update(twin: Twin) -> None:
    packs = twin.repositories.packs
    pack, other = make_pack(twin.repositories), make_pack(twin.repositories)
    updated = packs.update(pack.id, UpdatePackInput(label="New", tags=["a"]))
    assert (updated.label, updated.tags) == ("New", ["a"])
    assert updated.updated > pack.updated
    changed = {"label", "tags", "updated"}
    assert updated.model_dump(exclude=changed) == pack.model_dump(exclude=changed)
    assert packs.get_by_id(pack.id) == updated
    assert packs.get_by_id(other.id) == other


def test_delete_removes_the_contents_of_the_pack(twin: Twin) -> None:
    repos = twin.repositories
    pack, other = make_pack(repos), make_pack(repos)
    runtime = make_runtime(repos, pack=pack)
    definition = make_workflow_definition(repos, pack=pack)
    action = make_action(repos, pack=pack, runtime=runtime.id, workflow_def=definition.id)
    execution = make_execution(repos, action=action)
    kept = (make_action(repos, pack=other), make_runtime(repos, pack=other), make_runtime(repos))
    assert repos.packs.delete(pack.id) is True
    assert repos.packs.delete(pack.id) is False
    assert repos.packs.find_by_id(pack.id) is None
    assert repos.runtimes.find_by_id(runtime.id) is None
    assert repos.workflow_definitions.find_by_id(definition.id) is None
    assert repos.actions.find_by_id(action.id) is None
    assert repos.executions.get_by_id(execution.id).action_ref == action.ref
    assert repos.packs.get_by_id(other.id) == other
    assert repos.actions.get_by_id(kept[0].id) == kept[0]
    assert repos.runtimes.get_by_id(kept[1].id) == kept[1]
    assert repos.runtimes.get_by_id(kept[2].id) == kept[2]


def test_delete_is_refused_if_a_workflow_has_run(twin: Twin) -> None:
    repos = twin.repositories
    pack = make_pack(repos)
    definition = make_workflow_definition(repos, pack=pack)
    run = make_workflow_execution(repos, workflow_def=definition.id)
    with pytest.raises(errors.ForeignKeyError) as caught, twin.savepoint():
        repos.packs.delete(pack.id)
    assert str(caught.value) == (
        f"pack with id={pack.id} is still referenced by workflow_execution"
    )
    assert (caught.value.kind, caught.value.sqlstate) == ("still_referenced", "23503")
    assert caught.value.constraint == "workflow_execution_workflow_def_fkey"
    assert (caught.value.entity, caught.value.field, caught.value.value) == ("pack", "id", pack.id)
    assert repos.packs.get_by_id(pack.id) == pack
    assert repos.workflow_definitions.get_by_id(definition.id) == definition
    assert repos.workflow_executions.get_by_id(run.id) == run


def test_delete_is_refused_while_an_action_of_another_pack_runs_its_workflow(twin: Twin) -> None:
    repos = twin.repositories
    pack = make_pack(repos)
    definition = make_workflow_definition(repos, pack=pack)
    make_action(repos, workflow_def=definition.id)
    with pytest.raises(errors.ForeignKeyError) as caught, twin.savepoint():
        repos.packs.delete(pack.id)
    assert str(caught.value) == f"pack with id={pack.id} is still referenced by action"
    assert caught.value.constraint == "action_workflow_def_fkey"
    assert repos.packs.get_by_id(pack.id) == pack


def test_renaming_a_pack_changes_the_copies_of_its_ref(twin: Twin) -> None:
    repos = twin.repositories
    pack = make_pack(repos)
    rows = (
        repos.actions.get_by_id(make_action(repos, pack=pack).id),
        repos.runtimes.get_by_id(make_runtime(repos, pack=pack).id),
        repos.workflow_definitions.get_by_id(make_workflow_definition(repos, pack=pack).id),
    )
    assert {row.pack_ref for row in rows} == {pack.ref}
    twin.execute("UPDATE attune.pack SET ref = 'renamed' WHERE id = %s", (pack.id,))
    assert repos.actions.get_by_id(rows[0].id).pack_ref == "renamed"
    assert repos.runtimes.get_by_id(rows[1].id).pack_ref == "renamed"
    assert repos.workflow_definitions.get_by_id(rows[2].id).pack_ref == "renamed"


@pytest.mark.parametrize(
    ("field", "value", "constraint"),
    [
        ("ref", "Core", "pack_ref_check"),
        ("version", "1.0", "pack_version_check"),
        ("conf_schema", [], "pack_conf_schema_check"),
        ("config", "x", "pack_config_check"),
        ("meta", 1, "pack_meta_check"),
        ("tags", [None], "pack_tags_check"),
        ("runtime_deps", ["a", None], "pack_runtime_deps_check"),
    ],
)
def test_the_table_refuses_values_that_inputs_refuse(
    twin: Twin, field: str, value: Any, constraint: str
) -> None:
    values = {"ref": "core", "label": "x", "version": "1.0.0"} | {field: value}
    with pytest.raises(errors.ValidationError) as caught:
        twin.repositories.packs.create(CreatePackInput.model_construct(**values))
    assert (caught.value.sqlstate, caught.value.constraint) == ("23514", constraint)
    assert (caught.value.field, caught.value.value) == (field, value)
    assert str(caught.value) == f"pack with {field}={value!r} does not satisfy {constraint}"


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda packs: packs.find_by_id("1"), "id"),
        (lambda packs: packs.get_by_id(True), "id"),
        (lambda packs: packs.delete(2**63), "id"),
        (lambda packs: packs.find_by_ref(1), "ref"),
        (lambda packs: packs.get_by_ref(None), "ref"),
        (lambda packs: packs.find_by_tag(None), "tag"),
        (lambda packs: packs.list(limit=-1), "limit"),
        (lambda packs: packs.list(limit="1"), "limit"),
        (lambda packs: packs.list(after=1), "after"),
        (lambda packs: packs.find_standard(limit=1.5), "limit"),
        (lambda packs: packs.find_standard(after=b"x"), "after"),
        (lambda packs: packs.find_by_tag("x", limit=2**63), "limit"),
        (lambda packs: packs.find_by_tag("x", after=1), "after"),
        (lambda packs: packs.update("1", UpdatePackInput()), "id"),
    ],
)
def test_bad_arguments_never_reach_the_server(
    twin: Twin, call: Callable[[Any], Any], field: str
) -> None:
    with pytest.raises(errors.ValidationError) as caught:
        call(twin.repositories.packs)
    assert (caught.value.sqlstate, caught.value.field) == (None, field)
    assert twin.execute("SELECT 1") == [(1,)], "the transaction goes on"
