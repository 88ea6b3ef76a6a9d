"""What an import costs: of the store beside the libraries that it is built on, and of a large package.

    python benchmarks/import_time.py --rounds 20

Each import is a process of its own, in turn, round by round; counted is its processor time without
that of a process that imports nothing. The large package has 500 queries and 100 tables; it is
imported with pydantic and psycopg already there, as it is now and with models that are built at once.
"""

import argparse
import re
import resource
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory

from generation import QUERIES, SCHEMA, TABLES, sqlc
from rich.console import Console
from rich.table import Table

LIBRARIES = "import psycopg, psycopg_pool, pydantic"
WAYS = {
    "psycopg, psycopg_pool, pydantic": LIBRARIES,
    "from attune_store import Store": f"{LIBRARIES}; from attune_store import Store",
    "from attune_store import AsyncStore": f"{LIBRARIES}; from attune_store import AsyncStore",
    "both": f"{LIBRARIES}; from attune_store import AsyncStore, Store",
    "pydantic's BaseModel": f"{LIBRARIES}; pydantic.BaseModel",
    "500 queries, 100 models": f"{LIBRARIES}; pydantic.BaseModel; import library.query",
    "the same, built at once": f"{LIBRARIES}; pydantic.BaseModel; import at_once.query",
}


def generate(folder: Path) -> None:
    """Write the large package, and one whose models are built when they are imported."""
    (folder / "schema.sql").write_text("".join(SCHEMA.format(n=n) for n in range(TABLES)))
    (folder / "query.sql").write_text("".join(QUERIES.format(n=n) for n in range(TABLES)))
    options = {"plugin": "psycopg", "out": "library", "options": {"package": "library"}}
    sqlc(folder, "sqlc-gen-psycopg", {"codegen": [options]})
    copytree(folder / "library", folder / "at_once")
    for path in (folder / "at_once").glob("*.py"):
        path.write_text(re.sub(r", defer_build=True", "", path.read_text()))


def processor_time(statements: str, folder: Path) -> float:
    """The seconds of a processor that a process takes for them."""
    start = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statements], cwd=folder, check=True)
    end = resource.getrusage(resource.RUSAGE_CHILDREN)
    return end.ru_utime + end.ru_stime - start.ru_utime - start.ru_stime


def measure(ways: Mapping[str, str], folder: Path, rounds: int) -> dict[str, float]:
    """The median of each way, without what Python itself takes."""
    times: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds + 1):
        for way, statements in ways.items():
            taken = processor_time(statements, folder) - processor_time("pass", folder)
            if turn:  # the first one compiles
                times[way].append(taken)
    return {way: statistics.median(taken) for way, taken in times.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with TemporaryDirectory(prefix="import-") as name:
        folder = Path(name)
        generate(folder)
        medians = measure(WAYS, folder, rounds)
    base = next(iter(medians.values()))
    table = Table("import", "milliseconds", "ratio")
    for way, median in medians.items():
        table.add_row(way, f"{median * 1000:.0f}", f"{median / base:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
