"""The example of the README."""

import sys
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from conformance import server
from random_rows import assert_rows_alike
from run_sqlc import generate

EXAMPLE = Path(__file__).parent.parent / "examples/library"


def test_the_generated_package_is_current(tmp_path: Path) -> None:
    schema, query = (EXAMPLE / "schema.sql").read_text(), (EXAMPLE / "query.sql").read_text()
    assert not generate(tmp_path, schema, query)
    for path in sorted((tmp_path / "library").rglob("*.py")):
        name = path.relative_to(tmp_path / "library")
        assert path.read_text() == (EXAMPLE / "library" / name).read_text(), name


def test_models_of_random_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.partition(".")[0] == "library"]:
        monkeypatch.delitem(sys.modules, module)  # the package of another test
    monkeypatch.syspath_prepend(EXAMPLE)
    package = import_module("library")
    rows = import_module("library.rows")
    name = server.own_name("library")
    with server.running() as url:
        assert not server.create(url, {name: (EXAMPLE / "schema.sql").read_text()})
        try:
            with psycopg.connect(server.database_url(url, name)) as conn:
                for factory in rows.__all__:
                    for seed in range(3):
                        assert_rows_alike(conn, package, f"{factory}s", factory, seed)
        finally:
            server.drop(url, [name])
