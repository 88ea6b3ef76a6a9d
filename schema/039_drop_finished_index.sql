-- migrate:up transaction:false
-- The index of the step before has the order in which executions are pruned.
DROP INDEX CONCURRENTLY IF EXISTS attune.execution_finished_idx;

-- migrate:down transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS execution_finished_idx ON attune.execution
    ((coalesce(finished_at, updated)), id)
    WHERE parent IS NULL AND status IN ('completed', 'failed', 'cancelled', 'timeout', 'abandoned');
