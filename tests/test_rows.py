"""Models made of rows are like validated ones, whatever the rows hold."""

from typing import Any

import attune_queries
import psycopg
import pytest
from attune_queries import rows
from random_rows import assert_rows_alike


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", rows.__all__)
def test_models_of_random_rows(conn: psycopg.Connection[Any], name: str, seed: int) -> None:
    assert_rows_alike(conn, attune_queries, f"attune.{name}", name, seed)
