"""Measure the store's methods as the tables grow: from ten thousand tasks to ten million.

    python benchmarks/scale.py --rows 10000 1000000 10000000 --data /var/tmp/scale

Each size is a database on one server. The methods take turns over all sizes, round by round. The first
rounds warm up, until the server has settled on a plan. Two costs on the server are measured: the time to
execute all statements of a call, without waiting for the disk, and the blocks of shared memory that it touches.
The output is a table of medians in Markdown, and the ratio of the last size to the first. With `--data`
the databases are kept for the next run.
"""

import argparse
import random
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import psycopg
import scale_fill
from psycopg.conninfo import conninfo_to_dict
from scale_server import filled, server

from attune_store import (
    CreateExecutionInput,
    CreateWorkflowTaskExecutionInput,
    ExecutionStatus,
    Repositories,
    Store,
)

WARM: Final = 12
PAGE: Final = 10
FLAT: Final = 1.5

Call = Callable[[Repositories, int], object]


class Cost(NamedTuple):
    """The cost of a call for the server."""

    milliseconds: float
    blocks: float


class Work:
    """The calls on one database, and what a call leaves for the next one."""

    def __init__(self, rows: int) -> None:
        self._runs = rows // scale_fill.TASKS
        self._active = scale_fill.active(self._runs)
        self._task = 0
        self._new = random.randrange(10**9)  # The database may have been measured before.

    def calls(self) -> dict[str, Call]:
        """Return the calls by name, in the order of a round."""
        return {
            "tasks.claim_any": lambda r, _: r.workflow_task_executions.claim_any(worker=1),
            "tasks.claim_next": self._claim_next,
            "tasks.start": lambda r, _: r.workflow_task_executions.start(self._task),
            "tasks.complete": lambda r, _: r.workflow_task_executions.complete(
                self._task, result={"code": 0}
            ),
            "tasks.claim_due_retries": lambda r, _: r.workflow_task_executions.claim_due_retries(
                worker=1, limit=1
            ),
            "tasks.time_out_overdue": lambda r, _: r.workflow_task_executions.time_out_overdue(
                limit=1
            ),
            "tasks.release_expired": lambda r, _: r.workflow_task_executions.release_expired(
                limit=1
            ),
            "tasks.create": self._create,
            "tasks.count_in_flight": lambda r, n: r.workflow_task_executions.count_in_flight(
                self._running(n), "step3"
            ),
            "tasks.find_by_workflow_execution": lambda r, n: (
                r.workflow_task_executions.find_by_workflow_execution(
                    self._ended(n), limit=PAGE, after=("step2", 10)
                )
            ),
            "tasks.find_unfinished": lambda r, n: r.workflow_task_executions.find_unfinished(
                self._running(n), limit=PAGE
            ),
            "tasks.find_pending_retries": lambda r, _: (
                r.workflow_task_executions.find_pending_retries(limit=PAGE)
            ),
            "tasks.find_by_status": lambda r, _: r.workflow_task_executions.find_by_status(
                ExecutionStatus.RUNNING, limit=PAGE
            ),
            "executions.claim_next": lambda r, _: r.executions.claim_next(worker=1),
            "executions.release_expired": lambda r, _: r.executions.release_expired(limit=1),
            "executions.create": lambda r, _: r.executions.create(
                CreateExecutionInput(action_ref="core.action1", config={"number": 1})
            ),
            "executions.find_by_id": lambda r, n: r.executions.find_by_id(self._execution(n)),
            "executions.find_by_parent": lambda r, n: r.executions.find_by_parent(
                self._execution(n), limit=PAGE
            ),
            "executions.find_by_status": lambda r, _: r.executions.find_by_status(
                ExecutionStatus.COMPLETED, limit=PAGE
            ),
            "workflow_executions.append_tasks": lambda r, n: r.workflow_executions.append_tasks(
                self._running(n), current=[f"step{n + 5}"]
            ),
            "executions.prune": lambda r, _: r.executions.prune(
                finished_before=datetime.now(UTC) - timedelta(days=30), limit=1
            ),
            "tasks.count_by_status": lambda r, _: r.workflow_task_executions.count_by_status(),
            "executions.count_by_status": lambda r, _: r.executions.count_by_status(),
        }

    def _claim_next(self, repos: Repositories, n: int) -> None:
        claimed = repos.workflow_task_executions.claim_next(self._running(n), "step2", worker=1)
        self._task = claimed[0].id

    def _create(self, repos: Repositories, n: int) -> None:
        self._new += 1
        repos.workflow_task_executions.create(
            CreateWorkflowTaskExecutionInput(
                workflow_execution=self._running(n),
                execution=CreateExecutionInput(action_ref="core.action1"),
                task_name="new",
                task_index=self._new,
            )
        )

    def _running(self, n: int) -> int:
        """Return a workflow that has not ended and is not paused."""
        run = self._runs - n * 7 % self._active
        return run - 1 if run % 10 == 0 else run

    def _ended(self, n: int) -> int:
        """Return a workflow that has ended, of the younger half."""
        return (self._runs - self._active) // 2 + n * 7919 % ((self._runs - self._active) // 2)

    def _execution(self, n: int) -> int:
        return (self._ended(n) - 1) * (scale_fill.TASKS + 1) + 1


class Counter:
    """Counts the cost of the statements of one database."""

    def __init__(self, admin: psycopg.Connection, conninfo: str) -> None:
        self._admin = admin
        self._database = conninfo_to_dict(conninfo)["dbname"]

    def read(self) -> Cost:
        """Return everything counted since the server was started."""
        found = self._admin.execute(
            "SELECT coalesce(sum(total_exec_time - shared_blk_read_time - shared_blk_write_time), 0),"
            " coalesce(sum(shared_blks_hit + shared_blks_read), 0)"
            " FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = %s",
            [self._database],
            prepare=True,
        ).fetchone()
        assert found is not None
        return Cost(float(found[0]), float(found[1]))

    def cost(self, call: Call, repos: Repositories, n: int) -> Cost:
        """Return the cost of one call."""
        before = self.read()
        call(repos, n)
        after = self.read()
        return Cost(after.milliseconds - before.milliseconds, after.blocks - before.blocks)


def warm(conninfo: str) -> None:
    """Read all tables and indexes into memory, as far as they fit."""
    with psycopg.connect(conninfo, autocommit=True) as conn:
        conn.execute("CREATE EXTENSION IF NOT EXISTS pg_prewarm")
        conn.execute(
            "SELECT pg_prewarm(oid, 'read') FROM pg_class"
            " WHERE relnamespace = 'attune'::regnamespace AND relkind IN ('r', 'i')"
        )


def measure(url: str, sizes: list[int], rounds: int) -> dict[str, list[Cost]]:
    """Return the median cost of each call at each size."""
    costs: dict[tuple[str, int], list[Cost]] = {}
    with ExitStack() as stack:
        admin = stack.enter_context(psycopg.connect(url, autocommit=True))
        databases: list[tuple[int, Work, Counter, Repositories]] = []
        for rows in sizes:
            conninfo = filled(url, rows)
            warm(conninfo)
            store = stack.enter_context(Store(conninfo, max_size=1))
            repos = stack.enter_context(store.autocommit())
            databases.append((rows, Work(rows), Counter(admin, conninfo), repos))
        names = list(databases[0][1].calls())
        for n in range(WARM + rounds):
            for rows, work, counter, repos in databases:
                for name, call in work.calls().items():
                    # Claims of all sizes begin with the same kind of task.
                    repos.connection.execute("SELECT setseed(%s)", [1 / (n + 1)])
                    cost = counter.cost(call, repos, n)
                    if n >= WARM:
                        costs.setdefault((name, rows), []).append(cost)
    return {
        name: [
            Cost(
                statistics.median(cost.milliseconds for cost in costs[name, rows]),
                statistics.median(cost.blocks for cost in costs[name, rows]),
            )
            for rows in sizes
        ]
        for name in names
    }


def table(sizes: list[int], costs: dict[str, list[Cost]]) -> str:
    """Return the costs in Markdown. Those that grew by more than they may are bold."""

    def ratio(last: float, first: float) -> str:
        grown = last / first
        return f"**{grown:.2f}**" if grown > FLAT else f"{grown:.2f}"

    heads = [f"{rows:,}" for rows in sizes]
    lines = [
        f"| call | {' | '.join(f'ms at {head}' for head in heads)} | ratio"
        f" | {' | '.join(f'blocks at {head}' for head in heads)} | ratio |",
        "|---|" + "---:|" * (2 * len(sizes) + 2),
    ]
    for name, of_sizes in costs.items():
        first, last = of_sizes[0], of_sizes[-1]
        lines.append(
            f"| `{name}` | {' | '.join(f'{cost.milliseconds:.2f}' for cost in of_sizes)}"
            f" | {ratio(last.milliseconds, first.milliseconds)}"
            f" | {' | '.join(f'{cost.blocks:.0f}' for cost in of_sizes)} | {ratio(last.blocks, first.blocks)} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Fill, measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--data", type=Path, help="where the server's data stay; else they go")
    options = parser.parse_args()
    with server(options.data) as url:
        print(table(options.rows, measure(url, options.rows, options.rounds)))


if __name__ == "__main__":
    main()
