-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS execution_ready_action_idx ON attune.execution
    (action_ref, priority DESC, id) WHERE status = 'requested' AND run_at IS NULL;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.execution_ready_action_idx;
