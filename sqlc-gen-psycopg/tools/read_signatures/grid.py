"""Try a function with values of each type: does it ever return NULL?

A grid can refute that a function never returns NULL; it can't prove it.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg

from . import values

LIMIT = 240
"""The maximum number of combinations of values to try."""
_ROWS = 40
"""The maximum number of rows to look at, for a function that returns a set."""
_TIMEOUT = "10s"
_SINGLE_TIMEOUT = "200ms"
_CHUNK = 200
_SETUP = """
    CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok', 'happy');
    CREATE TYPE pg_temp.pair AS (number int, word text);
    CREATE TABLE grid (id serial PRIMARY KEY, plain int);
    COMMENT ON TABLE grid IS 'something';
    CREATE FUNCTION pg_temp.try(statements text[]) RETURNS text[] LANGUAGE plpgsql AS $$
    DECLARE
        outcome text;
        outcomes text[] := '{}';
    BEGIN
        FOR i IN 1 .. cardinality(statements) LOOP
            outcome := 'error';
            BEGIN
                EXECUTE statements[i] INTO outcome;
            EXCEPTION WHEN OTHERS THEN
            END;
            outcomes := outcomes || coalesce(outcome, '');
        END LOOP;
        RETURN outcomes;
    END $$;
    SET client_min_messages TO error;
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """A function, operator or cast, and how to call it."""

    name: str
    arguments: tuple[str, ...]
    call: str
    """With `{}` for the arguments, or with `{0}` and `{1}`."""
    returns: str = ""
    kind: str = "f"
    """As in pg_proc; `o` and `h` for aggregates WITHIN GROUP."""
    direct: int = 0
    """The number of arguments before WITHIN GROUP."""
    is_strict: bool = True
    is_set: bool = False
    is_variadic: bool = False
    out: int = 0
    """The number of columns, if it returns rows."""


@dataclass(slots=True)
class Found:
    """The result of the grid for a function."""

    tried: int = 0
    """The number of combinations of values that returned something, NULL or not."""
    nulls: dict[frozenset[int], str] = field(default_factory=dict[frozenset[int], str])
    """By the arguments that were NULL: a statement that returns NULL."""
    elements: str = ""
    """A statement that returns an array with NULL in it, although no argument has one."""
    out: dict[int, str] = field(default_factory=dict[int, str])
    """By the number of a column: a statement in which it is NULL."""
    empty: str = ""
    """For an aggregate: a statement without rows that returns NULL."""
    words: dict[str, bool] = field(default_factory=dict[str, bool])
    """By the word that is the first argument: whether NULL was returned."""

    def add(self, other: Found, label: str) -> None:
        """Add the result of another server. A witness that only it has gets the label."""
        self.tried += other.tried
        self.nulls = {key: label + witness for key, witness in other.nulls.items()} | self.nulls
        self.out = {key: label + witness for key, witness in other.out.items()} | self.out
        self.elements = self.elements or (other.elements and label + other.elements)
        self.empty = self.empty or (other.empty and label + other.empty)
        for word, is_null in other.words.items():
            self.words[word] = self.words.get(word, False) or is_null

    def minimal(self) -> dict[frozenset[int], str]:
        """Return the combinations that gave NULL, without those that follow from others."""
        return {
            chosen: witness
            for chosen, witness in self.nulls.items()
            if not any(other < chosen for other in self.nulls)
        }


@dataclass(frozen=True, slots=True)
class _Attempt:
    nulls: frozenset[int]
    first: str | None
    has_null_elements: bool
    statement: str
    tested: str
    """The statement around it, which returns for each column whether it is NULL."""


def prepare(conn: psycopg.Connection[Any]) -> None:
    """Create the objects of the grid. After this the session only reads."""
    conn.execute(_SETUP.encode())


def attempt(
    conn: psycopg.Connection[Any], subject: Subject, *, seed: str = "", limit: int = LIMIT
) -> Found:
    """Try the function."""
    found = Found()
    attempts = list(_attempts(subject, random.Random(f"{seed}{subject.call}"), limit))
    for start in range(0, len(attempts), _CHUNK):
        chunk = attempts[start : start + _CHUNK]
        for one, outcome in zip(chunk, _outcomes(conn, chunk), strict=True):
            if outcome not in ("error", ""):
                _note(found, one, outcome)
    if subject.kind in "aoh" and found.tried:
        statement = f"{attempts[0].statement} WHERE false"
        none = replace(attempts[0], statement=statement, tested=_tested(subject, statement))
        found.empty = statement if _outcomes(conn, [none]) == ["1"] else ""
    return found


def _outcomes(conn: psycopg.Connection[Any], attempts: Sequence[_Attempt]) -> list[str]:
    try:
        return _run(conn, attempts, _TIMEOUT)
    except psycopg.errors.QueryCanceled:
        pass
    outcomes: list[str] = []
    for one in attempts:
        try:
            outcomes += _run(conn, [one], _SINGLE_TIMEOUT)
        except psycopg.errors.QueryCanceled:
            outcomes.append("error")
    return outcomes


def _run(conn: psycopg.Connection[Any], attempts: Sequence[_Attempt], timeout: str) -> list[str]:
    conn.execute(f"SET statement_timeout TO '{timeout}'".encode())
    row = conn.execute("SELECT pg_temp.try(%s)", [[one.tested for one in attempts]]).fetchone()
    assert row is not None
    return list(row[0])


def _note(found: Found, one: _Attempt, outcome: str) -> None:
    """Note the result: for each column 0, 1 for NULL, or 2 for an array with NULL in it."""
    found.tried += 1
    if one.first is not None:
        found.words[one.first] = found.words.get(one.first, False) or "1" in outcome
    if len(outcome) > 1:
        if not one.nulls:
            for number, flag in enumerate(outcome):
                if flag == "1":
                    found.out.setdefault(number, one.statement)
    elif outcome == "1":
        found.nulls.setdefault(one.nulls, one.statement)
    elif outcome == "2" and not one.nulls and not one.has_null_elements:
        found.elements = found.elements or one.statement


# -- the statements


def _attempts(subject: Subject, chance: random.Random, limit: int) -> Iterator[_Attempt]:
    arguments = subject.arguments
    twice = [(*arguments, arguments[-1])] if subject.is_variadic else []
    for types in itertools.chain.from_iterable(map(values.concrete, [arguments, *twice])):
        grids = [_literals(subject.name, type_) for type_ in types]
        if not all(grids):
            continue
        last = len(subject.arguments) - 1
        for nulls in _null_choices(len(types), subject.is_strict):
            lists = [
                [f"NULL::{values.written(type_)}"] if at in nulls else grid
                for at, (type_, grid) in enumerate(zip(types, grids, strict=True))
            ]
            for literals in _combinations(lists, chance, limit):
                yield _made(subject, literals, types, frozenset(min(at, last) for at in nulls))


def _literals(function: str, type_: str) -> list[str]:
    found = dict.fromkeys(values.of(function, type_))
    if type_ == values.ROW:
        return list(found)
    return [f"'{value.replace(chr(39), chr(39) * 2)}'::{values.written(type_)}" for value in found]


def _null_choices(number: int, is_strict: bool) -> list[frozenset[int]]:
    """Return which arguments to set to NULL: none, each, each two, all."""
    none: frozenset[int] = frozenset()
    if is_strict or not number:
        return [none]
    ones = [frozenset([at]) for at in range(number)]
    twos = [frozenset(pair) for pair in itertools.combinations(range(number), 2)]
    return list(
        dict.fromkeys([none, *ones, *(twos if number < 6 else []), frozenset(range(number))])
    )


def _combinations(
    lists: list[list[str]], chance: random.Random, limit: int
) -> list[tuple[str, ...]]:
    """Return all combinations.

    If there are too many, use all of the first values, each value once, and some more.
    """
    total = math.prod(map(len, lists))
    if total <= limit:
        return list(itertools.product(*lists))
    first = math.floor((limit / 2) ** (1 / len(lists)))
    chosen = dict.fromkeys(itertools.product(*(one[:first] for one in lists)))
    for row in range(max(map(len, lists))):
        chosen[tuple(one[row % len(one)] for one in lists)] = None
    while len(chosen) < limit:
        chosen[tuple(chance.choice(one) for one in lists)] = None
    return list(chosen)


def _made(
    subject: Subject, literals: tuple[str, ...], types: tuple[str, ...], nulls: frozenset[int]
) -> _Attempt:
    text = subject.kind == "f" and types and types[0] == "text" and 0 not in nulls
    first = literals[0][1:].rpartition("'::")[0] if text else None
    has_null_elements = any(
        "NULL" in literal and type_.endswith("[]")
        for literal, type_ in zip(literals, types, strict=True)
    )
    statement = _statement(subject, literals)
    return _Attempt(nulls, first, has_null_elements, statement, _tested(subject, statement))


def _statement(subject: Subject, literals: tuple[str, ...]) -> str:
    names = [f"x{at}" for at in range(len(literals))]
    match subject.kind:
        case "a" | "o" | "h":
            rows = f"(VALUES ({', '.join(literals)})) AS t ({', '.join(names)})"
            rows = rows if literals else "generate_series(1, 1)"
            direct = literals[: subject.direct]
            ordered = names[subject.direct :]
            if subject.kind == "a":
                return f"SELECT {_call(subject, names)} FROM {rows}"
            call = f"{_call(subject, direct)} WITHIN GROUP (ORDER BY {', '.join(ordered)})"
            return f"SELECT {call} FROM {rows}"
        case "w":
            rows = "generate_series(1, 3) AS n"
            return f"SELECT {_call(subject, literals)} OVER (ORDER BY n) FROM {rows}"
        case _ if subject.out:
            return f"SELECT * FROM {_call(subject, literals)}"
        case _:
            return f"SELECT {_call(subject, literals)}"


def _call(subject: Subject, arguments: Sequence[str]) -> str:
    if "{}" in subject.call:
        return subject.call.replace("{}", ", ".join(arguments))
    made = subject.call
    for at, argument in enumerate(arguments):
        made = made.replace(f"{{{at}}}", argument)
    return made


def _tested(subject: Subject, statement: str) -> str:
    columns = [f"c{number}" for number in range(subject.out or 1)]
    tests: list[str] = []
    for column in columns:
        test = f"WHEN {column} IS NOT DISTINCT FROM NULL THEN 1"
        if not subject.out and (
            subject.returns.endswith("[]") or subject.returns.endswith("array")
        ):
            test += (
                f" WHEN EXISTS (SELECT FROM unnest({column}) AS e WHERE num_nulls(e) = 1) THEN 2"
            )
        tests.append(f"max(CASE {test} ELSE 0 END)::text")
    return (
        f"SELECT {' || '.join(tests)} FROM ({statement} LIMIT {_ROWS}) AS t ({', '.join(columns)})"
    )
