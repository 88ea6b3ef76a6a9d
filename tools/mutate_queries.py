"""Remove one term of one query at a time, and print the mutants that no test notices.

    python tools/mutate_queries.py [QUERY ...]

A mutant lacks one condition, one alternative, one sort key, one assignment, one limit, one lock or
one part of a WITH. The tests that call its query are run until the first one fails. If a mutant
survives, either a test is missing, or the term has no effect.
"""

import itertools
import signal
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial, wraps
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "generated")]

import pytest  # noqa: E402
from _pytest.runner import runtestprotocol  # noqa: E402
from attune_queries.manifest import QUERIES, Query  # noqa: E402
from sqlglot import exp, parse_one  # noqa: E402

SECONDS_PER_TEST = 30


@dataclass(frozen=True)
class Mutant:
    """A query with one term removed."""

    query: Query
    dropped: str
    sql: str


# --- what can be removed


def mutants(query: Query) -> Iterator[Mutant]:
    """Return every mutant of a query."""
    tree = parse_one(query.sql, read="postgres")
    for index, node in enumerate(tree.walk()):
        for name, drop in _drops(node):
            copy = tree.copy()
            drop(next(itertools.islice(copy.walk(), index, None)))
            yield Mutant(query, f"{name}: {_sql(node)}", _with_types(query, _sql(copy)))


def _drops(node: exp.Expr) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Yield the ways in which a node can be removed."""
    parent = node.parent
    if isinstance(node, exp.Predicate | exp.Unary | exp.Column | exp.Paren | exp.Anonymous):
        if _is_in(node, exp.Or):
            yield "alternative", lambda node: node.replace(exp.false())
        elif _is_in(node, exp.And) or isinstance(parent, exp.Where) or node.arg_key == "on":
            yield "condition", lambda node: node.replace(exp.true())
    if isinstance(node, exp.Or) and isinstance(node.parent, exp.Where):
        yield "condition", lambda node: node.replace(exp.true())
    if isinstance(parent, exp.In) and node.arg_key == "expressions":
        yield "alternative", lambda node: node.pop()
    if isinstance(node, exp.Ordered) and isinstance(parent, exp.Order):
        last = len(parent.expressions) == 1
        yield "sort key", lambda node: (node.parent if last else node).pop()
    if node.arg_key == "expressions" and isinstance(parent, exp.Update):
        last = len(parent.expressions) == 1
        yield (
            "assignment",
            lambda node: (
                node.replace(exp.EQ(this=node.this, expression=node.this)) if last else node.pop()
            ),
        )
    if isinstance(node, exp.Coalesce):
        for position in range(1 + len(node.expressions)):
            yield (
                f"all but argument {position + 1}",
                partial(_replace_by_argument, position=position),
            )
    if isinstance(node, exp.Limit):
        yield "limit", lambda node: node.pop()
    if isinstance(node, exp.Lock):
        yield "lock", lambda node: node.parent.set("locks", None)
        if node.args.get("wait") is False:
            yield "skip locked", lambda node: node.set("wait", None)
        if node.expressions:
            yield "what is locked", lambda node: node.set("expressions", None)
    if isinstance(node, exp.CTE) and not isinstance(node.this, exp.Select):
        yield (
            "statement",
            lambda node: node.replace(exp.CTE(this=exp.select("1"), alias=node.args["alias"])),
        )
    if isinstance(node, exp.Distinct | exp.Group | exp.OnConflict | exp.Filter):
        yield "clause", lambda node: node.replace(node.this) if node.this else node.pop()


def _is_in(node: exp.Expr, connector: type[exp.Connector]) -> bool:
    """Return whether it is one of the terms that are connected like this."""
    return isinstance(node.parent, connector)


def _sql(node: exp.Expr) -> str:
    return node.sql(dialect="postgres", comments=False)


def _with_types(query: Query, sql: str) -> str:
    """Return the statement with all of its parameters, because PostgreSQL must be able to derive their types."""
    types = [f"${number}::{name}" for number, name in enumerate(query.parameters, 1)]
    if not types:
        return sql
    unused = f"unused AS (SELECT {', '.join(types)})"
    for start in "WITH RECURSIVE ", "WITH ":
        if sql.startswith(start):
            return f"{start}{unused}, {sql.removeprefix(start)}"
    return f"WITH {unused} {sql}"


# --- running the tests


def _modules(query: Query) -> list[Any]:
    return [import_module(f"attune_queries.{prefix}{query.module}") for prefix in ("", "aio.")]


@contextmanager
def _patched(query: Query, attribute: str, change: Callable[[Any], Any]) -> Iterator[None]:
    """Replace a value in both twins."""
    with ExitStack() as stack:
        for module in _modules(query):
            before = getattr(module, attribute)
            setattr(module, attribute, change(before))
            stack.callback(setattr, module, attribute, before)
        yield


def _replaced(query: Query, sql: str) -> AbstractContextManager[None]:
    """Replace a statement in both twins."""
    return _patched(query, query.function.upper(), lambda _: sql)


class Mutation:
    """A pytest plugin that runs the tests again and again."""

    def __init__(self, queries: list[Query]) -> None:
        self.queries = queries
        self.callers: dict[str, list[pytest.Item]] = defaultdict(list)
        self.survivors: list[Mutant] = []
        self.count = 0

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find out which tests call which query, then run those for each of its mutants."""
        with ExitStack() as stack:
            for query in self.queries:
                stack.enter_context(_patched(query, query.function, partial(self._seen, query)))
                same = _with_types(query, _sql(parse_one(query.sql, read="postgres")))
                stack.enter_context(_replaced(query, same))
            for item in session.items:
                self._item = item
                if not _passes(item, log=True):
                    pytest.exit("the tests fail without a change", returncode=2)
        for query in self.queries:
            for mutant in mutants(query):
                self.count += 1
                with _replaced(query, mutant.sql):
                    if all(map(_passes, self.callers[query.name])):
                        self.survivors.append(mutant)
                        print(f"\nsurvives: {query.name}: {mutant.dropped}", flush=True)
        return True

    def _seen(self, query: Query, function: Any) -> Any:
        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            items = self.callers[query.name]
            if self._item not in items:
                items.append(self._item)
            return function(*args, **kwargs)

        return call


def _replace_by_argument(node: Any, *, position: int) -> None:
    node.replace([node.this, *node.expressions][position])


def _passes(item: pytest.Item, *, log: bool = False) -> bool:
    item._initrequest()  # type: ignore[attr-defined]
    signal.alarm(SECONDS_PER_TEST)
    # The next item is the session itself, so that its fixtures stay.
    following: Any = item.session
    try:
        reports = runtestprotocol(item, nextitem=following, log=log)
    finally:
        signal.alarm(0)
    return all(report.passed for report in reports)


def _hung(*_: object) -> None:
    raise TimeoutError("a mutant hangs")


def main(names: list[str]) -> int:
    """Print the survivors, and return 1 if there are any."""
    queries = [query for query in QUERIES if not names or query.name in names]
    if unknown := set(names) - {query.name for query in queries}:
        sys.exit(f"no such query: {', '.join(sorted(unknown))}")
    signal.signal(signal.SIGALRM, _hung)
    mutation = Mutation(queries)
    files = [f"tests/test_{module}.py" for module in dict.fromkeys(q.module for q in queries)]
    options = [
        "-q",
        "-o",
        "addopts=",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(ROOT),
    ]
    pytest.main([*options, *files], plugins=[mutation])
    print(f"\n{len(mutation.survivors)} of {mutation.count} mutants survive")
    return 1 if mutation.survivors or not mutation.count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
