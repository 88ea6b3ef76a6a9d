"""Rows of random values, and checks of the models that are made of them."""

import copy
import inspect
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, get_args

import psycopg
import pydantic
from psycopg.rows import dict_row

COLUMNS = """
    SELECT a.attname AS name, coalesce(e.typname, t.typname) AS type, e.oid IS NOT NULL AS is_array,
        ARRAY(
            SELECT enumlabel FROM pg_enum WHERE enumtypid = coalesce(e.oid, t.oid) ORDER BY enumsortorder
        )::text[] AS labels
    FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
    WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum"""
TEXTS = [
    "",
    " ",
    "a",
    "é",
    "漢字",
    "🐘",
    'it\'s "quoted"',
    "\\",
    "{x,y}",
    "NULL",
    "\u007f\n\t",
    "x" * 500,
]
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
MOMENTS = [FIRST, LAST, datetime(1970, 1, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, 0, 1, UTC)]


def assert_rows_alike(
    conn: psycopg.Connection[Any], package: Any, table: str, factory: str, seed: int
) -> None:
    """Check that the package's models of random rows equal those that pydantic validates."""
    make = getattr(package.rows, factory)
    model = inspect.signature(make).return_annotation.__args__[-1]
    documents, raw = random_rows(conn, table, model, Random(seed))
    select = f"SELECT * FROM jsonb_populate_recordset(NULL::{table}, $1::jsonb)"
    for zone in "UTC", "America/St_Johns":
        conn.execute("SELECT set_config('timezone', %s, false)", (zone,))
        with package.support.Cursor(conn, row_factory=make) as cursor:
            rows = cursor.execute(select.encode(), (documents,)).fetchall()
        assert len(rows) == len(raw)
        for row, values in zip(rows, raw, strict=True):
            assert_alike(row, model.model_validate(values))


def random_rows(
    conn: psycopg.Connection[Any], table: str, model: type[Any], random: Random, count: int = 30
) -> tuple[str, list[dict[str, Any]]]:
    """Return random rows of a table's type as JSON, and as psycopg reads them.

    Every label occurs, and every field that the model allows to be None is None now and then.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        columns = cursor.execute(COLUMNS, (table,)).fetchall()
        rows = [random_row(random, columns, model) for _ in range(count)]
        for column in columns:
            for row, label in zip(rows, column["labels"], strict=False):
                row[column["name"]] = [label] if column["is_array"] else label
        # psycopg does not know arrays of an enum.
        listed = ", ".join(
            f'"{column["name"]}"{"::text[]" if column["labels"] and column["is_array"] else ""}'
            for column in columns
        )
        documents = json.dumps(rows)
        conn.execute("SET timezone TO 'UTC'")
        read = f"SELECT {listed} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb)"
        return documents, cursor.execute(read.encode(), (documents,)).fetchall()


def random_row(random: Random, columns: list[dict[str, Any]], model: type[Any]) -> dict[str, Any]:
    """Return the values of a row, as in JSON."""
    row: dict[str, Any] = {}
    for column in columns:
        annotation = model.model_fields[column["name"]].annotation
        nullable = type(None) in get_args(annotation) and column["type"] not in ("json", "jsonb")
        if nullable and random.random() < 0.4:
            row[column["name"]] = None
        elif column["is_array"]:
            row[column["name"]] = [value(random, column) for _ in range(random.randrange(4))]
        else:
            row[column["name"]] = value(random, column)
    return row


def value(random: Random, column: dict[str, Any]) -> Any:
    """Return a random value of a column's type."""
    if column["labels"]:
        return random.choice(column["labels"])
    match column["type"]:
        case "int2" | "int4" | "int8" as name:
            limit = 2 ** (8 * int(name[3:]) - 1)
            return random.choice([-limit, limit - 1, 0, -1, random.randrange(-limit, limit)])
        case "text":
            return random.choice(TEXTS)
        case "bool":
            return random.random() < 0.5
        case "numeric":
            return random.choice(["-999999.99", "999999.99", "0.00", "1.10"])
        case "timestamptz":
            return random.choice([*MOMENTS, FIRST + random.random() * (LAST - FIRST)]).isoformat()
        case "date":
            days = random.randrange((LAST - FIRST).days)
            return (FIRST + timedelta(days=days)).date().isoformat()
        case "json" | "jsonb":
            return {"value": document(random, 3)}
        case other:
            raise NotImplementedError(other)


def document(random: Random, depth: int) -> Any:
    """Return a random JSON document."""
    plain = [None, True, False, 0, -1, 2**70, 0.1, -1e300, *TEXTS]
    match random.randrange(4) if depth else 0:
        case 0 | 1:
            return random.choice(plain)
        case 2:
            return [document(random, depth - 1) for _ in range(random.randrange(4))]
        case _:
            return {random.choice(TEXTS): document(random, depth - 1) for _ in range(3)}


def assert_alike(row: pydantic.BaseModel, validated: pydantic.BaseModel) -> None:
    """Check that a model that was made of a row equals a validated one in every respect."""
    kind = type(row)
    assert kind is type(validated)
    assert row == validated
    assert validated == row
    assert repr(row) == repr(validated)
    assert str(row) == str(validated)
    assert list(row) == list(validated)
    assert vars(row) == vars(validated)
    assert list(vars(row)) == list(vars(validated))
    for name, found in row:
        assert type(found) is type(getattr(validated, name)), name
    assert row.model_fields_set == validated.model_fields_set == set(kind.model_fields)
    assert type(row.model_fields_set) is set
    assert row.model_extra is validated.model_extra is None
    assert row.__pydantic_private__ is validated.__pydantic_private__
    for dump in DUMPS:
        assert dump(row) == dump(validated)
    assert kind.model_validate(row) is row
    assert kind.model_validate_json(row.model_dump_json()) == row
    for make in COPIES:
        copied = make(row)
        assert copied is not row
        assert type(copied) is kind
        assert copied == row
        assert copied.model_fields_set == row.model_fields_set
        assert copied.model_fields_set is not row.model_fields_set
        assert copied.model_dump() == row.model_dump()


DUMPS: list[Callable[[pydantic.BaseModel], Any]] = [
    lambda row: row.model_dump(),
    lambda row: row.model_dump(mode="json"),
    lambda row: row.model_dump(exclude_unset=True),
    lambda row: row.model_dump(exclude_defaults=True),
    lambda row: row.model_dump(exclude_none=True),
    lambda row: row.model_dump_json(),
]
COPIES: list[Callable[[pydantic.BaseModel], pydantic.BaseModel]] = [
    copy.copy,
    copy.deepcopy,
    lambda row: row.model_copy(),
    lambda row: row.model_copy(deep=True),
    *(
        lambda row, protocol=protocol: pickle.loads(pickle.dumps(row, protocol))
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)
    ),
]
