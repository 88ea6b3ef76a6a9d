-- migrate:up
SET LOCAL lock_timeout = '5s';

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA attune;
-- The extension may have been there before, in a schema of the administrator's choice: find its operator class there.
SELECT set_config('search_path', n.nspname, true)
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_trgm';

-- The first release brings the tables and their indexes in one go: there is nothing to block yet.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX action_search_idx ON attune.action USING gin (ref gin_trgm_ops, label gin_trgm_ops, description gin_trgm_ops);
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX workflow_definition_search_idx ON attune.workflow_definition USING gin (ref gin_trgm_ops, label gin_trgm_ops, description gin_trgm_ops);

-- migrate:down
SET LOCAL lock_timeout = '5s';

-- squawk-ignore require-concurrent-index-deletion
DROP INDEX attune.workflow_definition_search_idx;
-- squawk-ignore require-concurrent-index-deletion
DROP INDEX attune.action_search_idx;
-- The extension stays: others may use it.
