"""The house rules that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
STATEMENT = re.compile(
    r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|ALTER|DROP|TRUNCATE|COPY|LOCK|SET|RESET|CALL)\b",
    re.IGNORECASE,
)
# The composed UPDATE, and what migrations and transactions need.
EXCEPTIONS = {"_update.py", "_async/migrate.py", "_async/store.py"}
# The schema check: its catalog queries, and the statements that it advises.
SCHEMA_CHECK = ("_async/check.py", "_drift/")


def _strings(path: Path) -> Iterator[tuple[int, str]]:
    """The string literals of a module that are not docstrings."""
    tree = ast.parse(path.read_text())
    prose = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


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
    # A statement is upper case and has more than its first word.
    match = STATEMENT.match(text)
    return match is not None and match[1].isupper() and len(text.split()) > 1


def test_the_walk_would_find_a_statement(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""SELECT in prose."""\nquery = "SELECT 1 FROM attune.pack"\n')
    assert [text for _, text in _strings(module) if _is_sql(text)] == ["SELECT 1 FROM attune.pack"]


def test_modules_stay_readable() -> None:
    """No module of hand-written code passes some 400 lines."""
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (*_modules(), *(ROOT / "sqlc-gen-psycopg/src").rglob("*.py"))
        if path.parent.name != "templates" and (lines := len(path.read_text().splitlines())) > 420
    }
    assert long == {}


def test_nothing_waits_under_the_wrong_name() -> None:
    """One stem all the way: query file, generated module, its twin, repository, tests."""
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
