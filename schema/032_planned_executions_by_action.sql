-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY IF NOT EXISTS execution_planned_action_idx ON attune.execution
    (action_ref, run_at, id) WHERE status = 'requested' AND run_at IS NOT NULL;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.execution_planned_action_idx;
