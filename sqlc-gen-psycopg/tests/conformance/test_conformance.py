"""SQL of others, through sqlc and the plugin, compared with the server."""

from __future__ import annotations

import pytest

from . import cases as _cases
from .case import CASES, MODES, REFUSALS
from .generate import PREFIX
from .suite import Suite

_cases.load()


@pytest.mark.parametrize("name", REFUSALS)
def test_refused(suite: Suite, name: str) -> None:
    """SQL that can't be generated is refused with a message that helps."""
    suite.figures.refusals += 1
    assert REFUSALS[name].problem(suite.refused.errors.get(name)) is None


@pytest.mark.parametrize("name", CASES)
def test_executed(suite: Suite, name: str) -> None:
    """Annotations agree with the server, and values with annotations, sync and async."""
    problems = suite.execute(CASES[name])
    assert not problems, "\n" + "\n".join(problems)


@pytest.mark.parametrize("name", CASES)
def test_typed(suite: Suite, name: str) -> None:
    """mypy --strict, pyright strict and ruff find nothing."""
    problems = [
        problem for mode in MODES for problem in suite.problems.get(PREFIX[mode] + name, [])
    ]
    if problems:
        suite.figures.failed.add(name)
    assert not problems, "\n" + "\n".join(problems[:20])


def test_tools_ran(suite: Suite) -> None:
    """Every message of the type checkers belongs to a case."""
    packages = {PREFIX[mode] + name for mode in MODES for name in CASES}
    rest = {name: found for name, found in suite.problems.items() if name not in packages}
    assert not rest
