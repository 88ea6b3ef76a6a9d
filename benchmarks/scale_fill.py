"""Fill a database of any size so that it looks as after a year: most rows have ended, few are active.

Each workflow has a hundred tasks: five names with twenty items each. One workflow in a hundred, and twenty
more, has not ended; a tenth of those is paused. Each of them has tasks that are completed, requested,
running, overdue, waiting for a retry, retryable, and held by workers that have ended. Rows are in the order
of their creation, and those that have ended did so over the last year.
"""

from typing import Final, LiteralString

import psycopg
from psycopg import sql

TASKS: Final = 100
CHUNK: Final = 1000

# A row of `plan` is a workflow, or one of its tasks, with its ids and its status.
PLAN: Final[LiteralString] = """
WITH plan AS (
    SELECT w AS run, k, (w - 1) * 101 + 1 AS parent, (w - 1) * 101 + k + 2 AS child, (w - 1) * 100 + k + 1 AS task,
        w > {runs} - {active} AS active, w > {runs} - {active} AND w % 10 = 0 AS paused,
        now() - ({runs} - w) * (interval '1 year' / {runs}) AS ended,
        CASE
            WHEN w <= {runs} - {active} THEN
                (ARRAY['completed', 'failed', 'cancelled', 'timeout', 'abandoned'])[
                    CASE WHEN k < 0 THEN 1 + (w % 20 = 3)::int + (w % 40 = 5)::int * 2
                    ELSE 1 + ((w + k) % 25 = 7)::int + ((w + k) % 50 = 11)::int * 2 + ((w + k) % 200 = 13)::int * 3 END]
            WHEN k < 0 THEN 'running'
            WHEN k < 40 THEN 'completed'
            WHEN k < 70 THEN 'requested'
            WHEN k < 85 OR k >= 95 THEN 'running'
            ELSE 'failed'
        END::attune.execution_status AS status
    FROM generate_series({first}::bigint, {last}::bigint) w, generate_series({from_task}, {to_task}) k
)
"""

EXECUTIONS: Final[LiteralString] = """
INSERT INTO attune.execution (
    id, action, action_ref, config, parent, status, result, worker, attempt, run_at, idempotency_key, created, updated,
    finished_at
)
SELECT
    CASE WHEN k < 0 THEN parent ELSE child END, 1 + (run * 7 + k) % 1000, 'core.action' || 1 + (run * 7 + k) % 1000,
    jsonb_build_object('target', md5((run * 101 + k)::text), 'number', k), CASE WHEN k >= 0 THEN parent END,
    CASE WHEN active AND k BETWEEN 85 AND 94 THEN 'scheduled' ELSE status END,
    CASE WHEN status = 'completed' THEN jsonb_build_object('output', md5((run * 103 + k)::text), 'code', 0) END,
    CASE
        WHEN NOT active OR k < 70 OR k BETWEEN 85 AND 94 THEN NULL
        WHEN k >= 95 THEN 101 + (run + k) % 20 ELSE 1 + (run + k) % 100
    END,
    (status <> 'requested')::int,
    CASE WHEN status = 'requested' AND k % 10 = 9 THEN now() - interval '1 hour' END,
    CASE WHEN k < 0 THEN 'key' || run END, ended - interval '1 hour', ended,
    CASE WHEN attune.is_terminal(status) AND NOT (active AND k BETWEEN 85 AND 94) THEN ended END
FROM plan
ORDER BY run, k
"""

RUNS: Final[LiteralString] = """
INSERT INTO attune.workflow_execution (
    id, execution, workflow_def, current_tasks, completed_tasks, variables, task_graph, status, paused, created, updated
)
SELECT
    run, parent, 1 + run % 200, CASE WHEN active THEN '{{step2,step3,step4}}'::text[] ELSE '{{}}' END,
    CASE WHEN active THEN '{{step0,step1}}'::text[] ELSE '{{step0,step1,step2,step3,step4}}' END,
    jsonb_build_object('branch', md5(run::text), 'number', run),
    '{{"tasks": {{"step0": {{"next": ["step1", "step2"]}}, "step1": {{"next": ["step3", "step4"]}}}}}}',
    status, paused, ended - interval '1 hour', ended
FROM plan
ORDER BY run
"""

TASK_ROWS: Final[LiteralString] = """
INSERT INTO attune.workflow_task_execution (
    id, workflow_execution, execution, task_name, task_index, status, started_at, completed_at, duration_ms, result,
    error, retry_count, max_retries, next_retry_at, timeout_seconds, timed_out, held, worker, attempt, last_worker,
    created, updated
)
SELECT
    task, run, child, 'step' || k / 20, k % 20, status,
    CASE WHEN status <> 'requested' THEN ended - interval '1 minute' END,
    CASE WHEN attune.is_terminal(status) THEN ended END, CASE WHEN attune.is_terminal(status) THEN 60000 END,
    CASE WHEN status = 'completed' THEN jsonb_build_object('output', md5((run * 103 + k)::text), 'code', 0) END,
    CASE WHEN status = 'failed' THEN jsonb_build_object('code', 1, 'message', md5((run + k)::text)) END,
    CASE WHEN (run + k) % 50 = 1 AND k < 40 THEN 1 ELSE 0 END, CASE WHEN active OR k < 40 THEN 3 ELSE 0 END,
    CASE WHEN active AND k BETWEEN 85 AND 89 THEN now() - k * interval '1 minute'
        WHEN active AND k BETWEEN 90 AND 92 THEN now() + interval '1 year' END,
    CASE WHEN k BETWEEN 80 AND 84 THEN 60 WHEN k < 40 THEN 86400 END, status = 'timeout',
    paused AND status IN ('requested', 'failed') OR NOT active AND status IN ('failed', 'timeout') AND k < 40,
    CASE
        WHEN NOT active OR k < 70 OR k BETWEEN 85 AND 94 THEN NULL
        WHEN k >= 95 THEN 101 + (run + k) % 20 ELSE 1 + (run + k) % 100
    END,
    (status <> 'requested')::int + ((run + k) % 50 = 1 AND k < 40)::int,
    CASE WHEN status <> 'requested' THEN 1 + (run + k) % 100 END, ended - interval '1 hour', ended
FROM plan
ORDER BY run, k
"""

ATTEMPTS: Final[LiteralString] = """
INSERT INTO attune.workflow_task_attempt (workflow_task_execution, attempt, status, started_at, completed_at, error)
SELECT task, 1, 'failed', ended - interval '2 minutes', ended - interval '1 minute', '{{"code": 1}}'
FROM plan
WHERE (run + k) % 50 = 1 AND k < 40
ORDER BY task
"""

FIRST: Final[LiteralString] = """
INSERT INTO attune.pack (id, ref, label, version) VALUES (1, 'core', 'Core', '1.0.0');
INSERT INTO attune.workflow_definition (id, ref, pack, pack_ref, label, version, definition)
SELECT n, 'core.flow' || n, 1, 'core', 'Flow ' || n, '1.0.0', '{}' FROM generate_series(1, 200) n;
INSERT INTO attune.action (id, ref, pack, pack_ref, label, description, entrypoint)
SELECT n, 'core.action' || n, 1, 'core', 'Action ' || n, 'What it does', 'run.py' FROM generate_series(1, 1000) n;
INSERT INTO attune.worker (id, name, lease_ms, ended_at)
SELECT n, 'host' || n, 86400000, CASE WHEN n > 100 THEN now() END FROM generate_series(1, 120) n;
"""

IDENTITIES: Final[LiteralString] = """
SELECT setval(pg_get_serial_sequence('attune.' || t, 'id'), 1000000000)
FROM unnest('{pack,workflow_definition,action,worker,execution,workflow_execution,workflow_task_execution}'::text[]) t
"""


def active(runs: int) -> int:
    """Return how many workflows have not ended. They are the newest."""
    return 20 + runs // 100


def fill(conn: psycopg.Connection, rows: int) -> None:
    """Fill a migrated database with this many tasks."""
    runs = rows // TASKS
    conn.execute(
        "SET session_replication_role = replica"
    )  # The rows are as the triggers would make them.
    conn.execute("SET synchronous_commit = off")
    conn.execute(FIRST)
    for statement, tasks in (
        (EXECUTIONS, (-1, TASKS - 1)),
        (RUNS, (-1, -1)),
        (TASK_ROWS, (0, TASKS - 1)),
        (ATTEMPTS, (0, TASKS - 1)),
    ):
        for first in range(1, runs + 1, CHUNK):
            chunk = sql.SQL(PLAN + statement).format(
                runs=runs,
                active=active(runs),
                first=first,
                last=min(first + CHUNK - 1, runs),
                from_task=tasks[0],
                to_task=tasks[1],
            )
            conn.execute(chunk)
    conn.execute(IDENTITIES)
    conn.execute("RESET session_replication_role")
    conn.execute("VACUUM (ANALYZE)")
