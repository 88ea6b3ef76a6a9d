"""The sync side is what tools/twins.py derives from the async one, and has the same methods."""

import importlib.util
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import attune_store

SCRIPT = Path(__file__).parent.parent / "tools" / "twins.py"
PAIRS = sorted(name for name in attune_store.__all__ if f"Async{name}" in attune_store.__all__)


@pytest.fixture
def twins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """Return the script, in a separate folder."""
    spec = importlib.util.spec_from_file_location("twins", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    source = tmp_path / "_async"
    source.mkdir()
    for name in {name for name, _, _ in module.DIFFERENT}:
        (source / name).write_text("")
    (source / "queries.py").write_text("from attune_queries.aio import pack\n")
    monkeypatch.setattr(module, "SOURCE", source)
    monkeypatch.setattr(module, "TARGET", tmp_path / "_sync")
    return module


def run(twins: ModuleType, *arguments: str) -> None:
    sys.argv = ["twins.py", *arguments]
    twins.main()


@pytest.fixture(autouse=True)
def arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", sys.argv)


def test_the_sync_side_is_up_to_date() -> None:
    subprocess.run([sys.executable, SCRIPT, "--check"], check=True)


def test_the_derived_text(twins: ModuleType) -> None:
    (twins.SOURCE / "pack.py").write_text(
        "from psycopg import AsyncConnection\n\n\n"
        "class AsyncPackRepository:\n"
        "    async def __aenter__(self) -> None:\n"
        "        await self.conn.aclose()\n"
        "        async for _ in self.conn:\n"
        "            pass\n"
    )
    run(twins)
    assert (twins.TARGET / "queries.py").read_text() == "from attune_queries import pack\n"
    assert (twins.TARGET / "pack.py").read_text() == (
        "from psycopg import Connection\n\n\n"
        "class PackRepository:\n"
        "    def __enter__(self) -> None:\n"
        "        self.conn.close()\n"
        "        for _ in self.conn:\n"
        "            pass\n"
    )
    run(twins, "--check")


@pytest.mark.parametrize(
    "text",
    [
        "from psycopg import AsyncServerCursor\n",
        'text = f"{await something()}"\n',
        '"""Give the AsyncStore."""\n',
    ],
)
def test_a_name_without_a_twin_is_refused(twins: ModuleType, text: str) -> None:
    (twins.SOURCE / "pack.py").write_text(text)
    with pytest.raises(SystemExit, match=r"pack\.py: this has no sync twin"):
        run(twins)


def test_files_that_are_out_of_date_are_named(twins: ModuleType) -> None:
    run(twins)
    (twins.SOURCE / "new.py").write_text("x = 1\n")
    (twins.TARGET / "old.py").write_text("x = 1\n")
    (twins.TARGET / "queries.py").write_text("x = 1\n")
    with pytest.raises(SystemExit) as failure:
        run(twins, "--check")
    for name in "_sync/new.py", "_sync/old.py", "_sync/queries.py":
        assert name in str(failure.value)
    assert not (twins.TARGET / "new.py").exists()
    run(twins)
    run(twins, "--check")
    assert not (twins.TARGET / "old.py").exists()


def methods(kind: type) -> dict[str, Any]:
    return {
        name: member
        for name, member in inspect.getmembers(kind, callable)
        if not name.startswith("_")
    }


@pytest.mark.parametrize("name", PAIRS)
def test_both_sides_have_the_same_methods(name: str) -> None:
    ours = methods(getattr(attune_store, name))
    theirs = methods(getattr(attune_store, f"Async{name}"))
    assert ours.keys() == theirs.keys()
    for method, member in ours.items():
        parameters = inspect.signature(member).parameters
        expected = inspect.signature(theirs[method]).parameters
        assert list(parameters) == list(expected), method
        for parameter, other in zip(parameters.values(), expected.values(), strict=True):
            assert (parameter.kind, parameter.default) == (other.kind, other.default), method


def test_every_pair_is_exported() -> None:
    assert len(PAIRS) == 11
    assert {name for name in attune_store.__all__ if name.startswith("Async")} == {
        f"Async{name}" for name in PAIRS
    }
