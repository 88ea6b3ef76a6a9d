-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS execution_worker_idx ON attune.execution
    (worker, id) WHERE worker IS NOT NULL;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.execution_worker_idx;
