"""Measure what ten updates of each row leave behind: dead rows, bloat of indexes, and the share of HOT updates.

    python benchmarks/scale_churn.py --rows 1000000

A database is filled with requested tasks. Each is claimed and failed four times and then completed, by the
methods for many rows, and each workflow's lists are changed ten times. Autovacuum works with the tables'
settings. The output is a table in Markdown: the sizes before, after, and rewritten by VACUUM FULL, and the
indexes of tasks with the density of their leaves.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Final, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from scale_fill import FIRST, IDENTITIES, TASKS
from scale_server import server

from attune_store import ExecutionStatus, Store, TaskFailure, TaskList, TaskResult
from attune_store._sync.migrate import migrate

RETRIES: Final = 4
BATCH: Final = 500
WORKERS: Final = 2
TABLES: Final = ("workflow_task_execution", "execution", "workflow_execution")

WAITING: Final[LiteralString] = """
INSERT INTO attune.execution (id, action_ref, config, status)
SELECT n, 'core.action' || n % 1000, jsonb_build_object('number', n), 'running' FROM generate_series(1, {runs}) n;
INSERT INTO attune.execution (id, action_ref, config, parent)
SELECT {runs} + 1 + n, 'core.action' || n % 1000, jsonb_build_object('number', n), 1 + n / 100
FROM generate_series(0, {rows} - 1) n;
INSERT INTO attune.workflow_execution (id, execution, workflow_def, task_graph, status)
SELECT n, n, 1 + n % 200, '{{}}', 'running' FROM generate_series(1, {runs}) n;
INSERT INTO attune.workflow_task_execution (workflow_execution, execution, task_name, task_index, max_retries)
SELECT 1 + n / 100, {runs} + 1 + n, 'step' || n % 100 / 20, n % 20, {retries} FROM generate_series(0, {rows} - 1) n;
"""

STATISTICS: Final[LiteralString] = """
SELECT s.n_tup_upd, s.n_tup_hot_upd, s.n_dead_tup, s.autovacuum_count, pg_table_size(s.relid), pg_indexes_size(s.relid)
FROM pg_stat_user_tables s WHERE s.schemaname = 'attune' AND s.relname = %s
"""

# Size and density of the leaves. An index whose entries come and go keeps its empty pages for new ones.
INDEXES: Final[LiteralString] = """
SELECT c.relname, pg_relation_size(c.oid), coalesce(nullif(s.avg_leaf_density, 'NaN'), 0)
FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid, pgstatindex(c.oid::regclass) s
WHERE i.indrelid = 'attune.workflow_task_execution'::regclass
"""


def work(conninfo: str) -> int:
    """Claim tasks and fail or complete them until none is left. Return the number of updates."""
    updates = 0
    with Store(conninfo, max_size=1) as store, store.autocommit() as repos:
        tasks = repos.workflow_task_executions
        while claimed := tasks.claim_any(to=ExecutionStatus.RUNNING, limit=BATCH):
            last = [task for task in claimed if task.retry_count == RETRIES]
            others = [task for task in claimed if task.retry_count < RETRIES]
            tasks.complete_many(TaskResult(task.id, {"code": 0}) for task in last)
            tasks.fail_many(
                TaskFailure(task.id, {"code": 1}, retry_delay=timedelta(0)) for task in others
            )
            updates += 2 * len(claimed)
    return updates


def append(conninfo: str, runs: int) -> None:
    """Change the lists of each workflow ten times."""
    with Store(conninfo, max_size=1) as store, store.autocommit() as repos:
        for run in range(1, runs + 1):
            for n in range(5):
                repos.workflow_executions.append_tasks(run, current=[f"step{n}"])
                repos.workflow_executions.move_tasks(run, [f"step{n}"], to=TaskList.COMPLETED)


def sizes(conn: psycopg.Connection, relation: str) -> tuple[int, ...]:
    """Return updates, HOT updates, dead rows, runs of autovacuum, bytes of the table and of its indexes."""
    found = conn.execute(STATISTICS, [relation]).fetchone()
    assert found is not None
    return tuple(map(int, found))


def indexes(conn: psycopg.Connection) -> dict[str, tuple[int, float]]:
    """Return bytes and density, in percent, of each index of tasks."""
    return {name: (int(size), float(full)) for name, size, full in conn.execute(INDEXES)}


def main() -> None:
    """Fill, update and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--data", type=Path, help="where the server's data stay; else they go")
    options = parser.parse_args()
    runs = options.rows // TASKS
    with server(options.data) as url, psycopg.connect(url, autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS churn")
        admin.execute("CREATE DATABASE churn")
        conninfo = make_conninfo(url, dbname="churn")
        with psycopg.connect(conninfo, autocommit=True) as conn:
            migrate(conn)
            conn.execute("SET session_replication_role = replica")
            conn.execute(FIRST)
            waiting = sql.SQL(WAITING).format(runs=runs, rows=options.rows, retries=RETRIES)
            conn.execute(waiting)
            conn.execute(IDENTITIES)
            conn.execute("VACUUM (ANALYZE)")
            conn.execute("CHECKPOINT")
            before = {name: sizes(conn, name) for name in TABLES}
            with ProcessPoolExecutor(WORKERS + 1) as pool:
                workers = [pool.submit(work, conninfo) for _ in range(WORKERS)]
                pool.submit(append, conninfo, runs).result()
                assert sum(worker.result() for worker in workers) == 10 * options.rows
            conn.execute("SELECT pg_stat_force_next_flush()")
            after = {name: sizes(conn, name) for name in TABLES}
            conn.execute("CREATE EXTENSION pgstattuple")
            used = indexes(conn)
            conn.execute("VACUUM (FULL, ANALYZE)")
            fresh = {name: sizes(conn, name) for name in TABLES}
            new = indexes(conn)
        admin.execute("DROP DATABASE churn")
    print(
        "| table | updates | HOT | dead rows | autovacuums | table MB | indexes MB | rewritten MB |"
        "\n|---|---:|---:|---:|---:|---:|---:|---:|"
    )
    for name in TABLES:
        updates, hot, dead, vacuums, table, of_indexes = after[name]
        print(
            f"| `{name}` | {updates:,} | {hot / updates:.0%} | {dead:,} | {vacuums}"
            f" | {before[name][4] >> 20} → {table >> 20} | {before[name][5] >> 20} → {of_indexes >> 20}"
            f" | {fresh[name][4] >> 20} + {fresh[name][5] >> 20} |"
        )
    print("\n| index of tasks | MB | full | rewritten MB |\n|---|---:|---:|---:|")
    for name, (size, full) in sorted(used.items(), key=lambda one: -one[1][0]):
        print(f"| `{name}` | {size / 2**20:.1f} | {full:.0f} % | {new[name][0] / 2**20:.1f} |")


if __name__ == "__main__":
    main()
