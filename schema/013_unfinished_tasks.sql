-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS workflow_task_execution_unfinished_idx ON attune.workflow_task_execution
    (workflow_execution, task_name, task_index) WHERE NOT attune.is_terminal(status) OR next_retry_at IS NOT NULL;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.workflow_task_execution_unfinished_idx;
