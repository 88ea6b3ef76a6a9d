-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS workflow_task_execution_ready_name_idx ON attune.workflow_task_execution
    (task_name, (coalesce(task_index, 0)), id) WHERE status = 'requested' AND NOT held;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.workflow_task_execution_ready_name_idx;
