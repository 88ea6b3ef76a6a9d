"""Texts that would break code if they were written unescaped, and requests that are full of them."""

import base64
import json
from collections.abc import Callable
from random import Random
from typing import Any

from sqlc_gen_psycopg.request import Request

PARTS = [
    *(
        '"""',
        "'''",
        '"',
        "'",
        "\\",
        '\\"',
        "\\\n",
        "\\n",
        "\\u0041",
        "\\N{DASH}",
        "{x}",
        "%s",
        "$1",
    ),
    *("#", "# noqa", "# type: ignore", "# fmt: off", "# coding: latin-1", "pass", "\nimport os\n"),
    *("/*", "*/", ";", "--", "-- name: X :one", "\n    raise SystemExit\n", '"""\nimport os\n"""'),
    *(
        " ",
        "  ",
        "\n",
        "\n\n",
        "\t",
        "\r",
        "\r\n",
        "\x0b",
        "\x0c",
        "\x01",
        "\x1b",
        "\x1c",
        "\x7f",
        "\x85",
    ),
    *(
        "\xa0",
        "\xad",
        "\u200b",
        "\u200f",
        "\u2028",
        "\u2029",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\ufffe",
    ),
    *("\ue000", "\U000e0041", "\U0001f600", "e\u0301", "\u0301", "ﬁ", "²", "ﷺ"),
    *("class", "None", "name", "x", "word", "1", "_", "ß", "İ", "字", "long " * 30, "l" * 120),
]
SURROGATES = ["\ud800", "\udfff"]
"""SQL can't contain them, but a JSON request can."""
Text = Callable[[], str]


def text(random: Random) -> str:
    """Return a text of some of the parts, which is not blank."""
    found = "".join(random.choices(PARTS, k=random.randint(1, 6)))
    return found if found.strip() else text(random)


def _short(name: str) -> str:
    """Return the name as PostgreSQL truncates it."""
    return name.encode()[:63].decode(errors="ignore")


def request(make: Text) -> Request:
    """Return a request of sqlc in which every comment, label, name and literal is such a text."""
    enums = [
        {"name": _short(make()), "vals": [_short(make()) for _ in "abc"], "comment": make()}
        for _ in "ab"
    ]
    tables = [_table(make) for _ in "abc"]
    queries = [_query(make, table, number) for number, table in enumerate(tables)]
    options = base64.b64encode(json.dumps({"package": "library"}).encode()).decode()
    schema = {"name": "public", "enums": enums, "tables": tables}
    return Request.model_validate(
        {"catalog": {"schemas": [schema]}, "queries": queries, "plugin_options": options}
    )


def _table(make: Text) -> dict[str, Any]:
    rel = {"name": _short(make())}
    columns = [
        {
            "name": _short(make()),
            "not_null": True,
            "comment": make(),
            "type": {"name": "text"},
            "table": rel,
        }
        for _ in "ab"
    ]
    return {"rel": rel, "columns": columns, "comment": make()}


def _query(make: Text, table: dict[str, Any], number: int) -> dict[str, Any]:
    first, second = (column["name"] for column in table["columns"])
    alias = _short(make())
    written = (
        f"SELECT {name(first)}, {string(make())}::text AS {name(alias)}\n"
        f"FROM {name(table['rel']['name'])} WHERE {name(second)} = $1 AND true"
    )
    return {
        "name": f"Query{number}",
        "cmd": ":many",
        "filename": "query.sql",
        "text": written,
        "comments": [make().replace("\n", " ") for _ in "ab"],
        "columns": [
            table["columns"][0],
            {"name": alias, "not_null": True, "type": {"name": "text"}},
        ],
        "params": [{"number": 1, "column": table["columns"][1]}],
    }


def name(text: str) -> str:
    """Return a quoted identifier."""
    return '"' + text.replace('"', '""') + '"'


def string(text: str) -> str:
    """Return an SQL string."""
    return "'" + text.replace("'", "''") + "'"
