-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS workflow_task_execution_worker_idx ON attune.workflow_task_execution
    (worker, id) WHERE worker IS NOT NULL;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.workflow_task_execution_worker_idx;
