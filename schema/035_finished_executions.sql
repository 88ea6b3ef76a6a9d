-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS execution_finished_idx ON attune.execution
    ((coalesce(finished_at, updated)), id)
    WHERE parent IS NULL AND status IN ('completed', 'failed', 'cancelled', 'timeout', 'abandoned');

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.execution_finished_idx;
