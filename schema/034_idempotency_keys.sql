-- migrate:up transaction:false
CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS execution_idempotency_key_idx ON attune.execution
    (idempotency_key) WHERE idempotency_key IS NOT NULL;

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY IF EXISTS attune.execution_idempotency_key_idx;
