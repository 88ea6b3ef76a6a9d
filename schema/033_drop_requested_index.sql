-- migrate:up transaction:false
-- The index on (status, id) has the same order.
DROP INDEX CONCURRENTLY IF EXISTS attune.execution_requested_idx;

-- migrate:down transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS execution_requested_idx ON attune.execution (id) WHERE status = 'requested';
