"""The cost of workers, fences and executions of tasks: claims, starts and completions, compared with the schema of 010.

    python benchmarks/budget.py --rounds 9

Two databases on one server take turns, one migrated to 010 and one to the newest step. A round claims,
starts and completes 300 tasks of one workflow, each with its own statements on one connection, prepared,
with rows as tuples. `before` means the statements of 010, which left the executions of tasks to two more
statements; `bulk` the statements for many rows, 100 tasks each. The processor time of the client and of the
server's process is measured. The output is ratios: 1.00 is before, more is faster.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from attune_queries import workflow_task_execution as now
from measuring import databases
from psycopg.pq import TransactionStatus

TASKS, MANY = 300, 100
STEPS = ("claim", "start", "complete")
BEFORE = "010_search.sql"
WAYS = {"before": ("task alone", "task and execution"), "now": ("claim_next", "claim_any", "bulk")}

CLAIM: Final[LiteralString] = """
UPDATE attune.workflow_task_execution
SET status = 'scheduling'
WHERE id = ANY (ARRAY(
    SELECT t.id FROM attune.workflow_task_execution t
    JOIN attune.workflow_execution w ON w.id = t.workflow_execution
    WHERE t.workflow_execution = $1
        AND t.task_name = $2
        AND t.status = 'requested'
        AND NOT w.paused
        AND NOT attune.is_terminal(w.status)
    ORDER BY t.task_index
    LIMIT 1
    FOR NO KEY UPDATE OF t SKIP LOCKED
))
RETURNING *"""
START: Final[LiteralString] = """
UPDATE attune.workflow_task_execution
SET status = 'running', started_at = coalesce($1::timestamptz, statement_timestamp())
WHERE id = $2 AND status IN ('requested', 'scheduling', 'scheduled')
RETURNING *"""
COMPLETE: Final[LiteralString] = """
UPDATE attune.workflow_task_execution
SET status = 'completed',
    completed_at = greatest(coalesce($1::timestamptz, statement_timestamp()), started_at),
    duration_ms = attune.elapsed_ms(started_at, coalesce($1::timestamptz, statement_timestamp())),
    result = $2
WHERE id = $3 AND status = 'running'
RETURNING *"""
TRANSITION: Final[LiteralString] = """
UPDATE attune.execution
SET status = $1
WHERE id = $2 AND status = ANY ($3::attune.execution_status[])
RETURNING *"""

FILL: Final[LiteralString] = """
WITH e AS (
    INSERT INTO attune.execution (action_ref, parent) SELECT 'core.a', %(parent)s FROM generate_series(1, %(tasks)s)
    RETURNING id
)
INSERT INTO attune.workflow_task_execution (workflow_execution, execution, task_name, task_index)
SELECT %(run)s, id, 'task', row_number() OVER (ORDER BY id) FROM e"""

Step = Callable[[Any], Any]
Way = dict[str, Step]


def ways(conn: psycopg.Connection[Any], run: int, *, before: bool) -> dict[str, Way]:
    """Return the statements of one schema, by what is compared."""
    cursor = psycopg.RawCursor(conn)

    def one(statement: LiteralString, *values: Any) -> Any:
        return cursor.execute(statement, values, prepare=True).fetchone()

    if before:

        def start_both(row: Any) -> None:
            one(START, None, row[0])
            one(TRANSITION, "running", row[2], ["requested"])

        def complete_both(row: Any) -> None:
            one(COMPLETE, None, '{"a": 1}', row[0])
            one(TRANSITION, "completed", row[2], ["running"])

        claim = partial(one, CLAIM, run, "task")
        alone: Way = {
            "claim": lambda _: claim(),
            "start": lambda row: one(START, None, row[0]),
            "complete": lambda row: one(COMPLETE, None, '{"a": 1}', row[0]),
        }
        return {
            "task alone": alone,
            "task and execution": {**alone, "start": start_both, "complete": complete_both},
        }
    found = conn.execute(
        "INSERT INTO attune.worker (name, lease_ms) VALUES ('benchmark', 3600000) RETURNING id"
    ).fetchone()
    assert found is not None
    (worker,) = found

    def claim_many() -> list[Any]:
        given = (None, MANY, "running", worker)
        statement: LiteralString = now.CLAIM_ANY_WORKFLOW_TASK_EXECUTIONS
        return cursor.execute(statement, given, prepare=True).fetchall()

    def complete_many(rows: list[Any]) -> None:
        ids = [row[0] for row in rows]
        given = (ids, [1] * MANY, ['{"a": 1}'] * MANY, None)
        statement: LiteralString = now.COMPLETE_WORKFLOW_TASK_EXECUTIONS
        cursor.execute(statement, given, prepare=True).fetchall()

    both: Way = {
        "start": lambda row: one(now.START_WORKFLOW_TASK_EXECUTION, None, row[0], 1),
        "complete": lambda row: one(
            now.COMPLETE_WORKFLOW_TASK_EXECUTION, None, '{"a": 1}', row[0], 1
        ),
    }
    return {
        "claim_next": {
            "claim": lambda _: one(
                now.CLAIM_NEXT_WORKFLOW_TASK_EXECUTIONS, "scheduling", worker, run, "task", 1
            ),
            **both,
        },
        "claim_any": {
            "claim": lambda _: one(
                now.CLAIM_ANY_WORKFLOW_TASK_EXECUTIONS, None, 1, "scheduling", worker
            ),
            **both,
        },
        "bulk": {
            "claim": lambda _: claim_many(),
            "start": lambda _: None,
            "complete": complete_many,
        },
    }


def fill(conn: psycopg.Connection[Any]) -> int:
    """Create one workflow, or empty it, and return its id."""
    conn.execute("TRUNCATE attune.execution CASCADE")
    conn.execute(
        "INSERT INTO attune.pack (ref, label, version) VALUES ('core', '', '1.0.0') ON CONFLICT DO NOTHING"
    )
    conn.execute(
        "INSERT INTO attune.workflow_definition (ref, pack, pack_ref, label, version, definition)"
        " SELECT 'core.flow', id, ref, '', '1.0.0', '{}' FROM attune.pack ON CONFLICT DO NOTHING"
    )
    found = conn.execute(
        "WITH e AS (INSERT INTO attune.execution (action_ref, status) VALUES ('core.flow', 'running')"
        " RETURNING id) INSERT INTO attune.workflow_execution (id, execution, workflow_def, task_graph,"
        " status) SELECT 1, e.id, d.id, '{}', 'running' FROM e, attune.workflow_definition d"
        " RETURNING id, execution"
    ).fetchone()
    assert found is not None
    run, parent = found
    conn.execute(FILL, {"parent": parent, "run": run, "tasks": TASKS})
    conn.execute("VACUUM ANALYZE attune.execution, attune.workflow_task_execution")
    return int(run)


class Processor:
    """The processor time of this process and of a server's process, in seconds."""

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self._server = Path(f"/proc/{conn.info.backend_pid}/schedstat")

    def __call__(self) -> float:
        return int(self._server.read_text().split()[0]) / 1e9 + time.process_time()


def measure(conn: psycopg.Connection[Any], way: Way, *, many: bool) -> dict[str, float]:
    """Return the seconds of each step for all tasks."""
    clock, taken = Processor(conn), dict.fromkeys(STEPS, 0.0)
    for _ in range(TASKS // MANY if many else TASKS):
        row: Any = None
        for step in STEPS:
            begun = clock()
            found = way[step](row)
            taken[step] += clock() - begun
            row = found if step == "claim" else row
    assert conn.info.transaction_status == TransactionStatus.IDLE
    return taken


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    times: dict[str, list[dict[str, float]]] = {}
    with databases(before=BEFORE, now=None) as urls:
        conns = {name: psycopg.connect(url, autocommit=True) for name, url in urls.items()}
        try:
            for turn in range(rounds + 1):
                for name, conn in conns.items():
                    for way in WAYS[name]:
                        run = fill(conn)
                        steps = ways(conn, run, before=name == "before")[way]
                        taken = measure(conn, steps, many=way == "bulk")
                        if turn:  # the first round warms up
                            times.setdefault(way, []).append(taken)
        finally:
            for conn in conns.values():
                conn.close()

    def median(way: str, steps: tuple[str, ...]) -> float:
        return statistics.median(sum(taken[step] for step in steps) for taken in times[way])

    def row(way: str, beside: str) -> str:
        """Return a line of the table. In `bulk`, tasks are started by their claim."""
        ratios = [
            ""
            if way == "bulk" and steps == ("start",)
            else f"{median(beside, steps) / median(way, steps):.2f}"
            for steps in (*((step,) for step in STEPS), STEPS)
        ]
        return f"| {' | '.join([way, beside, *ratios])} |"

    print("| way | beside | claim | start | complete | all three |\n|---|---|---:|---:|---:|---:|")
    for way in ("claim_next", "claim_any"):
        for before in WAYS["before"]:
            print(row(way, before))
    print(row("bulk", "claim_any"))


if __name__ == "__main__":
    main()
