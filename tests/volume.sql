-- Tables as they are after a while: most work has ended, some has not.
SET session_replication_role = replica;

INSERT INTO attune.pack (id, ref, label, version, tags, is_standard)
SELECT n, 'pack' || n, 'Pack ' || n, '1.0.0', ARRAY['tag' || n % 500], n % 1000 = 0
FROM generate_series(1, 5000) n;

INSERT INTO attune.runtime (id, ref, pack, pack_ref, name)
SELECT n, 'core.runtime' || n, n, 'pack' || n, 'Runtime ' || n
FROM generate_series(1, 5000) n;

INSERT INTO attune.workflow_definition (id, ref, pack, pack_ref, label, description, version, definition, tags, enabled)
SELECT
    n, 'pack' || n / 4 + 1 || '.flow' || n, n / 4 + 1, 'pack' || n / 4 + 1, 'Flow ' || md5(n::text),
    'What flow ' || md5((-n)::text) || ' does', '1.0.0', '{}', ARRAY['tag' || n % 2000], n % 20 = 0
FROM generate_series(1, 20000) n;

INSERT INTO attune.action (id, ref, pack, pack_ref, label, description, entrypoint, runtime, workflow_def)
SELECT
    n, 'pack' || n / 4 + 1 || '.action' || n, n / 4 + 1, 'pack' || n / 4 + 1, 'Action ' || md5(n::text),
    'What action ' || md5((-n)::text) || ' does', 'run.py', n % 5000 + 1, CASE WHEN n % 20 = 0 THEN n END
FROM generate_series(1, 20000) n;

-- Workers 1 to 100 are alive, 101 to 110 have ended and hold rows, 111 to 120 ended long ago, the lease of 121 has expired.
INSERT INTO attune.worker (id, name, lease_ms, heartbeat_at, ended_at)
SELECT
    n, 'host' || n, 86400000, now() - CASE WHEN n = 121 THEN interval '2 days' ELSE '0' END,
    CASE WHEN n BETWEEN 101 AND 110 THEN now() WHEN n BETWEEN 111 AND 120 THEN now() - interval '2 days' END
FROM generate_series(1, 121) n;

INSERT INTO attune.execution (id, action, action_ref, parent, status, worker, idempotency_key)
SELECT
    n, n % 20000 + 1, 'pack1.action', CASE WHEN n > 10000 THEN n % 10000 + 1 END,
    CASE
        WHEN n % 1000 = 0 OR n % 40 = 3 THEN 'requested' WHEN n % 200 = 0 OR n % 1000 = 500 THEN 'running' WHEN n % 1000 = 900 THEN 'failed'
        ELSE 'completed'
    END::attune.execution_status,
    CASE WHEN n % 1000 = 500 THEN 101 + n / 1000 % 10 WHEN n % 200 = 0 AND n % 1000 <> 0 THEN n / 200 % 100 + 1 END,
    CASE WHEN n % 2 = 0 THEN 'key' || n END
FROM generate_series(1, 100000) n;

INSERT INTO attune.workflow_execution (id, execution, workflow_def, task_graph, status, paused)
SELECT
    n, n, CASE WHEN n % 1000 = 0 THEN 4321 ELSE n % 4 + 1 END, '{}',
    CASE WHEN n % 50 = 0 THEN 'running' ELSE 'completed' END::attune.execution_status, n % 500 = 0
FROM generate_series(1, 10000) n;

INSERT INTO attune.workflow_task_execution (
    id, workflow_execution, execution, task_name, task_index, status, started_at, max_retries, next_retry_at,
    timeout_seconds, timed_out, held, worker
)
SELECT
    n, n / 4 + 1, n + 10000, 'task', n % 4, s.status::attune.execution_status, now() - interval '1 day', 3,
    CASE WHEN s.status = 'failed' THEN now() - interval '1 hour' END, 60, n % 1000 = 1,
    s.status IN ('requested', 'failed') AND ((n / 4 + 1) % 50 <> 0 OR (n / 4 + 1) % 500 = 0),
    CASE WHEN s.status = 'running' THEN n / 500 % 100 + 1 END
FROM generate_series(1, 39999) n,
LATERAL (
    SELECT CASE
        WHEN n % 1000 = 0 THEN 'requested' WHEN n % 500 = 0 THEN 'running' WHEN n % 200 IN (7, 197) THEN 'failed' ELSE 'completed'
    END AS status
) s;

-- One workflow with 100,000 finished items and forty others: ten of a worker that has ended, ten requested, ten that
-- can be retried and ten whose retry is due; 100,000 due retries and 100,000 failures with a retry left,
-- both of workflows that have ended. They are older than all others.
INSERT INTO attune.workflow_execution (id, execution, workflow_def, task_graph, status) VALUES (20000, 25000, 1, '{}', 'running');

INSERT INTO attune.workflow_task_execution (
    id, workflow_execution, execution, task_name, task_index, status, started_at, max_retries, next_retry_at, worker
)
SELECT
    n, 20000, n, 'item', n - 100000,
    CASE n % 10000 WHEN 9999 THEN 'running' WHEN 9998 THEN 'requested' WHEN 9997 THEN 'failed' WHEN 9996 THEN 'failed'
    ELSE 'completed' END::attune.execution_status, now(), 3, CASE WHEN n % 10000 = 9996 THEN now() - interval '1 hour' END,
    CASE WHEN n % 10000 = 9999 THEN 101 + n / 10000 % 10 END
FROM generate_series(100000, 199999) n;

INSERT INTO attune.workflow_task_execution (
    id, workflow_execution, execution, task_name, task_index, status, max_retries, next_retry_at, held
)
SELECT
    -n, 9999, -n, 'ended', n, 'failed', 3, CASE WHEN n <= 100000 THEN now() - interval '1 day' END, true
FROM generate_series(1, 200000) n;

INSERT INTO attune.workflow_task_attempt (workflow_task_execution, attempt, status)
SELECT n, 1, 'failed' FROM generate_series(1, 39999) n;
