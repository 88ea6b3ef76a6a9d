"""The last check of generated code."""

import pytest
from sqlc_gen_psycopg.formatting import format_files
from sqlc_gen_psycopg.guard import BoundTwiceError


@pytest.mark.parametrize(
    "text",
    [
        "X = 1\n\n\ndef X(): ...\n",
        "from typing import Any\n\n\nclass Any: ...\n",
        "import models\nfrom . import models\n\nmodels\n",
        "X: int = 1\nX: int = 2\n",
        "class A:\n    x: int\n    x: str\n",
        "async def x(): ...\n\n\ndef x(): ...\n",
        "def x(\n    a: int,\n) -> int:\n    return a\n\n\nx = 1\n",
    ],
)
def test_a_name_that_is_bound_twice_is_refused(text: str) -> None:
    with pytest.raises(BoundTwiceError, match=r"query\.py.* binds \w+ twice"):
        format_files({"query.py": text}, "library")


def test_one_module_may_be_imported_in_two_statements() -> None:
    text = "import a\nimport a.b\n\na.b.c(a)\n"
    assert format_files({"query.py": text}, "library") == {"query.py": text}


@pytest.mark.parametrize(
    "text",
    [
        "def x(a: int) -> int:\n    b = a\n    b = b + a\n    return b\n",
        'X = """\ndef X():\n    of SQL\n"""\n',
    ],
)
def test_names_in_functions_and_literals_do_not_count(text: str) -> None:
    assert format_files({"query.py": text}, "library") == {"query.py": text}
