"""support.py contains the definitions that a package uses, and those that they use."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import sqlc_gen_psycopg
from sqlc_gen_psycopg.formatting import format_files
from sqlc_gen_psycopg.support import support

PARTS = Path(sqlc_gen_psycopg.__file__).parent / "templates/support"
EXAMPLE = Path(__file__).parent.parent / "examples/library/library"
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def definitions(text: str) -> set[str]:
    """Return the names of the classes and functions of a module."""
    return {item.name for item in ast.parse(text).body if isinstance(item, Definition)}


def public_names() -> list[str]:
    """Return all names that generated code may use from support.py."""
    names = (definitions(path.read_text()) for path in PARTS.glob("*.py"))
    return sorted(name for name in set().union(*names) if not name.startswith("_"))


def test_each_name_is_included_with_its_dependencies(tmp_path: Path) -> None:
    texts = {f"{name}.py": support([f"support.{name}"]) for name in public_names()}
    for name, text in format_files(texts, "alone").items():
        (tmp_path / name).write_text(text)
    lint = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select", "F"]
    done = subprocess.run([*lint, tmp_path], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stdout  # F821 is an undefined name.


def test_an_unknown_name_is_ignored() -> None:
    assert not definitions(support(["support.nothing", "supports.Cursor", "my.support.Cursor"]))


@pytest.mark.parametrize("name", ["certain", "ServerCursor", "Hstore", "Range", "json"])
def test_unused_definitions_are_left_out(name: str) -> None:
    used = "certain", "ServerCursor"  # by the example
    assert (name in definitions((EXAMPLE / "support.py").read_text())) == (name in used)


@pytest.mark.parametrize(
    ("called", "kept"),
    [
        ((), {"__init__"}),
        (("dump",), {"__init__", "dump", "_dumped"}),
        (("load",), {"__init__", "load", "_loaded", "_item", "_parse"}),
        (("load", "dump"), {"__init__", "load", "_loaded", "_item", "_parse", "dump", "_dumped"}),
    ],
)
def test_codecs_have_the_methods_that_are_called(called: tuple[str, ...], kept: set[str]) -> None:
    text = support(
        ["support.Array(support.Text())", *(f"codecs.TAGS.{name}(1)" for name in called)]
    )
    classes = {item.name: item for item in ast.parse(text).body if isinstance(item, ast.ClassDef)}
    functions = ast.FunctionDef, ast.AsyncFunctionDef
    assert {item.name for item in classes["Array"].body if isinstance(item, functions)} == kept
    assert ("read_token" in definitions(text)) == ("load" in called)
    assert ("quote" in definitions(text)) == ("dump" in called)
    assert set(called) == {
        item.name for item in classes["Codec"].body if isinstance(item, functions)
    }
