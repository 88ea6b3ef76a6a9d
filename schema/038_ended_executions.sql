-- migrate:up transaction:false
-- Neither moment moves, so that what changes neither status nor holder is a HOT update. `created` stands in for an execution
-- that had ended when it was inserted, or before there was a `finished_at`.
CREATE INDEX CONCURRENTLY IF NOT EXISTS execution_ended_idx ON attune.execution
    ((coalesce(finished_at, created)), id)
    WHERE parent IS NULL AND status IN ('completed', 'failed', 'cancelled', 'timeout', 'abandoned');

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.execution_ended_idx;
