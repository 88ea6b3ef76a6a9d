"""Models made of rows equal validated ones, for any rows."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from types import ModuleType
from typing import Any

import attune_queries
import psycopg
import pytest
from attune_queries import models, rows
from random_rows import assert_rows_alike, random_rows

Use = Callable[[Any, dict[str, Any]], Any]

THREADS = 12
USES: list[Use] = [
    lambda model, values: model.model_validate(values).model_dump(),
    lambda model, values: model.model_construct(**values).model_dump_json(),
    lambda model, values: model.model_json_schema(),
]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", rows.__all__)
def test_models_of_random_rows_equal_validated_ones(
    conn: psycopg.Connection[Any], name: str, seed: int
) -> None:
    assert_rows_alike(conn, attune_queries, f"attune.{name}", name, seed)


@pytest.fixture
def fresh_models() -> Iterator[ModuleType]:
    """Return the models before their first use."""
    name = "attune_queries.fresh"
    spec = importlib.util.spec_from_file_location(name, models.__file__)
    assert spec is not None and spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    yield sys.modules[name]
    del sys.modules[name]


@pytest.mark.parametrize("first", range(len(USES)))
def test_threads_can_use_a_model_first_at_the_same_time(
    conn: psycopg.Connection[Any],
    fresh_models: ModuleType,
    first: int,
) -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for name in models.__all__:
            model, fresh = getattr(models, name), getattr(fresh_models, name)
            table = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
            _, [raw] = random_rows(conn, f"attune.{table}", model, Random(first), count=1)
            values = dict(model.model_validate(raw))
            uses = [USES[number % len(USES)] for number in range(first, first + THREADS)]
            assert not fresh.__pydantic_complete__
            assert at_once(uses, fresh, values) == [use(model, values) for use in uses]
            assert fresh.__pydantic_complete__
    finally:
        sys.setswitchinterval(interval)


def at_once(uses: list[Use], model: Any, values: dict[str, Any]) -> list[Any]:
    """Return the result of each use, all of them at the same time."""
    barrier = Barrier(len(uses))

    def run(use: Use) -> Any:
        barrier.wait()
        return use(model, values)

    with ThreadPoolExecutor(len(uses)) as pool:
        return list(pool.map(run, uses))
