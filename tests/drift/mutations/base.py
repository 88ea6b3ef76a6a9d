"""Choose changes at random, and what their kinds share."""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from attune_queries.catalog import CATALOG, Column, Table
from attune_queries.manifest import QUERIES

from attune_store.errors import Severity

BREAKING, RISKY, HARMLESS = Severity
SCHEMA: Final = CATALOG.schema


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change, and the one line that a check must report."""

    kind: str
    statement: str
    object: str
    severity: Severity


Kind = Callable[[random.Random], Mutation]
KINDS: Final[list[Kind]] = []


def mutations(seed: int) -> Iterator[Mutation]:
    """Yield different changes without end, of each kind in turn. The server may refuse some."""
    chance = random.Random(seed)
    seen: set[Mutation] = set()
    while True:
        kinds = list(KINDS)
        chance.shuffle(kinds)
        for kind in kinds:
            mutation = kind(chance)
            if mutation not in seen:
                seen.add(mutation)
                yield mutation


def kind(function: Callable[[random.Random], tuple[str, str, Severity]]) -> Kind:
    def named(chance: random.Random) -> Mutation:
        return Mutation(function.__name__, *function(chance))

    KINDS.append(named)
    return named


def any_table(chance: random.Random) -> tuple[Table, str]:
    table = chance.choice(CATALOG.tables)
    return table, f"{SCHEMA}.{table.name}"


def any_column(
    chance: random.Random, suits: Callable[[Column], object] = lambda _: True
) -> tuple[str, Column]:
    pairs = [(t, c) for t in CATALOG.tables for c in t.columns if suits(c)]
    table, column = chance.choice(pairs)
    return f"{SCHEMA}.{table.name}", column


def any_constraint(chance: random.Random, *kinds: str) -> tuple[str, str, str]:
    """Return a table, and the name and the definition of a constraint."""
    table, one = chance.choice(
        [(t, c) for t in CATALOG.tables for c in t.constraints if c.kind in kinds]
    )
    return f"{SCHEMA}.{table.name}", one.name, one.definition


def is_called(function: str) -> bool:
    return any(f"{SCHEMA}.{function}(" in query.sql for query in QUERIES)


def arbitrates(table: str, definition: str) -> bool:
    """Return whether an ON CONFLICT names the columns of this unique constraint."""
    columns = definition[definition.index("(") :]
    return any(
        f"INSERT INTO {table} " in query.sql and f"ON CONFLICT {columns}" in query.sql
        for query in QUERIES
    )


def is_copied_into(table: str) -> bool:
    return any(query.command == ":copyfrom" and f"{table} " in query.sql for query in QUERIES)


def is_given(table: str, column: str) -> bool:
    """Return whether all statements that insert into the table set the column."""
    inserts = [query.sql for query in QUERIES if f"INSERT INTO {table} " in query.sql]
    heads = [sql.partition(f"INSERT INTO {table} ")[2].partition(")")[0] for sql in inserts]
    return bool(heads) and all(re.search(rf"\b{column}\b", head) for head in heads)
