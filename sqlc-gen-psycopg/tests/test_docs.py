"""Every example in the README and in docs/ is generated, compared with generated code, or run."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
import yaml
from conformance import server
from programs import complete, database, python
from run_sqlc import generate, run

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples/library"
PAGES = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
PAGES.remove("docs/migrating.md")  # test_migrating.py runs its examples.
PAGES.remove("docs/ci.md")  # test_ci.py runs its recipes.
# Names that the pages mention and the example does not have.
MORE_SQL = """
    ALTER TABLE books ADD translator_id bigint REFERENCES authors;
    ALTER TABLE authors ADD settings jsonb;
    CREATE TABLE users (id bigint PRIMARY KEY, settings jsonb NOT NULL);
    CREATE EXTENSION IF NOT EXISTS ltree;
    CREATE DOMAIN price AS numeric;
    CREATE TABLE shelves (path ltree NOT NULL, price price NOT NULL);
    CREATE SCHEMA crm;
    CREATE TABLE crm.authors (id bigint PRIMARY KEY, born date);
    CREATE VIEW crm.summary AS SELECT max(born) AS last_born FROM crm.authors;
"""
MORE_FILES = {
    "tags.txt": "fantasy\n",
    "shop/types.py": "from typing import NewType\nPath = NewType('Path', str)\nPrice = NewType('Price', str)\n",
    "shop/models.py": "import pydantic\nclass Base(pydantic.BaseModel): pass\n",
    "shop/settings.py": "import pydantic\nclass Settings(pydantic.BaseModel): theme: str\n",
}
USED = """
-- name: UserSettings :many
SELECT settings FROM users;
-- name: Shelves :many
SELECT * FROM shelves;
-- name: Summary :many
SELECT * FROM crm.summary;
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server.running() as url:
        yield url


def test_the_example_prints_the_output_in_its_readme(url: str) -> None:
    said = (EXAMPLE / "README.md").read_text()
    with database(url, "") as env:
        printed = python(EXAMPLE, "main.py", env)
    assert f"python main.py\n{printed}```" in said


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_the_page_work(page: str, url: str, tmp_path: Path) -> None:
    blocks = re.findall(r"```(\w+)\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)
    texts = {kind: [text for one, text in blocks if one == kind] for kind, _ in blocks}
    own = next((sql for sql in texts.get("sql", ()) if sql.startswith("-- schema.sql")), None)
    schema = own or f"{(EXAMPLE / 'schema.sql').read_text()}{MORE_SQL}"
    queries = "\n".join(sql for sql in texts.get("sql", ()) if "-- name:" in sql)
    files = {} if own else dict(MORE_FILES)
    programs: list[str] = []
    for block in texts.get("python", ()):
        if named := re.match(r"# (\S+\.py)\n", block):
            files[named[1]] = block
        else:
            programs.append(block)
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    with database(url, schema) as env:
        options: dict[str, Any] = {}
        configs = texts.get("yaml", [])
        for block in configs:
            options |= yaml.safe_load(block).get("options", {})
        if own is None:
            queries += _others(queries) + USED
        assert not generate(tmp_path, schema, queries, options)
        (tmp_path / "sqlc.json").unlink()
        for block in configs:
            if "plugins" in block:
                (tmp_path / "sqlc.yaml").write_text(complete(block))
                assert not run(tmp_path, **env)
        execute(tmp_path, programs, env)


def _others(queries: str) -> str:
    """Return the queries of the example that the page does not write itself."""
    named = set(re.findall(r"-- name: (\w+)", queries))
    found = re.split(r"(?=^-- name: )", (EXAMPLE / "query.sql").read_text(), flags=re.MULTILINE)
    return "".join(
        one for one in found if (name := re.match(r"-- name: (\w+)", one)) and name[1] not in named
    )


def execute(folder: Path, programs: list[str], env: dict[str, str]) -> None:
    """Run the page's Python. The generated code must contain what the page shows of it."""
    blocks: list[str] = []
    for number, program in enumerate(programs):
        shown, statements = _split(program)
        for definition in shown:
            assert _outline(definition) in _outlines(folder / "library/query.py")
        body = indent(ast.unparse(statements) or "pass", "    ")
        blocks.append(f"async def block_{number}(conn, async_conn):\n{body}\n")
    calls = "\n".join(f"await block_{number}(conn, async_conn)" for number in range(len(blocks)))
    (folder / "page.py").write_text(
        _PROGRAM.format(blocks="".join(blocks), calls=indent(calls or "pass", " " * 12))
    )
    python(folder, "page.py", env)


_PROGRAM = """
import asyncio, psycopg
from library import query
{blocks}
async def main():
    with psycopg.connect(autocommit=True) as conn:
        async with await psycopg.AsyncConnection.connect(autocommit=True) as async_conn:
{calls}
asyncio.run(main())
"""


def _split(program: str) -> tuple[list[ast.stmt], ast.Module]:
    """Split a block into generated code that it shows, and code to run."""
    parsed = ast.parse(program)
    shown: list[ast.stmt] = [
        item for item in parsed.body if isinstance(item, ast.FunctionDef | ast.ClassDef)
    ]
    done = [item for item in parsed.body if item not in shown]
    return shown, ast.Module(done, [])


def _outline(item: ast.stmt) -> str:
    """Return a function's signature or a class's fields. The connection is shown without its type."""
    if isinstance(item, ast.FunctionDef):
        for argument in item.args.posonlyargs:
            argument.annotation = None
        item.body = [ast.Pass()]
    elif isinstance(item, ast.ClassDef):
        item.body = [field for field in item.body if isinstance(field, ast.AnnAssign)]
    return ast.unparse(item)


def _outlines(path: Path) -> list[str]:
    return [_outline(item) for item in ast.parse(path.read_text()).body]
