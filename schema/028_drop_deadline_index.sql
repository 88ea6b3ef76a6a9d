-- migrate:up transaction:false
-- The index of the step before serves the same queries, and has no entry for a task that may run for ever.
DROP INDEX CONCURRENTLY IF EXISTS attune.workflow_task_execution_deadline_idx;

-- migrate:down transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS workflow_task_execution_deadline_idx ON attune.workflow_task_execution
    (((started_at AT TIME ZONE 'UTC') + timeout_seconds * interval '1 second')) WHERE status = 'running';
