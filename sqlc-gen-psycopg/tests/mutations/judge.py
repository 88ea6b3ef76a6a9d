"""Find out whether a mutant makes a test fail.

A mutant is killed only by tests: the conformance suite on a case for which the mutant generates other code, a
refusal with another message, a golden file, or a test of the analysis.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from conformance import server
from conformance.case import CASES, OLDEST, REFUSALS, Case, Mode, Q, Refusal, Script
from conformance.generate import PREFIX, Generated, write_inputs
from conformance.suite import Suite

from . import unit
from .mutants import Mutant
from .plugin import Answer, Line, Request, answer, apart, put_in, traced
from .requests import record

_TESTS = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a mutant."""

    killed_by: str = ""
    """The case whose test fails, and how; empty if the mutant survives."""
    unnoticed: list[str] = field(default_factory=list[str])
    """The cases for which it generates other code, and whose tests pass."""
    reached: int = 0
    """The cases and tests that run the changed statement."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A case in one mode, and the output of the plugin without a mutant."""

    case: Case | Refusal
    mode: Mode
    request: Request
    answer: Answer
    lines: frozenset[Line]

    @property
    def is_golden(self) -> bool:
        """Whether its code is a golden file."""
        return self.case.area == "golden"


class Judge:
    """Runs mutants against all cases."""

    def __init__(self, root: Path, url: str) -> None:
        self.root, self.url = root, url
        executed = {name: case for name, case in CASES.items() if case.modes[0] == "static"}
        others = {name: case for name, case in CASES.items() if case.modes[0] == "database"}
        schemas = {server.own_name(name): case.schema for name, case in others.items()}
        self.databases = list(schemas)
        server.create(url, schemas)
        self.pairs = [
            *self._pairs("golden", _golden(), "static"),
            *self._pairs("refused", {**REFUSALS, **_refused()}, "static"),
            *self._pairs("static", executed, "static"),
            *self._pairs("database", others, "database"),
        ]
        self.tests = apart(unit.traced, url)

    def close(self) -> None:
        """Drop the databases."""
        server.drop(self.url, self.databases)

    def _pairs(self, folder: str, cases: Mapping[str, Case | Refusal], mode: Mode) -> list[Pair]:
        requests = record(self.root / folder, cases, mode, self.url)
        found = apart(traced, requests)
        return [Pair(cases[name], mode, requests[name], *found[name]) for name in requests]

    def verdict(self, mutant: Mutant) -> Verdict:
        """Judge a mutant, in a separate process."""
        return apart(self._verdict, mutant)

    def _verdict(self, mutant: Mutant) -> Verdict:
        server.begin_run()
        try:
            put_in({mutant.module: mutant.tree()})
        except Exception as error:
            return Verdict(f"the import: {error!r}")
        pairs, tests = self.pairs, None
        if mutant.line is not None:
            line = (mutant.module, mutant.line)
            pairs = [pair for pair in pairs if line in pair.lines]
            tests = [test for test, lines in self.tests.items() if line in lines]
        reached = len(pairs) + len(self.tests if tests is None else tests)
        unnoticed: list[str] = []
        for pair in pairs:
            found = answer(pair.request)
            if found == pair.answer:
                continue
            if problems := self.problems(pair, found):
                return Verdict(f"{pair.case.id}: {problems[0]}", unnoticed, reached)
            unnoticed.append(pair.case.id)
        return Verdict(unit.failed(tests, self.url), unnoticed, reached)

    def problems(self, pair: Pair, found: Answer) -> list[str]:
        """Return the problems that a test finds in an answer."""
        if isinstance(pair.case, Refusal):
            problem = pair.case.problem(found.error)
            return [problem] if problem else []
        if found.error is not None:
            return [found.error]
        if pair.is_golden:
            return ["other code"]
        return self._executed(pair.case, pair.mode, found)

    def _executed(self, case: Case, mode: Mode, found: Answer) -> list[str]:
        """Return the problems that the suite finds in a case with this code."""

        def generate(root: Path, cases: Mapping[str, Case], mode: Mode, _: str | None) -> Generated:
            write_inputs(root, cases)
            for name in cases:
                for file, text in found.files.items():
                    path = root / "out" / f"{PREFIX[mode]}{name}" / file
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
            return Generated(root, {})

        only = replace(case, modes=(mode,))
        with tempfile.TemporaryDirectory(dir=self.root) as root:
            suite = Suite(
                Path(root), {case.id: only}, {}, self.url, type_check=False, generate=generate
            )
            try:
                return suite.execute(only)
            finally:
                suite.close()


def _golden() -> dict[str, Case]:
    """Compare the generated code with the golden files."""
    found: dict[str, Case] = {}
    for folder in sorted([*(_TESTS / "golden").iterdir(), _TESTS.parent / "examples/library"]):
        options = folder / "options.json"
        case = Case(
            area="golden",
            name=folder.name,
            schema=(folder / "schema.sql").read_text(),
            queries={"query": (folder / "query.sql").read_text()},
            options=json.loads(options.read_text()) if options.exists() else {},
            script=_nothing,
            annotations={},
            loose=frozenset(),
            modes=("static",),
            files={},
            since=OLDEST,
        )
        found[case.id] = case
    return found


def _nothing(_: Q) -> Script:
    yield from ()


def _refused() -> dict[str, Refusal]:
    found: dict[str, Refusal] = {}
    for path in sorted((_TESTS / "refused").glob("*.sql")):
        schema, _, queries = path.read_text().partition("-- queries\n")
        says = [
            line.removeprefix("-- expect: ")
            for line in schema.splitlines()
            if line.startswith("-- expect: ")
        ]
        case = Refusal("refused", path.stem, schema, {"query": queries}, {}, tuple(says))
        found[case.id] = case
    return found
