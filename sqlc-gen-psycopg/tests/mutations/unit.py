"""The tests that call the analysis in their own process, in which a mutant can be put."""

from __future__ import annotations

import io
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from .plugin import Line, limited, trace

_TESTS = Path(__file__).resolve().parents[1]
_ROOT = _TESTS.parents[1]
_FILES = [
    str(_TESTS / name)
    for name in (
        *("test_kinds.py", "test_analysis.py", "test_parameter_types.py"),
        "conformance/test_schema_files.py",
    )
]

_SECONDS = 300
# Some create the same tables in one database, in transactions that they roll back.
_ONE_AT_A_TIME = multiprocessing.Lock()


def traced(url: str) -> dict[str, frozenset[Line]]:
    """Return each test by id, with the lines of the analysis on which it runs a statement."""
    lines: set[Line] = set()
    trace(lines)
    watch = _Watch(lines)
    _run(_FILES, url, watch)
    assert not watch.failed, f"{watch.failed} fails without a mutant"
    return watch.lines


def failed(tests: list[str] | None, url: str) -> str:
    """Return the first of these tests, or of all, that fails with the mutant."""
    watch = _Watch(set())
    if tests is None or tests:
        _run(tests or _FILES, url, watch)
    return watch.failed


def _run(tests: list[str], url: str, watch: _Watch) -> None:
    os.chdir(_ROOT)
    os.environ["DATABASE_URL"] = url
    without = ("randomly", "cacheprovider", "xdist")
    options = ["-qx", *(option for name in without for option in ("-p", f"no:{name}"))]
    with _ONE_AT_A_TIME, limited(_SECONDS), redirect_stdout(io.StringIO()):
        pytest.main([*options, *tests], plugins=[watch])


class _Watch:
    """A pytest plugin that notes failures, and the lines that a test runs."""

    def __init__(self, noted: set[Line]) -> None:
        self.noted = noted
        self.lines: dict[str, frozenset[Line]] = {}
        self.failed = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.noted.clear()
        result = yield
        self.lines[item.nodeid] = frozenset(self.noted)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid
