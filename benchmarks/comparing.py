"""Compare two checkouts in one run. Each has a process, and they take turns."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SLOWER = 1.05
ROUNDS = 15


class Side:
    """A process that measures the code of one checkout, one round per request."""

    def __init__(self, checkout: Path, module: str) -> None:
        path = os.pathsep.join(str(checkout / part) for part in ("", "generated"))
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "comparing.py"), module],
            cwd=checkout,
            env=os.environ | {"PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, question: str) -> Any:
        """Return the answer, or None after the process has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(f"{question}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return None
        answer = self._process.stdout.readline()
        return json.loads(answer) if answer else None

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


@contextmanager
def sides(other: Path, module: str) -> Iterator[tuple[Side, Side]]:
    """Yield the process of the other checkout, and that of this one."""
    both = Side(other.resolve(), module), Side(HERE.parent, module)
    try:
        yield both
    finally:
        for side in both:
            side.close()


def compare(other: Path, modules: list[str], seconds: float) -> int:
    """Print the ratio of each comparison, and what got slower. Return how many did."""
    slower: list[str] = []
    for module in modules:
        with sides(other, module) as (before, now):
            while True:
                names = before.ask("next"), now.ask("next")
                if None in names or names[0] != names[1]:
                    if names != (None, None):
                        print(f"{module}: {names[0]} there, {names[1]} here: can't be compared")
                    break
                name = names[1]
                ratios = list(_ratios(before, now, seconds))
                middle = statistics.median(ratios)
                low, _, high = statistics.quantiles(ratios, n=4)
                print(f"{middle:5.2f}  {low:.2f} to {high:.2f}  {name}", flush=True)
                if middle > SLOWER and low > 1:
                    slower.append(f"{name}: {middle:.2f}")
    print("slower: " + "; ".join(slower) if slower else "nothing got slower")
    return len(slower)


def _ratios(before: Side, now: Side, seconds: float) -> Iterator[float]:
    """Return for each round the time here, as a ratio to the other checkout."""
    left = seconds
    for turn in range(ROUNDS):
        first, second = (before, now) if turn % 2 else (now, before)
        times = {first: first.ask("run"), second: second.ask("run")}
        yield times[now] / times[before]
        left -= sum(times.values())
        if left < 0 and turn >= 5:
            return


def serve(module: str) -> None:
    """Answer on standard output: with the name of the next comparison, or the seconds of a run."""
    from measuring import OURS, clock_of, database, timed

    with database() as url:
        comparisons = import_module(module).comparisons(url)
        comparison = None
        for question in sys.stdin:
            if question.strip() == "next":
                comparison = next((one for one in comparisons if OURS in one.ways), None)
                if comparison is not None:
                    comparison.ways[OURS]()
                    clock = clock_of(comparison, url)
                answer: Any = None if comparison is None else comparison.name
            else:
                assert comparison is not None
                answer = timed(comparison.ways[OURS], clock)
            print(json.dumps(answer), flush=True)
            if answer is None:
                return


if __name__ == "__main__":
    serve(sys.argv[1])
