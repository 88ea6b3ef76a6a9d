"""Packs, in both twins."""

from typing import Any

import pytest

from attune_store import CreatePackInput, UpdatePackInput, errors
from tests.factories import (
    make_action,
    make_pack,
    make_runtime,
    make_workflow_definition,
    make_workflow_execution,
)
from tests.twin import Twin


def refs(rows: list[Any]) -> list[str]:
    return [row.ref for row in rows]


def insert(twin: Twin, *names: str, **fields: Any) -> None:
    for name in names:
        make_pack(twin.repositories, ref=name, **fields)


def test_create_has_the_defaults_of_the_table(twin: Twin) -> None:
    created = twin.repositories.packs.create(
        CreatePackInput(ref="core", label="Core", version="1.0.0")
    )
    assert (created.ref, created.label, created.version) == ("core", "Core", "1.0.0")
    assert (created.description, created.is_standard) == (None, False)
    assert (created.conf_schema, created.config, created.meta) == ({}, {}, {})
    assert (created.tags, created.runtime_deps) == ([], [])
    assert created.created == created.updated
    assert twin.repositories.packs.get_by_id(created.id) == created


def test_create_stores_every_field(twin: Twin) -> None:
    fields = {
        "ref": "core",
        "label": "Core",
        "description": "d",
        "version": "1.2.3-rc.1+build.5",
        "conf_schema": {"a": 1},
        "config": {"b": 2},
        "meta": {"c": 3},
        "tags": ["t"],
        "runtime_deps": ["r"],
        "is_standard": True,
    }
    created = make_pack(twin.repositories, **fields)
    assert {name: getattr(created, name) for name in fields} == fields


def test_a_ref_is_taken_once(twin: Twin) -> None:
    insert(twin, "core")
    with pytest.raises(errors.AlreadyExistsError) as caught:
        insert(twin, "core")
    assert str(caught.value) == "pack with ref='core' already exists"
    assert (caught.value.entity, caught.value.field, caught.value.value) == ("pack", "ref", "core")
    assert (caught.value.constraint, caught.value.sqlstate) == ("pack_ref_key", "23505")
    assert not caught.value.retryable
    assert caught.value.__cause__ is not None


def test_find_and_get(twin: Twin) -> None:
    repo = twin.repositories.packs
    insert(twin, "core", "other")
    core = repo.get_by_ref("core")
    assert core.ref == "core"
    assert repo.find_by_ref("core") == repo.find_by_id(core.id) == repo.get_by_id(core.id) == core
    assert repo.find_by_ref("none") is None
    assert repo.find_by_id(2**40) is None
    with pytest.raises(errors.NotFoundError) as caught:
        repo.get_by_ref("none")
    assert str(caught.value) == "pack with ref='none' does not exist"
    with pytest.raises(errors.NotFoundError):
        repo.get_by_id(2**40)
    with pytest.raises(errors.NotFoundError):
        repo.update(2**40, UpdatePackInput(label="x"))
    assert repo.delete(2**40) is False


def test_list_is_by_ref_and_pages(twin: Twin) -> None:
    insert(twin, "cc", "aa", "dd", "bb")
    repo = twin.repositories.packs
    assert refs(repo.list()) == ["aa", "bb", "cc", "dd"]
    assert refs(repo.list(limit=2)) == ["aa", "bb"]
    assert refs(repo.list(limit=2, after="bb")) == ["cc", "dd"]
    assert refs(repo.list(limit=None, after="b")) == ["bb", "cc", "dd"]
    assert repo.list(limit=0) == []


def test_the_lists_are_limited_to_a_thousand(twin: Twin) -> None:
    twin.execute(
        "INSERT INTO attune.pack (ref, label, version)"
        " SELECT 'pack' || n, 'x', '1.0.0' FROM generate_series(1, 1001) n"
    )
    assert len(twin.repositories.packs.list()) == 1000
    assert len(twin.repositories.packs.list(limit=None)) == 1001


def test_find_by_tag(twin: Twin) -> None:
    insert(twin, "cc", "aa", "bb", tags=["x", "y"])
    insert(twin, "ab", tags=["xy"])
    insert(twin, "ac")
    repo = twin.repositories.packs
    assert refs(repo.find_by_tag("x")) == ["aa", "bb", "cc"]
    assert refs(repo.find_by_tag("y", limit=1)) == ["aa"]
    assert refs(repo.find_by_tag("y", after="aa")) == ["bb", "cc"]
    assert repo.find_by_tag("z") == []


def test_find_standard(twin: Twin) -> None:
    insert(twin, "cc", "aa", "bb", is_standard=True)
    insert(twin, "ab")
    repo = twin.repositories.packs
    assert refs(repo.find_standard()) == ["aa", "bb", "cc"]
    assert refs(repo.find_standard(limit=1)) == ["aa"]
    assert refs(repo.find_standard(after="aa")) == ["bb", "cc"]


def test_delete_takes_what_it_bundles_along(twin: Twin) -> None:
    repos = twin.repositories
    other = make_pack(repos)
    pack = make_pack(repos)
    runtime = make_runtime(repos, pack=pack)
    definition = make_workflow_definition(repos, pack=pack)
    action = make_action(repos, pack=pack, runtime=runtime.id, workflow_def=definition.id)
    assert repos.packs.delete(pack.id) is True
    assert repos.packs.find_by_id(pack.id) is None
    assert repos.runtimes.find_by_id(runtime.id) is None
    assert repos.workflow_definitions.find_by_id(definition.id) is None
    assert repos.actions.find_by_id(action.id) is None
    assert repos.packs.find_by_id(other.id) == other


def test_a_pack_whose_workflows_have_run_stays(twin: Twin) -> None:
    repos = twin.repositories
    pack = make_pack(repos)
    definition = make_workflow_definition(repos, pack=pack)
    make_workflow_execution(repos, workflow_def=definition.id)
    with pytest.raises(errors.ForeignKeyError) as caught, twin.savepoint():
        repos.packs.delete(pack.id)
    assert (caught.value.kind, caught.value.entity) == ("still_referenced", "pack")
    assert repos.packs.find_by_id(pack.id) == pack


def test_a_pack_that_is_renamed_takes_the_copies_of_its_ref_along(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    action = make_action(twin.repositories, pack=pack)
    twin.execute("UPDATE attune.pack SET ref = 'renamed' WHERE id = %s", (pack.id,))
    assert twin.repositories.actions.get_by_id(action.id).pack_ref == "renamed"


@pytest.mark.parametrize(
    "call",
    [
        lambda repo: repo.find_by_ref(None),
        lambda repo: repo.find_by_tag(1),
        lambda repo: repo.list(after=1),
        lambda repo: repo.get_by_id("1"),
        lambda repo: repo.delete(None),
        lambda repo: repo.update("1", UpdatePackInput(label="x")),
    ],
)
def test_bad_arguments_never_reach_the_server(twin: Twin, call: Any) -> None:
    with pytest.raises(errors.ValidationError) as caught:
        call(twin.repositories.packs)
    assert caught.value.sqlstate is None


@pytest.mark.parametrize("text", ["nul \0", "surrogate \ud800"])
def test_text_that_can_not_be_stored(twin: Twin, text: str) -> None:
    for fields in ({"label": text}, {"meta": {"a": [text]}}, {"tags": [text]}):
        with pytest.raises(errors.ValidationError) as caught:
            make_pack(twin.repositories, **fields)
        assert caught.value.field == next(iter(fields))
        twin.rollback()
    for value in (float("nan"), float("inf")):
        with pytest.raises(errors.ValidationError) as caught:
            make_pack(twin.repositories, meta={"a": value})
        assert (caught.value.field, caught.value.sqlstate) == ("meta", None)
    assert twin.repositories.packs.list() == []
