-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS workflow_task_execution_retryable_idx ON attune.workflow_task_execution
    (id) WHERE status IN ('failed', 'timeout') AND next_retry_at IS NULL AND retry_count < max_retries AND NOT held;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.workflow_task_execution_retryable_idx;
