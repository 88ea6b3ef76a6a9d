-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS workflow_task_execution_status_idx ON attune.workflow_task_execution
    (status, id);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.workflow_task_execution_status_idx;
