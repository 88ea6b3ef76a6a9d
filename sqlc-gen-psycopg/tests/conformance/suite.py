"""A run of the suite: generation in both modes, type checkers in the background, and figures."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import re
import shutil
import typing
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
from pydantic import MISSING
from sqlc_gen_psycopg.problems import Problems
from sqlc_gen_psycopg.verify import verify

from . import oracle, server
from .annotations import bare, fields, is_model, members
from .attack import attack_async, attack_sync, fill
from .case import MODES, Case, Mode, Q, Refusal
from .checkers import complaints
from .describe import PgType, Server
from .figures import Figures
from .generate import PREFIX, Generated, differing, generate, load
from .run import (
    Recorder,
    hints,
    optional_positions,
    query_functions,
    query_modules,
    run_async,
    run_sync,
    submodule,
)


@dataclass(slots=True)
class Run:
    """A case in one mode."""

    mode: Mode
    package: ModuleType
    recorder: Recorder = field(default_factory=Recorder)
    types: dict[str, dict[str, PgType]] = field(default_factory=dict[str, dict[str, PgType]])
    problems: list[str] = field(default_factory=list[str])
    excused: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """The columns that may be NULL by the schema alone, whatever the rows."""
    composite: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def is_excused(self, position: str) -> bool:
        """Return whether the schema itself allows the position to be NULL."""
        name, path = re.match(r"(\w+)(?:\[\])*(.*)", position).groups()  # type: ignore[union-attr]
        return (name, path) in self.excused or any(
            name == one and path.startswith(start) and path != start
            for one, start in self.composite
        )

    @contextmanager
    def noting(self, part: str) -> Iterator[None]:
        """Note an exception as a problem of this part."""
        try:
            yield
        except Exception as error:
            self.problems.append(f"{part}: {_trace(error)}")


class Suite:
    """The state that the tests of a session share."""

    def __init__(
        self,
        root: Path,
        cases: Mapping[str, Case],
        refusals: Mapping[str, Refusal],
        url: str,
        *,
        type_check: bool,
        generate: Callable[..., Generated] = generate,
    ) -> None:
        self.root = root
        self.cases = cases
        self.url = url
        self.figures = Figures()
        self.abilities = server.abilities(url)
        schemas = {server.own_name(name): case.schema for name, case in cases.items()}
        self.databases = list(schemas)
        self.schema_errors = server.create(url, schemas)
        with ThreadPoolExecutor(2) as pool:
            runs: dict[Mode, Future[Generated]] = {
                mode: pool.submit(generate, root / mode, _of(cases, mode), mode, url)
                for mode in MODES
            }
            refused = pool.submit(generate, root / "refused", refusals, "static", None)
            self.generated = {mode: run.result() for mode, run in runs.items()}
            self.refused = refused.result()
        written = {
            name: case
            for name, case in cases.items()
            if len(case.modes) == 2
            and not any(name in run.errors for run in self.generated.values())
        }
        self.differing = differing(root / "static", root / "database", written)
        self.figures.differing = len(self.differing)
        for name in written:
            if name not in self.differing:
                shutil.rmtree(root / "database" / "out" / f"{PREFIX['database']}{name}")
        self._pool = ThreadPoolExecutor(1)
        self._problems: Future[dict[str, list[str]]] | None = None
        if type_check:
            outs = [root / mode / "out" for mode in MODES if (root / mode / "out").exists()]
            self._problems = self._pool.submit(complaints, root, outs)

    def close(self) -> None:
        """Drop the databases."""
        self._pool.shutdown(cancel_futures=True)
        server.drop(self.url, self.databases)

    @property
    def problems(self) -> dict[str, list[str]]:
        """Return the messages of the type checkers and ruff, by package."""
        return self._problems.result() if self._problems is not None else {}

    def modes(self, case: Case) -> list[Mode]:
        """Return the modes whose output has to be run: both, unless their output is the same."""
        return list(case.modes) if case.id in self.differing else [case.modes[0]]

    def execute(self, case: Case) -> list[str]:
        """Execute a case in every way, and return its problems."""
        if lacking := self.abilities.lacking(case):
            return self._refused(case, lacking)
        self.figures.count(case)
        problems = self._not_generated(case)
        if not problems:
            try:
                problems += self._run(case)
            except Exception as error:
                problems.append(_trace(error))
        if problems:
            self.figures.failed.add(case.id)
        return problems

    def _not_generated(self, case: Case) -> list[str]:
        problems: list[str] = []
        if error := self.schema_errors.get(server.own_name(case.id)):
            problems.append(f"the schema itself fails: {error}")
        for mode in MODES:
            if error := self.generated[mode].errors.get(case.id):
                problems.append(f"{mode}: {error}")
        return problems

    def _refused(self, case: Case, lacking: str) -> list[str]:
        """Check that a case that needs what this server lacks is refused by it."""
        self.figures.lacking[case.id] = lacking
        if server.is_embedded():
            return [f"the embedded server lacks {lacking}"]
        if self._not_generated(case):
            return []
        package = load(self.root / case.modes[0], PREFIX[case.modes[0]] + case.id)
        with psycopg.connect(
            server.database_url(self.url, server.own_name(case.id)), autocommit=True
        ) as conn:
            for query in submodule(package, "manifest").QUERIES:
                try:
                    Server(conn).describe(query.sql)
                except psycopg.Error:
                    return []
        return [f"this server lacks {lacking}, and takes all of it"]

    def _run(self, case: Case) -> list[str]:
        url = server.database_url(self.url, server.own_name(case.id))
        problems = list(self._verify(case, url))
        runs = [
            Run(mode, load(self.root / mode, PREFIX[mode] + case.id)) for mode in self.modes(case)
        ]
        with psycopg.connect(url, autocommit=True) as conn:
            for run in runs:
                self._describe(run, conn, count=run is runs[0])
                self._expect(case, run)
                with run.noting("sync"):
                    if "sync" in flavours(run.package):
                        run_sync(case, run.package, conn, run.recorder)
            asyncio.run(self._run_async(case, url, runs))
            for filled in (False, True):
                if filled:
                    fill(conn, Server(conn))
                for run in runs:
                    if "sync" not in flavours(run.package):
                        continue
                    with run.noting("attack"):
                        self._note(run, attack_sync(run.package, conn, run.recorder, run.types))
            asyncio.run(self._attack_async(url, runs))
        for run in runs:
            self._nullability(case, run, count=run is runs[0])
            problems += [f"{run.mode}: {problem}" for problem in run.problems]
        return problems

    def _verify(self, case: Case, url: str) -> Iterator[str]:
        """Let the command compare the packages of all modes with the database."""
        for mode in case.modes:
            package = self.root / mode / "out" / f"{PREFIX[mode]}{case.id}"
            if package.exists():
                try:
                    verify(url, package)
                except Problems as problems:
                    yield f"{mode}: verify: {problems}"

    async def _run_async(self, case: Case, url: str, runs: list[Run]) -> None:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
            for run in runs:
                with run.noting("async"):
                    if "async" in flavours(run.package):
                        await run_async(case, run.package, conn, run.recorder)

    async def _attack_async(self, url: str, runs: list[Run]) -> None:
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
            for run in runs:
                if "async" not in flavours(run.package):
                    continue
                with run.noting("async attack"):
                    self._note(run, await attack_async(run.package, conn, run.recorder, run.types))

    def _note(self, run: Run, outcome: tuple[int, list[str]]) -> None:
        calls, failures = outcome
        self.figures.calls += calls
        run.problems += [f"attack: {failure}" for failure in failures[:8]]

    def _nullability(self, case: Case, run: Run, *, count: bool) -> None:
        functions = package_functions(run.package)
        if missed := sorted(set(functions) - run.recorder.called):
            run.problems.append(f"never executed: {', '.join(missed)}")
        may_be_none = optional_positions(functions)
        loose = {
            position
            for position in may_be_none - run.recorder.witnessed
            if not run.is_excused(position)
        }
        if count:
            self.figures.nullable += len(may_be_none)
            self.figures.loose += len(loose)
        if unexpected := loose - case.loose:
            run.problems.append(f"loose: {', '.join(sorted(unexpected))}")
        if gone := case.loose - loose:
            run.problems.append(f"said to be loose, but not: {', '.join(sorted(gone))}")

    def _expect(self, case: Case, run: Run) -> None:
        """Compare the annotations that the case expects with the generated ones."""
        q = Q(run.package, query_modules(run.package), None)
        for position, expected in case.annotations.items():
            with run.noting(position):
                if (found := q.annotation(position)) != expected:
                    run.problems.append(f"{position}: {found}, not {expected}")

    def _describe(self, run: Run, conn: psycopg.Connection[Any], *, count: bool) -> None:
        """Compare every function's annotations with PREPARE."""
        described = Server(conn)
        seen: set[str] = set()
        functions = package_functions(run.package)
        for query in submodule(run.package, "manifest").QUERIES:
            function = functions[query.function]
            found = described.describe(query.sql)
            annotations = hints(function)
            keywords = parameters(function)
            types = run.types[query.function] = {}
            wrong: list[str] = []
            if len(query.names) != len(found.parameters):
                wrong.append(f"{query.names} for {len(found.parameters)} parameters")
            for number, (pg, name) in enumerate(zip(found.parameters, query.names, strict=False)):
                seen |= _leaves(pg)
                if name not in keywords:
                    wrong.append(f"there is no keyword {name}")
                elif (
                    MISSING in members(keywords[name])
                    and pg.name == "bool"
                    and (name in query.names[number + 1 :])
                ):
                    continue
                else:
                    types[name] = pg
                    if why := oracle.disagreement(keywords[name], pg, parameter=True):
                        wrong.append(f"({name}): {why}")
            if found.columns and command(query.command):
                row = oracle.row_of(annotations["return"], query.command)
                paths = oracle.columns_of(row, [pg for _, pg in found.columns])
                for path, nullable, (_, pg) in zip(
                    paths, found.nullable, found.columns, strict=False
                ):
                    if nullable:
                        run.excused.add((query.function, path))
                    if _is_composite_type(pg):
                        run.composite.add((query.function, path))
                wrong += oracle.column_disagreements(row, found.columns)
                for _, pg in found.columns:
                    seen |= _leaves(pg)
            if count:
                self.figures.queries += 1
                self.figures.parameters += len(found.parameters)
                self.figures.columns += len(found.columns)
            self.figures.disagreements += len(wrong)
            run.problems += [f"describe: {query.name}: {why}" for why in wrong]
        if count:
            self.figures.types.update(seen)


def parameters(function: Any) -> dict[str, Any]:
    """Return the keywords of a function, or the fields of its rows or of its class of parameters."""
    found = hints(function)
    keywords: dict[str, Any] = {}
    for name in list(inspect.signature(function).parameters)[1:]:
        parts = bare(found[name])
        items = typing.get_args(parts[0]) if len(parts) == 1 else ()
        row = items[0] if items and is_model(items[0]) else parts[0]
        if name in ("params", "arg") and is_model(row):
            keywords |= fields(row)
        else:
            keywords[name] = found[name]
    return keywords


def command(name: str) -> bool:
    """Return whether the function returns rows."""
    return name in (":one", ":many", ":batchone", ":batchmany")


def _is_composite_type(pg: PgType) -> bool:
    while pg.inner is not None:
        pg = pg.inner
    return pg.kind == "composite"


def package_functions(package: ModuleType) -> dict[str, Any]:
    """Return all generated query functions by name, the sync ones if there are both."""
    kinds = flavours(package)
    modules = query_modules(package if "sync" in kinds else submodule(package, "aio"))
    return query_functions(package, modules)


def flavours(package: ModuleType) -> set[str]:
    """Return which of sync and async the package has."""
    found: set[str] = set()
    query = submodule(package, "manifest").QUERIES[0]
    if hasattr(submodule(package, query.module), query.function):
        found.add("sync")
    if importlib.util.find_spec(f"{package.__name__}.aio") is not None:
        found.add("async")
    return found


def _of(cases: Mapping[str, Case], mode: Mode) -> dict[str, Case]:
    return {name: case for name, case in cases.items() if mode in case.modes}


def _leaves(pg: PgType) -> set[str]:
    if pg.kind == "array":
        assert pg.inner is not None
        return {f"{name}[]" for name in _leaves(pg.inner)}
    return {pg.name if pg.kind in ("base", "range", "multirange") else pg.kind}


def _trace(error: BaseException) -> str:
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    where = " < ".join(f"{Path(f.filename).name}:{f.lineno} {f.line}" for f in frames[::-1][:4])
    return f"{type(error).__name__}: {error} [{where}]"
