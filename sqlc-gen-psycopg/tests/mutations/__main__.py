"""Change the plugin's analysis in small ways, and fail if no test notices one of the changes.

    python -m mutations [--count 200] [--seed 1] [--only TEXT]

Mutants that may survive are listed in survivors.toml, each with the reason.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance import cases, server

from .judge import Judge, Verdict
from .mutants import Mutant, mutants
from .plugin import ANALYSIS

_SURVIVORS = Path(__file__).with_name("survivors.toml")


def main() -> int:
    """Print the mutants that no test notices. Return 1 if one of them is not listed."""
    parser = argparse.ArgumentParser(prog="mutations", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="how many mutants; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="those with this text in their names")
    options = parser.parse_args()
    every = {mutant.name: mutant for path in ANALYSIS.glob("[!_]*.py") for mutant in mutants(path)}
    listed: dict[str, str] = tomllib.loads(_SURVIVORS.read_text())
    chosen = sorted(
        (mutant for mutant in every.values() if options.only in mutant.name),
        key=lambda mutant: mutant.rank(options.seed),
    )[: options.count or None]
    wrong = [f"listed, but there is no such mutant: {name}" for name in listed if name not in every]
    print("\n".join(wrong))
    survivors = 0
    for mutant, verdict in _judged(chosen):
        survivors += not verdict.killed_by
        if bool(verdict.killed_by) == (mutant.name in listed):
            wrong.append(mutant.name)
            print(f"{mutant.name}\n    {_explained(verdict)}", flush=True)
    print(
        f"{len(chosen) - survivors} of {len(chosen)} mutants turn a test red (seed {options.seed},"
        f" {len(every)} in all); {survivors} survive, {len(wrong)} of them not as listed"
    )
    return 1 if wrong or not chosen else 0


def _judged(chosen: list[Mutant]) -> Iterator[tuple[Mutant, Verdict]]:
    cases.load()
    with server.running() as url, tempfile.TemporaryDirectory(prefix="mutations-") as root:
        judge = Judge(Path(root), url)
        try:
            with ThreadPoolExecutor(os.cpu_count()) as pool:
                yield from zip(chosen, pool.map(judge.verdict, chosen), strict=True)
        finally:
            judge.close()


def _explained(verdict: Verdict) -> str:
    if verdict.killed_by:
        return f"is listed, but turns a test red: {verdict.killed_by}"
    if not verdict.reached:
        return "survives: no case runs the statement"
    if not verdict.unnoticed:
        return (
            f"survives: the code is the same for the {verdict.reached} cases that run the statement"
        )
    return f"survives: other code, which no test minds, for {', '.join(verdict.unnoticed[:10])}"


if __name__ == "__main__":
    sys.exit(main())
