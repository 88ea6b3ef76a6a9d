"""Generate attune_store/_sync from attune_store/_async. With --check, only list the files that are out of date."""

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import unasync  # type: ignore[import-untyped]

ROOT = Path(__file__).parent.parent
SOURCE, TARGET = ROOT / "attune_store/_async", ROOT / "attune_store/_sync"

ENTITIES = (
    *("", "Named", "Read", "Streamed", "Action", "Execution", "Pack", "Runtime", "Worker"),
    *("WorkflowDefinition", "WorkflowExecution", "WorkflowTaskExecution"),
)
PSYCOPG = (
    "ConnectFailedCB",
    "Connection",
    "ConnectionCB",
    "ConnectionPool",
    "KwargsParam",
    "Cursor",
    "RawCursor",
    "RowFactory",
)
NAMES = {
    **{
        f"Async{name}": name
        for name in (
            "Block",
            "Connections",
            "PoolOptions",
            "Store",
            "Repositories",
            "Background",
            "Notifier",
            "ObservedCursor",
            "Observer",
            *PSYCOPG,
        )
    },
    **{f"Async{entity}Repository": f"{entity}Repository" for entity in ENTITIES},
    "AsyncTaskBulk": "TaskBulk",
    "AsyncTaskClaims": "TaskClaims",
    "AsyncWorkerLease": "WorkerLease",
    "async_bounded": "bounded",
    "AsyncExecutionLists": "ExecutionLists",
    "AsyncWorkflowTaskExecutionLists": "WorkflowTaskExecutionLists",
    "_async": "_sync",
    "asyncio": "time",
    "aclose": "close",
}

# Replacements that no rule for single names can make.
DIFFERENT = (
    ("queries.py", "attune_queries.aio", "attune_queries"),
    ("check.py", "attune_queries.aio", "attune_queries"),
    ("work.py", "attune_queries.aio", "attune_queries"),
    ("describe.py", "attune_queries.aio", "attune_queries"),
    ("block.py", "from time import", "from threading import"),
    ("base.py", ", Awaitable, ", ", "),
    ("base.py", "Awaitable[int]", "int"),
    ("store.py", ", Awaitable, ", ", "),
    ("store.py", "Awaitable[T]", "T"),
)


def derive() -> dict[str, str]:
    """Return the text of every module of the sync side, by name."""
    with tempfile.TemporaryDirectory() as folder:
        rule = unasync.Rule(fromdir=str(SOURCE), todir=folder, additional_replacements=NAMES)
        paths = [str(path) for path in SOURCE.glob("*.py")]
        unasync.unasync_files(paths, [rule])  # pyright: ignore[reportUnknownMemberType]
        texts = {path.name: path.read_text() for path in Path(folder).glob("*.py")}
    for name, old, new in DIFFERENT:
        texts[name] = texts[name].replace(old, new)
    for name, text in texts.items():
        if leftover := re.search(r".*([Aa]?[Ss]ync[A-Z]|\{await ).*", text):
            sys.exit(f"{name}: this has no sync twin: {leftover[0].strip()}")
    return {name: tidy(text, TARGET / name) for name, text in texts.items()}


def tidy(text: str, path: Path) -> str:
    """Sort the imports and format, as if the text were in the file at this path."""
    for command in ("check", "--quiet", "--select=I", "--fix"), ("format", "--quiet"):
        ruff = [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(path), "-"]
        output = subprocess.run(ruff, input=text, stdout=subprocess.PIPE, text=True, check=True)
        text = output.stdout
    return text


def main() -> None:
    """Generate, and replace the target or compare with it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail if stale")
    check = parser.parse_args().check
    derived = derive()
    standing = {path.name: path.read_text() for path in TARGET.glob("*.py")}
    stale = {name for name in derived | standing if derived.get(name) != standing.get(name)}
    if check and stale:
        names = ", ".join(f"_sync/{name}" for name in sorted(stale))
        sys.exit(f"stale, run `make generate`: {names}")
    for name in stale if not check else ():
        (TARGET / name).unlink(missing_ok=True)
        if name in derived:
            TARGET.mkdir(exist_ok=True)
            (TARGET / name).write_text(derived[name])


if __name__ == "__main__":
    main()
