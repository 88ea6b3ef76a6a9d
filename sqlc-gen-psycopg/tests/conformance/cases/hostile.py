"""Packages in which every name is also the name of something else. Each query runs its own statement."""

from __future__ import annotations

import builtins
import keyword
import random
import re
from collections.abc import Callable
from typing import Any

from sqlc_gen_psycopg.imports import reserved

from ..annotations import is_model
from ..case import Call, Q, Script, case
from ..run import hints
from .options import vars_of

_WORDS = [
    *sorted(reserved()),
    *("__init__", "__all__", "__name__", "_conn", "arg", "params", "make", "fields", "in_utc"),
    *("touchURL", "touchUrl", "touch_url", "Touch_URL", "TouchURLs", "TOUCH_URL", "touch_url_2"),
    *("copy", "COPY", "value", "name", "mro", "count", "index", "model_config", "_fields"),
    *(name for name in dir(builtins) if not name.startswith("_")),
    *keyword.kwlist,
    *keyword.softkwlist,
]
_CHANGES: list[Callable[[str], str]] = [str, str.lower, str.upper, str.capitalize, str.swapcase]
_SIGNS = ["m²", "ﬁ", "ĳ", "ß", "ŉ", "日本", "Ⅳ", "1st", "a b", "a-b", "_", "__", "___x", "É"]
_ENDS = ["", "", "", "s", "Row", "Params", "_copy", "_COPY", "_row", "_ROW", "_", "_2", "2"]


def _names(pick: random.Random, number: int, *, signs: bool) -> list[str]:
    """Return names that differ as much as PostgreSQL and sqlc require. `signs` are not for queries."""
    found: dict[str, None] = {}
    words = [*_WORDS, *(_SIGNS if signs else [])]
    while len(found) < number:
        name = pick.choice(["", "", "", "_", "__"]) + pick.choice(words) + pick.choice(_ENDS)
        change = pick.choice(_CHANGES)
        changed = change(name)
        found[changed if re.fullmatch(r"[^\W\d]\w*", changed) or signs else name] = None
    return list(found)


def _package(seed: int) -> tuple[str, str]:
    pick = random.Random(seed)
    tables, schema, queries = _names(pick, 12, signs=True), list[str](), list[str]()
    enums = [name for name in _names(pick, 18, signs=True) if name not in tables][:6]
    for enum in enums:
        labels = ", ".join(f"'{label}'" for label in _names(pick, 8, signs=True))
        schema.append(f'CREATE TYPE "{enum}" AS ENUM ({labels});')
    names = _names(pick, 60, signs=False)
    for table in tables:
        columns = _names(pick, 4, signs=True)
        types = [
            "int NOT NULL",
            "uuid NOT NULL",
            "timestamptz NOT NULL",
            f'"{pick.choice(enums)}"[] NOT NULL',
        ]
        pick.shuffle(types)
        listed = ", ".join(
            f'"{column}" {type_}' for column, type_ in zip(columns, types, strict=True)
        )
        schema.append(f'CREATE TABLE "{table}" ({listed});')
        queries += [
            f'-- name: {names.pop()} :many\nSELECT * FROM "{table}";',
            f'-- name: {names.pop()} :copyfrom\nINSERT INTO "{table}" ('
            + ", ".join(f'"{column}"' for column in columns)
            + ") VALUES ($1, $2, $3, $4);",
        ]
    for number, name in enumerate(names):
        one, two, three = _names(pick, 3, signs=True)
        answer = f'SELECT {number} AS "{one}"' + (f', now() AS "{two}"' if number % 2 else "")
        queries.append(
            f"-- name: {name} :one\n{answer} WHERE sqlc.arg('{three}')::int > 0"
            + (f" AND sqlc.arg('{one}')::text <> ''" if number % 3 == 0 else "")
            + ";"
        )
    return "\n".join(schema), "\n".join(queries)


def _script(q: Q) -> Script:
    for item in q.module("manifest").QUERIES:
        assert item.sql.startswith(f"/* name: {item.name} {item.command} */\n")
        if item.command == ":one":
            row = yield _call(q, item.function, dict(zip(item.names, [1, "x"], strict=False)))
            expected = int(re.findall(r"SELECT (\d+)", item.sql)[0])
            assert (row if isinstance(row, int) else vars_of(row)[0]) == expected
        elif item.command == ":many":
            assert (yield _call(q, item.function, {})) == []


def _call(q: Q, function: str, values: dict[str, Any]) -> Call:
    """Return the call with keywords, or with the one argument that is made of them."""
    found = hints(q.function(function))
    found.pop("return")
    bundles = [kind for kind in found.values() if is_model(kind)]
    if bundles:
        return Call(function, (bundles[0](**values),))
    return Call(function, keywords=values)


_OPTIONS: list[dict[str, Any]] = [
    {"emit_sync_querier": True, "emit_async_querier": True},
    {"model": "dataclass", "query_parameter_limit": 1},
    {"emit_exact_table_names": True, "query_parameter_limit": 0, "params": "pydantic"},
]

for _seed in range(3):
    _schema, _queries = _package(_seed)
    case(
        schema=_schema,
        queries=_queries,
        name=f"seed_{_seed}",
        options=_OPTIONS[_seed],
    )(_script)
