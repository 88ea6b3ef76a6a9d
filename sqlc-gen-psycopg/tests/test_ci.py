"""Each recipe of docs/ci.md passes on a new package, and fails on the problem that it guards against."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import yaml
from conformance import server
from programs import database
from run_sqlc import BIN

PAGE = (Path(__file__).parent.parent / "docs/ci.md").read_text()
DIFF, ANEW, VET, VERIFY = re.findall(r"```shell\n(.*?)```", PAGE, re.DOTALL)
FILES: dict[str, str] = dict(re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
COMMIT = "git -c user.name=a -c user.email=a@b commit --quiet --message a"
SCHEMA = "CREATE TABLE authors (id bigint PRIMARY KEY, name text NOT NULL);"
QUERIES = """
-- name: ListAuthors :many
SELECT * FROM authors ORDER BY id LIMIT 100;
"""


@dataclass(frozen=True)
class Project:
    """A folder with a committed package, and a database with its schema."""

    folder: Path
    env: dict[str, str]

    def run(self, script: str) -> int:
        """Return the exit status of a script."""
        return subprocess.run(
            ["bash", "-ec", script], cwd=self.folder, env=self.env, capture_output=True, check=False
        ).returncode

    def add(self, file: str, text: str) -> None:
        path = self.folder / file
        path.write_text((path.read_text() if path.exists() else "") + text)

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.env["DATABASE_URL"]) as conn:
            conn.execute(statement.encode())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server.running() as url:
        yield url


@pytest.fixture
def project(tmp_path: Path, url: str) -> Iterator[Project]:
    path = os.pathsep.join((str(BIN), str(server.programs()), os.environ["PATH"]))
    with database(url, SCHEMA) as env:
        project = Project(tmp_path, os.environ | env | {"PATH": path})
        for name, text in {**FILES, "schema.sql": SCHEMA, "query.sql": QUERIES}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        assert project.run(f"sqlc generate && git init --quiet && git add . && {COMMIT}") == 0
        yield project


def test_the_recipes_pass(project: Project) -> None:
    assert [project.run(script) for script in (DIFF, ANEW, VET, VERIFY)] == [0] * 4
    steps = yaml.safe_load(FILES[".github/workflows/sql.yml"])["jobs"]["sql"]["steps"]
    programs = [step["run"] for step in steps if "run" in step]
    assert programs[0] == "pip install -r requirements-dev.txt"
    project.execute("DROP TABLE authors")
    assert [project.run(script) for script in programs[1:]] == [0] * 4
    (repository,) = yaml.safe_load(FILES[".pre-commit-config.yaml"])["repos"]
    (hook,) = repository["hooks"]
    assert project.run(hook["entry"]) == 0
    assert [bool(re.search(hook["files"], file)) for file in HOOKED] == [True] * 4 + [False]


HOOKED = ["query.sql", "schema/001_begin.sql", "sqlc.yaml", "library/aio/query.py", "main.py"]


def change_a_query(project: Project) -> None:
    project.add("query.sql", "-- name: Two :one\nSELECT 2 AS two;\n")


def edit_a_module(project: Project) -> None:
    project.add("library/query.py", "# mine\n")


def lose_a_module(project: Project) -> None:
    (project.folder / "library/models.py").unlink()


def leave_a_module(project: Project) -> None:
    project.run(f"cp library/query.py library/gone.py && git add . && {COMMIT}")


def break_a_rule(project: Project) -> None:
    project.add("query.sql", "-- name: All :many\nSELECT * FROM authors ORDER BY id;\n")


def change_the_database(project: Project) -> None:
    project.execute("ALTER TABLE authors ALTER name TYPE bytea USING ''")


@pytest.mark.parametrize(
    ("change", "fails"),
    [
        (change_a_query, [DIFF, ANEW]),
        (edit_a_module, [DIFF]),
        (lose_a_module, [DIFF, VERIFY]),
        (leave_a_module, [ANEW]),
        (break_a_rule, [DIFF, VET, ANEW]),
        (change_the_database, [VERIFY]),
    ],
)
def test_each_recipe_finds_its_problem(
    project: Project, change: Callable[[Project], None], fails: list[str]
) -> None:
    change(project)
    assert [script for script in (DIFF, VET, VERIFY, ANEW) if project.run(script)] == fails


def test_an_exception_to_a_rule(project: Project) -> None:
    (exception,) = re.findall(r"`(-- @sqlc-vet-disable \w+)`", PAGE)
    project.add(
        "query.sql", f"-- name: All :many\n{exception}\nSELECT * FROM authors ORDER BY id;\n"
    )
    assert project.run(VET) == 0
