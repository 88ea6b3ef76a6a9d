"""Compare attune_store with other libraries: `make bench`.

    python benchmarks                          all, into docs/benchmarks.md and docs/benchmarks.svg
    python benchmarks reading writing          print these
    python benchmarks --compare CHECKOUT       compare with the code of another checkout, and print

All ways take turns, round by round. The processor time of this process and of the server is measured, so
that other programs on the machine have little effect. Where waiting matters, it is the elapsed time.
BENCH_ROWS is the number of rows to stream.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

import comparing
import report
from measuring import Measured, database, measure

MODULES = (
    *("reading", "writing", "bulk", "streaming", "claims", "pipelines", "wakeups", "importing"),
    *("generation", "nesting", "tracing"),
)


def main() -> None:
    """Measure, and print or write."""
    parser = argparse.ArgumentParser(
        prog="benchmarks",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("modules", nargs="*", choices=[*MODULES, []], metavar="MODULE")
    parser.add_argument("--seconds", type=float, default=8, help="how long each comparison takes")
    parser.add_argument("--compare", type=Path, metavar="CHECKOUT")
    options = parser.parse_args()
    modules: list[str] = options.modules or list(MODULES)
    if options.compare is not None:
        sys.exit(comparing.compare(options.compare, modules, options.seconds))
    results: dict[str, list[Measured]] = {}
    for name in modules:
        with database() as url:
            for comparison in import_module(name).comparisons(url):
                measured = measure(comparison, url, options.seconds)
                results.setdefault(name, []).append(measured)
                print(report.table(measured), flush=True)
                if measured.misses:
                    report.remember_profile(comparison)
    if not options.modules:
        report.write(results)


if __name__ == "__main__":
    main()
