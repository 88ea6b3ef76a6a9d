-- migrate:up
SET LOCAL lock_timeout = '5s';

CREATE FUNCTION attune.execution_tree(execution bigint)
    RETURNS TABLE (id bigint)
    LANGUAGE sql STABLE PARALLEL SAFE
    -- A string, as BEGIN ATOMIC would keep the columns from being altered.
    AS $$
        WITH RECURSIVE tree (id) AS (
            SELECT execution_tree.execution
            UNION
            SELECT c.id FROM tree,
                LATERAL (
                    SELECT e.id FROM attune.execution e WHERE e.parent = tree.id
                    UNION ALL
                    SELECT t.execution FROM attune.workflow_execution w
                    JOIN attune.workflow_task_execution t ON t.workflow_execution = w.id
                    WHERE w.execution = tree.id
                ) c
        )
        SELECT tree.id FROM tree;
    $$;
COMMENT ON FUNCTION attune.execution_tree(bigint) IS 'An execution with all below it: those that it started and those of the tasks of its workflow, all the way down.';

-- migrate:down
SET LOCAL lock_timeout = '5s';

DROP FUNCTION attune.execution_tree(bigint);
