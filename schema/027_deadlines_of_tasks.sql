-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS workflow_task_execution_timeout_idx ON attune.workflow_task_execution
    (((started_at AT TIME ZONE 'UTC') + timeout_seconds * interval '1 second'))
    WHERE status = 'running' AND timeout_seconds IS NOT NULL;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.workflow_task_execution_timeout_idx;
