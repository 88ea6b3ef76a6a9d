"""Runtimes, in both twins."""

from collections.abc import Callable
from typing import Any

import pydantic
import pytest

from attune_store import CreateRuntimeInput, Pack, UpdateRuntimeInput, errors
from attune_store.testing import make_action, make_pack, make_runtime
from tests.pages import assert_pages, read_in_order_of_insertion
from tests.twin import Twin


def make_runtimes(twin: Twin, *names: str, pack: Pack | None = None) -> None:
    for name in names:
        make_runtime(twin.repositories, ref=name, pack=pack)


def test_create_has_the_defaults_of_the_table(twin: Twin) -> None:
    created = twin.repositories.runtimes.create(CreateRuntimeInput(ref="python", name="Python"))
    assert (created.ref, created.name, created.distributions) == ("python", "Python", {})
    assert (created.pack, created.pack_ref) == (None, None)
    assert (created.description, created.installation) == (None, None)
    assert created.created == created.updated


def test_create_stores_every_field(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    values: dict[str, Any] = {
        "ref": "python@3.11",
        "pack": pack.id,
        "pack_ref": pack.ref,
        "description": "Runs Python",
        "name": "Python",
        "distributions": {"debian": ["python3.11"]},
        "installation": ["pip", "venv"],
    }
    created = twin.repositories.runtimes.create(CreateRuntimeInput(**values))
    assert created.model_dump(exclude={"id", "created", "updated"}) == values
    assert twin.repositories.runtimes.get_by_id(created.id) == created


def test_create_refuses_a_ref_that_is_taken(twin: Twin) -> None:
    make_runtimes(twin, "python")
    with pytest.raises(errors.AlreadyExistsError) as caught:
        make_runtime(twin.repositories, ref="python")
    assert str(caught.value) == "runtime with ref='python' already exists"
    assert (caught.value.sqlstate, caught.value.constraint) == ("23505", "runtime_ref_key")
    assert (caught.value.entity, caught.value.field) == ("runtime", "ref")
    assert caught.value.value == "python"


def test_an_input_needs_both_pack_and_pack_ref(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    for half in ({"pack": pack.id}, {"pack_ref": pack.ref}):
        with pytest.raises(pydantic.ValidationError, match="both pack and pack_ref, or neither"):
            CreateRuntimeInput.model_validate({"ref": "python", "name": "x"} | half)


@pytest.mark.parametrize("wrong", ["id", "ref"])
def test_create_refuses_a_missing_pack(twin: Twin, wrong: str) -> None:
    pack = make_pack(twin.repositories)
    given: dict[str, Any] = {"pack": pack.id, "pack_ref": pack.ref} | (
        {"pack": 2**40} if wrong == "id" else {"pack_ref": "another"}
    )
    with pytest.raises(errors.ForeignKeyError) as caught:
        twin.repositories.runtimes.create(CreateRuntimeInput(ref="python", name="x", **given))
    assert str(caught.value) == (
        f"runtime with pack={given['pack']}, pack_ref={given['pack_ref']!r}"
        " refers to a pack that does not exist"
    )
    assert (caught.value.kind, caught.value.sqlstate) == ("missing", "23503")
    assert caught.value.constraint == "runtime_pack_fkey"
    assert (caught.value.field, caught.value.value) == ("pack", given["pack"])


def test_find_and_get(twin: Twin) -> None:
    runtimes = twin.repositories.runtimes
    first, second = make_runtime(twin.repositories), make_runtime(twin.repositories)
    for runtime in (first, second):
        assert runtimes.find_by_id(runtime.id) == runtime
        assert runtimes.get_by_id(runtime.id) == runtime
        assert runtimes.find_by_ref(runtime.ref) == runtime
        assert runtimes.get_by_ref(runtime.ref) == runtime


def test_missing_rows(twin: Twin) -> None:
    runtimes = twin.repositories.runtimes
    make_runtimes(twin, "python")
    assert runtimes.find_by_id(2**40) is None
    assert runtimes.find_by_ref("Python") is None
    assert runtimes.delete(2**40) is False
    assert runtimes.find_by_pack(2**40) == []
    calls: list[tuple[Callable[[], Any], str, Any]] = [
        (lambda: runtimes.get_by_id(2**40), "id", 2**40),
        (lambda: runtimes.get_by_ref("Python"), "ref", "Python"),
        (lambda: runtimes.update(2**40, UpdateRuntimeInput(name="x")), "id", 2**40),
    ]
    for call, field, value in calls:
        with pytest.raises(errors.NotFoundError) as caught:
            call()
        assert str(caught.value) == f"runtime with {field}={value!r} does not exist"
        assert (caught.value.entity, caught.value.field) == ("runtime", field)
        assert caught.value.value == value


def test_list(twin: Twin) -> None:
    make_runtimes(twin, "c", "a", "d", "b")
    read_in_order_of_insertion(twin)
    assert_pages(twin.repositories.runtimes.list, ["a", "b", "c", "d"])


def test_find_by_pack(twin: Twin) -> None:
    pack, other = make_pack(twin.repositories), make_pack(twin.repositories)
    make_runtimes(twin, "c", "a", pack=pack)
    make_runtimes(twin, "ab", pack=other)
    make_runtimes(twin, "ac")
    make_runtimes(twin, "b", pack=pack)
    read_in_order_of_insertion(twin)
    runtimes = twin.repositories.runtimes
    assert_pages(lambda **page: runtimes.find_by_pack(pack.id, **page), ["a", "b", "c"])


def test_the_lists_are_limited_to_a_thousand(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    twin.execute(
        "INSERT INTO attune.runtime (ref, name, pack, pack_ref)"
        " SELECT 'r' || n, 'x', %s, %s FROM generate_series(1, 1001) n",
        (pack.id, pack.ref),
    )
    runtimes = twin.repositories.runtimes
    for find in (runtimes.list, lambda **page: runtimes.find_by_pack(pack.id, **page)):
        assert len(find()) == 1000
        assert len(find(limit=None)) == 1001


def test_update(twin: Twin) -> None:
    runtimes = twin.repositories.runtimes
    runtime, other = make_runtime(twin.repositories), make_runtime(twin.repositories)
    updated = runtimes.update(runtime.id, UpdateRuntimeInput(installation={"a": 1}))
    assert updated.installation == {"a": 1}
    assert updated.updated > runtime.updated
    changed = {"installation", "updated"}
    assert updated.model_dump(exclude=changed) == runtime.model_dump(exclude=changed)
    assert runtimes.get_by_id(runtime.id) == updated
    assert runtimes.get_by_id(other.id) == other


def test_delete_keeps_the_actions(twin: Twin) -> None:
    repos = twin.repositories
    runtime, other = make_runtime(repos), make_runtime(repos)
    action = make_action(repos, runtime=runtime.id)
    assert repos.runtimes.delete(runtime.id) is True
    assert repos.runtimes.delete(runtime.id) is False
    assert repos.runtimes.find_by_id(runtime.id) is None
    assert repos.actions.get_by_id(action.id).runtime is None
    assert repos.runtimes.get_by_id(other.id) == other


@pytest.mark.parametrize(
    ("field", "value", "constraint"),
    [
        ("ref", "Python", "runtime_ref_check"),
        ("distributions", [], "runtime_distributions_check"),
    ],
)
def test_the_table_refuses_values_that_inputs_refuse(
    twin: Twin, field: str, value: Any, constraint: str
) -> None:
    values = {"ref": "python", "name": "x"} | {field: value}
    with pytest.raises(errors.ValidationError) as caught:
        twin.repositories.runtimes.create(CreateRuntimeInput.model_construct(**values))
    assert (caught.value.sqlstate, caught.value.constraint) == ("23514", constraint)
    assert (caught.value.field, caught.value.value) == (field, value)


def test_the_table_refuses_a_pack_without_its_ref(twin: Twin) -> None:
    pack = make_pack(twin.repositories)
    half = CreateRuntimeInput.model_construct(ref="python", name="x", pack=pack.id)
    with pytest.raises(errors.ValidationError) as caught:
        twin.repositories.runtimes.create(half)
    assert (caught.value.sqlstate, caught.value.constraint) == ("23514", "runtime_pack_check")
    assert str(caught.value) == (
        f"runtime with pack={pack.id}, pack_ref=None does not satisfy runtime_pack_check"
    )


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda runtimes: runtimes.find_by_id("1"), "id"),
        (lambda runtimes: runtimes.delete(None), "id"),
        (lambda runtimes: runtimes.find_by_ref(1), "ref"),
        (lambda runtimes: runtimes.find_by_pack("core"), "pack_id"),
        (lambda runtimes: runtimes.find_by_pack(1, limit=-1), "limit"),
        (lambda runtimes: runtimes.find_by_pack(1, after=1), "after"),
        (lambda runtimes: runtimes.list(limit="1"), "limit"),
        (lambda runtimes: runtimes.list(after=1), "after"),
    ],
)
def test_bad_arguments_never_reach_the_server(
    twin: Twin, call: Callable[[Any], Any], field: str
) -> None:
    with pytest.raises(errors.ValidationError) as caught:
        call(twin.repositories.runtimes)
    assert (caught.value.sqlstate, caught.value.field) == (None, field)
    assert twin.execute("SELECT 1") == [(1,)], "the transaction goes on"
