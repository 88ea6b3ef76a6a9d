-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS workflow_task_execution_due_retry_name_idx ON attune.workflow_task_execution
    (task_name, next_retry_at, id) WHERE next_retry_at IS NOT NULL AND NOT held;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.workflow_task_execution_due_retry_name_idx;
