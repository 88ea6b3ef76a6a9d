"""The suite of the session, and its figures at the end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import server
from .case import CASES, REFUSALS
from .suite import Suite

_KEY = pytest.StashKey[Suite]()


@pytest.fixture(scope="session")
def url() -> Iterator[str]:
    """Return the server."""
    with server.running() as found:
        yield found


@pytest.fixture(scope="session")
def suite(request: pytest.FixtureRequest, url: str) -> Iterator[Suite]:
    """Generate the selected cases in one run. With CONFORMANCE_ROOT the output is kept."""
    wanted = {
        item.callspec.params.get("name")
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    }
    cases = {name: case for name, case in CASES.items() if name in wanted}
    refusals = {name: case for name, case in REFUSALS.items() if name in wanted}
    kept = os.environ.get("CONFORMANCE_ROOT")
    with tempfile.TemporaryDirectory(prefix="conformance-") as scratch:
        type_check = any(item.name.startswith("test_typed") for item in request.session.items)
        made = Suite(Path(kept or scratch), cases, refusals, url, type_check=type_check)
        request.config.stash[_KEY] = made
        try:
            yield made
        finally:
            made.close()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print the figures."""
    suite = config.stash.get(_KEY, None)
    if suite is not None:
        terminalreporter.section("conformance")
        for line in suite.figures.lines():
            terminalreporter.write_line(line)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests that wait for the type checkers last."""
    items.sort(key=lambda item: item.name.startswith(("test_typed", "test_tools")))
