"""The plugin in a separate process, with changed modules of its analysis."""

from __future__ import annotations

import ast
import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, TypeVar

ANALYSIS = Path(__file__).resolve().parents[2] / "src/sqlc_gen_psycopg/analysis"
_PACKAGE = "sqlc_gen_psycopg"
_SECONDS = 30

T = TypeVar("T")
Line = tuple[str, int]
"""A module of the analysis, and a line in it."""


@dataclass(frozen=True, slots=True)
class Request:
    """The request of sqlc for one case."""

    folder: Path
    """The folder in which sqlc ran, to which the paths in the request are relative."""
    parsed: Any
    database_url: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of the plugin: files, or the reason why there are none."""

    files: Mapping[str, str] = field(default_factory=dict[str, str])
    error: str | None = None


def apart(function: Callable[..., T], *arguments: Any) -> T:
    """Call a function in a separate process, which imports the plugin again."""
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    process = fork.Process(target=_call, args=(sender, function, arguments), daemon=True)
    process.start()
    sender.close()
    try:
        result: T = receiver.recv()
    finally:
        process.kill()
        process.join()
        receiver.close()
    return result


def _call(sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    sys.dont_write_bytecode = True
    signal.signal(signal.SIGALRM, _hung)
    sender.send(function(*arguments))


def answer(request: Request) -> Answer:
    """Let the plugin of this process answer a request."""
    plan, render, problems = (_module(name) for name in ("plan", "render", "problems"))
    os.chdir(request.folder)
    options, version = request.parsed.plugin_options, request.parsed.sqlc_version
    try:
        with limited(_SECONDS):
            package = plan.plan(request.parsed, request.database_url)
            return Answer(render.render(package, options, version))
    except (problems.Problem, problems.Problems) as problem:
        return Answer(error=str(problem))
    except Exception as error:
        return Answer(error=str(problems.bug(error)))


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{_PACKAGE}.{name}")


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Raise an error if a part takes so long that it hangs, as a mutant may."""
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


def _hung(*_: object) -> None:
    raise TimeoutError("the plugin hangs")


def put_in(trees: Mapping[str, ast.Module], **names: Any) -> None:
    """Let imports of the analysis find these modules, with some additional names in them."""
    for name in [name for name in sys.modules if name.startswith(f"{_PACKAGE}.")]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder(trees, names))
    _module("plan")


class _Finder:
    def __init__(self, trees: Mapping[str, ast.Module], names: Mapping[str, Any]) -> None:
        self.trees, self.names = trees, names

    def find_spec(self, name: str, *_: Any) -> ModuleSpec | None:
        package, _dot, stem = name.rpartition(".")
        if package != f"{_PACKAGE}.analysis" or stem not in self.trees:
            return None
        return spec_from_loader(name, _Loader(name, self.trees[stem], self.names))


class _Loader(SourceFileLoader):
    def __init__(self, name: str, tree: ast.Module, names: Mapping[str, Any]) -> None:
        super().__init__(name, str(ANALYSIS / f"{name.rpartition('.')[2]}.py"))
        self.tree, self.names = tree, names

    def get_code(self, fullname: str) -> CodeType:
        return compile(self.tree, self.path, "exec")

    def exec_module(self, module: ModuleType) -> None:
        vars(module).update(self.names)
        super().exec_module(module)


def trace(lines: set[Line]) -> None:
    """Note the lines on which the analysis of this process runs a statement."""
    trees = {path.stem: _probed(path) for path in ANALYSIS.glob("[!_]*.py")}
    put_in(trees, note_line=lines.add)


def traced(requests: Mapping[str, Request]) -> dict[str, tuple[Answer, frozenset[Line]]]:
    """Return the answers, and the lines on which a statement was run for each."""
    lines: set[Line] = set()
    trace(lines)
    found: dict[str, tuple[Answer, frozenset[Line]]] = {}
    for name, request in requests.items():
        lines.clear()
        found[name] = answer(request), frozenset(lines)
    return found


def _probed(path: Path) -> ast.Module:
    """Return the module with probes that note which statements of its functions are run."""
    tree = ast.parse(path.read_text())
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for node in ast.walk(function):
                for name in ("body", "orelse", "finalbody"):
                    statements: Any = getattr(node, name, None)
                    if isinstance(statements, list):
                        setattr(node, name, list(_with_probes(path.stem, statements)))
    return ast.fix_missing_locations(tree)


def _with_probes(module: str, statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in statements:
        yield from ast.parse(f"note_line(({module!r}, {statement.lineno}))").body
        yield statement
