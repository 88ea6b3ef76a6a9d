"""A full run fails if a repository method or a generated function was never called."""

import functools
import importlib
import inspect
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import attune_queries
import pytest
from attune_queries.manifest import QUERIES

import attune_store
from tests.twin import called

_KEY = "attune_called"
_PARTIAL = (
    *("file_or_dir", "keyword", "markexpr", "deselect", "ignore", "ignore_glob"),
    *("lf", "stepwise", "collectonly"),
)


def pytest_sessionstart() -> None:
    """Make every generated function note that it was called."""
    for module in _modules():
        for query in QUERIES:
            if module.__name__.endswith(f".{query.module}"):
                setattr(module, query.function, _counted(module, getattr(module, query.function)))


def _modules() -> Iterator[ModuleType]:
    for package in (attune_queries.__name__, f"{attune_queries.__name__}.aio"):
        for name in sorted({query.module for query in QUERIES}):
            yield importlib.import_module(f"{package}.{name}")


def _counted(module: ModuleType, function: Any) -> Any:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        called.add(f"{module.__name__}.{function.__name__}")
        return function(*args, **kwargs)

    return call


def expected() -> set[str]:
    """Return the names of everything that must be called."""
    functions = {
        f"{module.__name__}.{query.function}"
        for module in _modules()
        for query in QUERIES
        if module.__name__.endswith(f".{query.module}")
    }
    methods = {
        f"{name}.{method}"
        for name in attune_store.__all__
        if name.endswith("Repository")
        for method, _ in inspect.getmembers(getattr(attune_store, name), inspect.isfunction)
        if not method.startswith("_")
    }
    return functions | methods


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what a worker of xdist has called."""
    called.update(json.loads(getattr(node, "workeroutput", {}).get(_KEY, "[]")))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Report what was missed, if the run was complete."""
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput[_KEY] = json.dumps(sorted(called))
        return
    if session.testsfailed or any(getattr(config.option, name, None) for name in _PARTIAL):
        return
    if missed := sorted(expected() - called):
        reporter = config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.section("never called by a test", red=True)
            for name in missed:
                reporter.line(name)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
