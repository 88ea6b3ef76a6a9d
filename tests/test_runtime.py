"""Runtimes, in both twins."""

from typing import Any

import pydantic
import pytest

from attune_store import CreateRuntimeInput, UpdateRuntimeInput, errors
from tests.factories import make_action, make_pack, make_runtime
from tests.twin import Twin


def refs(rows: list[Any]) -> list[str]:
    return [row.ref for row in rows]


def test_create_has_the_defaults_of_the_table(twin: Twin) -> None:
    created = twin.repositories.runtimes.create(CreateRuntimeInput(ref="python", name="Python"))
    assert (created.ref, created.name, created.pack, created.pack_ref) == (
        "python",
        "Python",
        None,
        None,
    )
    assert (created.description, created.distributions, created.installation) == (None, {}, None)


def test_create_stores_every_field(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    fields = {
        "ref": "core.python",
        "pack": pack.id,
        "pack_ref": pack.ref,
        "description": "d",
        "name": "Python",
        "distributions": {"a": 1},
        "installation": ["b"],
    }
    created = twin.repositories.runtimes.create(CreateRuntimeInput(**fields))
    assert {name: getattr(created, name) for name in fields} == fields


def test_a_ref_is_taken_once(twin: Twin) -> None:
    make_runtime(twin.repositories, ref="python")
    with pytest.raises(errors.AlreadyExistsError) as caught:
        make_runtime(twin.repositories, ref="python")
    assert (caught.value.field, caught.value.value) == ("ref", "python")


def test_the_pack_is_named_wholly_and_rightly(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    with pytest.raises(pydantic.ValidationError, match="both or not at all"):
        CreateRuntimeInput(ref="python", name="Python", pack=pack.id)
    with pytest.raises(pydantic.ValidationError, match="both or not at all"):
        CreateRuntimeInput(ref="python", name="Python", pack_ref=pack.ref)
    with pytest.raises(errors.ForeignKeyError) as caught:
        make_runtime(twin.repositories, pack=pack, pack_ref="another")
    assert (caught.value.kind, caught.value.field) == ("missing", "pack")


def test_find_and_get(twin: Twin) -> None:
    repo = twin.repositories.runtimes
    make_runtime(twin.repositories)
    runtime = make_runtime(twin.repositories, ref="python")
    assert repo.find_by_ref("python") == repo.get_by_ref("python") == runtime
    assert repo.find_by_id(runtime.id) == repo.get_by_id(runtime.id) == runtime
    assert repo.find_by_ref("none") is None
    for call in (
        lambda: repo.get_by_ref("none"),
        lambda: repo.get_by_id(2**40),
        lambda: repo.update(2**40, UpdateRuntimeInput()),
    ):
        with pytest.raises(errors.NotFoundError):
            call()
    assert repo.delete(2**40) is False


def test_list_is_by_ref_and_pages(twin: Twin) -> None:
    for ref in ("cc", "aa", "dd", "bb"):
        make_runtime(twin.repositories, ref=ref)
    repo = twin.repositories.runtimes
    assert refs(repo.list()) == ["aa", "bb", "cc", "dd"]
    assert refs(repo.list(limit=2)) == ["aa", "bb"]
    assert refs(repo.list(limit=2, after="bb")) == ["cc", "dd"]


def test_find_by_pack(twin: Twin) -> None:
    pack, other = make_pack(twin.repositories), make_pack(twin.repositories)
    for ref in ("cc", "aa", "bb"):
        make_runtime(twin.repositories, pack=pack, ref=ref)
    make_runtime(twin.repositories, pack=other, ref="ab")
    make_runtime(twin.repositories, ref="ac")
    repo = twin.repositories.runtimes
    assert refs(repo.find_by_pack(pack.id)) == ["aa", "bb", "cc"]
    assert refs(repo.find_by_pack(pack.id, limit=1)) == ["aa"]
    assert refs(repo.find_by_pack(pack.id, after="aa")) == ["bb", "cc"]


def test_delete_leaves_its_actions(twin: Twin) -> None:
    runtime, other = make_runtime(twin.repositories), make_runtime(twin.repositories)
    action = make_action(twin.repositories, runtime=runtime.id)
    assert twin.repositories.runtimes.delete(runtime.id) is True
    assert twin.repositories.actions.get_by_id(action.id).runtime is None
    assert twin.repositories.runtimes.find_by_id(runtime.id) is None
    assert twin.repositories.runtimes.find_by_id(other.id) == other
