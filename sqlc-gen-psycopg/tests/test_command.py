"""The command, without sqlc."""

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from run_sqlc import generate, run_sqlc

COMMAND = Path(sys.executable).parent / "sqlc-gen-psycopg"
EXAMPLE = Path(__file__).parent.parent / "examples/library"
GENERATE = "/plugin.CodegenService/Generate"


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [COMMAND, *arguments], input=stdin, capture_output=True, text=True, check=False
    )


def request(options: dict[str, Any], **more: Any) -> str:
    encoded = base64.b64encode(json.dumps(options).encode()).decode()
    return json.dumps({"catalog": {"schemas": []}, "plugin_options": encoded} | more)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "options: package: is required"),
        ({"package": "x", "pakage": 1}, "pakage: no such option; did you mean package?"),
        ({"package": 3}, "options: package: Input should be a valid string"),
        (
            {"package": "x", "overrides": [{"column": "a.b"}]},
            "an override needs `python_type` or `nullable`",
        ),
        (
            {"package": "my-shop"},
            "options: package: 'my-shop' is not a Python identifier; use my_shop",
        ),
        ({"package": "class"}, "'class' is not a Python identifier; use class_"),
        ({"package": "shop.1"}, "'1' is not a Python identifier; use _1"),
        (
            {"package": "x", "overrides": [{"column": "a.b", "python_type": "Settings"}]},
            "overrides.0.python_type: 'Settings' has no module; write the import path, such as"
            " shop.types.Settings",
        ),
        (
            {"package": "x", "overrides": [{"db_type": "json", "python_type": "Decimal"}]},
            "'Decimal' has no module; write the import path; did you mean decimal.Decimal?",
        ),
        (
            {"package": "x", "overrides": [{"db_type": "json", "python_type": "dict[str, a.B]"}]},
            "'dict[str, a.B]' is not an import path, such as shop.types.Settings",
        ),
        (
            {"package": "x", "overrides": [{"db_type": "json", "nullable": True}]},
            "`nullable` requires `column`",
        ),
        ({"package": "x", "base_class": "Base"}, "base_class: 'Base' has no module"),
        (
            {"package": "x", "rename": {"a": "two words"}},
            "rename.a: 'two words' is not a Python identifier; use two_words",
        ),
        (
            {"package": "x", "database": "NOWHERE"},
            "the variable NOWHERE is not set; list it under the plugin's `env:`",
        ),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    done = run(GENERATE, stdin=request(options))
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_several_wrong_options_in_one_run() -> None:
    done = run(GENERATE, stdin=request({"pakage": "x", "renam": {}}))
    assert "did you mean package?" in done.stderr
    assert "did you mean rename?" in done.stderr


@pytest.mark.parametrize(
    ("package", "out", "message"),
    [
        ("library", "src/library", None),
        ("shop.library", "src/shop/library", None),
        ("src.library", "../src/library/", None),
        ("lib", "src/library", "lib is not the name of `out`, src/library; did you mean library?"),
        ("x.library", "src/library", "did you mean library?"),
        ("my_lib", "src/my-lib", "rename the folder, as no package can be called my-lib"),
    ],
)
def test_a_package_must_be_named_like_its_folder(
    package: str, out: str, message: str | None
) -> None:
    done = run(
        GENERATE,
        stdin=request({"package": package}, settings={"codegen": {"out": out}}, queries=[QUERY]),
    )
    assert done.returncode == (message is not None)
    assert (message or "") in done.stderr


QUERY = {
    "text": "SELECT 1",
    "name": "One",
    "cmd": ":exec",
    "filename": "query.sql",
}
SHOP = """
    CREATE TABLE books (id int PRIMARY KEY, title text NOT NULL, doc jsonb);
    CREATE SCHEMA crm;
    CREATE TABLE crm.authors (id int PRIMARY KEY, born date);
    CREATE TYPE crm.mood AS ENUM ('sad');
"""


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"overrides": [{"column": "books.tilte", "nullable": True}]},
            "overrides: books.tilte: no such column; did you mean books.title?",
        ),
        (
            {"overrides": [{"column": "authors.born", "nullable": False}]},
            "authors.born: no such column; did you mean crm.authors.born?",
        ),
        (
            {"overrides": [{"column": "public.book.*", "nullable": True}]},
            "public.book.*: no such column; did you mean public.books.*?",
        ),
        (
            {"overrides": [{"db_type": "jsnob", "python_type": "shop.Doc"}]},
            "overrides: jsnob: no column or parameter has this type; did you mean jsonb?",
        ),
        (
            {"overrides": [{"db_type": "crm.mood", "python_type": "shop.Mood"}]},
            "overrides: crm.mood: no column or parameter has this type",
        ),
        (
            {"rename": {"Title": "heading", "getbook": "fetch"}},
            "rename: getbook: no such table, enum, column, parameter or query;"
            " did you mean GetBook?",
        ),
        ({"rename": {"Title": "heading"}}, "did you mean title?"),
    ],
)
def test_an_option_that_matches_nothing(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    query = "-- name: GetBook :one\nSELECT * FROM books WHERE id = $1;"
    errors = generate(tmp_path, SHOP, query, options)
    assert message in errors
    assert "Traceback" not in errors


def test_two_queries_with_one_name_are_a_warning(tmp_path: Path) -> None:
    query = "-- name: GetBook :exec\nSELECT 1;\n-- name: get_book :exec\nSELECT 2;"
    assert not generate(tmp_path, SHOP, query)
    expected = (
        "sqlc-gen-psycopg: warning: query.sql: GetBook and get_book have the same name in Python;"
        " the function of get_book is get_book_2. Rename one, in the SQL or under `rename`\n"
    )
    # sqlc drops the output of a plugin that succeeds.
    assert run_sqlc(tmp_path).stderr == expected
    module = (tmp_path / "library/query.py").read_text()
    assert "Query get_book in query.sql; GetBook has the name without a number." in module
    queries = [
        QUERY | {"name": name, "text": f"SELECT {number}"}
        for number, name in enumerate(["GetBook", "get_book"])
    ]
    done = run(GENERATE, stdin=request({"package": "library"}, queries=queries))
    assert done.stderr == expected
    assert not generate(tmp_path, SHOP, query, {"rename": {"get_book": "fetch_book"}})
    assert not run_sqlc(tmp_path).stderr


def test_an_invalid_request() -> None:
    done = run(GENERATE, stdin="garbage")
    assert done.returncode == 1
    assert "the request" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_password_is_never_shown() -> None:
    for url in ("postgresql://u:hush@[broken/x", "postgresql://u:hush@127.0.0.1:1/x"):
        done = run("verify", "--database-url", url, ".")
        assert done.returncode == 1
        assert "hush" not in done.stdout + done.stderr


def test_the_output_is_the_same_every_time(tmp_path: Path) -> None:
    """With any hash seed, locale, time zone and folder."""
    schema = (EXAMPLE / "schema.sql").read_text()
    query = (EXAMPLE / "query.sql").read_text()
    outputs: list[dict[str, str]] = []
    for seed, locale, zone in [
        ("1", "C", "UTC"),
        ("2", "C.UTF-8", "Asia/Tokyo"),
        ("3", "C", "UTC"),
    ]:
        # sqlc clears the plugin's environment.
        folder = tmp_path / seed
        folder.mkdir()
        wrapper = folder / "wrapper"
        variables = f"PYTHONHASHSEED={seed} LC_ALL={locale} TZ={zone}"
        wrapper.write_text(f'#!/bin/sh\nexec env {variables} {COMMAND} "$@"\n')
        wrapper.chmod(0o755)
        assert not generate(folder, schema, query, command=str(wrapper))
        package = folder / "library"
        outputs.append(
            {str(path.relative_to(package)): path.read_text() for path in package.rglob("*.py")}
        )
    assert outputs[0] == outputs[1] == outputs[2]


def test_files_of_one_name_share_a_module(tmp_path: Path) -> None:
    assert not generate(
        tmp_path, "CREATE TABLE t (id int PRIMARY KEY);", "-- name: A :one\nSELECT 1;"
    )
    settings = json.loads((tmp_path / "sqlc.json").read_text())
    settings["sql"][0]["queries"] = ["query.sql", "more"]
    (tmp_path / "sqlc.json").write_text(json.dumps(settings))
    more = tmp_path / "more"
    more.mkdir()
    (more / "query.sql").write_text("-- name: B :one\n-- The second.\nSELECT id FROM t;")
    assert not run_sqlc(tmp_path).returncode
    text = (tmp_path / "library/query.py").read_text()
    assert "def a(" in text
    assert "def b(" in text
    assert "The second." in text
