"""Run a case's script, sync and async, and check every value against its annotation."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

import psycopg
from pydantic import MISSING, JsonValue

from .annotations import bare, members, optional, positions
from .case import Call, Case, Q
from .values import check

_NOT_QUERIES = {
    "runtime",
    "support",
    "enums",
    "codecs",
    "models",
    "rows",
    "manifest",
    "catalog",
    "constraints",
    "aio",
}


def query_functions(package: ModuleType, modules: Mapping[str, ModuleType]) -> dict[str, Any]:
    """Return the query functions by name, from the package's modules or those of its `aio`."""
    queries = submodule(package, "manifest").QUERIES
    return {query.function: getattr(modules[query.module], query.function) for query in queries}


def query_modules(package: ModuleType) -> dict[str, ModuleType]:
    """Return the modules of query functions in a package (or in its `aio`)."""
    return {
        info.name: importlib.import_module(f"{package.__name__}.{info.name}")
        for info in pkgutil.iter_modules(package.__path__)
        if info.name not in _NOT_QUERIES
    }


def submodule(package: ModuleType, name: str) -> ModuleType:
    """Return a module of the package."""
    return importlib.import_module(f"{package.__name__}.{name}")


def hints(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the function's annotations, evaluated."""
    return typing.get_type_hints(function, localns={"psycopg": psycopg})


class Recorder:
    """Records what was called, and which NULLs were returned where."""

    def __init__(self) -> None:
        self.called: set[str] = set()
        self.witnessed: set[str] = set()

    def arguments(self, name: str, function: Callable[..., Any], call: Call) -> None:
        """Check that the script itself passes only values that the annotations allow."""
        found = hints(function)
        signature = inspect.signature(function)
        try:
            bound = signature.bind(None, *call.arguments, **call.keywords)
        except TypeError as error:
            raise AssertionError(f"{name}{signature}: {error}") from None
        for key, value in list(bound.arguments.items())[1:]:
            if key == "params":
                continue
            if signature.parameters[key].kind is inspect.Parameter.VAR_KEYWORD:
                continue
            _allow(value, found[key], f"{name}({key})")

    def result(self, name: str, function: Callable[..., Any], value: Any) -> None:
        """Check a result against the return annotation."""
        self.called.add(name)
        annotation = hints(function).get("return")
        check(value, annotation, name, self.witnessed)


def _allow(value: Any, annotation: Any, path: str) -> None:
    if value is MISSING:
        if MISSING not in members(annotation):
            raise AssertionError(f"{path} is MISSING, annotated {annotation}")
    elif value is None and JsonValue in bare(annotation):
        return
    elif value is None and not optional(annotation):
        raise AssertionError(f"{path} is None, annotated {annotation}")


class Proxy(Q):
    """A Q whose modules are the sync ones or the async ones."""

    def module(self, name: str) -> Any:
        return submodule(self.package, name)


def run_sync(
    case: Case, package: ModuleType, conn: psycopg.Connection[Any], recorder: Recorder
) -> None:
    """Run the script on the sync functions, in a transaction that is rolled back."""
    q = Proxy(package, query_modules(package), conn)
    with conn.transaction(force_rollback=True):
        script = case.script(q)
        step: Callable[[], Call] = lambda: next(script)  # noqa: E731
        while True:
            try:
                call = step()
            except StopIteration:
                break
            try:
                with conn.transaction():
                    value = _call_sync(q, conn, call, recorder)
            except Exception as error:
                thrown = error
                step = lambda: script.throw(thrown)  # noqa: E731
            else:
                got = value
                step = lambda: script.send(got)  # noqa: E731


def _call_sync(q: Q, conn: psycopg.Connection[Any], call: Call, recorder: Recorder) -> Any:
    if call.sql is not None:
        conn.execute(call.sql.encode())
        return None
    if call.target is not None:
        value = getattr(call.target, call.name)(*call.arguments, **call.keywords)
        return list(value) if isinstance(value, Iterator) else value
    function = q.function(call.name)
    call = with_rows(q, call)
    recorder.arguments(call.name, function, call)
    value = function(conn, *call.arguments, **call.keywords)
    value = drain(value)
    recorder.result(call.name, function, value)
    return value


def with_rows(q: Q, call: Call) -> Call:
    """Convert the rows of a call, which scripts write as dictionaries, for the function."""
    function = q.function(call.name)
    if "params" not in inspect.signature(function).parameters or not call.arguments:
        return call
    return replace(call, arguments=(q.rows(call.name, call.arguments[0]),))


def drain(value: Any) -> Any:
    if isinstance(value, psycopg.Cursor):
        return typing.cast("Any", value)
    if hasattr(value, "__enter__"):
        with value as opened:
            return drain(opened)
    return list(value) if isinstance(value, Iterator) else value


async def run_async(
    case: Case, package: ModuleType, conn: psycopg.AsyncConnection[Any], recorder: Recorder
) -> None:
    """Run the script on the async functions, in a transaction that is rolled back."""
    q = Proxy(package, query_modules(submodule(package, "aio")), conn)
    async with conn.transaction(force_rollback=True):
        script = case.script(q)
        step: Callable[[], Call] = lambda: next(script)  # noqa: E731
        while True:
            try:
                call = step()
            except StopIteration:
                break
            try:
                async with conn.transaction():
                    value = await _call_async(q, conn, call, recorder)
            except Exception as error:
                thrown = error
                step = lambda: script.throw(thrown)  # noqa: E731
            else:
                got = value
                step = lambda: script.send(got)  # noqa: E731


async def _call_async(
    q: Q, conn: psycopg.AsyncConnection[Any], call: Call, recorder: Recorder
) -> Any:
    if call.sql is not None:
        await conn.execute(call.sql.encode())
        return None
    if call.target is not None:
        value = getattr(call.target, call.name)(*call.arguments, **call.keywords)
        return await adrain(value)
    function = q.function(call.name)
    call = with_rows(q, call)
    recorder.arguments(call.name, function, call)
    value = await adrain(function(conn, *call.arguments, **call.keywords))
    recorder.result(call.name, function, value)
    return value


async def adrain(value: Any) -> Any:
    if isinstance(value, Awaitable):
        value = await value
    if isinstance(value, psycopg.AsyncCursor):
        return typing.cast("Any", value)
    if hasattr(value, "__aenter__"):
        async with value as opened:
            return await adrain(opened)
    if isinstance(value, AsyncIterator):
        return [item async for item in value]
    return value


def optional_positions(functions: Mapping[str, Callable[..., Any]]) -> set[str]:
    """Return all positions of the return annotations in which None is allowed."""
    found: set[str] = set()
    for name, function in functions.items():
        positions(hints(function).get("return"), name, found)
    return found
