-- migrate:up
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION attune.estimate_statuses(relation regclass)
    RETURNS TABLE (status attune.execution_status, count bigint)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
        SELECT
            v.label::attune.execution_status,
            -- As the planner does: as many rows a page as there were, on the pages that there are.
            round(v.frequency * c.reltuples / greatest(c.relpages, 1) * pg_relation_size(c.oid)
                / current_setting('block_size')::integer)::bigint
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_stats s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = 'status' AND NOT s.inherited
        CROSS JOIN LATERAL unnest(s.most_common_vals::text::text[], s.most_common_freqs) v (label, frequency)
        WHERE c.oid = relation;
    END;
COMMENT ON FUNCTION attune.estimate_statuses(regclass) IS 'About how many rows of a table are in each status, from the planner''s statistics; a rare status is left out.';

-- migrate:down
SET LOCAL lock_timeout = '5s';

DROP FUNCTION attune.estimate_statuses(regclass);
