-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS execution_planned_idx ON attune.execution
    (run_at, id) WHERE status = 'requested' AND run_at IS NOT NULL;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.execution_planned_idx;
