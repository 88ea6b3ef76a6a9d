"""Names, comments and literals of users never break the code, and are not changed by it."""

import ast
import itertools
import keyword
import re
import unicodedata
from collections.abc import Iterator
from random import Random

import hostile
import pytest
from sqlc_gen_psycopg import names
from sqlc_gen_psycopg.formatting import format_files
from sqlc_gen_psycopg.plan import plan
from sqlc_gen_psycopg.render import render
from sqlc_gen_psycopg.request import Enum, Request, Table
from sqlc_gen_psycopg.text import docstring, literal


def formatted(text: str) -> ast.Module:
    """Return the module as it is written."""
    return ast.parse(format_files({"module.py": text}, "library")["module.py"])


def package(request: Request) -> dict[str, ast.Module]:
    """Return the modules of the package, except for the one without texts of users."""
    rendered = render(plan(request, None), request.plugin_options, "")
    files = format_files(rendered, "library")
    return {name: ast.parse(text) for name, text in files.items() if name != "support.py"}


def unwrapped(text: str) -> str:
    """Return a docstring, or the text of one, without its line breaks."""
    return re.sub(r"[ \n]+", " ", text).strip(" ")


def docstrings(body: list[ast.stmt]) -> Iterator[str]:
    """Return the docstrings of a body: its own, and those of its attributes."""
    for item in body:
        if isinstance(item, ast.Expr):
            assert isinstance(item.value, ast.Constant) and isinstance(item.value.value, str)
            yield unwrapped(item.value.value)


def classes(module: ast.Module) -> list[ast.ClassDef]:
    return [item for item in module.body if isinstance(item, ast.ClassDef)]


def skeleton(module: ast.Module) -> str:
    """Return the module without its names and texts."""
    for node in ast.walk(module):
        for field in ("name", "id", "attr", "arg", "asname", "module"):
            if isinstance(getattr(node, field, None), str):
                setattr(node, field, "x")
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = "x"
    return ast.dump(module, indent=1)


def test_a_literal_evaluates_to_its_text() -> None:
    random = Random(1)
    texts = ["", *hostile.PARTS, *hostile.SURROGATES, *(hostile.text(random) for _ in range(2000))]
    module = formatted("\n".join(f"{literal(text)}\n{literal(text, lines=True)}" for text in texts))
    found = [item.value.value for item in module.body]  # type: ignore[attr-defined]
    assert found == [text for text in texts for _ in range(2)]


def test_a_docstring_evaluates_to_its_text() -> None:
    random = Random(2)
    texts = [text for text in hostile.PARTS + hostile.SURROGATES if text.strip()]
    texts += [hostile.text(random) for _ in range(2000)]
    module = formatted(
        "\n".join(
            f"class C{number}:\n{docstring(text, 1)}\n    x = 1\n{docstring(text, 1)}"
            for number, text in enumerate(texts)
        )
    )
    assert len(module.body) == len(texts)
    for item, text in zip(classes(module), texts, strict=True):
        assert [*docstrings(item.body)] == [unwrapped(text)] * 2
        assert [type(part) for part in item.body] == [ast.Expr, ast.Assign, ast.Expr]


def test_invisible_characters_are_escaped() -> None:
    for text in (literal("".join(hostile.PARTS)), docstring("".join(hostile.PARTS), 0)):
        assert not {"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"} & {
            unicodedata.category(letter) for letter in text if letter not in " \n"
        }


def test_a_docstring_is_wrapped_at_88() -> None:
    text = "as it is written for ever and ever, " * 20
    assert max(map(len, docstring(text, 2).splitlines())) in range(70, 89)


def test_every_name_is_a_normalized_identifier() -> None:
    random = Random(3)
    make = (
        *(names.identifier, names.class_name, names.function_name, names.constant),
        *(names.parameter_name, names.field_name),
        lambda text: names.item_name(names.parameter_name(text)),
        lambda label: names.member_names([label])[0],
    )
    letters = map(chr, itertools.chain(range(0x3000), random.sample(range(0x3000, 0x110000), 5000)))
    for text in itertools.chain(letters, hostile.PARTS, (hostile.text(random) for _ in range(500))):
        for name in (function(written) for function in make for written in (text, f"a{text}1")):
            assert name.isidentifier() and not keyword.iskeyword(name)
            assert unicodedata.normalize("NFKC", name) == name


@pytest.fixture(scope="module")
def skeletons() -> dict[str, str]:
    """Return the package of such a request without its names and texts."""
    plain = map("name{}".format, itertools.count())
    found = package(hostile.request(lambda: next(plain)))
    return {name: skeleton(module) for name, module in found.items()}


@pytest.mark.parametrize("seed", range(20))
def test_a_package_of_hostile_texts(seed: int, skeletons: dict[str, str]) -> None:
    random = Random(seed)
    request = hostile.request(lambda: hostile.text(random))
    found = package(request)
    schema = request.catalog.schemas[0]
    _holds_enums(found["enums.py"], schema.enums)
    _holds_models(found["models.py"], schema.tables)
    for name in ("query.py", "aio/query.py"):
        _holds_queries(found[name], request, constants=name == "query.py")
    assert {name: skeleton(module) for name, module in found.items()} == skeletons


def _holds_enums(module: ast.Module, enums: list[Enum]) -> None:
    found = {
        (
            next(docstrings(item.body)),
            *(one.value.value for one in item.body[1:]),  # type: ignore[attr-defined]
        )
        for item in classes(module)
    }
    assert found == {(unwrapped(enum.comment), *enum.vals) for enum in enums}


def _holds_models(module: ast.Module, tables: list[Table]) -> None:
    found = {tuple(docstrings(item.body)) for item in classes(module)}
    assert found == {
        (unwrapped(table.comment), *(unwrapped(column.comment) for column in table.columns))
        for table in tables
    }


def _holds_queries(module: ast.Module, request: Request, *, constants: bool) -> None:
    functions = {
        item.name: ast.get_docstring(item, clean=False) or ""
        for item in module.body
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    for query in request.queries:
        lines = " ".join(line.strip() for line in query.comments)
        assert unwrapped(functions[query.name.lower()]) == unwrapped(
            f"{lines} Query {query.name} in query.sql."
        )
    written = {
        item.value.value
        for item in module.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.value, ast.Constant)
    }
    expected = {
        f"/* name: {query.name} {query.cmd} */\n{query.text}\n" for query in request.queries
    }
    assert written == (expected if constants else set())
