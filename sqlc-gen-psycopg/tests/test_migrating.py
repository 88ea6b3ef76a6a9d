"""Each before and after of docs/migrating.md prints the same.

The code of sqlc-gen-python was written by hand, in its form, and is run by SQLAlchemy.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from conformance import server
from programs import complete, database, python
from run_sqlc import run

HERE = Path(__file__).parent / "migrating"
PAGE = (HERE.parent.parent / "docs/migrating.md").read_text()
BLOCKS: dict[tuple[str, str], list[str]] = {
    (kind, when): re.findall(rf"```{kind}\n# {when}\n(.*?)```", PAGE, re.DOTALL)
    for kind in ("python", "yaml")
    for when in ("before", "after")
}
PAIRS = list(zip(BLOCKS["python", "before"], BLOCKS["python", "after"], strict=True))
# A request to the application, after either of its forms.
CLIENT = """
from fastapi.testclient import TestClient

with TestClient(app) as client:
    print(client.get("/authors/1").json()["name"], client.get("/authors/9").json())
"""


@pytest.fixture(scope="module")
def env() -> Iterator[dict[str, str]]:
    """Return the environment of a database with the page's schema."""
    with server.running() as url, database(url, (HERE / "schema.sql").read_text()) as env:
        yield env


@pytest.fixture(scope="module")
def folders(env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return the package as sqlc-gen-python writes it, and as this plugin does with the page's options."""
    before, after = tmp_path_factory.mktemp("before"), tmp_path_factory.mktemp("after")
    shutil.copytree(HERE / "before", before, dirs_exist_ok=True)
    for name in ("schema.sql", "query.sql"):
        shutil.copy(HERE / name, after)
    (config,) = BLOCKS["yaml", "after"]
    (after / "sqlc.yaml").write_text(complete(config))
    assert not run(after, **env)
    return before, after


def execute(folder: Path, program: str, env: dict[str, str]) -> str:
    """Return the output of the program, with the rows of the page."""
    with psycopg.connect(env["DATABASE_URL"]) as conn:
        conn.execute((HERE / "rows.sql").read_bytes())
    (folder / "page.py").write_text(program)
    return python(folder, "page.py", env)


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=range(len(PAIRS)))
def test_before_and_after_print_the_same(
    before: str, after: str, env: dict[str, str], folders: tuple[Path, Path]
) -> None:
    printed: list[str] = []
    for folder, program in zip(folders, (before, after), strict=True):
        printed.append(execute(folder, program + CLIENT * ("FastAPI(" in program), env))
    assert printed[0] == printed[1]
    assert printed[0].strip()


def test_every_block_is_one_of_a_pair() -> None:
    assert len(PAIRS) == PAGE.count("```python") / 2
    assert len(PAIRS) >= 6


def test_json_that_is_encoded_already_is_refused(
    env: dict[str, str], folders: tuple[Path, Path], tmp_path: Path
) -> None:
    """The JSON of the "before", with another connection and no other change."""
    program = """
import json, psycopg
from library import query

with psycopg.connect() as conn:
    try:
        query.Querier(conn).set_settings(settings=json.dumps({"theme": "dark"}), id=1)
    except TypeError as error:
        print(error)
    else:
        print(query.Querier(conn).get_author(id=1).settings)
"""
    assert "settings: expected a JSON value, got str" in execute(folders[1], program, env)
    for name in ("schema.sql", "query.sql"):
        shutil.copy(HERE / name, tmp_path)
    (config,) = BLOCKS["yaml", "after"]
    (tmp_path / "sqlc.yaml").write_text(complete(config.replace("refuse_json_str: true", "")))
    assert not run(tmp_path, **env)
    assert execute(tmp_path, program, env) == '{"theme": "dark"}\n'
